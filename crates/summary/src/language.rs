use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../data/summary");

/// All languages, sorted by code. A file that does not parse is left out; a test parses all.
static LANGUAGES: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let mut languages: Vec<Words> = FILES
        .files()
        .filter_map(|file| file.contents_utf8())
        .filter_map(|text| toml::from_str(text).ok())
        .collect();
    languages.sort_by(|a, b| a.code.cmp(&b.code));
    languages
});

static NO_WORDS: LazyLock<Words> = LazyLock::new(Words::default);

/// A language that summaries can be written in. The default is English.
#[derive(Clone, Copy)]
pub struct Language(&'static Words);

impl Language {
    /// The language of a BCP 47 tag (`it`, `it-CH`, `IT`), if summaries are written in it.
    #[must_use]
    pub fn find(tag: &str) -> Option<Language> {
        let code = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        LANGUAGES
            .iter()
            .find(|words| words.code == code)
            .map(Language)
    }

    /// The codes of all languages, sorted.
    #[must_use]
    pub fn codes() -> Vec<&'static str> {
        LANGUAGES.iter().map(|words| words.code.as_str()).collect()
    }

    /// The language's code (ISO 639).
    #[must_use]
    pub fn code(&self) -> &'static str {
        &self.0.code
    }

    /// The language's own name for itself.
    #[must_use]
    pub fn name(&self) -> &'static str {
        &self.0.name
    }

    pub(crate) fn words(&self) -> &'static Words {
        self.0
    }
}

impl Default for Language {
    fn default() -> Self {
        Language::find("en").unwrap_or(Language(&NO_WORDS))
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Language({})", self.0.code)
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for Language {}

/// One file of `data/summary/`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) plural: Plural,
    pub(crate) thousands: String,
    pub(crate) decimal: String,
    pub(crate) percent: String,
    pub(crate) quotation: String,
    pub(crate) comma: String,
    pub(crate) and: String,
    pub(crate) less_than_one: String,
    pub(crate) time: TimeWords,
    #[serde(rename = "where")]
    pub(crate) reach: ReachWords,
    pub(crate) headline: BTreeMap<String, KindWords>,
    pub(crate) state: BTreeMap<String, KindWords>,
    pub(crate) sentence: SentenceWords,
    pub(crate) severity: BTreeMap<String, String>,
    pub(crate) symptoms: BTreeMap<String, String>,
    pub(crate) platforms: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeWords {
    pub(crate) months: Vec<String>,
    pub(crate) day: String,
    pub(crate) first_day: String,
    pub(crate) moment: String,
    pub(crate) moment_with_day: String,
    pub(crate) local: String,
    pub(crate) local_with_day: String,
    pub(crate) joint: String,
    pub(crate) less_than_a_minute: String,
    pub(crate) days: Counted,
    pub(crate) hours: Counted,
    pub(crate) minutes: Counted,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReachWords {
    pub(crate) worldwide: String,
    pub(crate) countries: Counted,
    pub(crate) country: String,
}

/// A template for each kind of incident.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KindWords {
    pub(crate) outage: String,
    pub(crate) degraded: String,
    pub(crate) restriction: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SentenceWords {
    pub(crate) recovery: String,
    pub(crate) start_between: String,
    pub(crate) first_suspected: String,
    pub(crate) first_suspected_and_confirmed: String,
    pub(crate) countries_worldwide: Counted,
    pub(crate) countries: Counted,
    pub(crate) countries_unknown: String,
    pub(crate) countries_more: Counted,
    pub(crate) symptoms: String,
    pub(crate) symptoms_unknown: String,
    pub(crate) platforms: String,
    pub(crate) platforms_unknown: String,
    pub(crate) share: String,
    pub(crate) numbers: String,
    pub(crate) numbers_with_ratio: String,
    pub(crate) reports: Counted,
    pub(crate) authors: Counted,
    pub(crate) peak: String,
    pub(crate) official: String,
    pub(crate) official_before: String,
    pub(crate) acknowledged: String,
    pub(crate) acknowledged_before: String,
    pub(crate) official_none_yet: String,
    pub(crate) official_none: String,
    pub(crate) refuges: String,
    pub(crate) echo: Counted,
    pub(crate) echo_refuge: Counted,
    pub(crate) echo_victim: Counted,
    pub(crate) cause: String,
    pub(crate) cause_incident: String,
    pub(crate) assessment: String,
    pub(crate) correction: String,
    pub(crate) as_of: String,
    pub(crate) evidence: String,
    pub(crate) text_gone: String,
}

/// The forms of a counted phrase; `other` stands in for those that a language lacks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counted {
    one: Option<String>,
    few: Option<String>,
    many: Option<String>,
    other: String,
}

/// Families of plural rules (Unicode CLDR, whole numbers).
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Plural {
    /// 1 and everything else: Germanic, most Romance.
    #[default]
    OneOther,
    /// 0 and 1, and everything else: French, Portuguese of Brazil.
    ZeroOneOther,
    /// Ends in 1 (not 11); ends in 2–4 (not 12–14); everything else: Russian, Ukrainian.
    OneFewMany,
    /// 1; 2–4; everything else: Czech, Slovak.
    OneTwoFour,
    /// 1; ends in 2–4 (not 12–14); everything else: Polish.
    OneEndFew,
    /// No plural: Japanese, Chinese, Korean, Thai, Indonesian, Turkish after a number.
    Other,
}

impl Counted {
    /// The template for `n`.
    pub(crate) fn form(&self, plural: Plural, n: u64) -> &str {
        let ends_in_few = matches!(n % 10, 2..=4) && !matches!(n % 100, 12..=14);
        let form = match (plural, n) {
            (Plural::OneOther | Plural::ZeroOneOther, 1) | (Plural::ZeroOneOther, 0) => &self.one,
            (Plural::OneTwoFour | Plural::OneEndFew, 1) => &self.one,
            (Plural::OneTwoFour, 2..=4) => &self.few,
            (Plural::OneFewMany, _) if n % 10 == 1 && n % 100 != 11 => &self.one,
            (Plural::OneFewMany | Plural::OneEndFew, _) if ends_in_few => &self.few,
            (Plural::OneFewMany | Plural::OneTwoFour | Plural::OneEndFew, _) => &self.many,
            _ => &None,
        };
        form.as_ref().unwrap_or(&self.other)
    }
}

/// Fills `{slots}` of a template. Values are not looked into again, so nothing that a stranger
/// wrote can name a slot. An unknown slot stays as it is.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let slot = behind.split_once('}');
        let value = slot.and_then(|(name, _)| values.iter().find(|(known, _)| *known == name));
        if let (Some((_, after)), Some((_, value))) = (slot, value) {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push('{');
            rest = behind;
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn flatten(prefix: &str, value: &toml::Value, leaves: &mut BTreeMap<String, BTreeSet<String>>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    // Plural forms differ between languages; their slots must not.
                    let is_form = matches!(key.as_str(), "one" | "few" | "many" | "other");
                    let path = if is_form {
                        prefix.to_owned()
                    } else {
                        format!("{prefix}.{key}")
                    };
                    flatten(&path, value, leaves);
                }
            }
            value => {
                let text = value.as_str().unwrap_or_default();
                let slots = text
                    .split('{')
                    .skip(1)
                    .filter_map(|slot| slot.split_once('}'));
                let slots = slots.map(|(slot, _)| slot.to_owned());
                leaves.entry(prefix.to_owned()).or_default().extend(slots);
            }
        }
    }

    #[test]
    fn every_file_has_the_keys_and_slots_of_the_english_one() {
        let leaves = |file: &include_dir::File<'_>| {
            let text = file.contents_utf8().unwrap();
            let _: Words =
                toml::from_str(text).unwrap_or_else(|e| panic!("{:?}: {e}", file.path()));
            let mut leaves = BTreeMap::new();
            flatten("", &toml::from_str(text).unwrap(), &mut leaves);
            leaves
                .entry(".time.first_day".to_owned())
                .and_modify(|slots| {
                    slots.insert("day".to_owned());
                });
            leaves
        };
        let english = leaves(FILES.get_file("en.toml").unwrap());
        assert!(Language::codes().len() >= 2);
        for file in FILES.files() {
            assert_eq!(leaves(file), english, "{:?}", file.path());
        }
    }

    #[test]
    fn slots_in_values_are_not_filled() {
        let values = [("a", "{b}"), ("b", "x")];
        assert_eq!(fill("{a} {b} {c} {", &values), "{b} x {c} {");
    }

    #[test]
    fn plural_forms_follow_their_family() {
        let counted = Counted {
            one: Some("one".into()),
            few: Some("few".into()),
            many: Some("many".into()),
            other: "other".into(),
        };
        let forms = |plural, numbers: &[u64]| -> Vec<String> {
            numbers
                .iter()
                .map(|n| counted.form(plural, *n).to_owned())
                .collect()
        };
        assert_eq!(
            forms(Plural::OneOther, &[0, 1, 21]),
            ["other", "one", "other"]
        );
        assert_eq!(
            forms(Plural::ZeroOneOther, &[0, 1, 2]),
            ["one", "one", "other"]
        );
        assert_eq!(
            forms(Plural::OneFewMany, &[1, 11, 21, 3, 13, 5]),
            ["one", "many", "one", "few", "many", "many"]
        );
        assert_eq!(
            forms(Plural::OneTwoFour, &[1, 3, 22, 5]),
            ["one", "few", "many", "many"]
        );
        assert_eq!(
            forms(Plural::OneEndFew, &[1, 21, 22, 12]),
            ["one", "many", "few", "many"]
        );
        assert_eq!(forms(Plural::Other, &[1, 2]), ["other", "other"]);
    }

    #[test]
    fn languages_are_found_by_tag() {
        assert_eq!(Language::find("it-CH").unwrap().code(), "it");
        assert_eq!(Language::find("EN").unwrap(), Language::default());
        assert!(Language::find("tlh").is_none());
        assert_eq!(Language::default().name(), "English");
    }
}
