use include_dir::{Dir, include_dir};

/// The embedded phrase files, one a language.
static PHRASES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../data/phrases");

/// The text of one data file, and what to call it in a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedText<'a> {
    /// Path or name; for phrases the part between the last `/` and `.tsv` is the language.
    pub file: &'a str,
    /// The whole content.
    pub text: &'a str,
}

/// The texts of all data files. Start from [`CatalogTexts::builtin`] and replace what a
/// configuration names.
#[derive(Debug, Clone)]
pub struct CatalogTexts<'a> {
    /// TOML, `[[service]]` rows sorted by id.
    pub services: NamedText<'a>,
    /// Tab-separated phrases, one file a language.
    pub phrases: Vec<NamedText<'a>>,
    /// Tab-separated place names.
    pub places: NamedText<'a>,
    /// Tab-separated countries.
    pub countries: NamedText<'a>,
    /// TOML, one `[weights]` table.
    pub weights: NamedText<'a>,
}

impl<'a> CatalogTexts<'a> {
    /// The texts that were in `data/` when this was compiled.
    #[must_use]
    pub fn builtin() -> Self {
        let mut phrases: Vec<NamedText<'a>> = PHRASES
            .files()
            .filter_map(|file| {
                let name = file.path().to_str()?;
                let text = file.contents_utf8()?;
                name.ends_with(".tsv")
                    .then_some(NamedText { file: name, text })
            })
            .collect();
        phrases.sort_by_key(|named| named.file);
        CatalogTexts {
            services: NamedText {
                file: "services.toml",
                text: include_str!("../../../data/services.toml"),
            },
            phrases,
            places: NamedText {
                file: "places.tsv",
                text: include_str!("../../../data/places.tsv"),
            },
            countries: NamedText {
                file: "countries.tsv",
                text: include_str!("../../../data/countries.tsv"),
            },
            weights: NamedText {
                file: "weights.toml",
                text: include_str!("../../../data/weights.toml"),
            },
        }
    }

    /// Puts `file` in the place of the phrase file of the same language, or adds the language.
    pub fn replace_phrases(&mut self, file: NamedText<'a>) {
        let lang = file.stem();
        self.phrases.retain(|known| known.stem() != lang);
        self.phrases.push(file);
    }
}

impl<'a> NamedText<'a> {
    /// The file's name without folders and without what follows its first dot.
    pub(crate) fn stem(&self) -> &'a str {
        let name = self.file.rsplit(['/', '\\']).next().unwrap_or(self.file);
        name.split('.').next().unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_file_of_the_same_language_takes_the_place_of_the_embedded_one() {
        let mut texts = CatalogTexts {
            phrases: vec![
                NamedText {
                    file: "de.tsv",
                    text: "a",
                },
                NamedText {
                    file: "it.tsv",
                    text: "b",
                },
            ],
            ..CatalogTexts::builtin()
        };
        texts.replace_phrases(NamedText {
            file: "/etc/buio/it.tsv",
            text: "c",
        });
        let found: Vec<_> = texts.phrases.iter().map(|t| (t.stem(), t.text)).collect();
        assert_eq!(found, [("de", "a"), ("it", "c")]);
    }
}
