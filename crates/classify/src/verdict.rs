//! From a sum to a kind: what the post claims of the service.

use buio_catalog::PhraseKind;
use buio_types::{MentionReason, Role, SignalKind};

use crate::score::Score;

/// A remark that counts less than this share does not decide the kind.
const DECIDING_SHARE: f32 = 0.5;
/// Shares from which on a phrase speaks of the service itself.
const SPEAKS_OF: f32 = 0.8;
/// Failure evidence, in log-odds, that makes a report of doubtful likelihood still a report.
const DOUBTFUL_FAILURE: f32 = 1.0;

/// What is known of a target beside its score.
pub(crate) struct Circumstances {
    pub(crate) role: Role,
    /// The account may speak for the service: it is bound to it, or to none.
    pub(crate) is_own: bool,
    pub(crate) is_victim: bool,
    /// A messenger named after a word of place while another service fails: where people went.
    pub(crate) is_elsewhere: bool,
    pub(crate) has_slow_symptom: bool,
}

/// The kind of claim, and for a mention why it is no report.
pub(crate) fn decide(
    score: &Score,
    circumstances: &Circumstances,
) -> (SignalKind, Option<MentionReason>) {
    let mention = |why| (SignalKind::Mention, Some(why));
    let says = |kind| score.share(kind) >= DECIDING_SHARE;
    let is_report = score.log_odds() >= 0.0;
    if circumstances.is_victim {
        return mention(MentionReason::Victim);
    }
    if circumstances.role != Role::User {
        return spoken_by_others(score, circumstances);
    }
    if says(PhraseKind::Restriction) {
        return (SignalKind::Restriction, None);
    }
    if is_report {
        return (failure_kind(score, circumstances), None);
    }
    if !is_said_to_fail(score) && (says(PhraseKind::Refuge) || circumstances.is_elsewhere) {
        return (SignalKind::Refuge, None);
    }
    if says(PhraseKind::Planned) {
        return (SignalKind::Planned, None);
    }
    if says(PhraseKind::Back) {
        return (SignalKind::Back, None);
    }
    if let Some(why) = strongest_remark(score) {
        return mention(why);
    }
    if says(PhraseKind::Acknowledged) {
        return (SignalKind::Acknowledged, None);
    }
    if score.failure() >= DOUBTFUL_FAILURE {
        return (failure_kind(score, circumstances), None);
    }
    mention(MentionReason::Chatter)
}

/// Does the post say of this very service that it fails? Then nobody takes refuge there.
fn is_said_to_fail(score: &Score) -> bool {
    [PhraseKind::Down, PhraseKind::Degraded, PhraseKind::Symptom]
        .into_iter()
        .any(|kind| score.share(kind) >= SPEAKS_OF)
}

/// Operators, monitors and newsrooms never report a failure as users do. An operator that tells of
/// one of its own admits it, and a monitor confirms it; a newsroom only passes on what others
/// notice, unless it quotes those who answer for the service.
fn spoken_by_others(
    score: &Score,
    circumstances: &Circumstances,
) -> (SignalKind, Option<MentionReason>) {
    let says = |kind| score.share(kind) >= DECIDING_SHARE;
    let tells_of_failure = score.failure() >= DOUBTFUL_FAILURE;
    let admits = match circumstances.role {
        Role::Official => circumstances.is_own && tells_of_failure,
        Role::Monitor => tells_of_failure,
        Role::User | Role::News => false,
    };
    let kind = if says(PhraseKind::Planned) {
        SignalKind::Planned
    } else if says(PhraseKind::Back) {
        SignalKind::Back
    } else if says(PhraseKind::Restriction) {
        SignalKind::Restriction
    } else if says(PhraseKind::Acknowledged) || admits {
        SignalKind::Acknowledged
    } else {
        let is_headline = circumstances.role == Role::News && tells_of_failure;
        let why = if is_headline {
            MentionReason::Headline
        } else {
            MentionReason::Chatter
        };
        return (SignalKind::Mention, Some(why));
    };
    (kind, None)
}

fn failure_kind(score: &Score, circumstances: &Circumstances) -> SignalKind {
    let (down, degraded) = (score.of(PhraseKind::Down), score.of(PhraseKind::Degraded));
    let is_slow = circumstances.has_slow_symptom && down <= 0.0;
    if degraded > down || is_slow {
        SignalKind::Degraded
    } else {
        SignalKind::Down
    }
}

/// The remark that takes most from the sum.
fn strongest_remark(score: &Score) -> Option<MentionReason> {
    [
        (PhraseKind::Past, MentionReason::Past),
        (PhraseKind::Joke, MentionReason::Joke),
        (PhraseKind::Advert, MentionReason::Advert),
        (PhraseKind::Headline, MentionReason::Headline),
        (PhraseKind::OwnEquipment, MentionReason::OwnEquipment),
        (PhraseKind::Electricity, MentionReason::Electricity),
        (PhraseKind::Comparison, MentionReason::Comparison),
        (PhraseKind::Counter, MentionReason::Works),
        (PhraseKind::Negation, MentionReason::Works),
        (PhraseKind::Support, MentionReason::Support),
    ]
    .into_iter()
    .filter(|(kind, _)| score.share(*kind) >= DECIDING_SHARE)
    .min_by(|a, b| score.of(a.0).total_cmp(&score.of(b.0)))
    .map(|(_, why)| why)
}
