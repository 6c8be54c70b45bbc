//! The additive model: every term has a name, a weight and the words that matched.

use std::collections::BTreeMap;

use buio_catalog::PhraseKind;
use buio_types::{Cue, Post, Role};

use crate::cursor::is_sentence_end;
use crate::lexicon::Lexicon;
use crate::reading::{Family, PhraseHit, Reading};
use crate::weights::{Weights, term};

/// What the second, third and fourth phrase of one family add: a long rant does not sum to
/// certainty by weak words.
const SATURATION: [f32; 4] = [1.0, 0.4, 0.15, 0.1];
/// Shares below this are not worth a line in the explanation.
const LEAST_SHARE: f32 = 0.05;
/// Of a family to be counted as agreeing.
const AGREEING_SHARE: f32 = 0.5;
/// What "for days" and "anyone else?" weigh when nothing is said to fail and no context binds.
const WITHOUT_FAILURE: f32 = 0.3;
/// What is left of "yesterday", "billing" … in another sentence than the failure.
const OTHER_SENTENCE: f32 = 0.5;

/// What is common to all targets of a post.
pub(crate) struct Scoring<'a> {
    pub(crate) post: &'a Post,
    pub(crate) has_link: bool,
    pub(crate) reading: &'a Reading<'a>,
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) weights: &'a Weights,
    /// Names for the cues: `down:en panne`.
    pub(crate) cue_name: &'a dyn Fn(&PhraseHit) -> String,
}

/// The sum for one target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Score {
    pub(crate) cues: Vec<Cue>,
    /// What each family adds.
    pub(crate) by_family: BTreeMap<Family, f32>,
    /// The largest share of a phrase of each family that speaks of the target.
    pub(crate) shares: BTreeMap<Family, f32>,
}

impl Score {
    pub(crate) fn push(&mut self, name: &str, weight: f32, matched: Option<String>) {
        if weight != 0.0 {
            self.cues.push(Cue {
                name: name.to_owned(),
                weight,
                matched,
            });
        }
    }

    pub(crate) fn log_odds(&self) -> f32 {
        self.cues.iter().map(|cue| cue.weight).sum()
    }

    pub(crate) fn of(&self, kind: PhraseKind) -> f32 {
        self.by_family
            .get(&Family::Kind(kind))
            .copied()
            .unwrap_or(0.0)
    }

    pub(crate) fn share(&self, kind: PhraseKind) -> f32 {
        self.shares.get(&Family::Kind(kind)).copied().unwrap_or(0.0)
    }

    /// What the failure families add together.
    pub(crate) fn failure(&self) -> f32 {
        self.by_family
            .iter()
            .filter(|(family, weight)| family.is_failure() && **weight > 0.0)
            .map(|(_, weight)| weight)
            .sum()
    }
}

impl Scoring<'_> {
    /// Sums all terms for a target, or for the thing that nobody names.
    pub(crate) fn score(&self, target: Option<usize>) -> Score {
        let mut score = Score::default();
        let is_hint = target
            .and_then(|idx| self.reading.targets.get(idx))
            .is_some_and(|target| target.is_hint);
        let bias = match (target, is_hint) {
            (None, _) => term::BIAS_UNNAMED,
            (Some(_), true) => term::BIAS_HINT,
            (Some(_), false) => term::BIAS,
        };
        score.push(bias, self.weights.get(bias), None);
        let mut families: BTreeMap<Family, Vec<(f32, &PhraseHit)>> = BTreeMap::new();
        for hit in &self.reading.hits {
            let share = self.share(hit, target) * hit.factor;
            if share >= LEAST_SHARE {
                families.entry(hit.family).or_default().push((share, hit));
            }
        }
        let has_failure = families.iter().any(|(family, hits)| {
            family.is_failure() && hits.iter().any(|(share, _)| *share >= 0.5)
        });
        for (family, mut hits) in families {
            hits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
            let scale = if has_failure || is_hint || !is_support_of_failure(family) {
                1.0
            } else {
                WITHOUT_FAILURE
            };
            score
                .shares
                .insert(family, hits.first().map_or(0.0, |(share, _)| *share));
            for ((share, hit), rank) in hits.iter().zip(SATURATION) {
                let weight = self.weight_of(hit) * share * rank * scale;
                *score.by_family.entry(family).or_insert(0.0) += weight;
                let words = self.reading.text.get(hit.start..hit.end).map(str::to_owned);
                score.push(&(self.cue_name)(hit), weight, words);
            }
        }
        self.add_shape(&mut score);
        score
    }

    /// A phrase's weight: of its row, or of the part that it names and that is missing.
    fn weight_of(&self, hit: &PhraseHit) -> f32 {
        if hit.family == Family::NegatedTopic {
            return self.weights.get(term::TOPIC_NEGATED);
        }
        let entry = self.lexicon.phrases.get(hit.entry_idx);
        entry.map_or(0.0, |entry| entry.weight)
    }

    /// How much of a phrase speaks of the target.
    fn share(&self, hit: &PhraseHit, target: Option<usize>) -> f32 {
        match hit.family {
            Family::Kind(PhraseKind::Refuge | PhraseKind::Comparison | PhraseKind::Cause) => {
                let share = self.reading.share(hit, target);
                if share >= 0.9 { share } else { 0.0 }
            }
            family if family.is_failure() || is_turned_to_service(family) => {
                self.reading.share(hit, target)
            }
            _ => self.share_of_remark(hit, target),
        }
    }

    /// Remarks on the whole post (past, billing, advert …) count in the sentence of a failure, or
    /// everywhere when none is told.
    fn share_of_remark(&self, hit: &PhraseHit, target: Option<usize>) -> f32 {
        let mut failures = self
            .reading
            .hits
            .iter()
            .filter(|other| other.is_failure() && self.reading.share(other, target) >= 0.5)
            .peekable();
        let is_near = failures.peek().is_none()
            || failures.any(|other| {
                self.reading
                    .clauses
                    .is_same_sentence(hit.span(), other.span())
            });
        if is_near { 1.0 } else { OTHER_SENTENCE }
    }

    fn add_shape(&self, score: &mut Score) {
        let weights = self.weights;
        let agreeing = [
            PhraseKind::Down,
            PhraseKind::Degraded,
            PhraseKind::Symptom,
            PhraseKind::Trouble,
            PhraseKind::Ongoing,
            PhraseKind::Widespread,
        ]
        .into_iter()
        .filter(|kind| score.share(*kind) >= AGREEING_SHARE)
        .count();
        if agreeing >= 2 && score.failure() > 0.0 {
            let beyond = if agreeing == 2 { 1.0 } else { 2.0 };
            score.push(term::AGREEMENT, weights.get(term::AGREEMENT) * beyond, None);
        }
        let has_failure = score.failure() > 0.0;
        if has_failure && score.shares.contains_key(&Family::Topic) {
            score.push(term::TOPIC_FAILING, weights.get(term::TOPIC_FAILING), None);
        }
        if has_failure && score.of(PhraseKind::Question) == 0.0 && self.ends_in_question() {
            score.push(term::QUESTION_MARK, weights.get(term::QUESTION_MARK), None);
        }
        if self.has_link {
            score.push(term::LINK, weights.get(term::LINK), None);
            if score.of(PhraseKind::Question) != 0.0 {
                score.push(term::QUESTION_LINK, weights.get(term::QUESTION_LINK), None);
            }
        }
        if self.post.is_repost {
            score.push(term::REPOST, weights.get(term::REPOST), None);
        }
        if has_failure && self.reading.text.matches(['!', '！']).count() >= 2 {
            score.push(term::EXCLAMATION, weights.get(term::EXCLAMATION), None);
        }
        if has_failure && self.reading.text.split_whitespace().take(7).count() <= 6 {
            score.push(term::SHORT, weights.get(term::SHORT), None);
        }
        let role = match self.post.role {
            Role::User => return,
            Role::Official => term::ROLE_OFFICIAL,
            Role::Monitor => term::ROLE_MONITOR,
            Role::News => term::ROLE_NEWS,
        };
        // Whatever they say fails, it is no user's report: the term takes back all that speaks for
        // one.
        let report = score.log_odds().max(0.0);
        score.push(role, weights.get(role) - report, None);
    }

    /// Does the sentence of a failure phrase end in a question mark?
    fn ends_in_question(&self) -> bool {
        self.reading
            .hits
            .iter()
            .filter(|hit| hit.is_failure())
            .any(|hit| {
                let rest = self.reading.text.get(hit.end..).unwrap_or_default();
                rest.chars()
                    .skip_while(|c| !is_sentence_end(*c))
                    .take_while(|c| is_sentence_end(*c))
                    .any(|c| matches!(c, '?' | '？' | '؟'))
            })
    }
}

/// "For days", "anyone else?": they speak of a failure only where one is told.
const fn is_support_of_failure(family: Family) -> bool {
    matches!(
        family,
        Family::Kind(PhraseKind::Ongoing | PhraseKind::Widespread)
    )
}

/// Kinds that say something of one service rather than of the whole post.
const fn is_turned_to_service(family: Family) -> bool {
    matches!(
        family,
        Family::Topic
            | Family::Kind(
                PhraseKind::Back
                    | PhraseKind::Counter
                    | PhraseKind::Restriction
                    | PhraseKind::Acknowledged
                    | PhraseKind::Negation
            )
    )
}
