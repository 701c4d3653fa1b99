use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::standing;
use crate::gates::position::Limits;
use crate::model::{GateId, Side, TimeInForce};
use crate::strategy::OrderSpec;
use crate::units::{MILLISECOND, Quantity, SECOND, Span};

/// Most orders that build up a position.
const ORDERS_MAX: i128 = 1_000;

/// Buys that add up to the limit, one of them resting while the next is sent, the rest filled: the worst case counts both. In
/// the run over the limit the last one is a lot larger.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let value = limits.max_value.as_ref().map(|amount| rig.tick_steps(amount.money())).transpose()?;
    let quantity = limits.max_quantity.as_ref().map(|amount| steps(rig, amount.money().atto())).transpose()?;
    let near = i128::from(rig.price.ticks());
    let mut scenes = Vec::new();
    if let Some(tick_steps) = value {
        // Where a quantity is limited as well, the market is so dear that the value is reached first.
        let dear = quantity.map_or(near, |steps| near.max(2 * tick_steps / steps.max(1) + 1));
        let (price, total) = rig.split(tick_steps, dear, i128::MAX)?;
        let words = if price * total == tick_steps { "exactly at the value" } else { "the last within the value" };
        scenes.extend(pair(rig, price, total, words, gate)?);
    }
    if let Some(steps) = quantity {
        let cheap = value.map_or(near, |tick_steps| near.min(tick_steps / (2 * (steps + rig.lot())).max(1)));
        let total = rig.lots_within(steps);
        let words = if total == steps { "exactly at the quantity" } else { "the last within the quantity" };
        scenes.extend(pair(rig, cheap, total, words, gate)?);
    }
    Ok(scenes)
}

/// Whole steps of a quantity in the unit of the step size.
pub(super) fn steps(rig: &Rig, atto: i128) -> Result<i128, Impossible> {
    let step = rig.instrument.base_amount(Quantity::new(1)).map_err(|overflow| Impossible(overflow.to_string()))?;
    Ok(atto / step.atto().max(1))
}

fn pair(rig: &Rig, price: i128, total: i128, words: &str, gate: GateId) -> Result<[Scene; 2], Impossible> {
    let over = build(rig, price, total, rig.lot(), Due::Refusal(gate))?;
    let at = build(rig, price, total, 0, Due::Pass)?;
    let quote = rig.ample(rig.worth(price, total + rig.lot())?)?;
    let ask = rig.price_at(price)?;
    let held = |total: i128| rig.instrument.show_quantity(Quantity::new(total as i64));
    let scene = |must, words: &str, total: i128, script: Script| {
        let title = format!("{words}: a position of {} at {}", held(total), rig.instrument.show_price(ask));
        let ticks = script.lines.len() as u32;
        Scene::new(must, title, standing(ask, total, script.period, ticks), script, quote)
    };
    Ok([scene(Must::Act, "one lot over the limit", total + rig.lot(), over), scene(Must::Hold, words, total, at)])
}

/// Buys of `total` steps and, with the last one, of `more`.
fn build(rig: &Rig, price: i128, total: i128, more: i128, due: Due) -> Result<Script, Impossible> {
    let (ask, bid) = (rig.price_at(price)?, rig.price_at(price - 1)?);
    let sizes = parts(rig, price, total)?;
    let count = sizes.len();
    let lines = sizes.iter().enumerate().map(|(number, &size)| {
        let is_last = number + 1 == count;
        let quantity = Quantity::new((if is_last { size + more } else { size }) as i64);
        let order = match number + 2 == count {
            true => OrderSpec::limit(Side::Buy, bid, quantity),
            false => OrderSpec::limit(Side::Buy, ask, quantity).time_in_force(TimeInForce::ImmediateOrCancel),
        };
        Line { tick: number as u32 + 1, order, due: if is_last { due } else { Due::Pass } }
    });
    Ok(Script { period: spaced(rig), lines: lines.collect() })
}

/// `total` in orders that are large enough for the venue and, even with a lot more, not too large for it or for the gate on an
/// order's value: three or more where that goes, so that one is filled and one rests before the last.
fn parts(rig: &Rig, price: i128, total: i128) -> Result<Vec<i128>, Impossible> {
    let (lot, smallest) = (rig.lot(), rig.smallest(price - 1)?);
    let largest = rig.largest_within_value(price)?;
    let lots = total / lot;
    let most = largest / lot - 1;
    let impossible = |why: String| Err(Impossible(why));
    if total < smallest || largest < smallest {
        let least = rig.worth(price, smallest)?;
        return impossible(format!("no order fits: the smallest is worth {least} {}", rig.instrument.quote));
    }
    if most < 1 {
        return impossible("an order of two lots is above the limit on an order's value".to_owned());
    }
    let wanted = (total / smallest).min(3);
    let count = wanted.max((lots + most - 1) / most);
    if ORDERS_MAX < count {
        return impossible(format!("it takes {count} orders to reach the limit, more than {ORDERS_MAX}"));
    }
    let part = |number: i128| (lots / count + i128::from(number < lots % count)) * lot;
    let parts: Vec<i128> = (0..count).map(part).collect();
    match parts.iter().min() {
        Some(least) if smallest <= *least => Ok(parts),
        _ => impossible("the limit is no sum of orders that the venue takes".to_owned()),
    }
}

/// A period at which orders are no burst.
pub(super) fn spaced(rig: &Rig) -> Span {
    let apart = rig.gates.order_burst.as_ref().map_or(Span::ZERO, |burst| {
        let window = MILLISECOND.times(i64::from(burst.window_ms)).nanos();
        Span::from_nanos(window / i64::from(burst.orders.max(1)) + 1)
    });
    apart.max(SECOND)
}
