//! Where the configuration and the database are looked for. The only reader of the environment.

use std::path::{Path, PathBuf};

use anyhow::bail;

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
fn environment(name: &str) -> Option<PathBuf> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// `--config`, `$BUIO_CONFIG`, `$XDG_CONFIG_HOME/buio/config.toml`, `/etc/buio/config.toml`;
/// `None` when there is none of them. A file that is named must exist.
pub(crate) fn find_config(named: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    if let Some(path) = named
        .map(Path::to_owned)
        .or_else(|| environment("BUIO_CONFIG"))
    {
        if !path.is_file() {
            bail!("there is no configuration file {}", path.display());
        }
        return Ok(Some(path));
    }
    let home = environment("XDG_CONFIG_HOME")
        .or_else(|| environment("HOME").map(|home| home.join(".config")));
    let places = home.map(|home| home.join("buio/config.toml"));
    let found = places
        .into_iter()
        .chain([PathBuf::from("/etc/buio/config.toml")])
        .find(|path| path.is_file());
    Ok(found)
}

/// `--db`, else `store.path`, else `$STATE_DIRECTORY/buio.db` (systemd), else
/// `$XDG_STATE_HOME/buio/buio.db`.
pub(crate) fn database_path(
    named: Option<&Path>,
    config: Option<&Path>,
) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    Ok(super::load(config)?
        .store_path
        .unwrap_or_else(default_database_path))
}

/// The database's place when nobody says another.
pub(crate) fn default_database_path() -> PathBuf {
    if let Some(folder) = environment("STATE_DIRECTORY") {
        return folder.join("buio.db");
    }
    let state = environment("XDG_STATE_HOME")
        .or_else(|| environment("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(|| PathBuf::from("."));
    state.join("buio/buio.db")
}
