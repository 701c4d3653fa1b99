use super::console::{print, say};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::ledger_args::{ExportLedger, Ledger, Reconcile, Reinvest, RunFolder, StatementOf, VerifyLedger};
use super::ledger_text::{chain_text, reconciliation_text, reinvestment_text, statement_csv, statement_text};
use crate::scenario::{
    Registry, Replay, UserManifest, chain_run, export_ledger, reconcile_run, reinvest_runs, statement_of_run,
    verify_copy,
};
use std::path::PathBuf;

/// The commands over the ledgers of finished runs.
pub fn ledger(command: &Ledger, registry: &Registry) -> Result<ExitStatus, Failure> {
    match command {
        Ledger::Reconcile(arguments) => reconcile(arguments, registry),
        Ledger::Verify(arguments) => verify(arguments, registry),
        Ledger::Export(arguments) => export(arguments, registry),
        Ledger::Statement(arguments) => statement(arguments, registry),
        Ledger::Reinvest(arguments) => reinvest(arguments, registry),
    }
}

impl RunFolder {
    fn with<'a>(&'a self, registry: &'a Registry) -> Replay<'a> {
        Replay { registry, tapes: &self.moved.tapes }
    }
}

fn reconcile(arguments: &Reconcile, registry: &Registry) -> Result<ExitStatus, Failure> {
    let found = reconcile_run(&arguments.of.run, arguments.of.with(registry))?;
    print(&if arguments.json { json(&found)? } else { reconciliation_text(&found) })?;
    if found.clean {
        return Ok(ExitStatus::Go);
    }
    let differences: u64 = found.lanes.iter().map(|lane| lane.reconciled.found).sum();
    say(&format!("error: the accounts of {} differ ({differences} found)", arguments.of.run.display()));
    Ok(ExitStatus::NoGo)
}

fn verify(arguments: &VerifyLedger, registry: &Registry) -> Result<ExitStatus, Failure> {
    let (of, with) = (&arguments.of, arguments.of.with(registry));
    let Some(copy) = &arguments.copy else {
        let found = chain_run(&of.run, with)?;
        print(&if arguments.json { json(&found)? } else { chain_text(&found) })?;
        return Ok(ExitStatus::Go);
    };
    let Some(problem) = verify_copy(&of.run, with, arguments.which.choice(), copy)? else {
        print("sound: every line balances, is tied to the one before, and follows from the journal\n")?;
        return Ok(ExitStatus::Go);
    };
    print(&format!("{}: {problem}\n", copy.display()))?;
    say(&format!("error: {} is not the ledger of {}", copy.display(), of.run.display()));
    Ok(ExitStatus::NoGo)
}

fn export(arguments: &ExportLedger, registry: &Registry) -> Result<ExitStatus, Failure> {
    print(&export_ledger(&arguments.of.run, arguments.of.with(registry), arguments.which.choice())?)?;
    Ok(ExitStatus::Go)
}

fn statement(arguments: &StatementOf, registry: &Registry) -> Result<ExitStatus, Failure> {
    let days = (arguments.days.choice(), arguments.days.ending(arguments.at));
    let stated = statement_of_run(&arguments.of.run, arguments.of.with(registry), days)?;
    print(&match (arguments.json, arguments.csv) {
        (true, _) => json(&stated)?,
        (_, true) => statement_csv(&stated),
        _ => statement_text(&stated),
    })?;
    Ok(ExitStatus::Go)
}

fn reinvest(arguments: &Reinvest, registry: &Registry) -> Result<ExitStatus, Failure> {
    let days = (arguments.days.choice(), arguments.days.ending(arguments.at));
    let with = Replay { registry, tapes: &[] };
    // The folder of several bots stands for theirs.
    let bots = |run: &PathBuf| match UserManifest::read(run) {
        None => Ok(vec![run.clone()]),
        Some(user) => {
            user.strays(run).into_iter().next().map_or_else(|| Ok(user.folders(run)), |stray| Err(Failure::data(stray)))
        }
    };
    let runs = arguments.runs.iter().map(bots).collect::<Result<Vec<_>, _>>()?.concat();
    let found = reinvest_runs(&runs, with, arguments.policy(), days)?;
    print(&if arguments.json { json(&found)? } else { reinvestment_text(&found) })?;
    Ok(ExitStatus::Go)
}

fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let object = serde_json::to_string(value).map_err(Failure::write)?;
    Ok(object + "\n")
}
