use super::open_orders::resting;
use super::order_burst::idle_at;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::model::GateId;
use crate::strategy::OrderSpec;

/// Lines of a script.
const LINES: u32 = 4;

/// Four orders, the third of which is the wish of the first once more, which rests or has ended; or a wish of its own.
pub(super) fn scenes(rig: &Rig, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let ask = near(rig)?;
    let (ends, steps) = (idle_at(rig, ask)?, rig.smallest(i128::from(ask.ticks()) - 1)?);
    let scene = |must, words: &str, first: OrderSpec, third: OrderSpec, due| -> Result<Scene, Impossible> {
        let lines = [(first, Due::Needed), (ends, Due::Needed), (third, due), (ends, Due::Pass)];
        let lines = (1..).zip(lines).map(|(tick, (order, due))| Line { tick, order, due }).collect();
        let script = Script { period: spaced(rig), lines };
        let quote = rig.ample(rig.worth(i128::from(ask.ticks()), i128::from(LINES) * steps)?)?;
        Ok(Scene::new(must, words, standing(ask, steps, script.period, LINES), script, quote))
    };
    let (rests, refused) = (resting(ask, steps), Due::Refusal(gate));
    Ok(vec![
        scene(Must::Act, "a wish again that is open", rests, rests.because(1), refused)?,
        scene(Must::Act, "a wish again that has ended", ends, ends.because(1), refused)?,
        scene(Must::Hold, "the same order as another wish", rests, rests, Due::Pass)?,
    ])
}
