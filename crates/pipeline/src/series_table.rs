use buio_detect::{Evidence, Level, Series, Settings, ln_mean_exp};
use buio_types::{CountryCode, Minute, ServiceId, StatePart, StateRow};

use crate::kept::{CorruptState, Kept};

/// A service in one place; `None` is the world.
type SeriesKey = (ServiceId, Option<CountryCode>);

/// The circumstances in which a report is heard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hearing {
    /// When.
    pub(crate) minute: Minute,
    /// Since when the service could have been heard of.
    pub(crate) live_since: Minute,
    /// How many times its baseline the service brings now for reasons of its neighbours.
    pub(crate) usual: f32,
    /// Whether it has an open incident, from which baselines are shielded.
    pub(crate) has_incident: bool,
}

/// The series of every (service, place).
#[derive(Debug, Clone)]
pub(crate) struct SeriesTable {
    settings: Settings,
    series: Kept<SeriesKey, Series>,
}

impl SeriesTable {
    /// Series kept at most; a service beyond is still counted, but not judged. Smaller → rare
    /// services are blind; larger → memory under a flood of invented names.
    const SERIES_MAX: usize = 200_000;
    /// What a service is taken to bring before anything is known of it, in reports a minute.
    const PRIOR_WORLD: f32 = 0.005;
    /// The same for one country of it.
    const PRIOR_COUNTRY: f32 = 0.002;
    /// Evidence (ln minutes) from which a country stands out, once its service is confirmed: one
    /// country too many in twenty incidents of three hours over sixty countries. The fleet's bar
    /// guards 200,000 series that are all presumed well; these are presumed touched.
    const LN_COUNTRY: f32 = 12.3;

    pub(crate) fn new(settings: Settings) -> Self {
        SeriesTable {
            settings,
            series: Kept::default(),
        }
    }

    /// One report. A series that is new has been silent for as long as it could have been heard.
    pub(crate) fn observe(&mut self, key: &SeriesKey, hearing: &Hearing) {
        let settings = self.settings;
        if self.series.rows().len() >= Self::SERIES_MAX && self.series.get(key).is_none() {
            return;
        }
        let prior = if key.1.is_none() {
            Self::PRIOR_WORLD
        } else {
            Self::PRIOR_COUNTRY
        };
        let series = self.series.edit_or_insert(key, || {
            let mut series = Series::new(hearing.live_since.min(hearing.minute), prior);
            series.advance(&settings, hearing.minute, 1.0);
            series.freeze(hearing.has_incident);
            series
        });
        series.observe(&settings, hearing.minute, 1, hearing.usual);
    }

    /// Silence of all places of a service up to `minute`.
    pub(crate) fn advance(&mut self, service: &ServiceId, minute: Minute, usual: f32) {
        let settings = self.settings;
        self.edit_all(service, |series| series.advance(&settings, minute, usual));
    }

    /// Time in which nobody could have been heard.
    pub(crate) fn mask(&mut self, service: &ServiceId, from: Minute, to: Minute) {
        let settings = self.settings;
        self.edit_all(service, |series| {
            series.advance(&settings, from, 1.0);
            series.mask_until(&settings, to, 1.0);
        });
    }

    /// Shields the baselines of a service from its incident, or lets them learn again.
    pub(crate) fn freeze(&mut self, service: &ServiceId, is_frozen: bool) {
        self.edit_all(service, |series| series.freeze(is_frozen));
    }

    /// Starts the evidence of a service anew: what it rested on is told and over.
    pub(crate) fn clear_evidence(&mut self, service: &ServiceId) {
        self.edit_all(service, Series::clear_evidence);
    }

    /// World and countries combined by averaging e-values, half the weight to each, which is valid
    /// under any dependence; and the countries that stand out.
    pub(crate) fn read(
        &self,
        service: &ServiceId,
        usual: f32,
    ) -> Option<(Evidence, Vec<(CountryCode, Level)>)> {
        let settings = self.settings;
        let mut world = self
            .series
            .get(&(service.clone(), None))?
            .evidence(&settings, usual);
        let places: Vec<(CountryCode, Evidence)> = self
            .of_service(service)
            .filter_map(|(key, series)| Some((key.1?, series.evidence(&settings, usual))))
            .collect();
        let country_weight = 0.5 / places.len().max(1) as f32;
        let mut terms = vec![(0.5, world.ln_e)];
        terms.extend(
            places
                .iter()
                .map(|(_, evidence)| (country_weight, evidence.ln_e)),
        );
        if let Some((_, best)) = places.iter().max_by(|a, b| a.1.ln_e.total_cmp(&b.1.ln_e))
            && best.ln_e > world.ln_e
        {
            world.onset = best.onset;
            world.onset_at = best.onset_at;
        }
        world.ln_e = ln_mean_exp(&terms);
        world.level = Level::of(world.ln_e, &settings);
        let bar = if world.level == Level::Confirmed {
            Self::LN_COUNTRY
        } else {
            settings.ln_suspected
        };
        let standing_out = places
            .into_iter()
            .filter(|(_, evidence)| evidence.ln_e >= bar)
            .map(|(code, evidence)| (code, evidence.level))
            .collect();
        Some((world, standing_out))
    }

    /// The baseline of a service in the world, in reports a minute.
    pub(crate) fn baseline(&self, service: &ServiceId) -> f32 {
        let world = self.series.get(&(service.clone(), None));
        world.map_or(Self::PRIOR_WORLD, Series::baseline_per_min)
    }

    fn of_service(&self, service: &ServiceId) -> impl Iterator<Item = (&SeriesKey, &Series)> {
        let service = service.clone();
        self.series
            .rows()
            .range((service.clone(), None)..)
            .take_while(move |(key, _)| key.0 == service)
    }

    fn edit_all(&mut self, service: &ServiceId, mut edit: impl FnMut(&mut Series)) {
        let keys: Vec<SeriesKey> = self
            .of_service(service)
            .map(|(key, _)| key.clone())
            .collect();
        for key in keys {
            if let Some(series) = self.series.edit(&key) {
                edit(series);
            }
        }
    }

    pub(crate) fn drain(&mut self, into: &mut Vec<StateRow>) {
        self.series.drain(StatePart::Series, into);
    }

    pub(crate) fn restore(&mut self, row: &StateRow) -> Result<(), CorruptState> {
        self.series.restore(row).map(drop)
    }
}
