use super::latched::{Ending, Pace, soonest};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::near;
use crate::gates::error_rate::Limits;
use crate::model::{GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{MILLISECOND, Price, Quantity, Span};

/// A buy, and reduce-only buys over a midnight, which the venue rejects, the last of them one too many within the window: what adds
/// risk is refused, after a restart too, what reduces passes, until the pause is over or somebody re-enables the gate. Twins: the last
/// comes when the first has left the window; as many post-only orders that would take, which is no error.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    let mut scenes = vec![play.too_many()?, play.no_errors()?];
    if play.errors > 1 {
        scenes.push(play.spread()?);
    }
    Ok(scenes)
}

/// Most orders of one scene.
const ORDERS_MAX: u32 = 2_000;

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    errors: u32,
    window: Span,
    pause_ms: u32,
    ask: Price,
    quantity: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits, gate: GateId) -> Result<Self, Impossible> {
        let (ask, errors) = (near(rig)?, limits.errors.max(1));
        if ORDERS_MAX < errors {
            return Err(Impossible(format!("it takes {errors} orders, and a scene has {ORDERS_MAX} at most")));
        }
        let quantity = rig.smallest(i128::from(ask.ticks()) - 1)?;
        let window = MILLISECOND.times(i64::from(limits.window_ms));
        Ok(Self { rig, gate, errors, window, pause_ms: limits.pause_ms, ask, quantity })
    }

    fn fast(&self) -> Result<Pace, Impossible> {
        let period = soonest(self.rig, self.pause_ms);
        let takes = period.times(i64::from(self.errors) - 1);
        if self.window <= takes {
            let (errors, window) = (self.errors, self.window);
            return Err(Impossible(format!("{errors} orders take {takes}, and the window is {window}")));
        }
        Ok(Pace::over_midnight(period, self.errors / 2 + 1))
    }

    fn order(&self, side: Side) -> OrderSpec {
        let price = if side == Side::Buy { self.ask } else { self.ask.offset(-1) };
        OrderSpec::limit(side, price, Quantity::new(self.quantity as i64))
    }

    /// A buy, and as many orders as are errors at the ticks after it.
    fn begin(&self, order: OrderSpec) -> Vec<Line> {
        let rejected = (2..self.errors + 2).map(|tick| Line { tick, order, due: Due::Rejection });
        let buy = Line { tick: 1, order: self.order(Side::Buy), due: Due::Needed };
        std::iter::once(buy).chain(rejected).collect()
    }

    fn adds(&self, tick: u32, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.ask)?, due })
    }

    fn scene(&self, must: Must, title: &str, pace: Pace, lines: Vec<Line>) -> Result<Scene, Impossible> {
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let stage = pace.stage(last, |_| self.ask, self.quantity);
        let script = Script { period: pace.period, lines };
        let worth = self.rig.worth(i128::from(self.ask.ticks()), 4 * self.quantity)?;
        Ok(Scene { risk_clock: pace.period, ..Scene::new(must, title, stage, script, self.rig.ample(worth)?) })
    }

    fn too_many(&self) -> Result<Scene, Impossible> {
        let (pace, tripped) = (self.fast()?, self.errors + 1);
        let Ending { opens, tick, commands } = pace.ending(tripped, self.pause_ms, self.gate)?;
        let mut lines = self.begin(self.order(Side::Buy).reduce_only());
        lines.push(self.adds(tripped + 1, Due::Refusal(self.gate))?);
        lines.push(Line { tick: tripped + 2, order: self.order(Side::Sell), due: Due::Pass });
        lines.push(self.adds(tick, Due::Pass)?);
        let title = format!("{} rejects within {}", self.errors, pace.period.times(i64::from(self.errors) - 1));
        let scene = self.scene(Must::Act, &title, pace, lines)?;
        Ok(Scene { trips: vec![pace.tick(tripped)], clears: vec![opens], commands, ..scene })
    }

    fn spread(&self) -> Result<Scene, Impossible> {
        let apart = i64::from(self.errors) - 1;
        let period = Span::from_nanos((self.window.nanos() + apart - 1) / apart).max(soonest(self.rig, 0));
        let pace = Pace::over_midnight(period, self.errors / 2 + 1);
        let mut lines = self.begin(self.order(Side::Buy).reduce_only());
        lines.push(self.adds(self.errors + 2, Due::Pass)?);
        let title = format!("{} rejects, the last {} after the first", self.errors, period.times(apart));
        self.scene(Must::Hold, &title, pace, lines)
    }

    fn no_errors(&self) -> Result<Scene, Impossible> {
        let pace = self.fast()?;
        let mut lines = self.begin(self.order(Side::Buy).post_only());
        lines.push(self.adds(self.errors + 2, Due::Pass)?);
        self.scene(Must::Hold, &format!("{} post-only orders would take", self.errors), pace, lines)
    }
}
