//! The command line: names, defaults and help, nothing that runs.

use std::path::PathBuf;

use buio_detect::Settings;
use buio_summary::Language;
use buio_types::{CountryCode, Timestamp};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Listens to public posts and says which online services have gone dark, where, since when,
/// and how sure it is.
#[derive(Debug, Parser)]
#[command(
    name = "buio",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// Says less on stderr.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the daemon: sources, detection, database.
    #[command(after_help = "Example: buio run --db ./buio.db")]
    Run(RunArgs),
    /// Feeds recorded posts through the very same pipeline, on the posts' own clock.
    #[command(
        after_help = "Example: buio replay data/scenarios/whatsapp-2017-05-03.ndjson \
                            --db night.db"
    )]
    Replay(ReplayArgs),
    /// Reads posts and prints what each claims, one line a post.
    #[command(
        after_help = "Example: echo '{\"id\":\"1\",\"source\":\"x\",\"text\":\"whatsapp is \
                            down\"}' | buio classify"
    )]
    Classify {
        /// Posts, one JSON object a line; `-` is stdin.
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Shows a person how a text is read: every cue, its weight, the countries.
    #[command(after_help = "Example: buio explain \"whatsapp giù a Milano, anche a voi?\"")]
    Explain {
        /// The text of a post.
        text: String,
        /// The language the post declares (BCP 47).
        #[arg(long)]
        lang: Option<String>,
        /// A service that the post's context binds it to.
        #[arg(long)]
        service: Option<String>,
    },
    /// Scores any series of counts (CSV: timestamp,value), strictly online.
    #[command(after_help = "Example: buio detect reports.csv --output csv")]
    Detect(DetectArgs),
    /// Queries the incidents in the database.
    Incidents(IncidentsArgs),
    /// Writes the alert summary of an incident.
    Summary(SummaryArgs),
    /// Measures the classifier on labelled posts.
    Eval {
        /// Posts with a `label`: down, degraded, back, ack, past or none; `-` is stdin.
        file: PathBuf,
        /// `table` or `json`.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Replays recorded posts against known events: found, missed, false, delays.
    Backtest {
        /// Posts, one JSON object a line.
        file: PathBuf,
        /// Known events: a JSON array of {service, start, end, country?, dataset?}.
        #[arg(long)]
        truth: PathBuf,
        /// `table` or `json`.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Runs one reading SQL statement over the documented views (v1_…).
    #[command(after_help = "Example: buio query \"SELECT id, state, reports FROM v1_incidents\"")]
    Query {
        /// The statement.
        sql: String,
        #[command(flatten)]
        database: Database,
        /// How to print the rows.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Lists the catalogue of services.
    Services {
        /// Only those whose id, name or alias contains this.
        filter: Option<String>,
        /// How to print the rows.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Shows each source's health and lag.
    Sources {
        #[command(flatten)]
        database: Database,
        /// How to print the rows.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Validates the configuration and the data files that it names.
    Check {
        /// The file; otherwise the usual places are searched.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Prints the effective configuration, secrets masked.
    Config {
        /// The file; otherwise the usual places are searched.
        #[arg(long)]
        config: Option<PathBuf>,
    },
}

/// Which database to read.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// SQLite file; otherwise the configured or usual place.
    #[arg(long)]
    pub(crate) db: Option<PathBuf>,
    /// Configuration that names the database.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The file; otherwise the usual places are searched, then built-in defaults apply.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// SQLite file.
    #[arg(long)]
    pub(crate) db: Option<PathBuf>,
    /// Plays recorded posts instead of asking live sources.
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
    /// How fast to play: `max`, or a multiple of real time.
    #[arg(long, default_value = "1", requires = "replay")]
    pub(crate) speed: Speed,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Recorded posts; several files merge by time; `-` is stdin.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// SQLite file. Repeating the command continues after a stop. Without it the database is in
    /// memory.
    #[arg(long)]
    pub(crate) db: Option<PathBuf>,
    /// What the files hold.
    #[arg(long, value_enum, default_value_t = RecordFormat::Buio)]
    pub(crate) format: RecordFormat,
    /// How fast to play: `max`, or a multiple of real time.
    #[arg(long, default_value = "max")]
    pub(crate) speed: Speed,
    /// A bad line is an error instead of a counted drop.
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to print incident events.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct DetectArgs {
    /// CSV file: column 1 is the time, column 2 the value; further columns pass through.
    pub(crate) file: PathBuf,
    /// `sensitive` (default), `cautious` or `fleet`.
    #[arg(long, default_value = "sensitive", value_parser = preset)]
    pub(crate) preset: Settings,
    /// Only `csv` is offered.
    #[arg(long, value_enum, default_value_t = CsvOnly::Csv)]
    pub(crate) output: CsvOnly,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct IncidentsArgs {
    #[command(subcommand)]
    pub(crate) action: Option<IncidentsAction>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentsAction {
    /// Lists incidents, newest first (the default).
    List(ListArgs),
    /// Shows one incident with its history.
    Show {
        /// The incident's id.
        id: String,
        #[command(flatten)]
        database: Database,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
    /// Prints the latest steps and then follows until interrupted.
    Tail {
        #[command(flatten)]
        database: Database,
        /// Prints what there is and stops.
        #[arg(long)]
        no_follow: bool,
        /// How to print steps.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        output: Format,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) database: Database,
    /// Only of this service.
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// Only those that list this country (ISO 3166-1 alpha-2).
    #[arg(long)]
    pub(crate) country: Option<CountryCode>,
    /// Only in this state.
    #[arg(long, value_enum)]
    pub(crate) state: Option<State>,
    /// Only those that had not ended before this time (RFC 3339, or a date).
    #[arg(long, value_parser = time)]
    pub(crate) since: Option<Timestamp>,
    /// Only those that had begun by this time (RFC 3339, or a date).
    #[arg(long, value_parser = time)]
    pub(crate) until: Option<Timestamp>,
    /// How to print the rows.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
}

#[derive(Debug, Args)]
pub(crate) struct SummaryArgs {
    /// The incident's id.
    pub(crate) id: String,
    /// Language of the summary.
    #[arg(long, default_value = "en", value_parser = language)]
    pub(crate) lang: String,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = SummaryFormat::Text)]
    pub(crate) format: SummaryFormat,
    #[command(flatten)]
    pub(crate) database: Database,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Ndjson,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CsvOnly {
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    Text,
    Markdown,
    Html,
    Json,
}

/// What a recorded file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecordFormat {
    /// The contract's posts.
    Buio,
    /// Statuses of the Mastodon API, one a line.
    Mastodon,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    Suspected,
    Confirmed,
    Recovering,
    Resolved,
    Dismissed,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::Suspected => "suspected",
            State::Confirmed => "confirmed",
            State::Recovering => "recovering",
            State::Resolved => "resolved",
            State::Dismissed => "dismissed",
        }
    }
}

/// How fast recorded posts are played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// As fast as they can be read.
    Max,
    /// This many times faster than they were posted.
    Times(f64),
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Speed::Max);
        }
        match text.trim_end_matches('x').parse::<f64>() {
            Ok(times) if times.is_finite() && times > 0.0 => Ok(Speed::Times(times)),
            _ => Err(format!("{text:?} is neither `max` nor a number above 0")),
        }
    }
}

/// RFC 3339, or a date taken as midnight UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&format!("{text}T00:00:00Z")))
        .map_err(|_| "neither an RFC 3339 time nor a date".to_owned())
}

fn preset(name: &str) -> Result<Settings, String> {
    let names: Vec<&str> = Settings::PRESETS.iter().map(|(name, _)| *name).collect();
    Settings::preset(name).ok_or_else(|| format!("there are {}", names.join(", ")))
}

fn language(tag: &str) -> Result<String, String> {
    match Language::find(tag) {
        Some(_) => Ok(tag.to_owned()),
        None => Err(format!("there are {}", Language::codes().join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn speed_is_max_or_a_positive_number() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("60x".parse(), Ok(Speed::Times(60.0)));
        assert!("0".parse::<Speed>().is_err());
        assert!("fast".parse::<Speed>().is_err());
    }
}
