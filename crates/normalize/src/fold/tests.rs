use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &str) {
    let folded = fold(text);
    assert_eq!(folded, expected, "{text:?}");
    assert!(
        matches!(fold(&folded), Cow::Borrowed(_)),
        "{text:?} folds to {folded:?}, which is not borrowed"
    );
}

#[test]
fn case_and_width_do_not_matter() {
    check("WhatsApp DOWN", "whatsapp down");
    check("Ｗｈａｔｓａｐｐ　ｄｏｗｎ", "whatsapp down");
    check("𝐖𝐡𝐚𝐭𝐬𝐀𝐩𝐩 ⓓⓞⓦⓝ ᴅᴏᴡɴ 🅳🅾🆆🅽", "whatsapp down down down");
    check("ΕΊΝΑΙ ΠΕΣΜΈΝΟΣ", "ειναι πεσμενοσ");
    check("СБЕР УПАЛ", "сбер упал");
    check("İSTANBUL'da KAPALI ısı", "istanbul'da kapali isi");
    check("ＤＯＷＮ！？", "down!?");
    check("ﾗｲﾝ 障害 ｶﾞ", "ライン 障害 ガ");
    check("ﬁne ½ №5 ™", "fine 1⁄2 no5 tm");
}

#[test]
fn accents_of_latin_and_greek_letters_go_and_letters_of_their_own_stay() {
    check("È caído, não está à noite", "e caido, nao esta a noite");
    check(
        "e\u{301}te\u{301} z\u{335}a\u{327}l\u{489}g\u{20dd}o",
        "ete zalgo",
    );
    check(
        "Łódź đang ngắt, Straße Ærø Þór",
        "lodz dang ngat, strasse aero thor",
    );
    check("ещё не работает, сво\u{301}й", "еще не работает, свой");
    check("Київ її ґанок ў", "київ її ґанок ў");
    check("Άμεσα ΐ", "αμεσα ι");
}

#[test]
fn marks_that_are_spelling_stay() {
    check("ใช้ไม่ได้ ล่ม", "ใช้ไม่ได้ ล่ม");
    check("व्हाट्सएप बंद है", "व्हाट्सएप बंद है");
    check("か\u{3099} 안됨 가", "が 안됨 가");
    check("வாட்ஸ்அப் வேலை செய்யவில்லை", "வாட்ஸ்அப் வேலை செய்யவில்லை");
}

#[test]
fn arabic_and_hebrew_are_written_without_points_and_variants() {
    check("الواتسـاب مُعطَّل أإآٱ", "الواتساب معطل ااا");
    check("فیلترینگ کار نمی\u{200c}کند", "فيلترينگ كار نميكند");
    check("سيئة على سؤال", "سيئه علي سؤال");
    check("וואטסאפּ נָפַל", "וואטסאפ נפל");
}

#[test]
fn numbers_are_written_in_ascii_digits() {
    check("منذ ٣ ساعات ۴۵", "منذ 3 ساعات 45");
    check("३ घंटे ๑๒ ৩", "3 घंटे 12 3");
}

#[test]
fn invisible_characters_go() {
    check(
        "wh\u{200b}ats\u{ad}app\u{202e} d\u{2060}own\u{feff}",
        "whatsapp down",
    );
    check("ok\u{0} \u{1b}[31m", "ok [31m");
    check("❤\u{fe0f} 👨\u{200d}👩", "❤ 👨👩");
}

#[test]
fn look_alikes_become_latin_only_inside_mixed_words() {
    check("whаtsаpp", "whatsapp");
    check("WHАТSАРР", "whatsapp");
    check("Fасebook Tеlеgrаm", "facebook telegram");
    check("сервер не отвечает", "сервер не отвечает");
    check("iPhoneом vpnы", "iphoneом vpnы");
    check("µTorrent", "utorrent");
}

#[test]
fn elongations_are_shortened() {
    check("downnnn noooo whyyy", "down no why");
    check(
        "WWW aaaaaa ㅋㅋㅋㅋㅋ",
        "www aaa ㅋㅋㅋ".nfkc().collect::<String>().as_str(),
    );
    check("5000000 coool!!! book", "5000000 col!!! book");
    check("لاااااا يعمل", "لا يعمل");
    check("ล่มมมมม", "ล่ม");
    check("#whatsappproblem", "#whatsappproblem");
}

#[test]
fn quotes_dashes_and_white_space_are_plain() {
    check("it’s “down” – can`t", "it's \"down\" - can't");
    check("  a\t\u{a0} b\r\n\u{3000}c  ", "a b c");
    check("", "");
    check(" ", "");
    check("об’єкт ʼn", "об'єкт 'n");
}

#[test]
fn normal_text_is_borrowed() {
    for text in [
        "whatsapp is down",
        "e giu!",
        "не работает",
        "ใช้ไม่ได้",
        "障害 発生",
        "안됨",
    ] {
        assert!(matches!(fold(text), Cow::Borrowed(_)), "{text}");
    }
}

/// Pieces that fold in unlike ways or act on each other, separated by `|`.
const AWKWARD: &str = "a|A|n|nnn|о|О|У|у|\u{306}|\u{308}|\u{301}|и|Й|І|ї|α|Υ|ν|µ|ß|ẞ|İ|ı|ς|Σ|ه|ى|ی|\u{654}|\
    \u{653}|ا|و|\u{64b}|ـ|שּׁ|\u{5b8}|क|\u{93c}|\u{94d}|\u{9bc}|\u{9c7}|\u{9be}|\u{e48}|\u{e38}|\u{e33}|ก|か|\
    \u{3099}|ｶ|ﾞ|ᄀ|ᅡ|ᆨ|ㄱ|ㅏ|가|\u{200d}|\u{200b}|\u{fe0f}|\u{34f}| |\u{3000}|\n|´|`|’|“|…|ﷺ|ﬃ|①|🅰|ᴀ|🇮|😀|#|@|_|-|\
    １|٣|\u{345}|\u{f71}|\u{f72}|\u{f74}|\u{1100}|\u{302e}|\u{1d165}|\u{16129}|\u{1611e}|\u{0}|ǅ|ŉ|ϴ|Ω|K|ᾳ|ᾼ|\
    \u{37a}|\u{385}|・|ー|\u{cc6}|\u{cc2}|\u{cd5}|\u{ddd}|\u{1025}|\u{102e}";

fn awkward_text() -> impl Strategy<Value = String> {
    let pieces = proptest::sample::select(AWKWARD.split('|').collect::<Vec<_>>());
    proptest::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

fn fully(text: &str) -> String {
    let mut shortened = Vec::new();
    let mut emitter = Emitter::new("", 0, &mut shortened);
    fold_fully(text, &mut emitter);
    emitter.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn folding_twice_is_folding_once(text in "\\PC{0,40}|(?s).{0,40}") {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded.clone());
    }

    #[test]
    fn folding_awkward_text_twice_is_folding_once(text in awkward_text()) {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded.clone());
    }

    #[test]
    fn the_simple_way_and_the_full_way_agree(text in awkward_text()) {
        prop_assert_eq!(fold(&text), fully(&text));
    }

    #[test]
    fn the_two_ways_agree_on_any_text(text in "(?s).{0,40}") {
        prop_assert_eq!(fold(&text), fully(&text));
    }

    #[test]
    fn folded_text_has_no_blank_to_spare(text in awkward_text()) {
        let folded = fold(&text);
        prop_assert!(!folded.contains("  ") && folded.trim() == folded);
    }
}

#[test]
fn every_character_folds_to_a_fixed_point_by_both_ways() {
    // The planes beyond hold rare ideographs, private use and nothing.
    for c in ('\0'..='\u{1ffff}')
        .chain('\u{2f800}'..='\u{2fa1f}')
        .chain('\u{e0000}'..='\u{e01ff}')
    {
        let text = c.to_string();
        let folded = fold(&text).into_owned();
        assert_eq!(fold(&folded), folded, "{c:?} U+{:04X}", u32::from(c));
        assert_eq!(fully(&text), folded, "{c:?} U+{:04X}", u32::from(c));
    }
}

#[test]
fn the_ascii_entries_are_what_the_full_way_gives() {
    for code in 0..128u8 {
        assert_eq!(
            Entry::ascii(code),
            Entry::compute(char::from(code)),
            "{code}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4096) })]

    #[test]
    fn the_two_ways_agree_on_runs_of_ascii(text in "[aA é#!' `\t_1е]{0,24}") {
        prop_assert_eq!(fold(&text), fully(&text));
    }
}
