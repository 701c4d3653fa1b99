use super::rig::Rig;
use super::scene::Impossible;
use super::stage::{Moment, Stage};
use super::timeline::{INSTANT, depth, tick};
use crate::engine::{Scope, Scripted, When};
use crate::model::{Command, GateId};
use crate::units::{MILLISECOND, Price, Span, Timestamp};

/// 4 January 2023, 00:00 UTC: what counts is counted over a midnight, and over the end of any window that a clock would have.
pub(super) const MIDNIGHT: Timestamp = Timestamp::from_nanos(1_672_790_400_000_000_000);
/// Most ticks of a script that waits for the end of a pause.
const TICKS_MAX: i64 = 20_000;

/// Somebody re-enables a gate.
pub(super) fn reenable(gate: GateId, at: Timestamp, line: u32) -> Scripted {
    said(at, Command::Reenable, Some(gate), line)
}

/// The process starts again with what it had saved.
pub(super) fn restart(at: Timestamp, line: u32) -> Scripted {
    said(at, Command::RestartWithState, None, line)
}

fn said(at: Timestamp, command: Command, gate: Option<GateId>, line: u32) -> Scripted {
    Scripted { when: When::At(at), scope: Scope::All, commands: vec![command], gate, line }
}

/// Ticks of a timer, and of the risk clock: one order each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub start: Timestamp,
    pub period: Span,
}

/// What ends a trip, and the first tick after that.
pub(super) struct Ending {
    pub opens: Timestamp,
    pub tick: u32,
    pub commands: Vec<Scripted>,
}

/// The shortest time between two orders that the gate on bursts lets through, and in which a pause is over soon enough.
pub(super) fn soonest(rig: &Rig, pause_ms: u32) -> Span {
    let apart = rig.gates.order_burst.as_ref().map_or(1, |burst| divided_up(burst.window_ms, burst.orders.max(1)));
    MILLISECOND.times(apart.max(divided_up(pause_ms, TICKS_MAX as u32)).max(2))
}

fn divided_up(number: u32, by: u32) -> i64 {
    i64::from(number.div_ceil(by.max(1)))
}

impl Pace {
    /// Ticks `period` apart, the first `before` of which come before midnight.
    pub fn over_midnight(period: Span, before: u32) -> Self {
        let back = period.nanos() * i64::from(before) + period.nanos() / 2;
        Self { start: MIDNIGHT.plus(Span::from_nanos(-back)), period }
    }

    pub fn tick(&self, number: u32) -> Timestamp {
        tick(self.start, self.period, number)
    }

    /// The instant between tick `number` and the next.
    pub fn after(&self, number: u32) -> Timestamp {
        self.tick(number).plus(Span::from_nanos(self.period.nanos() / 2))
    }

    /// After a trip at tick `tripped` the process starts again, and two orders are tried at the next two ticks. Then somebody re-enables
    /// the gate, or its pause is over.
    pub fn ending(&self, tripped: u32, pause_ms: u32, gate: GateId) -> Result<Ending, Impossible> {
        self.ending_after(self.tick(tripped), tripped, pause_ms, gate)
    }

    /// The same after a trip at an instant no later than tick `tripped`.
    pub fn ending_after(
        &self,
        tripped_at: Timestamp,
        tripped: u32,
        pause_ms: u32,
        gate: GateId,
    ) -> Result<Ending, Impossible> {
        let mut commands = vec![restart(self.after(tripped), 1)];
        if pause_ms == 0 {
            let opens = self.after(tripped + 2);
            commands.push(reenable(gate, opens, 2));
            return Ok(Ending { opens, tick: tripped + 3, commands });
        }
        let over = tripped_at.plus(MILLISECOND.times(i64::from(pause_ms)));
        // Marks are multiples of the period; the first at which the pause is over opens it.
        let before = over.nanos() - INSTANT.nanos();
        let opens = Timestamp::from_nanos((before.div_euclid(self.period.nanos()) + 1) * self.period.nanos());
        if opens <= self.tick(tripped + 2) {
            let pause = MILLISECOND.times(i64::from(pause_ms));
            return Err(Impossible(format!("a pause of {pause} is over before two more orders can be tried")));
        }
        let ticks = (opens.since(self.start).nanos() + self.period.nanos() - 1) / self.period.nanos();
        Ok(Ending { opens, tick: ticks as u32, commands })
    }

    /// A market that says its price at every tick, up to one after the last: the ask at each, and a bid below it.
    pub fn stage(&self, ticks: u32, ask: impl Fn(u32) -> Price, quantity: i128) -> Stage {
        let moments = (0..=ticks + 1).map(|number| Moment::new(self.tick(number), ask(number)));
        Stage { moments: moments.collect(), depth: depth(quantity) }
    }
}
