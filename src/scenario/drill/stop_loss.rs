use super::fall::kill_switch_id;
use super::latched::{Ending, Pace, soonest};
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{LOWEST_X2, best, moving, near};
use crate::gates::Setting;
use crate::gates::stop_loss::Limits;
use crate::model::{ContractKind, GateId, Side, TimeInForce};
use crate::strategy::OrderSpec;
use crate::units::{Price, Quantity, Rate, SECOND, Span, Timestamp};

/// A position that loses too much before midnight, for as many marks as it takes, and, where the market can be sold short, one that
/// was sold: it is closed, what adds risk is refused on the next day, and after a restart, until the pause is over or somebody re-enables the gate. Twins:
/// the last loss within the limit, and one over it for one mark fewer.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let long = Play::new(rig, limits, gate, Side::Buy)?;
    let mut scenes = vec![long.over()?];
    if rig.instrument.kind == ContractKind::Linear {
        scenes.push(Play::new(rig, limits, gate, Side::Sell)?.over()?);
    }
    scenes.push(long.within()?);
    if long.marks > 1 {
        scenes.push(long.wild()?);
    }
    Ok(scenes)
}

/// The tick at which the position is entered, and the one after which the price moves.
const ENTERS: u32 = 1;
const MOVES: u32 = 2;

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    limits: &'a Limits,
    marks: u32,
    pace: Pace,
    /// The market before it moves.
    ask: Price,
    side: Side,
    quantity: i128,
    /// The first mid, doubled, at which the loss is too large.
    over_x2: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &'a Limits, gate: GateId, side: Side) -> Result<Self, Impossible> {
        let (ask, sign) = (near(rig)?, i128::from(side.sign()));
        let entered = i128::from(ask.ticks()) - if side == Side::Buy { 0 } else { 1 };
        let allowed_x2 = 2 * entered * i128::from(limits.percent.ppb()) / i128::from(Rate::ONE);
        if allowed_x2 < 1 {
            let price = rig.instrument.show_price(ask);
            return Err(Impossible(format!("half a spread of one tick at {price} is more than it may lose")));
        }
        let over_x2 = 2 * entered - sign * (allowed_x2 + 1);
        let (bid, dearest) = best(over_x2);
        if over_x2 < LOWEST_X2 {
            let price = rig.instrument.show_price(ask);
            return Err(Impossible(format!("from {price} no price is so low that the loss exceeds the limit")));
        }
        rig.price_at(bid)?;
        rig.price_at(dearest)?;
        // Enough for the venue at whichever price it is closed.
        let quantity = rig.smallest(bid.min(entered))?;
        let seconds = soonest(rig, limits.pause_ms).nanos().div_euclid(SECOND.nanos()) + 1;
        let marks = limits.confirm_marks.max(1);
        let pace = Pace::over_midnight(SECOND.times(seconds), MOVES + marks);
        Ok(Self { rig, gate, limits, marks, pace, ask, side, quantity, over_x2 })
    }

    const fn mid_x2(&self) -> i128 {
        2 * self.ask.ticks() as i128 - 1
    }

    /// The price just after tick `tick`, long before the next mark.
    fn after(&self, tick: u32) -> Timestamp {
        self.pace.tick(tick).plus(Span::from_nanos(1))
    }

    /// The mark that is the `number`-th after the price has moved.
    fn mark(&self, number: u32) -> Timestamp {
        let period = self.pace.period;
        let first = (self.after(MOVES).nanos().div_euclid(period.nanos()) + 1) * period.nanos();
        Timestamp::from_nanos(first).plus(period.times(i64::from(number) - 1))
    }

    fn trade(&self, tick: u32, side: Side, mid_x2: i128, due: Due) -> Result<Line, Impossible> {
        let (bid, ask) = best(mid_x2);
        let price = self.rig.price_at(if side == Side::Buy { ask } else { bid })?;
        Ok(Line { tick, order: OrderSpec::limit(side, price, Quantity::new(self.quantity as i64)), due })
    }

    fn enters(&self) -> Result<Line, Impossible> {
        self.trade(ENTERS, self.side, self.mid_x2(), Due::Needed)
    }

    /// A small order that would add to the position and never fills: it is at the best price of its own side and does not stay.
    fn adds(&self, tick: u32, mid_x2: i128, due: Due) -> Result<Line, Impossible> {
        let (bid, ask) = best(mid_x2);
        let price = self.rig.price_at(if self.side == Side::Buy { bid } else { ask })?;
        let order = OrderSpec::limit(self.side, price, Quantity::new(self.quantity as i64));
        Ok(Line { tick, order: order.time_in_force(TimeInForce::ImmediateOrCancel), due })
    }

    /// A market that says its price at every tick and moves between two of them.
    fn scene(
        &self,
        must: Must,
        words: &str,
        moves: &[(Timestamp, i128)],
        lines: Vec<Line>,
    ) -> Result<Scene, Impossible> {
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let ticks = (0..=last + 1).map(|number| self.pace.tick(number));
        let stage = moving(ticks, self.mid_x2(), moves, self.quantity);
        let script = Script { period: self.pace.period, lines };
        let highest = moves.iter().map(|(_, mid_x2)| best(*mid_x2).1).fold(i128::from(self.ask.ticks()), i128::max);
        let quote = self.rig.ample(self.rig.worth(highest, 2 * self.quantity)?)?;
        let (bid, ask) = best(moves.first().map_or(self.mid_x2(), |(_, mid_x2)| *mid_x2));
        let show = |ticks: i128| self.rig.instrument.show_price(Price::new(ticks as i64));
        let (held, from) = match self.side {
            Side::Buy => ("bought", show(self.ask.ticks().into())),
            Side::Sell => ("sold", show(i128::from(self.ask.ticks()) - 1)),
        };
        let title = format!("{words}: {held} at {from}, quotes {} / {}", show(bid), show(ask));
        Ok(Scene { risk_clock: self.pace.period, ..Scene::new(must, title, stage, script, quote) })
    }

    fn over(&self) -> Result<Scene, Impossible> {
        let (tripped_at, over_x2) = (self.mark(self.marks), self.over_x2);
        let tried = MOVES + self.marks + 1;
        let Ending { opens, tick, commands } =
            self.pace.ending_after(tripped_at, tried - 1, self.limits.pause_ms, self.gate)?;
        let kills = self.limits.engages_kill_switch && matches!(self.rig.gates.kill_switch, Setting::On(_));
        let refused = Due::Refusal(if kills { kill_switch_id() } else { self.gate });
        let mut lines = vec![self.enters()?, self.adds(tried, over_x2, refused)?];
        if !self.limits.closes_position {
            lines.push(self.trade(tried + 1, self.side.opposite(), over_x2, Due::Needed)?);
        }
        lines.push(self.adds(tick, over_x2, if kills { refused } else { Due::Pass })?);
        let words = format!("a loss over the limit for {} marks", self.marks);
        let scene = self.scene(Must::Act, &words, &[(self.after(MOVES), over_x2)], lines)?;
        Ok(Scene { trips: vec![tripped_at], clears: vec![opens], commands, ends_flat: true, ..scene })
    }

    fn within(&self) -> Result<Scene, Impossible> {
        let within_x2 = self.over_x2 + i128::from(self.side.sign());
        let lines = vec![self.enters()?, self.adds(MOVES + 2 * self.marks, within_x2, Due::Pass)?];
        self.scene(Must::Hold, "the last loss within the limit", &[(self.after(MOVES), within_x2)], lines)
    }

    fn wild(&self) -> Result<Scene, Impossible> {
        let moves = [(self.after(MOVES), self.over_x2), (self.after(MOVES + self.marks - 1), self.mid_x2())];
        let lines = vec![self.enters()?, self.adds(MOVES + 2 * self.marks, self.mid_x2(), Due::Pass)?];
        let words = format!("a loss over the limit for {} of {} marks", self.marks - 1, self.marks);
        self.scene(Must::Hold, &words, &moves, lines)
    }
}
