use super::order_burst::idle;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::stage::{Moment, Stage};
use super::timeline::{INSTANT, START, depth, tick};
use crate::gates::stale_data::Limits;
use crate::model::GateId;
use crate::units::{MILLISECOND, SECOND, Span};

/// An order after a silence of a nanosecond more than the limit, and one after the next message; and one after a silence of
/// exactly the limit.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let age = MILLISECOND.times(i64::from(limits.max_age_ms));
    let (order, ask) = idle(rig)?;
    let steps = i128::from(order.quantity.steps());
    let quote = rig.ample(rig.worth(i128::from(ask.ticks()), steps)?)?;
    let scene = |must, silence: Span, heard: &[_], lines: Vec<Line>, title: &str| {
        let moments = heard.iter().map(|at| Moment::new(*at, ask)).collect();
        let stage = Stage { moments, depth: depth(steps) };
        let title = format!("{title}: silence of {silence}");
        Scene::new(must, title, stage, Script { period: age, lines }, quote)
    };
    let at = |number| tick(START, age, number);
    let before = Span::from_nanos(-INSTANT.nanos());
    let over = [START, at(1).plus(before), at(3), at(3).plus(SECOND)];
    let within = [START, at(1), at(2).plus(SECOND)];
    let line = |tick, due| Line { tick, order, due };
    let reopened = vec![line(2, Due::Refusal(gate)), line(3, Due::Pass)];
    Ok(vec![
        scene(
            Must::Act,
            Span::from_nanos(age.nanos() + INSTANT.nanos()),
            &over,
            reopened,
            "over the limit, then a message",
        ),
        scene(Must::Hold, age, &within, vec![line(2, Due::Pass)], "exactly at the limit"),
    ])
}
