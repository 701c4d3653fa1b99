use super::run::{RunLedger, RunLedgerError, fill_problem};
use crate::journal::Entry;
use crate::ledger::Cause;
use crate::ledger::{Opening, Reconciled, Reconciliation};
use crate::model::Instrument;
use crate::scenario::folder::MANIFEST;
use crate::scenario::manifest::{LaneRecord, Manifest};
use crate::scenario::replay::Replay;
use crate::scenario::trial::Trial;
use crate::scenario::wire::is_wired;
use crate::units::{Money, Overflow, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The reconciliation of a finished run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReconciliation {
    /// Which run.
    pub run_id: String,
    /// No difference in any lane.
    pub clean: bool,
    /// One a fill preset, as in the manifest.
    pub lanes: Vec<LaneReconciliation>,
}

/// The reconciliation of one lane of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LaneReconciliation {
    /// Name of the fill preset.
    pub preset: String,
    /// What was found.
    #[serde(flatten)]
    pub reconciled: Reconciled,
}

/// What a run's manifest keeps of its reconciliation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsRecord {
    /// Fills posted, in all lanes.
    pub fills: u64,
    /// Differences found, in all lanes.
    pub differences: u64,
    /// The first of them; `None` without one.
    pub first: Option<String>,
}

impl AccountsRecord {
    fn of(lanes: &[LaneReconciliation]) -> Self {
        let first = |lane: &LaneReconciliation| {
            let difference = lane.reconciled.differences.first()?;
            Some(format!("lane {}, {difference}", lane.preset))
        };
        Self {
            fills: lanes.iter().map(|lane| lane.reconciled.fills).sum(),
            differences: lanes.iter().map(|lane| lane.reconciled.found).sum(),
            first: lanes.iter().find_map(first),
        }
    }
}

/// Holds the bot's account, the ledger and the venue's account of the run in `folder` against each other, lane by lane.
///
/// # Errors
/// [`RunLedgerError`] when the folder is no sound run with whole journals.
pub fn reconcile_run(folder: &Path, with: Replay<'_>) -> Result<RunReconciliation, RunLedgerError> {
    let run = RunLedger::open(folder, with)?;
    let lanes = lanes(&run)?;
    let clean = lanes.iter().all(|lane| lane.reconciled.clean);
    Ok(RunReconciliation { run_id: run.manifest.run_id, clean, lanes })
}

/// The same for a run that has just been made, whose journals are in `folder`; `None` where they are not kept whole.
///
/// # Errors
/// [`RunLedgerError`] when a journal cannot be read.
pub fn reconcile_trial(
    trial: &Trial,
    manifest: &Manifest,
    folder: &Path,
) -> Result<Option<AccountsRecord>, RunLedgerError> {
    if !manifest.keeps_every_entry() {
        return Ok(None);
    }
    let markets = trial.markets.iter().map(|market| (market.header.instrument.clone(), market.opening));
    let run = RunLedger::of(manifest.clone(), folder, markets.collect(), is_wired(&trial.scenario.file));
    Ok(Some(AccountsRecord::of(&lanes(&run)?)))
}

/// What a manifest says of its accounts and its journals do not. A tape that is not at hand and an opening price that nobody
/// knows without it leave that unchecked: then it is an error.
pub(in crate::scenario) fn accounts_problem(
    folder: &Path,
    manifest: &Manifest,
    with: Replay<'_>,
) -> Result<Option<String>, RunLedgerError> {
    let expected = match manifest.keeps_every_entry() {
        true => Some(AccountsRecord::of(&lanes(&RunLedger::believed(folder, manifest.clone(), with)?)?)),
        false => None,
    };
    let differs = manifest.accounts != expected;
    Ok(differs.then(|| format!("{MANIFEST}: accounts do not follow from the journals")))
}

fn lanes(run: &RunLedger<'_>) -> Result<Vec<LaneReconciliation>, RunLedgerError> {
    let reconciled = |lane: &LaneRecord| -> Result<LaneReconciliation, RunLedgerError> {
        let preset = lane.preset.clone();
        let mut fold = Fold::new(run.markets()).map_err(|source| fill_problem(&preset, 0, source))?;
        if run.is_wired {
            fold.accounts = fold.accounts.on_a_wire();
        }
        run.fold(lane, |_, entry| Ok(fold.take(entry)?))?;
        let entries = fold.entry;
        let reconciled = fold.finish(Some(lane.equity)).map_err(|source| fill_problem(&preset, entries, source))?;
        Ok(LaneReconciliation { preset, reconciled })
    };
    run.manifest.lanes.iter().map(reconciled).collect()
}

/// Reconciles the entries of one lane. `run` is the equity at the end as the run itself has it, if it says so.
///
/// # Errors
/// [`Overflow`] when a balance leaves its range.
pub fn reconcile_entries<'a>(
    markets: impl IntoIterator<Item = (&'a Instrument, &'a Opening)>,
    entries: &[Entry],
    run: Option<Money>,
) -> Result<Reconciled, Overflow> {
    let mut fold = Fold::new(markets)?;
    entries.iter().try_for_each(|entry| fold.take(entry))?;
    fold.finish(run)
}

/// Numbers the entries of a journal and hands on what moves an account.
struct Fold {
    accounts: Reconciliation,
    entry: u64,
    at: Timestamp,
}

impl Fold {
    fn new<'a>(markets: impl IntoIterator<Item = (&'a Instrument, &'a Opening)>) -> Result<Self, Overflow> {
        Ok(Self { accounts: Reconciliation::new(markets)?, entry: 0, at: Timestamp::default() })
    }

    fn take(&mut self, entry: &Entry) -> Result<(), Overflow> {
        let (number, accounts) = (self.entry, &mut self.accounts);
        match entry {
            Entry::Start { at, market, equity, position } => {
                accounts.started(number, *at, *market, (*position, *equity))?;
            }
            Entry::OrderSent { at, intent } => accounts.sent(*at, intent)?,
            Entry::Venue(report) => accounts.reported(number, report)?,
            Entry::Charged { at, market, charge, amount, .. } => {
                accounts.received(*at, *market, (*charge).into(), *amount)?;
            }
            Entry::Allocated { at, market, amount, .. } => {
                accounts.received(*at, *market, Cause::Allocation, *amount)?;
            }
            Entry::Mark(mark) => accounts.marked(number, mark)?,
            Entry::End { at, .. } => {
                accounts.passed(*at)?;
                self.at = *at;
            }
            Entry::OrderRefused { at, .. }
            | Entry::CancelSent { at, .. }
            | Entry::AmendSent { at, .. }
            | Entry::RequestRefused { at, .. }
            | Entry::Quote { at, .. }
            | Entry::Tripped { at, .. }
            | Entry::Cleared { at, .. }
            | Entry::Command { at, .. }
            | Entry::Alert { at, .. }
            | Entry::Status { at, .. }
            | Entry::Wire { at, .. }
            | Entry::Ambiguous { at, .. } => accounts.passed(*at)?,
        }
        self.entry += 1;
        Ok(())
    }

    fn finish(self, run: Option<Money>) -> Result<Reconciled, Overflow> {
        self.accounts.finish(self.at, run)
    }
}
