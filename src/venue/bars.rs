//! Bars: one open, one high, one low, one close, and an assumed path between them.
//!
//! At the open: resting limits it passed fill (at the open where they rested before, never beyond their price), orders
//! that waited for it arrive, triggers it passed fire. Then the path runs from extreme to extreme to the close; a limit
//! fills at its price, a trigger fires at its own; an extreme is reached even where the price is there already. Fills at
//! the open are stamped with the bar's start, those of the path with its last nanosecond. Volume does not limit a fill.
//! An order that expires inside a bar sees its open only.
//!
//! In a silent bar nobody traded: no order fills and no trigger fires. A limit that had to fill at once ends unfilled, a market
//! order waits for somebody to trade with, and orders expire as ever. A bar that opens in a halt is one in which nobody traded; one
//! within which a halt begins is judged as a whole.

use super::config::{Ambiguity, BarPath};
use super::order::Slot;
use super::state::Venue;
use super::step::Step;
use crate::model::{Bar, CancelReason, ClientOrderId, ExecutionReport, Liquidity, ReportKind, Side};
use crate::units::{Money, Overflow, Price, Span, Timestamp};

impl Venue {
    /// A bar passes over every order the venue holds; orders that decide on its close must be submitted after it.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its type; the venue is not usable afterwards.
    pub fn on_bar(
        &mut self,
        bar: &Bar,
        out: &mut Vec<ExecutionReport>,
        ambiguous: &mut Vec<Ambiguity>,
    ) -> Result<(), Overflow> {
        if self.is_halted(bar.open_at) {
            self.on_silent_bar(bar, out);
            return Ok(());
        }
        if self.touched_by(bar) {
            self.in_bar = true;
            self.open_bar(bar, out)?;
            self.run_paths(bar, out, ambiguous)?;
            self.in_bar = false;
        }
        self.last = Some(bar.close);
        self.bars += 1;
        Ok(())
    }

    /// As [`on_bar`](Self::on_bar), for a bar in which nobody traded.
    pub fn on_silent_bar(&mut self, bar: &Bar, out: &mut Vec<ExecutionReport>) {
        let mut step = Step::new(bar.open_at, None, out);
        self.expire_due(&mut step);
        let limits: Vec<Slot> =
            self.pending.iter().copied().filter(|&slot| self.orders[slot].limit.is_some()).collect();
        for slot in limits {
            self.end(slot, CancelReason::Unfilled, &mut step);
        }
        step.at = last_instant(bar);
        self.expire_due(&mut step);
        self.last = Some(bar.close);
        self.bars += 1;
    }

    fn touched_by(&self, bar: &Bar) -> bool {
        let (low, high) = (bar.low.ticks(), bar.high.ticks());
        let watch = self.watch();
        low <= watch.buy_hi
            || watch.sell_lo <= high
            || watch.last_at_or_above <= high
            || low <= watch.last_at_or_below
            || !self.pending.is_empty()
            || self.next_expiry() < end_of(bar)
    }

    fn open_bar(&mut self, bar: &Bar, out: &mut Vec<ExecutionReport>) -> Result<(), Overflow> {
        let mut step = Step::new(bar.open_at, None, out);
        self.expire_due(&mut step);
        self.last = Some(bar.open);
        for side in self.sides_by_age() {
            self.fill_gap(side, bar.open, &mut step)?;
        }
        for _ in 0..self.pending.len() {
            let slot = self.pending[0];
            self.release_into_market(slot, &mut step)?;
        }
        self.fire([Some(bar.open); 2], &mut step)?;
        step.at = last_instant(bar);
        self.expire_due(&mut step);
        Ok(())
    }

    /// Resting limits that the open passed.
    fn fill_gap(&mut self, side: Side, open: Price, step: &mut Step<'_>) -> Result<(), Overflow> {
        while let Some((slot, price)) = self.front(side).filter(|own| self.passes(side, own.1, open)) {
            let order = &self.orders[slot];
            let arrives = order.bars_before == self.bars;
            let (at, liquidity) = if order.post_only {
                (price, Liquidity::Maker)
            } else if arrives {
                let quote = side.opposite().away(open, self.config.assumed_half_spread_ticks);
                (if side.accepts(price, quote) { quote } else { price }, Liquidity::Taker)
            } else {
                (open, Liquidity::Maker)
            };
            self.fill(slot, at, i64::MAX, liquidity, step)?;
        }
        Ok(())
    }

    /// True when a limit of `side` fills as the price reaches `to`.
    fn passes(&self, side: Side, limit: Price, to: Price) -> bool {
        side.improves(limit, to) || (limit == to && self.config.fills.touch_fills)
    }

    fn run_paths(
        &mut self,
        bar: &Bar,
        out: &mut Vec<ExecutionReport>,
        ambiguous: &mut Vec<Ambiguity>,
    ) -> Result<(), Overflow> {
        let high_first = high_first(self.config.bar_path, bar);
        if !self.path_matters(bar) {
            return self.run_path(bar, high_first, out);
        }
        let mut other = self.clone();
        let (mut own_out, mut other_out) = (Vec::new(), Vec::new());
        self.run_path(bar, high_first, &mut own_out)?;
        other.run_path(bar, !high_first, &mut other_out)?;
        let differs = first_difference(&own_out, &other_out);
        let (own_x2, other_x2) = (self.equity_at(bar.close)?, other.equity_at(bar.close)?);
        let swap = self.config.bar_path == BarPath::WorstForBot && other_x2 < own_x2;
        if let Some(client_order_id) = differs {
            let stake = if swap { Money::ZERO } else { own_x2.checked_sub(other_x2)?.max(Money::ZERO) };
            ambiguous.push(Ambiguity { client_order_id, at_stake: Money::from_atto(stake.atto() / 2) });
        }
        if swap {
            std::mem::swap(self, &mut other);
            std::mem::swap(&mut own_out, &mut other_out);
        }
        out.append(&mut own_out);
        Ok(())
    }

    /// The order of the extremes can only matter when both ways lead to own orders, or one to a trigger of a limit order.
    fn path_matters(&self, bar: &Bar) -> bool {
        let reach = |like: Side, to: Price| {
            let limit = self.front(like).is_some_and(|(_, price)| self.passes(like, price, to));
            limit || self.triggers.nearest(like).is_some_and(|(trigger, _)| like.accepts(trigger, to))
        };
        let (up, down) = (reach(Side::Sell, bar.high), reach(Side::Buy, bar.low));
        (up && down) || (self.triggers.any_limit() && (up || down))
    }

    fn equity_at(&self, price: Price) -> Result<Money, Overflow> {
        self.account.equity_x2(price.ticks().saturating_mul(2))
    }

    fn run_path(&mut self, bar: &Bar, high_first: bool, out: &mut Vec<ExecutionReport>) -> Result<(), Overflow> {
        let mut step = Step::new(last_instant(bar), None, out);
        let (high, low) = ((bar.high, Side::Sell), (bar.low, Side::Buy));
        let extremes = if high_first { [high, low] } else { [low, high] };
        for (to, like) in extremes {
            self.run_leg(to, like, &mut step)?;
        }
        let like = if extremes[1].0 < bar.close { Side::Sell } else { Side::Buy };
        if extremes[1].0 == bar.close { Ok(()) } else { self.run_leg(bar.close, like, &mut step) }
    }

    /// The price moves from where it is to `to` and reaches what waits there like orders of `like`.
    fn run_leg(&mut self, to: Price, like: Side, step: &mut Step<'_>) -> Result<(), Overflow> {
        loop {
            let limit = self.front(like).filter(|own| self.passes(like, own.1, to));
            let trigger = self.triggers.nearest(like).filter(|waiting| like.accepts(waiting.0, to));
            match (limit, trigger) {
                (Some((slot, price)), trigger) if !trigger.is_some_and(|t| like.improves(t.0, price)) => {
                    self.fill(slot, price, i64::MAX, Liquidity::Maker, step)?;
                }
                (_, Some((price, slot))) => {
                    self.last = Some(price);
                    self.trigger(slot, step)?;
                }
                _ => break,
            }
        }
        self.last = Some(to);
        Ok(())
    }
}

fn end_of(bar: &Bar) -> Timestamp {
    bar.open_at.plus(bar.period)
}

fn last_instant(bar: &Bar) -> Timestamp {
    end_of(bar).plus(Span::from_nanos(-1)).max(bar.open_at)
}

fn high_first(path: BarPath, bar: &Bar) -> bool {
    let up = bar.high.ticks().abs_diff(bar.open.ticks());
    let down = bar.open.ticks().abs_diff(bar.low.ticks());
    match path {
        BarPath::OpenHighLowClose => true,
        BarPath::OpenLowHighClose => false,
        BarPath::NearestExtremeFirst | BarPath::WorstForBot => up < down || (up == down && bar.close <= bar.open),
    }
}

/// An order's end of the bar, as its reports tell it: steps, price x steps, money, ended.
type Outcome = (ClientOrderId, i64, i128, Money, bool);

/// The lowest client order id whose outcome differs.
fn first_difference(a: &[ExecutionReport], b: &[ExecutionReport]) -> Option<ClientOrderId> {
    let (a, b) = (outcomes(a), outcomes(b));
    let only = |a: &[Outcome], b: &[Outcome]| a.iter().find(|outcome| !b.contains(outcome)).map(|outcome| outcome.0);
    [only(&a, &b), only(&b, &a)].into_iter().flatten().min()
}

fn outcomes(reports: &[ExecutionReport]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for report in reports {
        let id = report.client_order_id;
        let index = outcomes.iter().position(|outcome| outcome.0 == id).unwrap_or_else(|| {
            outcomes.push((id, 0, 0, Money::ZERO, false));
            outcomes.len() - 1
        });
        let outcome = &mut outcomes[index];
        outcome.4 |= matches!(report.kind, ReportKind::Ended(_));
        if let ReportKind::Filled(fill) = report.kind {
            outcome.1 += fill.quantity.steps();
            outcome.2 += i128::from(fill.price.ticks()) * i128::from(fill.quantity.steps());
            outcome.3 += fill.fee;
        }
    }
    outcomes.sort_unstable_by_key(|outcome| outcome.0);
    outcomes
}
