use super::run::{FillProblem, LaneChoice, RunLedger, RunLedgerError, fill_problem, known_market, posted};
use crate::journal::Entry;
use crate::ledger::{Cause, CostMethod, DayRow, Opening, Statement};
use crate::model::Instrument;
use crate::scenario::replay::Replay;
use crate::units::{DAY, MINUTE, Overflow, Span, Timestamp};
use serde::Serialize;
use std::path::Path;

/// A time of day, UTC, to the minute: `02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeOfDay(i64);

impl TimeOfDay {
    /// 02:00.
    pub(in crate::scenario) const TWO: Self = Self(120);

    /// Time since midnight.
    #[must_use]
    pub const fn since_midnight(self) -> Span {
        MINUTE.times(self.0)
    }
}

impl std::str::FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("expected a time of day from 00:00 to 23:59, found `{text}`");
        let (hour, minute) = text.split_once(':').ok_or_else(refuse)?;
        let number = |digits: &str, below: i64| {
            let all_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<i64>().ok().filter(|number| all_digits && *number < below)
        };
        let (hour, minute) = (number(hour, 24).ok_or_else(refuse)?, number(minute, 60).ok_or_else(refuse)?);
        Ok(Self(60 * hour + minute))
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How days are stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Daily {
    /// How closes are held against what was bought before.
    pub method: CostMethod,
    /// When a day ends.
    pub day_ends: TimeOfDay,
}

/// The daily statements of one lane of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunStatement {
    /// Which run; empty for entries in memory.
    pub run_id: String,
    /// Name of the fill preset.
    pub preset: String,
    /// How days are stated.
    #[serde(flatten)]
    pub daily: Daily,
    /// Asset of all amounts but positions.
    pub quote: String,
    /// Market by market, in the order of the run.
    pub markets: Vec<MarketStatement>,
    /// The whole account: the markets' rows added up.
    pub account: Vec<DayRow>,
}

/// The daily statements of one market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarketStatement {
    /// The venue's symbol.
    pub symbol: String,
    /// Asset of positions.
    pub base: String,
    /// A row a day.
    pub rows: Vec<DayRow>,
}

/// States the days of a lane of the run in `folder`.
///
/// # Errors
/// [`RunLedgerError`] when the folder is no sound run with whole journals, or has no such lane.
pub fn statement_of_run(
    folder: &Path,
    with: Replay<'_>,
    (lane, daily): (LaneChoice<'_>, Daily),
) -> Result<RunStatement, RunLedgerError> {
    let run = RunLedger::open(folder, with)?;
    let lane = run.lane(lane)?;
    let mut days = Days::new(&run.markets, daily);
    run.fold(lane, |_, entry| days.take(entry))?;
    let mut statement = days.finish().map_err(|source| fill_problem(&lane.preset, lane.entries, source))?;
    (statement.run_id, statement.preset) = (run.manifest.run_id.clone(), lane.preset.clone());
    Ok(statement)
}

/// States the days of the entries of one lane.
///
/// # Errors
/// [`FillProblem`] when an entry holds what no ledger takes.
pub fn statement_entries(
    markets: &[(Instrument, Opening)],
    entries: &[Entry],
    daily: Daily,
) -> Result<RunStatement, FillProblem> {
    let mut days = Days::new(markets, daily);
    entries.iter().try_for_each(|entry| days.take(entry))?;
    Ok(days.finish()?)
}

/// Hands on what moves an account, or time.
struct Days<'a> {
    markets: &'a [(Instrument, Opening)],
    daily: Daily,
    /// One a market, once the journal has begun.
    open: Vec<Statement>,
    last: Timestamp,
}

impl<'a> Days<'a> {
    const fn new(markets: &'a [(Instrument, Opening)], daily: Daily) -> Self {
        Self { markets, daily, open: Vec::new(), last: Timestamp::MIN }
    }

    fn take(&mut self, entry: &Entry) -> Result<(), FillProblem> {
        match entry {
            Entry::Start { at, .. } if self.open.is_empty() => self.begin(*at)?,
            Entry::Mark(mark) => {
                self.passed(mark.at)?;
                if let Some(statement) = self.open.get_mut(mark.market.index()) {
                    statement.mark(mark.at, mark.best.mid_x2())?;
                }
            }
            Entry::Charged { at, market, charge, amount, .. } => {
                let market = known_market(*market, self.open.len())?;
                self.passed(*at)?;
                self.open[market].receive(*at, (*charge).into(), *amount)?;
            }
            Entry::Allocated { at, market, amount, .. } => {
                let market = known_market(*market, self.open.len())?;
                self.passed(*at)?;
                self.open[market].receive(*at, Cause::Allocation, *amount)?;
            }
            Entry::End { at, .. } => self.passed(*at)?,
            other => {
                if let Some((market, report)) = posted(other, self.open.len())? {
                    self.passed(report.matched_at)?;
                    self.open[market].report(report)?;
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, at: Timestamp) -> Result<(), Overflow> {
        let Daily { method, day_ends } = self.daily;
        let how = (method, day_ends.since_midnight());
        let open = self.markets.iter().map(|(instrument, opening)| Statement::new(instrument, opening, how, at));
        self.open = open.collect::<Result<_, _>>()?;
        self.last = at;
        Ok(())
    }

    fn passed(&mut self, at: Timestamp) -> Result<(), Overflow> {
        self.last = self.last.max(at);
        self.open.iter_mut().try_for_each(|statement| statement.passed(at))
    }

    fn finish(self) -> Result<RunStatement, Overflow> {
        let Self { markets, daily, open, last } = self;
        // The markets' days begin and end together.
        let over = open.iter().map(|statement| statement.is_over(last)).collect::<Result<Vec<bool>, _>>()?;
        let is_over = over.into_iter().all(|over| over);
        let rows =
            open.into_iter().map(|statement| if is_over { Ok(statement.rows()) } else { statement.finish(last) });
        let rows = rows.collect::<Result<Vec<Vec<DayRow>>, _>>()?;
        let account = total(&rows)?;
        let named = markets.iter().zip(rows).map(|((instrument, _), rows)| MarketStatement {
            symbol: instrument.symbol.clone(),
            base: instrument.base.clone(),
            rows,
        });
        let quote = markets.first().map_or_else(String::new, |(instrument, _)| instrument.quote.clone());
        let markets = named.collect();
        Ok(RunStatement { run_id: String::new(), preset: String::new(), daily, quote, markets, account })
    }
}

/// Day by day, the rows of all markets added up.
fn total(markets: &[Vec<DayRow>]) -> Result<Vec<DayRow>, Overflow> {
    let Some((first, others)) = markets.split_first() else { return Ok(Vec::new()) };
    let day = |(place, row): (usize, &DayRow)| others.iter().try_fold(*row, |sum, rows| sum.with(&rows[place]));
    first.iter().enumerate().map(day).collect()
}

/// Whether a day came to its end before the run did.
pub(super) fn is_whole(row: &DayRow, day_ends: TimeOfDay) -> bool {
    row.until == row.day.start().plus(day_ends.since_midnight()).plus(DAY)
}
