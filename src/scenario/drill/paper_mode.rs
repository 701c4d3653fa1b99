use super::order_burst::idle_at;
use super::position::spaced;
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::timeline::{START, near, standing, tick};
use crate::engine::{Scope, Scripted, When};
use crate::model::{Command, GateId, Side};
use crate::strategy::OrderSpec;
use crate::units::{Quantity, Span};

/// Connected to a live venue with a position: what adds to it is refused, and what reduces it, until the session is a paper one
/// again; a process that starts again connects as it did at the start. Twin: it is said to be a paper session, which it was.
pub(super) fn scenes(rig: &Rig, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let refused = Due::Refusal(gate);
    Ok(vec![
        scene(
            rig,
            Must::Act,
            "connected to a live venue, then to paper",
            [Command::ConnectLive, Command::ConnectPaper],
            refused,
        )?,
        scene(
            rig,
            Must::Act,
            "connected to a live venue, then restarted",
            [Command::ConnectLive, Command::RestartWithState],
            refused,
        )?,
        scene(rig, Must::Hold, "connected to paper twice", [Command::ConnectPaper, Command::ConnectPaper], Due::Pass)?,
    ])
}

/// Says the first after order 1, the second after order 3; `due` is what becomes of the two between.
fn scene(rig: &Rig, must: Must, title: &str, says: [Command; 2], due: Due) -> Result<Scene, Impossible> {
    let ask = near(rig)?;
    let bid = rig.price_at(i128::from(ask.ticks()) - 1)?;
    let quantity = rig.smallest(i128::from(bid.ticks()))?;
    let own = |side, price| OrderSpec::limit(side, price, Quantity::new(quantity as i64));
    let adds = idle_at(rig, ask)?;
    let lines = vec![
        Line { tick: 1, order: own(Side::Buy, ask), due: Due::Needed },
        Line { tick: 2, order: adds, due },
        Line { tick: 3, order: own(Side::Sell, bid).reduce_only(), due },
        Line { tick: 4, order: adds, due: Due::Pass },
    ];
    let script = Script { period: spaced(rig), lines };
    let after = |number| tick(START, script.period, number).plus(Span::from_nanos(script.period.nanos() / 2));
    let said = |(line, command): (u32, Command)| Scripted {
        when: When::At(after(2 * line - 1)),
        scope: Scope::All,
        commands: vec![command],
        gate: None,
        line,
    };
    let commands = (1..).zip(says).map(said).collect();
    let stage = standing(ask, quantity, script.period, 4);
    let worth = rig.worth(i128::from(ask.ticks()), 2 * quantity)?;
    Ok(Scene { commands, ..Scene::new(must, title, stage, script, rig.ample(worth)?) })
}
