use super::order_burst::idle_at;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::model::GateId;
use crate::strategy::OrderSpec;
use crate::units::{Price, Quantity};

/// The venue's smallest order, which passes; and one of nothing, one a lot smaller, one between two lots, and one below the lowest
/// price, as far as the venue has such filters. None fills.
pub(super) fn scenes(rig: &Rig, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let ask = near(rig)?;
    let smallest = idle_at(rig, ask)?;
    let steps = smallest.quantity.steps();
    let of = |steps: i64| OrderSpec { quantity: Quantity::new(steps), ..smallest };
    let mut broken = vec![of(0)];
    let lot = rig.lot() as i64;
    broken.extend((lot < steps).then(|| of(steps - lot)));
    broken.extend((1 < lot).then(|| of(steps + 1)));
    let lowest = rig.instrument.filters.min_price.unwrap_or(Price::new(1)).max(Price::new(1));
    broken.push(OrderSpec { order_type: crate::model::OrderType::Limit { price: lowest.offset(-1) }, ..smallest });
    let scene = |must, words: &str, orders: Vec<OrderSpec>, due| -> Result<Scene, Impossible> {
        let lines: Vec<Line> = (1..).zip(orders).map(|(tick, order)| Line { tick, order, due }).collect();
        let script = Script { period: spaced(rig), lines };
        let quote = rig.ample(rig.worth(i128::from(ask.ticks()), i128::from(steps) + 1)?)?;
        let stage = standing(ask, steps.into(), script.period, script.lines.len() as u32);
        Ok(Scene::new(must, words, stage, script, quote))
    };
    Ok(vec![
        scene(Must::Act, "just outside the venue's filters", broken, Due::Refusal(gate))?,
        scene(Must::Hold, "the venue's smallest order", vec![smallest], Due::Pass)?,
    ])
}
