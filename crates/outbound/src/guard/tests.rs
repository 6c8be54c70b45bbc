use super::*;

fn verdict(text: &str, allow_http: bool) -> Result<CheckedUrl, RefusalReason> {
    let url = Url::parse(text).map_err(|error| RefusalReason::NotAUrl(error.to_string()))?;
    Guard::default().check(url, Hop::First { allow_http })
}

#[test]
fn ordinary_addresses_pass() {
    for text in [
        "https://mastodon.social/api/v1/timelines/tag/x",
        "https://MASTODON.social./feed",
        "https://example.org:443/",
        "https://bücher.example/feed",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
        "https://example.org:80/",
        "https://localhost.example.org/",
        "https://127.0.0.1.nip.example.org/",
    ] {
        assert!(verdict(text, false).is_ok(), "{text}");
    }
    assert!(verdict("http://example.org/feed", true).is_ok());
}

#[test]
fn literal_addresses_of_inner_networks_are_refused_in_every_notation() {
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "0177.0x0.1",
        "127.0.0.1.",
        "127.0.0.0x1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "100.100.100.200",
        "168.63.129.16",
        "192.168.0.1",
        "10.1",
        "172.16.0.1",
        "192.0.0.192",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[5f00::1]",
    ] {
        let text = format!("https://{host}/latest/meta-data");
        assert!(
            matches!(verdict(&text, true), Err(RefusalReason::Address(..))),
            "{text}: {:?}",
            verdict(&text, true)
        );
    }
}

#[test]
fn names_that_are_never_public_are_refused_before_any_lookup() {
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "ⓛocalhost",
        "metadata",
        "metadata.google.internal",
        "METADATA.GOOGLE.INTERNAL.",
        "printer.local",
        "router.lan",
        "router.home.arpa",
        "nas.home",
        "wiki.corp",
        "localhost.localdomain",
        "hidden.onion",
        "x.test",
        "kubernetes.default.svc.cluster.local",
    ] {
        let text = format!("https://{host}/");
        assert!(
            matches!(verdict(&text, true), Err(RefusalReason::Host(_))),
            "{text}: {:?}",
            verdict(&text, true)
        );
    }
}

#[test]
fn schemes_user_names_and_ports_are_refused() {
    for (text, expected) in [
        ("http://example.org/", "scheme"),
        ("ftp://example.org/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.org/_x", "scheme"),
        ("data:text/xml,<rss/>", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("unix:/run/docker.sock", "scheme"),
        ("https://user@example.org/", "user name"),
        ("https://user:pass@example.org/", "user name"),
        ("https://:pass@example.org/", "user name"),
        ("https://example.org@10.0.0.1/", "user name"),
        ("https://10.0.0.1#@example.org/", "address"),
        ("https://10.0.0.1?@example.org/", "address"),
        ("https://10.0.0.1\\@example.org/", "address"),
        ("https://example.org:22/", "port"),
        ("https://example.org:6379/", "port"),
        ("https://example.org:0/", "port"),
        ("https://example.org:8443/", "port"),
        ("https://1.1.1.1:25/", "port"),
        ("https:///", "not a URL"),
        ("https://", "not a URL"),
        ("//example.org/", "not a URL"),
        ("example.org", "not a URL"),
        ("https://exa mple.org/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://256.1.1.1/", "not a URL"),
        ("https://0x100000000/", "not a URL"),
    ] {
        let reason = verdict(text, false).unwrap_err().to_string();
        assert!(reason.starts_with(expected), "{text}: {reason}");
    }
}

#[test]
fn an_exception_holds_for_its_exact_host_and_port_and_never_by_redirect() {
    let guard = Guard {
        allow_private: ["127.0.0.1:8080", "[::1]:9000", "Feeds.lan.:8081"]
            .iter()
            .map(|text| HostPort::parse(text).unwrap())
            .collect(),
        extra_ports: BTreeSet::from([8443]),
    };
    let first = Hop::First { allow_http: true };
    let check = |text: &str, hop: Hop<'_>| guard.check(Url::parse(text).unwrap(), hop);
    for text in [
        "http://127.0.0.1:8080/x",
        "http://127.1:8080/x",
        "http://[::1]:9000/",
        "https://feeds.lan:8081/",
    ] {
        assert!(check(text, first).unwrap().is_exempt, "{text}");
        let elsewhere = check("http://example.org/", first).unwrap();
        let redirect = Hop::Redirect { from: &elsewhere };
        assert!(check(text, redirect).is_err(), "{text} by redirect");
        let itself = check(text, first).unwrap();
        let within = itself.url.join("/moved").unwrap();
        assert!(
            guard
                .check(within, Hop::Redirect { from: &itself })
                .unwrap()
                .is_exempt
        );
    }
    for text in [
        "http://127.0.0.1/",
        "http://127.0.0.1:8081/",
        "http://127.0.0.2:8080/",
        "https://feeds.lan/",
        "http://feeds.lan:8080/",
        "http://x.feeds.lan:8081/",
    ] {
        assert!(check(text, first).is_err(), "{text}");
    }
    assert!(!check("https://example.org:8443/", first).unwrap().is_exempt);
    for text in ["127.0.0.1", ":80", "", "a b:80", "x:99999", "x:"] {
        assert!(HostPort::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_redirect_may_climb_to_https_and_not_step_down() {
    let guard = Guard::default();
    let check = |text: &str, from: &str| {
        guard
            .check(
                Url::parse(text).unwrap(),
                Hop::Redirect {
                    from: &verdict(from, true).unwrap(),
                },
            )
            .map(|checked| checked.host)
    };
    assert_eq!(
        check("https://example.org/", "http://a.example/").unwrap(),
        "example.org"
    );
    assert_eq!(
        check("http://example.org/", "http://a.example/").unwrap(),
        "example.org"
    );
    assert_eq!(
        check("http://example.org/", "https://a.example/"),
        Err(RefusalReason::Downgrade)
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_guard_panic(text in ".{0,80}") {
        if let Ok(checked) = verdict(&text, true) {
            proptest::prop_assert!(checked.host.contains('.') || checked.host.starts_with('['));
        }
    }
}
