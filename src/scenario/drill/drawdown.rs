use super::fall::{Loss, Play};
use super::rig::Rig;
use super::scene::{Impossible, Scene};
use crate::gates::drawdown::Limits;
use crate::model::GateId;

/// A buy, a rise for as many marks as confirm a peak, and a fall to the first mid that is too far from it: what adds risk is refused, on
/// the next day and after a restart too, until somebody re-enables the gate. Twins: the last fall within the limit; one over it, or
/// a peak, for one mark fewer than it takes.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let loss = Loss::new(limits.percent, limits.absolute, limits.confirm_marks, limits.engages_kill_switch);
    let play = Play::from_a_peak(rig, loss, gate)?;
    let twins = [Some(play.last_within()?), play.recovers()?, play.wild_peak()?];
    Ok([play.latched()?].into_iter().chain(twins.into_iter().flatten()).collect())
}
