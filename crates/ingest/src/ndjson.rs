use std::io::{self, BufRead, Read as _};

use buio_types::{DropReason, Post};

/// Reads the contract's NDJSON: one post a line, from anything that can be read.
///
/// Memory is bounded by the longest line allowed, whatever the input. Empty lines are passed
/// over; they count as lines.
pub struct NdjsonReader<R> {
    input: R,
    max_line_bytes: usize,
    decode: Option<Decode>,
    line: Vec<u8>,
    n_lines: u64,
    offset: u64,
}

/// Reads a line of another format, or says how it is counted.
type Decode = fn(&[u8]) -> Result<Post, DropReason>;

/// One line that is not empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Bytes of the input up to and with this line's end: where to continue after it.
    pub byte_offset_after: u64,
    /// The post, or why there is none.
    pub result: Result<Post, LineFault>,
}

/// Why a line is no post.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct LineFault {
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1 in bytes, 0 when the fault is of the whole line.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How it is counted.
    pub reason: DropReason,
}

impl<R: BufRead> NdjsonReader<R> {
    /// 1 MiB: some 250 times the text that is kept of a post.
    pub const DEFAULT_MAX_LINE_BYTES: usize = 1024 * 1024;

    /// Reads `input` from its start.
    pub fn new(input: R) -> Self {
        NdjsonReader {
            input,
            max_line_bytes: Self::DEFAULT_MAX_LINE_BYTES,
            decode: None,
            line: Vec::new(),
            n_lines: 0,
            offset: 0,
        }
    }

    /// Another bound on the length of a line, without its end.
    #[must_use]
    pub fn max_line_bytes(mut self, max_line_bytes: usize) -> Self {
        self.max_line_bytes = max_line_bytes;
        self
    }

    /// Lines hold what `decode` reads instead of the contract's posts.
    #[must_use]
    pub fn decoding(mut self, decode: Decode) -> Self {
        self.decode = Some(decode);
        self
    }

    /// Says that `input` does not stand at its file's start: `offset` bytes and `n_lines` lines
    /// lie before it.
    #[must_use]
    pub fn starting_at(mut self, offset: u64, n_lines: u64) -> Self {
        self.offset = offset;
        self.n_lines = n_lines;
        self
    }

    /// Lines read so far, the empty ones among them.
    pub fn n_lines(&self) -> u64 {
        self.n_lines
    }

    /// Reads one line into `self.line` without its end; the bytes consumed, 0 at the end.
    fn read_line(&mut self) -> io::Result<(u64, bool)> {
        self.line.clear();
        // Room for the bound, a carriage return and the line feed.
        let room = self.max_line_bytes.saturating_add(2) as u64;
        let mut bounded = self.input.by_ref().take(room);
        let mut n_read = bounded.read_until(b'\n', &mut self.line)? as u64;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if n_read == room {
            n_read += self.input.skip_until(b'\n')? as u64;
            return Ok((n_read, true));
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        Ok((n_read, self.line.len() > self.max_line_bytes))
    }

    fn parse(&self, is_too_long: bool) -> Result<Post, LineFault> {
        let fault = |column, message: String, reason| LineFault {
            line: self.n_lines,
            column,
            message,
            reason,
        };
        if is_too_long {
            let message = format!("line longer than {} bytes", self.max_line_bytes);
            return Err(fault(0, message, DropReason::TooLarge));
        }
        let line = self.line.as_slice();
        if let Some(decode) = self.decode {
            let what = |reason: DropReason| format!("no post: {}", reason.as_str());
            return decode(line).map_err(|reason| fault(0, what(reason), reason));
        }
        // Windows tools put a byte order mark before the first line.
        let bom_len = if self.n_lines == 1 && line.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        Post::from_json(line.get(bom_len..).unwrap_or_default()).map_err(|error| {
            let column = match error.column {
                0 => 0,
                column => column + bom_len,
            };
            fault(column, error.message, DropReason::Malformed)
        })
    }
}

impl<R: BufRead> Iterator for NdjsonReader<R> {
    type Item = io::Result<Line>;

    /// The next line; an error only when the input itself cannot be read.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (n_read, is_too_long) = match self.read_line() {
                Ok((0, _)) => return None,
                Ok(read) => read,
                Err(error) => return Some(Err(error)),
            };
            self.n_lines += 1;
            self.offset += n_read;
            if !is_too_long && self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Some(Ok(Line {
                number: self.n_lines,
                byte_offset_after: self.offset,
                result: self.parse(is_too_long),
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"id":"1","source":"x","text":"dark"}"#;

    fn check(input: &[u8], expected: &[(u64, u64, Result<(), DropReason>)]) {
        let lines: Vec<_> = NdjsonReader::new(input)
            .max_line_bytes(100)
            .map(Result::unwrap)
            .map(|line| {
                let result = line.result.map(|_| ()).map_err(|fault| fault.reason);
                (line.number, line.byte_offset_after, result)
            })
            .collect();
        assert_eq!(lines, expected, "{:?}", String::from_utf8_lossy(input));
    }

    #[test]
    fn lines_are_numbered_and_their_ends_known() {
        check(b"", &[]);
        check(b"\n\r\n  \n", &[]);
        check(GOOD.as_bytes(), &[(1, 37, Ok(()))]);
        check(
            format!("\n{GOOD}\r\n\n{GOOD}\n").as_bytes(),
            &[(2, 40, Ok(())), (4, 79, Ok(()))],
        );
        check(format!("\u{feff}{GOOD}").as_bytes(), &[(1, 40, Ok(()))]);
    }

    #[test]
    fn bad_lines_are_counted_and_the_next_one_is_read() {
        let malformed = Err(DropReason::Malformed);
        check(
            format!("{{\"id\"\n{GOOD}").as_bytes(),
            &[(1, 6, malformed), (2, 43, Ok(()))],
        );
        let mut invalid = br#"{"id":"1","source":"x","text":"#.to_vec();
        invalid.extend(b"\"\xff\xfe\"}\n");
        let n_invalid = invalid.len() as u64;
        invalid.extend(GOOD.as_bytes());
        check(
            &invalid,
            &[(1, n_invalid, malformed), (2, n_invalid + 37, Ok(()))],
        );
        check(
            b"null\n[]\n\0\n",
            &[(1, 5, malformed), (2, 8, malformed), (3, 10, malformed)],
        );
    }

    #[test]
    fn a_line_is_too_long_from_its_first_byte_over_the_bound() {
        let line = |n_bytes: usize| format!("{GOOD}{}", " ".repeat(n_bytes - GOOD.len()));
        let too_long = Err(DropReason::TooLarge);
        for end in ["\n", "\r\n", ""] {
            let fits = line(100) + end;
            let long = line(101) + end;
            check(fits.as_bytes(), &[(1, fits.len() as u64, Ok(()))]);
            check(long.as_bytes(), &[(1, long.len() as u64, too_long)]);
        }
        let huge = line(5000) + "\n" + GOOD;
        check(huge.as_bytes(), &[(1, 5001, too_long), (2, 5038, Ok(()))]);
    }

    #[test]
    fn a_line_of_50_megabytes_takes_no_50_megabytes() {
        let long = io::repeat(b'x').take(50_000_000);
        let rest = format!("\n{GOOD}\n");
        let input = io::BufReader::new(long.chain(rest.as_bytes()));
        let mut reader = NdjsonReader::new(input);
        let fault = reader.next().unwrap().unwrap().result.unwrap_err();
        assert_eq!((fault.line, fault.reason), (1, DropReason::TooLarge));
        let next = reader.next().unwrap().unwrap();
        assert_eq!((next.number, next.byte_offset_after), (2, 50_000_039));
        assert!(next.result.is_ok());
        assert!(reader.line.capacity() <= 4 * 1024 * 1024);
    }

    #[test]
    fn a_reader_that_starts_in_the_middle_counts_on() {
        let mut reader = NdjsonReader::new(GOOD.as_bytes()).starting_at(1000, 7);
        let line = reader.next().unwrap().unwrap();
        assert_eq!((line.number, line.byte_offset_after), (8, 1037));
    }

    #[test]
    fn a_fault_names_its_place() {
        let mut reader = NdjsonReader::new(&b"\n{\"id\":\"1\" \"source\":1}"[..]);
        let fault = reader.next().unwrap().unwrap().result.unwrap_err();
        assert_eq!(fault.to_string(), "2:11: expected `,` or `}`");
    }

    proptest::proptest! {
        #[test]
        fn every_byte_is_accounted_for(input: Vec<u8>) {
            let n_lines = input.split(|byte| *byte == b'\n')
                .filter(|line| !line.iter().all(u8::is_ascii_whitespace)).count();
            let lines: Vec<_> = NdjsonReader::new(input.as_slice()).map(Result::unwrap).collect();
            proptest::prop_assert_eq!(lines.len(), n_lines);
        }
    }
}
