use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use crate::fold::fold;
use crate::script::{Script, is_word_char};

/// Rows: language, script, letters that few other rows of the script have, frequent small words.
/// The first row of a script is what a text without either is taken for (not for Latin).
const ROWS: &str = include_str!("../../../data/languages.tsv");

/// Words that a text in Latin letters needs before statistics on letters say anything.
const LEAST_WORDS: usize = 4;

/// How far the best language must lead, in words of its own. Less, and Danish is called
/// Norwegian for one shared word; more, and short posts are never guessed.
const LEAST_LEAD: f32 = 0.4;

/// Letters of its own count for a language at most this much, in words: one foreign name in a
/// text may hold several.
const MOST_FOR_LETTERS: f32 = 2.0;

/// Characters looked at; more would cost time and change no guess.
const MOST_CHARS: usize = 400;

/// Guesses the language (ISO 639-1, or 639-3 where there is no shorter code) of a post's text,
/// raw or folded; raw is better, for accents tell languages apart. `None` when unsure.
///
/// The script decides first, then letters and small words that belong to few languages of the
/// script; for Latin texts of at least four words a statistical model has a vote. It is a hint,
/// and costs more than folding: ask only for texts that matter.
///
/// ```
/// use buio_normalize::guess_language;
/// assert_eq!(guess_language("WhatsApp が落ちてる"), Some("ja"));
/// assert_eq!(guess_language("anche a voi non funziona più niente?"), Some("it"));
/// assert_eq!(guess_language("lol"), None);
/// ```
#[must_use]
pub fn guess_language(folded_or_raw: &str) -> Option<&'static str> {
    let end = folded_or_raw
        .char_indices()
        .nth(MOST_CHARS)
        .map_or(folded_or_raw.len(), |(at, _)| at);
    let text = folded_or_raw.get(..end)?;
    let script = script_of(text)?;
    let rows = Languages::get().by_script.get(&script)?;
    let mut votes = vec![0.0; rows.languages.len()];
    rows.vote_by_letters(text, &mut votes);
    let n_words = rows.vote_by_words(text, &mut votes);
    if script == Script::Latin && n_words >= LEAST_WORDS {
        rows.vote_by_statistics(text, &mut votes);
    }
    let found = rows.winner(&votes);
    if script == Script::Latin {
        found
    } else {
        found.or(rows.languages.first().copied())
    }
}

/// The writing system that carries the text. Brand names are Latin everywhere, and a syllable or
/// ideograph says as much as three letters.
fn script_of(text: &str) -> Option<Script> {
    let mut counts = [0u32; Script::ALL.len()];
    for script in text.chars().filter_map(Script::of) {
        let weight = match script {
            Script::Latin => 2,
            Script::Han | Script::Kana | Script::Hangul => 9,
            _ => 4,
        };
        if let Some(count) = counts.get_mut(script as usize) {
            *count += weight;
        }
    }
    let of = |script: Script| counts.get(script as usize).copied().unwrap_or(0);
    // Japanese mixes Kana and Han; a lone "の" in Chinese is an ornament.
    let is_japanese = of(Script::Kana) * 8 > of(Script::Han);
    let best = Script::ALL.into_iter().max_by_key(|script| match script {
        Script::Kana if is_japanese => of(Script::Kana) + of(Script::Han),
        Script::Han if is_japanese => 0,
        script => of(*script),
    })?;
    (of(best) > 0).then_some(best)
}

/// The rows of one script. The maps are only looked up, never walked.
#[derive(Default)]
struct Rows {
    languages: Vec<&'static str>,
    /// Which rows list a letter.
    letters: HashMap<char, Vec<usize>>,
    /// Which rows list a folded word.
    words: HashMap<String, Vec<usize>>,
}

impl Rows {
    fn vote_by_letters(&self, text: &str, votes: &mut [f32]) {
        for c in text.chars().filter(|c| !c.is_ascii()) {
            let lower = c.to_lowercase().next().unwrap_or(c);
            for_each_share(self.letters.get(&lower), votes, |vote, share| {
                (vote + share).min(MOST_FOR_LETTERS.max(vote))
            });
        }
    }

    /// Returns the number of words in the text.
    fn vote_by_words(&self, text: &str, votes: &mut [f32]) -> usize {
        let folded = fold(text);
        let mut n_words = 0;
        for word in folded
            .split(|c| !is_word_char(c) && c != '\'')
            .filter(|word| !word.is_empty())
        {
            n_words += 1;
            for_each_share(self.words.get(word), votes, |vote, share| vote + share);
        }
        n_words
    }

    fn vote_by_statistics(&self, text: &str, votes: &mut [f32]) {
        let code = match whichlang::detect_language(text) {
            whichlang::Lang::Deu => "de",
            whichlang::Lang::Eng => "en",
            whichlang::Lang::Fra => "fr",
            whichlang::Lang::Ita => "it",
            whichlang::Lang::Nld => "nl",
            whichlang::Lang::Por => "pt",
            whichlang::Lang::Spa => "es",
            whichlang::Lang::Swe => "sv",
            whichlang::Lang::Tur => "tr",
            whichlang::Lang::Vie => "vi",
            // Languages of other scripts: the model is lost.
            _ => return,
        };
        for (language, vote) in self.languages.iter().zip(votes) {
            if *language == code {
                *vote += 1.0;
            }
        }
    }

    fn winner(&self, votes: &[f32]) -> Option<&'static str> {
        let mut ranked: Vec<(f32, &str)> = votes
            .iter()
            .copied()
            .zip(self.languages.iter().copied())
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (best, language) = *ranked.first()?;
        let second = ranked.get(1).map_or(0.0, |(vote, _)| *vote);
        (best - second >= LEAST_LEAD).then_some(language)
    }
}

/// A letter or word that `n` rows list is worth 1/n to each of them.
fn for_each_share(listed: Option<&Vec<usize>>, votes: &mut [f32], add: impl Fn(f32, f32) -> f32) {
    let Some(listed) = listed else { return };
    #[expect(clippy::cast_precision_loss, reason = "a few dozen rows")]
    let share = 1.0 / listed.len() as f32;
    for nth in listed {
        if let Some(vote) = votes.get_mut(*nth) {
            *vote = add(*vote, share);
        }
    }
}

struct Languages {
    by_script: BTreeMap<Script, Rows>,
}

impl Languages {
    fn get() -> &'static Languages {
        static LANGUAGES: OnceLock<Languages> = OnceLock::new();
        LANGUAGES.get_or_init(|| {
            let mut by_script: BTreeMap<Script, Rows> = BTreeMap::new();
            for row in ROWS.lines().skip(1) {
                let mut fields = row.split('\t');
                let (Some(language), Some(script)) = (fields.next(), fields.next()) else {
                    continue;
                };
                let Some(script) = Script::parse(script) else {
                    continue;
                };
                let rows = by_script.entry(script).or_default();
                let nth = rows.languages.len();
                rows.languages.push(language);
                for letter in fields.next().unwrap_or_default().chars() {
                    rows.letters.entry(letter).or_default().push(nth);
                }
                for word in fields
                    .next()
                    .unwrap_or_default()
                    .split(' ')
                    .filter(|word| !word.is_empty())
                {
                    let listed = rows.words.entry(fold(word).into_owned()).or_default();
                    if listed.last() != Some(&nth) {
                        listed.push(nth);
                    }
                }
            }
            Languages { by_script }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(guess_language(text), expected, "{text}");
    }

    #[test]
    fn rows_are_well_formed_and_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for row in ROWS.lines().skip(1) {
            let fields: Vec<_> = row.split('\t').collect();
            assert_eq!(fields.len(), 4, "{row}");
            assert!(Script::parse(fields[1]).is_some(), "{row}");
            assert!(seen.insert(fields[0]), "{row}");
        }
        for script in Script::ALL {
            assert!(
                Languages::get().by_script.contains_key(&script),
                "{script:?}"
            );
        }
    }

    #[test]
    fn scripts_tell_languages() {
        check("LINEが繋がらない", Some("ja"));
        check("微信又崩了", Some("zh"));
        check("微信又崩了很久都上不去の", Some("zh"));
        check("카톡 안됨", Some("ko"));
        check("ไลน์ล่ม", Some("th"));
        check("έπεσε το instagram", Some("el"));
        check("נפל הוואטסאפ", Some("he"));
        check("ვოთსაპი არ მუშაობს", Some("ka"));
        check("WhatsApp չի աշխատում", Some("hy"));
        check("হোয়াটসঅ্যাপ ডাউন", Some("bn"));
        check("வாட்ஸ்அப் வேலை செய்யவில்லை", Some("ta"));
        check("వాట్సాప్ పని చేయడం లేదు", Some("te"));
        check("वाट्सएप काम नहीं कर रहा", Some("hi"));
        check("व्हॉट्सअॅप चालत नाही आहे का", Some("mr"));
        check("फेसबुक किन चलेन", Some("ne"));
        check("الواتساب لا يعمل", Some("ar"));
        check("واتساپ وصل نمیشه چرا", Some("fa"));
        check("واٹس ایپ نہیں چل رہا", Some("ur"));
        check("не работает ватсап", Some("ru"));
        check("не працює вайбер, є хто?", Some("uk"));
        check("не ради вајбер", Some("sr"));
    }

    #[test]
    fn small_words_tell_latin_languages() {
        check("whatsapp is down for anyone else?", Some("en"));
        check("ist bei euch auch whatsapp kaputt", Some("de"));
        check("a qualcuno funziona ancora whatsapp", Some("it"));
        check("¿alguien más sin whatsapp?", Some("es"));
        check("o whatsapp não está funcionando, alguém mais?", Some("pt"));
        check("czy u was też nie działa", Some("pl"));
        check("kok wa aku ga bisa ya dari tadi", Some("id"));
        check("bende de çalışmıyor, neden?", Some("tr"));
        check("sao không vào được facebook vậy", Some("vi"));
    }

    #[test]
    fn unsure_is_said() {
        for text in ["", "lol", "12:30", "whatsapp", "😀🇮🇹", "ok ok"] {
            check(text, None);
        }
    }
}
