use std::sync::Arc;
use std::time::Duration;

use buio_ingest::{BuildContext, BuildError, Built, Kind, settings};
use buio_types::Role;
use serde::Deserialize;
use url::Url;

use crate::decode::FeedContext;
use crate::source::Feed;

/// The `feed` source.
pub const KIND: Kind = Kind {
    name: "feed",
    example: EXAMPLE,
    build,
};

const EXAMPLE: &str = r#"# Address of an RSS, Atom or JSON feed.
url = "https://www.heise.de/security/rss/alert-news.rdf"
# What its posts carry as their source. Default: "feed".
name = "heise"
# Who speaks in it: news (default), user (a forum), official, monitor. Only users report.
role = "news"
# Its language, if the feed does not say it or says it wrong.
lang = "de"
# Services that everything in it is about.
services = []
# Seconds between two looks; the server may ask for more.
interval_s = 300
"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default = "news")]
    role: Role,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    services: Vec<String>,
    #[serde(default = "default_interval_s")]
    interval_s: u64,
}

const fn news() -> Role {
    Role::News
}

const fn default_interval_s() -> u64 {
    300
}

fn build(table: toml::Table, context: &BuildContext) -> Built {
    let has_url = table.contains_key("url");
    let settings: Settings = settings(table).map_err(|error| match has_url {
        true => error,
        false => BuildError::new("url", "a feed needs its url"),
    })?;
    if !(60..=86_400).contains(&settings.interval_s) {
        return Err(BuildError::new(
            "interval_s",
            "interval_s must be 60 to 86400",
        ));
    }
    let url = Url::parse(settings.url.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
        .ok_or_else(|| BuildError::new("url", "url must be an https or http address"))?;
    if settings
        .name
        .as_deref()
        .is_some_and(|name| name.trim().is_empty())
    {
        return Err(BuildError::new("name", "name must not be empty"));
    }
    let feed_context = FeedContext {
        url: without_secrets(&url),
        source: settings.name.clone().unwrap_or_else(|| "feed".to_owned()),
        role: settings.role,
        lang: settings.lang,
        services: settings.services,
        content_type: None,
    };
    let name = match &settings.name {
        Some(name) => format!("feed:{name}"),
        None => format!("feed:{}", feed_context.url),
    };
    Ok(vec![Box::new(Feed::new(
        Arc::clone(&context.outbound),
        name,
        url,
        feed_context,
        Duration::from_secs(settings.interval_s),
    ))])
}

/// The address as it may be shown and stored: a query can hold a personal token, so it is
/// replaced by a short mark that still tells two queries apart.
fn without_secrets(url: &Url) -> String {
    let mut shown = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
    if let Some(port) = url.port() {
        shown = format!(
            "{}:{port}{}",
            url.host_str().unwrap_or_default(),
            url.path()
        );
    }
    if let Some(query) = url.query() {
        let hash = query.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        shown.push_str(&format!("?{:08x}", hash >> 32));
    }
    shown
}

#[cfg(test)]
mod tests {
    use buio_outbound::{Outbound, OutboundSettings};

    use super::*;

    fn check(text: &str) -> Result<String, BuildError> {
        let context = BuildContext {
            outbound: Arc::new(Outbound::new(OutboundSettings::new("x")).unwrap()),
            hashtags: Vec::new(),
        };
        let sources = (KIND.build)(text.parse().unwrap(), &context)?;
        Ok(sources[0].name().to_owned())
    }

    #[test]
    fn the_example_builds_and_names_are_stable() {
        assert_eq!(check(EXAMPLE).unwrap(), "feed:heise");
        assert_eq!(
            check("url = 'https://A.example/x.xml'").unwrap(),
            "feed:a.example/x.xml"
        );
        let with_token = check("url = 'https://a.example/?feed=secret'").unwrap();
        assert!(with_token.starts_with("feed:a.example/?") && !with_token.contains("secret"));
        assert_ne!(
            with_token,
            check("url = 'https://a.example/?feed=other'").unwrap()
        );
    }

    #[test]
    fn faults_name_their_key() {
        for (text, key) in [
            ("", "url"),
            ("url = 'feed.xml'", "url"),
            ("url = 'ftp://a.example/'", "url"),
            ("url = 'https://a.example/'\nname = ' '", "name"),
            ("url = 'https://a.example/'\ninterval_s = 5", "interval_s"),
            ("url = 'https://a.example/'\nrol = 'user'", "rol"),
        ] {
            assert_eq!(check(text).unwrap_err().key.as_deref(), Some(key), "{text}");
        }
        assert!(check("url = 'https://a.example/'\nrole = 'king'").is_err());
    }
}
