use super::order_burst::idle;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::stage::{Moment, Stage};
use super::timeline::{START, depth, tick};
use crate::model::GateId;
use crate::units::{DAY, Span};

/// Most orders that a drill sends on one day.
const ORDERS_MAX: u32 = 5_000;

/// As many orders as a day allows, none of which fills, one more, and one at the first instant of the next day; in the twin the one
/// more comes at that instant.
pub(super) fn scenes(rig: &Rig, most: u32, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let period = spaced(rig);
    if ORDERS_MAX < most {
        return Err(Impossible(format!("it takes {most} orders on a day, more than {ORDERS_MAX}")));
    }
    let midnight_tick = most + 2;
    let before = period.times(i64::from(midnight_tick));
    if DAY <= before {
        return Err(Impossible(format!("a day is too short for {most} orders that are {period} apart")));
    }
    // The start is at noon.
    let midnight = START.plus(Span::from_nanos(DAY.nanos() / 2));
    let start = midnight.plus(Span::from_nanos(-before.nanos()));
    let (order, ask) = idle(rig)?;
    let steps = i128::from(order.quantity.steps());
    let quote = rig.ample(rig.worth(i128::from(ask.ticks()), steps)?)?;
    let line = |tick, due| Line { tick, order, due };
    let scene = |must, words: &str, lines: Vec<Line>| {
        let moments = (0..=midnight_tick + 1).map(|number| Moment::new(tick(start, period, number), ask));
        let stage = Stage { moments: moments.collect(), depth: depth(steps) };
        Scene::new(must, format!("{words}: {most} orders a day"), stage, Script { period, lines }, quote)
    };
    let counted = |first: u32| (first..first + most).map(|tick| line(tick, Due::Needed));
    let over = counted(1).chain([line(most + 1, Due::Refusal(gate)), line(midnight_tick, Due::Pass)]);
    let within = counted(2).chain([line(midnight_tick, Due::Pass)]);
    Ok(vec![
        scene(Must::Act, "one order too many, then the next day", over.collect()),
        scene(Must::Hold, "one more as the next day begins", within.collect()),
    ])
}
