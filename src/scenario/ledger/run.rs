use crate::journal::{Entry, HeardAt, JournalError};
use crate::ledger::{Opening, PostError};
use crate::model::{ExecutionReport, Instrument, MarketId};
use crate::scenario::load::Scenario;
use crate::scenario::manifest::{LaneRecord, Manifest};
use crate::scenario::market::{FoundMarket, MarketPlan};
use crate::scenario::problem::Problems;
use crate::scenario::replay::{Replay, SCENARIO, overrides};
use crate::scenario::saved::{SavedError, foundation_problems, open_journal, read_manifest};
use crate::scenario::trial::opening;
use crate::scenario::wire::is_wired;
use crate::units::{Overflow, Price, Quantity};
use std::path::Path;

/// A run whose ledger could not be had.
#[derive(Debug, thiserror::Error)]
pub enum RunLedgerError {
    /// The folder holds no sound run.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// The run's scenario cannot be read.
    #[error("the scenario of the run cannot be read: {0}")]
    Scenario(#[from] Problems),
    /// The journals were not kept whole.
    #[error(
        "the journals were kept at detail `{0}`, and a ledger needs every entry; run again with `--set run.journal=full`"
    )]
    NotWhole(&'static str),
    /// Nobody says what an opening position cost.
    #[error("{symbol}: what the opening position cost is not known: {why}; give the tape with --tape")]
    Opening {
        /// Which market.
        symbol: String,
        /// Why not.
        why: String,
    },
    /// The run has no lane or market of that name.
    #[error("no {what} `{found}` in the run; expected {allowed}")]
    Unknown {
        /// `lane` or `market`.
        what: &'static str,
        /// Name asked for.
        found: String,
        /// Names there are.
        allowed: String,
    },
    /// A fill that no ledger takes.
    #[error("lane {lane}, entry {entry}: {source}")]
    Fill {
        /// Name of the fill preset.
        lane: String,
        /// Number of the entry.
        entry: u64,
        /// What is wrong with it.
        source: FillProblem,
    },
    /// A ledger's copy cannot be read.
    #[error("{path}: cannot read: {source}; expected a file made by `ledger export`")]
    Copy {
        /// Which file.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Policy or bots of a reinvestment make no sense.
    #[error(transparent)]
    Reinvest(#[from] crate::ledger::ReinvestError),
}

/// A fill that no ledger takes, in a journal that is whole all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillProblem {
    /// A balance left its range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// The run has no such market.
    #[error("a fill in market {found}; the run has {count}")]
    Market {
        /// Number given.
        found: u8,
        /// Markets there are.
        count: usize,
    },
    /// A bust or correction of a fill that the journal does not have.
    #[error("a bust or correction of fill {of}; the market has had {count} by then")]
    NoFill {
        /// Number given, from 1.
        of: u64,
        /// Fills there are.
        count: u64,
    },
    /// A bust or correction that says another thing of a fill than was reported of it.
    #[error("a bust or correction of fill {of}, which does not stand as it says")]
    OtherFill {
        /// Number given, from 1.
        of: u64,
    },
    /// The side carries the sign.
    #[error("a fill of {found} steps; expected 0 or more")]
    Negative {
        /// Steps given.
        found: i64,
    },
    /// An event that the books refuse.
    #[error(transparent)]
    Post(#[from] PostError),
}

/// Which lane of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneChoice<'a> {
    /// The scenario's own fill preset.
    Own,
    /// The one of this fill preset.
    Named(&'a str),
}

/// A report that books post something for, and the place of its market; `None` for any other entry.
pub(in crate::scenario) fn posted(
    entry: &Entry,
    markets: usize,
) -> Result<Option<(usize, &ExecutionReport)>, FillProblem> {
    let Entry::Venue(report) = entry else { return Ok(None) };
    let Some(booking) = report.kind.bookings(report.side).next() else { return Ok(None) };
    let market = known_market(report.market, markets)?;
    if booking.quantity < Quantity::ZERO {
        return Err(FillProblem::Negative { found: booking.quantity.steps() });
    }
    Ok(Some((market, report)))
}

/// The place of a market that the run has.
pub(in crate::scenario) const fn known_market(market: MarketId, count: usize) -> Result<usize, FillProblem> {
    if market.index() < count { Ok(market.index()) } else { Err(FillProblem::Market { found: market.0, count }) }
}

impl From<JournalError> for RunLedgerError {
    fn from(error: JournalError) -> Self {
        Self::Saved(error.into())
    }
}

/// A sound run with whole journals, and what its accounts opened with.
pub(in crate::scenario) struct RunLedger<'a> {
    pub manifest: Manifest,
    folder: &'a Path,
    /// Instrument and opening of each market, in order.
    pub markets: Vec<(Instrument, Opening)>,
    /// Some reports may have come late, or not at all.
    pub is_wired: bool,
}

impl<'a> RunLedger<'a> {
    pub fn open(folder: &'a Path, with: Replay<'_>) -> Result<Self, RunLedgerError> {
        let manifest = read_manifest(folder)?;
        if !manifest.keeps_every_entry() {
            return Err(RunLedgerError::NotWhole(manifest.journal_detail.name()));
        }
        // A journal that cannot be read is no difference between accounts: it comes before all that follows from it.
        for lane in &manifest.lanes {
            open_journal(folder, lane)?.check()?;
        }
        let problems = foundation_problems(folder, &manifest);
        if !problems.is_empty() {
            return Err(SavedError::Unsound { folder: folder.to_path_buf(), problems }.into());
        }
        Self::believed(folder, manifest, with)
    }

    /// The same with a manifest that somebody else has checked.
    pub fn believed(folder: &'a Path, manifest: Manifest, with: Replay<'_>) -> Result<Self, RunLedgerError> {
        let scenario = Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry)?;
        let markets = openings(folder, &scenario, &manifest)?;
        Ok(Self::of(manifest, folder, markets, is_wired(&scenario.file)))
    }

    /// A run whose openings are known.
    pub const fn of(manifest: Manifest, folder: &'a Path, markets: Vec<(Instrument, Opening)>, is_wired: bool) -> Self {
        Self { manifest, folder, markets, is_wired }
    }

    /// The lane of that name, or the scenario's own.
    pub fn lane(&self, choice: LaneChoice<'_>) -> Result<&LaneRecord, RunLedgerError> {
        let LaneChoice::Named(name) = choice else { return Ok(self.manifest.primary()) };
        let lanes = &self.manifest.lanes;
        let unknown = || RunLedgerError::Unknown {
            what: "lane",
            found: name.to_owned(),
            allowed: lanes.iter().map(|lane| lane.preset.as_str()).collect::<Vec<_>>().join(", "),
        };
        lanes.iter().find(|lane| lane.preset == name).ok_or_else(unknown)
    }

    /// Hands every entry of a lane's journal to `take`.
    pub fn fold(
        &self,
        lane: &LaneRecord,
        mut take: impl FnMut(u64, &Entry) -> Result<(), FillProblem>,
    ) -> Result<(), RunLedgerError> {
        let told = if self.is_wired { HeardAt::of(open_journal(self.folder, lane)?)? } else { HeardAt::default() };
        let journal = told.within(open_journal(self.folder, lane)?);
        for (number, entry) in (0..).zip(journal) {
            take(number, &entry?).map_err(|source| fill_problem(&lane.preset, number, source))?;
        }
        Ok(())
    }

    pub fn markets(&self) -> impl Iterator<Item = (&Instrument, &Opening)> + Clone {
        self.markets.iter().map(|(instrument, opening)| (instrument, opening))
    }
}

pub(super) fn fill_problem(lane: &str, entry: u64, source: impl Into<FillProblem>) -> RunLedgerError {
    RunLedgerError::Fill { lane: lane.to_owned(), entry, source: source.into() }
}

fn openings(
    folder: &Path,
    scenario: &Scenario,
    manifest: &Manifest,
) -> Result<Vec<(Instrument, Opening)>, RunLedgerError> {
    let plans = scenario.markets();
    let headers: Vec<_> = manifest.headers().collect();
    if plans.len() != headers.len() {
        let problems = vec![format!("markets {}, expected {} as in {SCENARIO}", headers.len(), plans.len())];
        return Err(SavedError::Unsound { folder: folder.to_path_buf(), problems }.into());
    }
    let mut problems = Vec::new();
    let mut markets = Vec::new();
    for (plan, header) in plans.iter().zip(headers) {
        let instrument = header.instrument.clone();
        let mut opened = opening(plan, &instrument, &mut problems);
        if !opened.position.is_zero() && opened.at.is_none() {
            let found = first_price(plan, &header.content_hash);
            let (opened_at, symbol) = (&mut opened.at, || instrument.symbol.clone());
            *opened_at = found.map_err(|why| RunLedgerError::Opening { symbol: symbol(), why })?;
        }
        markets.push((instrument, opened));
    }
    match problems.is_empty() {
        true => Ok(markets),
        false => {
            let located = problems.into_iter().map(|problem| scenario.document.located(problem));
            Err(Problems::sorted(located.collect()).into())
        }
    }
}

/// The market's first price, if the market is the one of the run.
fn first_price(plan: &MarketPlan, content_hash: &str) -> Result<Option<Price>, String> {
    let mut source = plan.open().map_err(|error| error.to_string())?;
    if source.header().content_hash != content_hash {
        return Err("the tape found is not the one of the run".to_owned());
    }
    let found = FoundMarket::of(plan, source.as_mut()).map_err(|error| error.to_string())?;
    Ok(found.first_price)
}
