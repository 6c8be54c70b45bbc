//! One post taken apart: which services stand in it, which phrases, and what belongs together.

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
        let mut units: Vec<Unit> = Vec::new();
        for (idx, naming) in self.namings.iter().enumerate() {
            if naming.target.is_none() {
                continue;
            }
            let joins = units.last().is_some_and(|unit| {
                let between = self.text.get(unit.end..naming.start).unwrap_or("x x x");
                joins_list(between, grammar)
            });
            match units.last_mut() {
                Some(unit) if joins => {
                    unit.end = naming.end;
                    unit.members.push(idx);
                }
                _ => units.push(Unit {
                    start: naming.start,
                    end: naming.end,
                    members: vec![idx],
                }),
            }
        }
        self.units = units;
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

    /// Does a word of place stand right before every naming of the target?
    pub(crate) fn is_after_locative(&self, target: usize, grammar: &Grammar) -> bool {
        let mut namings = self
            .namings
            .iter()
            .filter(|n| n.target == Some(target))
            .peekable();
        namings.peek().is_some()
            && namings.all(|naming| {
                let end = cursor::skip_left(self.text, naming.start);
                let start = cursor::word_start(self.text, end);
                self.text
                    .get(start..end)
                    .is_some_and(|word| grammar.locatives.contains(word))
            })
    }
}

/// Only signs and at most one joining word stand between two names of a list.
fn joins_list(between: &str, grammar: &Grammar) -> bool {
    if between.chars().any(cursor::is_sentence_end) || between.contains([':', '(', ')']) {
        return false;
    }
    let word = between.trim_matches(|c: char| !buio_normalize::is_word_char(c));
    word.is_empty() || grammar.conjunctions.contains(word)
}

/// Which of two overlapping phrases speaks: longer ones are more specific.
pub(crate) fn settle(hits: &mut Vec<PhraseHit>, specificity: impl Fn(&PhraseHit) -> usize) {
    // How well a phrase fits: its length, less where it is of another language; then its place.
    let rank = |idx: usize, hit: &PhraseHit| {
        let fit = specificity(hit) * usize::try_from(percent(hit.factor)).unwrap_or(0);
        (fit, std::cmp::Reverse(idx))
    };
    let keep: Vec<bool> = hits
        .iter()
        .enumerate()
        .map(|(idx, hit)| {
            !hits.iter().enumerate().any(|(other_idx, other)| {
                idx != other_idx && silences(other, hit, rank(other_idx, other), rank(idx, hit))
            })
        })
        .collect();
    let is_weakened: Vec<bool> = hits
        .iter()
        .enumerate()
        .map(|(idx, hit)| {
            hits.iter()
                .enumerate()
                .zip(&keep)
                .any(|((other_idx, other), is_kept)| {
                    *is_kept
                        && hit.is_failure()
                        && other.is_failure()
                        && other.family != hit.family
                        && contains(other, hit)
                        && rank(other_idx, other) > rank(idx, hit)
                })
        })
        .collect();
    for (hit, is_weakened) in hits.iter_mut().zip(is_weakened) {
        if is_weakened {
            hit.factor *= SAID_TWICE;
        }
    }
    let mut keep = keep.into_iter();
    hits.retain(|hit| keep.next().unwrap_or(true) && !hit.is(PhraseKind::FalseFriend));
}

/// What is left of a failure phrase inside a longer one of another family: they say one thing.
const SAID_TWICE: f32 = 0.35;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0..=1"
)]
fn percent(factor: f32) -> u32 {
    (factor * 100.0) as u32
}

type Rank = (usize, std::cmp::Reverse<usize>);

fn contains(outer: &PhraseHit, inner: &PhraseHit) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Does `other` take `hit` away? Inside one family the longer of two overlapping phrases wins;
/// across families one that contains the other turns it around, unless both tell of a failure.
fn silences(other: &PhraseHit, hit: &PhraseHit, of_other: Rank, of_hit: Rank) -> bool {
    let is_overlapping = other.start < hit.end && hit.start < other.end;
    if !is_overlapping {
        return false;
    }
    if other.family == hit.family {
        return of_other > of_hit;
    }
    let (Family::Kind(other_kind), Family::Kind(hit_kind)) = (other.family, hit.family) else {
        return false;
    };
    match other_kind {
        PhraseKind::FalseFriend => of_other.0 >= of_hit.0,
        PhraseKind::Negation => of_other.0 >= of_hit.0 && can_be_negated(hit.family),
        // "since yesterday" is not "yesterday".
        PhraseKind::Ongoing if hit_kind == PhraseKind::Past => contains(other, hit),
        _ if other.is_failure() && hit.is_failure() => false,
        _ if is_modifier(other_kind) || is_modifier(hit_kind) => false,
        _ => contains(other, hit) && of_other.0 > of_hit.0,
    }
}

const fn can_be_negated(family: Family) -> bool {
    family.is_failure()
        || matches!(
            family,
            Family::Kind(PhraseKind::Ongoing | PhraseKind::Widespread)
        )
}

/// Kinds that stand beside another claim rather than against it.
const fn is_modifier(kind: PhraseKind) -> bool {
    matches!(
        kind,
        PhraseKind::Platform | PhraseKind::Ongoing | PhraseKind::Widespread | PhraseKind::Negation
    )
}
