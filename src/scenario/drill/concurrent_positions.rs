use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::gates::concurrent_positions::Limits;
use crate::model::{GateId, MarketId, Side};
use crate::strategy::OrderSpec;
use crate::units::Quantity;

/// Most markets that a drill stages.
const MARKETS_MAX: u32 = 16;

/// Goes into as many markets as the limit allows, the first by an order that rests, and then into one more; a twin goes into the
/// last of those it is in once more, and another leaves one before it goes into a new one. All markets are the same stage.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    if MARKETS_MAX <= limits.max {
        let markets = limits.max + 1;
        return Err(Impossible(format!("it takes {markets} markets, and a drill stages {MARKETS_MAX} at most")));
    }
    let ask = near(rig)?;
    let bid = rig.price_at(i128::from(ask.ticks()) - 1)?;
    let quantity = rig.smallest(i128::from(bid.ticks()))?;
    let order = |side, price, market: u32| {
        OrderSpec::limit(side, price, Quantity::new(quantity as i64)).on(MarketId(market as u8))
    };
    let enter = |market: u32| order(Side::Buy, if market == 0 { bid } else { ask }, market);
    let scene = |must, title: &str, last: Vec<(OrderSpec, Due)>| -> Result<Scene, Impossible> {
        let entries = (0..limits.max).map(|market| (enter(market), Due::Needed));
        let lines = (1..).zip(entries.chain(last)).map(|(tick, (order, due))| Line { tick, order, due });
        let script = Script { period: spaced(rig), lines: lines.collect() };
        let stage = standing(ask, quantity, script.period, script.lines.len() as u32);
        let quote = rig.ample(rig.worth(i128::from(ask.ticks()), 2 * quantity)?)?;
        let title = format!("{title}: a limit of {}", limits.max);
        Ok(Scene { copies: limits.max + 1, ..Scene::new(must, title, stage, script, quote) })
    };
    let new = enter(limits.max);
    let mut scenes = vec![
        scene(Must::Act, "one market too many", vec![(new, Due::Refusal(gate))])?,
        scene(Must::Hold, "once more into a market", vec![(enter(limits.max - 1), Due::Pass)])?,
    ];
    if 1 < limits.max {
        let leave = order(Side::Sell, bid, limits.max - 1);
        scenes.push(scene(Must::Hold, "out of one and into another", vec![(leave, Due::Needed), (new, Due::Pass)])?);
    }
    Ok(scenes)
}
