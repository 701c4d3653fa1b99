use super::latched::{Pace, soonest};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::stage::{Moment, Stage};
use super::timeline::{depth, near};
use crate::gates::period_collar::Limits;
use crate::model::GateId;
use crate::units::{MILLISECOND, Price, Rate, SECOND, Span, Timestamp};

/// A market that rises, or falls, so far that the next order is a tick beyond the limit from where it was before midnight: refused until
/// that price has left the window, to the mark. Twins: the farthest within the limit.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    let (up, down) = (play.edge(1), play.edge(-1));
    Ok(vec![play.beyond(up.over)?, play.beyond(down.over)?, play.within(up.within)?, play.within(down.within)?])
}

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    ppb: i128,
    window: Span,
    marks: u32,
    pace: Pace,
    ask: Price,
}

/// The first price, in ticks, at which an order is too far away, and the one before it.
#[derive(Clone, Copy)]
struct Edge {
    over: i128,
    within: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits, gate: GateId) -> Result<Self, Impossible> {
        let (ask, marks) = (near(rig)?, limits.confirm_marks.max(1));
        let window = MILLISECOND.times(i64::from(limits.window_ms));
        // Whole seconds, as marks count that are a second apart.
        let seconds = soonest(rig, 0).nanos().div_euclid(SECOND.nanos()) + 1;
        let pace = Pace::over_midnight(SECOND.times(seconds), 2 * marks);
        if window <= pace.period.times(2) {
            let period = pace.period;
            return Err(Impossible(format!(
                "its window of {window} is over within two marks, which are {period} apart"
            )));
        }
        Ok(Self { rig, gate, ppb: i128::from(limits.percent.ppb()), window, marks, pace, ask })
    }

    /// Where the market stands until it moves.
    fn mid_x2(&self) -> i128 {
        2 * i128::from(self.ask.ticks()) - 1
    }

    fn edge(&self, sign: i128) -> Edge {
        let allowed = self.mid_x2() * self.ppb / i128::from(Rate::ONE);
        let within = match sign {
            1 => (self.mid_x2() + allowed).div_euclid(2),
            _ => (self.mid_x2() - allowed + 1).div_euclid(2),
        };
        Edge { over: within + sign, within }
    }

    /// The tick after which the price moves: by then the median is settled, and the day is over.
    const fn settled(&self) -> u32 {
        2 * self.marks
    }

    /// A small buy at `price` that does not stay.
    fn line(&self, tick: u32, price: i128, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.rig.price_at(price + 1)?)?, due })
    }

    /// A market that says its price at every tick, and moves just after the one at which it has settled: to where an order at `price` is
    /// a tick below the ask.
    fn scene(&self, must: Must, words: &str, price: i128, lines: Vec<Line>) -> Result<Scene, Impossible> {
        let moved = self.rig.price_at(price + 1)?;
        self.rig.price_at(price)?;
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let moved_at = self.moved_at();
        let mut instants: Vec<Timestamp> = (0..=last + 1).map(|number| self.pace.tick(number)).collect();
        instants.push(moved_at);
        instants.sort_unstable();
        let ask = |at: Timestamp| if at < moved_at { self.ask } else { moved };
        let moments = instants.iter().map(|at| Moment::new(*at, ask(*at))).collect();
        let quantity = lines.iter().map(|line| i128::from(line.order.quantity.steps())).max().unwrap_or(1);
        let stage = Stage { moments, depth: depth(quantity) };
        let script = Script { period: self.pace.period, lines };
        let show = |price: Price| self.rig.instrument.show_price(price);
        let (from, to) = (show(self.ask), show(Price::new(price as i64)));
        let title = format!("{words}: an order at {to}, after an ask of {from} within {}", self.window);
        let worth = self.rig.worth(i128::from(moved.max(self.ask).ticks()), 2 * quantity)?;
        Ok(Scene { risk_clock: self.pace.period, ..Scene::new(must, title, stage, script, self.rig.ample(worth)?) })
    }

    fn moved_at(&self) -> Timestamp {
        self.pace.tick(self.settled()).plus(Span::from_nanos(1))
    }

    /// Two orders before the market moves, whatever a restart between them would forget.
    fn before(&self) -> Result<Vec<Line>, Impossible> {
        let price = i128::from(self.ask.ticks()) - 1;
        [1, 2].map(|tick| self.line(tick, price, Due::Pass)).into_iter().collect()
    }

    fn beyond(&self, price: i128) -> Result<Scene, Impossible> {
        let period = self.pace.period.nanos();
        let windows = (self.window.nanos() + period - 1) / period;
        // Old prices settle until one mark before the new one does; a mark comes after the tick of its number.
        let leaves = self.settled() + self.marks + windows as u32 - 2;
        let mut lines = self.before()?;
        for tick in [self.settled() + self.marks, leaves] {
            lines.push(self.line(tick, price, Due::Refusal(self.gate))?);
        }
        lines.dedup_by_key(|line| line.tick);
        lines.push(self.line(leaves + 1, price, Due::Pass)?);
        self.scene(Must::Act, "a tick beyond the limit, until the window is over", price, lines)
    }

    fn within(&self, price: i128) -> Result<Scene, Impossible> {
        let mut lines = self.before()?;
        lines.push(self.line(self.settled() + self.marks, price, Due::Pass)?);
        self.scene(Must::Hold, "the farthest within the limit", price, lines)
    }
}
