//! The kinds of sources of this build: adding one is a crate and two lines here.

use std::sync::Arc;

use buio_catalog::Catalog;
use buio_ingest::{BuildContext, BuildError, Kind, Source};
use buio_outbound::{Outbound, OutboundSettings, install_crypto_provider};

use crate::config::{Config, SourceTable};

/// Sorted by name.
pub(crate) const KINDS: &[Kind] = &[buio_ingest_feed::KIND, buio_ingest_mastodon::KIND];

pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Makes the sources of a configuration. Opens no connection.
pub(crate) fn build(config: &Config, catalog: &Catalog) -> anyhow::Result<Vec<Box<dyn Source>>> {
    install_crypto_provider();
    let mut settings = OutboundSettings::new(&config.contact);
    settings.allow_private.clone_from(&config.allow_private);
    let outbound = Arc::new(Outbound::new(settings)?);
    let context = BuildContext {
        outbound,
        hashtags: hashtags(catalog),
    };
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    for source in &config.sources {
        if let Some(kind) = find(&source.kind) {
            sources.extend((kind.build)(source.table.clone(), &context)?);
        }
    }
    let mut names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        anyhow::bail!(
            "{}: the source {} is configured twice",
            config.name,
            pair[0]
        );
    }
    Ok(sources)
}

/// Checks a source's settings by making its sources and letting them go.
pub(crate) fn dry_build(source: &SourceTable) -> Result<(), BuildError> {
    let Some(kind) = find(&source.kind) else {
        return Ok(());
    };
    install_crypto_provider();
    let outbound = Outbound::new(OutboundSettings::new("check")).map_err(|error| BuildError {
        message: error.to_string(),
        key: None,
    })?;
    let context = BuildContext {
        outbound: Arc::new(outbound),
        hashtags: vec![("whatsappdown".to_owned(), None)],
    };
    (kind.build)(source.table.clone(), &context).map(drop)
}

/// Hashtags to follow when a source's settings name none: `#<service>down` for the services that
/// the whole world uses. Five fit one request; more than sixty would not fit one minute's budget
/// of a server.
fn hashtags(catalog: &Catalog) -> Vec<(String, Option<String>)> {
    const HASHTAGS_MAX: usize = 60;
    const CATEGORIES: [&str; 8] = [
        "messenger",
        "social",
        "mail",
        "cloud",
        "ai",
        "streaming",
        "game",
        "hosting",
    ];
    let mut tags: Vec<(usize, String, Option<String>)> = catalog
        .services()
        .iter()
        .filter(|service| service.countries.is_empty())
        .filter_map(|service| {
            let rank = CATEGORIES
                .iter()
                .position(|category| *category == service.category)?;
            let stem: String = service.id.as_str().chars().filter(|c| *c != '-').collect();
            Some((rank, format!("{stem}down"), Some(service.id.to_string())))
        })
        .collect();
    tags.sort();
    tags.truncate(HASHTAGS_MAX);
    tags.into_iter()
        .map(|(_, tag, service)| (tag, service))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_every_example_builds() {
        assert!(KINDS.is_sorted_by_key(|kind| kind.name));
        for kind in KINDS {
            let table = kind.example.parse().unwrap();
            let source = SourceTable {
                kind: kind.name.to_owned(),
                table,
                span: 0..0,
            };
            assert!(dry_build(&source).is_ok(), "{}", kind.name);
        }
    }

    #[test]
    fn hashtags_come_from_the_catalogue() {
        let tags = hashtags(&Catalog::builtin());
        assert!(tags.contains(&("whatsappdown".to_owned(), Some("whatsapp".to_owned()))));
        assert!(tags.len() <= 60);
    }
}
