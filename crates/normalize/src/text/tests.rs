use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{fingerprint, is_near_duplicate};

fn normalizer() -> &'static Normalizer {
    static NORMALIZER: LazyLock<Normalizer> = LazyLock::new(|| {
        Normalizer::new([
            "WhatsApp",
            "Instagram",
            "facebook",
            "LINE",
            "Vodafone",
            "down",
            "caído",
            "障害",
            "Telegram",
            "not working",
        ])
    });
    &NORMALIZER
}

fn check(text: &str, expected: &str) {
    let normalizer = normalizer();
    let normal = normalizer.normalize(text);
    assert_eq!(normal.text, expected, "{text}");
    assert_eq!(
        normalizer.normalize(&normal.text).text,
        expected,
        "again: {text}"
    );
}

#[test]
fn hashtags_become_their_words_in_place() {
    check("oh no #whatsappdown again", "oh no whatsapp down again");
    check("#InstagramCaído!", "instagram caido !");
    check("#LINE障害 発生中", "line 障害 発生中");
    check("(#facebook_down)", "( facebook down )");
    check("#vodafonedown2024", "vodafone down 2024");
    check(
        "#WhatsAppProblemi #WHATSAPPDOWNNNN",
        "whatsapp problemi whatsapp down",
    );
    check("#ServiceTelegramInMilano", "service telegram in milano");
    check(
        "＃Telegram落ちた障害#LINE障害",
        "telegram 落ちた 障害 line 障害",
    );
    check("#whatsapp#down", "whatsapp down");
}

#[test]
fn hashtags_without_known_words_and_other_signs_stay() {
    check("#MondayMood #1 # c#sharp", "#mondaymood #1 # c#sharp");
    check("room#whatsappdown", "room#whatsappdown");
}

#[test]
fn found_hashtags_are_told() {
    let normal = normalizer().normalize("#WhatsAppDown #Lunedì").hashtags;
    let expected = [("whatsappdown", "whatsapp down"), ("lunedi", "lunedi")];
    let expected = expected.map(|(tag, words)| Hashtag {
        tag: tag.into(),
        words: words.into(),
    });
    assert_eq!(normal, expected);
}

#[test]
fn mentions_are_one_token() {
    check("@WhatsApp is it down?", "@whatsapp is it down?");
    check(
        "hey @anna@mastodon.social, @115858: @vodafone_de.",
        "hey @anna, @115858: @vodafone_de.",
    );
    check("mail me@home.it @ noon", "mail me@home.it @ noon");
    check("障害@LINE_tw가", "障害@line_tw가");
    let mentions = normalizer()
        .normalize("@A_b @c@d.e @user.bsky.social x@y")
        .mentions;
    assert_eq!(mentions, ["a_b", "c", "user.bsky.social"]);
}

#[test]
fn links_are_cut_out_and_their_hosts_kept() {
    check("down https://t.co/AbC now", "down now");
    check("www.Example.com/a?b#whatsappdown: giu", ": giu");
    check("(see https://example.org/x).", "(see ).");
    check("障害https://t.co/xを見て", "障害 を見て");
    check("telegram down http", "telegram down");
    check("telegram down https:/…", "telegram down");
    check("http error 503", "http error 503");
    check("HTTP://", "");
    let text = "https://Us:pw@www.Example.org:8080/p http://t.co www.buio.it/x";
    assert_eq!(
        normalizer().normalize(text).links,
        ["example.org", "t.co", "buio.it"]
    );
}

#[test]
fn entities_are_decoded() {
    check("AT&amp;T isn&#39;t &gt;:( &amp;lt;3", "at&t isn't >:( <3");
    check("Tom &amp; #WhatsAppCaído", "tom & whatsapp caido");
    check("＆ａｍｐ；", "&");
}

#[test]
fn doubled_letters_of_known_words_survive_elongation() {
    check("whatsapppp downnnn, facebooook", "whatsapp down, facebook");
    check("telegrammm nooo", "telegram no");
}

#[test]
fn normal_text_is_borrowed() {
    for text in [
        "whatsapp is down",
        "@whatsapp is down",
        "#mondaymood at home",
        "ล่ม",
    ] {
        assert!(
            matches!(normalizer().normalize(text).text, Cow::Borrowed(_)),
            "{text}"
        );
    }
}

#[test]
fn the_fingerprint_ignores_case_accents_and_links() {
    let of = |text: &str| fingerprint(&normalizer().normalize(text).text);
    let plain = of("whatsapp e giu in tutta italia da stasera");
    assert_eq!(
        of("WhatsApp è giù in tutta Italia da stasera https://t.co/a1"),
        plain
    );
    assert_eq!(of("#WhatsApp è GIÙ in tutta Italia, da stasera!"), plain);
    assert!(!is_near_duplicate(
        of("whatsapp is down in milan"),
        of("instagram is down in paris")
    ));
}

fn awkward_text() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(vec![
        "#", "@", "＃", "＠", "whatsapp", "WhatsApp", "Down", "down", "ппп", "ppp", "障害", "LINE",
        "_", "a", "B", "oо", "е", "http", "https", "://", "HTTP://", "www.", ".", ":", "/", "…",
        " ", "&", "amp;", "&amp;", "&#35;", "&#x41;", ";", "x.org", "\u{e48}", "が", "\u{301}",
        "1", "\u{200b}", "'", "(", ")", "é", "-", "ss", "ᴡ", "ᴴ", "ﬀ", "caído", "가",
    ]);
    proptest::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn normalising_twice_is_normalising_once(text in awkward_text()) {
        let normalizer = normalizer();
        let once = normalizer.normalize(&text).text.into_owned();
        prop_assert_eq!(&normalizer.normalize(&once).text, &once);
        prop_assert_eq!(fold(&once), once.as_str());
    }

    #[test]
    fn normalising_any_text_twice_is_normalising_once(text in "(?s).{0,60}") {
        let normalizer = normalizer();
        let once = normalizer.normalize(&text).text.into_owned();
        prop_assert_eq!(&normalizer.normalize(&once).text, &once);
    }
}
