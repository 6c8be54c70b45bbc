//! Measures the detector against what it promises, seeded and without files:
//! `cargo run --release -p buio-detect --example measure -- delay|null|recall|onset|speed [RUNS]`
//! (`null YEARS [SIGMA]` for one volatility only)
//!
//! The null is a log-normal AR(1) rate (σ, 140 minutes), a day cycle that the detector knows, and
//! negative-binomial minutes (φ 0.2); level, σ and φ are learned by the series itself.
#![expect(clippy::print_stdout, reason = "an example's output is its result")]

use buio_detect::{Evidence, Level, Series, Settings};
use buio_types::Minute;

const START: u32 = 29_000_160;
const DAY: u32 = 1440;

/// xorshift64*.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        (bits as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u32;
        }
        let (mut left, mut n) = (mean, 0);
        loop {
            left -= self.exponential();
            if left < 0.0 {
                return n;
            }
            n += 1;
        }
    }
}

/// A wandering rate: posts per minute of a series that has no incident.
#[derive(Clone, Copy)]
struct Wander {
    base: f64,
    sigma: f64,
    state: f64,
}

impl Wander {
    fn reports(&mut self, random: &mut Random, usual: f64, surge: f64) -> u32 {
        let keep = (-1.0_f64 / 140.0).exp();
        self.state = keep * self.state + (1.0 - keep * keep).sqrt() * random.normal();
        let wander = (self.sigma * self.state - self.sigma * self.sigma / 2.0).exp();
        // Gamma of shape 5 and mean 1: over-dispersion 0.2 within the minute.
        let burst = -(0..5).map(|_| random.uniform().ln()).sum::<f64>() / 5.0;
        random.poisson(self.base * usual * wander * surge * burst)
    }
}

fn usual(minute: u32) -> f64 {
    1.0 + 0.6 * (std::f64::consts::TAU * f64::from(minute % DAY) / f64::from(DAY)).sin()
}

/// One covered minute; the evidence at its end.
fn step(series: &mut Series, settings: &Settings, minute: u32, reports: u32) -> Option<Evidence> {
    let hour_usual = usual(minute - minute % 60 + 30) as f32;
    if reports == 0 {
        // Silence costs nothing until the hour ends.
        if minute % 60 == 59 {
            series.advance(settings, Minute(minute + 1), hour_usual);
        }
        return None;
    }
    series.observe(settings, Minute(minute), reports, hour_usual);
    Some(series.evidence(settings, hour_usual))
}

/// Poisson series at `base`, learned over 60 days; then `multiple` times as much from minute 0:
/// delay (minutes) to `ln_threshold` and the error of the onset.
fn step_change(
    random: &mut Random,
    settings: &Settings,
    (base, multiple): (f64, f64),
    ln_threshold: f32,
) -> (f64, f64) {
    let mut series = Series::new(Minute(START), base as f32);
    for minute in START..START + 60 * DAY {
        let reports = random.poisson(base);
        if reports > 0 {
            series.observe(settings, Minute(minute), reports, 1.0);
        }
    }
    let begin = START + 60 * DAY;
    series.advance(settings, Minute(begin), 1.0);
    let mut now = 0.0;
    loop {
        now += random.exponential() / (base * multiple);
        series.observe(settings, Minute(begin + now as u32), 1, 1.0);
        let evidence = series.evidence(settings, 1.0);
        if evidence.ln_e >= ln_threshold {
            return (now, f64::from(evidence.onset_at.0) - f64::from(begin));
        }
    }
}

const CELLS: [(f64, f64, f64); 12] = [
    (0.01, 3.0, 755.0),
    (0.01, 10.0, 84.7),
    (0.01, 100.0, 4.14),
    (0.1, 3.0, 93.3),
    (0.1, 10.0, 10.1),
    (0.1, 100.0, 0.48),
    (1.0, 3.0, 11.1),
    (1.0, 10.0, 1.18),
    (1.0, 100.0, 0.054),
    (10.0, 3.0, 1.29),
    (10.0, 10.0, 0.13),
    (10.0, 100.0, 0.006),
];

fn delay(runs: u32) {
    println!("base/min  x     exact min  mean min  bar (1.15 exact + 1)  met");
    let settings = Settings::stationary();
    for (base, multiple, exact) in CELLS {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let mut sum = 0.0;
        for _ in 0..runs {
            sum += step_change(&mut random, &settings, (base, multiple), 15.48).0;
        }
        let (mean, bar) = (sum / f64::from(runs), 1.15 * exact + 1.0);
        println!(
            "{base:<9} {multiple:<5} {exact:<10} {mean:<9.3} {bar:<21.2} {} (ratio {:.2})",
            mean <= bar,
            mean / exact
        );
    }
}

fn onset(runs: u32) {
    println!("base/min  x     mean |error| min  mean error min   (fleet settings, confirmed)");
    let settings = Settings::fleet();
    for base in [0.1, 1.0, 10.0] {
        for multiple in [10.0, 30.0, 100.0] {
            let mut random = Random(77);
            let (mut size, mut sum) = (0.0, 0.0);
            for _ in 0..runs {
                let cell = (base, multiple);
                let error = step_change(&mut random, &settings, cell, settings.ln_confirmed).1;
                size += error.abs();
                sum += error;
            }
            let n = f64::from(runs);
            println!("{base:<9} {multiple:<5} {:<17.2} {:.2}", size / n, sum / n);
        }
    }
}

fn null(years: u32, only_sigma: Option<f64>) {
    let settings = Settings::fleet();
    println!(
        "sigma  base/min  years  confirmed  suspected  watch   min confirmed/year  sigma learned"
    );
    for sigma in [0.3, 0.5, 0.7] {
        if only_sigma.is_some_and(|only| only != sigma) {
            continue;
        }
        for base in [0.01, 0.1, 1.0, 10.0] {
            let mut random = Random(4242 + (sigma * 10.0) as u64);
            let (mut opened, mut alarm_minutes, mut learned) = ([0u32; 3], 0u64, 0.0);
            for _ in 0..years {
                let mut series = Series::new(Minute(START), base as f32);
                let mut wander = Wander {
                    base,
                    sigma,
                    state: random.normal(),
                };
                let mut open = [false; 3];
                for minute in START..START + 365 * DAY {
                    let reports = wander.reports(&mut random, usual(minute), 1.0);
                    let Some(evidence) = step(&mut series, &settings, minute, reports) else {
                        continue;
                    };
                    let rungs = [Level::Watch, Level::Suspected, Level::Confirmed];
                    for (idx, rung) in rungs.into_iter().enumerate() {
                        if evidence.level >= rung && !open[idx] {
                            open[idx] = true;
                            opened[idx] += 1;
                        } else if evidence.ln_e < settings.ln_confirmed / 2.0 {
                            open[idx] = false;
                        }
                    }
                    alarm_minutes += u64::from(open[2]);
                }
                learned += f64::from(series.sigma());
            }
            println!(
                "{sigma:<6} {base:<9} {years:<6} {:<10} {:<10} {:<7} {:<19.2} {:.2}",
                opened[2],
                opened[1],
                opened[0],
                alarm_minutes as f64 / f64::from(years),
                learned / f64::from(years)
            );
        }
    }
}

fn recall(runs: u32) {
    let settings = Settings::fleet();
    println!("sigma 0.5; confirmed within 60 minutes, median delay (minutes, of all that confirm)");
    println!("base/min  x     recall 60 min  median");
    for base in [0.01, 0.1, 1.0, 10.0] {
        for surge in [10.0, 30.0, 100.0] {
            let mut random = Random(99);
            let mut delays = Vec::new();
            let mut series = Series::new(Minute(START), base as f32);
            let mut wander = Wander {
                base,
                sigma: 0.5,
                state: random.normal(),
            };
            let mut minute = START;
            for run in 0..runs {
                // Two months of learning, then an outage every day or so, each on its own copy.
                let until = minute + if run == 0 { 60 * DAY } else { 1500 };
                while minute < until {
                    let reports = wander.reports(&mut random, usual(minute), 1.0);
                    step(&mut series, &settings, minute, reports);
                    minute += 1;
                }
                let (mut series, mut wander) = (series, wander);
                let delay = (0..DAY).find(|n| {
                    let reports = wander.reports(&mut random, usual(minute + n), surge);
                    step(&mut series, &settings, minute + n, reports)
                        .is_some_and(|evidence| evidence.level == Level::Confirmed)
                });
                delays.push(delay.map_or(u32::MAX, |n| n + 1));
            }
            delays.sort_unstable();
            let within = delays.iter().filter(|delay| **delay <= 60).count();
            println!(
                "{base:<9} {surge:<5} {:<14.3} {}",
                within as f64 / f64::from(runs),
                delays[delays.len() / 2]
            );
        }
    }
}

/// Nanoseconds that this process has run on a processor (Linux): other work does not count.
fn cpu_nanos() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(f64::NAN)
}

fn speed(rounds: u32) {
    let settings = Settings::fleet();
    println!("base/min  ns a report (observe + evidence)");
    for base in [0.01, 0.1, 1.0, 10.0, 1000.0] {
        let mut random = Random(5);
        let mut now = 0.0;
        let times: Vec<u32> = (0..200_000)
            .map(|_| {
                now += random.exponential() / base;
                START + now as u32
            })
            .collect();
        let mut sum = 0.0;
        let begin = cpu_nanos();
        for _ in 0..rounds {
            let mut series = Series::new(Minute(START), base as f32);
            for minute in &times {
                series.observe(&settings, Minute(*minute), 1, 1.0);
                sum += series.evidence(&settings, 1.0).ln_e;
            }
        }
        let nanos = (cpu_nanos() - begin) / f64::from(rounds) / times.len() as f64;
        println!("{base:<9} {nanos:.0}   (checksum {sum:.0})");
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_default();
    let runs = args.next().and_then(|n| n.parse().ok());
    match what.as_str() {
        "delay" => delay(runs.unwrap_or(400)),
        "onset" => onset(runs.unwrap_or(200)),
        "null" => null(
            runs.unwrap_or(20),
            args.next().and_then(|sigma| sigma.parse().ok()),
        ),
        "recall" => recall(runs.unwrap_or(1000)),
        "speed" => speed(runs.unwrap_or(10)),
        _ => println!("usage: measure delay|null|recall|onset|speed [RUNS]"),
    }
}
