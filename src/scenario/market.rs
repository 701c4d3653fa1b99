use super::disturbance::stalls;
use super::feed;
use super::file::{OneMarketFile, OpeningFile, ScenarioFile, SyntheticFile};
use super::flow::FlowFile;
use super::load::Scenario;
use super::remix::RemixFile;
use super::shock::ShockFile;
use super::trial::{Trial, TrialMarket};
use crate::book::Ladder;
use crate::engine::{FedMarket, LaneSetup};
use crate::fault::Stalled;
use crate::model::{StatusChange, row};
use crate::rng::Streams;
use crate::synth::{FamilyMarket, FamilyRecipe, Overlay, PlacedShock, Script, SimpleMarket};
use crate::tape::{Batch, BatchSource, RowBatch, TapeError, TapeHeader, TapeKind, TapeReader};
use crate::units::{Price, Quantity, Span, Timestamp};
use std::path::{Path, PathBuf};

/// One market of a scenario: where its data come from, and what the account holds there.
#[derive(Debug, Clone)]
pub struct MarketPlan {
    /// Where it stands in the scenario: `market`, or `markets[0]`.
    pub key: String,
    /// Where its opening balances stand.
    pub opening_key: String,
    /// The tape to replay; `None` for a generated market.
    pub tape: Option<PathBuf>,
    /// What the account holds there at the start.
    pub opening: OpeningFile,
    synthetic: SyntheticFile,
    /// A tape in another order, and where the tape lies.
    remix: Option<(RemixFile, PathBuf)>,
    flow: Option<FlowFile>,
    family: Option<(FamilyRecipe, usize)>,
    shocks: Vec<PlacedShock>,
    seed: u64,
    symbol: Option<String>,
    base: Option<String>,
    quote: Option<String>,
    venue: Option<String>,
}

impl MarketPlan {
    /// Every market of a scenario, in order.
    #[must_use]
    pub(super) fn all(scenario: &Scenario) -> Vec<Self> {
        let file = &scenario.file;
        if file.markets.is_empty() {
            return vec![Self {
                key: "market".to_owned(),
                opening_key: "opening".to_owned(),
                tape: file.market.tape.as_deref().map(|tape| scenario.path_at("market.tape", tape)),
                opening: file.opening.clone(),
                synthetic: file.market.synthetic.clone().unwrap_or_default(),
                remix: remix_at(scenario, "market.remix.tape", file.market.remix.as_ref()),
                flow: file.market.flow.clone(),
                family: None,
                shocks: file.market.shocks.iter().map(ShockFile::placed).collect(),
                seed: file.seed,
                symbol: None,
                base: None,
                quote: None,
                venue: None,
            }];
        }
        file.markets.iter().enumerate().map(|(place, market)| Self::one(scenario, place, market)).collect()
    }

    fn one(scenario: &Scenario, place: usize, market: &OneMarketFile) -> Self {
        let key = format!("markets[{place}]");
        let own = market.opening.as_ref();
        Self {
            opening_key: if own.is_some() { format!("{key}.opening") } else { "opening".to_owned() },
            tape: market.tape.as_deref().map(|tape| scenario.path_at(&format!("{key}.tape"), tape)),
            opening: own.unwrap_or(&scenario.file.opening).clone(),
            synthetic: market.synthetic.clone().unwrap_or_default(),
            remix: remix_at(scenario, &format!("{key}.remix.tape"), market.remix.as_ref()),
            flow: market.flow.clone(),
            family: member_of(&scenario.file, market),
            shocks: market.shocks.iter().map(ShockFile::placed).collect(),
            seed: seed_of(&scenario.file, place),
            symbol: market.symbol.clone(),
            base: market.base.clone(),
            quote: market.quote.clone(),
            venue: market.venue.clone(),
            key,
        }
    }

    /// File name of the tape without folder, or `synthetic`.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.recording().and_then(Path::file_name);
        name.map_or_else(|| "synthetic".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// What shocks do to the status of the market, which starts at `start`.
    pub(super) fn statuses(&self, start: Timestamp) -> Vec<StatusChange> {
        Script::new(&self.shocks, start.nanos(), Streams::new(self.seed)).statuses()
    }

    pub(super) fn open(&self) -> Result<Box<dyn BatchSource>, TapeError> {
        match (&self.tape, &self.remix) {
            (Some(path), _) => Ok(self.shocked(Box::new(TapeReader::open(path)?))),
            (None, Some((remix, path))) => Ok(self.shocked(remix.market(path, self.seed)?)),
            (None, None) => Ok(self.generator()),
        }
    }

    /// The tape that is read, as it is or in another order.
    fn recording(&self) -> Option<&Path> {
        self.tape.as_deref().or(self.remix.as_ref().map(|(_, path)| path.as_path()))
    }

    fn generator(&self) -> Box<dyn BatchSource> {
        let market = self.made();
        if [&self.symbol, &self.base, &self.quote, &self.venue].into_iter().all(Option::is_none) {
            return market;
        }
        let mut header = market.header().clone();
        let instrument = &mut header.instrument;
        instrument.base = self.base.clone().unwrap_or_else(|| instrument.base.clone());
        instrument.quote = self.quote.clone().unwrap_or_else(|| instrument.quote.clone());
        instrument.venue = self.venue.clone().unwrap_or_else(|| instrument.venue.clone());
        let plain = || format!("{}{}", instrument.base, instrument.quote);
        instrument.symbol = self.symbol.clone().unwrap_or_else(plain);
        Box::new(Relabelled { header, source: market })
    }

    /// The market with the shocks laid over it: of those that have no orders of their own that could react.
    fn shocked(&self, source: Box<dyn BatchSource>) -> Box<dyn BatchSource> {
        if self.shocks.is_empty() { source } else { Box::new(Overlay::new(source, &self.shocks, self.seed)) }
    }

    fn made(&self) -> Box<dyn BatchSource> {
        if let Some((family, place)) = &self.family {
            return Box::new(family.markets().swap_remove(*place));
        }
        match (&self.flow, self.synthetic.config(&self.key)) {
            (Some(flow), _) if flow.bars.is_none() => flow.market(self.shocks.clone(), self.seed),
            (Some(flow), _) => self.shocked(flow.market(Vec::new(), self.seed)),
            (None, Ok(config)) => self.shocked(Box::new(SimpleMarket::new(&config, self.seed))),
            (None, Err(problem)) => {
                panic!("the settings were checked when the scenario was read, found {problem}")
            }
        }
    }
}

/// The seed of a market: its own, that of its family, or by its place.
fn seed_of(file: &ScenarioFile, place: usize) -> u64 {
    let market = &file.markets[place];
    let by_place = || if market.member.is_some() { file.seed } else { file.seed.wrapping_add(place as u64) };
    market.seed.unwrap_or_else(by_place)
}

/// The family that `market` is of, and its place there.
fn member_of(file: &ScenarioFile, market: &OneMarketFile) -> Option<(FamilyRecipe, usize)> {
    let recipe = file.family.as_ref()?.recipe(&file.markets, file.seed);
    let place = recipe.model.place(market.member.as_deref()?)?;
    Some((recipe, place))
}

/// Opens all, those of a family as one: what is made of one of them on the way to another is not made twice.
fn open_all(plans: &[MarketPlan]) -> Result<Vec<Box<dyn BatchSource>>, TapeError> {
    let family = plans.iter().find_map(|plan| plan.family.as_ref());
    let mut family: Vec<Option<FamilyMarket>> =
        family.map(|(recipe, _)| recipe.markets().into_iter().map(Some).collect()).unwrap_or_default();
    let mut member = |plan: &MarketPlan| family.get_mut(plan.family.as_ref()?.1)?.take();
    plans
        .iter()
        .map(|plan| match member(plan) {
            Some(market) => Ok(Box::new(market) as Box<dyn BatchSource>),
            None => plan.open(),
        })
        .collect()
}

fn remix_at(scenario: &Scenario, key: &str, remix: Option<&RemixFile>) -> Option<(RemixFile, PathBuf)> {
    remix.map(|remix| (remix.clone(), scenario.path_at(key, &remix.tape)))
}

/// Opens the markets of a scenario for a run: as [`open_markets`], once the content of every tape was found to be what its
/// header names.
///
/// # Errors
/// [`TapeError`] when a tape is not there, not readable, or was changed since it was written.
fn open_unchanged_markets(scenario: &Scenario) -> Result<Vec<Box<dyn BatchSource>>, TapeError> {
    let plans = MarketPlan::all(scenario);
    let mut tapes = plans.iter().filter_map(MarketPlan::recording);
    tapes.try_for_each(|tape| TapeReader::open(tape)?.verify_content())?;
    open_all(&plans)
}

/// Opens the markets of a trial as its bot meets them, in order: unchanged since they were recorded, under the scenario's fees, and
/// heard of as late as its disturbances say.
///
/// # Errors
/// As [`open_unchanged_markets`].
pub(super) fn open_for(trial: &Trial) -> Result<Vec<Box<dyn BatchSource>>, TapeError> {
    Ok(met(trial, open_unchanged_markets(&trial.scenario)?))
}

/// The same for a trial whose tapes have just been found unchanged.
///
/// # Errors
/// As [`open_markets`].
pub(super) fn open_again_for(trial: &Trial) -> Result<Vec<Box<dyn BatchSource>>, TapeError> {
    Ok(met(trial, open_markets(&trial.scenario)?))
}

/// What the bots of a trial hear of each market, where a feed of it is supervised; firings are noted where `lane` has it.
///
/// # Errors
/// As [`open_markets`].
pub(super) fn open_feeds(trial: &Trial, lane: Option<&LaneSetup>) -> Result<Vec<Option<FedMarket>>, TapeError> {
    let setups = feed::setups(trial, lane);
    if setups.iter().all(Option::is_none) {
        return Ok(setups.iter().map(|_| None).collect());
    }
    let venues = at_venues(trial)?.into_iter().zip(setups);
    Ok(venues.map(|(venue, setup)| setup.map(|setup| FedMarket::new(venue, &setup))).collect())
}

/// The markets of a trial as they are at their venues: heard of without disturbances.
///
/// # Errors
/// As [`open_markets`].
pub(super) fn at_venues(trial: &Trial) -> Result<Vec<Box<dyn BatchSource>>, TapeError> {
    let sources = open_markets(&trial.scenario)?.into_iter().zip(&trial.markets);
    Ok(sources.map(|(source, market)| relabelled(market.header.clone(), source)).collect())
}

fn met(trial: &Trial, sources: Vec<Box<dyn BatchSource>>) -> Vec<Box<dyn BatchSource>> {
    let span = trial.span();
    let met = |(source, market): (Box<dyn BatchSource>, &TrialMarket)| -> Box<dyn BatchSource> {
        let stalls = stalls(&trial.scenario.file, &market.header.instrument.symbol, span);
        let source: Box<dyn BatchSource> =
            if stalls.is_empty() { source } else { Box::new(Stalled::new(source, &stalls)) };
        Box::new(Relabelled { header: market.header.clone(), source })
    };
    sources.into_iter().zip(&trial.markets).map(met).collect()
}

/// A market under another header.
pub(super) fn relabelled(header: TapeHeader, source: Box<dyn BatchSource>) -> Box<dyn BatchSource> {
    Box::new(Relabelled { header, source })
}

/// Opens the markets of a scenario, in order: its tapes, or generators.
///
/// # Errors
/// [`TapeError`] when a tape is not there or not readable.
pub fn open_markets(scenario: &Scenario) -> Result<Vec<Box<dyn BatchSource>>, TapeError> {
    open_all(&MarketPlan::all(scenario))
}

/// A market as it was found.
#[derive(Debug, Clone)]
pub struct FoundMarket {
    /// What it says about itself.
    pub header: TapeHeader,
    /// What an opening position is valued at: the first mid (rounded down to a tick), first trade or first open. Looked for
    /// only where it is needed.
    pub first_price: Option<Price>,
}

impl FoundMarket {
    /// The market of `plan`.
    ///
    /// # Errors
    /// [`TapeError`] when it cannot be read.
    pub fn of(plan: &MarketPlan, source: &mut dyn BatchSource) -> Result<Self, TapeError> {
        Self::opened_by(std::slice::from_ref(plan), source)
    }

    /// The same market in the plans of several bots.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub(super) fn opened_by(plans: &[MarketPlan], source: &mut dyn BatchSource) -> Result<Self, TapeError> {
        let needs = |plan: &MarketPlan| plan.opening.position.0.mantissa != 0 && plan.opening.position_price.is_none();
        let needed = plans.iter().any(needs);
        Ok(Self { header: source.header().clone(), first_price: if needed { first_price(source)? } else { None } })
    }
}

/// Price at which the first market of a scenario starts; `None` when it has none.
///
/// # Errors
/// [`TapeError`] when the market cannot be read.
pub(super) fn starting_price(scenario: &Scenario) -> Result<Option<Price>, TapeError> {
    let plans = MarketPlan::all(scenario);
    let mut sources = plans.iter().take(1).map(MarketPlan::open);
    sources.next().map_or(Ok(None), |source| first_price(source?.as_mut()))
}

/// The first price at which a position can be valued.
fn first_price(source: &mut dyn BatchSource) -> Result<Option<Price>, TapeError> {
    let trades_only = source.header().kind == TapeKind::Trades;
    let mut book = Ladder::new();
    for index in 0.. {
        let found = match source.batch(index)? {
            None => return Ok(None),
            Some(Batch::Bars(batch)) => (!batch.is_empty()).then(|| batch.bar(0, Span::ZERO).open),
            Some(Batch::Rows(batch)) if trades_only => (!batch.is_empty()).then(|| Price::new(batch.price.get(0))),
            Some(Batch::Rows(batch)) => first_mid(&mut book, &batch),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The mid after the first message that leaves both sides with a price.
fn first_mid(book: &mut Ladder, batch: &RowBatch) -> Option<Price> {
    for offset in 0..batch.len() {
        let (flags, price) = (batch.flags[offset], Price::new(batch.price.get(offset)));
        match flags & row::KIND {
            row::DEPTH => drop(book.set(row::side(flags), price, Quantity::new(batch.quantity.get(offset)))),
            row::CLEAR => book.clear(row::side(flags)),
            _ => {}
        }
        if flags & row::LAST != 0
            && let Some(mid_x2) = book.best().mid_x2()
        {
            return Some(Price::new(mid_x2.div_euclid(2)));
        }
    }
    None
}

/// Rows (or bars) of all markets together that start within `duration` of the first row of any.
///
/// # Errors
/// [`TapeError`] when a market cannot be read.
pub fn rows_within(sources: &mut [Box<dyn BatchSource>], duration: Span) -> Result<u64, TapeError> {
    let start = sources.iter().map(|source| source.header().first_at).min().unwrap_or_default();
    let end = start.plus(duration).nanos();
    // Whoever is least far goes on: markets that are made together are not kept whole for it.
    let mut counts: Vec<Counted> = sources.iter().map(|_| Counted::default()).collect();
    while let Some(place) =
        (0..counts.len()).filter(|place| !counts[*place].is_over).min_by_key(|place| counts[*place].reached)
    {
        counts[place].go_on(sources[place].as_mut(), end)?;
    }
    Ok(counts.iter().map(|count| count.rows).sum())
}

/// How far a market was counted.
#[derive(Debug, Default)]
struct Counted {
    rows: u64,
    next: usize,
    reached: i64,
    is_over: bool,
}

impl Counted {
    /// A batch more: its rows (or bars) that start before `end`.
    fn go_on(&mut self, source: &mut dyn BatchSource, end: i64) -> Result<(), TapeError> {
        let stamps = match source.batch(self.next)? {
            None => {
                self.is_over = true;
                return Ok(());
            }
            Some(Batch::Rows(batch)) => batch.venue_at,
            Some(Batch::Bars(batch)) => batch.open_at,
        };
        let within = stamps.partition_point(|&at| at < end);
        self.rows += within as u64;
        self.next += 1;
        self.reached = stamps.last().copied().unwrap_or(self.reached);
        self.is_over = within < stamps.len();
        Ok(())
    }
}

/// A market under another header: the scenario's fees instead of the tape's.
struct Relabelled {
    header: TapeHeader,
    source: Box<dyn BatchSource>,
}

impl BatchSource for Relabelled {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        self.source.batch(index)
    }
}
