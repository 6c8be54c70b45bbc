//! One module a command: reads its arguments, calls the crates, prints.

pub(crate) mod backtest;
pub(crate) mod check;
pub(crate) mod classify;
pub(crate) mod detect;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod incidents;
pub(crate) mod listing;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod summary;
