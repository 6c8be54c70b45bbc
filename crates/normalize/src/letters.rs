//! What folding does to a single letter, apart from its surroundings.

use unicode_normalization::char::is_combining_mark;

/// Characters that show nothing: controls, zero-width and bidirectional marks, fillers,
/// variation selectors, tags. They split words for machines only, so they go.
pub(crate) fn is_ignorable(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x0640 // soft hyphen, joiners, tatweel
            | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F
            | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFC
            | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// What becomes of a combining mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkFate {
    /// Part of the spelling (Thai, Indic, Kana voicing …).
    Stays,
    /// Pointing that people leave out (Hebrew points, Arabic vowel signs).
    Goes,
    /// Decided by the letter below it: see [`keeps_mark`].
    ByBase,
}

pub(crate) fn mark_fate(mark: char) -> MarkFate {
    match u32::from(mark) {
        0x0300..=0x036F | 0x0483..=0x0489 | 0x0654 => MarkFate::ByBase,
        0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F => MarkFate::ByBase,
        0x0591..=0x05BD | 0x05BF | 0x05C1..=0x05C2 | 0x05C4..=0x05C5 | 0x05C7 => MarkFate::Goes,
        0x0610..=0x061A | 0x064B..=0x065F | 0x0670 | 0x08D3..=0x08FF => MarkFate::Goes,
        0x06D6..=0x06DC | 0x06DF..=0x06E4 | 0x06E7..=0x06E8 | 0x06EA..=0x06ED => MarkFate::Goes,
        _ => MarkFate::Stays,
    }
}

/// Whether an accent makes another letter of `base` (already folded): й, ї, ў, ѓ, ќ and the
/// Arabic hamza carriers are letters of their own, all other accents are decoration to a reader
/// who types in a hurry.
pub(crate) fn keeps_mark(base: char, mark: char) -> bool {
    match mark {
        '\u{0306}' => matches!(base, 'и' | 'у'),
        '\u{0308}' => base == 'і',
        '\u{0301}' => matches!(base, 'г' | 'к'),
        '\u{0654}' => matches!(base, 'ي' | 'و' | 'ے'),
        _ => mark_fate(mark) == MarkFate::Stays,
    }
}

/// Letters whose compatibility decomposition would turn them into a blank.
pub(crate) fn before_decomposition(c: char) -> char {
    match c {
        '\u{00B4}' | '\u{1FBD}' | '\u{1FBF}' | '\u{1FEF}' | '\u{1FFD}' | '\u{1FFE}' => '\'',
        other => other,
    }
}

/// The folded form of one decomposed character that is neither ignorable nor a mark.
pub(crate) fn for_each_folded(c: char, mut push: impl FnMut(char)) {
    if c.is_ascii() {
        return push(fold_ascii(c));
    }
    if c.is_whitespace() {
        return push(' ');
    }
    for lower in c.to_lowercase() {
        match replacement(lower) {
            Some(text) => text.chars().for_each(&mut push),
            None => push(
                ascii_digit(lower)
                    .or_else(|| plain_latin(lower))
                    .unwrap_or(lower),
            ),
        }
    }
}

/// The folded form of an ASCII character that is no control.
pub(crate) fn fold_ascii(c: char) -> char {
    match c {
        '`' => '\'',
        c if c.is_whitespace() => ' ',
        c => c.to_ascii_lowercase(),
    }
}

/// Letters that Unicode does not decompose but that readers type as others.
fn replacement(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' | 'ɵ' => "o",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ł' | 'ƚ' => "l",
        'ħ' => "h",
        'ı' | 'ɨ' => "i",
        'ŧ' => "t",
        'ĸ' | 'ƙ' => "k",
        'ŋ' | 'ɲ' => "n",
        'ə' | 'ǝ' => "e",
        'ɓ' | 'ƀ' => "b",
        'ƴ' => "y",
        'ƒ' => "f",
        'ɡ' | 'ǥ' => "g",
        'ȷ' => "j",
        'ς' => "σ",
        // Arabic letters that keyboards of neighbouring languages exchange.
        'ٱ' => "ا",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' | 'ہ' | 'ھ' | 'ە' => "ه",
        '‘' | '’' | '‚' | '‛' | 'ʼ' | 'ʻ' | 'ʹ' | 'ˈ' | '′' | '‵' | '՚' | '‹' | '›' => {
            "'"
        }
        '“' | '”' | '„' | '‟' | '«' | '»' | '〝' | '〞' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => "-",
        _ => return None,
    })
}

/// Zeros of the decimal digits that people use in posts, ascending.
const ZEROS: [u32; 19] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810,
];

/// `٣` → `3`: numbers are compared across scripts.
fn ascii_digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let next = ZEROS.partition_point(|zero| *zero <= code);
    let zero = ZEROS.get(next.checked_sub(1)?)?;
    char::from_digit(code.checked_sub(*zero).filter(|digit| *digit < 10)?, 10)
}

/// Letters that are drawn as Latin ones wherever they stand: small capitals and the white
/// letters in black circles and squares, popular for shouting.
fn plain_latin(c: char) -> Option<char> {
    let code = u32::from(c);
    let nth = |n: u32| char::from_u32(u32::from('a') + n).filter(char::is_ascii_lowercase);
    match code {
        0x1F150..=0x1F169 => nth(code - 0x1F150),
        0x1F170..=0x1F189 => nth(code - 0x1F170),
        _ => Some(match c {
            'ᴀ' => 'a',
            'ʙ' => 'b',
            'ᴄ' => 'c',
            'ᴅ' => 'd',
            'ᴇ' => 'e',
            'ꜰ' => 'f',
            'ɢ' => 'g',
            'ʜ' => 'h',
            'ɪ' => 'i',
            'ᴊ' => 'j',
            'ᴋ' => 'k',
            'ʟ' => 'l',
            'ᴍ' => 'm',
            'ɴ' => 'n',
            'ᴏ' => 'o',
            'ᴘ' => 'p',
            'ʀ' => 'r',
            'ꜱ' => 's',
            'ᴛ' => 't',
            'ᴜ' => 'u',
            'ᴠ' => 'v',
            'ᴡ' => 'w',
            'ʏ' => 'y',
            'ᴢ' => 'z',
            _ => return None,
        }),
    }
}

/// The Latin letter that a folded Cyrillic, Greek or Armenian one is drawn like; capitals have
/// more doubles than small letters. Every small letter that has a double has one as a capital,
/// too: folding twice depends on it.
pub(crate) fn latin_double(folded: char, was_capital: bool) -> Option<char> {
    if was_capital {
        let capital = match folded {
            'в' | 'β' => 'b',
            'к' | 'κ' => 'k',
            'м' | 'μ' => 'm',
            'н' | 'η' => 'h',
            'т' | 'τ' => 't',
            'ε' => 'e',
            'ζ' => 'z',
            'ν' => 'n',
            'υ' => 'y',
            _ => return latin_double(folded, false),
        };
        return Some(capital);
    }
    Some(match folded {
        'а' | 'α' => 'a',
        'е' => 'e',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'с' => 'c',
        'х' | 'χ' => 'x',
        'у' => 'y',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'ѕ' => 's',
        'һ' => 'h',
        'ԁ' => 'd',
        'ԛ' => 'q',
        'ԝ' => 'w',
        'ӏ' => 'l',
        'ν' => 'v',
        'κ' => 'k',
        'υ' | 'μ' => 'u',
        _ => return None,
    })
}

/// Whether a folded letter is Latin.
pub(crate) fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || (matches!(u32::from(c), 0x00C0..=0x024F | 0x1E00..=0x1EFF) && c.is_alphabetic())
}

/// Whether a folded letter belongs to a script whose letters are mistaken for Latin ones.
pub(crate) fn is_doubled_script(c: char) -> bool {
    matches!(u32::from(c), 0x0370..=0x058F) && c.is_alphabetic() && !is_combining_mark(c)
}
