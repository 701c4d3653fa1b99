//! The command line: arguments, progress, exit codes. A quant's own crate gets all of it through [`main`].
//!
//! Only this room reads a clock (for speed on the screen, and for what a run takes of the machine), the environment (`NO_COLOR`) and prints. stdout is data, stderr
//! is talk; progress shows on a terminal alone.
//!
//! Order rule: outputs are opened before a long run begins. Invariants: every way to end has its number in [`ExitStatus`];
//! nothing half-written remains, but what a run that was stopped goes on from. Known limit: many runs share the cores, one run has one and a reader.

mod alerts;
mod answers;
mod args;
mod audit;
mod campaign;
mod compare;
mod compare_args;
mod compare_fills;
mod compare_seeds;
mod config;
mod console;
mod drill;
mod exit;
mod facts;
mod failure;
mod faults;
mod find_args;
mod fit;
mod gates;
mod grid;
mod kills;
mod ledger;
mod ledger_args;
mod ledger_text;
mod many_runs;
mod notify;
mod prove;
mod queue_test;
mod remix;
mod replay;
mod resources;
mod resume;
mod run;
mod run_stability;
mod run_user;
mod run_volatility;
mod saved;
mod scenario;
mod score;
mod score_seeds;
mod seeds;
mod shocks;
mod shrink;
mod synth;
mod synth_family;
mod tape;
mod thresholds;

pub use crate::scenario::{BotIdentity, Factory, ParamError, Parameters, Registry};
pub use exit::ExitStatus;
pub use saved::rendered;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};
use failure::Failure;
use std::ffi::OsString;
use std::process::ExitCode;

/// The command line as data: for documents, completions and tests.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the whole command line with the strategies of `registry` and returns how the program ends.
#[must_use]
pub fn main(registry: &Registry) -> ExitCode {
    main_with(std::env::args_os(), registry).into()
}

/// The same with other words than the program's own; the first is its name. For tests of a bot that go through the whole command line.
#[must_use]
pub fn main_with(words: impl IntoIterator<Item = OsString>, registry: &Registry) -> ExitStatus {
    match Cli::try_parse_from(words) {
        Ok(cli) => dispatch(&cli.command, registry).unwrap_or_else(|failure| report(&failure)),
        Err(error) => {
            // Help goes to stdout, misuse to stderr; a reader that has gone away is no error.
            let _ = error.print();
            if error.use_stderr() { ExitStatus::Usage } else { ExitStatus::Go }
        }
    }
}

fn dispatch(command: &Command, registry: &Registry) -> Result<ExitStatus, Failure> {
    match command {
        Command::Run(arguments) => run::run(arguments, registry),
        Command::Tape(command) => tape::tape(command),
        Command::Report(arguments) => saved::report(arguments, registry),
        Command::Verify(arguments) => saved::check(arguments, registry),
        Command::Audit(arguments) => audit::audit(arguments, registry),
        Command::Ledger(command) => ledger::ledger(command, registry),
        Command::Diff(arguments) => saved::diff(arguments),
        Command::Compare(arguments) => compare::compare(arguments, registry),
        Command::Replay(arguments) => replay::replay(arguments, registry),
        Command::Shrink(arguments) => shrink::shrink(arguments, registry),
        Command::Gates(command) => gates::gates(command),
        Command::Shocks(command) => shocks::shocks(command),
        Command::Faults(command) => faults::faults(command),
        Command::Alerts(command) => alerts::alerts(command),
        Command::Drill(arguments) => drill::drill(arguments, registry),
        Command::Prove(arguments) => prove::prove(arguments, registry),
        Command::Scenario(command) => scenario::scenario(command, registry),
    }
}

fn report(failure: &Failure) -> ExitStatus {
    if !failure.message.is_empty() {
        console::say(&format!("error: {}", failure.message));
    }
    failure.status
}
