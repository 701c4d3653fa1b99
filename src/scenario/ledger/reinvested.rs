use super::run::{FillProblem, LaneChoice, RunLedger, RunLedgerError, known_market, posted};
use crate::journal::Entry;
use crate::ledger::Ledger;
use crate::model::REINVESTMENT;
use crate::scenario::replay::Replay;
use crate::units::{Money, Overflow, Timestamp};
use serde::Serialize;
use std::path::Path;

/// One bot's part of a reinvestment that happened in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reinvested {
    /// When.
    pub at: Timestamp,
    /// What it had realised since the one before, or since the start, after fees.
    pub result: Money,
    /// What it was to receive; to give, negative.
    pub asked: Money,
    /// What it received: as asked, or nothing.
    pub amount: Money,
}

/// The reinvestments in the own lane of the run in `folder`, in order.
///
/// # Errors
/// [`RunLedgerError`] when the folder is no sound run with whole journals.
pub fn reinvested_in_run(folder: &Path, with: Replay<'_>) -> Result<Vec<Reinvested>, RunLedgerError> {
    let run = RunLedger::open(folder, with)?;
    let lane = run.lane(LaneChoice::Own)?;
    let ledgers = run.markets().map(|(instrument, opening)| Ledger::new(instrument, opening));
    let ledgers = ledgers.collect::<Result<_, _>>();
    let ledgers = ledgers.map_err(|source| super::run::fill_problem(&lane.preset, 0, source))?;
    let mut fold = Fold { ledgers, before: Money::ZERO, found: Vec::new() };
    run.fold(lane, |_, entry| fold.take(entry))?;
    Ok(fold.found)
}

struct Fold {
    /// One a market.
    ledgers: Vec<Ledger>,
    /// Realised when the last one was.
    before: Money,
    found: Vec<Reinvested>,
}

impl Fold {
    fn take(&mut self, entry: &Entry) -> Result<(), FillProblem> {
        match *entry {
            Entry::Charged { market, charge, amount, .. } => {
                let market = known_market(market, self.ledgers.len())?;
                self.ledgers[market].charge(charge, amount)?;
            }
            Entry::Allocated { at, asked, amount, line: REINVESTMENT, .. } => {
                let realised = self.realised()?;
                let result = realised.checked_sub(self.before)?;
                self.before = realised;
                self.found.push(Reinvested { at, result, asked, amount });
            }
            _ => {
                if let Some((market, report)) = posted(entry, self.ledgers.len())? {
                    self.ledgers[market].take(report)?;
                }
            }
        }
        Ok(())
    }

    fn realised(&self) -> Result<Money, Overflow> {
        self.ledgers.iter().try_fold(Money::ZERO, |sum, ledger| sum.checked_add(ledger.result()?))
    }
}
