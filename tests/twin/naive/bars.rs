//! One open, one high, one low, one close, and a way between them.

use super::allows;
use super::beats;
use super::order::{Place, fires};
use super::settings::Path;
use super::state::{Naive, Stake};
use seatrial::model::{Bar, CancelReason, ExecutionReport, Liquidity, ReportKind, Side};
use seatrial::units::{Money, Span, Timestamp};

impl Naive {
    pub fn take_bar(&mut self, bar: &Bar, stakes: &mut Vec<Stake>) {
        self.begin(bar.open_at);
        if self.status().is_halted {
            return self.take_silent_bar(bar);
        }
        self.in_bar = true;
        self.open_bar(bar);
        let before = std::mem::take(&mut self.out);
        let high_first = high_first(self.settings.path, bar);
        let mut other = self.clone();
        self.go(bar, high_first);
        other.go(bar, !high_first);
        let (mine, theirs) = (self.equity_x2(2 * bar.close.ticks()), other.equity_x2(2 * bar.close.ticks()));
        let swaps = self.settings.path == Path::Worst && theirs < mine;
        if let Some(id) = first_difference(&self.out, &other.out) {
            let stake_x2 = if swaps { Money::ZERO } else { (mine - theirs).max(Money::ZERO) };
            stakes.push((id, Money::from_atto(stake_x2.atto() / 2)));
        }
        if swaps {
            *self = other;
        }
        self.out.splice(0..0, before);
        self.in_bar = false;
        self.last = Some(bar.close.ticks());
        self.bars += 1;
    }

    /// Nobody trades: what had to fill at once and has a limit ends, orders run out, and all others are a bar older.
    pub fn take_silent_bar(&mut self, bar: &Bar) {
        self.begin(bar.open_at);
        let at_once = self.orders.iter().filter(|order| order.place == Place::Pending && order.limit.is_some());
        let at_once: Vec<u64> = at_once.map(|order| order.id).collect();
        at_once.into_iter().for_each(|id| self.end(id, CancelReason::Unfilled));
        self.begin(last_instant(bar));
        self.last = Some(bar.close.ticks());
        self.bars += 1;
    }

    /// The open: resting orders it has passed, orders that waited for it, triggers it has passed.
    fn open_bar(&mut self, bar: &Bar) {
        self.begin(bar.open_at);
        let open = bar.open.ticks();
        self.last = Some(open);
        for side in self.sides_by_age() {
            while let Some((id, limit)) = self.front(side).filter(|own| self.reaches(side, own.1, open)) {
                let (price, liquidity) = self.gap_price(id, limit, open);
                self.fill(id, price, i64::MAX, liquidity);
            }
        }
        let pending = self.orders.iter().filter(|order| order.place == Place::Pending).map(|order| order.id);
        let pending: Vec<u64> = pending.collect();
        pending.into_iter().for_each(|id| self.release(id));
        self.fire([Some(open); 2]);
        self.begin(last_instant(bar));
    }

    /// Where an order fills that the open has passed: post-only at its limit; one that comes to its first open pays the
    /// half spread, though never more than its limit; any other gets the open.
    fn gap_price(&self, id: u64, limit: i64, open: i64) -> (i64, Liquidity) {
        let order = self.order(id);
        let dear = open + order.side.sign() * self.settings.half_spread;
        if order.post_only {
            (limit, Liquidity::Maker)
        } else if order.bars_before != self.bars {
            (open, Liquidity::Maker)
        } else if allows(order.side, limit, dear) {
            (dear, Liquidity::Taker)
        } else {
            (limit, Liquidity::Taker)
        }
    }

    fn reaches(&self, side: Side, limit: i64, price: i64) -> bool {
        beats(side, limit, price) || (self.settings.touch && limit == price)
    }

    fn go(&mut self, bar: &Bar, high_first: bool) {
        self.now = last_instant(bar);
        let (high, low) = (bar.high.ticks(), bar.low.ticks());
        // An extreme is reached even where the price is there already.
        if high_first {
            self.go_to(high, true);
            self.go_to(low, false);
        } else {
            self.go_to(low, false);
            self.go_to(high, true);
        }
        let close = bar.close.ticks();
        if self.last != Some(close) {
            self.go_to(close, self.last < Some(close));
        }
    }

    /// The price goes up or down to `to` and passes limits and triggers one by one; at a tie the limit comes first.
    fn go_to(&mut self, to: i64, up: bool) {
        // On the way up sell limits are passed, lowest first, and on the way down buy limits, highest first.
        let passed = if up { Side::Sell } else { Side::Buy };
        loop {
            let limit = self.front(passed).filter(|own| self.reaches(passed, own.1, to));
            match (limit, self.next_trigger(up, to)) {
                (Some((id, price)), trigger) if !trigger.is_some_and(|next| beats(passed, next.1, price)) => {
                    self.fill(id, price, i64::MAX, Liquidity::Maker);
                }
                (_, Some((id, price))) => {
                    self.last = Some(price);
                    self.trigger(id);
                }
                _ => break,
            }
        }
        self.last = Some(to);
    }

    /// The first trigger on the way up or down to `to`, the oldest of those at the same price.
    fn next_trigger(&self, up: bool, to: i64) -> Option<(u64, i64)> {
        let on_the_way = |order: &&super::order::Order| {
            let rises = (order.side == Side::Buy) != order.takes_profit;
            let trigger = order.trigger.filter(|_| order.place == Place::Waiting && rises == up);
            trigger.is_some_and(|trigger| fires(order.side, order.takes_profit, trigger, to))
        };
        let nearest = |order: &&super::order::Order| {
            let trigger = order.trigger.unwrap_or(0);
            (if up { trigger } else { -trigger }, order.number)
        };
        let next = self.orders.iter().filter(on_the_way).min_by_key(nearest)?;
        Some((next.id, next.trigger?))
    }
}

fn last_instant(bar: &Bar) -> Timestamp {
    bar.open_at.plus(bar.period).plus(Span::from_nanos(-1)).max(bar.open_at)
}

fn high_first(path: Path, bar: &Bar) -> bool {
    let (open, close) = (bar.open.ticks(), bar.close.ticks());
    let (up, down) = (bar.high.ticks() - open, open - bar.low.ticks());
    match path {
        Path::HighFirst => true,
        Path::LowFirst => false,
        // At a tie the extreme away from the close, then the high.
        Path::Nearest | Path::Worst => up < down || (up == down && close <= open),
    }
}

/// The oldest order that ends differently: other quantity, notional or fees, or an end on one way alone.
fn first_difference(a: &[ExecutionReport], b: &[ExecutionReport]) -> Option<u64> {
    let mut ids: Vec<u64> = a.iter().chain(b).map(|report| report.client_order_id.0).collect();
    ids.sort_unstable();
    ids.into_iter().find(|&id| outcome(a, id) != outcome(b, id))
}

fn outcome(reports: &[ExecutionReport], id: u64) -> (i64, i64, Money, bool) {
    let (mut steps, mut notional, mut fees, mut ended) = (0, 0, Money::ZERO, false);
    for report in reports.iter().filter(|report| report.client_order_id.0 == id) {
        ended |= matches!(report.kind, ReportKind::Ended(_));
        if let ReportKind::Filled(fill) = report.kind {
            steps += fill.quantity.steps();
            notional += fill.price.ticks() * fill.quantity.steps();
            fees += fill.fee;
        }
    }
    (steps, notional, fees, ended)
}
