/// One thing wrong with one row of a data file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct RowFault {
    /// The file as its [`NamedText`](crate::NamedText) calls it.
    pub file: String,
    /// Line of the row, from 1.
    pub line: usize,
    /// What is wrong; names the row.
    pub message: String,
}

/// Collects the faults of one file.
pub(crate) struct Faults<'a> {
    file: &'a str,
    list: &'a mut Vec<RowFault>,
}

impl<'a> Faults<'a> {
    pub(crate) fn new(file: &'a str, list: &'a mut Vec<RowFault>) -> Self {
        Faults { file, list }
    }

    pub(crate) fn push(&mut self, line: usize, message: impl Into<String>) {
        self.list.push(RowFault {
            file: self.file.to_owned(),
            line,
            message: message.into(),
        });
    }
}

/// Where the lines of a text begin, so that a thousand rows find theirs without a thousand walks.
pub(crate) struct LineIndex {
    newlines: Vec<usize>,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        LineIndex {
            newlines: newlines.map(|(offset, _)| offset).collect(),
        }
    }

    /// The line, from 1, of the byte at `offset`.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        1 + self.newlines.partition_point(|newline| *newline < offset)
    }
}
