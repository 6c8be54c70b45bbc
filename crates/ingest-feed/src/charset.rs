use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Decodes a document to text. A byte order mark wins, then the shape of UTF-16, then what the
/// document says of itself, then what the server says of it; unreadable bytes become U+FFFD.
///
/// The document is asked before the server because servers say `ISO-8859-1` or `UTF-8` of
/// everything. A document that claims another charset but is valid UTF-8 beyond ASCII is UTF-8:
/// such bytes are almost never anything else.
pub(crate) fn to_text<'b>(bytes: &'b [u8], content_type: Option<&str>) -> Cow<'b, str> {
    let encoding = Encoding::for_bom(bytes)
        .map(|(encoding, _)| encoding)
        .or_else(|| utf_16_shape(bytes))
        .or_else(|| std::str::from_utf8(bytes).is_ok().then_some(UTF_8))
        .or_else(|| declared(bytes))
        .or_else(|| charset_of(content_type?))
        .unwrap_or(UTF_8);
    let (text, _, _) = encoding.decode(bytes);
    text
}

/// `<` followed or preceded by a zero byte can be nothing else.
fn utf_16_shape(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<' | b'{', 0, _, 0, ..] => Some(UTF_16LE),
        [0, b'<' | b'{', 0, _, ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// The `encoding` of the XML declaration.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(bytes.get(..bytes.len().min(200))?).into_owned();
    let declaration = head.split("?>").next()?;
    let (_, label) = declaration.split_once("encoding")?;
    let label = label.trim_start().strip_prefix('=')?.trim_start();
    let label = label.split(['"', '\'']).nth(1)?;
    // A document that could be read this far is no UTF-16, whatever it says.
    Encoding::for_label(label.as_bytes()).map(Encoding::output_encoding)
}

fn charset_of(content_type: &str) -> Option<&'static Encoding> {
    let (_, label) = content_type.split_once("charset=")?;
    let label = label.trim_matches(['"', '\'', ' ']);
    Encoding::for_label(label.split(';').next()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, expected: &str) {
        assert_eq!(
            to_text(bytes, content_type),
            expected,
            "{bytes:?} {content_type:?}"
        );
    }

    #[test]
    fn the_charset_is_found_whoever_says_it() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe8</a>";
        let text = "<?xml version='1.0' encoding='ISO-8859-1'?><a>\u{e8}</a>";
        check(latin, None, text);
        check(latin, Some("text/xml; charset=utf-8"), text);
        check(
            b"<a>\xe8</a>",
            Some("text/xml; charset=windows-1252"),
            "<a>\u{e8}</a>",
        );
        check(
            b"<a>\xcf\xf0</a>",
            Some("text/xml; charset=\"windows-1251\""),
            "<a>Пр</a>",
        );
        check(
            "<a>è</a>".as_bytes(),
            Some("text/xml; charset=iso-8859-1"),
            "<a>è</a>",
        );
        check("\u{feff}<a>è</a>".as_bytes(), None, "<a>è</a>");
        check(b"<a>\xff</a>", None, "<a>\u{fffd}</a>");
        check(b"", None, "");
    }

    #[test]
    fn utf_16_is_read_with_and_without_its_mark() {
        for has_mark in [true, false] {
            let text = "<a>è</a>";
            let units: Vec<u16> = has_mark
                .then_some(0xfeff)
                .into_iter()
                .chain(text.encode_utf16())
                .collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            check(&little, Some("text/xml"), text);
            check(&big, None, text);
        }
    }
}
