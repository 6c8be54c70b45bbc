//! What the formats have in common, before it becomes posts.

/// Items read of one document; those beyond are counted.
pub(crate) const MAX_ITEMS: usize = 500;
/// Bytes kept of one field before markup is taken out.
pub(crate) const MAX_FIELD_BYTES: usize = 64 * 1024;

/// A feed document, whatever its format.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Document {
    pub(crate) language: Option<String>,
    /// Minutes for which the publisher wants copies to be kept.
    pub(crate) ttl_minutes: Option<u64>,
    /// At most [`MAX_ITEMS`], in document order.
    pub(crate) items: Vec<Item>,
    /// Items beyond the bound.
    pub(crate) n_beyond: u64,
    /// Whether the document broke off or stopped being readable before its end.
    pub(crate) is_cut: bool,
}

/// One entry.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) link: String,
    pub(crate) title: Text,
    /// The short text, and the long one where there is no short.
    pub(crate) summary: Text,
    pub(crate) content: Text,
    pub(crate) author: String,
    pub(crate) published: String,
    pub(crate) updated: String,
    pub(crate) language: String,
}

/// Text as published.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) value: String,
    /// Said to be no HTML.
    pub(crate) is_plain: bool,
}

impl Text {
    pub(crate) fn is_empty(&self) -> bool {
        self.value.trim().is_empty()
    }
}

/// Appends as much of `addition` as fits the bound of a field.
pub(crate) fn append(field: &mut String, addition: &str) {
    let room = MAX_FIELD_BYTES.saturating_sub(field.len());
    let end = addition.floor_char_boundary(room.min(addition.len()));
    field.push_str(addition.get(..end).unwrap_or_default());
}
