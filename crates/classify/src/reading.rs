//! One post taken apart: which services stand in it, which phrases, and what belongs together.

use std::collections::BTreeSet;

use buio_catalog::PhraseKind;
use buio_types::ServiceId;

use crate::clauses::Clauses;
use crate::cursor;
use crate::grammar::Grammar;
use crate::weights::term;

/// A place in the text that names services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Naming {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Position in [`Reading::targets`]; `None` for a mention of somebody unknown.
    pub(crate) target: Option<usize>,
}

/// A service that the post names or is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) id: ServiceId,
    /// Position in the catalogue; `None` for an ad-hoc service.
    pub(crate) service_idx: Option<usize>,
    /// The context binds the post to it.
    pub(crate) is_hint: bool,
}

/// What a phrase counts as in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// A symptom row that only names a part ("login", "la app"): it says what fails where
    /// something is said to fail, and nothing alone.
    Topic,
    /// Such a part beside a word that says it is missing: "no internet", "kein Netz".
    NegatedTopic,
    /// The row's own kind.
    Kind(PhraseKind),
}

impl Family {
    /// The name that stands before the colon in cues and weights.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Family::Topic => term::TOPIC,
            Family::NegatedTopic => term::TOPIC_NEGATED,
            Family::Kind(kind) => kind.as_str(),
        }
    }

    /// Does a phrase of this family tell of a failure by itself?
    pub(crate) const fn is_failure(self) -> bool {
        matches!(
            self,
            Family::NegatedTopic
                | Family::Kind(
                    PhraseKind::Down
                        | PhraseKind::Degraded
                        | PhraseKind::Trouble
                        | PhraseKind::Symptom
                        | PhraseKind::Question
                        | PhraseKind::Cause
                )
        )
    }

    /// Families whose phrases speak of services only, so that an ambiguous word beside one means the
    /// service.
    pub(crate) const fn speaks_of_services(self) -> bool {
        self.is_failure()
            || matches!(
                self,
                Family::Kind(
                    PhraseKind::Back
                        | PhraseKind::Counter
                        | PhraseKind::Acknowledged
                        | PhraseKind::Planned
                        | PhraseKind::Restriction
                        | PhraseKind::Refuge
                )
            )
    }
}

/// A phrase that stands in the text and was not turned around by another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PhraseHit {
    /// Position in the lexicon's phrases.
    pub(crate) entry_idx: usize,
    pub(crate) family: Family,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Positions in [`Reading::namings`] that its slots hold.
    pub(crate) slots: Vec<usize>,
    /// What language and overlaps leave of its weight, 0..=1.
    pub(crate) factor: f32,
}

/// A list of services that share their predicate: "WhatsApp, Instagram and Facebook".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Positions in [`Reading::namings`].
    members: Vec<usize>,
}

/// Everything that scoring needs of a post's text.
#[derive(Debug, Default)]
pub(crate) struct Reading<'a> {
    pub(crate) text: &'a str,
    pub(crate) clauses: Clauses,
    pub(crate) targets: Vec<Target>,
    pub(crate) namings: Vec<Naming>,
    pub(crate) units: Vec<Unit>,
    pub(crate) hits: Vec<PhraseHit>,
}

impl PhraseHit {
    /// Is the phrase's family that kind?
    pub(crate) fn is(&self, kind: PhraseKind) -> bool {
        self.family == Family::Kind(kind)
    }

    pub(crate) const fn is_failure(&self) -> bool {
        self.family.is_failure()
    }

    pub(crate) const fn span(&self) -> (usize, usize) {
        (self.start, self.end)
    }
}

/// How far a cue reaches beyond the service that it stands nearest to.
mod reach {
    /// The nearest service, in another sentence.
    pub(super) const OTHER_SENTENCE: f32 = 0.85;
    /// A context's service when the text names others nearer.
    pub(super) const UNNAMED_HINT: f32 = 0.9;
    pub(super) const NAMED_HINT: f32 = 0.7;
    /// A context's service when the phrase holds another's name.
    pub(super) const HINT_BESIDE_SLOT: f32 = 0.6;
    /// Another service of the same sentence.
    pub(super) const SAME_SENTENCE: f32 = 0.3;
    pub(super) const ELSEWHERE: f32 = 0.15;
    /// The phrase holds another's name.
    pub(super) const BESIDE_SLOT: f32 = 0.2;
}

impl Reading<'_> {
    /// Groups neighbouring names into lists.
    pub(crate) fn group(&mut self, grammar: &Grammar) {
        let named: Vec<usize> = (0..self.namings.len())
            .filter(|idx| self.namings.get(*idx).is_some_and(|n| n.target.is_some()))
            .collect();
        let mut units: Vec<Unit> = Vec::new();
        for (nth, idx) in named.iter().enumerate() {
            let Some(naming) = self.namings.get(*idx) else {
                continue;
            };
            let before = nth.checked_sub(1).and_then(|nth| named.get(nth)).copied();
            let joint = before.map_or(Joint::None, |before| self.joint(before, *idx, grammar));
            let is_joined = match joint {
                Joint::None => false,
                Joint::Word => true,
                // "all on telegram, whatsapp is dead" is no list, "telegram, viber or signal" is.
                Joint::Comma => {
                    let next = named.get(nth + 1);
                    next.is_some_and(|next| self.joint(*idx, *next, grammar) == Joint::Word)
                        || !before.is_some_and(|before| self.ends_phrase(before, grammar))
                }
            };
            match units.last_mut() {
                Some(unit) if is_joined => {
                    unit.end = naming.end;
                    unit.members.push(*idx);
                }
                _ => units.push(Unit {
                    start: naming.start,
                    end: naming.end,
                    members: vec![*idx],
                }),
            }
        }
        self.units = units;
    }

    /// What joins two neighbouring namings to a list.
    fn joint(&self, before: usize, after: usize, grammar: &Grammar) -> Joint {
        let between = match (self.namings.get(before), self.namings.get(after)) {
            (Some(before), Some(after)) => self.text.get(before.end..after.start),
            _ => None,
        };
        between.map_or(Joint::None, |between| joint(between, grammar))
    }

    /// Is the naming the last word of a phrase of refuge or of place?
    fn ends_phrase(&self, naming_idx: usize, grammar: &Grammar) -> bool {
        let Some(naming) = self.namings.get(naming_idx) else {
            return false;
        };
        self.stands_after(naming, &grammar.locatives)
            || self.hits.iter().any(|hit| {
                hit.is(PhraseKind::Refuge)
                    && hit.slots.contains(&naming_idx)
                    && hit.end <= naming.end
            })
    }

    /// Does a word of the class stand right before the naming?
    fn stands_after(&self, naming: &Naming, class: &BTreeSet<String>) -> bool {
        let end = cursor::skip_left(self.text, naming.start);
        let start = cursor::word_start(self.text, end);
        self.text
            .get(start..end)
            .is_some_and(|word| class.contains(word))
    }

    /// Is the target one of the unit's services?
    pub(crate) fn holds(&self, unit: &Unit, target: usize) -> bool {
        unit.members.iter().any(|idx| {
            self.namings
                .get(*idx)
                .is_some_and(|n| n.target == Some(target))
        })
    }

    /// Does a slot of the phrase hold the target, or a list that it belongs to?
    pub(crate) fn is_bound(&self, hit: &PhraseHit, target: usize) -> bool {
        self.units.iter().any(|unit| {
            self.holds(unit, target) && unit.members.iter().any(|idx| hit.slots.contains(idx))
        })
    }

    /// Does a slot of the phrase hold any known service?
    pub(crate) fn is_bound_to_any(&self, hit: &PhraseHit) -> bool {
        hit.slots
            .iter()
            .any(|idx| self.namings.get(*idx).is_some_and(|n| n.target.is_some()))
    }

    /// The list of services that the phrase stands nearest to.
    pub(crate) fn nearest(&self, hit: &PhraseHit) -> Option<&Unit> {
        self.units.iter().min_by_key(|unit| {
            (
                self.clauses
                    .distance(self.text, hit.span(), (unit.start, unit.end)),
                unit.start > hit.start,
            )
        })
    }

    /// How much of the phrase speaks of the target, 0..=1.
    pub(crate) fn share(&self, hit: &PhraseHit, target: Option<usize>) -> f32 {
        let Some(target) = target else { return 1.0 };
        let is_hint = self.targets.get(target).is_some_and(|t| t.is_hint);
        if self.is_bound_to_any(hit) {
            return match (self.is_bound(hit, target), is_hint) {
                (true, _) => 1.0,
                (false, true) => reach::HINT_BESIDE_SLOT,
                (false, false) => reach::BESIDE_SLOT,
            };
        }
        let Some(nearest) = self.nearest(hit) else {
            return 1.0;
        };
        if self.holds(nearest, target) {
            let unit_span = (nearest.start, nearest.end);
            let is_near = self.clauses.is_same_sentence(hit.span(), unit_span);
            return if is_near { 1.0 } else { reach::OTHER_SENTENCE };
        }
        let mut own = self
            .units
            .iter()
            .filter(|unit| self.holds(unit, target))
            .peekable();
        let is_named = own.peek().is_some();
        let is_near = own.any(|u| self.clauses.is_same_sentence(hit.span(), (u.start, u.end)));
        match (is_hint, is_named, is_near) {
            (true, false, _) => reach::UNNAMED_HINT,
            (true, true, _) => reach::NAMED_HINT,
            (false, _, true) => reach::SAME_SENTENCE,
            (false, _, false) => reach::ELSEWHERE,
        }
    }

    /// Do the two targets stand in one list?
    pub(crate) fn is_listed_together(&self, a: usize, b: usize) -> bool {
        self.units
            .iter()
            .any(|unit| self.holds(unit, a) && self.holds(unit, b))
    }

    /// Does a word of the class stand right before every naming of the target?
    pub(crate) fn is_after(&self, target: usize, class: &BTreeSet<String>) -> bool {
        let mut namings = self
            .namings
            .iter()
            .filter(|n| n.target == Some(target))
            .peekable();
        namings.peek().is_some() && namings.all(|naming| self.stands_after(naming, class))
    }
}

/// How two names stand in one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    None,
    Comma,
    Word,
}

/// Only signs and at most one joining word stand between two names of a list.
fn joint(between: &str, grammar: &Grammar) -> Joint {
    if between.chars().any(cursor::is_sentence_end) || between.contains([':', '(', ')']) {
        return Joint::None;
    }
    let word = between.trim_matches(|c: char| !buio_normalize::is_word_char(c));
    if grammar.conjunctions.contains(word) {
        Joint::Word
    } else if word.is_empty() {
        Joint::Comma
    } else {
        Joint::None
    }
}
