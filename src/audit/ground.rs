use super::control::Figures;
use super::hearing::Heard;
use crate::units::Timestamp;

/// What the bot can have heard and had elsewhere at a decision.
pub(super) struct Ground {
    pub at: Timestamp,
    pub heard: Vec<Heard>,
    pub funds: Vec<Option<i128>>,
}

impl Ground {
    pub fn each(&self) -> impl Iterator<Item = (Heard, Option<i128>)> + '_ {
        self.heard.iter().flat_map(|heard| self.funds.iter().map(move |funds| (*heard, *funds)))
    }
}

/// Sums of amounts kept apart at most. Beyond, nothing is told.
const SUMS_MAX: usize = 64;

/// Every sum of one of `left` and one of `right`.
pub(super) fn sums(left: &[Option<i128>], right: &[Option<i128>]) -> Vec<Option<i128>> {
    let add = |left: &Option<i128>, right: &Option<i128>| left.zip(*right).and_then(|(one, two)| one.checked_add(two));
    let mut sums: Vec<_> = left.iter().flat_map(|left| right.iter().map(move |right| add(left, right))).collect();
    sums.sort_unstable();
    sums.dedup();
    if sums.len() <= SUMS_MAX { sums } else { vec![None] }
}

/// What a decision can have been based on: a state of the account and one of the market, and what they lead to.
pub(super) struct Possible {
    pub state: usize,
    pub first: Option<(usize, Figures)>,
    /// What the gate that refused had to say.
    pub own: Option<Figures>,
}
