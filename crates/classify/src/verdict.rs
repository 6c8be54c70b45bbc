//! From a sum to a kind: what the post claims of the service.

use buio_catalog::PhraseKind;
use buio_types::{MentionReason, Role, SignalKind};

use crate::score::Score;

/// A remark that counts less than this share does not decide the kind.
const DECIDING_SHARE: f32 = 0.5;
/// Failure evidence, in log-odds, that makes a report of doubtful likelihood still a report.
const DOUBTFUL_FAILURE: f32 = 1.0;

/// What is known of a target beside its score.
pub(crate) struct Circumstances {
    pub(crate) role: Role,
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
        return spoken_by_others(score);
    }
    if says(PhraseKind::Restriction) {
        return (SignalKind::Restriction, None);
    }
    if is_report {
        return (failure_kind(score, circumstances), None);
    }
    if says(PhraseKind::Refuge) || circumstances.is_elsewhere {
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

/// Operators, monitors and newsrooms confirm a failure; they never report one.
fn spoken_by_others(score: &Score) -> (SignalKind, Option<MentionReason>) {
    let says = |kind| score.share(kind) >= DECIDING_SHARE;
    let kind = if says(PhraseKind::Planned) {
        SignalKind::Planned
    } else if says(PhraseKind::Back) {
        SignalKind::Back
    } else if says(PhraseKind::Restriction) {
        SignalKind::Restriction
    } else if says(PhraseKind::Acknowledged) || score.failure() >= DOUBTFUL_FAILURE {
        SignalKind::Acknowledged
    } else {
        return (SignalKind::Mention, Some(MentionReason::Chatter));
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
