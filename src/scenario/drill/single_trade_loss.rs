use super::fall::largest;
use super::latched::{Ending, Pace, soonest};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::near;
use crate::gates::single_trade_loss::Limits;
use crate::model::{ContractKind, GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Money, Price, Quantity, Rate};

/// A buy, a fall before midnight, and after it the sale of all but a little at the highest price that loses too much with its fees: what
/// adds risk is refused, after a restart too, what reduces passes, until the pause is over or somebody re-enables the gate. Twin: the
/// sale a tick higher.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    Ok(vec![play.over()?, play.within()?])
}

/// Opening balances that are tried, in tenths of what the position is worth.
const BALANCES: [i128; 7] = [20, 40, 80, 11, 5, 2, 1];
/// Ticks at which the position is bought, the price has fallen, and most of the position is sold.
const BUYS: u32 = 1;
const FALLEN: u32 = 2;
const SELLS: u32 = 4;

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    pause_ms: u32,
    pace: Pace,
    ask: Price,
    quantity: i128,
    /// What is not sold with the rest.
    rest: i128,
    quote: Money,
    /// The highest bid that loses too much.
    bid: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits, gate: GateId) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let price = i128::from(ask.ticks());
        let absolute = limits.absolute.as_ref().map(|amount| amount.money());
        let lowest = (price / 4).max(1);
        let (quantity, rest) = (largest(rig, absolute, price)?, rig.smallest(lowest)?);
        if quantity < 2 * rest {
            return Err(Impossible("the largest position is too small to be sold in two parts".to_owned()));
        }
        let worth = rig.worth(price, quantity)?;
        let loses = |bid: i128| rig.partial_loss(price, quantity, bid, quantity - rest);
        for tenths in BALANCES.into_iter().filter(|tenths| affords(rig, *tenths)) {
            let quote = Money::from_atto(worth.atto() / 10 * tenths);
            let Some(allowed) = allowed(limits, quote) else { continue };
            if loses(price - 1)? <= allowed && allowed < loses(lowest)? {
                let bid = highest(lowest, price - 1, |bid| Ok(allowed < loses(bid)?))?;
                let pace = Pace::over_midnight(soonest(rig, limits.pause_ms), FALLEN);
                let pause_ms = limits.pause_ms;
                return Ok(Self { rig, gate, pause_ms, pace, ask, quantity, rest, quote, bid });
            }
        }
        let quote = &rig.instrument.quote;
        Err(Impossible(format!("no sale of a position worth {worth} {quote} loses more than the limit")))
    }

    fn order(&self, side: Side, price: i128, quantity: i128) -> Result<OrderSpec, Impossible> {
        Ok(OrderSpec::limit(side, self.rig.price_at(price)?, Quantity::new(quantity as i64)))
    }

    /// Bought, and sold at `bid` but for a little.
    fn begin(&self, bid: i128) -> Result<Vec<Line>, Impossible> {
        let buy = self.order(Side::Buy, self.ask.ticks().into(), self.quantity)?;
        let sell = self.order(Side::Sell, bid, self.quantity - self.rest)?;
        let line = |tick, order| Line { tick, order, due: Due::Needed };
        Ok(vec![line(BUYS, buy), line(SELLS, sell)])
    }

    fn adds(&self, tick: u32, bid: i128, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.rig.price_at(bid + 1)?)?, due })
    }

    fn scene(&self, must: Must, words: &str, bid: i128, lines: Vec<Line>) -> Result<Scene, Impossible> {
        let fallen = self.rig.price_at(bid + 1)?;
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let stage = self.pace.stage(last, |tick| if tick < FALLEN { self.ask } else { fallen }, self.quantity);
        let script = Script { period: self.pace.period, lines };
        let show = |ticks: i128| self.rig.instrument.show_price(Price::new(ticks as i64));
        let title = format!("{words}: bought at {}, sold at {}", show(self.ask.ticks().into()), show(bid));
        Ok(Scene { risk_clock: self.pace.period, ..Scene::new(must, &title, stage, script, self.quote) })
    }

    fn over(&self) -> Result<Scene, Impossible> {
        let Ending { opens, tick, commands } = self.pace.ending(SELLS, self.pause_ms, self.gate)?;
        let mut lines = self.begin(self.bid)?;
        lines.push(self.adds(SELLS + 1, self.bid, Due::Refusal(self.gate))?);
        let rest = self.order(Side::Sell, self.bid, self.rest)?;
        lines.push(Line { tick: SELLS + 2, order: rest, due: Due::Pass });
        lines.push(self.adds(tick, self.bid, Due::Pass)?);
        let scene = self.scene(Must::Act, "a loss over the limit", self.bid, lines)?;
        Ok(Scene { trips: vec![self.pace.tick(SELLS)], clears: vec![opens], commands, ..scene })
    }

    fn within(&self) -> Result<Scene, Impossible> {
        let mut lines = self.begin(self.bid + 1)?;
        lines.push(self.adds(SELLS + 1, self.bid + 1, Due::Pass)?);
        self.scene(Must::Hold, "the last loss within the limit", self.bid + 1, lines)
    }
}

/// Whether a position can be bought on so many tenths of its worth, fees included.
fn affords(rig: &Rig, tenths: i128) -> bool {
    let leverage = match (rig.instrument.kind, rig.venue.leverage_max) {
        (ContractKind::Spot, _) => 1,
        (ContractKind::Linear, most) => most.map_or(i128::MAX / 100, i128::from),
    };
    10 < tenths * leverage
}

/// The highest price at which `is_over` holds: it does at `low`, does not at `high`, and changes once.
fn highest(
    mut low: i128,
    mut high: i128,
    is_over: impl Fn(i128) -> Result<bool, Impossible>,
) -> Result<i128, Impossible> {
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if is_over(middle)? { low = middle } else { high = middle }
    }
    Ok(low)
}

/// What a round trip may lose on an account of `quote`, in atto.
fn allowed(limits: &Limits, quote: Money) -> Option<i128> {
    let percent = limits.percent.as_ref().and_then(|percent| {
        let parts = quote.atto().checked_mul(i128::from(percent.ppb()))?;
        Some(parts.div_euclid(i128::from(Rate::ONE)))
    });
    let absolute = limits.absolute.as_ref().map(|amount| amount.money().atto());
    [percent, absolute].into_iter().flatten().min()
}
