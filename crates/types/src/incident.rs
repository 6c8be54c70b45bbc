use serde::{Deserialize, Serialize};

use crate::{CountryCode, Likelihood, ServiceId, Timestamp};

/// Our belief about one service, with everything it rests on. Serialises to the contract's
/// incident object, field for field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// `<service>-<opening minute>`, derived from the content, so that two runs agree.
    pub id: String,
    /// The service that failed.
    pub service: ServiceId,
    /// Its name for people.
    pub service_name: String,
    /// How far it reaches.
    pub scope: Scope,
    /// Countries concerned, most reports first.
    pub countries: Vec<CountryShare>,
    /// Where in its life it is.
    pub state: IncidentState,
    /// What kind of failure.
    pub kind: IncidentKind,
    /// How bad it is.
    pub severity: Severity,
    /// Probability that this is a real incident, 0..=1.
    pub confidence: Likelihood,
    /// What fails, in share of the reports that say so, largest first.
    pub symptoms: Vec<Share>,
    /// On which platforms, in share of the reports that say so, largest first.
    pub platforms: Vec<Share>,
    /// Most likely start.
    pub started_at: Timestamp,
    /// The interval in which the start lies.
    pub started_between: [Timestamp; 2],
    /// When we first suspected it; never changes.
    pub detected_at: Timestamp,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When the operator first spoke of it.
    pub acknowledged_at: Option<Timestamp>,
    /// When words of recovery began to outweigh.
    pub recovering_at: Option<Timestamp>,
    /// When it ended.
    pub resolved_at: Option<Timestamp>,
    /// How it ended.
    pub resolution: Option<Resolution>,
    /// Reports since the start (one an author and half hour, duplicates collapsed).
    pub reports: u64,
    /// Distinct authors of those reports.
    pub authors: u64,
    /// Reports that the same span would have brought on a usual day.
    pub expected: f64,
    /// `reports` / `expected`.
    pub ratio: f64,
    /// The fullest minute.
    pub peak_at: Timestamp,
    /// Reports in that minute.
    pub peak_per_min: u32,
    /// What the operator said.
    pub official: Option<OfficialStatement>,
    /// The incident or service behind this one.
    pub cause: Option<Cause>,
    /// Services named beside this one whose reports were not held against them.
    pub echoes: Vec<Echo>,
    /// Where people went instead.
    pub refuges: Vec<Refuge>,
    /// Posts that the numbers rest on; text is dropped after its retention.
    pub evidence: Vec<Evidence>,
    /// What people corrected later.
    pub corrections: Vec<Correction>,
    /// Counts every published change, from 1.
    pub revision: u32,
}

/// How far an incident reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// At least 8 countries on at least 3 continents.
    Worldwide,
    /// More than one country.
    MultiCountry,
    /// One country, or none that could be named.
    Country,
}

/// Where in its life an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentState {
    /// Evidence passed the first bar.
    Suspected,
    /// Evidence passed the second bar and the gates on authors and texts.
    Confirmed,
    /// Words of recovery outweigh those of failure.
    Recovering,
    /// Over.
    Resolved,
    /// A person said that it was none.
    Dismissed,
}

impl IncidentState {
    /// The state's name in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            IncidentState::Suspected => "suspected",
            IncidentState::Confirmed => "confirmed",
            IncidentState::Recovering => "recovering",
            IncidentState::Resolved => "resolved",
            IncidentState::Dismissed => "dismissed",
        }
    }

    /// Neither resolved nor dismissed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, IncidentState::Resolved | IncidentState::Dismissed)
    }
}

/// What kind of failure an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentKind {
    /// It does not work.
    Outage,
    /// It works badly, or in part.
    Degraded,
    /// A state blocks or throttles it.
    Restriction,
}

/// How bad an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Open.
    Minor,
    /// Ten times the usual and at least 50 authors more than usual.
    Major,
    /// Thirty times the usual and at least 500 authors more than usual, or 5 countries.
    Critical,
}

/// How an incident ended. There is no other way to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// People, or the operator, say that it works again.
    Recovered,
    /// Six hours below the usual with coverage intact and nobody saying "still down".
    Faded,
    /// 72 hours without coverage: unknown since.
    Expired,
}

/// One country's part in an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CountryShare {
    /// Which country.
    pub code: CountryCode,
    /// Its share of the located reports, 0..=1.
    pub share: f64,
    /// Its reports, rounded from weights.
    pub reports: u64,
    /// First located report, or the onset of its own series.
    pub started_at: Timestamp,
    /// Its own state.
    pub state: CountryState,
}

/// What a country's own series says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CountryState {
    /// Its own series passed the first bar, or its share of the authors lists it.
    Suspected,
    /// Its own series passed the second bar.
    Confirmed,
    /// Words of recovery outweigh there.
    Recovering,
    /// Over there.
    Resolved,
}

/// A named part and its share, 0..=1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Id of a symptom or platform row.
    pub id: String,
    /// Share of the reports that name any.
    pub share: f64,
}

/// What the operator said, and how long after the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficialStatement {
    /// Its words, shortened; or the kind of statement when text is not kept.
    pub status: String,
    /// Where it stands.
    pub url: Option<String>,
    /// When it was made.
    pub posted_at: Timestamp,
    /// Seconds from `started_at` to `posted_at`.
    pub lag_s: i64,
}

/// What made this service fail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// The cloud, host network or state behind it.
    pub service: ServiceId,
    /// That service's own incident, if it has one.
    pub incident: Option<String>,
    /// How sure, 0..=1.
    pub confidence: Likelihood,
}

/// A service named beside the failing one, not held against it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Echo {
    /// Which service.
    pub service: ServiceId,
    /// How many reports were set aside.
    pub reports: u64,
    /// `named_with`, `refuge`, `victim`, …
    pub reason: String,
}

/// Where people went instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refuge {
    /// Which service.
    pub service: ServiceId,
    /// Its share of the posts that name any refuge.
    pub share: f64,
}

/// A post that an incident rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The post's source.
    pub source: String,
    /// The post's id within it.
    pub id: String,
    /// Where a person can read it.
    pub url: Option<String>,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// Its language, if known.
    pub lang: Option<String>,
    /// Its country, if known.
    pub country: Option<CountryCode>,
    /// Probability that it reports a present failure.
    pub likelihood: Likelihood,
    /// Its words; `None` once the text's retention is over or the post is deleted.
    pub text: Option<String>,
}

/// What a person corrected, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// A step in an incident's life, with the incident as it was after the step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentEvent {
    /// When, on the pipeline's clock.
    pub at: Timestamp,
    /// Which step.
    pub event: EventKind,
    /// Why, in words that name the figures.
    pub reason: String,
    /// The incident after it.
    pub incident: Incident,
}

/// The steps of an incident's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// Always first.
    Opened,
    /// Figures, scope or cause changed.
    Updated,
    /// Passed the second bar, or relapsed.
    Confirmed,
    /// The operator spoke.
    Acknowledged,
    /// Words of recovery outweigh.
    Recovering,
    /// Over.
    Resolved,
    /// Failed again within 60 minutes after the end.
    Reopened,
    /// A person said that it was none.
    Dismissed,
}

impl EventKind {
    /// The step's name in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::Opened => "opened",
            EventKind::Updated => "updated",
            EventKind::Confirmed => "confirmed",
            EventKind::Acknowledged => "acknowledged",
            EventKind::Recovering => "recovering",
            EventKind::Resolved => "resolved",
            EventKind::Reopened => "reopened",
            EventKind::Dismissed => "dismissed",
        }
    }
}
