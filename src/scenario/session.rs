//! A finished run as the simulation of a real session: its orders and fills under each fill preset.

use super::closed::NO_BAND;
use super::execute::{RunError, execute_in_memory};
use super::file::RulesFile;
use super::load::Scenario;
use super::manifest::{LaneRecord, Manifest};
use super::replay::{BindError, Replay, ReplayError, SCENARIO, bind, overrides};
use super::saved::{FinishedRun, SavedError, open_journal};
use super::trial::preset_name;
use crate::journal::{Entry, EntrySink};
use crate::model::{
    BestPrices, ExecutionReport, FillRecord, Instrument, MarketId, OrderRecord, OrderType, ReportKind, TradingRecord,
};
use crate::units::Price;
use crate::venue::FillPreset;
use std::collections::BTreeMap;
use std::path::Path;

/// A run that is no simulation of a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The folder holds no sound run.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// The run cannot be had again, where it has to be.
    #[error("fill preset {preset}: {source}")]
    Again {
        /// Under which preset.
        preset: String,
        /// Why not.
        source: Box<ReplayError>,
    },
    /// The run has no market of the log's symbol.
    #[error("no market `{found}` in the run; expected {allowed}")]
    Symbol {
        /// Asked for.
        found: String,
        /// Those there are.
        allowed: String,
    },
    /// Nobody can say what is held at the end is worth.
    #[error("lane {0}: no mark has both a bid and an ask: nothing can be valued")]
    NoMark(String),
}

/// What the bot would have done in the session under one fill preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedLane {
    /// Name of the preset.
    pub preset: String,
    /// Its orders and fills.
    pub record: TradingRecord,
    /// Best bid and ask at the last mark.
    pub best: (Price, Price),
}

/// One market of a run under every fill preset that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedSession {
    /// The instrument.
    pub instrument: Instrument,
    /// The run's own preset first.
    pub lanes: Vec<SimulatedLane>,
    /// Why there is only the run's own; empty where there are all.
    pub one_because: String,
}

/// Which instrument of a run a log is about: the one of `symbol`, or the first.
///
/// # Errors
/// [`SessionError::Symbol`] when the run has none of that name.
pub fn session_market<'a>(
    manifest: &'a Manifest,
    symbol: Option<&str>,
) -> Result<(MarketId, &'a Instrument), SessionError> {
    let mut markets = (0..).map(MarketId).zip(manifest.headers().map(|header| &header.instrument));
    let Some(symbol) = symbol else { return Ok((MarketId::FIRST, &manifest.market.header.instrument)) };
    markets.find(|(_, instrument)| instrument.symbol == symbol).ok_or_else(|| {
        let names: Vec<String> = manifest.headers().map(|header| format!("`{}`", header.instrument.symbol)).collect();
        SessionError::Symbol { found: symbol.to_owned(), allowed: names.join(" or ") }
    })
}

/// The run in `folder` under each fill preset: from its journals where they are there, else by running it again. Times of fills are the venue's,
/// or with `as_heard` those at which the bot hears of them.
///
/// # Errors
/// [`SessionError`] when journals are damaged, or the run has to be had again and cannot.
pub fn simulated_session(
    (folder, run): (&Path, &FinishedRun),
    with: Replay<'_>,
    (symbol, as_heard): (Option<&str>, bool),
) -> Result<SimulatedSession, SessionError> {
    let manifest = &run.manifest;
    let (market, instrument) = session_market(manifest, symbol)?;
    let whole = |lane: &LaneRecord| -> Result<SimulatedLane, SessionError> {
        let mut fold = RecordFold::new(market, as_heard);
        open_journal(folder, lane)?.replay(&mut fold).map_err(SavedError::from)?;
        fold.finish(&lane.preset)
    };
    let again = |preset: &str| {
        let failed = |source| SessionError::Again { preset: preset.to_owned(), source: Box::new(source) };
        let entries = entries_under((folder, manifest), preset, with).map_err(failed)?;
        let mut fold = RecordFold::new(market, as_heard);
        entries.iter().for_each(|entry| fold.record(entry));
        fold.finish(preset)
    };
    let recorded = |lane: &LaneRecord| if manifest.keeps_every_entry() { whole(lane) } else { again(&lane.preset) };
    let mut lanes = manifest.lanes.iter().map(recorded).collect::<Result<Vec<_>, _>>()?;
    let one_because = one_because(manifest);
    if one_because.is_empty() {
        for preset in FillPreset::BAND.map(preset_name) {
            if lanes.iter().all(|lane| lane.preset != preset) {
                lanes.push(again(preset)?);
            }
        }
    }
    Ok(SimulatedSession { instrument: instrument.clone(), lanes, one_because })
}

/// Why no other fill preset is tried.
fn one_because(manifest: &Manifest) -> String {
    match (manifest.no_band_because.as_str(), &manifest.user) {
        (NO_BAND, _) => format!("fill presets do not apply: {NO_BAND}"),
        (_, Some(_)) if manifest.lanes.len() < 2 => "the bot ran beside others of its user".to_owned(),
        _ => String::new(),
    }
}

/// The entries of the run under a preset of its own or another, without departures from that one.
fn entries_under(
    (folder, manifest): (&Path, &Manifest),
    preset: &str,
    with: Replay<'_>,
) -> Result<Vec<Entry>, ReplayError> {
    let mut scenario = Scenario::load(&folder.join(SCENARIO), &overrides(with), with.registry)?;
    let is_own = preset == manifest.primary().preset;
    let known = FillPreset::BAND.into_iter().find(|known| preset_name(*known) == preset).filter(|_| !is_own);
    if let Some(known) = known {
        scenario.file.venue.fills = known;
        scenario.file.venue.rules = RulesFile::default();
    }
    scenario.file.run.band = false;
    let trial = bind(&scenario, with.registry).map_err(bound)?;
    let (executed, entries) = execute_in_memory(&trial, |_| {}).map_err(|error: RunError| ReplayError::from(error))?;
    let (found, expected) = (executed.primary().journal.digest, manifest.primary().digest);
    if is_own && found != expected {
        let (preset, found, expected) = (preset.to_owned(), found.to_string(), expected.to_string());
        return Err(ReplayError::Diverged { preset, found, expected });
    }
    Ok(entries)
}

const fn bound(error: BindError) -> ReplayError {
    ReplayError::Bind(error)
}

/// Folds the entries of a journal to a record of one market.
struct RecordFold {
    market: MarketId,
    as_heard: bool,
    orders: BTreeMap<u64, OrderRecord>,
    /// Every fill in the order in which the venue made them, with its order; none where it was taken back.
    fills: Vec<Option<(u64, FillRecord)>>,
    best: Option<(Price, Price)>,
}

impl RecordFold {
    const fn new(market: MarketId, as_heard: bool) -> Self {
        Self { market, as_heard, orders: BTreeMap::new(), fills: Vec::new(), best: None }
    }

    fn report(&mut self, report: &ExecutionReport) {
        let id = report.client_order_id.0;
        match &report.kind {
            ReportKind::Filled(fill) => {
                // One that the bot never heard of, since the run ended before, has the time of the venue.
                let at = if self.as_heard { report.told_at().unwrap_or(report.matched_at) } else { report.matched_at };
                let (price, quantity, fee) = (fill.price, fill.quantity, fill.fee);
                self.fills.push(Some((id, FillRecord { at, price, quantity, fee, liquidity: Some(fill.liquidity) })));
            }
            ReportKind::Amended { quantity, .. } => {
                if let Some(order) = self.orders.get_mut(&id) {
                    order.quantity = Some(*quantity);
                }
            }
            ReportKind::Busted(bust) => {
                if let Some(fill) = self.fill_of(bust.of) {
                    *fill = None;
                }
            }
            ReportKind::Corrected(correction) => {
                if let Some(Some((_, fill))) = self.fill_of(correction.was.of) {
                    (fill.price, fill.fee) = (correction.price, correction.fee);
                }
            }
            _ => {}
        }
    }

    /// The fill with that number, from 1.
    fn fill_of(&mut self, number: u64) -> Option<&mut Option<(u64, FillRecord)>> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        self.fills.get_mut(place)
    }

    fn mark(&mut self, best: &BestPrices) {
        if let (Some(bid), Some(ask)) = (best.bid, best.ask) {
            self.best = Some((bid.price, ask.price));
        }
    }

    fn finish(mut self, preset: &str) -> Result<SimulatedLane, SessionError> {
        for (id, fill) in self.fills.into_iter().flatten() {
            if let Some(order) = self.orders.get_mut(&id) {
                order.fills.push(fill);
            }
        }
        let mut orders: Vec<OrderRecord> = self.orders.into_values().collect();
        orders.iter_mut().for_each(|order| order.fills.sort_by_key(|fill| fill.at));
        orders.sort_by_key(|order| (order.sent_at, order.client_order_id));
        let best = self.best.ok_or_else(|| SessionError::NoMark(preset.to_owned()))?;
        let record = TradingRecord { orders, knows_orders: true };
        Ok(SimulatedLane { preset: preset.to_owned(), record, best })
    }
}

impl EntrySink for RecordFold {
    fn record(&mut self, entry: &Entry) {
        if entry.market() != self.market {
            return;
        }
        match entry {
            Entry::OrderSent { at, intent } => {
                let price = match intent.order_type {
                    OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
                    OrderType::Market | OrderType::Stop { .. } | OrderType::TakeProfit { .. } => None,
                };
                let order = OrderRecord {
                    name: intent.client_order_id.0.to_string(),
                    client_order_id: Some(intent.client_order_id.0),
                    side: intent.side,
                    sent_at: Some(*at),
                    price,
                    quantity: Some(intent.quantity),
                    fills: Vec::new(),
                };
                // What is sent again under its number is the same order.
                self.orders.entry(intent.client_order_id.0).or_insert(order);
            }
            Entry::Venue(report) => self.report(report),
            Entry::Mark(mark) => self.mark(&mark.best),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        Bust, ClientOrderId, Correction, Fill, Intent, IntentKey, Level, Liquidity, Mark, OrderId, Side, TimeInForce,
    };
    use crate::units::{Money, Quantity, Timestamp};

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    fn sent(id: u64) -> Entry {
        let intent = Intent {
            intent_key: IntentKey(id),
            client_order_id: ClientOrderId(id),
            market: MarketId::FIRST,
            side: Side::Buy,
            order_type: OrderType::Limit { price: Price::new(100) },
            time_in_force: TimeInForce::GoodTilCancel,
            replaces: None,
            quantity: Quantity::new(5),
            post_only: false,
            reduce_only: false,
            protective: false,
            expected_edge: None,
            reason: 0,
        };
        Entry::OrderSent { at: at(1), intent }
    }

    fn report(id: u64, kind: ReportKind) -> Entry {
        Entry::Venue(ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(id),
            order_id: OrderId(id),
            side: Side::Buy,
            kind,
            executed: Quantity::new(0),
            open: Quantity::new(0),
            sent_at: at(1),
            arrived_at: at(2),
            matched_at: at(3),
            reported_at: at(4),
        })
    }

    fn fill(price: i64) -> ReportKind {
        ReportKind::Filled(Fill {
            price: Price::new(price),
            quantity: Quantity::new(5),
            liquidity: Liquidity::Maker,
            fee: Money::from_units(1),
            best: BestPrices::default(),
        })
    }

    fn bust(of: u64, price: i64) -> Bust {
        let (price, quantity) = (Price::new(price), Quantity::new(5));
        Bust { of, price, quantity, liquidity: Liquidity::Maker, fee: Money::from_units(1), line: 1 }
    }

    fn folded(entries: &[Entry], as_heard: bool) -> Result<SimulatedLane, SessionError> {
        let mut fold = RecordFold::new(MarketId::FIRST, as_heard);
        entries.iter().for_each(|entry| fold.record(entry));
        fold.finish("neutral")
    }

    #[test]
    fn busts_and_corrections_stand_as_they_were_set_right() {
        let level = |price| Some(Level { price: Price::new(price), quantity: Quantity::new(1) });
        let mark = |bid, ask| {
            Entry::Mark(Mark {
                market: MarketId::FIRST,
                at: at(9),
                best: BestPrices { bid, ask },
                position: Quantity::new(0),
                equity: Money::ZERO,
                open_orders: 0,
                feed_latency_ns: 0,
            })
        };
        let correction = Correction { was: bust(2, 101), price: Price::new(99), fee: Money::from_units(2) };
        let amended = ReportKind::Amended { price: Price::new(101), quantity: Quantity::new(7) };
        let entries = [
            sent(7),
            sent(7),
            sent(8),
            report(7, fill(100)),
            report(8, amended),
            report(8, fill(101)),
            report(7, ReportKind::Busted(bust(1, 100))),
            report(8, ReportKind::Corrected(correction)),
            mark(level(90), level(92)),
            mark(level(95), None),
        ];
        let lane = folded(&entries, false).unwrap();
        let [first, second] = lane.record.orders.as_slice() else { panic!("{:?}", lane.record.orders) };
        assert_eq!((first.client_order_id, first.fills.len()), (Some(7), 0));
        let fill = second.fills[0];
        assert_eq!((fill.price, fill.fee, fill.at), (Price::new(99), Money::from_units(2), at(3)));
        assert_eq!((second.quantity, second.price), (Some(Quantity::new(7)), Some(Price::new(100))));
        assert_eq!(lane.best, (Price::new(90), Price::new(92)), "a mark without an ask values nothing");
        assert_eq!(folded(&entries, true).unwrap().record.orders[1].fills[0].at, at(4));
        let error = folded(&entries[..8], false).unwrap_err().to_string();
        assert!(error.contains("no mark has both a bid and an ask"), "{error}");
    }
}
