use std::collections::{BTreeMap, BTreeSet};

use buio_types::{StatePart, StateRow};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A map that knows which of its rows the store has not seen yet.
#[derive(Debug, Clone)]
pub(crate) struct Kept<K, V> {
    rows: BTreeMap<K, V>,
    changed: BTreeSet<K>,
}

/// A row of memory could not be read: it was written by another version, or damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read a row of the {0} memory; it was written by another version or is damaged")]
pub struct CorruptState(pub &'static str);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept {
            rows: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Clone, V> Kept<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(crate) fn rows(&self) -> &BTreeMap<K, V> {
        &self.rows
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.changed.insert(key.clone());
        self.rows.insert(key, value);
    }

    /// The row for writing; it counts as changed.
    pub(crate) fn edit(&mut self, key: &K) -> Option<&mut V> {
        let row = self.rows.get_mut(key)?;
        Self::mark(&mut self.changed, key);
        Some(row)
    }

    pub(crate) fn edit_or_insert(&mut self, key: &K, new: impl FnOnce() -> V) -> &mut V {
        Self::mark(&mut self.changed, key);
        self.rows.entry(key.clone()).or_insert_with(new)
    }

    /// Most rows that change once in a batch change many times: the key is copied the first time.
    fn mark(changed: &mut BTreeSet<K>, key: &K) {
        if !changed.contains(key) {
            changed.insert(key.clone());
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let row = self.rows.remove(key)?;
        self.changed.insert(key.clone());
        Some(row)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let changed = &mut self.changed;
        self.rows.retain(|key, row| {
            let is_kept = keep(key, row);
            if !is_kept {
                changed.insert(key.clone());
            }
            is_kept
        });
    }
}

impl<K: Ord + Clone + Serialize + DeserializeOwned, V: Serialize + DeserializeOwned> Kept<K, V> {
    /// Hands over the rows that changed since the last call.
    pub(crate) fn drain(&mut self, part: StatePart, into: &mut Vec<StateRow>) {
        for key in std::mem::take(&mut self.changed) {
            let value = self.rows.get(&key).map(encode);
            into.push(StateRow {
                part,
                key: encode(&key),
                value,
            });
        }
    }

    /// Takes a row back; gives its key unless the row is gone.
    pub(crate) fn restore(&mut self, row: &StateRow) -> Result<Option<K>, CorruptState> {
        let Some(value) = &row.value else {
            return Ok(None);
        };
        let corrupt = |_| CorruptState(row.part.as_str());
        let key: K = postcard::from_bytes(&row.key).map_err(corrupt)?;
        let value = postcard::from_bytes(value).map_err(corrupt)?;
        self.rows.insert(key.clone(), value);
        Ok(Some(key))
    }
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Writing plain values into a growing vector has no way to fail; should a type ever break
    // that, an empty row is refused by `restore` instead of being taken for memory.
    postcard::to_stdvec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_and_only_changes_travel() {
        let mut kept: Kept<String, u64> = Kept::default();
        kept.insert("a".into(), 1);
        kept.insert("b".into(), 2);
        let mut first = Vec::new();
        kept.drain(StatePart::Seen, &mut first);
        kept.remove(&"a".into());
        *kept.edit(&"b".into()).unwrap() = 3;
        let mut second = Vec::new();
        kept.drain(StatePart::Seen, &mut second);
        assert_eq!((first.len(), second.len()), (2, 2));

        let mut restored: Kept<String, u64> = Kept::default();
        for row in &second {
            restored.restore(row).unwrap();
        }
        assert_eq!(restored.rows(), &BTreeMap::from([("b".to_string(), 3)]));
    }

    #[test]
    fn a_damaged_row_is_refused() {
        let row = StateRow {
            part: StatePart::Seen,
            key: vec![9, b'x'],
            value: Some(vec![]),
        };
        assert!(Kept::<String, u64>::default().restore(&row).is_err());
    }
}
