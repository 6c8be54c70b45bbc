//! Makes what strangers wrote fit to stand in a sentence.

/// Characters of a post or statement that a summary shows at most.
pub(crate) const QUOTE_MAX: usize = 280;

/// Characters of a name that a summary shows at most.
pub(crate) const NAME_MAX: usize = 48;

/// One line without controls, direction marks, invisible characters, piles of accents and
/// links, of at most `max` characters.
pub(crate) fn clean(text: &str, max: usize) -> String {
    let visible: String = text.chars().filter_map(visible).collect();
    let mut words = visible
        .split_whitespace()
        .map(|word| if is_link(word) { "[link]" } else { word });
    let mut line = String::new();
    let mut n_accents = 0;
    if let Some(first) = words.next() {
        line.push_str(first);
    }
    for word in words {
        line.push(' ');
        line.push_str(word);
    }
    let mut flat = String::with_capacity(line.len());
    for c in line.chars() {
        n_accents = if is_accent(c) { n_accents + 1 } else { 0 };
        if n_accents <= 2 {
            flat.push(c);
        }
    }
    shorten(&flat, max)
}

/// At most `max` characters, the last an ellipsis if something was left away.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn visible(c: char) -> Option<char> {
    match u32::from(c) {
        _ if c.is_whitespace() => Some(' '),
        _ if c.is_control() => None,
        // Zero-width non-joiner and joiner are spelling in Persian and emoji: they stay.
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x180E | 0x200B | 0x200E..=0x200F => None,
        0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB => None,
        0xE0000..=0xE0FFF | 0xE000..=0xF8FF | 0xF0000..=0x10_FFFF => None,
        _ => Some(c),
    }
}

fn is_accent(c: char) -> bool {
    matches!(u32::from(c), 0x0300..=0x036F | 0x0483..=0x0489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF)
}

/// A stranger's link must not become one that a reader of an alert clicks on.
fn is_link(word: &str) -> bool {
    let lower = word.to_lowercase();
    lower.contains("://") || lower.contains("www.") || lower.contains("javascript:")
}

/// The address, if a reader can be sent there: absolute, HTTP(S), nothing in it that could end
/// a link in Markdown or HTML.
pub(crate) fn web_address(url: &str) -> Option<String> {
    let url = url.trim();
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))?;
    let is_safe = |c: char| {
        c.is_ascii_alphanumeric()
            || "-._~:/?#[]@!$&*+,;=%".contains(c)
            || (!c.is_ascii() && c.is_alphanumeric())
    };
    (!rest.is_empty() && url.len() <= 2000 && url.chars().all(is_safe)).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(clean(text, 20), expected);
    }

    #[test]
    fn strangers_text_becomes_one_plain_line() {
        check("a\n\r\t b\u{0}\u{202e}c\u{200b}\u{feff}", "a bc");
        check("see https://evil.example/x now", "see [link] now");
        check("WWW.evil.example", "[link]");
        check("e\u{301}\u{301}\u{301}\u{301}\u{301}!", "e\u{301}\u{301}!");
        check("می\u{200c}شود", "می\u{200c}شود");
        check("0123456789 0123456789", "0123456789 01234567…");
        check("", "");
    }

    #[test]
    fn only_plain_web_addresses_are_linked() {
        assert!(web_address("https://example.org/@a/1?x=y#z").is_some());
        for url in [
            "javascript:alert(1)",
            "https://",
            "https://e.org/a b",
            "https://e.org/)x",
            "ftp://e.org",
            "https://e.org/\"x",
            "https://e.org/<",
        ] {
            assert_eq!(web_address(url), None, "{url}");
        }
    }
}
