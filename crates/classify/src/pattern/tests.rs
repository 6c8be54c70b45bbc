use super::*;

/// Whether `phrase` stands in `text`, where `service` (if it occurs) is a service's name.
fn check(phrase: &str, text: &str, service: &str, expected: bool) {
    let pattern = Pattern::parse(phrase).unwrap();
    let text = fold(text).into_owned();
    let names: Vec<_> = text
        .match_indices(service)
        .filter(|_| !service.is_empty())
        .map(|(start, name)| {
            let bare_end = start + name.len();
            // Endings only, as the lexicon would take them.
            let n_ending = text
                .get(bare_end..)
                .unwrap()
                .chars()
                .take_while(char::is_ascii_lowercase)
                .count();
            NameSpan {
                start,
                end: bare_end + n_ending,
                bare_end,
            }
        })
        .collect();
    let scene = Scene {
        text: &text,
        names: &names,
    };
    let found = text
        .match_indices(pattern.anchor())
        .any(|(at, hit)| pattern.verify(&scene, at, at + hit.len()).is_some());
    assert_eq!(found, expected, "{phrase:?} in {text:?}: {pattern:?}");
}

#[test]
fn words_match_whole_words() {
    check("non va", "oggi non va nulla", "", true);
    check("non va", "oggi non vale", "", false);
    check("non va", "oggi non, va", "", false);
}

#[test]
fn tildes_take_endings_and_beginnings() {
    check("funktionier~ nicht", "es funktioniert nicht", "", true);
    check(
        "~laden nicht",
        "kann es nicht herunterladen nicht wahr",
        "",
        true,
    );
    check("laden nicht", "kann es herunterladen nicht wahr", "", false);
    check("no * funcion~", "no me esta funcionando", "", true);
}

#[test]
fn gaps_hold_up_to_three_words_and_no_sentence_end() {
    check("can't * in", "I can't even get signed in", "", true);
    check("can't * in", "I can't even try to get in", "", false);
    check("can't * in", "I can't. come in", "", false);
}

#[test]
fn slots_hold_a_name() {
    check("{S} is down", "wow whatsapp is down", "whatsapp", true);
    check("{S} is down", "wow this is down", "whatsapp", false);
    check("is {S} down", "is whatsapp down?", "whatsapp", true);
    check("#{S}down", "#whatsapp down", "whatsapp", true);
    check("{S}down", "whatsapp down", "whatsapp", true);
    check("because of {S}", "all because of aws", "aws", true);
    check("{S}nya down", "telegramnya down", "telegram", true);
    check("عطل ب{S}", "في عطل بانستقرام شكلها", "انستقرام", true);
}

#[test]
fn scripts_without_blanks_need_no_boundary() {
    check("{S}障害", "またLINE障害か", "line", true);
    check("{S} 落ち~", "LINEが落ちた", "line", true);
    check("ใช้ไม่ได้", "เน็ตใช้ไม่ได้เลย", "", true);
    check("{S} ล่ม", "เฟซบุ๊กล่มอีกแล้ว", "เฟซบุ๊ก", true);
}

#[test]
fn numbers_may_touch_their_unit() {
    check("{N} h", "panne depuis 3h", "", true);
    check("depuis {N} jours", "depuis 12 jours", "", true);
    check("since {N}", "since 11:30", "", true);
    check("since {N}", "since noon", "", false);
}

#[test]
fn arabic_and_takes_no_blank() {
    check("ما يفتح", "النت بطيء وما يفتح", "", true);
}
