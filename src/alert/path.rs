//! What travels between bot and venue, and how long it takes.

use crate::model::ExecutionReport;
use crate::units::Span;

/// How long the bot waited for a report that says what became of a request as it arrived; `None` for one of what happened later.
#[inline]
pub(super) fn reply(report: &ExecutionReport) -> Option<Span> {
    (report.matched_at == report.arrived_at).then(|| report.reported_at.since(report.sent_at))
}

/// The longer way of an answer: its request's there, or its own back. Of another report, that back.
#[inline]
pub(super) fn longer_way(report: &ExecutionReport, is_answer: bool) -> Span {
    let back = report.reported_at.since(report.matched_at);
    let there = report.arrived_at.since(report.sent_at);
    if is_answer { back.max(there) } else { back }
}
