use super::scale::Scale;
use super::wait::{Causes, Wait};
use crate::journal::{Entry, EntrySink};
use crate::model::{
    BestPrices, ClientOrderId, ExecutionReport, Fill, GateId, Instrument, Intent, Mark, OrderType, Refusal, ReportKind,
    Side,
};
use crate::units::{MINUTE, Money, Overflow, Price, Quantity, SECOND, Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Time after a fill at which the market is looked at.
const MARKOUT: Span = SECOND.times(10);
/// Seconds in a year of 365 days.
const YEAR_SECONDS: f64 = 365.0 * 86_400.0;
/// Most gate turns kept.
const TURNS_MAX: usize = 100;

/// Largest position that the bot may hold, where it is limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PositionLimit {
    /// In steps.
    pub quantity: Option<Quantity>,
    /// In quote, at the price of the fill.
    pub value: Option<Money>,
}

/// What one run over a violent market comes to, from its journal: one market, one bot.
#[derive(Debug, Clone, PartialEq)]
pub struct ViolentFigures {
    /// First and last instant.
    pub span: (Timestamp, Timestamp),
    /// Equity at the start and at the last mark.
    pub equity: (Money, Money),
    /// Largest fall of equity below its peak at marks, as a share of it.
    pub max_drawdown: f64,
    /// Realised volatility a year of 365 days: root of the mean squared logarithmic change of the mid from minute to minute; none with less than two minutes.
    pub realised_volatility: Option<f64>,
    /// Lowest, highest and last mid over the first; ones without a mid.
    pub mids: [f64; 3],
    /// What holding as much as the equity at the start buys would have won.
    pub buy_and_hold: Money,
    /// Base in one step.
    pub step: f64,
    /// Largest position without its sign, and its mean over marks, in base.
    pub position: (f64, f64),
    /// Most that a fill took the position beyond its limit, in orders of the size of the one that was filled.
    pub position_excess_orders: Option<f64>,
    /// Orders sent, intents refused by gates, orders rejected by the venue, fills.
    pub counts: [u64; 4],
    /// Most orders sent, and most rejected, within a second of the clock.
    pub in_a_second: [u64; 2],
    /// Lowest markout of a fill after ten seconds, in basis points of its price.
    pub worst_markout_bps: Option<f64>,
    /// Worst distance of a stop's fill from its trigger, in basis points of the trigger.
    pub stop_slippage_bps: Option<f64>,
    /// What followed the first trip.
    pub stop: Option<Stopped>,
    /// The run by the mark.
    pub points: Vec<MarkPoint>,
    /// Gates that tripped (true) or opened again, in order; the first hundred.
    pub turns: Vec<(Timestamp, GateId, bool)>,
    /// Intents refused, by the minute from the start.
    pub refusals: Vec<u64>,
}

/// The first time, from the shock on, that a gate stopped the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Which gate.
    pub gate: GateId,
    /// When.
    pub at: Timestamp,
    /// From the first mark beyond its limit until then.
    pub from_cause: Wait,
    /// Until the last order that was open was known to have ended.
    pub to_last_cancel: Wait,
    /// Until nothing was held.
    pub to_flat: Wait,
    /// Until the position was within its limit.
    pub to_within_limit: Wait,
}

impl ViolentFigures {
    /// A quantity in base.
    #[must_use]
    pub fn in_base(&self, steps: i64) -> f64 {
        steps as f64 * self.step
    }
}

/// One mark, for plots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarkPoint {
    /// When.
    pub at: Timestamp,
    /// Mid in quote per base; not a number without one.
    pub mid: f64,
    /// Spread in basis points of the mid; as the mid.
    pub spread_bps: f64,
    /// Position in base.
    pub position: f64,
    /// Equity in quote.
    pub equity: f64,
}

/// A fill whose markout is to come.
#[derive(Debug, Clone, Copy)]
struct Due {
    at: Timestamp,
    price: Price,
    side: Side,
}

/// Folds a journal into [`ViolentFigures`].
#[derive(Debug)]
pub struct ViolentFold {
    scale: Scale,
    limit: PositionLimit,
    figures: ViolentFigures,
    peak: Option<Money>,
    mid_x2: Option<i64>,
    first_mid_x2: Option<i64>,
    minute: Option<(i64, i64)>,
    squares: (f64, u64),
    position: i128,
    held: (f64, u64),
    /// Quantities of orders that are open.
    sizes: BTreeMap<ClientOrderId, i64>,
    since: Timestamp,
    second: (i64, [u64; 2]),
    due: VecDeque<Due>,
    triggers: BTreeMap<ClientOrderId, Price>,
    causes: Causes,
    open: BTreeSet<ClientOrderId>,
    waits_for: BTreeSet<ClientOrderId>,
}

impl ViolentFold {
    /// A fold for a run on this instrument; the first trip of a gate at or after `since` is the stop. `equity_gates` are those whose
    /// figure is a fall of equity.
    ///
    /// # Errors
    /// [`Overflow`] when one tick times one step of the instrument cannot be held exactly.
    pub fn new(
        instrument: &Instrument,
        limit: PositionLimit,
        since: Timestamp,
        equity_gates: &[GateId],
    ) -> Result<Self, Overflow> {
        let never = Timestamp::MIN;
        let figures = ViolentFigures {
            span: (never, never),
            equity: (Money::ZERO, Money::ZERO),
            max_drawdown: 0.0,
            realised_volatility: None,
            mids: [1.0; 3],
            buy_and_hold: Money::ZERO,
            step: 0.0,
            position: (0.0, 0.0),
            position_excess_orders: (limit.value.is_some() || limit.quantity.is_some()).then_some(0.0),
            counts: [0; 4],
            in_a_second: [0; 2],
            worst_markout_bps: None,
            stop_slippage_bps: None,
            stop: None,
            points: Vec::new(),
            turns: Vec::new(),
            refusals: Vec::new(),
        };
        Ok(Self {
            scale: Scale::new(instrument)?,
            limit,
            figures,
            peak: None,
            mid_x2: None,
            first_mid_x2: None,
            minute: None,
            squares: (0.0, 0),
            position: 0,
            held: (0.0, 0),
            sizes: BTreeMap::new(),
            since,
            second: (i64::MIN, [0; 2]),
            due: VecDeque::new(),
            triggers: BTreeMap::new(),
            causes: Causes::new(equity_gates),
            open: BTreeSet::new(),
            waits_for: BTreeSet::new(),
        })
    }

    /// The figures.
    #[must_use]
    pub fn finish(mut self) -> ViolentFigures {
        let (sum, count) = self.squares;
        let minutes_of_year = YEAR_SECONDS / 60.0;
        self.figures.realised_volatility = (count > 0).then(|| libm::sqrt(sum / count as f64 * minutes_of_year));
        let (sum, count) = self.held;
        self.figures.position.1 = if count > 0 { sum / count as f64 } else { 0.0 };
        let won = self.figures.equity.0.to_f64() * (self.figures.mids[2] - 1.0);
        self.figures.buy_and_hold = Money::from_atto((won * 1e18) as i128);
        self.figures.step = self.scale.step_f64();
        self.figures
    }

    /// The market's middle is another one from `at` on.
    fn see(&mut self, at: Timestamp, best: &BestPrices) {
        self.settle(at, false);
        let Some(mid_x2) = best.mid_x2() else { return };
        self.mid_x2 = Some(mid_x2);
        self.settle(at, true);
        let first = *self.first_mid_x2.get_or_insert(mid_x2);
        let over = mid_x2 as f64 / first as f64;
        let [low, high, _] = self.figures.mids;
        self.figures.mids = [low.min(over), high.max(over), over];
    }

    /// Markouts that fall due before `at`, or at it where `now` is so.
    fn settle(&mut self, at: Timestamp, now: bool) {
        let due = |due: &Due| due.at < at || now && due.at == at;
        while let Some(fill) = self.due.front().copied().filter(due) {
            self.due.pop_front();
            let Some(mid_x2) = self.mid_x2 else { continue };
            let price = fill.price.ticks() as f64;
            let markout = fill.side.sign() as f64 * (mid_x2 as f64 / 2.0 / price - 1.0) * 1e4;
            let worst = self.figures.worst_markout_bps.map_or(markout, |worst| worst.min(markout));
            self.figures.worst_markout_bps = Some(worst);
        }
    }

    fn mark(&mut self, mark: &Mark) {
        self.see(mark.at, &mark.best);
        if self.figures.stop.is_none() {
            self.causes.mark(mark.at, mark.equity);
        }
        self.figures.equity.1 = mark.equity;
        let peak = self.peak.map_or(mark.equity, |peak| peak.max(mark.equity));
        self.peak = Some(peak);
        if peak > Money::ZERO {
            let fall = 1.0 - mark.equity.to_f64() / peak.to_f64();
            self.figures.max_drawdown = self.figures.max_drawdown.max(fall);
        }
        self.mark_minute(mark.at);
        let held = mark.position.steps() as f64 * self.scale.step_f64();
        self.held = (self.held.0 + libm::fabs(held), self.held.1 + 1);
        self.figures.position.0 = self.figures.position.0.max(libm::fabs(held));
        let mid = self.mid_x2.map_or(f64::NAN, |mid_x2| mid_x2 as f64 / 2.0);
        let spread = mark
            .best
            .bid
            .zip(mark.best.ask)
            .map_or(f64::NAN, |(bid, ask)| (ask.price.ticks() - bid.price.ticks()) as f64 / mid * 1e4);
        self.figures.points.push(MarkPoint {
            at: mark.at,
            mid: mid * self.scale.tick_f64(),
            spread_bps: spread,
            position: held,
            equity: mark.equity.to_f64(),
        });
        self.look_at_position(mark.at);
    }

    /// The first mark of each minute stands for it.
    fn mark_minute(&mut self, at: Timestamp) {
        let Some(mid_x2) = self.mid_x2 else { return };
        let minute = at.nanos().div_euclid(MINUTE.nanos());
        match self.minute {
            Some((before, _)) if before == minute => return,
            Some((before, old)) if before + 1 == minute => {
                let change = libm::log(mid_x2 as f64 / old as f64);
                self.squares = (self.squares.0 + change * change, self.squares.1 + 1);
            }
            _ => {}
        }
        self.minute = Some((minute, mid_x2));
    }

    fn sent(&mut self, at: Timestamp, intent: &Intent) {
        self.figures.counts[0] += 1;
        self.sizes.insert(intent.client_order_id, intent.quantity.steps());
        self.open.insert(intent.client_order_id);
        if let OrderType::Stop { trigger } | OrderType::StopLimit { trigger, .. } = intent.order_type {
            self.triggers.insert(intent.client_order_id, trigger);
        }
        self.count_second(at, 0);
    }

    fn count_second(&mut self, at: Timestamp, what: usize) {
        let second = at.nanos().div_euclid(SECOND.nanos());
        if second != self.second.0 {
            self.second = (second, [0; 2]);
        }
        self.second.1[what] += 1;
        self.figures.in_a_second[what] = self.figures.in_a_second[what].max(self.second.1[what]);
    }

    fn report(&mut self, report: &ExecutionReport) {
        match &report.kind {
            ReportKind::Rejected(_) => {
                self.figures.counts[2] += 1;
                self.count_second(report.matched_at, 1);
                self.ended(report);
            }
            ReportKind::Filled(fill) => {
                self.filled(report, fill);
                if report.open.is_zero() {
                    self.ended(report);
                }
            }
            ReportKind::Ended(_) => self.ended(report),
            _ => {}
        }
        for booking in report.kind.bookings(report.side) {
            self.position += booking.signed();
        }
        self.look_at_position(report.told_at().unwrap_or(report.matched_at));
    }

    fn filled(&mut self, report: &ExecutionReport, fill: &Fill) {
        self.figures.counts[3] += 1;
        let due = Due { at: report.matched_at.plus(MARKOUT), price: fill.price, side: report.side };
        let place = self.due.partition_point(|other| other.at <= due.at);
        self.due.insert(place, due);
        let after = self.position + i128::from(report.side.sign() * fill.quantity.steps());
        if after.abs() > self.position.abs() {
            let order = self.sizes.get(&report.client_order_id).copied().unwrap_or(1).max(1) as f64;
            let limit = self.limit_at(fill.price);
            let excess = limit.map(|limit| after.abs().saturating_sub(limit).max(0) as f64 / order);
            if let (Some(most), Some(excess)) = (&mut self.figures.position_excess_orders, excess) {
                *most = most.max(excess);
            }
        }
        if let Some(trigger) = self.triggers.get(&report.client_order_id) {
            let worse = report.side.sign() as f64 * (fill.price.ticks() - trigger.ticks()) as f64;
            let slippage = worse / trigger.ticks() as f64 * 1e4;
            let worst = self.figures.stop_slippage_bps.map_or(slippage, |worst| worst.max(slippage));
            self.figures.stop_slippage_bps = Some(worst);
        }
    }

    /// Largest position at a price, in steps; `None` without a limit.
    fn limit_at(&self, price: Price) -> Option<i128> {
        let worth = self.scale.quote(price.ticks().into()).map_or(i128::MAX, Money::atto).max(1);
        let value = self.limit.value.map(|value| value.atto() / worth);
        let limits = [self.limit.quantity.map(|quantity| quantity.steps().into()), value];
        limits.into_iter().flatten().min()
    }

    fn ended(&mut self, report: &ExecutionReport) {
        self.open.remove(&report.client_order_id);
        self.sizes.remove(&report.client_order_id);
        let waited = self.waits_for.remove(&report.client_order_id);
        if let Some(stop) = self.figures.stop.as_mut().filter(|_| waited && self.waits_for.is_empty()) {
            stop.to_last_cancel = Wait::between(stop.at, report.told_at().unwrap_or(report.matched_at));
        }
    }

    /// What is held is another quantity, or worth another amount, from `at` on.
    fn look_at_position(&mut self, at: Timestamp) {
        let reached = [self.position == 0, self.is_within()];
        let Some(stop) = self.figures.stop.as_mut() else { return };
        for (wait, reached) in [&mut stop.to_flat, &mut stop.to_within_limit].into_iter().zip(reached) {
            if reached && wait.is_due() {
                *wait = Wait::between(stop.at, at);
            }
        }
    }

    /// No more is held than is allowed.
    fn is_within(&self) -> bool {
        let mid = self.mid_x2.map(|mid_x2| Price::new(mid_x2 / 2));
        self.position == 0 || mid.is_some_and(|mid| self.limit_at(mid).is_none_or(|limit| self.position.abs() <= limit))
    }

    fn tripped(&mut self, at: Timestamp, Refusal { gate, value, limit }: Refusal) {
        self.turn(at, gate, true);
        if self.figures.stop.is_some() || at < self.since {
            return;
        }
        self.waits_for = self.open.clone();
        let cancelled = self.waits_for.is_empty();
        let to_within_limit = match self.limit == PositionLimit::default() {
            true => Wait::Nothing("no limit of the position is set"),
            false => Wait::Never("the position was beyond its limit until the run's end"),
        };
        self.figures.stop = Some(Stopped {
            gate,
            at,
            from_cause: self.causes.until(at, gate, (value, limit)),
            to_last_cancel: if cancelled {
                Wait::Took(Span::ZERO)
            } else {
                Wait::Never("an order was open until the run's end")
            },
            to_flat: Wait::Never("something was held until the run's end"),
            to_within_limit,
        });
        self.look_at_position(at);
    }

    fn turn(&mut self, at: Timestamp, gate: GateId, trips: bool) {
        if self.figures.turns.len() < TURNS_MAX {
            self.figures.turns.push((at, gate, trips));
        }
    }

    fn refused(&mut self, at: Timestamp) {
        self.figures.counts[1] += 1;
        let minute = usize::try_from(at.since(self.figures.span.0).nanos() / MINUTE.nanos()).unwrap_or(0);
        if self.figures.refusals.len() <= minute {
            self.figures.refusals.resize(minute + 1, 0);
        }
        self.figures.refusals[minute] += 1;
    }
}

impl EntrySink for ViolentFold {
    fn record(&mut self, entry: &Entry) {
        match entry {
            Entry::Start { at, equity, position, .. } => {
                self.figures.span.0 = *at;
                self.figures.equity = (*equity, *equity);
                self.peak = Some(*equity);
                self.position = position.steps().into();
            }
            Entry::OrderSent { at, intent } => self.sent(*at, intent),
            Entry::OrderRefused { at, .. } => self.refused(*at),
            Entry::Venue(report) => self.report(report),
            Entry::Mark(mark) => self.mark(mark),
            Entry::Quote { at, best, .. } => self.see(*at, best),
            Entry::Tripped { at, refusal, .. } => self.tripped(*at, *refusal),
            Entry::Cleared { at, gate, .. } => self.turn(*at, *gate, false),
            Entry::End { at, .. } => self.figures.span.1 = *at,
            _ => {}
        }
    }
}
