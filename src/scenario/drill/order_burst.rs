use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::gates::order_burst::Limits;
use crate::model::{GateId, Side, TimeInForce};
use crate::strategy::OrderSpec;
use crate::units::{MILLISECOND, Price, Quantity, Span};

/// One order more than the limit, evenly spaced, none of which fills: the last comes just before the first has left the window,
/// or just as it leaves.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let window = MILLISECOND.times(i64::from(limits.window_ms)).nanos();
    let orders = i64::from(limits.orders.max(1));
    let scene = |must, words: &str, period: i64, due| -> Result<Scene, Impossible> {
        let period = Span::from_nanos(period);
        let last = period.times(orders);
        let title = format!("{words}: order {} comes {last} after the first", orders + 1);
        let (order, ask) = idle(rig)?;
        let line = |number: i64| {
            let due = if number == orders { due } else { Due::Pass };
            Line { tick: number as u32 + 1, order, due }
        };
        let script = Script { period, lines: (0..=orders).map(line).collect() };
        let steps = i128::from(order.quantity.steps());
        let stage = standing(ask, steps, period, orders as u32 + 1);
        Ok(Scene::new(must, title, stage, script, rig.ample(rig.worth(i128::from(ask.ticks()), steps)?)?))
    };
    let words = if window % orders == 0 { "exactly when the window is over" } else { "when the window is over" };
    Ok(vec![
        scene(Must::Act, "just before the window is over", (window - 1) / orders, Due::Refusal(gate))?,
        scene(Must::Hold, words, (window + orders - 1) / orders, Due::Pass)?,
    ])
}

/// The smallest buy that never fills: it is below the market and does not stay. With the ask of its market.
pub(super) fn idle(rig: &Rig) -> Result<(OrderSpec, Price), Impossible> {
    let ask = near(rig)?;
    Ok((idle_at(rig, ask)?, ask))
}

/// The same in a market whose ask is `ask`.
pub(super) fn idle_at(rig: &Rig, ask: Price) -> Result<OrderSpec, Impossible> {
    let bid = rig.price_at(i128::from(ask.ticks()) - 1)?;
    let quantity = rig.smallest(i128::from(bid.ticks()))?;
    if rig.largest() < quantity {
        return Err(Impossible("no order fits: the venue's smallest is above its largest".to_owned()));
    }
    let order = OrderSpec::limit(Side::Buy, bid, Quantity::new(quantity as i64));
    Ok(order.time_in_force(TimeInForce::ImmediateOrCancel))
}
