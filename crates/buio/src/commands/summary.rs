//! `buio summary`: an incident told in sentences.

use buio_catalog::Catalog;
use buio_summary::{Format, Language, render, summarize};

use crate::args::{SummaryArgs, SummaryFormat};
use crate::clock;
use crate::commands::incidents::{find, open};
use crate::print;

pub(crate) fn run(args: &SummaryArgs, catalog: &Catalog) -> anyhow::Result<()> {
    let incident = find(&open(&args.database)?, &args.id)?;
    let language = Language::find(&args.lang).unwrap_or_default();
    let summary = summarize(&incident, clock::now(), catalog, &language);
    let format = match args.format {
        SummaryFormat::Text => Format::Text,
        SummaryFormat::Markdown => Format::Markdown,
        SummaryFormat::Html => Format::Html,
        SummaryFormat::Json => Format::Json,
    };
    print::data(render(&summary, format).trim_end())
}
