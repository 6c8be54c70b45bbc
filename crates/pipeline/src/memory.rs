use std::collections::BTreeMap;

use buio_incident::{Report, Statement};
use buio_types::{Post, ServiceId, StatePart, StateRow, Timestamp};
use serde::{Deserialize, Serialize};

use crate::kept::{CorruptState, Kept};
use crate::seen::Seen;

/// What must be remembered of people and posts so that each counts once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    pub(crate) services: Kept<ServiceId, ServiceMemory>,
    voices: Kept<(ServiceId, u64, Claim), Timestamp>,
    reports: Kept<(ServiceId, u64), Remembered>,
    seen: Seen,
}

/// What is known of a service beside its series.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct ServiceMemory {
    /// Posts about the service by source.
    pub(crate) carriers: BTreeMap<String, u64>,
    n_reports: u64,
    /// The last official word, for an incident that opens after it.
    pub(crate) statement: Option<StatementMemory>,
}

/// An official word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatementMemory {
    at: Timestamp,
    url: Option<String>,
    text: String,
}

impl From<&Statement> for StatementMemory {
    fn from(statement: &Statement) -> Self {
        StatementMemory {
            at: statement.at,
            url: statement.url.clone(),
            text: statement.text.clone(),
        }
    }
}

impl StatementMemory {
    /// The word again, if it was said at most `max_age_secs` before `now`.
    pub(crate) fn recall(&self, now: Timestamp, max_age_secs: i64) -> Option<Statement> {
        (now.secs_since(self.at) <= max_age_secs).then(|| Statement {
            at: self.at,
            url: self.url.clone(),
            text: self.text.clone(),
            is_fix: false,
        })
    }
}

/// What an author says of a service: failing and back are two voices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Claim {
    Failing,
    Back,
}

/// A report with the number of near-copies seen of its text, itself included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Remembered {
    report: Report,
    n_copies: u32,
}

/// Whether a report brings something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// It counts.
    New,
    /// A near-copy of a recent report that does not count.
    Copy,
}

impl Memory {
    /// One voice an author and service in this time.
    const VOICE_SECS: i64 = 30 * 60;
    /// Reports looked back on when an incident opens. Shorter → a slow onset is dated late.
    const REPORT_SECS: i64 = 3 * 3600;
    /// Reports kept of one service. Smaller → a surge is dated late; larger → memory.
    const REPORTS_MAX: usize = 2000;
    /// Span in which near-copies of a text are collapsed.
    const COPY_SECS: i64 = 30 * 60;
    /// Texts shorter than this are written alike by people who never met ("whatsapp down?").
    const COPY_CHARS_MIN: usize = 40;
    /// Sources told apart for one service.
    const CARRIERS_MAX: usize = 256;

    /// Whether this is the first sight of the post's `source` and `id`.
    pub(crate) fn is_first_sight(&mut self, post: &Post, now: Timestamp) -> bool {
        self.seen.insert(hash64(&[&post.source, &post.id]), now)
    }

    /// Notes who carries the service.
    pub(crate) fn note_carrier(&mut self, service: &ServiceId, source: &str) {
        let memory = self
            .services
            .edit_or_insert(service, ServiceMemory::default);
        if let Some(n) = memory.carriers.get_mut(source) {
            *n += 1;
        } else if memory.carriers.len() < Self::CARRIERS_MAX {
            memory.carriers.insert(source.to_owned(), 1);
        }
    }

    /// Whether this author has not made this claim on the service in the last half hour.
    pub(crate) fn is_new_voice(
        &mut self,
        service: &ServiceId,
        (author, claim): (u64, Claim),
        now: Timestamp,
    ) -> bool {
        let key = (service.clone(), author, claim);
        let is_known = self
            .voices
            .get(&key)
            .is_some_and(|at| now.secs_since(*at) < Self::VOICE_SECS);
        if !is_known {
            self.voices.insert(key, now);
        }
        !is_known
    }

    /// Remembers a report. A cluster of near-copies counts log2(1 + n) times: the 1st, 3rd, 7th,
    /// 15th … of them is new.
    pub(crate) fn remember(
        &mut self,
        service: &ServiceId,
        report: &Report,
        is_near: fn(u64, u64) -> bool,
    ) -> Novelty {
        let original = (text_chars(report) >= Self::COPY_CHARS_MIN)
            .then(|| {
                self.of_service(service)
                    .rev()
                    .take_while(|(_, kept)| report.at.secs_since(kept.report.at) < Self::COPY_SECS)
                    .find(|(_, kept)| is_near(kept.report.fingerprint, report.fingerprint))
                    .map(|(key, _)| key.clone())
            })
            .flatten();
        if let Some(kept) = original.and_then(|key| self.reports.edit(&key)) {
            kept.n_copies += 1;
            return if (kept.n_copies + 1).is_power_of_two() {
                Novelty::New
            } else {
                Novelty::Copy
            };
        }
        let memory = self
            .services
            .edit_or_insert(service, ServiceMemory::default);
        memory.n_reports += 1;
        let key = (service.clone(), memory.n_reports);
        self.reports.insert(
            key,
            Remembered {
                report: report.clone(),
                n_copies: 1,
            },
        );
        if self.of_service(service).count() > Self::REPORTS_MAX {
            let oldest = self.of_service(service).next().map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.reports.remove(&oldest);
            }
        }
        Novelty::New
    }

    /// Reports of the last hours, oldest first.
    pub(crate) fn recent(&self, service: &ServiceId, now: Timestamp) -> Vec<Report> {
        self.of_service(service)
            .map(|(_, kept)| &kept.report)
            .filter(|report| now.secs_since(report.at) < Self::REPORT_SECS)
            .cloned()
            .collect()
    }

    /// Reports of the last `secs` seconds.
    pub(crate) fn n_recent(&self, service: &ServiceId, now: Timestamp, secs: i64) -> usize {
        self.of_service(service)
            .rev()
            .take_while(|(_, kept)| now.secs_since(kept.report.at) < secs)
            .count()
    }

    fn of_service(
        &self,
        service: &ServiceId,
    ) -> impl DoubleEndedIterator<Item = (&(ServiceId, u64), &Remembered)> {
        self.reports
            .rows()
            .range((service.clone(), 0)..=(service.clone(), u64::MAX))
    }

    /// Forgets the words of a post that was deleted upstream.
    pub(crate) fn forget(&mut self, source: &str, id: &str) {
        let is_post = |kept: &Remembered| {
            kept.report.evidence.source == source && kept.report.evidence.id == id
        };
        let keys: Vec<_> = self
            .reports
            .rows()
            .iter()
            .filter(|(_, kept)| is_post(kept))
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            self.reports.remove(&key);
        }
    }

    /// Lets go of what no question reaches any more.
    pub(crate) fn prune(&mut self, now: Timestamp) {
        self.voices
            .retain(|_, at| now.secs_since(*at) < Self::VOICE_SECS);
        self.seen.prune(now);
        self.reports
            .retain(|_, kept| now.secs_since(kept.report.at) < Self::REPORT_SECS);
    }

    pub(crate) fn drain(&mut self, into: &mut Vec<StateRow>) {
        self.services.drain(StatePart::Service, into);
        self.voices.drain(StatePart::Author, into);
        self.reports.drain(StatePart::Report, into);
        self.seen.drain(into);
    }

    pub(crate) fn restore(&mut self, row: &StateRow) -> Result<(), CorruptState> {
        match row.part {
            StatePart::Service => self.services.restore(row).map(drop),
            StatePart::Author => self.voices.restore(row).map(drop),
            StatePart::Report => self.reports.restore(row).map(drop),
            _ => self.seen.restore(row),
        }
    }
}

fn text_chars(report: &Report) -> usize {
    report
        .evidence
        .text
        .as_ref()
        .map_or(0, |text| text.chars().count())
}

/// The author's key; posts without one count as different authors.
pub(crate) fn author_key(post: &Post) -> u64 {
    match &post.author {
        Some(author) => hash64(&[&post.source, author]),
        None => hash64(&["", &post.source, &post.id]),
    }
}

/// FNV-1a over the parts with a separator: stable over builds and machines, which the standard
/// hasher is not.
fn hash64(parts: &[&str]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    parts
        .iter()
        .flat_map(|part| part.bytes().chain(std::iter::once(0xff)))
        .fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        })
}

#[cfg(test)]
mod tests {
    use buio_types::{Evidence, Likelihood, SignalKind};

    use super::*;

    fn service() -> ServiceId {
        ServiceId::parse("whatsapp").unwrap()
    }

    fn report(secs: i64, fingerprint: u64, text: &str) -> Report {
        let at = Timestamp::from_secs(secs);
        Report {
            at,
            author: 1,
            fingerprint,
            kind: SignalKind::Down,
            countries: Vec::new(),
            platforms: Vec::new(),
            symptoms: Vec::new(),
            evidence: Evidence {
                source: "x".into(),
                id: secs.to_string(),
                url: None,
                posted_at: at,
                lang: None,
                country: None,
                likelihood: Likelihood::ONE,
                text: Some(text.into()),
            },
        }
    }

    #[test]
    fn of_fifteen_copies_of_a_long_text_four_count() {
        let long = "the very same long sentence pasted by everybody";
        let mut memory = Memory::default();
        let n_new = (0..15)
            .filter(|n| {
                memory.remember(&service(), &report(*n, 7, long), |a, b| a == b) == Novelty::New
            })
            .count();
        assert_eq!(n_new, 4);
    }

    #[test]
    fn short_texts_are_not_held_for_copies() {
        let mut memory = Memory::default();
        for n in 0..5 {
            let novelty = memory.remember(&service(), &report(n, 7, "down?"), |a, b| a == b);
            assert_eq!(novelty, Novelty::New);
        }
        assert_eq!(memory.n_recent(&service(), Timestamp::from_secs(5), 100), 5);
    }

    #[test]
    fn an_author_may_fail_and_recover_but_each_once_in_half_an_hour() {
        let mut memory = Memory::default();
        let mut voice =
            |claim, secs| memory.is_new_voice(&service(), (9, claim), Timestamp::from_secs(secs));
        assert!(voice(Claim::Failing, 0));
        assert!(!voice(Claim::Failing, 1000));
        assert!(voice(Claim::Back, 1000));
        assert!(voice(Claim::Failing, 1800));
    }
}
