//! How steady the ways between a bot and its venues were: each with its outages, and how long it held between them.

use super::histogram::Percentile;
use crate::model::{BreakerState, MarketId, WireEvent};
use crate::units::{Span, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// A way between a bot and a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// The stream of execution reports: down from when it was lost until it was back.
    Reports,
    /// Market data: down while the bot took its book for broken and showed none.
    MarketData,
    /// New orders that add risk: down while the gateway let none out, since its circuit breaker was not closed, it waited because the venue had asked for it, or it
    /// had given up for good. Protective orders and cancels go out all the same.
    NewOrders,
}

impl Link {
    /// As printed.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Reports => "execution reports",
            Self::MarketData => "market data",
            Self::NewOrders => "new orders",
        }
    }
}

/// How steady one way was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ConnectionRow {
    /// The market whose way it is.
    pub market: MarketId,
    /// Which.
    pub link: Link,
    /// Times that it was lost.
    pub losses: u64,
    /// It was lost still when the run ended; that outage counts up to there.
    pub is_down_at_end: bool,
    /// From the first mark of the run to the end, all that it was not down.
    pub up: Span,
    /// All outages together.
    pub down: Span,
    /// The longest that it held without an outage.
    pub longest_up: Span,
    /// Half of the outages took at most so long.
    pub median: Span,
    /// 99 of 100 took at most so long.
    pub p99: Span,
    /// The longest.
    pub longest: Span,
}

impl ConnectionRow {
    /// Share of the time in which it was up, from 0 to 1; `None` over no time.
    #[must_use]
    pub fn available(&self) -> Option<f64> {
        let all = self.up.nanos().saturating_add(self.down.nanos());
        (0 < all).then(|| self.up.nanos() as f64 / all as f64)
    }

    /// Mean time between losses: how long it was up over how often it was lost. `None` where it never was.
    #[must_use]
    pub fn between(&self) -> Option<Span> {
        let losses = i64::try_from(self.losses).ok().filter(|losses| 0 < *losses)?;
        Some(Span::from_nanos(self.up.nanos() / losses))
    }
}

/// Folds what the wire says into its [`ConnectionRow`]s. Memory grows with the number of markets.
#[derive(Debug, Clone, Default)]
pub(super) struct ConnectionsFold {
    ways: BTreeMap<(MarketId, Link), Way>,
    gateways: BTreeMap<MarketId, Closed>,
}

/// One way so far.
#[derive(Debug, Clone)]
struct Way {
    down_since: Option<Timestamp>,
    first_lost: Option<Timestamp>,
    restored: Option<Timestamp>,
    /// Of the stretches between two outages.
    longest_up: Span,
    took: Percentile,
    down: Span,
}

impl Way {
    fn new() -> Self {
        let none = Span::ZERO;
        let took = Percentile::new();
        Self { down_since: None, first_lost: None, restored: None, longest_up: none, took, down: none }
    }

    /// Lost again while it is lost, it was when it was first.
    fn lose(&mut self, at: Timestamp) {
        if self.down_since.is_some() {
            return;
        }
        self.down_since = Some(at);
        self.first_lost.get_or_insert(at);
        if let Some(restored) = self.restored {
            self.longest_up = self.longest_up.max(at.since(restored));
        }
    }

    fn restore(&mut self, at: Timestamp) {
        let Some(since) = self.down_since.take() else { return };
        let span = at.since(since);
        self.took.add(u64::try_from(span.nanos()).unwrap_or(0), 1);
        self.down = Span::from_nanos(self.down.nanos().saturating_add(span.nanos()));
        self.restored = Some(at);
    }

    fn row(mut self, (market, link): (MarketId, Link), start: Timestamp, end: Timestamp) -> ConnectionRow {
        let is_down_at_end = self.down_since.is_some();
        self.restore(end);
        self.took.flush();
        let span = |nanos: Option<u64>| Span::from_nanos(i64::try_from(nanos.unwrap_or(0)).unwrap_or(i64::MAX));
        let first = self.first_lost.unwrap_or(end).since(start);
        let last = self.restored.map_or(Span::ZERO, |restored| end.since(restored));
        ConnectionRow {
            market,
            link,
            losses: self.took.weight(),
            is_down_at_end,
            up: Span::from_nanos(end.since(start).nanos().saturating_sub(self.down.nanos()).max(0)),
            down: self.down,
            longest_up: first.max(last).max(self.longest_up),
            median: span(self.took.quantile(0.5)),
            p99: span(self.took.quantile(0.99)),
            longest: span(self.took.max()),
        }
    }
}

/// Why a gateway lets nothing out.
#[derive(Debug, Clone, Copy, Default)]
struct Closed {
    breaker: bool,
    /// For good.
    halted: bool,
    /// The venue asked to wait until then.
    until: Option<Timestamp>,
}

impl Closed {
    /// Whether it lets nothing out at an instant.
    fn is_at(self, at: Timestamp) -> bool {
        self.breaker || self.halted || self.until.is_some_and(|until| at < until)
    }

    /// When the venue's wish was over, where nothing else has held it since.
    fn reopened(self, at: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| *until <= at && !self.breaker && !self.halted)
    }
}

/// Market data, supervised or not: says nothing of requests and reports.
const fn is_of_feed(event: WireEvent) -> bool {
    matches!(
        event,
        WireEvent::Unsynchronised(_)
            | WireEvent::Synchronised { .. }
            | WireEvent::FailedOver { .. }
            | WireEvent::SnapshotAsked
            | WireEvent::SnapshotRefused(_)
            | WireEvent::Struck { .. }
            | WireEvent::Fault { .. }
    )
}

impl ConnectionsFold {
    /// What the wire of a market says.
    pub(super) fn wire(&mut self, at: Timestamp, market: MarketId, event: WireEvent) {
        if !is_of_feed(event) {
            // What has a wire has both, lost or not.
            self.way(market, Link::Reports);
            self.way(market, Link::NewOrders);
        }
        match event {
            WireEvent::Disconnected => self.way(market, Link::Reports).lose(at),
            WireEvent::Connected => self.way(market, Link::Reports).restore(at),
            WireEvent::Unsynchronised(_) => self.way(market, Link::MarketData).lose(at),
            WireEvent::Synchronised { .. } | WireEvent::FailedOver { .. } => {
                self.way(market, Link::MarketData).restore(at);
            }
            WireEvent::Breaker(state) => {
                self.gateway(at, market, |closed| closed.breaker = state != BreakerState::Closed);
            }
            WireEvent::Waits(until) => self.gateway(at, market, |closed| closed.until = closed.until.max(Some(until))),
            // It does not do what was asked for.
            WireEvent::Impatient(_) => self.gateway(at, market, |closed| closed.until = None),
            WireEvent::Halted => self.gateway(at, market, |closed| closed.halted = true),
            _ => {}
        }
    }

    fn way(&mut self, market: MarketId, link: Link) -> &mut Way {
        self.ways.entry((market, link)).or_insert_with(Way::new)
    }

    fn gateway(&mut self, at: Timestamp, market: MarketId, change: impl FnOnce(&mut Closed)) {
        let closed = self.gateways.entry(market).or_default();
        let reopened = closed.reopened(at);
        if reopened.is_some() {
            closed.until = None;
        }
        change(closed);
        let is_closed = closed.is_at(at);
        let way = self.way(market, Link::NewOrders);
        reopened.into_iter().for_each(|reopened| way.restore(reopened));
        if is_closed {
            way.lose(at);
        } else {
            way.restore(at);
        }
    }

    /// The ways of a run from `start` to `end`, by market.
    pub(super) fn finish(mut self, start: Timestamp, end: Timestamp) -> Vec<ConnectionRow> {
        let reopened: Vec<_> =
            self.gateways.iter().filter_map(|(market, closed)| Some((*market, closed.reopened(end)?))).collect();
        reopened.into_iter().for_each(|(market, at)| self.way(market, Link::NewOrders).restore(at));
        self.ways.into_iter().map(|(place, way)| way.row(place, start, end)).collect()
    }
}
