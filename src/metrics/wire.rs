//! What went wrong on the wire, and what the bot's gateway did about it.

use super::feed::{FeedCounts, FeedStatistics};
use super::own_log::{OwnLogCounts, OwnLogStatistics};
use super::sometimes::{Reached, Watch};
use crate::model::{
    BreakerState, ClientOrderId, ExecutionReport, MarketId, RejectReason, ReportKind, WireEvent, WireFault,
};
use crate::units::{Span, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// Firings kept for plots; the first ones.
const MARKS: usize = 2_000;

/// Orders whose last fault is remembered; the newest ones.
const REMEMBERED: usize = 4_096;

/// One kind of fault, and what followed its firings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FaultRow {
    /// Which.
    pub fault: WireFault,
    /// How often it fired.
    pub fired: u64,
    /// Firings after which a query found the order.
    pub found: u64,
    /// Firings after which the venue was known not to have it.
    pub absent: u64,
    /// Requests sent again.
    pub resent: u64,
    /// Reports that were heard of later.
    pub heard_later: u64,
    /// Copies that were dropped.
    pub dropped: u64,
    /// Requests that were given up, which the bot was told.
    pub given_up: u64,
    /// Lost streams after which all that was missed was asked for.
    pub reconciled: u64,
    /// The first firing.
    pub first_at: Timestamp,
    /// The last.
    pub last_at: Timestamp,
}

/// A firing, for plots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FaultMark {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub fault: WireFault,
    /// Its number on its connection.
    pub cause: u64,
}

/// What happened on wires that can lose messages, of all markets together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WireStatistics {
    /// One row a kind of fault that fired, in the order of the catalogue.
    pub faults: Vec<FaultRow>,
    /// Requests sent again under their own client order id.
    pub resent: u64,
    /// Requests sent again under another: each may be an order that nobody wanted.
    pub resent_as: u64,
    /// Requests whose fate was unknown for a while.
    pub unknown: u64,
    /// The longest that one was.
    pub unknown_longest: Span,
    /// Of those, found at the venue.
    pub found: u64,
    /// Of those, known not to be there.
    pub absent: u64,
    /// Reports that were known and were dropped.
    pub dropped: u64,
    /// Reports that the bot heard of later than they were made for.
    pub heard_later: u64,
    /// Requests given up, as the bot was told.
    pub given_up: u64,
    /// Times the venue asked to wait, or banned the address.
    pub waits: u64,
    /// Requests sent all the same.
    pub impatient: u64,
    /// Times a circuit breaker opened.
    pub breaker_opened: u64,
    /// Times the stream of reports was lost.
    pub disconnects: u64,
    /// The longest without it.
    pub disconnected_longest: Span,
    /// Times everything missed was asked for, and came.
    pub reconciled: u64,
    /// Reports that this brought up.
    pub news: u64,
    /// The longest from such a question to its answer.
    pub reconciling_longest: Span,
    /// Gateways that gave up for good.
    pub halted: u64,
    /// What happened on feeds of market data.
    #[serde(skip_serializing_if = "FeedStatistics::is_empty")]
    pub feed: FeedStatistics,
    /// What became of the bot's own log.
    #[serde(skip_serializing_if = "OwnLogStatistics::is_empty")]
    pub log: OwnLogStatistics,
    /// Rare states, and how often each was reached.
    pub reached: Vec<Reached>,
    /// The first firings.
    pub marks: Vec<FaultMark>,
}

impl WireStatistics {
    /// Nothing was noted on any wire.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Faults that fired.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.faults.iter().map(|row| row.fired).sum()
    }
}

/// Counts while entries are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct WireCounts {
    sums: WireStatistics,
    rows: BTreeMap<WireFault, FaultRow>,
    /// The last fault of each order that nothing has followed yet; of none, the order 0.
    last: BTreeMap<(MarketId, ClientOrderId), WireFault>,
    last_of_feed: BTreeMap<MarketId, WireFault>,
    feed: FeedCounts,
    log: OwnLogCounts,
    unknown_since: BTreeMap<(MarketId, ClientOrderId), Timestamp>,
    lost_since: BTreeMap<MarketId, Timestamp>,
    asked_since: BTreeMap<MarketId, Timestamp>,
    watch: Watch,
    /// There has been an event on some wire.
    is_wired: bool,
}

impl WireCounts {
    /// Takes an event.
    pub fn take(&mut self, (at, market): (Timestamp, MarketId), id: ClientOrderId, event: WireEvent) {
        if event.is_of_feed() {
            return self.of_feed((at, market), event);
        }
        let key = (market, id);
        self.is_wired = true;
        self.watch.event((at, market), id, event);
        match event {
            WireEvent::Fault { fault, cause } => self.fired((at, market), id, FaultMark { at, fault, cause }),
            WireEvent::Resent(_) => {
                self.sums.resent += 1;
                self.follows(key, |row| row.resent += 1);
            }
            WireEvent::ResentAs(_) => {
                self.sums.resent_as += 1;
                self.follows(key, |row| row.resent += 1);
            }
            WireEvent::Unknown => {
                self.sums.unknown += 1;
                self.unknown_since.entry(key).or_insert(at);
            }
            WireEvent::Found => {
                self.sums.found += 1;
                self.known(key, at);
                self.follows(key, |row| row.found += 1);
            }
            WireEvent::Absent => {
                self.sums.absent += 1;
                self.known(key, at);
                self.follows(key, |row| row.absent += 1);
            }
            WireEvent::Dropped => {
                self.sums.dropped += 1;
                self.follows(key, |row| row.dropped += 1);
            }
            WireEvent::Heard(_) => {
                self.sums.heard_later += 1;
                self.follows(key, |row| row.heard_later += 1);
            }
            WireEvent::Waits(_) => self.sums.waits += 1,
            WireEvent::Impatient(_) => self.sums.impatient += 1,
            WireEvent::Breaker(state) => self.sums.breaker_opened += u64::from(state == BreakerState::Open),
            WireEvent::Halted => self.sums.halted += 1,
            _ => self.of_stream(at, market, event),
        }
        self.log.take(at, market, event);
        if event == WireEvent::LogUp {
            self.of_full_disk();
        }
    }

    /// The log can be written again.
    fn of_full_disk(&mut self) {
        self.rows.get_mut(&WireFault::FullDisk).into_iter().for_each(|row| row.reconciled += 1);
    }

    /// An event of a feed: what follows a fault of it follows no fault of an order.
    fn of_feed(&mut self, (at, market): (Timestamp, MarketId), event: WireEvent) {
        if let WireEvent::Fault { fault, cause } = event {
            self.count(at, FaultMark { at, fault, cause });
            self.last_of_feed.insert(market, fault);
        }
        let row = self.last_of_feed.get(&market).and_then(|fault| self.rows.get_mut(fault));
        match (event, row) {
            (WireEvent::Synchronised { .. }, Some(row)) => row.reconciled += 1,
            (WireEvent::MessageDropped(_) | WireEvent::TickHeld(_) | WireEvent::SnapshotRefused(_), Some(row)) => {
                row.dropped += 1;
            }
            _ => {}
        }
        self.feed.take(at, market, event);
    }

    fn of_stream(&mut self, at: Timestamp, market: MarketId, event: WireEvent) {
        match event {
            WireEvent::Disconnected => {
                self.sums.disconnects += 1;
                self.lost_since.insert(market, at);
            }
            WireEvent::Connected => {
                let lasted = self.lost_since.remove(&market).map_or(Span::ZERO, |since| at.since(since));
                self.sums.disconnected_longest = self.sums.disconnected_longest.max(lasted);
            }
            WireEvent::Reconciling => drop(self.asked_since.entry(market).or_insert(at)),
            WireEvent::Reconciled(news) => {
                self.sums.reconciled += 1;
                self.sums.news += news;
                let lasted = self.asked_since.remove(&market).map_or(Span::ZERO, |since| at.since(since));
                self.sums.reconciling_longest = self.sums.reconciling_longest.max(lasted);
                if !self.lost_since.contains_key(&market) {
                    self.follows((market, ClientOrderId(0)), |row| row.reconciled += 1);
                }
            }
            _ => {}
        }
    }

    /// Takes a report: the gateway's own say that a request was given up.
    pub fn report(&mut self, report: &ExecutionReport) {
        if !self.is_wired {
            return;
        }
        self.watch.report(report);
        if let ReportKind::Rejected(RejectReason::NotPlaced) | ReportKind::RequestRejected(RejectReason::NotPlaced) =
            report.kind
        {
            self.sums.given_up += 1;
            let key = (report.market, report.client_order_id);
            self.watch.given_up(key);
            self.known(key, report.matched_at);
            self.follows(key, |row| row.given_up += 1);
        }
    }

    /// The bot was told something.
    pub fn command(&mut self, market: MarketId) {
        self.watch.command(market);
    }

    fn fired(&mut self, (at, market): (Timestamp, MarketId), id: ClientOrderId, mark: FaultMark) {
        self.count(at, mark);
        self.last.insert((market, id), mark.fault);
        if self.last.len() > REMEMBERED {
            self.last.pop_first();
        }
    }

    fn count(&mut self, at: Timestamp, mark: FaultMark) {
        let fresh = FaultRow {
            fault: mark.fault,
            fired: 0,
            found: 0,
            absent: 0,
            resent: 0,
            heard_later: 0,
            dropped: 0,
            given_up: 0,
            reconciled: 0,
            first_at: at,
            last_at: at,
        };
        let row = self.rows.entry(mark.fault).or_insert(fresh);
        row.fired += 1;
        row.last_at = at;
        if self.sums.marks.len() < MARKS {
            self.sums.marks.push(mark);
        }
    }

    /// Something was done about an order's last fault.
    fn follows(&mut self, key: (MarketId, ClientOrderId), count: impl FnOnce(&mut FaultRow)) {
        if let Some(row) = self.last.remove(&key).and_then(|fault| self.rows.get_mut(&fault)) {
            count(row);
        }
    }

    fn known(&mut self, key: (MarketId, ClientOrderId), at: Timestamp) {
        let lasted = self.unknown_since.remove(&key).map_or(Span::ZERO, |since| at.since(since));
        self.sums.unknown_longest = self.sums.unknown_longest.max(lasted);
    }

    /// `end` is that of the run.
    pub fn finish(self, end: Timestamp) -> WireStatistics {
        let mut faults: Vec<FaultRow> = self.rows.into_values().collect();
        faults.sort_by_key(|row| row.fault as u8);
        let reached = if self.is_wired { self.watch.finish() } else { Vec::new() };
        WireStatistics { faults, feed: self.feed.finish(end), log: self.log.finish(end), reached, ..self.sums }
    }
}
