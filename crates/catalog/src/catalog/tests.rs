use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const COUNTRIES: &str = "code\tcontinent\tname\tname_it\tpopulation\tutc_offset_minutes\tlanguages\n\
    GB\tEU\tUnited Kingdom\tRegno Unito\t67000000\t0\ten:1\n\
    IT\tEU\tItaly\tItalia\t59000000\t60\tit:1\n";

const BRANDS: &str = r#"
[[service]]
id = "blip-it"
name = "Blip Italia"
category = "telecom"
aliases = ["blip"]
countries = ["IT"]
yes = ["blip giù", "blip non va"]
no = ["ciao"]

[[service]]
id = "blip-uk"
name = "Blip UK"
category = "telecom"
aliases = ["blip"]
handles = ["BlipCares"]
countries = ["GB"]
yes = ["blip down", "no blip"]
no = ["hello"]
"#;

fn texts(services: &str) -> CatalogTexts<'_> {
    CatalogTexts {
        services: NamedText {
            file: "s.toml",
            text: services,
        },
        phrases: Vec::new(),
        places: NamedText {
            file: "p.tsv",
            text: "name\tcountry\tkind\tpopulation\n",
        },
        countries: NamedText {
            file: "c.tsv",
            text: COUNTRIES,
        },
        weights: NamedText {
            file: "w.toml",
            text: "[weights]\n",
        },
    }
}

/// The first fault of these services contains `expected`.
fn check_fault(services: &str, expected: &str) {
    let faults = Catalog::parse(&texts(services)).expect_err(expected);
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(|fault| fault.contains(expected)),
        "{said:?} lacks {expected:?}"
    );
}

/// The embedded tables, read once for all tests.
fn builtin() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    &CATALOG
}

fn check_hint(hint: &str, expected: &str) {
    let catalog = builtin();
    let id = catalog.resolve_hint(hint).map(|id| id.to_string());
    assert_eq!(id.as_deref(), Some(expected), "{hint}");
}

/// `name` stands in `text` as a word of its own, letter case aside. Scripts without spaces have no
/// words of their own.
fn has_word(text: &str, name: &str) -> bool {
    let is_spaced = |c: char| {
        c.is_alphanumeric() && !matches!(c, '\u{e00}'..='\u{10ff}' | '\u{2e80}'..='\u{ffff}')
    };
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    text.match_indices(&name).any(|(start, found)| {
        let before = text.get(..start).and_then(|part| part.chars().next_back());
        let after = text
            .get(start + found.len()..)
            .and_then(|part| part.chars().next());
        !before.is_some_and(is_spaced) && !after.is_some_and(is_spaced)
    })
}

#[test]
fn the_embedded_data_has_no_fault() {
    let faults = Catalog::parse(&CatalogTexts::builtin())
        .err()
        .unwrap_or_default();
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(
        said.is_empty(),
        "{} faults:\n{}",
        said.len(),
        said.join("\n")
    );
}

#[test]
fn the_embedded_services_are_as_many_as_promised() {
    let catalog = Catalog::builtin();
    assert!(
        catalog.services().len() >= 280,
        "{}",
        catalog.services().len()
    );
    let operators = catalog
        .services()
        .iter()
        .filter(|service| service.category == "telecom");
    let homes: BTreeSet<CountryCode> = operators
        .flat_map(|service| service.countries.iter().copied())
        .collect();
    assert!(homes.len() >= 50, "{}", homes.len());
}

#[test]
fn every_yes_names_its_service_and_no_no_does() {
    let mut wrong = Vec::new();
    for service in builtin().services() {
        let handles: Vec<String> = service
            .handles
            .iter()
            .map(|handle| format!("@{handle}"))
            .collect();
        let names = || service.aliases.iter().chain(&handles);
        for text in &service.yes {
            if !names().any(|name| has_word(text, name)) {
                wrong.push(format!("{}: yes {text:?} holds no alias", service.id));
            }
        }
        for text in &service.no {
            let is_plain = |name: &&String| !service.ambiguous.contains(name);
            if let Some(name) = names().filter(is_plain).find(|name| has_word(text, name)) {
                wrong.push(format!("{}: no {text:?} holds {name:?}", service.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hints_resolve_by_id_alias_handle_and_domain() {
    check_hint("whatsapp", "whatsapp");
    check_hint("#WhatsApp", "whatsapp");
    check_hint("twitter", "x");
    check_hint("face book", "facebook");
    check_hint("ватсап", "whatsapp");
    check_hint("free", "free");
    check_hint("TMobileHelp", "t-mobile-us");
    check_hint("citibanamex", "citibanamex");
    check_hint("web.whatsapp.com", "whatsapp");
    check_hint("playstation_network", "playstation-network");
}

#[test]
fn hints_lose_the_words_of_support_accounts() {
    check_hint("hulu_support", "hulu");
    check_hint("AskPayPal", "paypal");
    check_hint("SpotifyCares", "spotify");
    check_hint("@netflix_help", "netflix");
    check_hint("AskDropboxSupport", "dropbox");
}

#[test]
fn hints_name_a_brand_and_its_country() {
    check_hint("VodafoneUK", "vodafone-uk");
    check_hint("vodafone_in_help", "vi-in");
    check_hint("NetflixIndia", "netflix");
    check_hint("Spotify_BR", "spotify");
    check_hint("Orange Spain", "orange-es");
}

#[test]
fn an_unknown_hint_is_an_ad_hoc_service() {
    check_hint("@ChipotleTweets", "chipotletweets");
    check_hint("Corner Shop", "corner-shop");
    check_hint("vodafone", "vodafone");
    check_hint("support", "support");
    assert_eq!(builtin().resolve_hint("@ #!"), None);
}

#[test]
fn a_shared_alias_lists_every_claim_and_resolves_to_none_of_them() {
    let catalog = Catalog::parse(&texts(BRANDS)).unwrap();
    assert_eq!(catalog.services_with_alias("BLIP"), [0, 1]);
    let id = |hint| catalog.resolve_hint(hint).unwrap().to_string();
    assert_eq!(id("blip"), "blip");
    assert_eq!(id("Blip Italia"), "blip-it");
    assert_eq!(id("Blip Italy"), "blip-it");
    assert_eq!(id("BlipIT"), "blip-it");
    assert_eq!(id("blip_uk_help"), "blip-uk");
    assert_eq!(id("blipcares"), "blip-uk");
}

#[test]
fn services_of_one_country_may_not_share_an_alias() {
    check_fault(
        &BRANDS.replace("\"IT\"", "\"GB\""),
        "\"blip\" is claimed by blip-it too",
    );
    check_fault(
        &BRANDS.replace("countries = [\"IT\"]\n", ""),
        "do not tell them apart",
    );
}

#[test]
fn faulty_services_are_told_with_file_line_and_row() {
    check_fault(
        &BRANDS.replace("name = \"Blip UK\"", ""),
        "s.toml:11: service blip-uk: missing",
    );
    check_fault(
        &BRANDS.replace("handles", "handels"),
        "unknown field `handels`",
    );
    check_fault(
        &BRANDS.replace("\"telecom\"", "\"telco\""),
        "category \"telco\"",
    );
    check_fault(&BRANDS.replace("blip-it", "zzz"), "not sorted by id");
    check_fault(
        &BRANDS.replace("\"GB\"", "\"FR\""),
        "country FR is not in the table",
    );
    check_fault(
        &BRANDS.replace("\"BlipCares\"", "\"@Blip\""),
        "handle \"@Blip\"",
    );
    check_fault(
        &BRANDS.replace("\"no blip\"", "\"\""),
        "empty or has spaces",
    );
    check_fault(
        &BRANDS.replace(", \"no blip\"", ""),
        "at least two yes texts",
    );
    check_fault(
        &BRANDS.replace("name = \"Blip UK\"", "name = \"Blip"),
        "s.toml:13: ",
    );
    let with = |row: &str| BRANDS.replace("handles = [\"BlipCares\"]", row);
    check_fault(&with("provider = \"nobody\""), "provider nobody");
    check_fault(&with("provider = \"blip-uk\""), "circle");
    check_fault(
        &with("ambiguous = [\"blop\"]"),
        "\"blop\" is not among the aliases",
    );
    check_fault(&with("ambiguous = [\"blip\"]"), "no companions");
    check_fault(
        &with("domains = [\"https://blip.uk\"]"),
        "no lower-case host name",
    );
    check_fault(&with("status_page = \"blip.uk\""), "no web address");
}

#[test]
fn all_files_are_read_before_faults_are_reported() {
    let mut all = texts("service = 3");
    all.weights.text = "[weights]\na = 1.0\nb = nan\n";
    all.countries.text = "nothing";
    all.phrases = vec![NamedText {
        file: "it.tsv",
        text: "kind",
    }];
    let faults = Catalog::parse(&all).unwrap_err();
    let files: Vec<(&str, usize)> = faults
        .iter()
        .map(|fault| (fault.file.as_str(), fault.line))
        .collect();
    assert_eq!(
        files,
        [("c.tsv", 1), ("it.tsv", 1), ("s.toml", 1), ("w.toml", 3)]
    );
}

proptest! {
    #[test]
    fn no_hint_panics_and_every_answer_is_a_service_id(hint in ".{0,40}") {
        let catalog = Catalog::parse(&texts(BRANDS)).unwrap();
        if let Some(id) = catalog.resolve_hint(&hint) {
            prop_assert!(ServiceId::parse(id.as_str()).is_ok());
        }
    }
}
