use super::open_orders::resting;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::model::{ContractKind, GateId, Side, TimeInForce};
use crate::strategy::OrderSpec;
use crate::units::{Money, Price, Quantity, Rate};

/// Orders that come before the last one, each of the venue's smallest quantity.
const BEFORE: i128 = 2;

/// An account that is worth just so much that three small buys at rest are the `ppb` parts per billion of it that are allowed; in the
/// run over the limit the last one is a lot larger. In another the first one fills: its costs lower the equity, so that the last,
/// which the opening equity allows, is too much.
pub(super) fn scenes(rig: &Rig, ppb: i64, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, ppb, gate)?;
    let mut scenes = vec![
        play.scene(Must::Act, "one lot over the limit", play.rests(), play.small + rig.lot())?,
        play.scene(Must::Hold, "the last within the limit", play.rests(), play.small)?,
    ];
    if play.costs_tell()? {
        let words = "what the opening equity allows, after a purchase has cost its fee";
        scenes.push(play.scene(Must::Act, words, play.takes(), play.small)?);
    }
    Ok(scenes)
}

struct Play<'a> {
    rig: &'a Rig,
    ppb: i128,
    gate: GateId,
    ask: Price,
    small: i128,
    quote: Money,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, ppb: i64, gate: GateId) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let small = rig.smallest(i128::from(ask.ticks()) - 1)?;
        if rig.largest() < small + rig.lot() {
            return Err(Impossible("the venue takes no order that is a lot above its smallest".to_owned()));
        }
        let (ppb, one) = (i128::from(ppb.max(1)), i128::from(Rate::ONE));
        let worth = rig.worth(i128::from(ask.ticks()), (BEFORE + 1) * small)?;
        let parts =
            worth.atto().checked_mul(one).ok_or_else(|| Impossible("the account leaves its type".to_owned()))?;
        let quote = Money::from_atto((parts - 1).div_euclid(ppb) + 1);
        let play = Self { rig, ppb, gate, ask, small, quote };
        play.can_pay(worth)?;
        Ok(play)
    }

    /// The venue wants to be paid, or secured, with something left for fees.
    fn can_pay(&self, worth: Money) -> Result<(), Impossible> {
        let times = match (self.rig.instrument.kind, self.rig.venue.leverage_max) {
            (ContractKind::Spot, _) => 1,
            (_, Some(most)) => i128::from(most),
            (_, None) => return Ok(()),
        };
        let has = self.quote.atto().saturating_mul(times);
        // A twentieth more than the orders, which no fee is above.
        let has_enough = worth.atto() + worth.atto() / 20 <= has;
        let why = || Impossible("the venue's own limit on what an account can pay for comes first".to_owned());
        has_enough.then_some(()).ok_or_else(why)
    }

    /// What a purchase costs at the least, half the spread, takes something off the limit.
    fn costs_tell(&self) -> Result<bool, Impossible> {
        let half_spread = self.rig.worth(1, self.small)?.atto() / 2;
        Ok(2 * i128::from(Rate::ONE) <= half_spread.saturating_mul(self.ppb))
    }

    /// Buys that rest, before the last one.
    fn rests(&self) -> Vec<OrderSpec> {
        vec![resting(self.ask, self.small); BEFORE as usize]
    }

    /// The same, and the first one fills.
    fn takes(&self) -> Vec<OrderSpec> {
        let taken = OrderSpec::limit(Side::Buy, self.ask, Quantity::new(self.small as i64));
        let mut orders = self.rests();
        orders[0] = taken.time_in_force(TimeInForce::ImmediateOrCancel);
        orders
    }

    fn scene(&self, must: Must, words: &str, before: Vec<OrderSpec>, last: i128) -> Result<Scene, Impossible> {
        let due = if must == Must::Act { Due::Refusal(self.gate) } else { Due::Pass };
        let before = before.into_iter().map(|order| (order, Due::Needed));
        let all = before.chain([(resting(self.ask, last), due)]);
        let lines: Vec<Line> = (1..).zip(all).map(|(tick, (order, due))| Line { tick, order, due }).collect();
        let script = Script { period: spaced(self.rig), lines };
        let stage = standing(self.ask, self.small + last, script.period, script.lines.len() as u32);
        let total = self.rig.worth(i128::from(self.ask.ticks()), BEFORE * self.small + last)?;
        let title = format!("{words}: {total} of {} {}", self.quote, self.rig.instrument.quote);
        Ok(Scene::new(must, title, stage, script, self.quote))
    }
}
