use super::position::{spaced, steps};
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::standing;
use crate::gates::order_quantity::Limits;
use crate::model::{GateId, Side, TimeInForce};
use crate::strategy::OrderSpec;
use crate::units::Quantity;

/// A buy of as many lots as the limit allows, and one of a lot more, in a market so cheap that limits on value are far away. None
/// fills.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let max = limits.max.as_ref().ok_or_else(|| Impossible("it has no limit".to_owned()))?;
    let most = steps(rig, max.money().atto())?;
    let at = rig.lots_within(most);
    if rig.largest() < at + rig.lot() {
        return Err(Impossible("the venue takes no order above the limit".to_owned()));
    }
    let ask = rig.price_at(cheap(rig, at + rig.lot())?)?;
    let bid = rig.price_at(i128::from(ask.ticks()) - 1)?;
    let smallest = rig.smallest(i128::from(bid.ticks()))?;
    if at < smallest {
        let [least, most] = [smallest, at].map(|steps| rig.instrument.show_quantity(Quantity::new(steps as i64)));
        return Err(Impossible(format!("no order fits: the smallest is {least}, the limit {most}")));
    }
    let scene = |must, words: &str, quantity: i128, due| -> Result<Scene, Impossible> {
        let quantity = Quantity::new(quantity as i64);
        let order = OrderSpec::limit(Side::Buy, bid, quantity).time_in_force(TimeInForce::ImmediateOrCancel);
        let script = Script { period: spaced(rig), lines: vec![Line { tick: 1, order, due }] };
        let title = format!("{words}: an order of {}", rig.instrument.show_quantity(quantity));
        let steps = i128::from(quantity.steps());
        let quote = rig.ample(rig.worth(i128::from(ask.ticks()), steps)?)?;
        Ok(Scene::new(must, title, standing(ask, steps, script.period, 1), script, quote))
    };
    let words = if at == most { "exactly at the limit" } else { "the last within the limit" };
    Ok(vec![
        scene(Must::Act, "a lot over the limit", at + rig.lot(), Due::Refusal(gate))?,
        scene(Must::Hold, words, at, Due::Pass)?,
    ])
}

/// The market's price, or one at which `quantity` is worth half of what other limits allow.
fn cheap(rig: &Rig, quantity: i128) -> Result<i128, Impossible> {
    let order = rig.gates.order_value.as_ref().map(|limits| limits.max.money());
    let position = rig.gates.position.as_ref().and_then(|limits| limits.max_value.as_ref()).map(|max| max.money());
    let mut price = i128::from(rig.price.ticks());
    for limit in [order, position].into_iter().flatten() {
        price = price.min(rig.tick_steps(limit)? / (2 * quantity));
    }
    Ok(price.max(2))
}
