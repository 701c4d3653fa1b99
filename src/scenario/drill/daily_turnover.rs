use super::fall::largest;
use super::latched::{Pace, restart, soonest};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::near;
use crate::gates::daily_turnover::Limits;
use crate::model::{GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Money, Price, Quantity};

/// Buys and sales that use up the limit but for one order, a small buy that rests, and an order that is a lot larger than what is left:
/// it is refused, after a restart too, and passes after midnight UTC. Twin: the largest order that is within what is left.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits.max.money())?;
    Ok(vec![play.over(gate)?, play.within()?])
}

/// Most pairs of a buy and a sale.
const PAIRS_MAX: usize = 500;

struct Play<'a> {
    rig: &'a Rig,
    pace: Pace,
    ask: Price,
    /// Bought and sold again, one after the other.
    pairs: Vec<i128>,
    /// The buy that rests.
    rests: i128,
    /// The largest order that is within what is left.
    left: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, max: Money) -> Result<Self, Impossible> {
        let (ask, limit) = (near(rig)?, rig.tick_steps(max)?);
        let price = i128::from(ask.ticks());
        let (most, smallest) = (largest(rig, Some(max), price)?, rig.smallest(price - 1)?);
        // What rests counts at the higher of the best prices.
        let (mut left, mut pairs) = (limit - price * smallest, Vec::new());
        while pairs.is_empty() || most < left / price + rig.lot() {
            let both = rig.lots_within((left - price * smallest) / (2 * price - 1)).min(most);
            let quantity = if pairs.is_empty() { smallest } else { both };
            if left < (2 * price - 1) * quantity || quantity < smallest || PAIRS_MAX == pairs.len() {
                let order = rig.worth(price, most)?;
                return Err(Impossible(format!("no orders of at most {order} use up a limit of {max}")));
            }
            left -= (2 * price - 1) * quantity;
            pairs.push(quantity);
        }
        let left = rig.lots_within(left / price);
        if left < smallest {
            return Err(Impossible(format!("no order fits: the limit is {max}")));
        }
        let orders = 2 * pairs.len() as u32 + 2;
        let pace = Pace::over_midnight(soonest(rig, 0), orders + 1);
        Ok(Self { rig, pace, ask, pairs, rests: smallest, left })
    }

    fn limit(&self, side: Side, quantity: i128) -> OrderSpec {
        let price = if side == Side::Buy { self.ask } else { self.ask.offset(-1) };
        OrderSpec::limit(side, price, Quantity::new(quantity as i64))
    }

    /// The order that is tried: it does not fill, and does not stay.
    fn tried(&self, more: i128) -> Result<OrderSpec, Impossible> {
        let idle = idle_at(self.rig, self.ask)?;
        Ok(OrderSpec { quantity: Quantity::new((self.left + more) as i64), ..idle })
    }

    /// What comes before it.
    fn begin(&self) -> Vec<Line> {
        let sides = |quantity: &i128| [(Side::Buy, *quantity), (Side::Sell, *quantity)];
        let orders = self.pairs.iter().flat_map(sides).map(|(side, quantity)| self.limit(side, quantity));
        let rests = OrderSpec::limit(Side::Buy, self.ask.offset(-1), Quantity::new(self.rests as i64));
        let all = (1..).zip(orders.chain([rests]));
        all.map(|(tick, order)| Line { tick, order, due: Due::Needed }).collect()
    }

    fn scene(&self, must: Must, words: &str, more: i128, lines: Vec<Line>) -> Result<Scene, Impossible> {
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let most = self.pairs.iter().copied().max().unwrap_or(0).max(self.left + self.rig.lot());
        // What is taken from a level is gone for as long as the level stands.
        let stage = self.pace.stage(last, |_| self.ask, most + self.pairs.iter().sum::<i128>());
        let script = Script { period: self.pace.period, lines };
        let quantity = self.rig.instrument.show_quantity(Quantity::new((self.left + more) as i64));
        let title = format!("{words}: {quantity} after {} fills", 2 * self.pairs.len());
        let worth = self.rig.worth(i128::from(self.ask.ticks()), 4 * most)?;
        Ok(Scene { risk_clock: self.pace.period, ..Scene::new(must, &title, stage, script, self.rig.ample(worth)?) })
    }

    fn over(&self, gate: GateId) -> Result<Scene, Impossible> {
        let mut lines = self.begin();
        let (last, order) = (lines.len() as u32, self.tried(self.rig.lot())?);
        lines.push(Line { tick: last + 1, order, due: Due::Refusal(gate) });
        // The second tick after it is on the next day.
        lines.push(Line { tick: last + 3, order, due: Due::Pass });
        let scene = self.scene(Must::Act, "one lot over the limit", self.rig.lot(), lines)?;
        Ok(Scene { commands: vec![restart(self.pace.after(last), 1)], ..scene })
    }

    fn within(&self) -> Result<Scene, Impossible> {
        let mut lines = self.begin();
        let tick = lines.len() as u32 + 1;
        lines.push(Line { tick, order: self.tried(0)?, due: Due::Pass });
        self.scene(Must::Hold, "the last within the limit", 0, lines)
    }
}
