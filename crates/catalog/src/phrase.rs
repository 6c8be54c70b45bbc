use std::collections::BTreeSet;

use crate::NamedText;
use crate::fault::Faults;
use crate::tsv::{self, Row};

/// A phrase that people use around services, in the phrase mini-language.
///
/// Words match whole words; `wort~` takes any ending, `~wort` any beginning; a lone `*` is a gap
/// of 0 to 3 words; `{S}` is the name of a service, `{N}` a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// ISO 639 code of the file, or `und` for what every language shares.
    pub lang: String,
    /// What the phrase speaks for.
    pub kind: PhraseKind,
    /// Which symptom or platform; `None` for the other kinds.
    pub id: Option<String>,
    /// The phrase as written.
    pub text: String,
    /// A made-up post that contains it.
    pub yes: String,
    /// A made-up post that must not match it.
    pub no: Option<String>,
}

macro_rules! phrase_kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// What a phrase speaks for: the cue families of the additive model.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PhraseKind { $($(#[$doc])* $variant,)+ }

        impl PhraseKind {
            /// Every kind.
            pub const ALL: &'static [PhraseKind] = &[$(PhraseKind::$variant,)+];

            /// The kind's name in the files.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(PhraseKind::$variant => $name,)+ }
            }
        }
    };
}

phrase_kinds! {
    /// Plainly does not work.
    Down = "down",
    /// Slow, in part, on and off.
    Degraded = "degraded",
    /// Weak: problem, issue, error.
    Trouble = "trouble",
    /// Which part fails; has an id.
    Symptom = "symptom",
    /// On which device; has an id.
    Platform = "platform",
    /// It lasts, or it is there again.
    Ongoing = "ongoing",
    /// Others have it too.
    Widespread = "widespread",
    /// Asks whether it fails.
    Question = "question",
    /// Works again.
    Back = "back",
    /// Works for the writer.
    Counter = "counter",
    /// The operator, its staff or the news speak of it.
    Acknowledged = "acknowledged",
    /// People go there instead.
    Refuge = "refuge",
    /// It made another thing fail.
    Cause = "cause",
    /// Over.
    Past = "past",
    /// Announced maintenance.
    Planned = "planned",
    /// Blocked or throttled by a state.
    Restriction = "restriction",
    /// The writer's own device, line or bill.
    OwnEquipment = "own_equipment",
    /// Power cut.
    Electricity = "electricity",
    /// Billing, delivery, staff, appointments, how-to: no failure.
    Support = "support",
    /// Somebody sells something.
    Advert = "advert",
    /// A headline or guide about failures in general.
    Headline = "headline",
    /// Humour, figures of speech.
    Joke = "joke",
    /// Better or worse than another.
    Comparison = "comparison",
    /// Turns a failure phrase around.
    Negation = "negation",
    /// Looks like a failure and is none.
    FalseFriend = "false_friend",
}

impl PhraseKind {
    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        PhraseKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == name)
    }

    /// Rows of this kind say which symptom or platform.
    #[must_use]
    pub const fn has_id(self) -> bool {
        matches!(self, PhraseKind::Symptom | PhraseKind::Platform)
    }
}

const HEADER: [&str; 6] = ["kind", "id", "phrase", "yes", "no", "source"];

/// Reads one language's file; the file's name is the language.
pub(crate) fn parse(named: NamedText<'_>, faults: &mut Faults<'_>) -> Vec<Phrase> {
    let lang = named.stem();
    if !(2..=3).contains(&lang.len()) || !lang.bytes().all(|b| b.is_ascii_lowercase()) {
        faults.push(
            1,
            format!("file name {lang:?} is no language code (it.tsv, und.tsv)"),
        );
        return Vec::new();
    }
    let (_, rows) = tsv::rows(named, &HEADER, faults);
    let mut known = BTreeSet::new();
    let mut phrases = Vec::new();
    for row in &rows {
        match parse_row(lang, row) {
            Ok(phrase) => {
                let key = (phrase.kind, phrase.id.clone(), phrase.text.to_lowercase());
                if known.insert(key) {
                    phrases.push(phrase);
                } else {
                    faults.push(
                        row.line,
                        format!("{} {:?} stands here twice", row.cell(0), row.cell(2)),
                    );
                }
            }
            Err(message) => faults.push(row.line, message),
        }
    }
    phrases
}

fn parse_row(lang: &str, row: &Row<'_>) -> Result<Phrase, String> {
    let (kind, id, text, yes, no) = (
        row.cell(0),
        row.cell(1),
        row.cell(2),
        row.cell(3),
        row.cell(4),
    );
    let Some(kind) = PhraseKind::from_name(kind) else {
        return Err(format!("{kind:?} is no phrase kind (phrase {text:?})"));
    };
    if kind.has_id() == id.is_empty() {
        let word = if id.is_empty() {
            "needs an id"
        } else {
            "takes no id"
        };
        return Err(format!("kind {} {word} (phrase {text:?})", kind.as_str()));
    }
    if !id
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    {
        return Err(format!(
            "id {id:?} is not lower-case words and hyphens (phrase {text:?})"
        ));
    }
    check_syntax(text).map_err(|what| format!("phrase {text:?}: {what}"))?;
    if yes.is_empty() {
        return Err(format!("phrase {text:?} has no yes example"));
    }
    Ok(Phrase {
        lang: lang.to_owned(),
        kind,
        id: (!id.is_empty()).then(|| id.to_owned()),
        text: text.to_owned(),
        yes: yes.to_owned(),
        no: (!no.is_empty()).then(|| no.to_owned()),
    })
}

/// Is `text` well formed in the mini-language?
fn check_syntax(text: &str) -> Result<(), String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        return Err("is empty".into());
    }
    if words.first() == Some(&"*") || words.last() == Some(&"*") {
        return Err("a gap needs words on both sides".into());
    }
    if words.windows(2).any(|pair| pair == ["*", "*"]) {
        return Err("two gaps in a row".into());
    }
    let mut has_literal = false;
    for word in words {
        if word == "*" {
            continue;
        }
        let plain = word.replace("{S}", "").replace("{N}", "");
        if plain.contains(['{', '}']) {
            return Err(format!(
                "{word:?}: only {{S}} and {{N}} may stand in braces"
            ));
        }
        if plain.contains('*') {
            return Err(format!("{word:?}: a gap stands alone between spaces"));
        }
        let core = plain.strip_prefix('~').unwrap_or(&plain);
        let core = core.strip_suffix('~').unwrap_or(core);
        if core.contains('~') {
            return Err(format!(
                "{word:?}: ~ stands only at a word's beginning or end"
            ));
        }
        if core.is_empty() && plain.contains('~') {
            return Err(format!("{word:?}: ~ needs letters beside it"));
        }
        has_literal |= !core.is_empty();
    }
    if has_literal {
        Ok(())
    } else {
        Err("holds no word of its own".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RowFault;
    use proptest::prelude::*;

    fn check(rows: &str, expected: Result<usize, &str>) {
        let text = format!("{}\n{rows}\n", HEADER.join("\t"));
        let mut list: Vec<RowFault> = Vec::new();
        let named = NamedText {
            file: "phrases/it.tsv",
            text: &text,
        };
        let found = parse(named, &mut Faults::new(named.file, &mut list));
        match expected {
            Ok(n) => assert_eq!((found.len(), list), (n, vec![]), "{rows}"),
            Err(part) => {
                let said = list.first().map(ToString::to_string).unwrap_or_default();
                assert!(said.contains(part), "{rows}: {said:?} lacks {part:?}");
                let last_line = rows.lines().count() + 1;
                assert!(
                    said.starts_with(&format!("phrases/it.tsv:{last_line}: ")),
                    "{said}"
                );
            }
        }
    }

    #[test]
    fn well_formed_phrases_pass() {
        check("down\t\tnon va\twhatsapp non va\t\town", Ok(1));
        check("down\t\t{S} * giù~\twhatsapp è andato giù\t\town", Ok(1));
        check("symptom\tlogin\t~login~\til login no\t\town", Ok(1));
        check(
            "ongoing\t\tda {N} giorni\tda 3 giorni\tda giorni\town",
            Ok(1),
        );
        check("down\t\t{S}障害\tLINE障害\t\town", Ok(1));
        check("# a remark\n\n", Ok(0));
    }

    #[test]
    fn each_fault_is_told_with_its_line() {
        check(
            "dwon\t\tnon va\tnon va\t\town",
            Err("\"dwon\" is no phrase kind"),
        );
        check("symptom\t\tlogin\tlogin\t\town", Err("needs an id"));
        check("down\tlogin\tnon va\tnon va\t\town", Err("takes no id"));
        check("down\t\t* non\tnon\t\town", Err("both sides"));
        check("down\t\ta * * b\ta b\t\town", Err("two gaps"));
        check("down\t\ta*b\tab\t\town", Err("stands alone"));
        check("down\t\tw~rt\twort\t\town", Err("beginning or end"));
        check("down\t\t{X} va\tva\t\town", Err("{S} and {N}"));
        check("down\t\t{S}\tx\t\town", Err("no word of its own"));
        check("down\t\tnon va\t\t\town", Err("no yes example"));
        check(
            "down\t\tnon va\tnon va",
            Err("4 cells where the header has 6"),
        );
        check(
            "# twice\ndown\t\tx y\tx y\t\t\ndown\t\tX Y\tx y\t\t",
            Err("here twice"),
        );
    }

    #[test]
    fn names_and_kinds_agree_both_ways() {
        for kind in PhraseKind::ALL {
            assert_eq!(PhraseKind::from_name(kind.as_str()), Some(*kind));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_syntax_check_panic(text in ".*") {
            let _verdict: Result<(), String> = check_syntax(&text);
        }
    }
}
