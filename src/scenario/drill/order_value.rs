use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::standing;
use crate::gates::order_value::Limits;
use crate::model::{GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Quantity, SECOND};

/// An order by the ticks of its limit and its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    price: i128,
    quantity: i128,
}

/// A buy that is worth the limit, or as much below it as the scales leave; and one that is worth the least more: a tick more
/// for the same quantity, or a lot more.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let tick_steps = rig.tick_steps(limits.max.money())?;
    let (price, quantity) = rig.split(tick_steps, i128::from(rig.price.ticks()), rig.largest())?;
    let at = Size { price, quantity };
    let words = if tick_steps == price * quantity { "exactly at the limit" } else { "the last within the limit" };
    Ok(vec![
        scene(rig, Must::Act, "the first over the limit", at, over(rig, tick_steps, at)?, Due::Refusal(gate))?,
        scene(rig, Must::Hold, words, at, at, Due::Pass)?,
    ])
}

/// The order that is worth the least more than the limit.
fn over(rig: &Rig, tick_steps: i128, at: Size) -> Result<Size, Impossible> {
    let dearer = Size { price: at.price + 1, ..at };
    let larger = Size { quantity: at.quantity + rig.lot(), ..at };
    let is_possible = |size: &Size| {
        tick_steps < size.price * size.quantity && size.quantity <= rig.largest() && rig.price_at(size.price).is_ok()
    };
    let least = [dearer, larger].into_iter().filter(is_possible).min_by_key(|size| size.price * size.quantity);
    least.ok_or_else(|| Impossible("the venue takes no order that is worth more than the limit".to_owned()))
}

/// One buy of `size` in a market whose ask is the limit price of the order `at` the limit.
fn scene(rig: &Rig, must: Must, words: &str, at: Size, size: Size, due: Due) -> Result<Scene, Impossible> {
    let worth = rig.worth(size.price, size.quantity)?;
    let title = format!("{words}: an order worth {worth} {}", rig.instrument.quote);
    let order = OrderSpec::limit(Side::Buy, rig.price_at(size.price)?, Quantity::new(size.quantity as i64));
    let script = Script { period: SECOND, lines: vec![Line { tick: 1, order, due }] };
    rig.price_at(at.price - 1)?;
    let stage = standing(rig.price_at(at.price)?, size.quantity, SECOND, 1);
    Ok(Scene::new(must, title, stage, script, rig.ample(worth)?))
}
