use std::sync::Arc;

use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_detect::Settings;
use buio_incident::{Rules, Tracker};
use buio_types::{
    Classified, DropReason, Incident, Minute, Post, ServiceId, StatePart, StateRow, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::changes::Changes;
use crate::coverage::SourceMemory;
use crate::kept::{CorruptState, Kept};
use crate::memory::Memory;
use crate::series_table::SeriesTable;

/// Posts in, incidents out: one value, fed in arrival order.
pub struct Pipeline {
    pub(crate) catalog: Arc<Catalog>,
    classifier: Arc<Classifier>,
    pub(crate) rules: Rules,
    clock: Kept<(), Clock>,
    pub(crate) sources: Kept<String, SourceMemory>,
    pub(crate) memory: Memory,
    pub(crate) series: SeriesTable,
    pub(crate) trackers: Kept<ServiceId, Tracker>,
    pub(crate) changes: Changes,
}

/// How far time has come.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Clock {
    now: Timestamp,
}

impl Pipeline {
    /// A claimed time may lie this far ahead of the clock.
    const AHEAD_SECS: i64 = 120;
    /// Sources whose habits are remembered; a post of one beyond is counted all the same.
    const SOURCES_MAX: usize = 10_000;
    /// Minutes between two clean-ups of memory.
    const PRUNE_EVERY: u32 = 10;

    /// A pipeline that has seen nothing yet, with the shipping settings. It shares the classifier,
    /// whose tables are large, and the catalogue behind it.
    #[must_use]
    pub fn new(classifier: Arc<Classifier>) -> Self {
        Pipeline {
            catalog: Arc::clone(classifier.catalog()),
            classifier,
            rules: Rules::default(),
            clock: Kept::default(),
            sources: Kept::default(),
            memory: Memory::default(),
            series: SeriesTable::new(Settings::fleet()),
            trackers: Kept::default(),
            changes: Changes::default(),
        }
    }

    /// Continues from the rows that earlier [`Changes`] handed over.
    ///
    /// # Errors
    /// [`CorruptState`] when a row was written by another version or is damaged.
    pub fn restore(&mut self, rows: &[StateRow]) -> Result<(), CorruptState> {
        for row in rows {
            match row.part {
                StatePart::Clock => drop(self.clock.restore(row)?),
                StatePart::Source => drop(self.sources.restore(row)?),
                StatePart::Series => self.series.restore(row)?,
                StatePart::Incident => drop(self.trackers.restore(row)?),
                _ => self.memory.restore(row)?,
            }
        }
        Ok(())
    }

    /// Reads posts in arrival order. Each arrives at its `received_at` (if missing or later: at
    /// `now`), and time passes up to there before it is read.
    pub fn ingest(&mut self, posts: &[Post], now: Timestamp) -> Changes {
        for post in posts {
            self.advance(post.received_at.unwrap_or(now).min(now));
            match self.read(post) {
                Ok(()) => self.changes.n_counted += 1,
                Err(reason) => self.changes.drop(reason),
            }
        }
        self.hand_over()
    }

    /// Lets time pass up to `now`. Doing so twice changes nothing more.
    pub fn tick(&mut self, now: Timestamp) -> Changes {
        self.advance(now);
        self.hand_over()
    }

    /// A source answered at `now`, with or without posts: until then its silence is calm.
    pub fn hear_from(&mut self, source: &str, now: Timestamp) {
        if let Some(memory) = self.sources.edit(&source.to_owned()) {
            memory.answer(now);
        }
    }

    /// The pipeline's clock: the latest instant it was told of.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock
            .get(&())
            .map_or(Timestamp::EPOCH, |clock| clock.now)
    }

    /// Incidents that are open or may be reopened, by service.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.trackers.rows().values().map(Tracker::incident)
    }

    fn read(&mut self, post: &Post) -> Result<(), DropReason> {
        let now = self.now();
        if post.is_deleted {
            self.forget(post);
            return Err(DropReason::Tombstone);
        }
        self.hear(&post.source, now);
        let classified: Classified = self.classifier.classify(post);
        if let Some(reason) = classified.dropped {
            return Err(reason);
        }
        if classified.signals.is_empty() {
            return Ok(()); // chatter: counted, and nothing to remember
        }
        if !self.memory.is_first_sight(post, now) {
            return Err(DropReason::Duplicate);
        }
        let event_at = post.event_time(now, Self::AHEAD_SECS);
        self.weigh(post, &classified, event_at);
        Ok(())
    }

    /// A post arrived from `source`: what it did not say before is a gap, not a calm.
    fn hear(&mut self, source: &String, now: Timestamp) {
        if self.sources.get(source).is_none() {
            if self.sources.rows().len() < Self::SOURCES_MAX {
                self.sources.insert(source.clone(), SourceMemory::new(now));
            }
            return;
        }
        let gap = self
            .sources
            .edit(source)
            .and_then(|memory| memory.note(now));
        if let Some(gap) = gap {
            self.mask_gap(source, gap);
        }
    }

    fn forget(&mut self, post: &Post) {
        self.memory.forget(&post.source, &post.id);
        let services: Vec<ServiceId> = self.trackers.rows().keys().cloned().collect();
        for service in services {
            if let Some(tracker) = self.trackers.edit(&service) {
                tracker.forget(&post.source, &post.id);
            }
        }
        self.changes
            .tombstones
            .push((post.source.clone(), post.id.clone()));
    }

    /// Lets minutes pass one by one while an incident is open, and in one leap otherwise.
    fn advance(&mut self, now: Timestamp) {
        let before = self.now();
        if now <= before {
            return;
        }
        let (mut minute, last) = (before.minute(), now.minute());
        while minute < last && !self.trackers.rows().is_empty() {
            minute = minute.plus(1);
            self.set_clock(minute.start());
            self.pass_minute(minute);
        }
        self.set_clock(now);
        if before.minute().0 / Self::PRUNE_EVERY != last.0 / Self::PRUNE_EVERY {
            self.memory.prune(now);
        }
    }

    fn set_clock(&mut self, now: Timestamp) {
        self.clock.insert((), Clock { now });
    }

    /// One minute of every incident that is not long over.
    fn pass_minute(&mut self, minute: Minute) {
        let services: Vec<ServiceId> = self.trackers.rows().keys().cloned().collect();
        for service in services {
            if self.is_covered(&service) {
                let usual = self.usual(&service);
                self.series.advance(&service, minute, usual);
            } else {
                self.series.mask(&service, minute, minute);
            }
            self.judge(&service);
        }
    }

    fn hand_over(&mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.changes);
        let state = &mut changes.state;
        self.clock.drain(StatePart::Clock, state);
        self.sources.drain(StatePart::Source, state);
        self.memory.drain(state);
        self.series.drain(state);
        self.trackers.drain(StatePart::Incident, state);
        changes
    }
}
