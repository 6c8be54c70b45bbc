use super::*;

fn context() -> FeedContext {
    FeedContext::new("https://example.org/feed")
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>T</title>{items}</channel></rss>"
    )
}

/// The one post of a document, as (id, text, time, link).
fn check(document: &str, expected: (&str, &str, Option<&str>, Option<&str>)) {
    let decoded = decode(document.as_bytes(), &context()).unwrap();
    let [post] = decoded.posts.as_slice() else {
        panic!("{decoded:?}");
    };
    let time = post.posted_at.map(|time| time.to_string());
    let found = (
        post.id.as_str(),
        post.text.as_str(),
        time.as_deref(),
        post.url.as_deref(),
    );
    assert_eq!(found, expected, "{document}");
    assert_eq!(decoded.dropped, []);
}

fn fault(document: &str) -> String {
    decode(document.as_bytes(), &context()).unwrap_err()
}

#[test]
fn every_dialect_is_read() {
    let expected = (
        "https://n.example/1",
        "Rete giù\nDa stamattina.",
        Some("2026-11-22T09:00:00Z"),
        Some("https://n.example/1"),
    );
    let body = "<title>Rete giù</title><link>https://n.example/1</link><description>Da stamattina.</description>";
    let date = "<pubDate>Sun, 22 Nov 2026 10:00:00 +0100</pubDate>";
    for version in ["0.91", "0.92", "0.93", "0.94", "2.0", "2.0.1", ""] {
        check(
            &format!("<rss version='{version}'><channel><item>{body}{date}</item></channel></rss>"),
            expected,
        );
    }
    check(
        &format!(
            "<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'x.dtd'><rss><channel><item>{body}{date}</item></channel></rss>"
        ),
        expected,
    );
    check(
        &format!(
            "<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/'><channel rdf:about='c'/><item rdf:about='https://n.example/1'>{body}<dc:date>2026-11-22T10:00:00+01:00</dc:date></item></rdf:RDF>"
        ),
        expected,
    );
    check(
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><entry><id>https://n.example/1</id><title type='text'>Rete giù</title>\
         <link rel='edit' href='https://n.example/edit'/><link rel='alternate' href='https://n.example/1'/>\
         <published>2026-11-22T09:00:00Z</published><updated>2026-11-22T12:00:00Z</updated>\
         <summary type='html'>&lt;b&gt;Da&lt;/b&gt; stamattina.</summary></entry></feed>",
        expected,
    );
    check(
        "<atom:feed><atom:entry><atom:id>https://n.example/1</atom:id><atom:title>Rete giù</atom:title><atom:link href='https://n.example/1'/>\
         <atom:updated>2026-11-22T09:00:00Z</atom:updated><atom:content type='xhtml'><div xmlns='x'>Da <b>sta</b>mattina.</div></atom:content></atom:entry></atom:feed>",
        expected,
    );
    check(
        r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"https://n.example/1","url":"https://n.example/1",
         "title":"Rete giù","content_html":"<p>Da stamattina.</p>","date_published":"2026-11-22T10:00:00+01:00"}]}"#,
        expected,
    );
}

#[test]
fn ids_are_unique_in_the_world() {
    let id = |item: &str| {
        decode(rss(item).as_bytes(), &context()).unwrap().posts[0]
            .id
            .clone()
    };
    assert_eq!(
        id("<item><guid>77</guid><title>a</title></item>"),
        "https://example.org/feed#77"
    );
    assert_eq!(
        id("<item><guid>tag:x,2026:1</guid><title>a</title></item>"),
        "tag:x,2026:1"
    );
    assert_eq!(
        id("<item><link>https://x/1</link><title>a</title></item>"),
        "https://x/1"
    );
    let by_text = id("<item><title>a</title></item>");
    assert_ne!(by_text, id("<item><title>b</title></item>"));
    assert!(
        id(&format!(
            "<item><guid>{}</guid><title>a</title></item>",
            "x".repeat(5000)
        ))
        .len()
            <= 600
    );
}

#[test]
fn title_and_description_are_each_said_once() {
    let text = |item: &str| {
        decode(rss(&format!("<item>{item}</item>")).as_bytes(), &context())
            .unwrap()
            .posts[0]
            .text
            .clone()
    };
    for (item, expected) in [
        ("<title>A</title><description>A b c</description>", "A b c"),
        (
            "<title>Long ti...</title><description>Long title of it</description>",
            "Long title of it",
        ),
        ("<title>A b</title><description>A b</description>", "A b"),
        ("<title>A b</title>", "A b"),
        (
            "<description>&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&amp;nbsp;c&lt;/p&gt;</description>",
            "a\nb c",
        ),
        (
            "<description><![CDATA[<p>AT&amp;T è giù</p><script>x</script>]]></description>",
            "AT&T è giù",
        ),
        (
            "<description>d&eacute;j&agrave; &#233; &nbsp; &bogus; AT&T</description>",
            "déjà é &bogus; AT&T",
        ),
        (
            "<description>raw <b>html</b> un<i>believ</i>able<br>here</description>",
            "raw html unbelievable\nhere",
        ),
        (
            "<title>A</title><description>&lt;div&gt;&lt;p&gt;b&lt;/p&gt;&lt;/div&gt; &amp;#32; submitted by &lt;a&gt; /u/eva &lt;/a&gt;&lt;br/&gt;&lt;a&gt;[link]&lt;/a&gt; &lt;a&gt;[comments]&lt;/a&gt;</description>",
            "A\nb",
        ),
        (
            "<title>A</title><media:title>B</media:title><content:encoded>C</content:encoded>",
            "A\nC",
        ),
        (
            "<title>A</title><description/><content:encoded>C</content:encoded>",
            "A\nC",
        ),
    ] {
        assert_eq!(text(item), expected, "{item}");
    }
    let long = format!(
        "<title>T</title><description>{}</description>",
        "è ".repeat(10_000)
    );
    assert!((4000..=4096).contains(&text(&long).len()));
}

#[test]
fn who_speaks_is_the_operators_word() {
    let item = rss(
        "<language>pt_BR</language><item><guid>1</guid><title>a</title><dc:creator>Eva</dc:creator></item>",
    );
    let post = decode(item.as_bytes(), &context()).unwrap().posts.remove(0);
    assert_eq!(
        (post.role, post.author.as_deref(), post.lang.as_deref()),
        (Role::News, Some("feed"), Some("pt-BR"))
    );
    let forum = FeedContext {
        role: Role::User,
        source: "forum".to_owned(),
        lang: Some("de".to_owned()),
        services: vec!["aws".to_owned()],
        ..context()
    };
    let post = decode(item.as_bytes(), &forum).unwrap().posts.remove(0);
    assert_eq!(
        (post.author.as_deref(), post.lang.as_deref()),
        (Some("Eva@forum"), Some("de"))
    );
    assert_eq!(post.services, ["aws"]);
}

#[test]
fn what_is_no_feed_says_what_it_is() {
    for (document, expected) in [
        ("", "an empty answer"),
        ("  \n", "an empty answer"),
        (
            "<!DOCTYPE html><html><body>Sign in</body></html>",
            "a web page",
        ),
        ("<HTML><HEAD>", "a web page"),
        ("<?xml version='1.0'?><html xmlns='x'/>", "a web page"),
        ("<svg/>", "no feed: the document is <svg>"),
        ("<!-- nothing -->", "no feed: no XML element"),
        ("{\"error\":\"x\"}", "JSON, but no JSON Feed"),
        (
            "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[",
            "JSON Feed broke off",
        ),
        ("not a feed", "neither XML nor JSON"),
        (
            "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss><channel><item><title>&b;</title></item></channel></rss>",
            "DOCTYPE with definitions",
        ),
        ("<rss><channel><<<", "damaged XML"),
    ] {
        let message = fault(document);
        assert!(message.starts_with(expected), "{document}: {message}");
    }
    assert_eq!(
        decode(rss("").as_bytes(), &context()),
        Ok(Decoded::default())
    );
}

#[test]
fn a_document_that_breaks_off_gives_its_first_half() {
    let item = |n: usize| format!("<item><guid>{n}</guid><title>t{n}</title></item>");
    let whole = rss(&(0..10).map(item).collect::<String>());
    let half = whole.split_at(whole.len() / 2).0;
    let decoded = decode(half.as_bytes(), &context()).unwrap();
    assert!((3..=5).contains(&decoded.posts.len()), "{decoded:?}");
    assert_eq!(decoded.dropped, [(DropReason::Malformed, 1)]);
    let unclosed = rss("<item><title>a<b></title></item><item><title>b</title></item></p>");
    assert_eq!(
        decode(unclosed.as_bytes(), &context()).unwrap().posts.len(),
        2
    );
}

#[test]
fn torture_is_refused_or_cut_in_bounded_time() {
    let nested = format!("<rss><channel>{}", "<x:a>".repeat(5000));
    assert!(fault(&nested).contains("nested deeper"));
    let attributes: String = (0..80_000).map(|n| format!(" a{n}='1'")).collect();
    assert!(fault(&format!("<rss{attributes}>")).contains("bytes"));
    let attributes: String = (0..65).map(|n| format!(" a{n}='1'")).collect();
    assert!(fault(&format!("<rss{attributes}>")).contains("attributes"));
    let namespaces: String = (0..600)
        .map(|n| format!(" xmlns:a{n}='http://x/{n}'"))
        .collect();
    assert!(
        decode(
            format!("<rss><channel><item{namespaces}/></channel></rss>").as_bytes(),
            &context()
        )
        .is_err()
    );
    let many = rss(&"<item/>".repeat(300_000));
    let decoded = decode(many.as_bytes(), &context()).unwrap();
    assert_eq!(
        decoded.dropped,
        [(DropReason::TooLarge, 299_500), (DropReason::Empty, 500)]
    );
    let title = rss(&format!(
        "<item><guid>1</guid><title>{}</title></item>",
        "x".repeat(1_000_000)
    ));
    assert!(
        decode(title.as_bytes(), &context()).unwrap().posts[0]
            .text
            .len()
            <= 4096
    );
    let comment = format!("<!--{}--><rss/>", "-".repeat(1_000_000));
    assert!(decode(comment.as_bytes(), &context()).is_ok());
    let json = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{}{{}}]}}",
        "{},".repeat(300_000)
    );
    let decoded = decode(json.as_bytes(), &context()).unwrap();
    assert_eq!(
        decoded.dropped,
        [(DropReason::TooLarge, 299_501), (DropReason::Empty, 500)]
    );
    let deep = format!("{{\"version\":{}", "[".repeat(100_000));
    assert!(fault(&deep).contains("JSON"));
}

#[test]
fn utf_16_without_a_mark_is_a_feed_like_any_other() {
    let units = rss("<item><guid>1</guid><title>障害</title></item>");
    let bytes: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(decode(&bytes, &context()).unwrap().posts[0].text, "障害");
}

#[test]
fn posts_come_oldest_first() {
    let items = rss(
        "<item><guid>2</guid><title>b</title><pubDate>22 Nov 2026 11:00 GMT</pubDate></item>\
         <item><guid>3</guid><title>c</title><pubDate>22 Nov 2026 12:00 GMT</pubDate></item>\
         <item><guid>1</guid><title>a</title><pubDate>22 Nov 2026 10:00 GMT</pubDate></item>",
    );
    let texts: Vec<_> = decode(items.as_bytes(), &context())
        .unwrap()
        .posts
        .into_iter()
        .map(|post| post.text)
        .collect();
    assert_eq!(texts, ["a", "b", "c"]);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        drop(decode(&bytes, &context()));
    }

    #[test]
    fn no_markup_makes_it_panic(parts in proptest::collection::vec(proptest::sample::select(vec![
        "<rss>", "<channel>", "<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<link href='x'/>",
        "<description>", "</description>", "<content type='xhtml'>", "</content>", "&lt;", "&#0;", "&#x110000;", "&", "<![CDATA[", "]]>",
        "<!--", "-->", "<?", "?>", "é", "<", ">", "\"", "<guid>", "</rss>", "{", "]",
    ]), 0..40)) {
        let document = parts.concat();
        if let Ok(decoded) = decode(format!("<rss>{document}").as_bytes(), &context()) {
            for post in decoded.posts {
                proptest::prop_assert!(!post.text.is_empty() && post.text.len() <= 4096 && !post.id.is_empty());
            }
        }
    }
}
