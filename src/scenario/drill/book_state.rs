use super::order_burst::idle;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::stage::{Moment, Stage};
use super::timeline::{START, depth, tick};
use crate::model::GateId;
use crate::units::Price;

/// Ticks of a script.
const TICKS: u32 = 3;

/// An order on a sound book, one when the bid has come to or beyond the ask, and one when the book is sound again; in the twin it
/// stays as narrow as a sound book can be. Of two sides that cross the newer one wins: what the bot hears of is a book of one side.
pub(super) fn scenes(rig: &Rig, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let (order, ask) = idle(rig)?;
    let period = spaced(rig);
    let steps = i128::from(order.quantity.steps());
    let quote = rig.ample(rig.worth(i128::from(ask.ticks()), steps)?)?;
    let scene = |must, words: &str, bid: Price, due| {
        let moment = |number: u32| {
            let sound = Moment::new(tick(START, period, number), ask);
            if number == 2 { Moment { bid, ..sound } } else { sound }
        };
        let stage = Stage { moments: (0..=TICKS + 1).map(moment).collect(), depth: depth(steps) };
        let line = |tick: u32| Line { tick, order, due: if tick == 2 { due } else { Due::Pass } };
        let title = format!("{words}: {} / {}", rig.instrument.show_price(bid), rig.instrument.show_price(ask));
        Scene::new(must, title, stage, Script { period, lines: (1..=TICKS).map(line).collect() }, quote)
    };
    let crossed = rig.price_at(i128::from(ask.ticks()) + 1)?;
    Ok(vec![
        scene(Must::Act, "a bid at the ask, of which nothing is left", ask, Due::Refusal(gate)),
        scene(Must::Act, "a bid beyond the ask, of which nothing is left", crossed, Due::Refusal(gate)),
        scene(Must::Hold, "a tick apart", ask.offset(-1), Due::Pass),
    ])
}
