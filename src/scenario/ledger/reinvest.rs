use super::run::{LaneChoice, RunLedgerError};
use super::statement::{Daily, RunStatement, is_whole, statement_of_run};
use crate::ledger::{Candidate, DayRow, Policy, Reinvestment, reinvest};
use crate::scenario::replay::Replay;
use crate::units::{Day, Overflow, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a reinvestment would have moved between bots, each of them a finished run, day by day.
///
/// Every day is decided on its own results: the runs are over, and what they would have made of the money is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReinvestment {
    /// How much is moved to whom.
    pub policy: Policy,
    /// How days are stated.
    #[serde(flatten)]
    pub daily: Daily,
    /// The bots: names of the runs' folders.
    pub bots: Vec<String>,
    /// Days that came to their end in at least one run, in order.
    pub days: Vec<DayReinvestment>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayReinvestment {
    /// When the day ended and money moved.
    pub at: Timestamp,
    /// What each bot realised that day after fees, funding and adjustments, in the order of the bots; those that did not run are missing.
    pub results: Vec<Candidate>,
    /// What came of it.
    #[serde(flatten)]
    pub moves: Reinvestment,
}

/// States the days of several runs and says what a reinvestment would have moved between them.
///
/// # Errors
/// [`RunLedgerError`] when a folder is no sound run with whole journals, or policy and bots make no sense.
pub fn reinvest_runs(
    runs: &[PathBuf],
    with: Replay<'_>,
    policy: Policy,
    (lane, daily): (LaneChoice<'_>, Daily),
) -> Result<RunReinvestment, RunLedgerError> {
    let mut days: BTreeMap<Day, (Timestamp, Vec<Candidate>)> = BTreeMap::new();
    let mut bots = Vec::new();
    for folder in runs {
        let name =
            folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into());
        let statement = statement_of_run(folder, with, (lane, daily))?;
        for row in whole_days(&statement) {
            let result = result(row).map_err(crate::ledger::ReinvestError::from)?;
            let (_, results) = days.entry(row.day).or_insert_with(|| (row.until, Vec::new()));
            results.push(Candidate { name: name.clone(), result });
        }
        bots.push(name);
    }
    let day = |(at, results): (Timestamp, Vec<Candidate>)| -> Result<DayReinvestment, RunLedgerError> {
        Ok(DayReinvestment { at, moves: reinvest(&policy, &results)?, results })
    };
    let days = days.into_values().map(day).collect::<Result<_, _>>()?;
    Ok(RunReinvestment { policy, daily, bots, days })
}

fn whole_days(statement: &RunStatement) -> impl Iterator<Item = &DayRow> {
    statement.account.iter().filter(|row| is_whole(row, statement.daily.day_ends))
}

/// What can be paid out: nothing that is not realised.
fn result(row: &DayRow) -> Result<crate::units::Money, Overflow> {
    row.realized.checked_sub(row.fees)?.checked_add(row.funding)?.checked_add(row.adjustments)
}
