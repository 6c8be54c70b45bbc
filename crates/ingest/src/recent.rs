use std::collections::{BTreeSet, VecDeque};

use sha2::{Digest, Sha256};

/// Remembers the last so-many ids, to recognise what a server gives twice.
///
/// ```
/// use buio_ingest::RecentIds;
/// let mut recent = RecentIds::new(2);
/// assert!(recent.insert("a") && recent.insert("b") && !recent.insert("a"));
/// recent.insert("c");
/// assert!(recent.insert("a"), "the oldest of three is forgotten");
/// ```
#[derive(Debug, Clone)]
pub struct RecentIds {
    max: usize,
    order: VecDeque<u64>,
    known: BTreeSet<u64>,
}

impl RecentIds {
    /// Remembers at most `max` ids (at least one), eight bytes each.
    #[must_use]
    pub fn new(max: usize) -> Self {
        RecentIds {
            max: max.max(1),
            order: VecDeque::new(),
            known: BTreeSet::new(),
        }
    }

    /// Whether `id` is new; it is remembered from now on.
    pub fn insert(&mut self, id: &str) -> bool {
        self.insert_hash(hash(id))
    }

    /// Whether `id` was seen.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.known.contains(&hash(id))
    }

    /// Like [`RecentIds::insert`], but a known id becomes the newest: what a server keeps giving
    /// is never forgotten. Takes time in proportion to the ids remembered.
    pub fn refresh(&mut self, id: &str) -> bool {
        let hash = hash(id);
        let is_new = !self.known.remove(&hash);
        if !is_new {
            self.order.retain(|known| *known != hash);
        }
        self.insert_hash(hash);
        is_new
    }

    /// The newest `n` as text for a cursor: 16 hexadecimal digits each, oldest first.
    #[must_use]
    pub fn to_text(&self, n: usize) -> String {
        let skipped = self.order.len().saturating_sub(n);
        let hashes = self.order.iter().skip(skipped);
        hashes.map(|hash| format!("{hash:016x}")).collect()
    }

    /// Remembers what [`RecentIds::to_text`] wrote; what is damaged is left out.
    pub fn restore(&mut self, text: &str) {
        for digits in text.as_bytes().chunks(16) {
            let digits = std::str::from_utf8(digits).unwrap_or_default();
            if let (16, Ok(hash)) = (digits.len(), u64::from_str_radix(digits, 16)) {
                self.insert_hash(hash);
            }
        }
    }

    fn insert_hash(&mut self, hash: u64) -> bool {
        if !self.known.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// Ids are chosen by strangers: a weak hash would let one post hide another.
fn hash(id: &str) -> u64 {
    let digest = Sha256::digest(id.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_to_a_cursor_is_known_after_reading_it() {
        let mut recent = RecentIds::new(100);
        for idx in 0..50 {
            recent.insert(&idx.to_string());
        }
        let mut restored = RecentIds::new(100);
        restored.restore(&recent.to_text(10));
        assert!(!restored.contains("39") && restored.contains("40") && restored.contains("49"));
        restored.restore("é not hexadecimal at all, and of an odd length");
        assert!(restored.contains("45"));
    }

    #[test]
    fn a_refreshed_id_outlives_newer_ones() {
        let mut recent = RecentIds::new(10);
        assert!(recent.refresh("pinned"));
        for idx in 0..100 {
            recent.insert(&idx.to_string());
            assert!(!recent.refresh("pinned"));
        }
        assert_eq!((recent.order.len(), recent.known.len()), (10, 10));
    }

    #[test]
    fn memory_is_bounded() {
        let mut recent = RecentIds::new(10);
        for idx in 0..1000 {
            assert!(recent.insert(&idx.to_string()));
        }
        assert_eq!((recent.order.len(), recent.known.len()), (10, 10));
    }
}
