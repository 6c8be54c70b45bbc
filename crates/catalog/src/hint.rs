use std::collections::{BTreeMap, HashMap};

use buio_types::{CountryCode, ServiceId};

use crate::{Country, Service};

/// What brands put behind their name in the account that answers customers. Longer ones first, so
/// that `customercare` is not left as `customer`.
const SUFFIXES: [&str; 22] = [
    "customerservice",
    "customercare",
    "supporters",
    "helpdesk",
    "supports",
    "official",
    "answers",
    "helpers",
    "support",
    "service",
    "assist",
    "status",
    "helps",
    "cares",
    "help",
    "care",
    "team",
    "news",
    "app",
    "ops",
    "hq",
    "tv",
];

/// What brands put before it.
const PREFIXES: [&str; 8] = [
    "official", "contact", "hello", "team", "ask", "the", "get", "my",
];

/// Finds services by what a collector calls them.
#[derive(Debug, Clone, Default)]
pub(crate) struct HintIndex {
    /// Ids, then aliases of one owner, handles, domains and names: key to position.
    owned: HashMap<String, usize>,
    /// Every alias: key to positions, in the services' order.
    aliases: HashMap<String, Vec<usize>>,
    /// Names of countries as keys.
    countries: BTreeMap<String, CountryCode>,
}

/// What is compared of a name: lower case without spaces, `@`, `#`, `_`, `-`, `.` and apostrophes.
/// Other signs stay, for `+` and `&` tell brands apart.
pub(crate) fn hint_key(name: &str) -> String {
    name.chars()
        .filter(|c| {
            !(c.is_whitespace()
                || c.is_control()
                || matches!(c, '@' | '#' | '_' | '-' | '.' | '\'' | '’'))
        })
        .flat_map(char::to_lowercase)
        .collect()
}

impl HintIndex {
    pub(crate) fn new(services: &[Service], countries: &[Country]) -> Self {
        let mut index = HintIndex::default();
        for (idx, service) in services.iter().enumerate() {
            index.owned.insert(hint_key(service.id.as_str()), idx);
            for alias in &service.aliases {
                let claims = index.aliases.entry(hint_key(alias)).or_default();
                if claims.last() != Some(&idx) {
                    claims.push(idx);
                }
            }
        }
        for (key, claims) in &index.aliases {
            if let [idx] = claims.as_slice() {
                index.owned.entry(key.clone()).or_insert(*idx);
            }
        }
        let names: [fn(&Service) -> Vec<&String>; 3] = [
            |service| service.handles.iter().collect(),
            |service| service.domains.iter().collect(),
            |service| vec![&service.name],
        ];
        for names_of in names {
            for (idx, service) in services.iter().enumerate() {
                for name in names_of(service) {
                    let key = hint_key(name);
                    // A brand that several services share belongs to none of them by its bare
                    // name; a handle has one owner, whatever it looks like.
                    index.owned.entry(key).or_insert(idx);
                }
            }
        }
        for country in countries {
            for name in std::iter::once(&country.name).chain(country.names.values()) {
                index.countries.insert(hint_key(name), country.code);
            }
        }
        index
    }

    /// Positions of the services that claim `alias`.
    pub(crate) fn with_alias(&self, alias: &str) -> &[usize] {
        self.aliases
            .get(&hint_key(alias))
            .map_or(&[], Vec::as_slice)
    }

    /// Position of the service that `hint` names: as it stands, then without the words that
    /// support accounts add, then by brand and country (`vodafone_uk`, `NetflixIndia`).
    pub(crate) fn find(&self, hint: &str, services: &[Service]) -> Option<usize> {
        let bare = trim_separators(hint);
        if let Some(idx) = self.owned.get(&hint_key(bare)) {
            return Some(*idx);
        }
        let stems = stems(bare);
        let by_stem = stems
            .iter()
            .skip(1)
            .find_map(|stem| self.owned.get(&hint_key(stem)));
        by_stem.copied().or_else(|| {
            stems
                .iter()
                .find_map(|stem| self.find_in_country(stem, services))
        })
    }

    fn find_in_country(&self, stem: &str, services: &[Service]) -> Option<usize> {
        if let Some((brand, code)) = split_country_code(stem)
            && let Some(idx) = self.find_brand(&hint_key(brand), code, services)
        {
            return Some(idx);
        }
        let key = hint_key(stem);
        let splits = key.char_indices().skip(1);
        splits
            .filter_map(|(at, _)| key.split_at_checked(at))
            .find_map(|(brand, country)| {
                let code = self.countries.get(country)?;
                self.find_brand(brand, *code, services)
            })
    }

    fn find_brand(&self, brand: &str, code: CountryCode, services: &[Service]) -> Option<usize> {
        let serves = |idx: &&usize| {
            let at_home = services.get(**idx).map(|service| &service.countries);
            at_home.is_some_and(|countries| countries.is_empty() || countries.contains(&code))
        };
        self.aliases
            .get(brand)
            .into_iter()
            .flatten()
            .find(serves)
            .copied()
    }
}

fn trim_separators(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '@' | '#' | '_' | '-' | '.' | ':'))
}

/// `bare` itself, then what is left without a suffix, a prefix, or both.
fn stems(bare: &str) -> Vec<&str> {
    let mut stems = vec![bare];
    for suffix in SUFFIXES {
        let at = bare.len().checked_sub(suffix.len());
        let split = at.and_then(|at| bare.split_at_checked(at));
        if let Some((rest, end)) = split
            && end.eq_ignore_ascii_case(suffix)
        {
            stems.push(trim_separators(rest));
        }
    }
    for idx in 0..stems.len() {
        for prefix in PREFIXES {
            let split = stems
                .get(idx)
                .and_then(|stem| stem.split_at_checked(prefix.len()));
            if let Some((start, rest)) = split
                && start.eq_ignore_ascii_case(prefix)
            {
                stems.push(trim_separators(rest));
            }
        }
    }
    stems.retain(|stem| !stem.is_empty());
    stems
}

/// Splits `Brand_in` and `BrandIN`, but not `Linear`: a code is set apart by a separator or by
/// its capitals.
fn split_country_code(stem: &str) -> Option<(&str, CountryCode)> {
    let (brand, code) = stem.split_at_checked(stem.len().checked_sub(2)?)?;
    let before = brand.chars().next_back()?;
    let set_apart = matches!(before, '_' | ' ' | '-')
        || (!before.is_uppercase() && code.bytes().all(|b| b.is_ascii_uppercase()));
    let code = if code.eq_ignore_ascii_case("uk") {
        "gb"
    } else {
        code
    };
    let code = code.parse().ok()?;
    set_apart.then(|| (trim_separators(brand), code))
}

/// The ad-hoc service of a hint that no row knows.
pub(crate) fn ad_hoc(hint: &str) -> Option<ServiceId> {
    ServiceId::slug(hint)
}
