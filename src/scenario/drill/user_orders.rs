use super::order_burst::idle;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::stage::{Moment, Stage};
use super::timeline::{START, depth, tick};
use crate::gates::user_orders::Limits;
use crate::model::GateId;
use crate::units::DAY;

/// Most orders that a drill sends.
const ORDERS_MAX: u32 = 5_000;

/// As many orders as the limit allows on one UTC day, none of which fills, and one more; and one on the next day. The twin leaves out
/// the one more.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let period = spaced(rig);
    // The stage begins at noon: tick `tomorrow` is the first after midnight.
    let tomorrow = DAY.nanos() / 2 / period.nanos() + 1;
    if ORDERS_MAX < limits.max || tomorrow <= i64::from(limits.max) + 1 {
        return Err(Impossible(format!("{} orders do not fit into half a day at one each {period}", limits.max)));
    }
    let (order, ask) = idle(rig)?;
    let steps = i128::from(order.quantity.steps());
    let scene = |must, words: &str, more: Option<Due>| -> Result<Scene, Impossible> {
        let line = |tick: u32, due| Line { tick, order, due };
        let within = (1..=limits.max).map(|tick| line(tick, Due::Needed));
        let next_day = [line(tomorrow as u32, Due::Pass)];
        let lines: Vec<Line> = within.chain(more.map(|due| line(limits.max + 1, due))).chain(next_day).collect();
        let ticks = (0..=limits.max + 1).chain([tomorrow as u32, tomorrow as u32 + 1]);
        let moments = ticks.map(|number| Moment::new(tick(START, period, number), ask)).collect();
        let stage = Stage { moments, depth: depth(steps) };
        let title = format!("{words}: a limit of {} orders a day", limits.max);
        let quote = rig.ample(rig.worth(i128::from(ask.ticks()), steps)?)?;
        Ok(Scene::new(must, title, stage, Script { period, lines }, quote))
    };
    Ok(vec![
        scene(Must::Act, "one order more", Some(Due::Refusal(gate)))?,
        scene(Must::Hold, "the last within the day", None)?,
    ])
}
