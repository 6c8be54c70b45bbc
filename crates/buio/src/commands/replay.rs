//! `buio replay`: recorded posts through the same engine, on the posts' own clock.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use buio_catalog::Catalog;
use buio_store::SourceRow;
use buio_types::{IncidentEvent, Post, Timestamp};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{Format, RecordFormat, ReplayArgs, Speed};
use crate::clock;
use crate::engine::{Beside, Engine};
use crate::print;
use crate::recording::Recording;

/// Posts in one transaction. Fewer → more time spent in commits; more → more to read again after
/// a stop.
const BATCH_POSTS: usize = 1000;

pub(crate) fn run(args: &ReplayArgs, catalog: Arc<Catalog>, is_quiet: bool) -> anyhow::Result<()> {
    let mut engine = Engine::open(catalog, args.db.as_deref())?;
    let play = Play {
        files: &args.files,
        format: args.format,
        speed: args.speed,
        is_strict: args.strict,
        is_quiet,
    };
    let mut n_events = 0;
    play.run(&mut engine, |event| {
        n_events += 1;
        publish(event, args.output)
    })?;
    if !is_quiet {
        print::words(&format!("{}; {n_events} incident events", engine.totals()));
    }
    Ok(())
}

/// How recorded posts are played.
pub(crate) struct Play<'a> {
    pub(crate) files: &'a [PathBuf],
    pub(crate) format: RecordFormat,
    pub(crate) speed: Speed,
    pub(crate) is_strict: bool,
    pub(crate) is_quiet: bool,
}

impl Play<'_> {
    /// Plays the files to their end; each event is published after it is committed.
    pub(crate) fn run(
        &self,
        engine: &mut Engine,
        mut publish: impl FnMut(&IncidentEvent) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut recording = Recording::open(
            self.files,
            self.format,
            self.is_strict,
            clock::now(),
            |source| engine.cursor(source),
        )?;
        let progress = self.progress_bar(&recording);
        loop {
            let posts = self.next_batch(&mut recording)?;
            let dropped = recording.take_dropped();
            if posts.is_empty() && dropped.is_empty() {
                break;
            }
            let now = posts
                .last()
                .and_then(|post| post.received_at)
                .unwrap_or(Timestamp::EPOCH);
            let beside = Beside {
                cursors: recording.cursors(),
                sources: source_rows(recording.take_posts(), now),
                dropped,
            };
            for event in engine.ingest(&posts, now, beside)? {
                progress.suspend(|| publish(&event))?;
            }
            progress.set_position(recording.progress().0);
        }
        progress.finish_and_clear();
        recording.tell_unshown_faults();
        Ok(())
    }

    /// A batch at full speed; at a set speed, the next post when its time has come.
    fn next_batch(&self, recording: &mut Recording) -> anyhow::Result<Vec<Post>> {
        let n_posts = if self.speed == Speed::Max {
            BATCH_POSTS
        } else {
            1
        };
        if let Speed::Times(times) = self.speed {
            let secs = recording.secs_to_next() as f64 / times;
            std::thread::sleep(Duration::from_secs_f64(secs));
        }
        let mut posts: Vec<Post> = Vec::with_capacity(n_posts);
        while posts.len() < n_posts {
            let Some(post) = recording.next_post()? else {
                break;
            };
            posts.push(post);
        }
        Ok(posts)
    }

    fn progress_bar(&self, recording: &Recording) -> ProgressBar {
        let (n_read, n_bytes) = recording.progress();
        if self.is_quiet || n_bytes == 0 {
            return ProgressBar::hidden();
        }
        // indicatif draws on stderr, and only when that is a terminal.
        let bar = ProgressBar::new(n_bytes).with_position(n_read);
        let style = ProgressStyle::with_template("{bar:30} {percent}% {bytes}/{total_bytes} {eta}");
        match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }
    }
}

/// A row for each file; one that gave nothing in this batch keeps its times.
fn source_rows(posts_by_file: Vec<(String, u64)>, now: Timestamp) -> Vec<SourceRow> {
    let row = |(source, n_posts): (String, u64)| {
        let heard_at = (n_posts > 0).then_some(now);
        SourceRow {
            source,
            kind: "replay".to_owned(),
            state: "ok".to_owned(),
            last_ok_at: heard_at,
            last_post_at: heard_at,
            lag_s: heard_at.map(|_| 0),
            n_posts,
            ..SourceRow::default()
        }
    };
    posts_by_file.into_iter().map(row).collect()
}

/// Prints one incident event.
pub(crate) fn publish(event: &IncidentEvent, format: Format) -> anyhow::Result<()> {
    let mut out = print::stdout();
    match format {
        Format::Ndjson | Format::Json => {
            serde_json::to_writer(&mut out, event)?;
            out.write_all(b"\n")?;
        }
        Format::Table | Format::Csv => writeln!(out, "{}", print::for_terminal(&in_words(event)))?,
    }
    out.flush()?;
    Ok(())
}

/// An event as one line for people.
pub(crate) fn in_words(event: &IncidentEvent) -> String {
    let incident = &event.incident;
    let countries: Vec<&str> = incident
        .countries
        .iter()
        .take(5)
        .map(|country| country.code.as_str())
        .collect();
    let place = match (countries.is_empty(), incident.countries.len()) {
        (true, _) => String::new(),
        (false, n) if n > countries.len() => {
            format!(" in {} +{}", countries.join(" "), n - countries.len())
        }
        (false, _) => format!(" in {}", countries.join(" ")),
    };
    format!(
        "{} {:<12} {}{place}: {} reports, {:.0}x the usual [{}] ({})",
        event.at,
        event.event.as_str(),
        incident.service_name,
        incident.reports,
        incident.ratio,
        incident.id,
        event.reason,
    )
}
