//! How far queue models are off: probe orders in the true queues of a generated market, beside what each model makes of its rows.
//!
//! A probe is one step large; nobody trades because of it, but it stands in the book and can be the best price. It is planted at a random moment at the touch or behind it, and followed for a
//! minute. The models see the rows alone, as on a tape.

use crate::book::{DepthChange, Ladder, QueuedOrder, SharedBook, SharedEvent};
use crate::gates::{GateConfig, Gates, RiskView};
use crate::model::{
    BestPrices, ClientOrderId, ExecutionReport, Filters, Instrument, Intent, IntentKey, MarketId, OrderId, OrderType,
    ReportKind, Side, TimeInForce, row,
};
use crate::rng::{Rng, Streams};
use crate::synth::{FlowRecipe, LiveMarket, LiveRows, LiveStep};
use crate::units::{MINUTE, Money, Overflow, Price, Quantity, SECOND, Span, Timestamp};
use crate::venue::{Curve, FillPreset, FillRules, Funds, MarketKind, QueueModel, Venue, VenueConfig};
use serde::Serialize;

/// How long a probe is followed.
pub const PROBE_FOLLOWED: Span = MINUTE;
/// Mean time between two probes.
const BETWEEN: Span = SECOND.times(2);
/// Most ticks behind the touch.
const BEHIND: i64 = 4;

/// What the queue models came to on one market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueTest {
    /// Probes that were followed for their whole time.
    pub probes: u64,
    /// Of these filled in the true queue, in thousandths.
    pub filled_permille: i64,
    /// One row a model.
    pub models: Vec<ModelErrors>,
}

/// How far one model is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelErrors {
    /// The fill preset, or the queue model with the other rules of `neutral`.
    pub model: String,
    /// Probes filled by it, in thousandths.
    pub filled_permille: i64,
    /// Filled, where the true queue did not fill.
    pub false_fills: u64,
    /// Not filled, where the true queue did.
    pub missed_fills: u64,
    /// What it takes to be ahead less what is, in thousandths of what was ahead at first: mean and median over looks at open probes.
    pub ahead_error_permille: [Option<i64>; 2],
    /// When it fills less when the true queue did, in milliseconds, where both did: mean and median.
    pub time_error_ms: [Option<i64>; 2],
}

/// One probe, and when it was filled: truly, and by each model.
struct Probe {
    id: u64,
    planted: Timestamp,
    /// Steps in front of it when it was planted.
    ahead: i64,
    filled: Option<Timestamp>,
    by_model: Vec<Option<Timestamp>>,
}

/// One model, and how far it was off in what is ahead.
struct Model {
    name: String,
    venue: Venue,
    ahead_errors: Vec<i64>,
}

struct Test {
    market: LiveMarket,
    rows: LiveRows,
    ladder: Ladder,
    models: Vec<Model>,
    gates: Gates,
    open: Vec<Probe>,
    done: Vec<Probe>,
    reports: Vec<ExecutionReport>,
    last: u64,
}

/// Plants probes in a market and follows them.
///
/// # Errors
/// [`Overflow`] when the instrument's scales do not fit.
pub fn queue_test(recipe: FlowRecipe, passed: &mut dyn FnMut(Timestamp)) -> Result<QueueTest, Overflow> {
    let mut rng = Streams::new(recipe.seed).stream("queue-test");
    let (mut at, end) = (recipe.start_at, recipe.start_at.plus(recipe.duration));
    let mut test = Test::new(recipe)?;
    loop {
        at = at.plus(wait(&mut rng));
        while let Some(due) =
            test.open.first().map(|probe| probe.planted.plus(PROBE_FOLLOWED)).filter(|due| *due <= at.min(end))
        {
            test.go_on(due)?;
            test.let_go(due);
        }
        if end <= at {
            break;
        }
        test.go_on(at)?;
        test.look();
        test.plant(at, &mut rng)?;
        passed(at);
    }
    Ok(test.result())
}

fn wait(rng: &mut Rng) -> Span {
    Span::from_nanos(rng.exponential(BETWEEN.nanos().unsigned_abs()).min(1 << 40) as i64 + 1)
}

/// The fill presets, and the queue models that none of them is, with the other rules of the neutral one.
fn rules() -> Vec<(String, FillRules)> {
    let neutral = FillPreset::Neutral.rules();
    let presets = [
        ("optimistic", FillPreset::Optimistic),
        ("neutral", FillPreset::Neutral),
        ("pessimistic", FillPreset::Pessimistic),
    ];
    let queues = [
        ("queue risk-averse", QueueModel::RiskAverse),
        ("queue power1", QueueModel::Probability(Curve::Power1)),
        ("queue power3", QueueModel::Probability(Curve::Power3)),
        ("queue log", QueueModel::Probability(Curve::Log)),
    ];
    let presets = presets.map(|(name, preset)| (name.to_owned(), preset.rules()));
    let queues = queues.map(|(name, queue)| (name.to_owned(), FillRules { queue, ..neutral }));
    presets.into_iter().chain(queues).collect()
}

impl Test {
    fn new(recipe: FlowRecipe) -> Result<Self, Overflow> {
        let market = LiveMarket::new(recipe);
        // A probe is smaller than any order may be.
        let filters = Filters::lot_only(Quantity::new(1));
        let instrument = Instrument { filters, ..market.header().instrument.clone() };
        let model = |(name, fills): (String, FillRules)| {
            let fills = FillRules { own_orders_meet: false, funds_checked: false, ..fills };
            let config = VenueConfig { fills, ..VenueConfig::default() };
            let venue = Venue::new(&instrument, &config, MarketKind::L2, &Funds::default())?;
            Ok(Model { name, venue, ahead_errors: Vec::new() })
        };
        Ok(Self {
            models: rules().into_iter().map(model).collect::<Result<_, Overflow>>()?,
            gates: Gates::new(&GateConfig::off(), &instrument)?,
            market,
            rows: LiveRows::default(),
            ladder: Ladder::new(),
            open: Vec::new(),
            done: Vec::new(),
            reports: Vec::new(),
            last: 0,
        })
    }

    /// The market goes on to `limit`, and everybody hears of it.
    fn go_on(&mut self, limit: Timestamp) -> Result<(), Overflow> {
        while self.market.step(limit, &mut self.rows) == LiveStep::Message {
            self.hear_truth();
            for index in 0..self.rows.len() {
                self.hear_row(index)?;
            }
            self.rows.clear();
        }
        Ok(())
    }

    /// What others did to the probes in the true queue.
    fn hear_truth(&mut self) {
        if !self.market.has_events() {
            return;
        }
        let mut events = Vec::new();
        self.market.take_events(&mut events);
        let at = self.rows.venue_at.first().map(|at| Timestamp::from_nanos(*at));
        for event in events {
            if let SharedEvent::Taken { id, .. } = event
                && let Some(probe) = self.open.iter_mut().find(|probe| probe.id == id.0)
            {
                probe.filled = at;
            }
        }
    }

    fn hear_row(&mut self, index: usize) -> Result<(), Overflow> {
        let (flags, at) = (self.rows.flags[index], Timestamp::from_nanos(self.rows.venue_at[index]));
        let (price, quantity) =
            (Price::new(i64::from(self.rows.price[index])), Quantity::new(self.rows.quantity[index]));
        let (side, is_trade) = (row::side(flags), flags & row::KIND == row::TRADE);
        let previous = if is_trade { Quantity::ZERO } else { self.ladder.set(side, price, quantity).previous() };
        let change = DepthChange { side, price, previous, quantity };
        for place in 0..self.models.len() {
            let (venue, book, out) = (&mut self.models[place].venue, &mut self.ladder, &mut self.reports);
            if is_trade {
                venue.on_trade(price, quantity, side, at, book, out)?;
            } else {
                venue.on_depth(&change, at, book, out)?;
            }
            if flags & row::LAST != 0 {
                venue.on_message_end(at, book, out)?;
            }
            self.hear_reports(place);
        }
        Ok(())
    }

    fn hear_reports(&mut self, place: usize) {
        for report in self.reports.drain(..) {
            if matches!(report.kind, ReportKind::Filled(_))
                && let Some(probe) = self.open.iter_mut().find(|probe| probe.id == report.client_order_id.0)
            {
                probe.by_model[place] = Some(report.matched_at);
            }
        }
    }

    /// A look at what everybody takes to be ahead of the probes that are open for all.
    fn look(&mut self) {
        for probe in self.open.iter().filter(|probe| probe.filled.is_none() && probe.ahead > 0) {
            let truth = self.market.ahead_of(OrderId(probe.id)).steps();
            for model in &mut self.models {
                if let Some(ahead) = model.venue.queue_ahead(ClientOrderId(probe.id)) {
                    model.ahead_errors.push(permille(ahead.steps() - truth, probe.ahead));
                }
            }
        }
    }

    fn plant(&mut self, at: Timestamp, rng: &mut Rng) -> Result<(), Overflow> {
        let side = if rng.ratio(1, 2) { Side::Buy } else { Side::Sell };
        let behind = if rng.ratio(1, 2) { 0 } else { rng.range(1..=BEHIND) };
        let Some(best) = self.ladder.best_price(side) else { return Ok(()) };
        let order = QueuedOrder { side, price: best.offset(-behind * side.sign()), quantity: Quantity::new(1) };
        let id = self.last + 1;
        if order.price < Price::new(1) || !self.market.plant(at, OrderId(id), order) {
            return Ok(());
        }
        self.last = id;
        let ahead = self.market.ahead_of(OrderId(id)).steps();
        let by_model = vec![None; self.models.len()];
        self.open.push(Probe { id, planted: at, ahead, filled: None, by_model });
        for place in 0..self.models.len() {
            let cleared = self.gates.clear_order(intent(id, order), &nobodys_risk(at));
            let cleared = cleared.unwrap_or_else(|refusal| panic!("gates that are off refuse a probe: {refusal:?}"));
            let model = &mut self.models[place];
            model.venue.submit(cleared, at, &mut self.ladder, &mut self.reports)?;
            self.hear_reports(place);
        }
        Ok(())
    }

    /// The oldest probe has been followed for long enough.
    fn let_go(&mut self, at: Timestamp) {
        let probe = self.open.remove(0);
        self.market.withdraw(at, OrderId(probe.id));
        for model in &mut self.models {
            let cancel = self.gates.clear_cancel(ClientOrderId(probe.id), &nobodys_risk(at));
            let cancel = cancel.unwrap_or_else(|refusal| panic!("gates that are off refuse a cancel: {refusal:?}"));
            model.venue.cancel(cancel, at, &mut self.ladder, &mut self.reports);
        }
        self.reports.clear();
        self.done.push(probe);
    }

    fn result(mut self) -> QueueTest {
        let count = self.done.len() as u64;
        let models = std::mem::take(&mut self.models);
        let errors = models.into_iter().enumerate().map(|(place, model)| self.errors(place, model)).collect();
        let filled = self.done.iter().filter(|probe| probe.filled.is_some()).count();
        QueueTest { probes: count, filled_permille: permille(filled as i64, count as i64), models: errors }
    }

    fn errors(&self, place: usize, mut model: Model) -> ModelErrors {
        let (mut filled, mut false_fills, mut missed_fills, mut times) = (0, 0, 0, Vec::new());
        for probe in &self.done {
            match (probe.by_model[place], probe.filled) {
                (Some(by_model), Some(truth)) => times.push(by_model.since(truth).nanos() / 1_000_000),
                (Some(_), None) => false_fills += 1,
                (None, Some(_)) => missed_fills += 1,
                (None, None) => {}
            }
            filled += i64::from(probe.by_model[place].is_some());
        }
        ModelErrors {
            model: model.name,
            filled_permille: permille(filled, self.done.len() as i64),
            false_fills,
            missed_fills,
            ahead_error_permille: middle(&mut model.ahead_errors),
            time_error_ms: middle(&mut times),
        }
    }
}

fn permille(part: i64, whole: i64) -> i64 {
    let thousandths = i128::from(part) * 1_000 / i128::from(whole.max(1));
    i64::try_from(thousandths).unwrap_or(i64::MAX)
}

/// Mean and median; of nothing none.
fn middle(errors: &mut [i64]) -> [Option<i64>; 2] {
    if errors.is_empty() {
        return [None; 2];
    }
    errors.sort_unstable();
    let sum: i128 = errors.iter().map(|error| i128::from(*error)).sum();
    let mean = i64::try_from(sum / errors.len() as i128).unwrap_or(i64::MAX);
    [Some(mean), Some(errors[errors.len() / 2])]
}

fn intent(id: u64, order: QueuedOrder) -> Intent {
    Intent {
        market: MarketId::FIRST,
        intent_key: IntentKey(id),
        client_order_id: ClientOrderId(id),
        side: order.side,
        order_type: OrderType::Limit { price: order.price },
        time_in_force: TimeInForce::GoodTilCancel,
        replaces: None,
        quantity: order.quantity,
        post_only: true,
        reduce_only: false,
        protective: false,
        expected_edge: None,
        reason: 0,
    }
}

/// What gates that are off are shown.
fn nobodys_risk(at: Timestamp) -> RiskView {
    RiskView {
        now: at,
        position: Quantity::ZERO,
        open_buy: Quantity::ZERO,
        open_sell: Quantity::ZERO,
        reduce_only_buy: Quantity::ZERO,
        reduce_only_sell: Quantity::ZERO,
        open_orders: 0,
        own_bid: None,
        own_ask: None,
        other_positions: 0,
        best: BestPrices::default(),
        market_at: Some(at),
        equity: Money::ZERO,
    }
}
