use super::fall::{Account, Loss, Play};
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::Due;
use super::timeline::INSTANT;
use crate::gates::daily_loss::Limits;
use crate::model::GateId;
use crate::units::Span;

/// A buy, and a fall to the first mid whose loss is over the limit, for as many marks as it takes: what adds risk is refused
/// from then on, what reduces it passes, and after midnight UTC all of it passes. Twins: the last loss within the limit; a loss
/// over it for one mark fewer.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let loss = Loss::new(limits.percent, limits.absolute, limits.confirm_marks, limits.engages_kill_switch);
    let play = Play::of_a_day(rig, loss, gate)?;
    let account = play.account()?;
    let mut scenes = vec![over(&play, &account)?, within(&play, &account)?];
    if limits.confirm_marks > 1 {
        scenes.push(recovered(&play, &account)?);
    }
    Ok(scenes)
}

fn over(play: &Play<'_>, account: &Account) -> Result<Scene, Impossible> {
    let (clock, by) = (&play.clock, play.refuses());
    let mut lines = vec![play.buy(), play.adds(2, account.over_x2, Due::Refusal(by))?];
    lines.extend(play.reduces(2, account.over_x2)?);
    // Engaged, the kill switch outlasts the day.
    let next = if play.kills() { Due::Refusal(by) } else { Due::Pass };
    lines.push(play.adds(4, account.over_x2, next)?);
    let title = format!("{}, for {} marks", play.loses("a loss over", account, account.over_x2), play.loss.marks);
    let scene = play.scene(Must::Act, &title, account.quote, &[(clock.fall, account.over_x2)], lines);
    Ok(Scene { trips: vec![clock.confirmed], clears: vec![clock.next_day], ..scene })
}

fn within(play: &Play<'_>, account: &Account) -> Result<Scene, Impossible> {
    let lines = vec![play.buy(), play.adds(2, account.within_x2, Due::Pass)?];
    let title = play.loses("the last loss within", account, account.within_x2);
    Ok(play.scene(Must::Hold, &title, account.quote, &[(play.clock.fall, account.within_x2)], lines))
}

fn recovered(play: &Play<'_>, account: &Account) -> Result<Scene, Impossible> {
    let clock = &play.clock;
    let lines = vec![play.buy(), play.adds(2, play.mid_x2(), Due::Pass)?];
    let recovery = clock.confirmed.plus(Span::from_nanos(-INSTANT.nanos()));
    let falls = [(clock.fall, account.over_x2), (recovery, play.mid_x2())];
    let marks = play.loss.marks - 1;
    let loses = play.loses("a loss over", account, account.over_x2);
    let title = format!("{loses}, for {marks} of {} marks", marks + 1);
    Ok(play.scene(Must::Hold, &title, account.quote, &falls, lines))
}
