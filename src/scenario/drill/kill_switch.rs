use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{START, near, standing, tick};
use crate::engine::{Scope, Scripted, When};
use crate::model::{Command, GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{MILLISECOND, Price, Quantity, Span, Timestamp};

/// Killed with a position and an order resting: what adds risk is refused until the release, what reduces it passes, the resting
/// order is gone, and a restart changes nothing; killed and flattened: nothing is left. Twins: nobody says anything; everything
/// is said but what would hold it.
pub(super) fn scenes(rig: &Rig, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, gate)?;
    Ok(vec![play.killed()?, play.restarted()?, play.flattened()?, play.quiet(&[])?, play.quiet(&ENDS)?])
}

/// Commands that end what does not hold.
const ENDS: [Command; 3] = [Command::Resume, Command::Start, Command::Release];

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    period: Span,
    ask: Price,
    bid: Price,
    quantity: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, gate: GateId) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let bid = rig.price_at(i128::from(ask.ticks()) - 1)?;
        let quantity = rig.smallest(i128::from(bid.ticks()))?;
        // No two orders within a window of the gate on bursts; and an instant between two ticks.
        let window = rig.gates.order_burst.as_ref().map_or(0, |burst| i64::from(burst.window_ms));
        Ok(Self { rig, gate, period: MILLISECOND.times(2 * window.max(1)), ask, bid, quantity })
    }

    /// The instant between tick `number` and the next.
    fn after(&self, number: u32) -> Timestamp {
        tick(START, self.period, number).plus(Span::from_nanos(self.period.nanos() / 2))
    }

    fn says(&self, number: u32, commands: &[Command], line: u32) -> Scripted {
        Scripted {
            when: When::At(self.after(number)),
            scope: Scope::All,
            commands: commands.to_vec(),
            gate: None,
            line,
        }
    }

    fn order(&self, side: Side, price: Price) -> OrderSpec {
        OrderSpec::limit(side, price, Quantity::new(self.quantity as i64))
    }

    /// Buys at tick 1, rests a buy at tick 2.
    fn begin(&self) -> Vec<Line> {
        let line = |tick, price| Line { tick, order: self.order(Side::Buy, price), due: Due::Needed };
        vec![line(1, self.ask), line(2, self.bid)]
    }

    fn adds(&self, tick: u32, due: Due) -> Result<Line, Impossible> {
        Ok(Line { tick, order: idle_at(self.rig, self.ask)?, due })
    }

    fn scene(&self, must: Must, title: &str, lines: Vec<Line>, commands: Vec<Scripted>) -> Result<Scene, Impossible> {
        let script = Script { period: self.period, lines };
        let stage = standing(self.ask, self.quantity, self.period, 6);
        let worth = self.rig.worth(i128::from(self.ask.ticks()), self.quantity)?;
        Ok(Scene { commands, ..Scene::new(must, title, stage, script, self.rig.ample(worth)?) })
    }

    fn killed(&self) -> Result<Scene, Impossible> {
        let refused = Due::Refusal(self.gate);
        let mut lines = self.begin();
        lines.push(self.adds(3, refused)?);
        lines.push(Line { tick: 4, order: self.order(Side::Sell, self.bid).reduce_only(), due: Due::Pass });
        lines.push(self.adds(5, Due::Pass)?);
        let commands = vec![self.says(2, &[Command::Kill], 1), self.says(4, &[Command::Release], 2)];
        let scene = self.scene(Must::Act, "killed and released", lines, commands)?;
        Ok(Scene { trips: vec![self.after(2)], clears: vec![self.after(4)], ends_flat: true, ..scene })
    }

    fn restarted(&self) -> Result<Scene, Impossible> {
        let mut lines = self.begin();
        lines.push(self.adds(3, Due::Refusal(self.gate))?);
        let commands = vec![self.says(2, &[Command::Kill, Command::RestartWithState], 1)];
        let scene = self.scene(Must::Act, "killed, and the process starts again", lines, commands)?;
        Ok(Scene { trips: vec![self.after(2)], ..scene })
    }

    fn flattened(&self) -> Result<Scene, Impossible> {
        let mut lines = self.begin();
        lines.push(self.adds(3, Due::Refusal(self.gate))?);
        let commands = vec![self.says(2, &[Command::Kill, Command::Flatten], 1)];
        let scene = self.scene(Must::Act, "killed and flattened", lines, commands)?;
        Ok(Scene { trips: vec![self.after(2)], ends_flat: true, ..scene })
    }

    fn quiet(&self, commands: &[Command]) -> Result<Scene, Impossible> {
        let mut lines = self.begin();
        lines.push(self.adds(3, Due::Pass)?);
        let said: Vec<Scripted> = if commands.is_empty() { Vec::new() } else { vec![self.says(2, commands, 1)] };
        let title = if said.is_empty() { "nobody says anything" } else { "told to resume, start and be released only" };
        self.scene(Must::Hold, title, lines, said)
    }
}
