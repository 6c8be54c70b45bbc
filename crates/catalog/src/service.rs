use std::collections::{BTreeMap, BTreeSet};

use buio_types::{CountryCode, ServiceId};
use serde::Deserialize;

use crate::NamedText;
use crate::fault::{Faults, LineIndex};
use crate::hint::hint_key;

/// One service that may fail, as its row tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Slug; has a country suffix only where one brand runs separate networks in countries.
    pub id: ServiceId,
    /// Name for people.
    pub name: String,
    /// What sort of service; see the row format in `data/README.md`.
    pub category: String,
    /// What users call it: scripts, nicknames, misspellings, former names.
    pub aliases: Vec<String>,
    /// Those of `aliases` that are ordinary words too, so that they need a companion or other
    /// context.
    #[serde(default)]
    pub ambiguous: Vec<String>,
    /// Words whose presence makes an ambiguous alias mean this service.
    #[serde(default)]
    pub companions: Vec<String>,
    /// Account names that users address, without `@`, as the account writes them.
    #[serde(default)]
    pub handles: Vec<String>,
    /// Host names of the service, lower case, without scheme and path.
    #[serde(default)]
    pub domains: Vec<String>,
    /// The service that this one stands on: owner's platform, cloud or network.
    #[serde(default)]
    pub provider: Option<ServiceId>,
    /// Home markets; empty means worldwide.
    #[serde(default)]
    pub countries: Vec<CountryCode>,
    /// Where the operator tells of failures.
    #[serde(default)]
    pub status_page: Option<String>,
    /// Texts that name this service; at least two.
    pub yes: Vec<String>,
    /// Texts that do not name it though they look alike; at least one.
    pub no: Vec<String>,
}

const CATEGORIES: [&str; 22] = [
    "ai",
    "bank",
    "cloud",
    "crypto",
    "dating",
    "food",
    "game",
    "gov",
    "hosting",
    "mail",
    "messenger",
    "music",
    "news",
    "other",
    "payment",
    "search",
    "shopping",
    "social",
    "streaming",
    "telecom",
    "transport",
    "work",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    service: Vec<toml::Spanned<toml::Table>>,
}

/// The readable rows sorted by id, each with its line.
pub(crate) fn parse(named: NamedText<'_>, faults: &mut Faults<'_>) -> Vec<(usize, Service)> {
    let lines = LineIndex::new(named.text);
    let raw: RawFile = match toml::from_str(named.text) {
        Ok(raw) => raw,
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            faults.push(lines.line_of(start), error.message());
            return Vec::new();
        }
    };
    let mut services: Vec<(usize, Service)> = Vec::new();
    for spanned in raw.service {
        let line = lines.line_of(spanned.span().start);
        let table = spanned.into_inner();
        let id = table
            .get("id")
            .and_then(toml::Value::as_str)
            .unwrap_or("?")
            .to_owned();
        match table.try_into::<Service>() {
            Ok(service) => {
                for message in row_faults(&service) {
                    faults.push(line, format!("service {id}: {message}"));
                }
                let follows = services.last().is_none_or(|(_, last)| last.id < service.id);
                if !follows {
                    faults.push(
                        line,
                        format!("service {id}: rows are not sorted by id, or twice"),
                    );
                }
                services.push((line, service));
            }
            Err(error) => faults.push(line, format!("service {id}: {}", error.message())),
        }
    }
    services.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
    services.dedup_by(|(_, a), (_, b)| a.id == b.id);
    services
}

/// What is wrong with a row taken by itself.
fn row_faults(service: &Service) -> Vec<String> {
    let mut faults = Vec::new();
    if !service.id.as_str().is_ascii() {
        faults.push("id is not ASCII".to_owned());
    }
    if service.name.trim().is_empty() {
        faults.push("name is empty".to_owned());
    }
    if !CATEGORIES.contains(&service.category.as_str()) {
        faults.push(format!(
            "category {:?} is none of {CATEGORIES:?}",
            service.category
        ));
    }
    if service.aliases.is_empty() {
        faults.push("has no alias".to_owned());
    }
    for (field, texts) in [
        ("aliases", &service.aliases),
        ("ambiguous", &service.ambiguous),
        ("companions", &service.companions),
        ("handles", &service.handles),
        ("domains", &service.domains),
        ("yes", &service.yes),
        ("no", &service.no),
    ] {
        let mut known = BTreeSet::new();
        for text in texts {
            if text.trim().is_empty() || text.trim() != text {
                faults.push(format!(
                    "{field}: {text:?} is empty or has spaces around it"
                ));
            }
            if !known.insert(text.to_lowercase()) {
                faults.push(format!("{field}: {text:?} stands there twice"));
            }
        }
    }
    for alias in &service.aliases {
        if alias.starts_with(['@', '#']) || hint_key(alias).is_empty() {
            faults.push(format!(
                "alias {alias:?} begins with @ or # or holds no letter"
            ));
        }
    }
    for alias in service
        .ambiguous
        .iter()
        .filter(|a| !service.aliases.contains(a))
    {
        faults.push(format!("ambiguous {alias:?} is not among the aliases"));
    }
    if !service.ambiguous.is_empty() && service.companions.is_empty() {
        faults.push("has ambiguous aliases but no companions".to_owned());
    }
    faults.extend(address_faults(service));
    if service.yes.len() < 2 || service.no.is_empty() {
        faults.push("needs at least two yes texts and one no text".to_owned());
    }
    faults
}

fn address_faults(service: &Service) -> Vec<String> {
    let mut faults = Vec::new();
    for handle in &service.handles {
        if handle.contains(|c: char| c == '@' || c == '#' || c.is_whitespace()) {
            faults.push(format!("handle {handle:?} holds @, # or a space"));
        }
    }
    for domain in &service.domains {
        let is_host = domain.contains('.')
            && domain
                .chars()
                .all(|c| c == '.' || c == '-' || (c.is_alphanumeric() && !c.is_uppercase()));
        if !is_host {
            faults.push(format!("domain {domain:?} is no lower-case host name"));
        }
    }
    let has_web_scheme =
        |page: &String| page.starts_with("https://") || page.starts_with("http://");
    if let Some(page) = service
        .status_page
        .as_ref()
        .filter(|page| !has_web_scheme(page))
    {
        faults.push(format!("status_page {page:?} is no web address"));
    }
    faults
}

/// What is wrong between rows: unknown or circular providers, unknown countries, names claimed
/// twice.
pub(crate) fn check_together(
    services: &[(usize, Service)],
    country_exists: impl Fn(CountryCode) -> bool,
    faults: &mut Faults<'_>,
) {
    let rows: BTreeMap<&str, &Service> = services
        .iter()
        .map(|(_, service)| (service.id.as_str(), service))
        .collect();
    for (line, service) in services {
        for code in service
            .countries
            .iter()
            .filter(|code| !country_exists(**code))
        {
            faults.push(
                *line,
                format!(
                    "service {}: country {code} is not in the table of countries",
                    service.id
                ),
            );
        }
        if let Some(message) = provider_fault(&rows, service) {
            faults.push(*line, format!("service {}: {message}", service.id));
        }
    }
    check_claims(services, faults);
}

fn provider_fault(rows: &BTreeMap<&str, &Service>, service: &Service) -> Option<String> {
    let mut at = service;
    for _ in 0..=rows.len() {
        let provider = at.provider.as_ref()?;
        match rows.get(provider.as_str()) {
            None => return Some(format!("provider {provider} of {} is no service", at.id)),
            Some(row) => at = row,
        }
    }
    Some("its providers go round in a circle".to_owned())
}

/// Handles and domains have one owner. An alias may have several when each has home countries and
/// none of these is another's: the post's country then decides.
fn check_claims(services: &[(usize, Service)], faults: &mut Faults<'_>) {
    let mut aliases: BTreeMap<String, Vec<&Service>> = BTreeMap::new();
    let mut owned: BTreeMap<String, &Service> = BTreeMap::new();
    for (line, service) in services {
        let names = service
            .aliases
            .iter()
            .map(String::as_str)
            .chain([service.id.as_str()]);
        let keys: BTreeSet<String> = names.map(hint_key).collect();
        for key in keys {
            let claims = aliases.entry(key.clone()).or_default();
            for other in claims.iter() {
                let apart = !service.countries.is_empty()
                    && !other.countries.is_empty()
                    && service
                        .countries
                        .iter()
                        .all(|code| !other.countries.contains(code));
                if !apart {
                    faults.push(
                        *line,
                        format!(
                            "service {}: {key:?} is claimed by {} too, and their home countries \
                             do not tell them apart",
                            service.id, other.id
                        ),
                    );
                }
            }
            claims.push(service);
        }
        let handles = service
            .handles
            .iter()
            .map(|handle| format!("@{}", handle.to_lowercase()));
        for name in handles.chain(service.domains.iter().cloned()) {
            if let Some(other) = owned.insert(name.clone(), service) {
                faults.push(
                    *line,
                    format!(
                        "service {}: {name} belongs to {} already",
                        service.id, other.id
                    ),
                );
            }
        }
    }
}
