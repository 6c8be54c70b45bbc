//! Recorded posts: files merged by time, each with a cursor that survives a stop.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use buio_ingest::{LineFault, NdjsonReader};
use buio_ingest_mastodon::DecodeContext;
use buio_types::{DropReason, Post, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::args::RecordFormat;
use crate::print;

/// Files of posts, read as one stream in the order of their times.
pub(crate) struct Recording {
    readers: Vec<Reader>,
    /// Posts claimed to be later than this are dropped: no recording knows the future.
    started_at: Timestamp,
    clock: Timestamp,
    is_strict: bool,
    dropped: BTreeMap<(String, DropReason), u64>,
}

struct Reader {
    path: PathBuf,
    /// Key of the cursor; `None` for stdin, which cannot be continued.
    digest: Option<String>,
    lines: NdjsonReader<Box<dyn BufRead>>,
    ahead: Option<(Post, Timestamp, u64)>,
    n_consumed: u64,
    n_bytes: u64,
    n_faults: u64,
    /// Posts given since they were last asked for.
    n_posts: u64,
}

/// Faults shown of one file; the rest is only counted.
const FAULTS_SHOWN: u64 = 10;

impl Recording {
    /// Opens `files`, each where `cursor` says that it was left.
    pub(crate) fn open(
        files: &[PathBuf],
        format: RecordFormat,
        is_strict: bool,
        started_at: Timestamp,
        cursor: impl Fn(&str) -> anyhow::Result<Option<String>>,
    ) -> anyhow::Result<Self> {
        let readers = files
            .iter()
            .map(|path| Reader::open(path, format, &cursor))
            .collect::<anyhow::Result<_>>()?;
        let mut recording = Recording {
            readers,
            started_at,
            clock: Timestamp::EPOCH,
            is_strict,
            dropped: BTreeMap::new(),
        };
        for idx in 0..recording.readers.len() {
            recording.look_ahead(idx)?;
        }
        Ok(recording)
    }

    /// The next post by time; `received_at` is the clock, the running maximum of `posted_at`.
    pub(crate) fn next_post(&mut self) -> anyhow::Result<Option<Post>> {
        let earliest = self
            .readers
            .iter()
            .enumerate()
            .filter_map(|(idx, reader)| Some((reader.ahead.as_ref()?.1, idx)))
            .min();
        let Some((posted_at, idx)) = earliest else {
            return Ok(None);
        };
        let Some((mut post, _, offset)) = self.readers[idx].ahead.take() else {
            return Ok(None);
        };
        self.readers[idx].n_consumed = offset;
        self.readers[idx].n_posts += 1;
        self.look_ahead(idx)?;
        self.clock = self.clock.max(posted_at);
        post.received_at = Some(self.clock);
        Ok(Some(post))
    }

    /// Tells how many faults were counted without being shown.
    pub(crate) fn tell_unshown_faults(&self) {
        for reader in self
            .readers
            .iter()
            .filter(|reader| reader.n_faults > FAULTS_SHOWN)
        {
            let n_more = reader.n_faults - FAULTS_SHOWN;
            print::words(&format!("{}: {n_more} bad lines more", reader.name()));
        }
    }

    /// Seconds of the recording from the last post to the next one.
    pub(crate) fn secs_to_next(&self) -> i64 {
        let times = self
            .readers
            .iter()
            .filter_map(|reader| Some(reader.ahead.as_ref()?.1));
        match times.min() {
            Some(next_at) if self.clock > Timestamp::EPOCH => next_at.secs_since(self.clock).max(0),
            _ => 0,
        }
    }

    /// Posts dropped since the last call, by file.
    pub(crate) fn take_dropped(&mut self) -> BTreeMap<(String, DropReason), u64> {
        std::mem::take(&mut self.dropped)
    }

    /// Where each file is to be continued: (key, offset).
    pub(crate) fn cursors(&self) -> Vec<(String, String)> {
        self.readers
            .iter()
            .filter_map(|reader| Some((reader.digest.clone()?, reader.n_consumed.to_string())))
            .collect()
    }

    /// Posts given since the last call, by file.
    pub(crate) fn take_posts(&mut self) -> Vec<(String, u64)> {
        self.readers
            .iter_mut()
            .map(|reader| (reader.name(), std::mem::take(&mut reader.n_posts)))
            .collect()
    }

    /// Bytes read and bytes in all (0 when stdin is among them).
    pub(crate) fn progress(&self) -> (u64, u64) {
        let is_bounded = self.readers.iter().all(|reader| reader.digest.is_some());
        let n_bytes = self.readers.iter().map(|reader| reader.n_bytes).sum();
        let n_consumed = self.readers.iter().map(|reader| reader.n_consumed).sum();
        (n_consumed, if is_bounded { n_bytes } else { 0 })
    }

    /// Reads on in one file until a post can be given.
    fn look_ahead(&mut self, idx: usize) -> anyhow::Result<()> {
        let reader = &mut self.readers[idx];
        while let Some(line) = reader.lines.next() {
            let line = line.with_context(|| format!("reading {}", reader.name()))?;
            let offset = line.byte_offset_after;
            let fault = |reason, message: &str| LineFault {
                line: line.number,
                column: 0,
                message: message.to_owned(),
                reason,
            };
            let fault = match line.result {
                Err(fault) => fault,
                Ok(post) => match post.posted_at {
                    Some(posted_at) if posted_at <= self.started_at => {
                        reader.ahead = Some((post, posted_at, offset));
                        return Ok(());
                    }
                    Some(_) => fault(DropReason::Future, "posted_at lies in the future"),
                    None => fault(DropReason::NoTime, "missing field `posted_at`"),
                },
            };
            reader.n_consumed = offset;
            reader.n_faults += 1;
            let message = format!("{}:{fault}", reader.name());
            if self.is_strict {
                bail!(message);
            }
            if reader.n_faults <= FAULTS_SHOWN {
                print::words(&message);
            }
            *self
                .dropped
                .entry((reader.name(), fault.reason))
                .or_default() += 1;
        }
        Ok(())
    }
}

impl Reader {
    fn open(
        path: &Path,
        format: RecordFormat,
        cursor: impl Fn(&str) -> anyhow::Result<Option<String>>,
    ) -> anyhow::Result<Self> {
        let reader = |digest, input: Box<dyn BufRead>| Reader {
            path: path.to_owned(),
            digest,
            lines: match format {
                RecordFormat::Buio => NdjsonReader::new(input),
                RecordFormat::Mastodon => NdjsonReader::new(input).decoding(mastodon),
            },
            ahead: None,
            n_consumed: 0,
            n_bytes: 0,
            n_faults: 0,
            n_posts: 0,
        };
        if path == Path::new("-") {
            return Ok(reader(None, Box::new(BufReader::new(std::io::stdin()))));
        }
        let opening = || format!("opening {}", path.display());
        let mut file = File::open(path).with_context(opening)?;
        if !file.metadata().with_context(opening)?.is_file() {
            // A pipe can be read only once, so it has neither digest nor cursor.
            return Ok(reader(None, Box::new(BufReader::new(file))));
        }
        let (digest, n_bytes) = digest_of(&mut file).with_context(opening)?;
        let key = format!("replay:{digest}");
        let left_at: u64 = cursor(&key)?
            .and_then(|offset| offset.parse().ok())
            .unwrap_or(0);
        file.rewind().with_context(opening)?;
        let n_lines = lines_before(&mut file, left_at).with_context(opening)?;
        file.seek(SeekFrom::Start(left_at)).with_context(opening)?;
        let mut reader = reader(Some(key), Box::new(BufReader::with_capacity(1 << 16, file)));
        reader.lines = reader.lines.starting_at(left_at, n_lines);
        reader.n_consumed = left_at;
        reader.n_bytes = n_bytes;
        Ok(reader)
    }

    fn name(&self) -> String {
        if self.path == Path::new("-") {
            "stdin".to_owned()
        } else {
            self.path.display().to_string()
        }
    }
}

/// Which server a recorded status was read from is not known.
fn mastodon(line: &[u8]) -> Result<Post, DropReason> {
    buio_ingest_mastodon::decode_status(line, &DecodeContext::new("recorded"))
}

/// SHA-256 of the whole file, so that a changed file is another file, and its length.
fn digest_of(file: &mut File) -> std::io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut n_bytes = 0;
    loop {
        let n_read = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..n_read).filter(|read| !read.is_empty()) else {
            break;
        };
        hasher.update(read);
        n_bytes += read.len() as u64;
    }
    Ok((
        hasher
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        n_bytes,
    ))
}

/// Lines that end before `offset`, so that faults after it are told with their true line.
fn lines_before(file: &mut File, offset: u64) -> std::io::Result<u64> {
    let mut n_lines = 0;
    let mut input = BufReader::with_capacity(1 << 16, file).take(offset);
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(n_lines);
        }
        n_lines += buffer.iter().filter(|byte| **byte == b'\n').count() as u64;
        let n_read = buffer.len();
        input.consume(n_read);
    }
}
