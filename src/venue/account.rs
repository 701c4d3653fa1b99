use super::config::Funds;
use crate::checkpoint::kept;
use crate::model::{Booking, ContractKind, FeeSchedule, Instrument, Liquidity, Side};
use crate::units::{Money, Overflow, Price, Quantity, Rate, UnitRate};

/// The venue's own books of the account: what its checks need, apart from the ledger so that one cannot hide the other's
/// mistake.
#[derive(Debug, Clone)]
pub(super) struct Account {
    kind: ContractKind,
    fees: FeeSchedule,
    /// The fees as rates of ticks x steps, by liquidity.
    rates: [UnitRate; 2],
    /// Quote per tick and step.
    unit: Money,
    leverage_max: Option<u32>,
    checked: bool,
    /// Quote after all signed notionals and fees. Spot: the balance. Linear: equity is this plus position at mark.
    cash: Money,
    position: i64,
    /// Part of the opening linear position whose value has not been taken out of `cash` yet.
    unpriced: i64,
    /// Quote reserved for open spot buys.
    reserved: Money,
    /// Open steps per side.
    open: [i128; 2],
}

/// Price, quantity and side of something that may trade.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exposure {
    pub side: Side,
    pub price: Price,
    pub quantity: Quantity,
}

impl Account {
    pub(super) fn new(
        instrument: &Instrument,
        opening: &Funds,
        leverage_max: Option<u32>,
        checked: bool,
    ) -> Result<Self, Overflow> {
        let linear = instrument.kind == ContractKind::Linear;
        let (fees, unit) = (instrument.fees, instrument.tick_step_value()?);
        Ok(Self {
            kind: instrument.kind,
            fees,
            rates: [fees.maker, fees.taker].map(|rate| UnitRate::new(rate, unit, fees.decimals, fees.rounding)),
            unit,
            leverage_max,
            checked,
            cash: opening.quote,
            position: opening.position.steps(),
            unpriced: if linear { opening.position.steps() } else { 0 },
            reserved: Money::ZERO,
            open: [0; 2],
        })
    }

    pub(super) const fn position(&self) -> Quantity {
        Quantity::new(self.position)
    }

    pub(super) const fn cash(&self) -> Money {
        self.cash
    }

    pub(super) const fn reserved(&self) -> Money {
        self.reserved
    }

    /// Price x quantity in quote.
    pub(super) fn notional(&self, price: Price, quantity: Quantity) -> Result<Money, Overflow> {
        self.unit.times(i128::from(price.ticks()) * i128::from(quantity.steps()))
    }

    /// Steps an order of `side` may trade without increasing or flipping the position.
    pub(super) const fn reducible(&self, side: Side) -> i64 {
        let closing = -side.sign();
        if self.position.signum() == closing { self.position.saturating_abs() } else { 0 }
    }

    /// Quote received without a fill; negative is paid.
    pub(super) fn charge(&mut self, amount: Money) -> Result<(), Overflow> {
        self.cash = self.cash.checked_add(amount)?;
        Ok(())
    }

    /// True when `amount` can be moved: put in, or taken out of what is free.
    pub(super) fn can_give(&self, amount: Money, mid_x2: i64) -> Result<bool, Overflow> {
        if Money::ZERO <= amount {
            return Ok(true);
        }
        let left = self.cash.checked_add(amount)?;
        match self.kind {
            ContractKind::Spot => Ok(self.reserved <= left),
            ContractKind::Linear => self.keeps_margin(self.equity_x2(mid_x2)?.checked_add(amount.times(2)?)?, mid_x2),
        }
    }

    /// True when twice the equity is enough for the position with all open orders of either side.
    fn keeps_margin(&self, equity_x2: Money, mid_x2: i64) -> Result<bool, Overflow> {
        let Some(leverage) = self.leverage_max else { return Ok(Money::ZERO <= equity_x2) };
        let worst = Side::BOTH.map(|side| {
            let held = i128::from(self.position) * i128::from(side.sign());
            held + self.open[side.index()]
        });
        let worst = worst.into_iter().max().unwrap_or_default().max(0);
        let ticks = i128::from(mid_x2);
        let steps = ticks.checked_mul(worst).ok_or_else(|| Overflow::new("position value", ticks, worst))?;
        Ok(self.unit.times(steps)? <= equity_x2.times(i128::from(leverage))?)
    }

    /// What [`AccountEvent::FundingAt`](crate::model::AccountEvent::FundingAt) brings in at a mid of half of `mid_x2` ticks; paid, negative.
    pub(super) fn funding(&self, rate: Rate, mid_x2: i64) -> Result<Money, Overflow> {
        let doubled = self.unit.times(i128::from(mid_x2) * i128::from(self.position))?;
        let held = Money::from_atto(doubled.atto() >> 1);
        rate.of(held, self.fees.decimals, self.fees.rounding)?.checked_neg()
    }

    /// Posts a fill and returns its fee.
    #[inline]
    pub(super) fn post(&mut self, fill: Exposure, liquidity: Liquidity) -> Result<Money, Overflow> {
        let count = i128::from(fill.price.ticks()) * i128::from(fill.quantity.steps());
        let notional = self.unit.times(count)?;
        let fee = self.rates[liquidity as usize].of(count)?;
        let signed = match fill.side {
            Side::Buy => notional,
            Side::Sell => notional.checked_neg()?,
        };
        self.cash = self.cash.checked_sub(signed)?.checked_sub(fee)?;
        let change = fill.quantity.steps() * fill.side.sign();
        let sum = self.position.checked_add(change);
        self.position = sum.ok_or_else(|| Overflow::new("position", self.position, change))?;
        Ok(fee)
    }

    /// What a trade of this kind costs in fees.
    pub(super) fn fee(&self, price: Price, quantity: Quantity, liquidity: Liquidity) -> Result<Money, Overflow> {
        self.rates[liquidity as usize].of(i128::from(price.ticks()) * i128::from(quantity.steps()))
    }

    /// Posts what sets a fill right. Nobody asks whether the account can afford it.
    pub(super) fn book(&mut self, booking: &Booking) -> Result<(), Overflow> {
        let change = booking.quantity.steps() * booking.side.sign();
        let paid = self.unit.times(i128::from(booking.price.ticks()) * i128::from(change))?;
        let sum = self.position.checked_add(change);
        self.cash = self.cash.checked_sub(paid)?.checked_sub(booking.fee)?;
        self.position = sum.ok_or_else(|| Overflow::new("position", self.position, change))?;
        Ok(())
    }

    /// Quote a spot buy may cost at worst; nothing for anything else.
    pub(super) fn worst_cost(&self, order: Exposure) -> Result<Money, Overflow> {
        if !self.checked || self.kind != ContractKind::Spot || order.side != Side::Buy {
            return Ok(Money::ZERO);
        }
        let notional = self.notional(order.price, order.quantity)?;
        let rate = self.fees.taker.max(self.fees.maker).max(Rate::ZERO);
        notional.checked_add(rate.of(notional, self.fees.decimals, self.fees.rounding)?)
    }

    /// Funds are checked: without, nobody asks what open orders may cost, and they need not be counted.
    pub(super) const fn is_checked(&self) -> bool {
        self.checked
    }

    /// Counts an open order in; returns what was reserved for it.
    pub(super) fn hold(&mut self, order: Exposure) -> Result<Money, Overflow> {
        let cost = self.worst_cost(order)?;
        self.reserved = self.reserved.checked_add(cost)?;
        self.open[order.side.index()] += i128::from(order.quantity.steps());
        Ok(cost)
    }

    /// Counts an open order out again.
    pub(super) fn release(&mut self, side: Side, quantity: Quantity, reserved: Money) {
        self.reserved = self.reserved - reserved;
        self.open[side.index()] -= i128::from(quantity.steps());
    }

    /// True when `cost` of quote, and for a sale the base, are free (spot), or the leverage allows the order (linear).
    /// `mark` values the position; without one the order's own price does.
    pub(super) fn affords(&mut self, order: Exposure, cost: Money, mark_x2: Option<i64>) -> Result<bool, Overflow> {
        if !self.checked {
            return Ok(true);
        }
        match (self.kind, order.side) {
            (ContractKind::Spot, Side::Buy) => Ok(cost <= self.cash.checked_sub(self.reserved)?),
            (ContractKind::Spot, Side::Sell) => {
                let free = i128::from(self.position) - self.open[Side::Sell.index()];
                Ok(i128::from(order.quantity.steps()) <= free)
            }
            (ContractKind::Linear, _) => self.within_leverage(order, mark_x2),
        }
    }

    fn within_leverage(&mut self, order: Exposure, mark_x2: Option<i64>) -> Result<bool, Overflow> {
        let Some(leverage) = self.leverage_max else { return Ok(true) };
        let own_x2 = order.price.ticks().saturating_mul(2);
        let mark_x2 = mark_x2.unwrap_or(own_x2);
        let sign = i128::from(order.side.sign());
        let held = i128::from(self.position) * sign;
        let worst = held + self.open[order.side.index()] + i128::from(order.quantity.steps());
        if worst <= i128::from(self.position).abs() {
            return Ok(true);
        }
        let twice = |what, ticks_x2: i64, steps: i128| -> Result<Money, Overflow> {
            let ticks = i128::from(ticks_x2);
            self.unit.times(ticks.checked_mul(steps).ok_or_else(|| Overflow::new(what, ticks, steps))?)
        };
        let notional_x2 = twice("position notional", mark_x2.max(own_x2), worst)?;
        let equity_x2 = self.equity_x2(mark_x2)?;
        Ok(notional_x2 <= equity_x2.times(i128::from(leverage))?)
    }

    /// Twice the equity with the position at half of `mark_x2` ticks.
    pub(super) fn equity_x2(&self, mark_x2: i64) -> Result<Money, Overflow> {
        let priced = i128::from(self.position) - i128::from(self.unpriced);
        let ticks = i128::from(mark_x2);
        let steps = ticks.checked_mul(priced).ok_or_else(|| Overflow::new("position value", ticks, priced))?;
        self.cash.times(2)?.checked_add(self.unit.times(steps)?)
    }

    pub(super) const fn has_unpriced_opening(&self) -> bool {
        self.unpriced != 0
    }

    /// True when the leverage check or the opening position needs the position's value.
    pub(super) const fn needs_mark(&self) -> bool {
        self.unpriced != 0 || (self.checked && self.leverage_max.is_some())
    }

    /// The first mark seen values the opening position of a linear contract.
    pub(super) fn price_opening(&mut self, mark_x2: i64) -> Result<(), Overflow> {
        if self.unpriced != 0 {
            let value_x2 = self.unit.times(i128::from(mark_x2) * i128::from(self.unpriced))?;
            self.cash = self.cash.checked_sub(Money::from_atto(value_x2.atto() / 2))?;
            self.unpriced = 0;
        }
        Ok(())
    }
}

kept!(Account {
    state: cash, position, unpriced, reserved, open;
    parts: ;
    left: kind, fees, rates, unit, leverage_max, checked;
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FeeSchedule, Filters};
    use crate::units::{Fixed, Rounding};

    fn account(kind: ContractKind, quote: i64, leverage_max: Option<u32>) -> Account {
        let fees = FeeSchedule {
            maker: Rate::ZERO,
            taker: Rate::from_ppb(1_000_000),
            rounding: Rounding::TowardVenue,
            decimals: 8,
        };
        let instrument = Instrument {
            symbol: "TEST".into(),
            venue: "test".into(),
            kind,
            base: "BASE".into(),
            quote: "QUOTE".into(),
            tick_size: Fixed::new(1, 0),
            step_size: Fixed::new(1, 0),
            multiplier: Fixed::new(1, 0),
            fees,
            filters: Filters::lot_only(Quantity::new(1)),
            inferred: Vec::new(),
        };
        let opening = Funds { quote: Money::from_units(quote), position: Quantity::ZERO };
        Account::new(&instrument, &opening, leverage_max, true).unwrap()
    }

    fn order(side: Side, price: i64, quantity: i64) -> Exposure {
        Exposure { side, price: Price::new(price), quantity: Quantity::new(quantity) }
    }

    /// Exactly so much can be taken out at a mid of 100.
    fn gives(account: &Account, free: &str) {
        let free = Money::parse(free).unwrap();
        for (amount, is_free) in [(-free, true), (-free - Money::from_atto(1), false), (Money::ONE, true)] {
            assert_eq!(account.can_give(amount, 200), Ok(is_free), "{amount}, {free} free");
        }
    }

    #[test]
    fn a_spot_account_gives_what_no_order_has_reserved() {
        let mut spot = account(ContractKind::Spot, 1_000, None);
        gives(&spot, "1000");
        // 3 x 90, and the taker's fee of it.
        let reserved = spot.hold(order(Side::Buy, 90, 3)).unwrap();
        gives(&spot, "729.73");
        spot.hold(order(Side::Sell, 110, 2)).unwrap();
        gives(&spot, "729.73");
        spot.release(Side::Buy, Quantity::new(3), reserved);
        gives(&spot, "1000");
    }

    #[test]
    fn a_margined_account_keeps_the_margin_of_position_and_orders() {
        let mut linear = account(ContractKind::Linear, 1_000, Some(5));
        linear.post(order(Side::Buy, 100, 10), Liquidity::Maker).unwrap();
        // 10 x 100 over five.
        gives(&linear, "800");
        linear.hold(order(Side::Buy, 100, 5)).unwrap();
        gives(&linear, "700");
        // What closes the position needs none, what turns it over does.
        linear.hold(order(Side::Sell, 100, 20)).unwrap();
        gives(&linear, "700");
        linear.hold(order(Side::Sell, 100, 10)).unwrap();
        gives(&linear, "600");
        let mut free = account(ContractKind::Linear, 1_000, None);
        free.post(order(Side::Sell, 90, 10), Liquidity::Maker).unwrap();
        gives(&free, "900");
    }
}
