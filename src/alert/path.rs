//! What travels between bot and venue: how long it takes, and what has no answer.

use crate::model::{ClientOrderId, ExecutionReport};
use crate::units::{Span, Timestamp};
use std::collections::VecDeque;

/// Requests that the venue has not answered, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Unanswered(VecDeque<(Timestamp, ClientOrderId)>);

impl Unanswered {
    pub(super) fn sent(&mut self, at: Timestamp, id: ClientOrderId) {
        self.0.push_back((at, id));
    }

    /// When the oldest was sent.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.0.front().map(|(at, _)| *at)
    }

    /// Takes a report; returns how long its request waited if it is an answer. What only happens to an order later, and what one request
    /// does to another order, answers nothing.
    pub(super) fn heard(&mut self, report: &ExecutionReport) -> Option<Span> {
        let asked = (report.sent_at, report.client_order_id);
        // Answers come in the order of the requests, but for those that nobody waits for any more.
        let place = match self.0.front() {
            Some(first) if *first == asked => 0,
            _ => self.0.iter().position(|other| *other == asked)?,
        };
        self.0.remove(place);
        Some(report.reported_at.since(report.sent_at))
    }
}

/// The longer way of an answer: its request's there, or its own back.
pub(super) fn longer_way(report: &ExecutionReport, is_answer: bool) -> Span {
    let back = report.reported_at.since(report.matched_at);
    let there = report.arrived_at.since(report.sent_at);
    if is_answer { back.max(there) } else { back }
}
