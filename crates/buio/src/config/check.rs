use std::path::PathBuf;

use buio_outbound::HostPort;
use serde::Deserialize;
use toml::Spanned;

use super::fault::{ConfigFault, with_nearest};
use super::paths::default_database_path;
use super::{Config, DataFiles, SourceTable};
use crate::registry;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    #[serde(default)]
    store: RawStore,
    #[serde(default)]
    log: RawLog,
    #[serde(default)]
    network: RawNetwork,
    #[serde(default)]
    data: RawData,
    #[serde(default)]
    source: Vec<Spanned<toml::Table>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawStore {
    path: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawLog {
    level: Option<Spanned<String>>,
    format: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawNetwork {
    contact: Option<String>,
    #[serde(default)]
    allow_private: Vec<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawData {
    services: Option<PathBuf>,
    #[serde(default)]
    phrases: Vec<PathBuf>,
    places: Option<PathBuf>,
    countries: Option<PathBuf>,
    weights: Option<PathBuf>,
}

/// The page that explains the program to operators of servers that it reads from.
const DEFAULT_CONTACT: &str = "https://github.com/buio/buio";

/// Reads and checks a configuration; all faults that can be told apart are told together.
pub(crate) fn parse(name: &str, text: &str) -> Result<Config, Vec<ConfigFault>> {
    let at = |offset: usize, message: String| ConfigFault::at(name, text, offset, message);
    let raw: RawConfig = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        vec![at(offset, with_nearest(error.message()))]
    })?;
    let mut faults = Vec::new();
    let mut choose = |given, what, choices: &[&'static str], default| {
        choice(given, what, choices)
            .unwrap_or_else(|(offset, message)| {
                faults.push(at(offset, message));
                None
            })
            .unwrap_or(default)
    };
    let level = choose(raw.log.level.as_ref(), "log level", &LEVELS, "info");
    let format = choose(
        raw.log.format.as_ref(),
        "log format",
        &["text", "json"],
        "text",
    );
    let mut allow_private = Vec::new();
    for host in &raw.network.allow_private {
        match HostPort::parse(host.as_ref()) {
            Ok(host) => allow_private.push(host),
            Err(message) => faults.push(at(host.span().start, message)),
        }
    }
    let mut sources = Vec::new();
    for table in raw.source {
        match source(text, table) {
            Ok(source) => sources.push(source),
            Err((offset, message)) => faults.push(at(offset, message)),
        }
    }
    for source in &sources {
        if let Err(error) = registry::dry_build(source) {
            let offset = error.key.and_then(|key| key_offset(text, source, &key));
            let offset = offset.unwrap_or(source.span.start);
            faults.push(at(offset, with_nearest(&error.message)));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Config {
        name: name.to_owned(),
        store_path: raw.store.path,
        log_filter: level.to_owned(),
        is_log_json: format == "json",
        contact: raw
            .network
            .contact
            .unwrap_or_else(|| DEFAULT_CONTACT.to_owned()),
        allow_private,
        data: DataFiles {
            services: raw.data.services,
            phrases: raw.data.phrases,
            places: raw.data.places,
            countries: raw.data.countries,
            weights: raw.data.weights,
        },
        sources,
    })
}

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// Which of `choices` is given, if any; otherwise where it stands and what there is.
fn choice(
    given: Option<&Spanned<String>>,
    what: &str,
    choices: &[&'static str],
) -> Result<Option<&'static str>, (usize, String)> {
    let Some(given) = given else {
        return Ok(None);
    };
    let found = choices
        .iter()
        .copied()
        .find(|choice| choice == given.as_ref());
    match found {
        Some(found) => Ok(Some(found)),
        None => Err((
            given.span().start,
            format!("no {what} {:?}: {}", given.as_ref(), choices.join(", ")),
        )),
    }
}

fn source(text: &str, table: Spanned<toml::Table>) -> Result<SourceTable, (usize, String)> {
    let span = table.span();
    let mut table = table.into_inner();
    let Some(toml::Value::String(kind)) = table.remove("type") else {
        return Err((span.start, "a source needs a `type`".to_owned()));
    };
    let source = SourceTable { kind, table, span };
    if registry::find(&source.kind).is_some() {
        return Ok(source);
    }
    let known: Vec<String> = registry::KINDS
        .iter()
        .map(|kind| format!("`{}`", kind.name))
        .collect();
    let message = format!(
        "unknown type `{}`, expected one of {}",
        source.kind,
        known.join(", ")
    );
    Err((
        key_offset(text, &source, "type").unwrap_or(source.span.start),
        with_nearest(&message),
    ))
}

/// Where `key` is written within a source's table.
fn key_offset(text: &str, source: &SourceTable, key: &str) -> Option<usize> {
    let mut offset = source.span.start;
    for line in text.get(source.span.start..)?.split_inclusive('\n') {
        // The table ends where the next one begins.
        if offset > source.span.start && line.trim_start().starts_with('[') {
            return None;
        }
        let indent = line.len() - line.trim_start().len();
        let rest = line.trim_start().strip_prefix(key);
        if rest.is_some_and(|rest| rest.trim_start().starts_with('=')) {
            return Some(offset + indent);
        }
        offset += line.len();
    }
    None
}

/// The effective configuration as TOML, with what could be a secret masked.
pub(crate) fn shown(config: &Config) -> String {
    let mut root = toml::Table::new();
    let text = |text: &str| toml::Value::String(text.to_owned());
    let path = config
        .store_path
        .clone()
        .unwrap_or_else(default_database_path);
    root.insert(
        "store".into(),
        table([("path", text(&path.to_string_lossy()))]),
    );
    let format = if config.is_log_json { "json" } else { "text" };
    root.insert(
        "log".into(),
        table([
            ("level", text(&config.log_filter)),
            ("format", text(format)),
        ]),
    );
    let allowed = config
        .allow_private
        .iter()
        .map(|host| text(&host.to_string()))
        .collect();
    root.insert(
        "network".into(),
        table([
            ("contact", text(&config.contact)),
            ("allow_private", toml::Value::Array(allowed)),
        ]),
    );
    let data = [
        ("services", &config.data.services),
        ("places", &config.data.places),
        ("countries", &config.data.countries),
        ("weights", &config.data.weights),
    ];
    let mut files: toml::Table = data
        .into_iter()
        .filter_map(|(key, path)| Some((key.to_owned(), text(&path.as_ref()?.to_string_lossy()))))
        .collect();
    if !config.data.phrases.is_empty() {
        let phrases = config
            .data
            .phrases
            .iter()
            .map(|path| text(&path.to_string_lossy()));
        files.insert("phrases".into(), toml::Value::Array(phrases.collect()));
    }
    if !files.is_empty() {
        root.insert("data".into(), toml::Value::Table(files));
    }
    let sources = config.sources.iter().map(|source| {
        let mut shown = toml::Table::from_iter([("type".to_owned(), text(&source.kind))]);
        shown.extend(
            source
                .table
                .iter()
                .map(|(key, value)| (key.clone(), masked(key, value))),
        );
        toml::Value::Table(shown)
    });
    root.insert("source".into(), toml::Value::Array(sources.collect()));
    root.to_string()
}

fn table<const N: usize>(entries: [(&str, toml::Value); N]) -> toml::Value {
    toml::Value::Table(
        entries
            .map(|(key, value)| (key.to_owned(), value))
            .into_iter()
            .collect(),
    )
}

/// Stands in a secret's place.
const MASK: &str = "********";

/// A secret is known by its key; its file's name is none.
fn masked(key: &str, value: &toml::Value) -> toml::Value {
    const SECRET: [&str; 4] = ["token", "secret", "password", "key"];
    let is_secret = SECRET.iter().any(|word| key.ends_with(word));
    if is_secret {
        return toml::Value::String(MASK.to_owned());
    }
    // Addresses carry secrets as well: in a query, or as user:password@host.
    match value.as_str().and_then(|text| text.split_once("://")) {
        Some((scheme, rest)) => {
            let (path, query) = rest
                .split_once('?')
                .map_or((rest, ""), |(path, _)| (path, MASK));
            let (host, tail) = path.split_at(path.find('/').unwrap_or(path.len()));
            let host = host
                .rsplit_once('@')
                .map_or(host.to_owned(), |(_, h)| format!("{MASK}@{h}"));
            let mark = if query.is_empty() { "" } else { "?" };
            toml::Value::String(format!("{scheme}://{host}{tail}{mark}{query}"))
        }
        None => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{BUILT_IN, BUILT_IN_NAME};

    fn check(text: &str, expected: &[(usize, &str)]) {
        let faults = parse("f.toml", text).err().unwrap_or_default();
        let found: Vec<_> = faults
            .iter()
            .map(|fault| (fault.line, fault.message.as_str()))
            .collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((line, message), (expected_line, part)) in found.iter().zip(expected) {
            assert_eq!(line, expected_line, "{message}");
            assert!(message.contains(part), "{message:?} lacks {part:?}");
        }
    }

    #[test]
    fn the_shipped_configuration_is_valid_and_shows_as_itself() {
        let config = parse(BUILT_IN_NAME, BUILT_IN).unwrap();
        assert!(!config.sources.is_empty());
        let again = parse("shown", &shown(&config)).unwrap();
        assert_eq!(again.sources.len(), config.sources.len());
        assert_eq!(again.contact, config.contact);
    }

    #[test]
    fn each_fault_is_told_with_its_line() {
        check("[store]\npth = 'x'\n", &[(2, "did you mean `path`?")]);
        check(
            "[log]\nlevel = 'loud'\nformat = 'xml'\n",
            &[(2, "loud"), (3, "xml")],
        );
        check("[[source]]\n", &[(1, "`type`")]);
        check(
            "\n[[source]]\ntype = 'mastodn'\n",
            &[(3, "did you mean `mastodon`?")],
        );
        check(
            "[[source]]\ntype = 'mastodon'\ninterval_s = 60\ninstancs = ['a.example']\n",
            &[(4, "did you mean `instances`?")],
        );
        check("[store\n", &[(1, "")]);
    }

    #[test]
    fn secrets_are_masked() {
        let value = toml::Value::String("s3cret".into());
        assert_eq!(masked("token", &value).as_str(), Some("********"));
        assert_eq!(masked("token_file", &value).as_str(), Some("s3cret"));
        for (url, shown) in [
            (
                "https://a.example/x.xml?t=s3cret",
                "https://a.example/x.xml?********",
            ),
            (
                "https://me:s3cret@a.example/",
                "https://********@a.example/",
            ),
            ("https://a.example/@me/x.rss", "https://a.example/@me/x.rss"),
        ] {
            assert_eq!(masked("url", &url.into()).as_str(), Some(shown));
        }
    }
}
