use super::open_orders::resting;
use super::order_burst::idle_at;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::gates::fee_coverage::Limits;
use crate::model::GateId;
use crate::units::Rate;

/// An order that may take, and one that only rests, each expected to earn its own fee and the margin, or a billionth less.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let ask = near(rig)?;
    let steps = rig.smallest(i128::from(ask.ticks()) - 1)?;
    let margin: i64 = [limits.min_edge_bps, limits.safety_bps, limits.slippage_bps].iter().map(|part| part.ppb()).sum();
    let fees = &rig.instrument.fees;
    let (takes, rests) = (idle_at(rig, ask)?, resting(ask, steps).post_only());
    let scene = |must, words: &str, less: i64, due| -> Result<Scene, Impossible> {
        let edge = |fee: Rate| Rate::from_ppb(fee.ppb() + margin - less);
        let orders = [takes.expecting(edge(fees.taker)), rests.expecting(edge(fees.maker))];
        let lines = (1..).zip(orders).map(|(tick, order)| Line { tick, order, due }).collect();
        let script = Script { period: spaced(rig), lines };
        let quote = rig.ample(rig.worth(i128::from(ask.ticks()), 2 * steps)?)?;
        Ok(Scene::new(must, words, standing(ask, steps, script.period, 2), script, quote))
    };
    Ok(vec![
        scene(Must::Act, "a billionth less than its costs", 1, Due::Refusal(gate))?,
        scene(Must::Hold, "exactly its costs", 0, Due::Pass)?,
    ])
}
