//! Which of overlapping phrases speak.

use buio_catalog::PhraseKind;

use crate::reading::{Family, PhraseHit};

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
