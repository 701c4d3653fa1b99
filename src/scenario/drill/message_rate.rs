use super::open_orders::resting;
use super::order_burst::idle_at;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::gates::message_rate::Limits;
use crate::model::GateId;
use crate::units::{MILLISECOND, Span};

/// An order that rests and amends of it that change nothing, evenly spaced, until what is kept for cancels is all that is left; then
/// another order, just before the first message has left the window, or just as it leaves.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let window = MILLISECOND.times(i64::from(limits.window_ms)).nanos();
    let most = i64::from(limits.messages.saturating_sub(limits.reserve).max(1));
    let ask = near(rig)?;
    let (last, steps) = (idle_at(rig, ask)?, rig.smallest(i128::from(ask.ticks()) - 1)?);
    let rests = resting(ask, steps);
    let scene = |must, words: &str, period: i64, due| -> Result<Scene, Impossible> {
        let line = |number: i64| {
            let (order, due) = match number {
                0 => (rests, Due::Needed),
                number if number == most => (last, due),
                _ => (rests, Due::Amend(1)),
            };
            Line { tick: number as u32 + 1, order, due }
        };
        let script = Script { period: Span::from_nanos(period), lines: (0..=most).map(line).collect() };
        let title = format!("{words}: message {} comes {} after the first", most + 1, script.period.times(most));
        let stage = standing(ask, steps, script.period, most as u32 + 1);
        Ok(Scene::new(must, title, stage, script, rig.ample(rig.worth(i128::from(ask.ticks()), 2 * steps)?)?))
    };
    let words = if window % most == 0 { "exactly when the window is over" } else { "when the window is over" };
    Ok(vec![
        scene(Must::Act, "just before the window is over", (window - 1) / most, Due::Refusal(gate))?,
        scene(Must::Hold, words, (window + most - 1) / most, Due::Pass)?,
    ])
}
