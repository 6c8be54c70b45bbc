//! The post's language against a phrase's.

/// What a phrase of another language than the post's is worth: a loan, or a chance likeness.
/// `specificity` counts the letters of its literals and its slots, `n_letters` the literals alone.
pub(crate) fn language_factor(
    of_phrase: &str,
    of_post: Option<&str>,
    (specificity, n_letters): (usize, usize),
) -> f32 {
    const UNSURE: f32 = 0.9;
    const LONG_FOREIGN: f32 = 0.8;
    const SHORT_FOREIGN: f32 = 0.5;
    /// Letters from which on a chance likeness is improbable.
    const LONG: usize = 14;
    /// Letters below which it is probable: Vietnamese "đơ" folds to "do".
    const TINY: usize = 4;
    match (current_code(of_phrase), of_post) {
        ("und", _) => 1.0,
        (phrase, Some(post)) if phrase == post => 1.0,
        (_, Some(_)) if n_letters < TINY => 0.0,
        (_, None) if n_letters < TINY => SHORT_FOREIGN,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_a_foreign_phrase_the_less_it_is_worth() {
        let factors = [14, 8, 3].map(|n| language_factor("vi", Some("en"), (n, n)));
        assert_eq!(factors, [0.8, 0.5, 0.0]);
        assert_eq!(language_factor("vi", Some("vi"), (3, 3)), 1.0);
        assert_eq!(language_factor("en", Some("vi"), (9, 4)), 0.9);
    }
}
