use std::borrow::Cow;

/// Decodes the HTML entities that leak through into plain text: `&amp;`, `&#39;`, `&gt;` …
/// Entities in entities (`&amp;gt;`) are decoded to the end.
pub(crate) fn decode_entities(text: &str) -> Cow<'_, str> {
    let mut decoded = Cow::Borrowed(text);
    while let Some(once) = decode_once(&decoded) {
        decoded = Cow::Owned(once);
    }
    decoded
}

/// One pass; `None` when there is nothing to decode. Each pass removes at least two bytes for
/// every entity, so passes end.
fn decode_once(text: &str) -> Option<String> {
    let mut rest = text;
    let mut decoded: Option<String> = None;
    let mut n_copied = 0;
    while let Some(at) = rest.find('&') {
        let n_before = text.len() - rest.len() + at;
        let behind = rest.get(at + 1..).unwrap_or_default();
        if let Some((c, n_bytes)) = entity(behind) {
            let out = decoded.get_or_insert_with(String::new);
            out.push_str(text.get(n_copied..n_before).unwrap_or_default());
            out.push(c);
            n_copied = n_before + 1 + n_bytes;
            rest = text.get(n_copied..).unwrap_or_default();
        } else {
            rest = behind;
        }
    }
    let mut decoded = decoded?;
    decoded.push_str(text.get(n_copied..).unwrap_or_default());
    Some(decoded)
}

/// The character that an entity stands for, and the entity's length behind its `&`.
fn entity(behind: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 9; // "#x10FFFF;"
    let end = behind.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = behind.get(..end)?;
    let c = match name {
        "amp" | "AMP" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => ' ',
        "hellip" => '…',
        "ndash" | "mdash" => '-',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_decoded_and_other_ampersands_stay() {
        for (text, expected) in [
            ("AT&amp;T is down &gt;:(", "AT&T is down >:("),
            ("it&#39;s &quot;fine&quot; &#x1F600;", "it's \"fine\" 😀"),
            ("&amp;amp;lt;3", "<3"),
            (
                "AT&T; R&D & co &bogus; &#xD800; &#99999999999; &",
                "AT&T; R&D & co &bogus; &#xD800; &#99999999999; &",
            ),
        ] {
            assert_eq!(decode_entities(text), expected);
        }
        assert!(matches!(decode_entities("R&D"), Cow::Borrowed(_)));
    }
}
