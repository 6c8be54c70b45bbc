use std::collections::BTreeMap;

use buio_types::{CountryCode, DropReason, IncidentEvent, Minute, ServiceId, StateRow};

/// What a call changed. Everything in it belongs into one transaction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// Steps in the lives of incidents, in order.
    pub events: Vec<IncidentEvent>,
    /// What to add to the counts of each (service, country, minute).
    pub counts: BTreeMap<CountKey, Counts>,
    /// (source, id) of posts deleted upstream: their text must go.
    pub tombstones: Vec<(String, String)>,
    /// Posts that were counted, chatter among them.
    pub n_counted: u64,
    /// Posts that were not, by reason. Posts in = counted + dropped.
    pub dropped: BTreeMap<DropReason, u64>,
    /// Rows of memory that changed, each at most once.
    pub state: Vec<StateRow>,
}

/// A service, a country (`None`: unknown) and a minute.
pub type CountKey = (ServiceId, Option<CountryCode>, Minute);

/// Posts about a service in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// All posts about it, whoever speaks.
    pub posts: u32,
    /// Posts of users, reposts left out, that are no reports.
    pub mentions: u32,
    /// Reports: one an author in half an hour, copies collapsed.
    pub reports: u32,
}

impl Changes {
    pub(crate) fn drop(&mut self, reason: DropReason) {
        *self.dropped.entry(reason).or_default() += 1;
    }

    /// Posts that came in.
    #[must_use]
    pub fn n_posts(&self) -> u64 {
        self.n_counted + self.dropped.values().sum::<u64>()
    }
}
