use super::order_burst::idle_at;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::gates::open_orders::Limits;
use crate::model::{ClientOrderId, GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Price, Quantity};

/// Most orders that a drill leaves open.
const ORDERS_MAX: u32 = 1_000;

/// As many buys at rest as the limit allows, and one more; a twin replaces one of them, and in another an order that has ended makes
/// room.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let most = limits.max;
    if ORDERS_MAX < most {
        return Err(Impossible(format!("it takes {most} orders at once, more than {ORDERS_MAX}")));
    }
    if let Some(room) = rig.instrument.filters.max_open_orders.filter(|room| *room < most) {
        return Err(Impossible(format!("the venue has room for {room} open orders, and the limit is {most}")));
    }
    let ask = near(rig)?;
    let (rests, ends) = (resting(ask, rig.smallest(i128::from(ask.ticks()) - 1)?), idle_at(rig, ask)?);
    let scene =
        |must, words: &str, first: Option<OrderSpec>, last: OrderSpec, count: u32, due| -> Result<Scene, Impossible> {
            let before = first.into_iter().chain((0..count).map(|_| rests)).map(|order| (order, Due::Needed));
            let all = before.chain([(last, due)]);
            let lines: Vec<Line> = (1..).zip(all).map(|(tick, (order, due))| Line { tick, order, due }).collect();
            let script = Script { period: spaced(rig), lines };
            let total = i128::from(rests.quantity.steps()) * i128::from(most + 2);
            let stage = standing(ask, total, script.period, script.lines.len() as u32);
            let title = format!("{words}: {most} at once");
            Ok(Scene::new(must, title, stage, script, rig.ample(rig.worth(i128::from(ask.ticks()), total)?)?))
        };
    Ok(vec![
        scene(Must::Act, "one order too many", None, rests, most, Due::Refusal(gate))?,
        scene(
            Must::Hold,
            "the last within the limit, after one that has ended",
            Some(ends),
            rests,
            most - 1,
            Due::Pass,
        )?,
        scene(Must::Hold, "in place of an open one", None, rests.replacing(ClientOrderId(1)), most, Due::Pass)?,
    ])
}

/// A buy a tick below `ask` that stays there.
pub(super) fn resting(ask: Price, quantity: i128) -> OrderSpec {
    OrderSpec::limit(Side::Buy, ask.offset(-1), Quantity::new(quantity as i64))
}
