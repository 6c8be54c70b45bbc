//! `buio check` and `buio config`.

use std::path::Path;

use crate::config;
use crate::print;

/// Validates the configuration and the data files that it names.
pub(crate) fn check(path: Option<&Path>) -> anyhow::Result<()> {
    let config = config::load(path)?;
    let catalog = config::catalog(&config.data)?;
    print::data(&format!(
        "{}: ok ({} sources, {} services, {} phrases)",
        config.name,
        config.sources.len(),
        catalog.services().len(),
        catalog.phrases().len()
    ))
}

/// Prints the effective configuration.
pub(crate) fn show(path: Option<&Path>) -> anyhow::Result<()> {
    let config = config::load(path)?;
    print::data(&format!(
        "# {}\n{}",
        config.name,
        config::shown(&config).trim_end()
    ))
}
