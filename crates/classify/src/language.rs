//! The post's language against a phrase's.

/// What a phrase of another language than the post's is worth: a loan, or a chance likeness.
pub(crate) fn language_factor(of_phrase: &str, of_post: Option<&str>, specificity: usize) -> f32 {
    const UNSURE: f32 = 0.9;
    const LONG_FOREIGN: f32 = 0.8;
    const SHORT_FOREIGN: f32 = 0.5;
    /// Letters from which on a chance likeness is improbable.
    const LONG: usize = 14;
    match (current_code(of_phrase), of_post) {
        ("und", _) => 1.0,
        (phrase, Some(post)) if phrase == post => 1.0,
        // English words of failure are loan words nearly everywhere.
        ("en", _) | (_, None) => UNSURE,
        _ if specificity >= LONG => LONG_FOREIGN,
        _ => SHORT_FOREIGN,
    }
}

/// The primary subtag in lower case, by its present name.
pub(crate) fn primary_language(tag: &str) -> Option<&str> {
    let primary = tag.split(['-', '_']).next()?;
    match primary {
        "" | "und" | "mul" | "zxx" | "qme" | "qam" | "qht" | "qst" => None,
        code => Some(current_code(code)),
    }
}

/// The code under which a language has its rows: withdrawn and narrower codes still travel.
pub(crate) fn current_code(code: &str) -> &str {
    match code {
        "in" => "id",
        "iw" => "he",
        "ji" => "yi",
        "fil" => "tl",
        "no" | "nn" => "nb",
        code => code,
    }
}
