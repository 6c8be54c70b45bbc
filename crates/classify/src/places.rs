//! Where a post speaks of: places in its text, flags, profile, declared country, language.

use std::collections::BTreeMap;

use buio_catalog::{Catalog, PlaceKind};
use buio_normalize::fold;
use buio_types::{CountryCode, Post};

use crate::cursor;
use crate::grammar::Grammar;
use crate::literals::{Literals, starts};

/// Weights of the sources of evidence; what they leave of one is "unknown". A source speaks only
/// where the better ones before it are silent.
const IN_TEXT: f32 = 0.9;
const DECLARED: f32 = 0.9;
/// A declared country beside other places in the text: the writer is there, the failure is not.
const DECLARED_BESIDE_TEXT: f32 = 0.2;
const PROFILE: f32 = 0.8;
const HOME: f32 = 0.85;
/// Of the share that a language's largest country has among its speakers.
const LANGUAGE: f32 = 0.8;
/// A language says where only when this share of its speakers lives in one country.
const CONCENTRATED: f32 = 0.8;

#[derive(Debug, Clone)]
struct Meaning {
    country: CountryCode,
    kind: PlaceKind,
    population: u32,
}

/// Place names and the spread of languages.
#[derive(Debug)]
pub(crate) struct Gazetteer {
    names: Literals,
    /// What each name may mean, largest first.
    meanings: Vec<Vec<Meaning>>,
    /// For each language the country with most speakers and its share of them.
    languages: BTreeMap<String, (CountryCode, f32)>,
    /// Every country's languages with at least a fifth of its inhabitants.
    spoken: BTreeMap<CountryCode, Vec<String>>,
}

/// What a post says of its whereabouts, before any service is looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Whereabouts {
    in_text: Vec<CountryCode>,
    declared: Option<CountryCode>,
    profile: Option<CountryCode>,
    /// Country of the language, with the weight that it deserves.
    by_language: Option<(CountryCode, f32)>,
}

/// Shorter names are too often other words.
const CITY_CHARS: usize = 4;
const UNCASED_CHARS: usize = 2;
/// An ending that grammar may hang on a place ("İstanbul'da", "Москве" has its own row).
const PLACE_SUFFIX_CHARS: usize = 4;

impl Gazetteer {
    pub(crate) fn new(catalog: &Catalog) -> Gazetteer {
        let mut names: BTreeMap<String, Vec<Meaning>> = BTreeMap::new();
        let mut add = |name: &str, meaning: Meaning| {
            let folded = fold(name).trim().to_owned();
            if !folded.is_empty() {
                names.entry(folded).or_default().push(meaning);
            }
        };
        for place in catalog.places() {
            add(
                &place.name,
                Meaning {
                    country: place.country,
                    kind: place.kind,
                    population: place.population,
                },
            );
        }
        for country in catalog.countries() {
            for name in country.names.values().chain([&country.name]) {
                add(
                    name,
                    Meaning {
                        country: country.code,
                        kind: PlaceKind::Country,
                        population: country.population,
                    },
                );
            }
        }
        let (names, mut meanings): (Vec<String>, Vec<Vec<Meaning>>) = names.into_iter().unzip();
        for list in &mut meanings {
            list.sort_by_key(|m| (m.kind, std::cmp::Reverse(m.population), m.country));
        }
        Gazetteer {
            names: Literals::new(names),
            meanings,
            languages: largest_countries(catalog),
            spoken: spoken_languages(catalog),
        }
    }

    /// Reads all evidence of a post that no service is needed for.
    pub(crate) fn locate(
        &self,
        post: &Post,
        text: &str,
        lang: Option<&str>,
        grammar: &Grammar,
    ) -> Whereabouts {
        let expected = |country: CountryCode| {
            post.country == Some(country) || lang.is_some_and(|lang| self.speaks(country, lang))
        };
        let mut in_text = flags(&post.text);
        in_text.extend(self.find(text, Some((&post.text, grammar)), &expected));
        in_text.sort_unstable();
        in_text.dedup();
        let profile = post.place.as_deref().and_then(|place| {
            let flag = flags(place).into_iter().next();
            flag.or_else(|| self.find(&fold(place), None, &expected).into_iter().next())
        });
        Whereabouts {
            in_text,
            declared: post.country,
            profile,
            by_language: lang.and_then(|lang| self.languages.get(lang)).copied(),
        }
    }

    /// Is `lang` spoken by many in `country`?
    pub(crate) fn speaks(&self, country: CountryCode, lang: &str) -> bool {
        self.spoken
            .get(&country)
            .is_some_and(|langs| langs.iter().any(|known| known == lang))
    }

    /// Countries of the places in `text`, in order. `raw` is the text as written, in which a town
    /// shows its capital; without it (a profile) every name counts.
    fn find(
        &self,
        text: &str,
        raw: Option<(&str, &Grammar)>,
        expected: &dyn Fn(CountryCode) -> bool,
    ) -> Vec<CountryCode> {
        let mut found = Vec::new();
        let mut free_from = 0;
        for start in starts(text) {
            if start < free_from {
                continue;
            }
            let rest = text.get(start..).unwrap_or_default();
            let Some((name_idx, len)) = self
                .names
                .prefixes_of(rest)
                .find(|(_, len)| stands_alone(text, start, start + len))
            else {
                continue;
            };
            let end = start + len;
            free_from = end;
            let Some(meanings) = self.meanings.get(name_idx) else {
                continue;
            };
            let Some(meaning) = meanings
                .iter()
                .find(|meaning| expected(meaning.country))
                .or_else(|| meanings.first())
            else {
                continue;
            };
            let name = text.get(start..end).unwrap_or_default();
            let is_clear = match raw {
                Some((raw, grammar)) if meaning.kind >= PlaceKind::Region => {
                    is_town(name, text, start, raw, grammar)
                }
                _ => name.chars().count() >= UNCASED_CHARS,
            };
            if is_clear && !found.contains(&meaning.country) {
                found.push(meaning.country);
            }
        }
        found
    }
}

impl Whereabouts {
    /// The countries that the post speaks of or comes from, without a service's help.
    pub(crate) fn countries(&self) -> impl Iterator<Item = CountryCode> {
        self.in_text
            .iter()
            .copied()
            .chain(self.declared)
            .chain(self.profile)
            .chain(self.by_language.map(|(country, _)| country))
    }

    /// Weights that add to at most one for a service with these home markets, largest first.
    pub(crate) fn weigh(&self, home: &[CountryCode]) -> Vec<(CountryCode, f32)> {
        let mut weights: BTreeMap<CountryCode, f32> = BTreeMap::new();
        let mut add = |country: CountryCode, weight: f32| {
            *weights.entry(country).or_insert(0.0) += weight;
        };
        let only_home = match home {
            [country] => Some(*country),
            _ => None,
        };
        if self.in_text.is_empty() {
            // A service sold in one country fails there, wherever its customer comes from.
            match (self.declared, only_home, self.profile, self.by_language) {
                (Some(country), ..) => add(country, DECLARED),
                (None, Some(country), ..) => add(country, HOME),
                (None, None, Some(country), _) => add(country, PROFILE),
                (None, None, None, Some((country, share))) => {
                    if home.is_empty() || home.contains(&country) {
                        add(country, LANGUAGE * share);
                    }
                }
                (None, None, None, None) => {}
            }
        } else {
            let beside = self
                .declared
                .filter(|country| !self.in_text.contains(country));
            let mass = if beside.is_some() {
                IN_TEXT - DECLARED_BESIDE_TEXT
            } else {
                IN_TEXT
            };
            let at_home: Vec<_> = self.in_text.iter().filter(|c| home.contains(c)).collect();
            let told: Vec<CountryCode> = if at_home.is_empty() {
                self.in_text.clone()
            } else {
                at_home.into_iter().copied().collect()
            };
            #[expect(clippy::cast_precision_loss, reason = "a handful of countries")]
            let each = mass / told.len() as f32;
            for country in told {
                add(country, each);
            }
            if let Some(country) = beside {
                add(country, DECLARED_BESIDE_TEXT);
            }
        }
        let mut weights: Vec<(CountryCode, f32)> = weights.into_iter().collect();
        weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        weights
    }
}

/// Pairs of regional indicators: 🇮🇹.
fn flags(text: &str) -> Vec<CountryCode> {
    let letter = |c: char| {
        let offset = u32::from(c).checked_sub(0x1_F1E6).filter(|n| *n < 26)?;
        char::from_u32(u32::from('A') + offset)
    };
    let mut found = Vec::new();
    let mut first: Option<char> = None;
    for c in text.chars() {
        match (first.take(), letter(c)) {
            (Some(a), Some(b)) => found.extend(format!("{a}{b}").parse::<CountryCode>().ok()),
            (None, Some(a)) => first = Some(a),
            _ => {}
        }
    }
    found
}

fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let inner = cursor::after(text, start);
    if matches!(cursor::before(text, start), Some('@')) {
        return false;
    }
    if !cursor::is_boundary(cursor::before(text, start), inner) {
        // Arabic and Hebrew write "in" as one letter before the place.
        let word = cursor::word_start(text, start);
        let prefix = text.get(word..start).unwrap_or_default();
        if !matches!(
            prefix,
            "ب" | "ل" | "و" | "ال" | "بال" | "ב" | "ל" | "מ" | "ה"
        ) {
            return false;
        }
    }
    if cursor::is_boundary(cursor::after(text, end), cursor::before(text, end)) {
        return true;
    }
    // Long names may carry an ending outside the Latin and Cyrillic scripts.
    let rest = cursor::word_end(text, end);
    let n_suffix = text
        .get(end..rest)
        .map_or(0, |suffix| suffix.chars().count());
    let n_name = text.get(start..end).map_or(0, |name| name.chars().count());
    let is_other_script = cursor::after(text, end).is_some_and(|c| c > '\u{530}');
    n_suffix <= PLACE_SUFFIX_CHARS && is_other_script && n_name >= 3
}

/// A town's name is often another word too: it counts with a capital inside a sentence, after a
/// word of place, or in a script without capitals.
fn is_town(name: &str, text: &str, start: usize, raw: &str, grammar: &Grammar) -> bool {
    let n_chars = name.chars().count();
    let is_cased = name.chars().any(|c| c.is_lowercase());
    if !is_cased {
        return n_chars >= UNCASED_CHARS;
    }
    if n_chars < CITY_CHARS {
        return false;
    }
    let before = text
        .get(..cursor::skip_left(text, start))
        .unwrap_or_default();
    let word = before
        .get(cursor::word_start(before, before.len())..)
        .unwrap_or_default();
    let has_locative = grammar.locatives.contains(word);
    has_locative && start > 0 || is_capitalised(name, raw)
}

/// Does `raw` hold the name with a capital, in a text that is not all capitals?
fn is_capitalised(name: &str, raw: &str) -> bool {
    let first_word = name.split(' ').next().unwrap_or(name);
    let is_shouting = !raw.chars().any(char::is_lowercase);
    !is_shouting
        && raw
            .split(|c: char| !buio_normalize::is_word_char(c))
            .skip(1)
            .any(|word| {
                word.chars().next().is_some_and(char::is_uppercase)
                    && fold(word).starts_with(first_word)
            })
}

/// The country with most speakers of each language, where it holds most of them.
fn largest_countries(catalog: &Catalog) -> BTreeMap<String, (CountryCode, f32)> {
    let mut speakers: BTreeMap<&str, Vec<(f64, CountryCode)>> = BTreeMap::new();
    for country in catalog.countries() {
        for (lang, share) in &country.languages {
            let n = f64::from(*share) * f64::from(country.population);
            speakers.entry(lang).or_default().push((n, country.code));
        }
    }
    speakers
        .into_iter()
        .filter_map(|(lang, countries)| {
            let total: f64 = countries.iter().map(|(n, _)| n).sum();
            let (n, code) = countries
                .into_iter()
                .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
            #[expect(clippy::cast_possible_truncation, reason = "a share")]
            let share = (n / total) as f32;
            (share >= CONCENTRATED).then(|| (lang.to_owned(), (code, share)))
        })
        .collect()
}

fn spoken_languages(catalog: &Catalog) -> BTreeMap<CountryCode, Vec<String>> {
    catalog
        .countries()
        .iter()
        .map(|country| {
            let langs = country.languages.iter().filter(|(_, share)| *share >= 0.2);
            (country.code, langs.map(|(lang, _)| lang.clone()).collect())
        })
        .collect()
}
