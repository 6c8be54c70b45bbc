use serde::{Deserialize, Serialize};

/// A row of the pipeline's memory, as the store keeps it: opaque bytes under a key.
///
/// After each batch the pipeline hands over the rows that changed; given all of them back it
/// continues as if it had never stopped. The store never looks inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRow {
    /// Which kind of memory.
    pub part: StatePart,
    /// Unique within `part`.
    pub key: Vec<u8>,
    /// The bytes, or `None` when the row is gone.
    pub value: Option<Vec<u8>>,
}

/// The kinds of memory that the pipeline keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatePart {
    /// The clock and the totals.
    Clock,
    /// Which sources carry a service, and what was last said of it officially.
    Service,
    /// Detector state of a (service, place).
    Series,
    /// When an author last reported a service.
    Author,
    /// Reports of the last hours, with their fingerprints.
    Report,
    /// (source, id) of posts already counted.
    Seen,
    /// Liveness of a source.
    Source,
    /// Working memory of an incident that is not long closed.
    Incident,
}

impl StatePart {
    /// All parts in the order in which they are restored.
    pub const ALL: [StatePart; 8] = [
        StatePart::Clock,
        StatePart::Service,
        StatePart::Series,
        StatePart::Author,
        StatePart::Report,
        StatePart::Seen,
        StatePart::Source,
        StatePart::Incident,
    ];

    /// The part's name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            StatePart::Clock => "clock",
            StatePart::Service => "service",
            StatePart::Series => "series",
            StatePart::Author => "author",
            StatePart::Report => "report",
            StatePart::Seen => "seen",
            StatePart::Source => "source",
            StatePart::Incident => "incident",
        }
    }
}
