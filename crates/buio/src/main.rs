//! The program: reads the command line, runs one command, says in its exit code how it went
//! (0 ok, 1 failure, 2 usage, 130 interrupted).

mod args;
mod clock;
mod commands;
mod config;
mod engine;
mod print;
mod recording;
mod registry;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use buio_catalog::Catalog;
use clap::Parser as _;

use crate::args::{Cli, Command};
use crate::commands::{
    backtest, check, classify, detect, eval, explain, incidents, listing, replay, run, summary,
};

/// Reading posts makes and drops many small texts; this allocator takes about a sixth of a
/// replay's time off.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The shell's convention for a program that was interrupted.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The daemon ends in its own way.
    if !matches!(&cli.command, Command::Run(args) if args.replay.is_none()) {
        exit_when_interrupted();
    }
    match dispatch(&cli) {
        Ok(code) => code,
        // Whoever closed the pipe has read enough.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            print::words(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: &Cli) -> anyhow::Result<ExitCode> {
    match &cli.command {
        Command::Run(args) => return run::run(args, cli.quiet),
        Command::Replay(args) => replay::run(args, catalog(), cli.quiet)?,
        Command::Classify { file } => classify::run(file, catalog())?,
        Command::Explain {
            text,
            lang,
            service,
        } => {
            explain::run(text, lang.clone(), service.clone(), catalog())?;
        }
        Command::Detect(args) => detect::run(args)?,
        Command::Incidents(args) => incidents::run(args)?,
        Command::Summary(args) => summary::run(args, &catalog())?,
        Command::Eval { file, output } => eval::run(file, *output, catalog())?,
        Command::Backtest {
            file,
            truth,
            output,
        } => {
            backtest::run(file, truth, *output, catalog())?;
        }
        Command::Query {
            sql,
            database,
            output,
        } => listing::query(sql, database, *output)?,
        Command::Services { filter, output } => {
            listing::services(filter.as_deref(), *output, &catalog())?;
        }
        Command::Sources { database, output } => listing::sources(database, *output)?,
        Command::Check { config } => check::check(config.as_deref())?,
        Command::Config { config } => check::show(config.as_deref())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn catalog() -> Arc<Catalog> {
    Arc::new(Catalog::builtin())
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|e| e.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
            || matches!(cause.downcast_ref().map(csv::Error::kind),
                Some(csv::ErrorKind::Io(e)) if e.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// Whatever was committed stays; the rest is read again by the next run.
fn exit_when_interrupted() {
    let wait = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        if let Ok(runtime) = runtime
            && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
        {
            std::process::exit(i32::from(INTERRUPTED));
        }
    };
    // Without the thread an interrupt still ends the program, only without our exit code.
    drop(
        std::thread::Builder::new()
            .name("interrupt".to_owned())
            .spawn(wait),
    );
}
