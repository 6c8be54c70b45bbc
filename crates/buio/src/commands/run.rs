//! `buio run`: the daemon. One loop owns the engine; sources only fill its queue.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use buio_catalog::Catalog;
use buio_ingest::{Batch, SourceState, run_source};
use buio_store::SourceRow;
use buio_types::IncidentEvent;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::args::{RecordFormat, RunArgs};
use crate::clock::{self, WallClock};
use crate::commands::replay::{Play, in_words};
use crate::config::{self, Config, default_database_path};
use crate::engine::{Beside, Engine};
use crate::{INTERRUPTED, print, registry};

/// Batches that may wait for the loop; a full queue makes sources wait, not memory grow.
const QUEUE_BATCHES: usize = 64;
/// How often time passes when nothing arrives.
const TICK_EVERY: Duration = Duration::from_secs(10);

/// Interrupt and termination.
type Signals = (Signal, Signal);

/// Everything that can start work.
enum Event {
    Posts(Box<Batch>),
    Tick,
    Interrupted,
    Terminated,
}

pub(crate) fn run(args: &RunArgs, is_quiet: bool) -> anyhow::Result<ExitCode> {
    let config = config::load(args.config.as_deref())?;
    start_log(&config);
    match &args.replay {
        Some(file) => play(file, args, &config, is_quiet),
        None => live(args, &config, is_quiet),
    }
}

fn open(args: &RunArgs, config: &Config, is_quiet: bool) -> anyhow::Result<(Engine, Arc<Catalog>)> {
    let catalog = config::catalog(&config.data)?;
    let path = args
        .db
        .clone()
        .or(config.store_path.clone())
        .unwrap_or_else(default_database_path);
    let engine = Engine::open(Arc::clone(&catalog), Some(&path))?;
    if !is_quiet {
        print::words(&format!("{}; database {}", config.name, path.display()));
    }
    Ok((engine, catalog))
}

fn play(file: &Path, args: &RunArgs, config: &Config, is_quiet: bool) -> anyhow::Result<ExitCode> {
    let (mut engine, _) = open(args, config, is_quiet)?;
    let files = [file.to_owned()];
    let play = Play {
        files: &files,
        format: RecordFormat::Buio,
        speed: args.speed,
        is_strict: false,
        is_quiet,
    };
    play.run(&mut engine, |event| print::data(&in_words(event)))?;
    if !is_quiet {
        print::words(&format!("{}", engine.totals()));
    }
    Ok(ExitCode::SUCCESS)
}

fn live(args: &RunArgs, config: &Config, is_quiet: bool) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the runtime")?;
    // From here on signals wait for the loop: a stop while starting is a stop in order as well.
    let signals = runtime.block_on(async { signals() })?;
    let (mut engine, catalog) = open(args, config, is_quiet)?;
    let sources = registry::build(config, &catalog)?;
    if !is_quiet {
        print::words(&format!(
            "{} sources; `buio sources` shows how each fares; stop with Ctrl-C",
            sources.len()
        ));
    }
    let code = runtime.block_on(listen(&mut engine, sources, signals));
    // A name that is still being looked up would hold the program for as long as the resolver waits.
    runtime.shutdown_background();
    code
}

fn signals() -> std::io::Result<Signals> {
    Ok((
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    ))
}

async fn listen(
    engine: &mut Engine,
    sources: Vec<Box<dyn buio_ingest::Source>>,
    mut signals: Signals,
) -> anyhow::Result<ExitCode> {
    let (sender, mut queue) = mpsc::channel(QUEUE_BATCHES);
    for source in sources {
        let cursor = engine.cursor(source.name())?;
        tokio::spawn(run_source(
            source,
            cursor,
            sender.clone(),
            Arc::new(WallClock),
        ));
    }
    drop(sender);
    let mut ticks = tokio::time::interval(TICK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut listener = Listener::default();
    let code = loop {
        let events = match next(&mut queue, &mut ticks, &mut signals).await {
            Event::Posts(batch) => listener.take(engine, *batch)?,
            Event::Tick => tokio::task::block_in_place(|| engine.tick(clock::now()))?,
            Event::Interrupted => break ExitCode::from(INTERRUPTED),
            Event::Terminated => break ExitCode::SUCCESS,
        };
        for event in &events {
            publish(event)?;
        }
    };
    print::words(&format!("stopping; {}", engine.totals()));
    Ok(code)
}

async fn next(
    queue: &mut mpsc::Receiver<Batch>,
    ticks: &mut tokio::time::Interval,
    (interrupt, terminate): &mut Signals,
) -> Event {
    tokio::select! {
        biased;
        _ = interrupt.recv() => Event::Interrupted,
        _ = terminate.recv() => Event::Terminated,
        _ = ticks.tick() => Event::Tick,
        Some(batch) = queue.recv() => Event::Posts(Box::new(batch)),
    }
}

/// What the loop remembers of sources between batches.
#[derive(Default)]
struct Listener {
    /// Names under which a source's posts came.
    labels: BTreeMap<String, BTreeSet<String>>,
    states: BTreeMap<String, SourceState>,
}

impl Listener {
    fn take(&mut self, engine: &mut Engine, batch: Batch) -> anyhow::Result<Vec<IncidentEvent>> {
        let now = clock::now();
        self.log(&batch);
        let labels = self.labels.entry(batch.source.clone()).or_default();
        labels.extend(batch.posts.iter().map(|post| post.source.clone()));
        if batch.health.state == SourceState::Ok {
            for label in labels.iter() {
                engine.hear(label, now);
            }
        }
        let beside = Beside {
            cursors: batch
                .cursor
                .iter()
                .map(|c| (batch.source.clone(), c.clone()))
                .collect(),
            sources: vec![source_row(&batch)],
            dropped: batch
                .dropped
                .iter()
                .map(|(reason, n)| ((batch.source.clone(), *reason), *n))
                .collect(),
        };
        tokio::task::block_in_place(|| engine.ingest(&batch.posts, now, beside))
    }

    /// A source is spoken of when its state changes, not at each poll.
    fn log(&mut self, batch: &Batch) {
        let state = batch.health.state;
        if self.states.insert(batch.source.clone(), state) == Some(state) {
            return;
        }
        match &batch.health.error {
            Some(error) => {
                warn!(source = %batch.source, state = state.as_str(), %error, "source changed");
            }
            None => info!(source = %batch.source, state = state.as_str(), "source changed"),
        }
    }
}

fn source_row(batch: &Batch) -> SourceRow {
    let health = &batch.health;
    let kind = batch.source.split(':').next().unwrap_or_default();
    SourceRow {
        source: batch.source.clone(),
        kind: kind.to_owned(),
        state: health.state.as_str().to_owned(),
        last_ok_at: health.last_ok,
        last_post_at: health.last_post_at,
        lag_s: health.lag_s,
        next_poll_at: health.next_poll_at,
        error: health.error.clone(),
        gap: health.gap.clone(),
        n_posts: batch.posts.len() as u64,
    }
}

/// Stored already; now people hear of it.
fn publish(event: &IncidentEvent) -> anyhow::Result<()> {
    info!(
        incident = %event.incident.id,
        event = event.event.as_str(),
        reports = event.incident.reports,
        "incident changed"
    );
    print::data(&in_words(event))
}

fn start_log(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::new(&config.log_filter);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if config.is_log_json {
        log.json().init();
    } else {
        log.compact().init();
    }
}
