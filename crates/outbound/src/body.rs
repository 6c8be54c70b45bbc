use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use crate::client::Limits;
use crate::error::OutboundError;

/// Text of real pages decodes to at most some 30 times its gzip; a bomb to 1,000 times.
const RATIO_MAX: usize = 100;
/// Small bodies may be as repetitive as they like.
const RATIO_FREE_BYTES: usize = 256 * 1024;

/// Reads the body as it comes, decoded, and stops at the first byte over a limit.
pub(crate) async fn read(
    answer: &mut reqwest::Response,
    limits: &Limits,
) -> Result<Vec<u8>, OutboundError> {
    let announced = answer
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits.wire_bytes as u64) {
        return Err(too_large("body", limits.wire_bytes));
    }
    let mut body = Body::new(answer, limits)?;
    let mut n_wire = 0_usize;
    loop {
        let chunk = match answer.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return body.finish(),
            Err(error) => return Err(crate::client::transport_error(&error)),
        };
        n_wire = n_wire.saturating_add(chunk.len());
        if n_wire > limits.wire_bytes {
            return Err(too_large("body", limits.wire_bytes));
        }
        body.push(&chunk, n_wire)?;
    }
}

fn too_large(what: &str, limit: usize) -> OutboundError {
    OutboundError::TooLarge(format!("{what} exceeds {limit} bytes"))
}

enum Body {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Body {
    fn new(answer: &reqwest::Response, limits: &Limits) -> Result<Body, OutboundError> {
        let capped = Capped {
            bytes: Vec::new(),
            max: limits.decoded_bytes,
        };
        let encodings: Vec<_> = answer.headers().get_all(CONTENT_ENCODING).iter().collect();
        match encodings.as_slice() {
            [] => Ok(Body::Plain(capped)),
            [one] if one.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(Body::Plain(capped)),
            [one]
                if one.as_bytes().eq_ignore_ascii_case(b"gzip")
                    || one.as_bytes().eq_ignore_ascii_case(b"x-gzip") =>
            {
                Ok(Body::Gzip(Box::new(MultiGzDecoder::new(capped))))
            }
            // Only gzip was asked for; twice gzipped is a bomb's trick.
            others => Err(OutboundError::Encoding(
                others
                    .iter()
                    .map(|value| String::from_utf8_lossy(value.as_bytes()))
                    .collect::<Vec<_>>()
                    .join(", ")
                    .chars()
                    .take(64)
                    .collect(),
            )),
        }
    }

    fn push(&mut self, chunk: &[u8], n_wire: usize) -> Result<(), OutboundError> {
        let written = match self {
            Body::Plain(capped) => capped.write_all(chunk),
            Body::Gzip(decoder) => decoder.write_all(chunk),
        };
        written.map_err(|error| self.fault(&error))?;
        let n_decoded = self.sink().bytes.len();
        if n_decoded > RATIO_FREE_BYTES && n_decoded / RATIO_MAX > n_wire {
            return Err(OutboundError::TooLarge(format!(
                "body decodes to more than {RATIO_MAX} times its size"
            )));
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, OutboundError> {
        match self {
            Body::Plain(capped) => Ok(capped.bytes),
            Body::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut decoder.get_mut().bytes)),
                Err(error) => Err(Body::Gzip(decoder).fault(&error)),
            },
        }
    }

    fn sink(&self) -> &Capped {
        match self {
            Body::Plain(capped) => capped,
            Body::Gzip(decoder) => decoder.get_ref(),
        }
    }

    fn fault(&self, error: &io::Error) -> OutboundError {
        if error.kind() == io::ErrorKind::FileTooLarge {
            too_large("decoded body", self.sink().max)
        } else {
            OutboundError::Unreachable(format!("body cut short or damaged ({error})"))
        }
    }
}

/// Collects bytes up to a bound.
struct Capped {
    bytes: Vec<u8>,
    max: usize,
}

impl Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(chunk.len()) > self.max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
