use super::latched::{Ending, Pace, soonest};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::near;
use crate::gates::consecutive_losses::Limits;
use crate::model::{ContractKind, GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Price, Quantity};

/// Round trips over a midnight, the last of which is one too many and is ended by a sale that crosses zero (where there are short positions): what adds risk is refused,
/// after a restart too, what reduces passes, until the pause is over or somebody re-enables the gate. Each loses by its fees alone, where
/// there are any. Twins: one round trip fewer; one that wins before the last.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    let mut scenes = vec![play.lost()?];
    if play.losses > 1 {
        scenes.push(play.one_fewer()?);
        scenes.push(play.one_won()?);
    }
    Ok(scenes)
}

/// Most round trips of one scene.
const LOSSES_MAX: u32 = 1_000;

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    losses: u32,
    pause_ms: u32,
    pace: Pace,
    ask: Price,
    /// Ask when a losing round trip ends, and when a winning one does.
    losing: Price,
    winning: Price,
    quantity: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits, gate: GateId) -> Result<Self, Impossible> {
        let (ask, losses) = (near(rig)?, limits.losses.max(1));
        if LOSSES_MAX < losses {
            return Err(Impossible(format!("it takes {losses} round trips, and a scene has {LOSSES_MAX} at most")));
        }
        let ticks = i128::from(ask.ticks());
        let quantity = rig.smallest(ticks - 1)?.max(rig.smallest(ticks)?);
        let earns = |bid: i128| rig.round_trip(ticks, bid, quantity);
        // At its own price it loses its fees; where there are none it loses the spread.
        let bid = if earns(ticks)? < 0 { ticks } else { ticks - 1 };
        if earns(bid)? >= 0 {
            return Err(Impossible("no round trip loses: its fees are a rebate above the spread".to_owned()));
        }
        let mut rise = 1;
        while earns(ticks + rise)? <= 0 {
            rise *= 2;
        }
        let losing = rig.price_at(bid + 1)?;
        let winning = rig.price_at(ticks + rise + 1)?;
        let pace = Pace::over_midnight(soonest(rig, limits.pause_ms), losses);
        Ok(Self { rig, gate, losses, pause_ms: limits.pause_ms, pace, ask, losing, winning, quantity })
    }

    fn order(&self, side: Side, price: Price, times: i128) -> OrderSpec {
        OrderSpec::limit(side, price, Quantity::new((times * self.quantity) as i64))
    }

    /// Round trip `number`, from 1, which ends with the ask at `end`, by a sale of so many times what was bought.
    fn round_trip(&self, number: u32, end: Price, times: i128) -> [Line; 2] {
        let line = |tick, order| Line { tick, order, due: Due::Needed };
        let (buy, sell) = (self.order(Side::Buy, self.ask, 1), self.order(Side::Sell, end.offset(-1), times));
        [line(2 * number - 1, buy), line(2 * number, sell)]
    }

    /// The stage of round trips of which `won` wins.
    fn scene(
        &self,
        must: Must,
        title: &str,
        lines: Vec<Line>,
        won: Option<u32>,
        trips: u32,
    ) -> Result<Scene, Impossible> {
        let ask = |tick: u32| match tick.is_multiple_of(2) && 0 < tick && tick <= 2 * trips {
            true if won == Some(tick / 2) => self.winning,
            true => self.losing,
            false => self.ask,
        };
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let stage = self.pace.stage(last, ask, 2 * self.quantity);
        let script = Script { period: self.pace.period, lines };
        let worth = self.rig.worth(i128::from(self.winning.ticks()), self.quantity * i128::from(2 * trips + 2))?;
        Ok(Scene { risk_clock: self.pace.period, ..Scene::new(must, title, stage, script, self.rig.ample(worth)?) })
    }

    fn adds(&self, tick: u32, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.ask)?, due })
    }

    fn lost(&self) -> Result<Scene, Impossible> {
        let (losses, tripped) = (self.losses, 2 * self.losses);
        let Ending { opens, tick, commands } = self.pace.ending(tripped, self.pause_ms, self.gate)?;
        let mut lines: Vec<Line> = (1..losses).flat_map(|number| self.round_trip(number, self.losing, 1)).collect();
        let refused = Due::Refusal(self.gate);
        if self.rig.instrument.kind == ContractKind::Spot {
            lines.extend(self.round_trip(losses, self.losing, 1));
            lines.push(self.adds(tripped + 1, refused)?);
        } else {
            // Short by now, so that a sale adds and a buy reduces.
            lines.extend(self.round_trip(losses, self.losing, 2));
            lines.push(Line { tick: tripped + 1, order: self.order(Side::Sell, self.ask.offset(1), 1), due: refused });
            lines.push(Line { tick: tripped + 2, order: self.order(Side::Buy, self.ask, 1), due: Due::Pass });
        }
        lines.push(self.adds(tick, Due::Pass)?);
        let title = format!("{losses} round trips in a row lose");
        let scene = self.scene(Must::Act, &title, lines, None, losses)?;
        Ok(Scene { trips: vec![self.pace.tick(tripped)], clears: vec![opens], commands, ..scene })
    }

    fn one_fewer(&self) -> Result<Scene, Impossible> {
        let trips = self.losses - 1;
        let mut lines: Vec<Line> = (1..=trips).flat_map(|number| self.round_trip(number, self.losing, 1)).collect();
        lines.push(self.adds(2 * trips + 1, Due::Pass)?);
        self.scene(Must::Hold, &format!("{trips} round trips in a row lose"), lines, None, trips)
    }

    fn one_won(&self) -> Result<Scene, Impossible> {
        let trips = self.losses + 1;
        let end = |number| if number == self.losses { self.winning } else { self.losing };
        let mut lines: Vec<Line> = (1..=trips).flat_map(|number| self.round_trip(number, end(number), 1)).collect();
        lines.push(self.adds(2 * trips + 1, Due::Pass)?);
        let title = format!("{} round trips lose, and the one before the last wins", self.losses);
        self.scene(Must::Hold, &title, lines, Some(self.losses), trips)
    }
}
