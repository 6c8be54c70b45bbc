use std::fmt;

/// What is wrong in a configuration, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigFault {
    pub(crate) file: String,
    /// Both from 1.
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )
    }
}

impl ConfigFault {
    /// A fault at byte `offset` of `text`.
    pub(crate) fn at(file: &str, text: &str, offset: usize, message: String) -> Self {
        let before: String = text
            .char_indices()
            .take_while(|(idx, _)| *idx < offset)
            .map(|(_, c)| c)
            .collect();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        ConfigFault {
            file: file.to_owned(),
            line,
            column,
            message,
        }
    }
}

/// serde's "unknown field `x`, expected one of `a`, `b`", with the nearest key named.
pub(crate) fn with_nearest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(given) = quoted.next().filter(|_| message.starts_with("unknown ")) else {
        return message.to_owned();
    };
    let nearest = quoted
        .map(|known| (distance(given, known), known))
        .min()
        .filter(|(edits, known)| *edits * 2 <= known.chars().count());
    match nearest {
        Some((_, known)) => format!("{message}; did you mean `{known}`?"),
        None => message.to_owned(),
    }
}

/// Edits (insert, delete, replace) that make one word the other: Levenshtein's distance.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_offered_when_it_is_near() {
        assert_eq!(distance("instancs", "instances"), 1);
        let near = with_nearest("unknown field `pth`, expected `path`");
        assert!(near.ends_with("did you mean `path`?"), "{near}");
        assert!(!with_nearest("unknown field `zzzzz`, expected `path`").contains("mean"));
    }

    #[test]
    fn positions_count_characters_from_one() {
        let fault = ConfigFault::at("f", "a = 1\nü = 2", 9, "x".into());
        assert_eq!((fault.line, fault.column), (2, 3));
    }
}
