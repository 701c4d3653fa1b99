//! What a bot asked of its venues and how often they refused, and how long it took to be well again after each kind of trouble.

use super::connection::{ConnectionRow, ConnectionsFold};
use super::days::{DaySummary, is_injected};
use super::histogram::Percentile;
use crate::journal::Entry;
use crate::model::{
    BotStatus, BreakerState, ClientOrderId, Command, ExecutionReport, GateId, MarketId, RejectReason, ReportKind,
    WireEvent,
};
use crate::units::{Span, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a bot asks of a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// A new order, a replacement included.
    PlaceOrder,
    /// The end of one.
    CancelOrder,
    /// Another price or quantity of one.
    AmendOrder,
    /// All that was not heard of.
    AskReports,
    /// The whole book.
    AskSnapshot,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::PlaceOrder, Self::CancelOrder, Self::AmendOrder, Self::AskReports, Self::AskSnapshot];

    /// As printed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::PlaceOrder => "place an order",
            Self::CancelOrder => "cancel an order",
            Self::AmendOrder => "amend an order",
            Self::AskReports => "ask for what was missed",
            Self::AskSnapshot => "ask for a snapshot",
        }
    }
}

/// Calls of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EndpointRow {
    /// Which.
    pub endpoint: Endpoint,
    /// Calls, as the bot made them: what its gateway sent again under the same number is one.
    pub calls: u64,
    /// Refused for what they were.
    pub own_errors: u64,
    /// The market's answer, and no error: a post-only order that would have taken, a request for an order that had ended meanwhile.
    pub too_late: u64,
    /// Refused, or without an answer, by what was injected: an outage, a halt, a lost message.
    pub injected: u64,
}

/// What a bot comes back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The stream of execution reports was lost, until it was back.
    StreamLost,
    /// The stream was back and reports may have been missed, until all of them were there. Questions by the clock are calls and no trouble.
    Reconciling,
    /// Nobody knew whether the venue had a request, until somebody did.
    FateUnknown,
    /// The book was taken for broken, until it was sound.
    BookBroken,
    /// The venue had asked to wait.
    AskedToWait,
    /// The gateway's circuit breaker was open or half open.
    CircuitBreaker,
    /// The bot could not write its own log.
    LogDown,
    /// A control had tripped, until it opened again.
    Tripped,
    /// Somebody had paused, stopped or killed the bot, until it ran again.
    NotRunning,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::StreamLost,
        Self::Reconciling,
        Self::FateUnknown,
        Self::BookBroken,
        Self::AskedToWait,
        Self::CircuitBreaker,
        Self::LogDown,
        Self::Tripped,
        Self::NotRunning,
    ];

    /// As printed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::StreamLost => "stream of reports lost, until it was back",
            Self::Reconciling => "reports missed with the stream, until all of them were there",
            Self::FateUnknown => "fate of a request unknown, until it was known",
            Self::BookBroken => "book taken for broken, until it was sound",
            Self::AskedToWait => "waiting because the venue had asked for it",
            Self::CircuitBreaker => "circuit breaker of the gateway open, until it closed",
            Self::LogDown => "own log not writable, until it was",
            Self::Tripped => "a control tripped, until it opened again",
            Self::NotRunning => "told to pause, stop or die, until it ran again",
        }
    }
}

/// How long it took to come back from one kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RecoveryRow {
    /// Which.
    pub trouble: Trouble,
    /// Times that it was over.
    pub times: u64,
    /// Times that it lasted still when the run ended.
    pub open: u64,
    /// Half of them took at most so long.
    pub median: Span,
    /// 99 of 100 took at most so long.
    pub p99: Span,
    /// The longest.
    pub longest: Span,
    /// All of them together.
    pub total: Span,
}

/// Calls and recoveries of a run, of all markets together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// One row a kind of call that was made.
    pub endpoints: Vec<EndpointRow>,
    /// One row a kind of trouble that there was.
    pub recoveries: Vec<RecoveryRow>,
    /// One row a market and way to its venue, where messages can be lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<ConnectionRow>,
}

impl Operation {
    /// Nothing was asked, and there was no trouble.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Calls that ask for something to be done: orders, cancels, amends. A question can't be refused for what it is, and a gateway asks by the clock.
    fn deeds(&self) -> impl Iterator<Item = &EndpointRow> {
        let is_deed = |row: &&EndpointRow| !matches!(row.endpoint, Endpoint::AskReports | Endpoint::AskSnapshot);
        self.endpoints.iter().filter(is_deed)
    }

    /// Orders, cancels and amends asked for.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.deeds().map(|row| row.calls).sum()
    }

    /// Of those, refused for what they were.
    #[must_use]
    pub fn own_errors(&self) -> u64 {
        self.deeds().map(|row| row.own_errors).sum()
    }

    /// What is known of one kind of trouble.
    #[must_use]
    pub fn recovery(&self, trouble: Trouble) -> Option<&RecoveryRow> {
        self.recoveries.iter().find(|row| row.trouble == trouble)
    }
}

/// What a trouble is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Market,
    Order(ClientOrderId),
    Gate(GateId),
}

/// Folds the entries of a run into its [`Operation`]. Memory grows by what is not answered.
#[derive(Debug, Clone, Default)]
pub(super) struct OperationFold {
    calls: [u64; 5],
    own: [u64; 5],
    too_late: [u64; 5],
    injected: [u64; 5],
    /// Markets whose stream was lost since all was last known.
    missed: BTreeSet<MarketId>,
    /// Markets where a question for what was missed is on its way.
    asking: BTreeSet<MarketId>,
    /// Orders whose amend is on its way.
    amending: BTreeSet<(MarketId, ClientOrderId)>,
    began: BTreeMap<(Trouble, MarketId, Of), Timestamp>,
    took: BTreeMap<Trouble, (Percentile, u64)>,
    connections: ConnectionsFold,
}

impl OperationFold {
    #[inline]
    pub(super) const fn cancelled(&mut self) {
        self.calls[Endpoint::CancelOrder as usize] += 1;
    }

    #[inline]
    pub(super) fn report(&mut self, report: &ExecutionReport) {
        let key = (report.market, report.client_order_id);
        match report.kind {
            ReportKind::RequestRejected(reason) => {
                let endpoint = if self.amending.remove(&key) { Endpoint::AmendOrder } else { Endpoint::CancelOrder };
                let count = match reason {
                    reason if is_injected(reason) => &mut self.injected,
                    reason if is_too_late(reason) => &mut self.too_late,
                    _ => &mut self.own,
                };
                count[endpoint as usize] += 1;
            }
            ReportKind::Rejected(reason) if is_too_late(reason) => self.too_late[Endpoint::PlaceOrder as usize] += 1,
            ReportKind::Amended { .. } | ReportKind::Ended(_) | ReportKind::Rejected(_)
                if !self.amending.is_empty() =>
            {
                self.amending.remove(&key);
            }
            _ => {}
        }
    }

    /// Any other entry.
    pub(super) fn take(&mut self, entry: &Entry) {
        match *entry {
            Entry::CancelSent { .. } => self.cancelled(),
            Entry::AmendSent { market, client_order_id, .. } => {
                self.calls[Endpoint::AmendOrder as usize] += 1;
                self.amending.insert((market, client_order_id));
            }
            Entry::Wire { at, market, client_order_id, event } => {
                self.wire(at, (market, client_order_id), event);
                self.connections.wire(at, market, event);
            }
            Entry::Tripped { at, market, refusal } => self.begin(Trouble::Tripped, market, Of::Gate(refusal.gate), at),
            Entry::Cleared { at, market, gate } => self.end(Trouble::Tripped, market, Of::Gate(gate), at),
            Entry::Command { at, market, status, command, .. } => {
                if command == Command::RestartWithoutState {
                    self.forget(market, at);
                }
                if status == BotStatus::Running {
                    self.end(Trouble::NotRunning, market, Of::Market, at);
                } else {
                    self.begin(Trouble::NotRunning, market, Of::Market, at);
                }
            }
            _ => {}
        }
    }

    fn wire(&mut self, at: Timestamp, (market, id): (MarketId, ClientOrderId), event: WireEvent) {
        let whole = Of::Market;
        match event {
            WireEvent::Disconnected => {
                self.missed.insert(market);
                self.begin(Trouble::StreamLost, market, whole, at);
            }
            WireEvent::Connected => self.end(Trouble::StreamLost, market, whole, at),
            WireEvent::Reconciling => {
                self.calls[Endpoint::AskReports as usize] += 1;
                // The question before had no answer.
                let again = !self.asking.insert(market);
                self.injected[Endpoint::AskReports as usize] += u64::from(again);
                if self.missed.contains(&market) {
                    self.begin(Trouble::Reconciling, market, whole, at);
                }
            }
            WireEvent::Reconciled(_) => {
                self.asking.remove(&market);
                self.missed.remove(&market);
                self.end(Trouble::Reconciling, market, whole, at);
            }
            WireEvent::Unknown => self.begin(Trouble::FateUnknown, market, Of::Order(id), at),
            WireEvent::Found | WireEvent::Absent => self.end(Trouble::FateUnknown, market, Of::Order(id), at),
            WireEvent::Unsynchronised(_) => self.begin(Trouble::BookBroken, market, whole, at),
            WireEvent::Synchronised { .. } | WireEvent::FailedOver { .. } => {
                self.end(Trouble::BookBroken, market, whole, at);
            }
            WireEvent::Waits(until) => self.lasted(Trouble::AskedToWait, until.since(at)),
            WireEvent::Breaker(BreakerState::Closed) => self.end(Trouble::CircuitBreaker, market, whole, at),
            WireEvent::Breaker(_) => self.begin(Trouble::CircuitBreaker, market, whole, at),
            WireEvent::LogDown => self.begin(Trouble::LogDown, market, whole, at),
            WireEvent::LogUp => self.end(Trouble::LogDown, market, whole, at),
            WireEvent::SnapshotAsked => self.calls[Endpoint::AskSnapshot as usize] += 1,
            WireEvent::SnapshotRefused(_) => self.too_late[Endpoint::AskSnapshot as usize] += 1,
            _ => {}
        }
    }

    /// The process has lost its memory: gates and gateway are new, and nobody wonders any more what became of a request.
    fn forget(&mut self, market: MarketId, at: Timestamp) {
        let is_lost = |(trouble, own, _): &(Trouble, MarketId, Of)| {
            *own == market && matches!(trouble, Trouble::Tripped | Trouble::CircuitBreaker | Trouble::FateUnknown)
        };
        let lost: Vec<_> = self.began.keys().copied().filter(is_lost).collect();
        lost.into_iter().for_each(|(trouble, market, of)| self.end(trouble, market, of, at));
    }

    /// Told again while it lasts, it began when it was told first.
    fn begin(&mut self, trouble: Trouble, market: MarketId, of: Of, at: Timestamp) {
        self.began.entry((trouble, market, of)).or_insert(at);
    }

    fn end(&mut self, trouble: Trouble, market: MarketId, of: Of, at: Timestamp) {
        if let Some(began) = self.began.remove(&(trouble, market, of)) {
            self.lasted(trouble, at.since(began));
        }
    }

    fn lasted(&mut self, trouble: Trouble, span: Span) {
        let (took, total) = self.took.entry(trouble).or_insert_with(|| (Percentile::new(), 0));
        let nanos = u64::try_from(span.nanos()).unwrap_or(0);
        took.add(nanos, 1);
        *total = total.saturating_add(nanos);
    }

    /// What it came to in a run from `start` to `end`. Orders are those of `days`, where the first answer alone counts.
    pub(super) fn finish(mut self, days: &[DaySummary], (start, end): (Timestamp, Timestamp)) -> Operation {
        let sum = |of: fn(&DaySummary) -> u64| days.iter().map(of).sum();
        let place = Endpoint::PlaceOrder as usize;
        self.calls[place] = sum(|day| day.sent);
        self.own[place] = sum(|day| day.rejected);
        self.injected[place] = sum(|day| day.injected);
        let row = |endpoint: Endpoint| EndpointRow {
            endpoint,
            calls: self.calls[endpoint as usize],
            own_errors: self.own[endpoint as usize],
            too_late: self.too_late[endpoint as usize],
            injected: self.injected[endpoint as usize],
        };
        let endpoints = Endpoint::ALL.into_iter().map(row).filter(|row| 0 < row.calls).collect();
        let recoveries = Trouble::ALL.into_iter().filter_map(|trouble| self.recovery(trouble)).collect();
        Operation { endpoints, recoveries, connections: self.connections.finish(start, end) }
    }

    fn recovery(&self, trouble: Trouble) -> Option<RecoveryRow> {
        let open = self.began.keys().filter(|(own, ..)| *own == trouble).count() as u64;
        let Some((took, total)) = self.took.get(&trouble) else {
            let none = Span::ZERO;
            let row = RecoveryRow { trouble, times: 0, open, median: none, p99: none, longest: none, total: none };
            return (0 < open).then_some(row);
        };
        let mut took = took.clone();
        took.flush();
        let span = |nanos: Option<u64>| Span::from_nanos(i64::try_from(nanos.unwrap_or(0)).unwrap_or(i64::MAX));
        Some(RecoveryRow {
            trouble,
            times: took.weight(),
            open,
            median: span(took.quantile(0.5)),
            p99: span(took.quantile(0.99)),
            longest: span(took.max()),
            total: span(Some(*total)),
        })
    }
}

/// What the market answers, and no error: the gate `error_rate` has the same two.
pub(super) const fn is_too_late(reason: RejectReason) -> bool {
    matches!(reason, RejectReason::PostOnlyWouldTake | RejectReason::UnknownOrder)
}
