//! What an order is expected to earn pays its own fee and leaves a margin. What says nothing of it is refused, unless it need not.

use super::{Case, Figures, UNKNOWN};
use crate::audit::setup::Limits;

pub fn judge(limits: &Limits, case: &Case<'_>) -> Option<Figures> {
    let Limits::FeeCoverage { margin_ppb, needs_edge } = limits else { return None };
    let fees = &case.instrument.fees;
    let fee = if case.seen.post_only { fees.maker } else { fees.taker };
    let edge = case.seen.order.and_then(|order| order.expected_edge);
    let left = edge.map(|edge| i128::from(edge.ppb()) - i128::from(fee.ppb()));
    let is_covered = left.map_or(!needs_edge, |left| *margin_ppb <= left);
    let value = edge.map_or(UNKNOWN, |edge| edge.ppb().into());
    (!is_covered).then(|| Figures { value, limit: margin_ppb + i128::from(fee.ppb()) })
}
