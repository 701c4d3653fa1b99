//! The worst case of the position is worth a multiple of equity at most, as the bot knows both.

use super::exposure::of_equity;
use super::{Case, Figures};
use crate::audit::setup::Limits;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::Leverage(ppb) = limits else { return None };
    of_equity(i128::from(*ppb), case)
}
