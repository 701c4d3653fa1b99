use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{near, standing};
use crate::model::{GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Price, Quantity};

/// Holds something and offers it a tick above the market; then buys at that price and a tick above it, either of which would take the
/// own offer; or a tick below it, which takes the market's.
pub(super) fn scenes(rig: &Rig, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig)?;
    Ok(vec![
        play.scene(
            Must::Act,
            "a buy at the price of an own offer",
            &[(0, Due::Refusal(gate)), (1, Due::Refusal(gate))],
        )?,
        play.scene(Must::Hold, "a buy a tick below an own offer", &[(-1, Due::Pass)])?,
    ])
}

struct Play<'a> {
    rig: &'a Rig,
    ask: Price,
    offer: Price,
    quantity: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let offer = rig.price_at(i128::from(ask.ticks()) + 1)?;
        rig.price_at(i128::from(ask.ticks()) + 2)?;
        Ok(Self { rig, ask, offer, quantity: rig.smallest(i128::from(ask.ticks()) - 1)? })
    }

    /// Buys at so many ticks from the own offer, one after the other.
    fn scene(&self, must: Must, title: &str, buys: &[(i64, Due)]) -> Result<Scene, Impossible> {
        let quantity = Quantity::new(self.quantity as i64);
        let order = |side, price| OrderSpec::limit(side, price, quantity);
        let mut lines = vec![
            Line { tick: 1, order: order(Side::Buy, self.ask), due: Due::Needed },
            Line { tick: 2, order: order(Side::Sell, self.offer), due: Due::Needed },
        ];
        for (tick, (distance, due)) in (3..).zip(buys) {
            lines.push(Line { tick, order: order(Side::Buy, self.offer.offset(*distance)), due: *due });
        }
        let ticks = lines.len() as u32;
        let script = Script { period: spaced(self.rig), lines };
        let stage = standing(self.ask, self.quantity, script.period, ticks);
        let worth = self.rig.worth(i128::from(self.offer.ticks()) + 1, 2 * self.quantity)?;
        Ok(Scene::new(must, title, stage, script, self.rig.ample(worth)?))
    }
}
