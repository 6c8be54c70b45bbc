use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use buio_ingest::{BuildContext, BuildError, Built, Kind, Source, settings};
use buio_outbound::Pace;
use serde::Deserialize;
use url::Url;

use crate::timeline::{Group, HashtagTimelines};

/// The `mastodon` source.
pub const KIND: Kind = Kind {
    name: "mastodon",
    example: EXAMPLE,
    build,
};

const EXAMPLE: &str = r#"# Servers to ask, each a source of its own. Default: eight large ones in several languages.
instances = ["mastodon.social", "mastodon.uno"]
# Hashtags to follow, without #. A table binds the posts to a service. Default: from the catalogue.
hashtags = ["whatsappdown", { tag = "telegramdown", service = "telegram" }]
# Seconds between two looks at the same hashtags, as far as the servers' limits allow.
interval_s = 60
"#;

/// Large open servers of different languages; each sees what its own users' follows bring in.
pub const DEFAULT_INSTANCES: [&str; 8] = [
    "mastodon.social",
    "mstdn.social",
    "mastodon.uno",
    "piaille.fr",
    "troet.cafe",
    "masto.es",
    "mstdn.jp",
    "mastodon.nl",
];

/// Mastodon counts 300 requests in 5 minutes and 300 paging requests in 15, per address. The
/// second is the narrower one: 280 ÷ 15 minutes plus a burst of 5 stays below it in any window,
/// with room for another program at the same address.
const PACE: Pace = Pace {
    requests: 280,
    per: Duration::from_secs(15 * 60),
    burst: 5,
};

/// One request takes a hashtag in its path and four more in `any[]`.
const TAGS_A_REQUEST: usize = 5;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default = "default_instances")]
    instances: Vec<String>,
    #[serde(default)]
    hashtags: Option<Vec<Hashtag>>,
    #[serde(default = "default_interval_s")]
    interval_s: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Hashtag {
    Tag(String),
    Bound { tag: String, service: String },
}

fn default_instances() -> Vec<String> {
    DEFAULT_INSTANCES.map(str::to_owned).into()
}

const fn default_interval_s() -> u64 {
    60
}

fn build(table: toml::Table, context: &BuildContext) -> Built {
    let settings: Settings = settings(table)?;
    if !(10..=86_400).contains(&settings.interval_s) {
        return Err(BuildError::new(
            "interval_s",
            "interval_s must be 10 to 86400",
        ));
    }
    let hashtags: Vec<(String, Option<String>)> = match settings.hashtags {
        Some(hashtags) => hashtags
            .into_iter()
            .map(|hashtag| match hashtag {
                Hashtag::Tag(tag) => (tag, None),
                Hashtag::Bound { tag, service } => (tag, Some(service)),
            })
            .collect(),
        None => context.hashtags.clone(),
    };
    let groups = groups(hashtags)?;
    let interval = Duration::from_secs(settings.interval_s);
    let mut seen = BTreeSet::new();
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    for instance in &settings.instances {
        let base = base_url(instance)?;
        let timelines = HashtagTimelines::new(
            Arc::clone(&context.outbound),
            base.clone(),
            groups.clone(),
            interval,
        );
        if seen.insert(timelines.name().to_owned()) {
            if let Some(host) = base.host_str() {
                context.outbound.set_pace(host, PACE);
            }
            sources.push(Box::new(timelines));
        }
    }
    if sources.is_empty() {
        return Err(BuildError::new("instances", "no instances to ask"));
    }
    Ok(sources)
}

/// Hashtags in groups that fit one request each, in the order given, without repetitions.
fn groups(hashtags: Vec<(String, Option<String>)>) -> Result<Vec<Group>, BuildError> {
    let mut seen = BTreeSet::new();
    let mut tags = Vec::new();
    for (tag, service) in hashtags {
        let tag = tag.trim().trim_start_matches(['#', '＃']).to_lowercase();
        if tag.is_empty() || tag.chars().count() > 100 || !tag.chars().all(is_tag_char) {
            return Err(BuildError::new(
                "hashtags",
                format!("not a hashtag: {tag:?}"),
            ));
        }
        if seen.insert(tag.clone()) {
            tags.push((tag, service));
        }
    }
    if tags.is_empty() {
        return Err(BuildError::new("hashtags", "no hashtags to follow"));
    }
    Ok(tags.chunks(TAGS_A_REQUEST).map(Group::new).collect())
}

/// Servers cut a hashtag at anything else; marks of Indic and Thai letters count as letters.
fn is_tag_char(c: char) -> bool {
    c == '_'
        || c == '·'
        || c == '\u{200c}'
        || (!c.is_ascii() && !c.is_whitespace())
        || c.is_alphanumeric()
}

/// `host`, `host:port` or a whole address without path.
fn base_url(instance: &str) -> Result<Url, BuildError> {
    let wrong = || BuildError::new("instances", format!("not a server's host: {instance:?}"));
    let text = if instance.contains("://") {
        instance.trim().to_owned()
    } else {
        format!("https://{}", instance.trim())
    };
    let url = Url::parse(&text).map_err(|_| wrong())?;
    let is_plain = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && matches!(url.scheme(), "https" | "http");
    if is_plain { Ok(url) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use buio_outbound::{Outbound, OutboundSettings};

    use super::*;

    fn check(text: &str) -> Result<Vec<String>, BuildError> {
        let context = BuildContext {
            outbound: Arc::new(Outbound::new(OutboundSettings::new("x")).unwrap()),
            hashtags: vec![("whatsappdown".to_owned(), Some("whatsapp".to_owned()))],
        };
        let sources = (KIND.build)(text.parse().unwrap(), &context)?;
        Ok(sources
            .iter()
            .map(|source| source.name().to_owned())
            .collect())
    }

    #[test]
    fn the_example_and_the_defaults_build() {
        assert_eq!(
            check(EXAMPLE).unwrap(),
            ["mastodon:mastodon.social", "mastodon:mastodon.uno"]
        );
        assert_eq!(check("").unwrap().len(), DEFAULT_INSTANCES.len());
        assert_eq!(
            check("instances = ['A.example', 'https://a.example/']")
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            check("instances = ['http://127.0.0.1:3000']").unwrap(),
            ["mastodon:127.0.0.1:3000"]
        );
    }

    #[test]
    fn faults_name_their_key() {
        for (text, key) in [
            ("instances = []", "instances"),
            ("instances = ['https://a.example/@x']", "instances"),
            ("instances = ['ftp://a.example']", "instances"),
            ("instances = ['']", "instances"),
            ("hashtags = []", "hashtags"),
            ("hashtags = ['a b']", "hashtags"),
            ("hashtags = ['#']", "hashtags"),
            ("interval_s = 1", "interval_s"),
            ("intervall = 60", "intervall"),
        ] {
            let error = check(text).unwrap_err();
            assert_eq!(error.key.as_deref(), Some(key), "{text}: {error}");
        }
        assert!(check("hashtags = [7]").is_err());
    }

    #[test]
    fn hashtags_are_cleaned_and_grouped_by_five() {
        let tags = [
            "#WhatsAppDown",
            "whatsappdown",
            "line障害",
            "व्हाट्सएप",
            "a",
            "b",
            "c",
            "d",
        ];
        let groups = groups(tags.map(|tag| (tag.to_owned(), None)).into()).unwrap();
        let keys: Vec<_> = groups.iter().map(|group| group.key.as_str()).collect();
        assert_eq!(keys, ["whatsappdown+line障害+व्हाट्सएप+a+b", "c+d"]);
    }
}
