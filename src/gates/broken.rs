//! A table of gates one of which is broken.
//!
//! The gate itself misbehaves: it is given a wrong view, its state is lost, or its judgement is not asked for. Everything else,
//! the other gates included, is what a bot has. Gates that are whole pay one comparison a request for it.

use super::ask::Ask;
use super::broken_orders::{HALF_A_DAY, Lie, PER_CENT, UNIT};
use super::defect::Defect;
use super::gate::{Found, Gate, Slot};
use super::list::List;
use super::loss::moved;
use super::{Execution, GateConfig, GateEvent, RiskView};
use crate::model::{
    BestPrices, ExecutionReport, GateId, Instrument, Level, Mark, MarketId, OrderType, Refusal, ReportKind, Side,
};
use crate::units::{Day, MILLISECOND, Money, Price, Quantity, Span, Timestamp};

/// The broken gate, and all gates as they were at the start: what is left after a restart without saved state.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub how: Breakage,
    pub fresh: List,
}

/// What is wrong with which gate, and what it takes to be wrong in that way.
#[derive(Debug, Clone)]
pub(super) struct Breakage {
    pub gate: GateId,
    pub defect: Defect,
    lot: i128,
    /// Quote of a tick and a step, in atto.
    tick_step: i128,
    /// Length of the window in which is counted.
    window: Span,
    /// Number of the window of the clock in which the last request was.
    window_now: Option<i64>,
    first_market_at: Option<Timestamp>,
    first_mark_at: Option<Timestamp>,
    /// Of the first mark.
    first_mid_x2: Option<i64>,
    /// When it was asked or told of anything first, and on which day last.
    first_at: Option<Timestamp>,
    day: Option<Day>,
    /// Position as of the last request or fill.
    held: Quantity,
    /// Equity at the day's start, and at the mark before.
    baseline: Option<Money>,
    before: Money,
    /// Instant of the mark that it does not count.
    off_at: Option<Timestamp>,
    /// The one order that it does not count has been.
    was_off: bool,
    /// What the position was entered for, as said before the mark.
    pub entered_for: Money,
    /// Position at the start.
    opened_with: Quantity,
    counted: u32,
    has_tripped: bool,
    has_restarted: bool,
}

/// A refusal without a reason.
const GROUNDLESS: Found = Found { value: 1, limit: 0 };

/// Orders that are counted when the restart comes.
const COUNTED_BEFORE_RESTART: u32 = 2;

impl Broken {
    pub fn new(gate: GateId, defect: Defect, list: &List, config: &GateConfig, instrument: &Instrument) -> Self {
        let window = i64::from(window_ms(gate, config).max(1));
        let tick_step = instrument.tick_step_value().map_or(0, Money::atto);
        let how = Breakage {
            gate,
            defect,
            lot: i128::from(instrument.filters.lot.steps().max(1)),
            tick_step,
            window: MILLISECOND.times(window),
            window_now: None,
            first_market_at: None,
            first_mark_at: None,
            first_mid_x2: None,
            first_at: None,
            day: None,
            held: Quantity::ZERO,
            baseline: None,
            before: Money::ZERO,
            off_at: None,
            was_off: false,
            entered_for: Money::ZERO,
            opened_with: Quantity::ZERO,
            counted: 0,
            has_tripped: false,
            has_restarted: false,
        };
        Self { how, fresh: list.clone() }
    }

    /// As the gates' own: the first that refuses is reported, and all count what all let pass.
    pub fn pass(&mut self, list: &mut List, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
        self.how.first_market_at = self.how.first_market_at.or(risk.market_at);
        list.check_broken(self, ask, risk)?;
        list.cleared_broken(self, ask, risk);
        Ok(())
    }

    pub fn open(&mut self, mark: &Mark) {
        (self.how.baseline, self.how.before) = (Some(mark.equity), mark.equity);
        (self.how.opened_with, self.how.held) = (mark.position, mark.position);
    }

    /// Equity moves without profit: so does what it is held against.
    pub fn allocated(&mut self, amount: Money) {
        self.how.before = moved(self.how.before, amount);
        self.how.baseline = self.how.baseline.map(|baseline| moved(baseline, amount));
    }

    /// True when the gate of that number does not hear heartbeats.
    pub fn is_deaf(&self, gate: GateId) -> bool {
        self.how.gate == gate && self.how.defect == Defect::WrongBaseline
    }

    /// True when the gate of that number cannot be engaged.
    pub fn is_dead(&self, gate: GateId) -> bool {
        self.how.gate == gate && self.how.defect == Defect::NeverFires
    }
}

impl Breakage {
    pub fn check<G: Gate + Clone>(
        &mut self,
        slot: &mut Slot<G>,
        fresh: &Slot<G>,
        ask: &Ask,
        risk: &RiskView,
    ) -> Result<(), Refusal> {
        if G::SPEC.id != self.gate {
            return slot.check(ask, risk);
        }
        if !G::SPEC.row.checks(ask.effect, ask.protective) {
            return Ok(());
        }
        (self.held, self.first_at) = (risk.position, self.first_at.or(Some(risk.now)));
        if self.starts_anew(G::SPEC.name, risk.now) {
            *slot = fresh.clone();
            slot.open(&as_mark(risk));
        }
        let (seen, known) = self.view(G::SPEC.name, ask, risk);
        let groundless = || Err(GROUNDLESS.refusal(G::SPEC.id));
        match self.defect {
            Defect::NeverFires => Ok(()),
            Defect::EntriesOnly if risk.position != Quantity::ZERO => Ok(()),
            Defect::OffByOne if G::SPEC.name == "user_orders" && !self.was_off => {
                // It counts where it is asked: asked twice it has counted an order that there was not.
                self.was_off = true;
                slot.check(ask, risk).and_then(|()| slot.check(ask, risk))
            }
            Defect::AlwaysFires => slot.check(ask, risk).and_then(|()| groundless()),
            Defect::WrongSign if matches!(G::SPEC.name, "kill_switch" | "paper_mode") => match slot.check(ask, risk) {
                Ok(()) => groundless(),
                Err(_) => Ok(()),
            },
            _ => slot.check(&seen, &known),
        }
    }

    pub fn cleared<G: Gate>(&mut self, slot: &mut Slot<G>, ask: &Ask, risk: &RiskView) {
        if G::SPEC.id != self.gate {
            return slot.cleared(ask, risk);
        }
        let (seen, known) = self.view(G::SPEC.name, ask, risk);
        let skips = match self.defect {
            Defect::EntriesOnly => risk.position != Quantity::ZERO,
            Defect::OffByOne if matches!(G::SPEC.name, "order_burst" | "message_rate" | "daily_orders") => {
                !std::mem::replace(&mut self.was_off, true)
            }
            _ => false,
        };
        self.counted += 1;
        if !skips {
            slot.cleared(&seen, &known);
        }
    }

    /// The process has started again, and what it had saved of the gate is lost.
    pub fn forget<G: Gate + Clone>(&self, slot: &mut Slot<G>, fresh: &Slot<G>) {
        if G::SPEC.id == self.gate && self.defect == Defect::ForgetsAtRestart {
            *slot = fresh.clone();
        }
    }

    /// A restart: after a trip, or where a window is half full. And whatever counts by the windows of a clock.
    fn starts_anew(&mut self, gate: &str, now: Timestamp) -> bool {
        match self.defect {
            Defect::ForgetsAtRestart => {
                let is_due = self.has_tripped || COUNTED_BEFORE_RESTART <= self.counted;
                is_due && !std::mem::replace(&mut self.has_restarted, true)
            }
            Defect::WrongBaseline if matches!(gate, "order_burst" | "message_rate") => {
                let number = now.nanos().div_euclid(self.window.nanos());
                self.window_now.replace(number).is_some_and(|before| before != number)
            }
            _ => false,
        }
    }

    /// What the gate is told in place of the truth.
    fn view(&self, gate: &str, ask: &Ask, risk: &RiskView) -> (Ask, RiskView) {
        let (mut seen, mut known) = (*ask, *risk);
        let aged = |change: &dyn Fn(i64) -> i64| {
            risk.market_at.map(|at| risk.now.plus(Span::from_nanos(-change(risk.now.since(at).nanos()))))
        };
        match (self.defect, gate) {
            (Defect::WrongSign, "order_value") => seen.quantity = -ask.quantity,
            (Defect::WrongSign, "position" | "position_ramp") => known.position = -risk.position,
            (Defect::WrongSign, "stale_data") => known.market_at = aged(&|age| -age),
            (Defect::WrongSign, "order_burst") => known.now = Timestamp::from_nanos(-risk.now.nanos()),
            (Defect::WrongUnit, "order_value") => seen.quantity = ask.quantity / i128::from(UNIT),
            (Defect::WrongUnit, "position" | "position_ramp") => (seen, known) = in_thousands(ask, risk),
            (Defect::WrongUnit, "stale_data") => known.market_at = aged(&|age| age / UNIT),
            (Defect::WrongUnit, "order_burst") => known.now = Timestamp::from_nanos(risk.now.nanos() / UNIT),
            (Defect::WrongBaseline, "order_value") => {
                let own = risk.best.side(ask.side);
                seen.order_type = own.map_or(ask.order_type, |level| OrderType::Limit { price: level.price });
            }
            (Defect::WrongBaseline, "position") => known.position = risk.position - self.opened_with,
            (Defect::WrongBaseline, "stale_data") => known.market_at = self.first_market_at,
            (Defect::WrongSign, "daily_turnover") => seen.quantity = -ask.quantity,
            (Defect::WrongUnit, "daily_turnover") => seen.quantity = ask.quantity / i128::from(UNIT),
            (Defect::WrongBaseline, "daily_turnover") => known.now = self.first_at.unwrap_or(risk.now),
            (Defect::WrongDay, "daily_turnover") => known.now = half_a_day_before(risk.now),
            (Defect::IgnoresUnknownOrders, "daily_turnover") => {
                seen.open = 0;
                (known.open_buy, known.open_sell) = (Quantity::ZERO, Quantity::ZERO);
            }
            (Defect::OffByOne, "order_value" | "position" | "position_ramp" | "daily_turnover") => {
                seen.quantity = ask.quantity + self.lot
            }
            (Defect::OffByOne, "stale_data") => known.market_at = aged(&|age| age + 1),
            (Defect::WrongSign, "self_trade") => (known.own_bid, known.own_ask) = (risk.own_ask, risk.own_bid),
            (Defect::WrongSign, "heartbeat") => known.now = Timestamp::from_nanos(-risk.now.nanos()),
            (Defect::WrongUnit, "self_trade") => {
                let small = |price: Price| Price::new(price.ticks() / UNIT);
                (known.own_bid, known.own_ask) = (risk.own_bid.map(small), risk.own_ask.map(small));
            }
            (Defect::WrongUnit, "heartbeat") => known.now = Timestamp::from_nanos(risk.now.nanos() / UNIT),
            (Defect::WrongBaseline, "self_trade") => {
                let opposite = risk.best.side(ask.side.opposite());
                seen.order_type = opposite.map_or(ask.order_type, |level| OrderType::Limit { price: level.price });
            }
            (Defect::OffByOne, "self_trade") => {
                let away = |side: Side| risk.own(side).map(|price| price.offset(-side.sign()));
                (known.own_bid, known.own_ask) = (away(Side::Buy), away(Side::Sell));
            }
            (Defect::OffByOne, "concurrent_positions") => {
                known.other_positions = risk.other_positions.saturating_sub(1);
            }
            (Defect::WrongDay, "user_orders") => known.now = risk.now.plus(HALF_A_DAY),
            (Defect::OffByOne, "heartbeat") => known.now = risk.now.plus(Span::from_nanos(1)),
            (Defect::IgnoresUnknownOrders, "position" | "position_ramp") => {
                (seen.open, seen.reduce_only) = (0, ask.reduce_only.min(ask.quantity));
            }
            _ => {
                let lie = Lie { defect: self.defect, lot: self.lot, opening: self.baseline };
                return lie.of(gate, ask, risk);
            }
        }
        (seen, known)
    }

    pub fn on_mark<G: Gate + Clone>(
        &mut self,
        slot: &mut Slot<G>,
        fresh: &Slot<G>,
        mark: &Mark,
        out: &mut Vec<GateEvent>,
    ) -> bool {
        if G::SPEC.id != self.gate {
            return slot.on_mark(mark, out);
        }
        self.first_mid_x2 = self.first_mid_x2.or(mark.best.mid_x2());
        self.first_mark_at = self.first_mark_at.or(Some(mark.at));
        match G::SPEC.name {
            "drawdown" | "total_loss" if self.turns_a_day(mark.at) => slot.reenable(G::SPEC.id, out),
            name if knows_no_day(name) && self.turns_a_day(mark.at) => *slot = fresh.clone(),
            _ => {}
        }
        let seen = self.mark(G::SPEC.name, mark);
        slot.entered_for(self.entered(mark));
        let watches_price = matches!(G::SPEC.name, "extreme_move" | "stop_loss");
        let has_moved = watches_price && mark.best.mid_x2() != self.first_mid_x2;
        let is_over = has_moved || slot.trip_equity().is_some_and(|trip| mark.equity <= trip);
        let skips = match self.defect {
            Defect::NeverFires => true,
            Defect::EntriesOnly => {
                !matches!(G::SPEC.name, "period_collar" | "position_ramp") && mark.position != Quantity::ZERO
            }
            // A mark may be made twice at one instant, and counts once.
            Defect::OffByOne => is_over && *self.off_at.get_or_insert(mark.at) == mark.at,
            _ => false,
        };
        let before = out.len();
        let kills = !skips && slot.on_mark(&seen, out);
        self.has_tripped |= out[before..].iter().any(|event| matches!(event, GateEvent::Tripped(_)));
        kills
    }

    /// The mark that the gate is told in place of the true one. What leaves its type is told as it is.
    fn mark(&mut self, gate: &str, mark: &Mark) -> Mark {
        let baseline = *self.baseline.get_or_insert(mark.equity);
        let before = std::mem::replace(&mut self.before, mark.equity);
        let from =
            |equity: Money, change: i128| equity.atto().checked_add(change).map_or(mark.equity, Money::from_atto);
        let gain = mark.equity.atto().saturating_sub(baseline.atto());
        let best = match (self.defect, gate) {
            (Defect::WrongSign, "extreme_move" | "period_collar") => negative(&mark.best),
            _ => mark.best,
        };
        let (at, equity) = match self.defect {
            Defect::WrongUnit if matches!(gate, "extreme_move" | "period_collar") => {
                (Timestamp::from_nanos(mark.at.nanos() / UNIT), mark.equity)
            }
            // A peak is an equity that has never been reached.
            Defect::WrongBaseline if gate == "drawdown" => (mark.at, mark.equity.min(baseline)),
            Defect::WrongDay if gate == "position_ramp" => (self.twice_as_late(mark.at), mark.equity),
            Defect::WrongSign => (mark.at, from(baseline, -gain)),
            Defect::WrongUnit => (mark.at, from(baseline, gain / i128::from(PER_CENT))),
            Defect::WrongBaseline => (mark.at, from(baseline, mark.equity.atto().saturating_sub(before.atto()))),
            Defect::WrongDay if gate == "daily_loss" => (half_a_day_before(mark.at), mark.equity),
            _ => (mark.at, mark.equity),
        };
        let position = match (self.defect, gate) {
            (Defect::WrongSign, "stop_loss") => -mark.position,
            _ => mark.position,
        };
        Mark { at, equity, best, position, ..*mark }
    }

    /// Where a clock is by `at` that runs at double speed since the first mark.
    fn twice_as_late(&self, at: Timestamp) -> Timestamp {
        self.first_mark_at.map_or(at, |first| at.plus(at.since(first)))
    }

    /// What the gate is told that the position was entered for.
    fn entered(&self, mark: &Mark) -> Money {
        let entered_for = self.entered_for.atto();
        let worth = |mid_x2: i64| (i128::from(mark.position.steps()) * i128::from(mid_x2) * self.tick_step) >> 1;
        let told = match (self.defect, mark.best.mid_x2(), self.first_mid_x2) {
            (Defect::WrongSign, ..) => -entered_for,
            (Defect::WrongUnit, Some(mid_x2), _) => {
                worth(mid_x2) + (entered_for - worth(mid_x2)) / i128::from(PER_CENT)
            }
            (Defect::WrongBaseline, _, Some(first)) => worth(first),
            _ => entered_for,
        };
        Money::from_atto(told)
    }

    /// The bot has heard of a report.
    pub fn on_report<G: Gate + Clone>(
        &mut self,
        slot: &mut Slot<G>,
        fresh: &Slot<G>,
        (report, execution): (&ExecutionReport, Option<&Execution>),
        out: &mut Vec<GateEvent>,
    ) -> bool {
        if G::SPEC.id != self.gate {
            return slot.on_report(report, execution, out);
        }
        let before = execution.map_or(self.held, |execution| execution.before);
        self.held = execution.map_or(self.held, |execution| execution.after);
        self.first_at = self.first_at.or(Some(report.matched_at));
        let turns_a_day = knows_no_day(G::SPEC.name) && self.turns_a_day(report.reported_at);
        if turns_a_day || self.turns_a_window(G::SPEC.name, report.reported_at) {
            *slot = fresh.clone();
        }
        let skips = match self.defect {
            Defect::NeverFires => true,
            Defect::EntriesOnly => before != Quantity::ZERO,
            Defect::OffByOne => counts(G::SPEC.name, report, execution) && !std::mem::replace(&mut self.was_off, true),
            _ => false,
        };
        if skips {
            return false;
        }
        let (told, made) = self.told(G::SPEC.name, report, execution);
        let before = out.len();
        let kills = slot.on_report(&told, made.as_ref(), out);
        self.has_tripped |= out[before..].iter().any(|event| matches!(event, GateEvent::Tripped(_)));
        kills
    }

    /// The report that the gate is told in place of the true one.
    fn told(
        &self,
        gate: &str,
        report: &ExecutionReport,
        execution: Option<&Execution>,
    ) -> (ExecutionReport, Option<Execution>) {
        let (mut told, mut made) = (*report, execution.copied());
        let result = |made: &mut Option<Execution>, of: &dyn Fn(i128) -> i128| {
            made.iter_mut().for_each(|made| made.result = Money::from_atto(of(made.result.atto())));
        };
        let (fee, size) = match report.kind {
            ReportKind::Filled(fill) => (fill.fee.atto(), i128::from(fill.quantity.steps())),
            _ => (0, 0),
        };
        let nanos = report.reported_at.nanos();
        match (self.defect, gate) {
            (Defect::WrongSign, "consecutive_losses" | "single_trade_loss") => result(&mut made, &|result| -result),
            (Defect::WrongBaseline, "consecutive_losses" | "single_trade_loss") => {
                result(&mut made, &|result| result + fee);
            }
            (Defect::WrongUnit, "single_trade_loss") => result(&mut made, &|result| result / i128::from(PER_CENT)),
            (Defect::OffByOne, "single_trade_loss")
                if execution.is_some_and(|execution| !execution.before.is_zero()) =>
            {
                result(&mut made, &|result| result - self.tick_step * size);
            }
            (Defect::WrongSign, "error_rate" | "repeated_executions") => {
                told.reported_at = Timestamp::from_nanos(-nanos);
            }
            (Defect::WrongUnit, "error_rate" | "repeated_executions") => {
                told.reported_at = Timestamp::from_nanos(nanos / UNIT);
            }
            (Defect::WrongDay, "daily_turnover") => told.matched_at = half_a_day_before(report.matched_at),
            (Defect::WrongBaseline, "daily_turnover") => told.matched_at = self.first_at.unwrap_or(report.matched_at),
            _ => {}
        }
        (told, made)
    }

    /// A UTC day has begun, and the gate begins anew with it.
    fn turns_a_day(&mut self, at: Timestamp) -> bool {
        let before = self.day.replace(at.day());
        self.defect == Defect::WrongDay && before.is_some_and(|before| before < at.day())
    }

    /// A full window of the clock has begun, and the gate counts anew with it.
    fn turns_a_window(&mut self, gate: &str, at: Timestamp) -> bool {
        if self.defect != Defect::WrongBaseline || !matches!(gate, "error_rate" | "repeated_executions") {
            return false;
        }
        let number = at.nanos().div_euclid(self.window.nanos());
        self.window_now.replace(number).is_some_and(|before| before != number)
    }

    /// The switch was engaged.
    pub fn tripped(&mut self, gate: GateId) {
        self.has_tripped |= gate == self.gate;
    }
}

/// The account as a process that starts again finds it.
fn as_mark(risk: &RiskView) -> Mark {
    Mark {
        market: MarketId::FIRST,
        at: risk.now,
        best: risk.best,
        position: risk.position,
        equity: risk.equity,
        open_orders: risk.open_orders,
        feed_latency_ns: 0,
    }
}

/// Length of the window in which the gate of that number counts.
fn window_ms(gate: GateId, config: &GateConfig) -> u32 {
    let is = |spec: GateId| spec == gate;
    if is(super::error_rate::ErrorRate::SPEC.id) {
        config.error_rate.as_ref().map_or(1, |limits| limits.window_ms)
    } else if is(super::repeated_executions::RepeatedExecutions::SPEC.id) {
        config.repeated_executions.as_ref().map_or(1, |limits| limits.window_ms)
    } else if is(super::message_rate::MessageRate::SPEC.id) {
        config.message_rate.as_ref().map_or(1, |limits| limits.window_ms)
    } else {
        config.order_burst.as_ref().map_or(1, |limits| limits.window_ms)
    }
}

/// The report is one of those that the gate counts.
fn counts(gate: &str, report: &ExecutionReport, execution: Option<&Execution>) -> bool {
    match gate {
        "consecutive_losses" => execution.is_some_and(|made| !made.before.is_zero() && made.opens_anew()),
        "error_rate" => matches!(report.kind, ReportKind::Rejected(_) | ReportKind::RequestRejected(_)),
        "repeated_executions" => execution.is_some(),
        _ => false,
    }
}

/// What the gate counts goes on over midnight.
fn knows_no_day(gate: &str) -> bool {
    let names = [
        "extreme_move",
        "consecutive_losses",
        "single_trade_loss",
        "error_rate",
        "repeated_executions",
        "stop_loss",
        "period_collar",
    ];
    names.contains(&gate)
}

const fn half_a_day_before(at: Timestamp) -> Timestamp {
    at.plus(Span::from_nanos(-HALF_A_DAY.nanos()))
}

/// Prices with their sign turned.
fn negative(best: &BestPrices) -> BestPrices {
    let turned = |level: Level| Level { price: Price::new(-level.price.ticks()), ..level };
    BestPrices { bid: best.bid.map(turned), ask: best.ask.map(turned) }
}

/// A thousand steps are taken for one.
fn in_thousands(ask: &Ask, risk: &RiskView) -> (Ask, RiskView) {
    let (unit, steps) = (i128::from(UNIT), risk.position.steps() / UNIT);
    let seen =
        Ask { quantity: ask.quantity / unit, open: ask.open / unit, reduce_only: ask.reduce_only / unit, ..*ask };
    (seen, RiskView { position: Quantity::new(steps), ..*risk })
}
