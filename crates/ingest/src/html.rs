use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Only so much HTML is looked at for each byte of text wanted: real posts hold more text than
/// markup, but links and tracking pixels may come first.
const HTML_PER_TEXT: usize = 32;

/// Turns a post's HTML into plain text of at most `max_bytes` bytes: what a person would read,
/// without the parts that the page hides.
///
/// Paragraphs and line breaks become line feeds, other white space one space. Nothing is put
/// between inline elements, so hashtags and mentions stay whole; nothing is glued across block
/// elements. Parts that fediverse servers mark `invisible` (the scheme and tail of long links)
/// and the fallback line of quotations are left out, as are scripts and styles.
///
/// ```
/// use buio_ingest::html_to_text;
/// let html = "<p>WhatsApp è giù?<br>Anche da voi?</p><p>#<span>whatsappdown</span> \
///     <a href=\"https://ex.org/a\"><span class=\"invisible\">https://</span>ex.org/a</a></p>";
/// assert_eq!(html_to_text(html, 4096), "WhatsApp è giù?\nAnche da voi?\n#whatsappdown ex.org/a");
/// ```
#[must_use]
pub fn html_to_text(html: &str, max_bytes: usize) -> String {
    let max_html = max_bytes.saturating_mul(HTML_PER_TEXT).min(html.len());
    let html = html.get(..html.floor_char_boundary(max_html)).unwrap_or("");
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(TextSink::new(max_bytes), TokenizerOpts::default());
    // The sink never suspends the tokenizer for a script, so one call reads everything.
    drop(tokenizer.feed(&input));
    tokenizer.end();
    let mut text = tokenizer.sink.state.into_inner().text;
    text.truncate(text.trim_end().len());
    text
}

struct TextSink {
    state: RefCell<State>,
}

struct State {
    text: String,
    max_bytes: usize,
    /// What stands between the last character and the next one.
    pending: Pending,
    /// The element whose content is left out, and how many of its name are open in it.
    hidden: Option<(String, u32)>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Pending {
    Nothing,
    Space,
    Newline,
}

impl TextSink {
    fn new(max_bytes: usize) -> Self {
        TextSink {
            state: RefCell::new(State {
                text: String::new(),
                max_bytes,
                pending: Pending::Nothing,
                hidden: None,
            }),
        }
    }
}

impl TokenSink for TextSink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::CharacterTokens(characters) => state.characters(&characters),
            Token::TagToken(tag) => return state.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn characters(&mut self, characters: &str) {
        if self.hidden.is_some() {
            return;
        }
        for c in characters.chars() {
            if c.is_whitespace() {
                self.pending = self.pending.max(Pending::Space);
            } else {
                self.push(c);
            }
        }
    }

    fn push(&mut self, c: char) {
        // Room for the separator, so that the text never ends in half a word's gap.
        if self.text.len() + 1 + c.len_utf8() > self.max_bytes {
            self.max_bytes = 0;
            return;
        }
        if !self.text.is_empty() {
            match self.pending {
                Pending::Nothing => {}
                Pending::Space => self.text.push(' '),
                Pending::Newline => self.text.push('\n'),
            }
        }
        self.pending = Pending::Nothing;
        self.text.push(c);
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name = tag.name.as_ref();
        if is_block(name) {
            self.pending = Pending::Newline;
        } else if matches!(name, "td" | "th") {
            self.pending = self.pending.max(Pending::Space);
        }
        match tag.kind {
            TagKind::StartTag => self.start_tag(tag, name),
            TagKind::EndTag => {
                self.end_tag(name);
                TokenSinkResult::Continue
            }
        }
    }

    fn start_tag(&mut self, tag: &Tag, name: &str) -> TokenSinkResult<()> {
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name && !tag.self_closing {
                *depth += 1;
            }
        } else if is_hidden(tag) && !is_void(name) {
            self.hidden = Some((name.to_owned(), 1));
        } else if name == "img" && has_class(tag, "emoji") {
            let alt = attribute(tag, "alt").unwrap_or_default().to_owned();
            self.characters(&alt);
        }
        match raw_kind(name) {
            Some(kind) => {
                self.hidden.get_or_insert_with(|| (name.to_owned(), 1));
                TokenSinkResult::RawData(kind)
            }
            None => TokenSinkResult::Continue,
        }
    }

    fn end_tag(&mut self, name: &str) {
        let Some((hidden, depth)) = &mut self.hidden else {
            return;
        };
        if hidden == name {
            *depth = depth.saturating_sub(1);
        }
        // A forgotten </span> must not swallow the rest of the post: a hidden inline part ends
        // with its paragraph at the latest.
        let is_over = *depth == 0 || (!is_block(hidden) && is_block(name));
        if is_over && raw_kind(hidden).is_none_or(|_| hidden == name) {
            self.hidden = None;
        }
    }
}

fn is_hidden(tag: &Tag) -> bool {
    has_class(tag, "invisible")
        || has_class(tag, "quote-inline")
        || tag.attrs.iter().any(|attr| &*attr.name.local == "hidden")
}

fn has_class(tag: &Tag, class: &str) -> bool {
    attribute(tag, "class").is_some_and(|classes| classes.split_whitespace().any(|c| c == class))
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    let found = tag.attrs.iter().find(|attr| &*attr.name.local == name);
    found.map(|attr| &*attr.value)
}

/// Elements whose content the tokenizer must not read as markup; none of it is text to read.
fn raw_kind(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(RawKind::ScriptData),
        "style" | "iframe" | "noembed" | "noframes" | "xmp" => Some(RawKind::Rawtext),
        "title" | "textarea" => Some(RawKind::Rcdata),
        _ => None,
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "br"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "tr"
            | "ul"
    )
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr" | "img" | "input" | "link" | "meta" | "wbr" | "source" | "embed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(html_to_text(html, 4096), expected, "{html}");
    }

    #[test]
    fn words_are_glued_neither_across_blocks_nor_torn_within_lines() {
        check("<p>auch?</p><p>Nachrichten</p>", "auch?\nNachrichten");
        check("eins<br>zwei<br/>drei", "eins\nzwei\ndrei");
        check("<ul><li>a</li><li>b</li></ul>c", "a\nb\nc");
        check("<table><tr><td>a</td><td>b</td></tr><tr><td>c", "a b\nc");
        check("un<b>believ</b>able <i>it</i> is", "unbelievable it is");
        check("a\n  b\t\u{a0}c", "a b c");
        check("<div><div>a</div></div>\n<div>b</div>", "a\nb");
        check("", "");
        check("<p></p><br>", "");
    }

    #[test]
    fn hashtags_and_mentions_stay_whole() {
        check(
            r##"<a href="x" class="mention hashtag" rel="tag">#<span>WhatsAppDown</span></a> und
            <span class="h-card"><a href="y" class="u-url mention">@<span>vodafone_de</span></a></span>!"##,
            "#WhatsAppDown und @vodafone_de!",
        );
    }

    #[test]
    fn hidden_parts_of_links_are_left_out() {
        check(
            r#"siehe <a href="https://example.com/page/long"><span class="invisible">https://</span><span class="ellipsis">example.com/page</span><span class="invisible">/long</span></a> ok"#,
            "siehe example.com/page ok",
        );
        check(
            r#"<p class="quote-inline">RE: <a href="x">https://x</a></p><p>mine</p>"#,
            "mine",
        );
        check(
            r#"<p>a <span class="invisible">x<span>y</span>z</span> b</p>"#,
            "a b",
        );
        check(r#"<p>a <span class="invisible">x</p><p>b</p>"#, "a\nb");
        check("a<p hidden>b</p>c", "a\nc");
    }

    #[test]
    fn entities_are_read_and_scripts_are_not() {
        check(
            "Tom &amp; J&eacute;r&#244;me &lt;3 &#x1F62D; 5 < 6",
            "Tom & Jérôme <3 😭 5 < 6",
        );
        check(
            "a<script>if (b < c) { \"<p>\" }</script>d<style>p{}</style>e",
            "ade",
        );
        check("a<script>never closed <p>b</p>", "a");
        check("a<title>t</title>b<!-- c --><![CDATA[d]]>e", "abe");
        check(
            r#"weg <img class="emoji" alt="😡" src="x"><img alt="a photo" src="y">"#,
            "weg 😡",
        );
    }

    #[test]
    fn text_is_cut_between_characters_at_its_bound() {
        let long = "é".repeat(5000);
        let text = html_to_text(&format!("<p>{long}</p>"), 4096);
        assert!((4090..=4096).contains(&text.len()));
        assert_eq!(html_to_text("abc def", 4), "abc");
        assert_eq!(html_to_text("abc", 0), "");
        let buried = format!("{}{}", "<img src='x'>".repeat(100_000), "late");
        assert_eq!(html_to_text(&buried, 4096), "");
    }

    proptest::proptest! {
        #[test]
        fn any_html_gives_bounded_text(html in "(<[a-z]{1,6}( class=.(invisible|x).)?>|</[a-z]{1,6}>|[a-zé&;# \n]{0,9}|<!--|]]>){0,40}", max in 0_usize..64) {
            let text = html_to_text(&html, max);
            proptest::prop_assert!(text.len() <= max);
            proptest::prop_assert_eq!(text.trim(), text.as_str());
        }

        #[test]
        fn plain_words_pass_unchanged(text in "[a-zà-ÿ0-9а-я#@!?]{1,8}( [a-zà-ÿ0-9а-я#@!?]{1,8}){0,10}") {
            proptest::prop_assert_eq!(html_to_text(&text, 4096), text);
        }
    }
}
