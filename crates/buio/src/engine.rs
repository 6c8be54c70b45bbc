//! Pipeline and store as one: what the pipeline decides is committed before anyone hears of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use buio_catalog::Catalog;
use buio_classify::Classifier;
use buio_pipeline::{Changes, Pipeline};
use buio_store::{Batch, SourceRow, Store};
use buio_types::{DropReason, IncidentEvent, Post, Timestamp};

/// The product with its memory on disk.
pub(crate) struct Engine {
    pipeline: Pipeline,
    store: Store,
    totals: Totals,
}

/// What is committed beside the posts of a batch.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) cursors: Vec<(String, String)>,
    pub(crate) sources: Vec<SourceRow>,
    pub(crate) dropped: BTreeMap<(String, DropReason), u64>,
}

/// Posts of this run: in = counted + dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) n_counted: u64,
    pub(crate) dropped: BTreeMap<DropReason, u64>,
}

impl Default for Totals {
    /// Every reason stands at zero, so that what never happened is told too.
    fn default() -> Self {
        Totals {
            n_counted: 0,
            dropped: DropReason::ALL.into_iter().map(|r| (r, 0)).collect(),
        }
    }
}

impl Totals {
    pub(crate) fn n_posts(&self) -> u64 {
        self.n_counted + self.dropped.values().sum::<u64>()
    }

    fn add(&mut self, changes: &Changes, beside: &Beside) {
        self.n_counted += changes.n_counted;
        let before = beside.dropped.iter().map(|((_, reason), n)| (reason, n));
        for (reason, n) in changes.dropped.iter().chain(before) {
            *self.dropped.entry(*reason).or_default() += n;
        }
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let n_dropped = self.n_posts() - self.n_counted;
        write!(
            f,
            "{} posts: {} counted, {n_dropped} dropped",
            self.n_posts(),
            self.n_counted
        )?;
        let reasons: Vec<String> = self
            .dropped
            .iter()
            .filter(|(_, n)| **n > 0)
            .map(|(reason, n)| format!("{} {n}", reason.as_str()))
            .collect();
        if reasons.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", reasons.join(", "))
        }
    }
}

impl Engine {
    /// Opens the database (in memory without a path) and continues from what it holds.
    pub(crate) fn open(catalog: Arc<Catalog>, db: Option<&Path>) -> anyhow::Result<Self> {
        let store = match db {
            Some(path) => Store::open(path)?,
            None => Store::in_memory()?,
        };
        let mut pipeline = Pipeline::new(Arc::new(Classifier::new(catalog)));
        pipeline
            .restore(&store.state()?)
            .context("continuing from the database")?;
        Ok(Engine {
            pipeline,
            store,
            totals: Totals::default(),
        })
    }

    /// Reads posts and commits what follows from them; then gives the events to publish.
    pub(crate) fn ingest(
        &mut self,
        posts: &[Post],
        now: Timestamp,
        beside: Beside,
    ) -> anyhow::Result<Vec<IncidentEvent>> {
        let changes = self.pipeline.ingest(posts, now);
        self.commit(changes, beside)
    }

    /// Lets time pass and commits what follows from it.
    pub(crate) fn tick(&mut self, now: Timestamp) -> anyhow::Result<Vec<IncidentEvent>> {
        let changes = self.pipeline.tick(now);
        self.commit(changes, Beside::default())
    }

    /// A source answered, with or without posts: its silence is calm.
    pub(crate) fn hear(&mut self, source: &str, now: Timestamp) {
        self.pipeline.hear_from(source, now);
    }

    pub(crate) fn cursor(&self, source: &str) -> anyhow::Result<Option<String>> {
        Ok(self.store.cursor(source)?)
    }

    pub(crate) fn totals(&self) -> &Totals {
        &self.totals
    }

    fn commit(&mut self, changes: Changes, beside: Beside) -> anyhow::Result<Vec<IncidentEvent>> {
        self.totals.add(&changes, &beside);
        let batch = Batch {
            changes,
            cursors: beside.cursors,
            sources: beside.sources,
            dropped: beside.dropped,
            now: self.pipeline.now(),
        };
        self.store.commit(&batch).context("committing a batch")?;
        Ok(batch.changes.events)
    }
}
