use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{INSTANT, START, near, standing, tick};
use crate::engine::{Scope, Scripted, When};
use crate::gates::heartbeat::Limits;
use crate::model::{Command, GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{MILLISECOND, Quantity, Span, Timestamp};

/// The last heartbeat comes two ticks before an order, where two ticks are the limit: an instant more, and the order is refused,
/// the next mark trips the gate and cancels what rests; what reduces passes, and a heartbeat opens it. Twins: exactly the limit, and a
/// heartbeat before the next mark; and nobody is ever silent.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits)?;
    Ok(vec![play.missed(gate)?, play.just_in_time()?, play.watched()?])
}

struct Play<'a> {
    rig: &'a Rig,
    most: Span,
    /// Half the limit.
    period: Span,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits) -> Result<Self, Impossible> {
        let most = MILLISECOND.times(i64::from(limits.max_silence_ms));
        Ok(Self { rig, most, period: Span::from_nanos(most.nanos() / 2) })
    }

    fn tick(&self, number: u32) -> Timestamp {
        tick(START, self.period, number)
    }

    fn says(&self, at: Timestamp, commands: &[Command], line: u32) -> Scripted {
        Scripted { when: When::At(at), scope: Scope::All, commands: commands.to_vec(), gate: None, line }
    }

    /// The last heartbeat for now.
    fn last(&self, at: Timestamp) -> Scripted {
        self.says(at, &[Command::Heartbeat, Command::Silence], 1)
    }

    /// Buys at tick 1 and rests a buy at tick 2; `third` is what becomes of the order at tick 3.
    fn scene(&self, must: Must, title: &str, third: Due, commands: Vec<Scripted>) -> Result<Scene, Impossible> {
        let ask = near(self.rig)?;
        let bid = self.rig.price_at(i128::from(ask.ticks()) - 1)?;
        let below = self.rig.price_at(i128::from(ask.ticks()) - 2)?;
        let quantity = self.rig.smallest(i128::from(below.ticks()))?;
        let own = |side, price| OrderSpec::limit(side, price, Quantity::new(quantity as i64));
        let idle = idle_at(self.rig, ask)?;
        let lines = vec![
            Line { tick: 1, order: own(Side::Buy, ask), due: Due::Needed },
            Line { tick: 2, order: own(Side::Buy, below), due: Due::Pass },
            Line { tick: 3, order: idle, due: third },
            Line { tick: 5, order: own(Side::Sell, bid).reduce_only(), due: Due::Pass },
            Line { tick: 6, order: idle, due: Due::Pass },
        ];
        let script = Script { period: self.period, lines };
        let stage = standing(ask, quantity, self.period, 7);
        let worth = self.rig.worth(i128::from(ask.ticks()), 3 * quantity)?;
        // The marks are as far apart as the limit is long: at every second tick.
        let scene = Scene::new(must, title, stage, script, self.rig.ample(worth)?);
        Ok(Scene { commands, risk_clock: self.most, ..scene })
    }

    fn missed(&self, gate: GateId) -> Result<Scene, Impossible> {
        let just_before = Timestamp::from_nanos(self.tick(1).nanos() - INSTANT.nanos());
        let back = self.tick(5).plus(INSTANT);
        let commands = vec![self.last(just_before), self.says(back, &[Command::Heartbeat], 2)];
        let title = format!("silent for an instant more than {}", self.most);
        let scene = self.scene(Must::Act, &title, Due::Refusal(gate), commands)?;
        Ok(Scene { trips: vec![self.tick(4)], clears: vec![back], ..scene })
    }

    fn just_in_time(&self) -> Result<Scene, Impossible> {
        let (last, back) = (self.last(self.tick(1)), self.tick(3).plus(INSTANT));
        let commands = vec![last, self.says(back, &[Command::Heartbeat], 2)];
        self.scene(Must::Hold, &format!("silent for {}", self.most), Due::Pass, commands)
    }

    fn watched(&self) -> Result<Scene, Impossible> {
        self.scene(Must::Hold, "watched all the time", Due::Pass, Vec::new())
    }
}
