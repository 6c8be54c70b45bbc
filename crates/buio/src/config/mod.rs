//! Configuration in two steps: raw tables as people write them, then checked values. Nothing is
//! opened before everything is checked.

mod check;
mod fault;
mod paths;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use buio_catalog::{Catalog, CatalogTexts, NamedText};
use buio_outbound::HostPort;

pub(crate) use check::{parse, shown};
pub(crate) use fault::ConfigFault;
pub(crate) use paths::{database_path, default_database_path, find_config};

/// The shipped configuration is the default: what is not written there does not apply.
pub(crate) const BUILT_IN: &str = include_str!("../../../../config/buio.toml");
/// Its name in messages.
pub(crate) const BUILT_IN_NAME: &str = "built-in configuration";

/// What the program runs on.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// File or built-in, for messages.
    pub(crate) name: String,
    /// Where the database is to be, if said.
    pub(crate) store_path: Option<PathBuf>,
    pub(crate) log_filter: String,
    pub(crate) is_log_json: bool,
    /// Where operators of servers can complain.
    pub(crate) contact: String,
    pub(crate) allow_private: Vec<HostPort>,
    pub(crate) data: DataFiles,
    pub(crate) sources: Vec<SourceTable>,
}

/// Files that replace embedded data.
#[derive(Debug, Clone, Default)]
pub(crate) struct DataFiles {
    pub(crate) services: Option<PathBuf>,
    pub(crate) phrases: Vec<PathBuf>,
    pub(crate) places: Option<PathBuf>,
    pub(crate) countries: Option<PathBuf>,
    pub(crate) weights: Option<PathBuf>,
}

/// One `[[source]]` table.
#[derive(Debug, Clone)]
pub(crate) struct SourceTable {
    pub(crate) kind: String,
    /// Without `type`.
    pub(crate) table: toml::Table,
    /// Where it stands in the file, in bytes.
    pub(crate) span: std::ops::Range<usize>,
}

/// Reads the configuration from `path`, the usual places, or the built-in text.
pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<Config> {
    let (name, text) = match find_config(path)? {
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("reading {}", path.display()))?;
            (path.display().to_string(), text)
        }
        None => (BUILT_IN_NAME.to_owned(), BUILT_IN.to_owned()),
    };
    parse(&name, &text).map_err(|faults| all(&faults))
}

/// The catalogue, with the files that the configuration names in place of the embedded ones.
pub(crate) fn catalog(data: &DataFiles) -> anyhow::Result<Arc<Catalog>> {
    fn replace<'a>(slot: &mut NamedText<'a>, file: Option<&'a (String, String)>) {
        if let Some((name, text)) = file {
            *slot = NamedText { file: name, text };
        }
    }
    let read = |path: &PathBuf| -> anyhow::Result<(String, String)> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Ok((path.display().to_string(), text))
    };
    let single = [&data.services, &data.places, &data.countries, &data.weights]
        .map(|path| path.as_ref().map(read).transpose());
    let [services, places, countries, weights] = single;
    let (services, places, countries, weights) = (services?, places?, countries?, weights?);
    let phrases = data
        .phrases
        .iter()
        .map(read)
        .collect::<anyhow::Result<Vec<_>>>()?;

    let mut texts = CatalogTexts::builtin();
    replace(&mut texts.services, services.as_ref());
    replace(&mut texts.places, places.as_ref());
    replace(&mut texts.countries, countries.as_ref());
    replace(&mut texts.weights, weights.as_ref());
    for (name, text) in &phrases {
        texts.replace_phrases(NamedText { file: name, text });
    }
    match Catalog::parse(&texts) {
        Ok(catalog) => Ok(Arc::new(catalog)),
        Err(faults) => bail!("{}", join(faults.iter())),
    }
}

fn all(faults: &[ConfigFault]) -> anyhow::Error {
    anyhow::anyhow!("{}", join(faults.iter()))
}

/// One fault a line.
pub(crate) fn join<T: std::fmt::Display>(faults: impl Iterator<Item = T>) -> String {
    faults
        .map(|fault| fault.to_string())
        .collect::<Vec<_>>()
        .join("\n")
}
