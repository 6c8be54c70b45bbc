use std::collections::BTreeMap;

use buio_types::{CountryCode, ServiceId};
use serde::Deserialize;

use crate::fault::{Faults, LineIndex};
use crate::hint::{self, HintIndex};
use crate::{
    CatalogTexts, Country, NamedText, Phrase, Place, RowFault, Service, geo, phrase, service,
};

/// Everything that is known of the world: read-only tables and their indexes.
#[derive(Debug, Clone)]
pub struct Catalog {
    services: Vec<Service>,
    phrases: Vec<Phrase>,
    places: Vec<Place>,
    countries: Vec<Country>,
    weights: BTreeMap<String, f32>,
    hints: HintIndex,
}

impl Catalog {
    /// The tables that are compiled in. Should a row be at fault it is left out rather than
    /// stopping the program; a test proves that none is.
    #[must_use]
    pub fn builtin() -> Self {
        read(&CatalogTexts::builtin()).0
    }

    /// Reads and checks all tables.
    ///
    /// # Errors
    /// Every fault of every file, sorted by file and line.
    pub fn parse(texts: &CatalogTexts<'_>) -> Result<Self, Vec<RowFault>> {
        let (catalog, mut faults) = read(texts);
        faults.sort();
        if faults.is_empty() {
            Ok(catalog)
        } else {
            Err(faults)
        }
    }

    /// All services, sorted by id.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The service of that id.
    #[must_use]
    pub fn service(&self, id: &str) -> Option<&Service> {
        let idx = self
            .services
            .binary_search_by(|service| service.id.as_str().cmp(id))
            .ok()?;
        self.services.get(idx)
    }

    /// Positions in [`Catalog::services`] of those that claim `alias`, in any letter case and
    /// spacing. More than one where a brand runs a network in each of several countries.
    ///
    /// ```
    /// let catalog = buio_catalog::Catalog::builtin();
    /// assert!(catalog.services_with_alias("Vodafone").len() > 1);
    /// assert!(catalog.services_with_alias("corner shop").is_empty());
    /// ```
    #[must_use]
    pub fn services_with_alias(&self, alias: &str) -> &[usize] {
        self.hints.with_alias(alias)
    }

    /// The service that a collector means: by id, then alias, handle or domain, in any letter
    /// case, with `@`, `#`, spaces, hyphens and underscores ignored; then without the words of support
    /// accounts ("ask…", "…_care"), then by brand and country ("VodafoneUK"). What no row knows
    /// is an ad-hoc service with the hint's slug; a brand that several services share counts as
    /// such. `None` when the hint holds no letter or digit.
    ///
    /// ```
    /// let catalog = buio_catalog::Catalog::builtin();
    /// let id = |hint| catalog.resolve_hint(hint).map(|id| id.to_string());
    /// assert_eq!(id("@VodafoneUK").as_deref(), Some("vodafone-uk"));
    /// assert_eq!(id("SpotifyCares").as_deref(), Some("spotify"));
    /// assert_eq!(id("vodafone").as_deref(), Some("vodafone"));
    /// assert_eq!(id("#"), None);
    /// ```
    #[must_use]
    pub fn resolve_hint(&self, hint: &str) -> Option<ServiceId> {
        match self.hints.find(hint, &self.services) {
            Some(idx) => self.services.get(idx).map(|service| service.id.clone()),
            None => hint::ad_hoc(hint),
        }
    }

    /// All phrases, language after language.
    #[must_use]
    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// All place names.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// All countries, sorted by code.
    #[must_use]
    pub fn countries(&self) -> &[Country] {
        &self.countries
    }

    /// The country of that code.
    #[must_use]
    pub fn country(&self, code: CountryCode) -> Option<&Country> {
        let idx = self
            .countries
            .binary_search_by_key(&code, |country| country.code)
            .ok()?;
        self.countries.get(idx)
    }

    /// Cue names and their weights (natural log-odds).
    #[must_use]
    pub fn weights(&self) -> &BTreeMap<String, f32> {
        &self.weights
    }
}

/// Reads what can be read, and tells all that cannot.
fn read(texts: &CatalogTexts<'_>) -> (Catalog, Vec<RowFault>) {
    let mut list: Vec<RowFault> = Vec::new();
    let countries = geo::parse_countries(
        texts.countries,
        &mut Faults::new(texts.countries.file, &mut list),
    );
    let places = geo::parse_places(
        texts.places,
        &countries,
        &mut Faults::new(texts.places.file, &mut list),
    );
    let exists = |code| {
        countries
            .binary_search_by_key(&code, |country| country.code)
            .is_ok()
    };
    let rows = service::parse(
        texts.services,
        &mut Faults::new(texts.services.file, &mut list),
    );
    service::check_together(
        &rows,
        exists,
        &mut Faults::new(texts.services.file, &mut list),
    );
    let services: Vec<Service> = rows.into_iter().map(|(_, service)| service).collect();

    let mut files = texts.phrases.clone();
    files.sort_by_key(NamedText::stem);
    let mut phrases = Vec::new();
    for named in files {
        phrases.extend(phrase::parse(
            named,
            &mut Faults::new(named.file, &mut list),
        ));
    }
    let weights = parse_weights(
        texts.weights,
        &mut Faults::new(texts.weights.file, &mut list),
    );
    let hints = HintIndex::new(&services, &countries);
    (
        Catalog {
            services,
            phrases,
            places,
            countries,
            weights,
            hints,
        },
        list,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWeights {
    weights: BTreeMap<String, toml::Spanned<f32>>,
}

fn parse_weights(named: NamedText<'_>, faults: &mut Faults<'_>) -> BTreeMap<String, f32> {
    let lines = LineIndex::new(named.text);
    let raw: RawWeights = match toml::from_str(named.text) {
        Ok(raw) => raw,
        Err(error) => {
            faults.push(
                lines.line_of(error.span().map_or(0, |span| span.start)),
                error.message(),
            );
            return BTreeMap::new();
        }
    };
    let mut weights = BTreeMap::new();
    for (name, weight) in raw.weights {
        if weight.get_ref().is_finite() {
            weights.insert(name, *weight.get_ref());
        } else {
            faults.push(
                lines.line_of(weight.span().start),
                format!("weight {name:?} is no finite number"),
            );
        }
    }
    weights
}

#[cfg(test)]
mod tests;
