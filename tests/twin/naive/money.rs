use super::order::{Order, Place};
use super::settings::Market;
use super::state::Naive;
use seatrial::model::{ContractKind, Liquidity, Side};
use seatrial::units::{Money, Rate};

impl Naive {
    pub fn notional(&self, price: i64, steps: i64) -> Money {
        self.settings.unit.times(i128::from(price) * i128::from(steps)).unwrap()
    }

    fn fee(&self, notional: Money, rate: Rate) -> Money {
        rate.of(notional, self.settings.fees.decimals, self.settings.fees.rounding).unwrap()
    }

    /// Books a fill and returns its fee.
    pub fn post(&mut self, side: Side, price: i64, steps: i64, liquidity: Liquidity) -> Money {
        let fees = &self.settings.fees;
        let rate = if liquidity == Liquidity::Maker { fees.maker } else { fees.taker };
        let notional = self.notional(price, steps);
        let fee = self.fee(notional, rate);
        self.cash = if side == Side::Buy { self.cash - notional } else { self.cash + notional } - fee;
        self.position += side.sign() * steps;
        fee
    }

    /// Steps that `side` may trade and only reduce.
    pub fn reducible(&self, side: Side) -> i64 {
        (-self.position * side.sign()).max(0)
    }

    /// Quote a spot buy can cost at worst, the dearer fee included.
    pub fn worst_cost(&self, side: Side, price: i64, steps: i64) -> Money {
        if self.settings.kind != ContractKind::Spot || side == Side::Sell || !self.settings.funds_checked {
            return Money::ZERO;
        }
        let notional = self.notional(price, steps);
        let dearer = self.settings.fees.taker.max(self.settings.fees.maker).max(Rate::ZERO);
        notional + self.fee(notional, dearer)
    }

    /// Open orders but `except`, and but those being matched.
    fn others(&self, except: u64) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(move |order| order.id != except && order.place != Place::Arriving)
    }

    /// Quote set aside for open buys other than `except`.
    pub fn reserved(&self, except: u64) -> Money {
        self.others(except).map(|order| self.worst_cost(order.side, order.nominal(), order.open())).sum()
    }

    /// Twice the price that values the position.
    pub fn mark_x2(&self) -> Option<i64> {
        match self.settings.market {
            Market::Book => Some(self.book.best(Side::Buy)? + self.book.best(Side::Sell)?),
            Market::Trades | Market::Bars => self.last.map(|last| 2 * last),
        }
    }

    /// Twice the equity at half that price.
    pub fn equity_x2(&self, mark_x2: i64) -> Money {
        let priced = self.position - self.unpriced;
        self.cash + self.cash + self.settings.unit.times(i128::from(mark_x2) * i128::from(priced)).unwrap()
    }

    /// The first mark values the opening position.
    pub fn price_opening(&mut self) {
        if let Some(mark_x2) = self.mark_x2()
            && self.unpriced != 0
        {
            let value_x2 = self.settings.unit.times(i128::from(mark_x2) * i128::from(self.unpriced)).unwrap();
            self.cash = self.cash - Money::from_atto(value_x2.atto() / 2);
            self.unpriced = 0;
        }
    }

    /// Whether there are funds for so much at that price, at this cost, beside the open orders but `except`.
    pub fn affords(&self, side: Side, price: i64, steps: i64, cost: Money, except: u64) -> bool {
        if !self.settings.funds_checked {
            return true;
        }
        let open: i64 = self.others(except).filter(|order| order.side == side).map(Order::open).sum();
        match (self.settings.kind, side) {
            (ContractKind::Spot, Side::Buy) => cost <= self.cash - self.reserved(except),
            (ContractKind::Spot, Side::Sell) => steps <= self.position - open,
            (ContractKind::Linear, _) => self.within_leverage(side, price, open + steps),
        }
    }

    /// The position if everything of one side trades, against the leverage; a smaller position than now always passes.
    fn within_leverage(&self, side: Side, price: i64, steps: i64) -> bool {
        let Some(leverage) = self.settings.leverage else { return true };
        let worst = self.position * side.sign() + steps;
        if worst <= self.position.abs() {
            return true;
        }
        let mark_x2 = self.mark_x2().unwrap_or(2 * price);
        let dearer_x2 = mark_x2.max(2 * price);
        let notional_x2 = self.settings.unit.times(i128::from(dearer_x2) * i128::from(worst)).unwrap();
        notional_x2 <= self.equity_x2(mark_x2).times(i128::from(leverage)).unwrap()
    }
}
