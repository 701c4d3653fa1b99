use super::latched::{Ending, Pace, soonest};
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::near;
use crate::gates::repeated_executions::Limits;
use crate::model::{GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{MILLISECOND, Price, Quantity, Span};

/// Buys over a midnight, the last of which is one too many within the window: what adds risk is refused, after a restart too, what
/// reduces passes, until somebody re-enables the gate. Twins: the last comes when the first has left the window; the same number, the
/// last of them a sale.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    let mut scenes = vec![play.too_many()?];
    if play.executions > 1 {
        scenes.push(play.spread()?);
        scenes.push(play.other_side()?);
    }
    Ok(scenes)
}

/// Most orders of one scene.
const ORDERS_MAX: u32 = 2_000;

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    executions: u32,
    window: Span,
    ask: Price,
    quantity: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits, gate: GateId) -> Result<Self, Impossible> {
        let (ask, executions) = (near(rig)?, limits.executions.max(1));
        if ORDERS_MAX < executions {
            return Err(Impossible(format!("it takes {executions} orders, and a scene has {ORDERS_MAX} at most")));
        }
        let quantity = rig.smallest(i128::from(ask.ticks()) - 1)?;
        let window = MILLISECOND.times(i64::from(limits.window_ms));
        Ok(Self { rig, gate, executions, window, ask, quantity })
    }

    /// As fast as orders may be, if so many of them fit into the window.
    fn fast(&self) -> Result<Pace, Impossible> {
        let period = soonest(self.rig, 0);
        let takes = period.times(i64::from(self.executions) - 1);
        if self.window <= takes {
            let (executions, window) = (self.executions, self.window);
            return Err(Impossible(format!("{executions} orders take {takes}, and the window is {window}")));
        }
        Ok(Pace::over_midnight(period, self.executions / 2))
    }

    fn order(&self, tick: u32, side: Side) -> Line {
        let price = if side == Side::Buy { self.ask } else { self.ask.offset(-1) };
        let order = OrderSpec::limit(side, price, Quantity::new(self.quantity as i64));
        Line { tick, order, due: Due::Needed }
    }

    fn adds(&self, tick: u32, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.ask)?, due })
    }

    fn scene(&self, must: Must, title: &str, pace: Pace, lines: Vec<Line>) -> Result<Scene, Impossible> {
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        // What is taken from a level is gone for as long as the level stands.
        let stage = pace.stage(last, |_| self.ask, self.quantity * i128::from(self.executions));
        let script = Script { period: pace.period, lines };
        let worth = self.rig.worth(i128::from(self.ask.ticks()), self.quantity * i128::from(self.executions + 2))?;
        Ok(Scene { risk_clock: pace.period, ..Scene::new(must, title, stage, script, self.rig.ample(worth)?) })
    }

    fn too_many(&self) -> Result<Scene, Impossible> {
        let (pace, executions) = (self.fast()?, self.executions);
        let Ending { opens, tick, commands } = pace.ending(executions, 0, self.gate)?;
        let mut lines: Vec<Line> = (1..=executions).map(|tick| self.order(tick, Side::Buy)).collect();
        lines.push(self.adds(executions + 1, Due::Refusal(self.gate))?);
        lines.push(Line { due: Due::Pass, ..self.order(executions + 2, Side::Sell) });
        lines.push(self.adds(tick, Due::Pass)?);
        let title = format!("{executions} buys execute within {}", pace.period.times(i64::from(executions) - 1));
        let scene = self.scene(Must::Act, &title, pace, lines)?;
        Ok(Scene { trips: vec![pace.tick(executions)], clears: vec![opens], commands, ..scene })
    }

    fn spread(&self) -> Result<Scene, Impossible> {
        let (executions, apart) = (self.executions, i64::from(self.executions) - 1);
        let period = Span::from_nanos((self.window.nanos() + apart - 1) / apart).max(soonest(self.rig, 0));
        let pace = Pace::over_midnight(period, executions / 2);
        let mut lines: Vec<Line> = (1..=executions).map(|tick| self.order(tick, Side::Buy)).collect();
        lines.push(self.adds(executions + 1, Due::Pass)?);
        let title = format!("{executions} buys execute, the last {} after the first", period.times(apart));
        self.scene(Must::Hold, &title, pace, lines)
    }

    fn other_side(&self) -> Result<Scene, Impossible> {
        let (pace, executions) = (self.fast()?, self.executions);
        let side = |tick| if tick == executions { Side::Sell } else { Side::Buy };
        let mut lines: Vec<Line> = (1..=executions).map(|tick| self.order(tick, side(tick))).collect();
        lines.push(self.adds(executions + 1, Due::Pass)?);
        self.scene(Must::Hold, &format!("{} buys and a sale execute", executions - 1), pace, lines)
    }
}
