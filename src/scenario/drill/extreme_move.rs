use super::latched::{Ending, Pace, soonest};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{LOWEST_X2, best, moving, near};
use crate::gates::extreme_move::Limits;
use crate::model::{GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{MILLISECOND, Price, Quantity, Rate, SECOND, Span, Timestamp};

/// A price that rises too far, or falls too far, for as many marks as it takes to count: what adds risk is refused, after a restart too,
/// what reduces passes, until the pause is over or somebody re-enables the gate. Twins: the last rise within the limit; one over it
/// for one mark fewer; two that are over it together, a window apart.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    let (up, down) = (play.up()?, play.down()?);
    let mut scenes = vec![play.moved(up.over)?, play.moved(down.over)?, play.within(up.within)?];
    if play.marks > 1 {
        scenes.push(play.wild(up.over)?);
    }
    scenes.push(play.slow(up)?);
    Ok(scenes)
}

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    ppb: i128,
    window: Span,
    marks: u32,
    pause_ms: u32,
    pace: Pace,
    ask: Price,
    quantity: i128,
}

/// The first mid, doubled, that is too far away, and the one before it.
#[derive(Clone, Copy)]
struct Edge {
    over: i128,
    within: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits, gate: GateId) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let marks = limits.confirm_marks.max(1);
        let window = MILLISECOND.times(i64::from(limits.window_ms));
        // Whole seconds, as marks count that are a second apart.
        let seconds = soonest(rig, limits.pause_ms).nanos().div_euclid(SECOND.nanos()) + 1;
        let pace = Pace::over_midnight(SECOND.times(seconds), 2 * marks);
        if window <= pace.period {
            let period = pace.period;
            return Err(Impossible(format!("its window of {window} has one mark at a time, which are {period} apart")));
        }
        let quantity = rig.smallest(i128::from(ask.ticks()) / 2)?;
        let ppb = i128::from(limits.percent.ppb());
        Ok(Self { rig, gate, ppb, window, marks, pause_ms: limits.pause_ms, pace, ask, quantity })
    }

    fn mid_x2(&self) -> i128 {
        2 * i128::from(self.ask.ticks()) - 1
    }

    fn edge(&self, sign: i128) -> Edge {
        let within = self.mid_x2() * self.ppb / i128::from(Rate::ONE);
        Edge { over: self.mid_x2() + sign * (within + 1), within: self.mid_x2() + sign * within }
    }

    fn up(&self) -> Result<Edge, Impossible> {
        let edge = self.edge(1);
        self.rig.price_at(best(edge.over).1)?;
        Ok(edge)
    }

    fn down(&self) -> Result<Edge, Impossible> {
        let edge = self.edge(-1);
        if edge.over < LOWEST_X2 {
            let price = self.rig.instrument.show_price(self.ask);
            return Err(Impossible(format!("from {price} no price is so low that the fall exceeds the limit")));
        }
        self.rig.price_at(best(edge.over).0)?;
        Ok(edge)
    }

    /// The tick after which the price moves: by then the median is settled.
    const fn settled(&self) -> u32 {
        2 * self.marks
    }

    fn line(&self, tick: u32, side: Side, mid_x2: i128, due: Due) -> Result<Line, Impossible> {
        let (bid, ask) = best(mid_x2);
        let price = if side == Side::Buy { ask } else { bid };
        let order = OrderSpec::limit(side, self.rig.price_at(price)?, Quantity::new(self.quantity as i64));
        Ok(Line { tick, order, due })
    }

    fn adds(&self, tick: u32, mid_x2: i128, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.rig.price_at(best(mid_x2).1)?)?, due })
    }

    /// A market that says its price at every tick and moves between two of them.
    fn scene(
        &self,
        must: Must,
        title: &str,
        moves: &[(Timestamp, i128)],
        lines: Vec<Line>,
    ) -> Result<Scene, Impossible> {
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let ticks = (0..=last + 1).map(|number| self.pace.tick(number));
        let stage = moving(ticks, self.mid_x2(), moves, self.quantity);
        let script = Script { period: self.pace.period, lines };
        let dearest = best(self.edge(1).over).1;
        let worth = self.rig.worth(dearest, 100 * self.quantity)?;
        Ok(Scene { risk_clock: self.pace.period, ..Scene::new(must, title, stage, script, self.rig.ample(worth)?) })
    }

    /// The price moves just after tick `tick`, long before the next mark.
    fn at(&self, tick: u32) -> Timestamp {
        self.pace.tick(tick).plus(Span::from_nanos(1))
    }

    fn shows(&self, mid_x2: i128) -> String {
        let show = |ticks: i128| self.rig.instrument.show_price(Price::new(ticks as i64));
        let (bid, ask) = best(mid_x2);
        format!("quotes {} / {}", show(bid), show(ask))
    }

    /// The first mark after an instant.
    fn mark_after(&self, at: Timestamp, marks: u32) -> Timestamp {
        let period = self.pace.period;
        let first = Timestamp::from_nanos((at.nanos().div_euclid(period.nanos()) + 1) * period.nanos());
        first.plus(period.times(i64::from(marks)))
    }

    fn moved(&self, over: i128) -> Result<Scene, Impossible> {
        let moved_at = self.at(self.settled());
        let tripped_at = self.mark_after(moved_at, self.marks - 1);
        // Marks come between ticks.
        let tried = self.settled() + self.marks + 1;
        let Ending { opens, tick, commands } =
            self.pace.ending_after(tripped_at, tried - 1, self.pause_ms, self.gate)?;
        let lines = vec![
            self.line(1, Side::Buy, self.mid_x2(), Due::Pass)?,
            self.adds(tried, over, Due::Refusal(self.gate))?,
            self.line(tried + 1, Side::Sell, over, Due::Pass)?,
            self.adds(tick, over, Due::Pass)?,
        ];
        let title = format!("too far for {} marks: {}", self.marks, self.shows(over));
        let scene = self.scene(Must::Act, &title, &[(moved_at, over)], lines)?;
        Ok(Scene { trips: vec![tripped_at], clears: vec![opens], commands, ..scene })
    }

    fn within(&self, within: i128) -> Result<Scene, Impossible> {
        let tick = self.settled() + 2 * self.marks;
        let lines = vec![self.line(1, Side::Buy, self.mid_x2(), Due::Pass)?, self.adds(tick, within, Due::Pass)?];
        let title = format!("the last within the limit: {}", self.shows(within));
        self.scene(Must::Hold, &title, &[(self.at(self.settled()), within)], lines)
    }

    fn wild(&self, over: i128) -> Result<Scene, Impossible> {
        let back = self.settled() + self.marks - 1;
        let tick = back + 2 * self.marks;
        let moves = [(self.at(self.settled()), over), (self.at(back), self.mid_x2())];
        let lines =
            vec![self.line(1, Side::Buy, self.mid_x2(), Due::Pass)?, self.adds(tick, self.mid_x2(), Due::Pass)?];
        let title = format!("too far for {} of {} marks: {}", self.marks - 1, self.marks, self.shows(over));
        self.scene(Must::Hold, &title, &moves, lines)
    }

    /// Half of the way, and the rest of it when the first price has left the window.
    fn slow(&self, up: Edge) -> Result<Scene, Impossible> {
        let half = (self.mid_x2() + up.over) / 2;
        let ticks = (self.window.nanos() + self.pace.period.nanos() - 1) / self.pace.period.nanos();
        let next = self.settled() + ticks as u32 + self.marks;
        let tick = next + 2 * self.marks;
        let moves = [(self.at(self.settled()), half), (self.at(next), up.over)];
        let lines = vec![self.line(1, Side::Buy, self.mid_x2(), Due::Pass)?, self.adds(tick, up.over, Due::Pass)?];
        let title = format!("as far in two moves more than {} apart: {}", self.window, self.shows(up.over));
        self.scene(Must::Hold, &title, &moves, lines)
    }
}
