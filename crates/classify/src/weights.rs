//! Names of the model's terms and their weights.

use std::collections::BTreeMap;

/// Terms that are no phrase family; families carry the phrase kind's name.
pub(crate) mod term {
    /// Every service that is named without a binding context.
    pub(crate) const BIAS: &str = "bias";
    /// A service that the context binds the post to: about half of such posts tell of failures.
    pub(crate) const BIAS_HINT: &str = "bias_hint";
    /// Nothing is named.
    pub(crate) const BIAS_UNNAMED: &str = "bias_unnamed";
    /// Several failure families agree; counted for each beyond the first.
    pub(crate) const AGREEMENT: &str = "agreement";
    /// The failing clause ends in a question mark and no question phrase explains it.
    pub(crate) const QUESTION_MARK: &str = "question_mark";
    /// A question beside a link: a headline or a guide.
    pub(crate) const QUESTION_LINK: &str = "question_link";
    /// The post carries a link.
    pub(crate) const LINK: &str = "link";
    /// A copy of somebody else's post.
    pub(crate) const REPOST: &str = "repost";
    /// Two exclamation marks or more.
    pub(crate) const EXCLAMATION: &str = "exclamation";
    /// At most six words, one of them a failure.
    pub(crate) const SHORT: &str = "short";
    /// The service or its staff speak.
    pub(crate) const ROLE_OFFICIAL: &str = "role_official";
    /// A bot that watches services speaks.
    pub(crate) const ROLE_MONITOR: &str = "role_monitor";
    /// A newsroom speaks.
    pub(crate) const ROLE_NEWS: &str = "role_news";
    /// Reached through a carrier that fails.
    pub(crate) const VICTIM: &str = "victim";
    /// A part is named ("login", "la app") …
    pub(crate) const TOPIC: &str = "topic";
    /// … missing ("no internet"): a failure …
    pub(crate) const TOPIC_NEGATED: &str = "topic_negated";
    /// … in a post in which something is said to fail.
    pub(crate) const TOPIC_FAILING: &str = "topic_failing";
    /// The network that the words stand on ("read on Twitter that …").
    pub(crate) const MEDIUM: &str = "medium";

    /// All of them.
    #[cfg(test)]
    pub(crate) const ALL: [&str; 18] = [
        BIAS,
        BIAS_HINT,
        BIAS_UNNAMED,
        AGREEMENT,
        QUESTION_MARK,
        QUESTION_LINK,
        LINK,
        REPOST,
        EXCLAMATION,
        SHORT,
        ROLE_OFFICIAL,
        ROLE_MONITOR,
        ROLE_NEWS,
        VICTIM,
        MEDIUM,
        TOPIC,
        TOPIC_NEGATED,
        TOPIC_FAILING,
    ];
}

/// Log-odds by name.
#[derive(Debug, Clone)]
pub(crate) struct Weights(BTreeMap<String, f32>);

impl Weights {
    /// Takes the catalogue's table; what is not a finite number counts as absent.
    pub(crate) fn new(table: &BTreeMap<String, f32>) -> Weights {
        Weights(
            table
                .iter()
                .filter(|(_, weight)| weight.is_finite())
                .map(|(name, weight)| (name.clone(), *weight))
                .collect(),
        )
    }

    /// The weight of a term or family; 0 when the table does not know it.
    pub(crate) fn get(&self, name: &str) -> f32 {
        self.0.get(name).copied().unwrap_or(0.0)
    }

    /// The weight of a phrase: its own (`down:en panne`), its id's (`symptom:signal`), or that of
    /// its family.
    pub(crate) fn of_phrase(&self, family: &str, id: Option<&str>, text: &str) -> f32 {
        let own = self.0.get(&format!("{family}:{text}"));
        let of_id = id.and_then(|id| self.0.get(&format!("{family}:{id}")));
        own.or(of_id).copied().unwrap_or_else(|| self.get(family))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use buio_catalog::{Catalog, PhraseKind};

    #[test]
    fn the_shipped_table_names_every_term_and_nothing_else() {
        let catalog = Catalog::builtin();
        let families: Vec<&str> = PhraseKind::ALL.iter().map(|kind| kind.as_str()).collect();
        for name in term::ALL.iter().chain(&families) {
            assert!(
                catalog.weights().contains_key(*name),
                "{name} has no weight"
            );
        }
        for name in catalog.weights().keys() {
            let family = name.split(':').next().unwrap();
            assert!(
                term::ALL.contains(&family) || families.contains(&family),
                "{name} is no term"
            );
        }
    }
}
