use super::*;

/// A status in the full shape that Mastodon 4.5 sends, with our own content.
const STATUS: &str = r##"{"id":"115600000000000000","created_at":"2026-11-21T09:01:02.345Z",
 "in_reply_to_id":null,"in_reply_to_account_id":null,"sensitive":false,"spoiler_text":"",
 "visibility":"public","language":"de","uri":"https://troet.example/users/eva/statuses/1156",
 "url":"https://troet.example/@eva/1156","replies_count":0,"reblogs_count":0,"quotes_count":0,
 "edited_at":null,"content":"<p>Bei <a href=\"https://x.example/tags/WhatsApp\" class=\"mention hashtag\" rel=\"tag\">#<span>WhatsApp</span></a> geht nichts.<br>Bei euch? <span class=\"h-card\"><a class=\"u-url mention\">@<span>olaf</span></a></span></p>",
 "reblog":null,"media_attachments":[],"mentions":[{"id":"1","username":"olaf","acct":"olaf"}],
 "tags":[{"name":"whatsapp","url":"https://x.example/tags/whatsapp"}],"emojis":[],"card":null,"poll":null,
 "account":{"id":"9","username":"eva","acct":"eva@troet.example","bot":false,"locked":false,
 "created_at":"2022-11-06T00:00:00.000Z","note":"","followers_count":12,"statuses_count":345}}"##;

fn with(changes: &[(&str, &str)]) -> String {
    let mut status: Value = serde_json::from_str(STATUS).unwrap();
    for (pointer, value) in changes {
        *status.pointer_mut(pointer).unwrap() = serde_json::from_str(value).unwrap();
    }
    status.to_string()
}

fn check(changes: &[(&str, &str)]) -> Result<Post, DropReason> {
    decode_status(
        with(changes).as_bytes(),
        &DecodeContext::new("social.example"),
    )
}

#[test]
fn a_full_status_becomes_a_post() {
    let context = DecodeContext {
        services: [("whatsapp".to_owned(), "whatsapp".to_owned())].into(),
        ..DecodeContext::new("social.example")
    };
    let post = decode_status(STATUS.as_bytes(), &context).unwrap();
    let expected = Post {
        id: "https://troet.example/users/eva/statuses/1156".to_owned(),
        source: "mastodon".to_owned(),
        text: "Bei #WhatsApp geht nichts.\nBei euch? @olaf".to_owned(),
        posted_at: Timestamp::parse("2026-11-21T09:01:02.345Z").ok(),
        server_at: Some(Timestamp::from_millis(115_600_000_000_000_000_i64 >> 16)),
        author: Some("eva@troet.example".to_owned()),
        lang: Some("de".to_owned()),
        services: vec!["whatsapp".to_owned()],
        url: Some("https://troet.example/@eva/1156".to_owned()),
        author_since: Timestamp::parse("2022-11-06T00:00:00Z").ok(),
        ..Post::default()
    };
    assert_eq!(post, expected);
}

#[test]
fn who_speaks_and_how_is_kept() {
    assert_eq!(
        check(&[("/account/bot", "true")]).unwrap().role,
        Role::Monitor
    );
    assert!(check(&[("/in_reply_to_id", "\"5\"")]).unwrap().is_reply);
    assert!(!check(&[]).unwrap().is_reply);
    let local = check(&[("/account/acct", "\"Eva\"")]).unwrap();
    assert_eq!(local.author.as_deref(), Some("eva@social.example"));
    let nobody = check(&[("/account", "null")]).unwrap();
    assert_eq!((nobody.author, nobody.author_since), (None, None));
    let warned = check(&[("/spoiler_text", "\"Störung\"")]).unwrap();
    assert!(warned.text.starts_with("Störung\nBei #WhatsApp"));
    assert_eq!(
        check(&[("/url", "\"javascript:alert(1)\"")]).unwrap().url,
        None
    );
}

#[test]
fn a_boost_is_a_repost_of_the_boosted_text() {
    let boosted = with(&[("/uri", "\"https://inner.example/1\"")]);
    let post = check(&[("/reblog", &boosted), ("/content", "\"\"")]).unwrap();
    assert!(post.is_repost && post.text.contains("#WhatsApp"));
    assert!(post.id.starts_with("https://troet.example/"));
}

#[test]
fn ids_of_other_servers_give_no_time_but_sort() {
    let at = |id: &str| check(&[("/id", &format!("{id:?}"))]).unwrap().server_at;
    for id in [
        "AqLq6wEVm0xVqjxXd6",
        "01KAMBZ2Q3V9XK6TR1H3E0M7SD",
        "12",
        "9223372036854775808",
        "",
    ] {
        assert_eq!(at(id), None, "{id}");
    }
    assert!(is_newer("10", "9") && is_newer("b", "a") && !is_newer("9", "10"));
    for (id, expected) in [
        ("1", true),
        ("01K-A", true),
        ("", false),
        ("a&b", false),
        ("é", false),
    ] {
        assert_eq!(is_id(id), expected, "{id}");
    }
}

#[test]
fn broken_statuses_cost_only_themselves() {
    let page = format!(
        "[{STATUS},null,{{}},{{\"uri\":5}},{},7]",
        with(&[("/content", "\"<p></p>\"")])
    );
    let decoded = decode(page.as_bytes(), &DecodeContext::new("x")).unwrap();
    assert_eq!((decoded.posts.len(), decoded.n_items), (1, 6));
    assert_eq!(
        decoded.dropped,
        [(DropReason::Malformed, 4), (DropReason::Empty, 1)]
    );
    assert_eq!(decoded.newest_id.as_deref(), Some("115600000000000000"));
}

#[test]
fn reordered_pages_come_out_in_order_with_the_largest_id() {
    let status = |id: u64, minute: u32| {
        with(&[
            ("/id", &format!("\"{id}\"")),
            ("/uri", &format!("\"u{id}\"")),
            (
                "/created_at",
                &format!("\"2026-11-21T09:{minute:02}:00.000Z\""),
            ),
        ])
    };
    let page = format!("[{},{},{}]", status(101, 2), status(99, 1), status(100, 3));
    let decoded = decode(page.as_bytes(), &DecodeContext::new("x")).unwrap();
    let ids: Vec<_> = decoded.posts.iter().map(|post| post.id.as_str()).collect();
    assert_eq!(ids, ["u99", "u101", "u100"]);
    assert_eq!(decoded.newest_id.as_deref(), Some("101"));
}

#[test]
fn what_is_no_timeline_says_what_it_is() {
    for (bytes, expected) in [
        ("<!DOCTYPE html><html>", "a web page"),
        (
            "{\"error\":\"The access token is invalid\"}",
            "an error object",
        ),
        ("", "an empty answer"),
        ("[{\"id\":\"1\"", "a damaged timeline"),
        ("\u{0}", "something else"),
    ] {
        let message = decode(bytes.as_bytes(), &DecodeContext::default()).unwrap_err();
        assert!(message.starts_with(expected), "{bytes}: {message}");
    }
    assert_eq!(
        decode(b"[]", &DecodeContext::default()),
        Ok(Decoded::default())
    );
}

#[test]
fn odd_times_are_left_out_and_offsetless_ones_are_utc() {
    let at = |text: &str| {
        check(&[("/created_at", &format!("{text:?}"))])
            .unwrap()
            .posted_at
    };
    assert_eq!(
        at("2026-11-21T09:00:00"),
        Timestamp::parse("2026-11-21T09:00:00Z").ok()
    );
    assert_eq!(at("last Tuesday"), None);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_all_items_are_accounted_for(cut in 0_usize..2000, flip in 0_usize..2000, to: u8) {
        let mut page = format!("[{STATUS},{STATUS}]").into_bytes();
        let n_bytes = page.len();
        page[flip % n_bytes] = to;
        page.truncate(n_bytes - cut.min(n_bytes));
        if let Ok(decoded) = decode(&page, &DecodeContext::new("x")) {
            let n_dropped: u64 = decoded.dropped.iter().map(|(_, n)| n).sum();
            proptest::prop_assert_eq!(decoded.posts.len() as u64 + n_dropped, decoded.n_items as u64);
        }
    }
}
