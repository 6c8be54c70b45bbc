use crate::summarize::{AlertSummary, Basis, Quote, Topic};

/// How a summary is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Plain text, a sentence a line.
    Text,
    /// CommonMark; also reads well in chat programs.
    Markdown,
    /// A fragment that needs nothing around it.
    Html,
    /// One object with every sentence's basis.
    Json,
}

/// Writes a summary down; ends with a line break. What strangers wrote is escaped for the
/// format, and mentions are broken so that they call nobody.
#[must_use]
pub fn render(summary: &AlertSummary, format: Format) -> String {
    match format {
        Format::Text => text(summary),
        Format::Markdown => markdown(summary),
        Format::Html => html(summary),
        // The structure has string keys only; writing it cannot fail.
        Format::Json => serde_json::to_string_pretty(summary).unwrap_or_default() + "\n",
    }
}

fn text(summary: &AlertSummary) -> String {
    let mut out = format!("{}\n\n", unmention(&summary.headline));
    for sentence in &summary.sentences {
        out.push_str(&unmention(&sentence.text));
        if let Some(link) = &sentence.link {
            out.push(' ');
            out.push_str(link);
        }
        out.push('\n');
    }
    if !summary.evidence.is_empty() {
        out += &format!("\n{}:\n", summary.evidence_title);
    }
    for quote in &summary.evidence {
        out += &format!("- {}: {}", unmention(&quote.label), unmention(&quote.text));
        if let Some(link) = &quote.link {
            out += &format!(" {link}");
        }
        out.push('\n');
    }
    out
}

fn markdown(summary: &AlertSummary) -> String {
    let mut out = format!("## {}\n\n", escape_markdown(&summary.headline));
    let mut paragraph = Vec::new();
    for sentence in &summary.sentences {
        // What happens, the figures and the small print are paragraphs of their own.
        let opens = matches!(
            sentence.topic,
            Topic::Countries
                | Topic::Numbers
                | Topic::Statement
                | Topic::Assessment
                | Topic::Correction
                | Topic::AsOf
        );
        if opens && !paragraph.is_empty() {
            out += &format!("{}\n\n", paragraph.join(" "));
            paragraph.clear();
        }
        let text = escape_markdown(&sentence.text);
        paragraph.push(match &sentence.link {
            Some(link) => format!("{text} <{link}>"),
            None if sentence.topic == Topic::State => format!("**{text}**"),
            None if sentence.topic == Topic::AsOf => format!("*{text}*"),
            None => text,
        });
    }
    out.push_str(&paragraph.join(" "));
    out.push('\n');
    if !summary.evidence.is_empty() {
        out += &format!("\n{}:\n\n", escape_markdown(&summary.evidence_title));
    }
    for Quote {
        label, text, link, ..
    } in &summary.evidence
    {
        let (label, text) = (escape_markdown(label), escape_markdown(text));
        out += &match link {
            Some(link) => format!("- [{label}](<{link}>): {text}\n"),
            None => format!("- {label}: {text}\n"),
        };
    }
    out
}

fn html(summary: &AlertSummary) -> String {
    let mut out = format!(
        "<article class=\"alert-summary\" lang=\"{}\" data-incident=\"{}\">\n<h2>{}</h2>\n",
        escape_html(summary.language),
        escape_html(&summary.incident),
        escape_html(&summary.headline)
    );
    for sentence in &summary.sentences {
        let basis: Vec<String> = sentence.basis.iter().map(basis_text).collect();
        let topic = serde_json::to_value(sentence.topic).ok();
        let topic = topic
            .as_ref()
            .and_then(|topic| topic.as_str())
            .unwrap_or_default();
        out += &format!(
            "<p class=\"{topic}\" data-basis=\"{}\">{}",
            escape_html(&basis.join(" ")),
            escape_html(&sentence.text)
        );
        if let Some(link) = &sentence.link {
            let link = escape_html(link);
            out += &format!(" <a href=\"{link}\" rel=\"nofollow noopener noreferrer\">{link}</a>");
        }
        out.push_str("</p>\n");
    }
    if !summary.evidence.is_empty() {
        out += &format!("<h3>{}</h3>\n<ul>\n", escape_html(&summary.evidence_title));
        for Quote {
            label, text, link, ..
        } in &summary.evidence
        {
            let (label, text) = (escape_html(label), escape_html(text));
            // A post may be written from right to left; its direction must not leak.
            out += &match link.as_deref().map(escape_html) {
                Some(link) => format!(
                    "<li><a href=\"{link}\" rel=\"nofollow noopener noreferrer\">{label}</a>: <span dir=\"auto\">{text}</span></li>\n"
                ),
                None => format!("<li>{label}: <span dir=\"auto\">{text}</span></li>\n"),
            };
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</article>\n");
    out
}

fn basis_text(basis: &Basis) -> String {
    match basis {
        Basis::Field { field, value } => format!("{field}={value}"),
        Basis::Post { source, id } => format!("{source}/{id}"),
    }
}

/// Breaks `@name` with an invisible word joiner.
fn unmention(text: &str) -> String {
    text.replace('@', "@\u{2060}")
}

fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes what CommonMark or a chat program would take for markup, here and at the beginning
/// of a line.
fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    for (nth, c) in text.chars().enumerate() {
        let opens_block = nth == 0 && matches!(c, '-' | '+' | '=');
        let numbers_list = n_digits > 0 && nth == n_digits && matches!(c, '.' | ')');
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("@\u{2060}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if opens_block || numbers_list => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_markdown_is_disarmed() {
        let check = |text: &str, expected: &str| assert_eq!(escape_markdown(text), expected);
        check(
            "*a* _b_ `c` [d](e) <f> #g",
            "\\*a\\* \\_b\\_ \\`c\\` \\[d\\](e) &lt;f&gt; \\#g",
        );
        check("- x", "\\- x");
        check("12. x", "12\\. x");
        check("20:13. x - y", "20:13. x - y");
        check(
            "@everyone <!channel> <@U1>",
            "@\u{2060}everyone &lt;\\!channel&gt; &lt;@\u{2060}U1&gt;",
        );
    }

    #[test]
    fn markup_in_html_is_disarmed() {
        assert_eq!(
            escape_html("<b title='\"'>&"),
            "&lt;b title=&#39;&quot;&#39;&gt;&amp;"
        );
    }
}
