use serde::{Deserialize, Serialize};

use crate::{CountryCode, DropReason, Likelihood, ServiceId};

/// One post's claim on one service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signal {
    /// The service spoken of; `None` when something fails that nobody names.
    pub service: Option<ServiceId>,
    /// What is claimed of it.
    pub kind: SignalKind,
    /// Calibrated probability that the post reports a present failure of the service.
    pub likelihood: Likelihood,
    /// Why a mention is no report; `None` for every other kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<MentionReason>,
    /// Where, with weights that add to at most one, largest first. Empty: unknown.
    #[serde(serialize_with = "countries_as_map")]
    pub countries: Vec<(CountryCode, f32)>,
    /// `android`, `ios`, `web`, `desktop`, …: ids of platform rows.
    pub platforms: Vec<String>,
    /// `messages`, `login`, …: ids of symptom rows.
    pub symptoms: Vec<String>,
    /// The terms that led here. Their weights add to the log-odds of `likelihood`.
    #[serde(serialize_with = "cues_by_name")]
    pub cues: Vec<Cue>,
}

/// A named term of the additive model.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    /// Family and row: `down:en panne`, `question`, `bias`.
    pub name: String,
    /// What it adds to the log-odds (natural logarithm).
    pub weight: f32,
    /// The words in the normalised text that matched, if any.
    pub matched: Option<String>,
}

/// What a post claims of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalKind {
    /// Does not work.
    Down,
    /// Works badly, or in part.
    Degraded,
    /// Works again.
    Back,
    /// Operator, staff or news confirm a failure.
    Acknowledged,
    /// Where people go instead.
    Refuge,
    /// Announced work.
    Planned,
    /// Blocked or throttled by a state.
    Restriction,
    /// Named without any of these; `why` says more.
    Mention,
}

/// Why a mention is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionReason {
    /// Nothing is said to fail.
    Chatter,
    /// It failed once, and works or is over.
    Past,
    /// Not meant.
    Joke,
    /// Sells something.
    Advert,
    /// A headline or a how-to page, not a person's own words.
    Headline,
    /// The writer's own device, account or bill.
    OwnEquipment,
    /// The electricity is out.
    Electricity,
    /// Reached through a carrier that fails: the carrier is down, not this.
    Victim,
    /// Named as the cloud or host that made another fail.
    Comparison,
    /// Said to work.
    Works,
    /// Billing, staff, delivery, a how-to question.
    Support,
}

/// What reading a post gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Classified {
    /// One signal a service named or bound by context; most likely failure first.
    pub signals: Vec<Signal>,
    /// Why the post was dropped instead.
    pub dropped: Option<DropReason>,
    /// Locality-sensitive hash of the normalised text: near-duplicates differ in few bits.
    pub fingerprint: u64,
    /// Best guess of the language (ISO 639), when there is one.
    pub lang: Option<String>,
}

fn countries_as_map<S: serde::Serializer>(
    countries: &[(CountryCode, f32)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        countries
            .iter()
            .map(|(code, weight)| (code, (f64::from(*weight) * 1000.0).round() / 1000.0)),
    )
}

fn cues_by_name<S: serde::Serializer>(cues: &[Cue], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(cues.iter().map(|cue| &cue.name))
}

impl Signal {
    /// Whether the signal reports a present failure (down or degraded) more likely than not.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self.kind, SignalKind::Down | SignalKind::Degraded) && self.likelihood.get() >= 0.5
    }
}
