use std::fmt;

use rusqlite::types::ValueRef;

use crate::{Store, StoreError};

/// What a query gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<Cell>>,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text; bytes are shown as hexadecimal digits.
    Text(String),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::Null => Ok(()),
            Cell::Integer(n) => write!(f, "{n}"),
            Cell::Real(x) => write!(f, "{x}"),
            Cell::Text(text) => f.write_str(text),
        }
    }
}

/// Rows given back at most: more than a person reads, less than memory holds.
const ROWS_MAX: usize = 1_000_000;

impl Store {
    /// Runs one statement that reads.
    ///
    /// # Errors
    /// [`StoreError::Query`] with SQLite's message when the statement is wrong, is more than one,
    /// or would write.
    pub fn query(&self, sql: &str) -> Result<Table, StoreError> {
        let refuse = |error: rusqlite::Error| StoreError::Query(error.to_string());
        let mut statement = self.connection.prepare(sql).map_err(refuse)?;
        if !statement.readonly() {
            return Err(StoreError::Query(
                "only statements that read are allowed".to_owned(),
            ));
        }
        let columns: Vec<String> = statement
            .column_names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let n_columns = columns.len();
        let mut rows = Vec::new();
        let mut found = statement.query([]).map_err(refuse)?;
        while let Some(row) = found.next().map_err(refuse)? {
            if rows.len() == ROWS_MAX {
                return Err(StoreError::Query(format!(
                    "more than {ROWS_MAX} rows; add a LIMIT"
                )));
            }
            let cells = (0..n_columns).map(|idx| row.get_ref(idx).map(cell));
            rows.push(cells.collect::<Result<_, _>>().map_err(refuse)?);
        }
        Ok(Table { columns, rows })
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(n) => Cell::Integer(n),
        ValueRef::Real(x) => Cell::Real(x),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => {
            Cell::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_reads_and_never_writes() {
        let store = Store::in_memory().unwrap();
        let message = |sql: &str| store.query(sql).unwrap_err().to_string();
        assert!(message("DELETE FROM incidents").contains("read"));
        assert!(message("SELECT 1; DELETE FROM incidents").contains("Multiple"));
        assert!(message("SELEC 1").contains("syntax error"));
        let table = store
            .query("SELECT 1 AS a, 'x' AS b, NULL AS c, 0.5 AS d")
            .unwrap();
        assert_eq!(
            table.rows[0]
                .iter()
                .map(Cell::to_string)
                .collect::<Vec<_>>(),
            ["1", "x", "", "0.5"]
        );
    }
}
