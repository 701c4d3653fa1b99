use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::gates::price_collar::Limits;
use crate::model::{GateId, Side, TimeInForce};
use crate::strategy::OrderSpec;
use crate::units::{Price, Quantity, Rate};

/// Buys a tick farther from the mid than the limit allows, below and above it; and the farthest within. None stays.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let ask = near(rig)?;
    // In half ticks, as a mid is.
    let mid_x2 = 2 * i128::from(ask.ticks()) - 1;
    let allowed = mid_x2 * i128::from(limits.percent.ppb()) / i128::from(Rate::ONE);
    let within = [(mid_x2 - allowed + 1).div_euclid(2), (mid_x2 + allowed).div_euclid(2)];
    let over = [within[0] - 1, within[1] + 1];
    let scene = |must, words: &str, prices: [i128; 2], due| -> Result<Scene, Impossible> {
        let prices: Vec<Price> = prices.into_iter().filter_map(|ticks| rig.price_at(ticks).ok()).collect();
        let orders = prices.iter().map(|price| buy(rig, *price)).collect::<Result<Vec<_>, _>>()?;
        let lines: Vec<Line> = (1..).zip(orders).map(|(tick, order)| Line { tick, order, due }).collect();
        if lines.is_empty() {
            return Err(Impossible("the venue takes no price that is farther from the mid than the limit".to_owned()));
        }
        let most = lines.iter().map(|line| i128::from(line.order.quantity.steps())).max().unwrap_or(1);
        let shown: Vec<String> = prices.iter().map(|price| rig.instrument.show_price(*price)).collect();
        let title = format!("{words}: {}, with the ask at {}", shown.join(" and "), rig.instrument.show_price(ask));
        let highest = prices.iter().map(|price| i128::from(price.ticks())).max().unwrap_or(1);
        let script = Script { period: spaced(rig), lines };
        let stage = standing(ask, 2 * most, script.period, script.lines.len() as u32);
        Ok(Scene::new(must, title, stage, script, rig.ample(rig.worth(highest.max(ask.ticks().into()), 2 * most)?)?))
    };
    Ok(vec![
        scene(Must::Act, "a tick beyond the limit", over, Due::Refusal(gate))?,
        scene(Must::Hold, "the farthest within the limit", within, Due::Pass)?,
    ])
}

/// The smallest buy at `price`, which fills at once or not at all.
fn buy(rig: &Rig, price: Price) -> Result<OrderSpec, Impossible> {
    let quantity = rig.smallest(i128::from(price.ticks()))?;
    if rig.largest() < quantity {
        return Err(Impossible("no order fits: the venue's smallest is above its largest".to_owned()));
    }
    let order = OrderSpec::limit(Side::Buy, price, Quantity::new(quantity as i64));
    Ok(order.time_in_force(TimeInForce::ImmediateOrCancel))
}
