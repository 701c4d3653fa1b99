use super::fall::{Loss, Play};
use super::latched::reenable;
use super::rig::Rig;
use super::scene::{Impossible, Scene};
use crate::gates::catalogue;
use crate::gates::total_loss::Limits;
use crate::model::GateId;

/// A buy, and a fall to the first mid at which too much of the opening balance is lost: what adds risk is refused, on the next day and
/// after a restart too, until somebody re-enables the gate. Twins: the last loss within the limit; one over it for one mark fewer.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let loss = Loss::new(limits.percent, limits.absolute, limits.confirm_marks, limits.engages_kill_switch);
    let play = Play::from_the_start(rig, loss, gate)?;
    let mut latched = play.latched()?;
    // One that stands in front, and has tripped as well, is opened before the order is tried.
    let in_front = catalogue().iter().find(|spec| spec.name == "drawdown" && rig.gates.drawdown.as_ref().is_some());
    latched.commands.extend(in_front.map(|spec| reenable(spec.id, play.clock.after(3), 3)));
    let twins = [Some(play.last_within()?), play.recovers()?];
    Ok([latched].into_iter().chain(twins.into_iter().flatten()).collect())
}
