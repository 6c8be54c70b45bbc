use std::collections::{BTreeMap, BTreeSet, VecDeque};

use buio_types::{CountryCode, Evidence, Minute, Share, SignalKind, Timestamp};
use serde::{Deserialize, Serialize};

/// A report as an incident needs it: who, where, what, and the post behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// When it was posted.
    pub at: Timestamp,
    /// The author's key, hashed.
    pub author: u64,
    /// Fingerprint of the text.
    pub fingerprint: u64,
    /// Down, degraded or restriction.
    pub kind: SignalKind,
    /// Where, with weights that add to at most one.
    pub countries: Vec<(CountryCode, f32)>,
    /// Ids of platform rows.
    pub platforms: Vec<String>,
    /// Ids of symptom rows.
    pub symptoms: Vec<String>,
    /// The post.
    pub evidence: Evidence,
}

impl Report {
    /// The country that the report most likely comes from, when that is more likely than not.
    #[must_use]
    pub fn country(&self) -> Option<CountryCode> {
        self.countries
            .first()
            .filter(|(_, weight)| *weight >= 0.5)
            .map(|(code, _)| *code)
    }
}

/// What the reports of one incident add up to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tally {
    pub(crate) reports: u64,
    pub(crate) n_degraded: u64,
    pub(crate) n_restricted: u64,
    authors: BTreeSet<u64>,
    n_authors_beyond: u64,
    texts: Vec<u64>,
    symptoms: BTreeMap<String, u64>,
    platforms: BTreeMap<String, u64>,
    pub(crate) countries: BTreeMap<CountryCode, CountryTally>,
    recent: VecDeque<(Minute, u32)>,
    peak: (Minute, u32),
    peak_half_hour: u32,
    pub(crate) evidence: Vec<Evidence>,
}

/// One country's part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CountryTally {
    pub(crate) weight: f64,
    pub(crate) authors: u64,
    pub(crate) first_at: Timestamp,
}

impl Tally {
    /// Authors told apart one by one; beyond it each report counts as a new author. Too small →
    /// authors of a national outage are counted twice; too large → memory.
    const AUTHORS_MAX: usize = 50_000;
    /// Distinct texts told apart: only the confirmation gate asks.
    const TEXTS_MAX: usize = 16;
    /// Posts kept as evidence.
    const EVIDENCE_MAX: usize = 20;

    /// Takes one more report into account; `is_near` tells near-duplicate fingerprints.
    pub fn add(&mut self, report: &Report, is_near: fn(u64, u64) -> bool) {
        self.reports += 1;
        self.n_degraded += u64::from(report.kind == SignalKind::Degraded);
        self.n_restricted += u64::from(report.kind == SignalKind::Restriction);
        let is_new_author = if self.authors.len() < Self::AUTHORS_MAX {
            self.authors.insert(report.author)
        } else {
            let is_new = !self.authors.contains(&report.author);
            self.n_authors_beyond += u64::from(is_new);
            is_new
        };
        let is_new_text = !self
            .texts
            .iter()
            .any(|&text| is_near(text, report.fingerprint));
        if is_new_text && self.texts.len() < Self::TEXTS_MAX {
            self.texts.push(report.fingerprint);
        }
        for symptom in &report.symptoms {
            *self.symptoms.entry(symptom.clone()).or_default() += 1;
        }
        for platform in &report.platforms {
            *self.platforms.entry(platform.clone()).or_default() += 1;
        }
        for &(code, weight) in &report.countries {
            let country = self.countries.entry(code).or_insert(CountryTally {
                weight: 0.0,
                authors: 0,
                first_at: report.at,
            });
            country.weight += f64::from(weight);
            country.first_at = country.first_at.min(report.at);
            country.authors += u64::from(is_new_author && weight >= 0.5);
        }
        self.count_minute(report.at.minute());
        self.keep_evidence(report, is_new_text);
    }

    fn count_minute(&mut self, minute: Minute) {
        const HALF_HOUR: u32 = 30;
        match self.recent.iter_mut().rev().find(|(m, _)| *m == minute) {
            Some((_, count)) => *count += 1,
            None => {
                let place = self.recent.partition_point(|(m, _)| *m < minute);
                self.recent.insert(place, (minute, 1));
            }
        }
        let newest = self.recent.back().map_or(minute, |(m, _)| *m);
        while self
            .recent
            .front()
            .is_some_and(|(m, _)| newest.since(*m) >= HALF_HOUR)
        {
            self.recent.pop_front();
        }
        for &(m, count) in &self.recent {
            if count > self.peak.1 {
                self.peak = (m, count);
            }
        }
        self.peak_half_hour = self
            .peak_half_hour
            .max(self.recent.iter().map(|(_, n)| n).sum());
    }

    /// The first reports show how it began; later ones replace the weakest when their text is new
    /// or their country is not shown yet.
    fn keep_evidence(&mut self, report: &Report, is_new_text: bool) {
        const FIRST: usize = 6;
        if self.evidence.len() < FIRST {
            self.evidence.push(report.evidence.clone());
            return;
        }
        let country = report.evidence.country;
        let is_new_country =
            country.is_some() && !self.evidence.iter().any(|shown| shown.country == country);
        if self.evidence.len() < Self::EVIDENCE_MAX {
            if is_new_text || is_new_country || report.evidence.likelihood.get() > 0.9 {
                self.evidence.push(report.evidence.clone());
            }
            return;
        }
        if !is_new_country {
            return;
        }
        let weakest = self.evidence[FIRST..]
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| a.likelihood.get().total_cmp(&b.likelihood.get()))
            .map(|(idx, shown)| (FIRST + idx, shown.likelihood));
        if let Some((idx, likelihood)) = weakest
            && likelihood < report.evidence.likelihood
        {
            self.evidence[idx] = report.evidence.clone();
        }
    }

    /// Forgets a post that was deleted upstream; true when it was shown as evidence.
    pub fn forget(&mut self, source: &str, id: &str) -> bool {
        let n_before = self.evidence.len();
        self.evidence
            .retain(|shown| shown.source != source || shown.id != id);
        self.evidence.len() != n_before
    }

    /// Distinct authors.
    #[must_use]
    pub fn authors(&self) -> u64 {
        self.authors.len() as u64 + self.n_authors_beyond
    }

    /// Distinct texts, counted up to 16.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.texts.len()
    }

    /// The fullest minute and its reports.
    #[must_use]
    pub fn peak(&self) -> (Minute, u32) {
        self.peak
    }

    /// Reports of the fullest half hour.
    #[must_use]
    pub fn peak_half_hour(&self) -> u32 {
        self.peak_half_hour
    }

    /// Symptoms by share of the reports that name any, largest first.
    #[must_use]
    pub fn symptoms(&self) -> Vec<Share> {
        shares(&self.symptoms)
    }

    /// Platforms by share of the reports that name any, largest first.
    #[must_use]
    pub fn platforms(&self) -> Vec<Share> {
        shares(&self.platforms)
    }
}

/// Counts as shares of their sum, rounded to thousandths, largest first, ties by id.
pub(crate) fn shares<K: ToString + Ord>(counts: &BTreeMap<K, u64>) -> Vec<Share> {
    let sum: u64 = counts.values().sum();
    let mut shares: Vec<Share> = counts
        .iter()
        .map(|(id, &n)| Share {
            id: id.to_string(),
            share: thousandths(n as f64 / sum as f64),
        })
        .collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.id.cmp(&b.id)));
    shares
}

/// Rounds to three decimals: more would claim a precision that counts of people lack.
pub(crate) fn thousandths(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

#[cfg(test)]
pub(crate) mod tests {
    use buio_types::Likelihood;

    use super::*;

    pub(crate) fn report(at_secs: i64, author: u64, country: Option<&str>) -> Report {
        let code = country.map(|c| c.parse().unwrap());
        Report {
            at: Timestamp::from_secs(at_secs),
            author,
            fingerprint: author.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            kind: SignalKind::Down,
            countries: code.map(|c| (c, 0.9)).into_iter().collect(),
            platforms: vec!["android".into()],
            symptoms: vec!["messages".into()],
            evidence: Evidence {
                source: "x".into(),
                id: author.to_string(),
                url: None,
                posted_at: Timestamp::from_secs(at_secs),
                lang: None,
                country: code,
                likelihood: Likelihood::ONE,
                text: Some("down".into()),
            },
        }
    }

    fn never_near(_: u64, _: u64) -> bool {
        false
    }

    #[test]
    fn an_author_counts_once_however_often_they_report() {
        let mut tally = Tally::default();
        for (secs, author) in [(0, 1), (60, 1), (120, 2)] {
            tally.add(&report(secs, author, Some("IT")), never_near);
        }
        assert_eq!((tally.reports, tally.authors()), (3, 2));
        assert_eq!(tally.countries[&"IT".parse().unwrap()].authors, 2);
    }

    #[test]
    fn the_fullest_minute_is_found_also_among_late_posts() {
        let mut tally = Tally::default();
        for (author, secs) in [0, 60, 61, 130, 62].into_iter().enumerate() {
            tally.add(&report(secs, author as u64, None), never_near);
        }
        assert_eq!(tally.peak(), (Minute(1), 3));
        assert_eq!(tally.peak_half_hour(), 5);
    }

    #[test]
    fn evidence_is_bounded_and_forgets_deleted_posts() {
        let mut tally = Tally::default();
        for author in 0..200 {
            tally.add(&report(author, author as u64, Some("IT")), never_near);
        }
        assert_eq!(tally.evidence.len(), Tally::EVIDENCE_MAX);
        assert!(tally.forget("x", "0"));
        assert!(!tally.forget("x", "0"));
        assert_eq!(tally.evidence.len(), Tally::EVIDENCE_MAX - 1);
    }
}
