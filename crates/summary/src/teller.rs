use buio_catalog::Catalog;
use buio_types::{CountryCode, ServiceId, Share, Timestamp};

use crate::clean::{NAME_MAX, clean};
use crate::language::{Counted, Words, fill};
use crate::moment::{Civil, local_offset};

/// Says numbers, times, names and lists in a language.
pub(crate) struct Teller<'a> {
    pub(crate) words: &'static Words,
    pub(crate) catalog: &'a Catalog,
    /// The day that times are told without: the start's, in UTC.
    pub(crate) day: Timestamp,
    /// The country whose local time is told.
    pub(crate) home: Option<CountryCode>,
}

impl Teller<'_> {
    /// A whole number with the language's separators.
    pub(crate) fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut grouped = String::new();
        for (nth, digit) in digits.chars().enumerate() {
            if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
                grouped.push_str(&self.words.thousands);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// A number that need not be whole: one decimal below ten, none above.
    pub(crate) fn roughly(&self, x: f64) -> String {
        let tenths = (x.clamp(0.0, 1e15) * 10.0).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=1e16"
        )]
        let tenths = tenths as u64;
        if tenths >= 100 || tenths.is_multiple_of(10) {
            self.number((tenths + 5) / 10)
        } else {
            format!(
                "{}{}{}",
                self.number(tenths / 10),
                self.words.decimal,
                tenths % 10
            )
        }
    }

    /// A share of 0..=1 as a percentage; a share that is not none is never told as 0.
    pub(crate) fn percent(&self, share: f64) -> String {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=100"
        )]
        let percent = (share.clamp(0.0, 1.0) * 100.0).round() as u64;
        let n = if percent == 0 && share > 0.0 {
            "<1".to_owned()
        } else {
            percent.to_string()
        };
        fill(&self.words.percent, &[("n", &n)])
    }

    /// A counted phrase; `values` are further slots.
    pub(crate) fn counted(&self, counted: &Counted, n: u64, values: &[(&str, &str)]) -> String {
        let number = self.number(n);
        let mut slots = vec![("n", number.as_str())];
        slots.extend_from_slice(values);
        fill(counted.form(self.words.plural, n), &slots)
    }

    /// UTC, with the day unless it is the start's.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        if Civil::at(at, 0).is_same_day(Civil::at(self.day, 0)) {
            fill(
                &self.words.time.moment,
                &[("time", &clock(Civil::at(at, 0)))],
            )
        } else {
            self.moment_with_day(at)
        }
    }

    pub(crate) fn moment_with_day(&self, at: Timestamp) -> String {
        let civil = Civil::at(at, 0);
        let slots = [("time", clock(civil)), ("day", self.date(civil))];
        fill(
            &self.words.time.moment_with_day,
            &slots
                .each_ref()
                .map(|(slot, value)| (*slot, value.as_str())),
        )
    }

    /// The local time of the country most concerned, in brackets; empty when there is none to
    /// tell or it is UTC.
    pub(crate) fn local(&self, at: Timestamp) -> String {
        let country = self.home.and_then(|code| self.catalog.country(code));
        let Some(country) = country else {
            return String::new();
        };
        let Some(offset) = local_offset(country.code, country.utc_offset_minutes, at) else {
            return String::new();
        };
        let local = Civil::at(at, offset);
        let time = &self.words.time;
        let is_same_day = local.is_same_day(Civil::at(at, 0));
        let template = if is_same_day {
            &time.local
        } else {
            &time.local_with_day
        };
        let name = country.name_in(&self.words.code);
        fill(
            template,
            &[
                ("time", &clock(local)),
                ("day", &self.date(local)),
                ("country", name),
            ],
        )
    }

    fn date(&self, civil: Civil) -> String {
        let month = usize::try_from(civil.month - 1)
            .ok()
            .and_then(|nth| self.words.time.months.get(nth));
        let time = &self.words.time;
        let template = if civil.day == 1 {
            &time.first_day
        } else {
            &time.day
        };
        let (day, year) = (civil.day.to_string(), civil.year.to_string());
        fill(
            template,
            &[
                ("day", &day),
                ("month", month.map_or("", String::as_str)),
                ("year", &year),
            ],
        )
    }

    /// Days, hours and minutes: the two largest that are not zero.
    pub(crate) fn duration(&self, secs: i64) -> String {
        let minutes = secs.unsigned_abs() / 60;
        let time = &self.words.time;
        let parts = [
            (&time.days, minutes / (24 * 60)),
            (&time.hours, minutes / 60 % 24),
            (&time.minutes, minutes % 60),
        ];
        let told: Vec<String> = parts
            .iter()
            .skip_while(|(_, n)| *n == 0)
            .take(2)
            .filter(|(_, n)| *n > 0)
            .map(|(counted, n)| self.counted(counted, *n, &[]))
            .collect();
        if told.is_empty() {
            time.less_than_a_minute.clone()
        } else {
            told.join(&time.joint)
        }
    }

    pub(crate) fn country(&self, code: CountryCode) -> String {
        self.catalog.country(code).map_or_else(
            || code.to_string(),
            |country| country.name_in(&self.words.code).to_owned(),
        )
    }

    pub(crate) fn service(&self, id: &ServiceId) -> String {
        let name = self
            .catalog
            .service(id.as_str())
            .map_or(id.as_str(), |service| service.name.as_str());
        clean(name, NAME_MAX)
    }

    /// `a, b and c`.
    pub(crate) fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => {
                format!("{}{}{last}", first.join(&self.words.comma), self.words.and)
            }
        }
    }

    /// `name (share)` for each named part, in its words if the language has some.
    pub(crate) fn shares(
        &self,
        shares: &[Share],
        names: impl Fn(&str) -> Option<String>,
    ) -> String {
        let items: Vec<String> = shares
            .iter()
            .map(|share| {
                let name = names(&share.id)
                    .unwrap_or_else(|| clean(&share.id.replace('-', " "), NAME_MAX));
                self.share(&name, share.share)
            })
            .collect();
        self.list(&items)
    }

    pub(crate) fn share(&self, name: &str, share: f64) -> String {
        fill(
            &self.words.sentence.share,
            &[("name", name), ("share", &self.percent(share))],
        )
    }

    pub(crate) fn quotation(&self, text: &str) -> String {
        fill(&self.words.quotation, &[("text", text)])
    }
}

fn clock(civil: Civil) -> String {
    format!("{:02}:{:02}", civil.hour, civil.minute)
}
