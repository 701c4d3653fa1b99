use super::call::{Ask, CallId};
use crate::model::{ClientOrderId, ExecutionReport, OrderId, RejectReason, ReportKind, Side};
use crate::units::{Quantity, Timestamp};

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Stage {
    /// It is to be sent then.
    Waiting(Timestamp),
    /// It was sent; without an answer by then it is unknown.
    InFlight(CallId, Timestamp),
    /// It is unknown, and the venue was asked; without an answer by then it is asked again.
    Asking(CallId, Timestamp),
    /// It is unknown, and the venue is to be asked then.
    AskingLater(Timestamp),
    /// It is being written down, and is sent when that is done.
    Writing,
}

/// A request that has not come to its end.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct Job {
    /// New, cancel or amend.
    pub ask: Ask,
    pub id: ClientOrderId,
    pub side: Side,
    /// When the bot sent it.
    pub sent_at: Timestamp,
    /// Attempts so far.
    pub attempt: u32,
    /// Queries since the last attempt.
    pub asked: u32,
    /// When the last attempt set out.
    pub last_at: Timestamp,
    pub stage: Stage,
    /// A later request of its order has made it pointless: it is not sent again.
    pub is_unwanted: bool,
    /// Its number in the log, where it was written down.
    pub record: Option<u64>,
}

impl Job {
    pub fn new(ask: Ask, sent_at: Timestamp) -> Self {
        let side = match &ask {
            Ask::New(order) => order.get().intent.side,
            _ => Side::Buy,
        };
        let id = ask.client_order_id().unwrap_or_default();
        Self {
            ask,
            id,
            side,
            sent_at,
            attempt: 0,
            asked: 0,
            last_at: sent_at,
            stage: Stage::Waiting(sent_at),
            is_unwanted: false,
            record: None,
        }
    }

    /// An order that was sent by a process which has ended, and whose fate nobody remembers: it is asked for, and never sent again.
    pub fn of_unknown_order(id: ClientOrderId, side: Side, now: Timestamp) -> Self {
        Self { side, attempt: 1, stage: Stage::AskingLater(now), ..Self::new(Ask::Query(id), now) }
    }

    /// It is about an order's being there, not about what else becomes of it.
    pub const fn is_of_order(&self) -> bool {
        matches!(self.ask, Ask::New(_) | Ask::Query(_))
    }

    /// When something is to be done about it.
    pub const fn due(&self) -> Timestamp {
        match self.stage {
            Stage::Waiting(at) | Stage::InFlight(_, at) | Stage::Asking(_, at) | Stage::AskingLater(at) => at,
            Stage::Writing => Timestamp::MAX,
        }
    }

    /// The call that it waits for an answer of.
    pub const fn call(&self) -> Option<CallId> {
        match self.stage {
            Stage::InFlight(call, _) | Stage::Asking(call, _) => Some(call),
            Stage::Waiting(_) | Stage::AskingLater(_) | Stage::Writing => None,
        }
    }

    pub const fn is_unknown(&self) -> bool {
        matches!(self.stage, Stage::Asking(..) | Stage::AskingLater(_))
    }

    /// The report says what became of the request.
    pub fn is_answered_by(&self, report: &ExecutionReport) -> bool {
        if report.client_order_id != self.id {
            return false;
        }
        let is_over = matches!(report.kind, ReportKind::Ended(_) | ReportKind::Rejected(_))
            || matches!(report.kind, ReportKind::Filled(_)) && report.open.is_zero();
        match (&self.ask, report.kind) {
            (Ask::New(_) | Ask::Query(_), kind) => !matches!(kind, ReportKind::RequestRejected(_)),
            (_, ReportKind::RequestRejected(_)) => report.sent_at == self.sent_at,
            (Ask::Amend(_), ReportKind::Amended { .. }) => report.sent_at == self.sent_at,
            _ => is_over,
        }
    }

    /// What the bot is told when the request is given up.
    pub fn given_up(&self, now: Timestamp) -> ExecutionReport {
        let kind = match self.ask {
            Ask::New(_) | Ask::Query(_) => ReportKind::Rejected(RejectReason::NotPlaced),
            _ => ReportKind::RequestRejected(RejectReason::NotPlaced),
        };
        ExecutionReport {
            market: crate::model::MarketId::FIRST,
            client_order_id: self.id,
            order_id: OrderId(0),
            side: self.side,
            kind,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            sent_at: self.sent_at,
            arrived_at: now,
            matched_at: now,
            reported_at: now,
        }
    }
}
