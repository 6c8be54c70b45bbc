use std::collections::{BTreeMap, BTreeSet};

use buio_types::CountryCode;

use crate::NamedText;
use crate::fault::Faults;
use crate::tsv::{self, Row};

/// A name by which people call a country, its people, a region or a city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name as written there.
    pub name: String,
    /// Where it lies.
    pub country: CountryCode,
    /// What it names.
    pub kind: PlaceKind,
    /// Inhabitants; decides between places of one name.
    pub population: u32,
}

/// What a place name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceKind {
    /// The country itself.
    Country,
    /// Its people, or the adjective.
    Demonym,
    /// A part of it.
    Region,
    /// A city or town.
    City,
}

/// What is known of a country.
#[derive(Debug, Clone, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: CountryCode,
    /// `AF`, `AS`, `EU`, `NA`, `SA`, `OC` or `AN`.
    pub continent: String,
    /// English name.
    pub name: String,
    /// Name by ISO 639-1 language, one entry for each `name_<lang>` column.
    pub names: BTreeMap<String, String>,
    /// Inhabitants.
    pub population: u32,
    /// Minutes ahead of UTC where most people live, without summer time.
    pub utc_offset_minutes: i16,
    /// ISO 639-1 language and the share of inhabitants who post in it, 0..=1.
    pub languages: Vec<(String, f32)>,
}

impl Country {
    /// The name in `lang`, English when there is none.
    #[must_use]
    pub fn name_in(&self, lang: &str) -> &str {
        self.names.get(lang).unwrap_or(&self.name)
    }
}

const CONTINENTS: [&str; 7] = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];
const COUNTRY_HEADER: [&str; 4] = ["code", "continent", "name", "name_it"];
const PLACE_HEADER: [&str; 4] = ["name", "country", "kind", "population"];

/// Reads the countries, sorted by code.
pub(crate) fn parse_countries(named: NamedText<'_>, faults: &mut Faults<'_>) -> Vec<Country> {
    let (header, rows) = tsv::rows(named, &COUNTRY_HEADER, faults);
    for column in ["population", "utc_offset_minutes", "languages"] {
        if !header.is_empty() && !header.contains(&column) {
            faults.push(1, format!("no column {column:?}"));
            return Vec::new();
        }
    }
    let mut known = BTreeMap::new();
    for row in &rows {
        match parse_country(&header, row) {
            Ok(country) => {
                let code = country.code;
                if known.insert(code, country).is_some() {
                    faults.push(row.line, format!("country {code} stands here twice"));
                }
            }
            Err(message) => faults.push(row.line, format!("country {}: {message}", row.cell(0))),
        }
    }
    known.into_values().collect()
}

fn parse_country(header: &[&str], row: &Row<'_>) -> Result<Country, String> {
    let column = |name: &str| {
        let idx = header.iter().position(|h| *h == name);
        idx.map(|idx| row.cell(idx)).unwrap_or_default()
    };
    let code = row
        .cell(0)
        .parse::<CountryCode>()
        .map_err(|e| e.to_string())?;
    if code.as_str() != row.cell(0) {
        return Err("code is not in capitals".into());
    }
    let continent = column("continent");
    if !CONTINENTS.contains(&continent) {
        return Err(format!("continent {continent:?} is none of {CONTINENTS:?}"));
    }
    let mut names = BTreeMap::new();
    for (idx, title) in header.iter().enumerate() {
        if let Some(lang) = title.strip_prefix("name_")
            && !row.cell(idx).is_empty()
        {
            names.insert(lang.to_owned(), row.cell(idx).to_owned());
        }
    }
    if column("name").is_empty() || !names.contains_key("it") {
        return Err("name and name_it may not be empty".into());
    }
    let offset = column("utc_offset_minutes");
    let utc_offset_minutes = offset
        .parse::<i16>()
        .ok()
        .filter(|minutes| (-720..=840).contains(minutes))
        .ok_or_else(|| format!("utc_offset_minutes {offset:?} is not within -720..=840"))?;
    Ok(Country {
        code,
        continent: continent.to_owned(),
        name: column("name").to_owned(),
        names,
        population: parse_population(column("population"))?,
        utc_offset_minutes,
        languages: parse_languages(column("languages"))?,
    })
}

fn parse_population(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("population {text:?} is no whole number below 2^32"))
}

fn parse_languages(text: &str) -> Result<Vec<(String, f32)>, String> {
    let mut languages = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let parsed = part.split_once(':').and_then(|(lang, share)| {
            let share = share.trim().parse::<f32>().ok()?;
            let is_code =
                (2..=3).contains(&lang.len()) && lang.bytes().all(|b| b.is_ascii_lowercase());
            (is_code && (0.0..=1.0).contains(&share)).then(|| (lang.to_owned(), share))
        });
        match parsed {
            Some(language) => languages.push(language),
            None => return Err(format!("language {part:?} is not written like it:0.95")),
        }
    }
    Ok(languages)
}

/// Reads the place names in the file's order.
pub(crate) fn parse_places(
    named: NamedText<'_>,
    countries: &[Country],
    faults: &mut Faults<'_>,
) -> Vec<Place> {
    let codes: BTreeSet<CountryCode> = countries.iter().map(|country| country.code).collect();
    let (_, rows) = tsv::rows(named, &PLACE_HEADER, faults);
    let mut known = BTreeSet::new();
    let mut places = Vec::new();
    for row in &rows {
        match parse_place(row, &codes) {
            Ok(place) => {
                if known.insert((place.name.clone(), place.country, place.kind)) {
                    places.push(place);
                } else {
                    faults.push(
                        row.line,
                        format!("place {:?} stands here twice", place.name),
                    );
                }
            }
            Err(message) => faults.push(row.line, format!("place {:?}: {message}", row.cell(0))),
        }
    }
    places
}

fn parse_place(row: &Row<'_>, codes: &BTreeSet<CountryCode>) -> Result<Place, String> {
    if row.cell(0).is_empty() {
        return Err("has no name".into());
    }
    let country = row
        .cell(1)
        .parse::<CountryCode>()
        .map_err(|e| e.to_string())?;
    if !codes.contains(&country) {
        return Err(format!(
            "country {country} is not in the table of countries"
        ));
    }
    let kind = match row.cell(2) {
        "country" => PlaceKind::Country,
        "demonym" => PlaceKind::Demonym,
        "region" => PlaceKind::Region,
        "city" => PlaceKind::City,
        other => {
            return Err(format!(
                "{other:?} is none of country, demonym, region, city"
            ));
        }
    };
    Ok(Place {
        name: row.cell(0).to_owned(),
        country,
        kind,
        population: parse_population(row.cell(3))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RowFault;

    const COUNTRIES: &str = "code\tcontinent\tname\tname_it\tpopulation\tutc_offset_minutes\tlanguages\n\
        IT\tEU\tItaly\tItalia\t59000000\t60\tit:0.95,de:0.05\n";

    fn countries(text: &str) -> (Vec<Country>, Vec<RowFault>) {
        let mut list = Vec::new();
        let named = NamedText {
            file: "countries.tsv",
            text,
        };
        let found = parse_countries(named, &mut Faults::new(named.file, &mut list));
        (found, list)
    }

    fn check_country(row: &str, expected: &str) {
        let text = format!("{COUNTRIES}{row}\n");
        let (found, faults) = countries(&text);
        assert_eq!(found.len(), 1, "{row}");
        let said = faults.first().map(ToString::to_string).unwrap_or_default();
        assert!(
            said.starts_with("countries.tsv:3: ") && said.contains(expected),
            "{said}"
        );
    }

    #[test]
    fn a_country_has_a_name_in_each_language_of_the_header() {
        let (found, faults) = countries(COUNTRIES);
        assert_eq!(faults, vec![]);
        assert_eq!(found[0].name_in("it"), "Italia");
        assert_eq!(found[0].name_in("xx"), "Italy");
        assert_eq!(
            found[0].languages,
            [("it".to_owned(), 0.95), ("de".to_owned(), 0.05)]
        );
    }

    #[test]
    fn faulty_countries_are_told_by_line() {
        check_country("XX\tQQ\tNowhere\tMai\t1\t0\t", "continent \"QQ\"");
        check_country("xx\tEU\tNowhere\tMai\t1\t0\t", "not in capitals");
        check_country("XX\tEU\tNowhere\tMai\tmany\t0\t", "population");
        check_country("XX\tEU\tNowhere\tMai\t1\t2000\t", "utc_offset_minutes");
        check_country("XX\tEU\tNowhere\tMai\t1\t0\tit=1", "it:0.95");
        check_country("XX\tEU\tNowhere\t\t1\t0\t", "name_it");
        check_country("IT\tEU\tItaly\tItalia\t1\t0\t", "twice");
    }

    #[test]
    fn a_place_lies_in_a_known_country() {
        let (known, _) = countries(COUNTRIES);
        let text = "name\tcountry\tkind\tpopulation\n\
            Roma\tIT\tcity\t2800000\nParis\tFR\tcity\t1\nRoma\tIT\ttown\t1\nRoma\tIT\tcity\t1\n";
        let mut list = Vec::new();
        let named = NamedText {
            file: "places.tsv",
            text,
        };
        let mut faults = Faults::new(named.file, &mut list);
        let places = parse_places(named, &known, &mut faults);
        assert_eq!(places.len(), 1);
        let said: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert!(
            said[0].contains("places.tsv:3") && said[0].contains("FR"),
            "{said:?}"
        );
        assert!(said[1].contains("\"town\""), "{said:?}");
        assert!(said[2].contains("twice"), "{said:?}");
    }
}
