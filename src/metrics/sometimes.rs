//! Rare states that a search for faults has to have been in: what was never reached was never tried.

use crate::model::{BreakerState, ClientOrderId, ExecutionReport, MarketId, ReportKind, WireEvent, WireFault};
use crate::units::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A rare state of a bot on its wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sometimes {
    /// An order whose fate was unknown was filled meanwhile.
    UnknownFilled,
    /// An order whose fate was unknown was not there.
    UnknownAbsent,
    /// A fill was heard of after the end of its order.
    FillAfterEnd,
    /// An order that was sent again was taken.
    ResentAccepted,
    /// An order was given up, as the bot was told.
    GivenUp,
    /// A report that others had overtaken came, without being asked for or by asking.
    GapHealed,
    /// Something that was missed came up when it was asked for.
    MissedFound,
    /// A circuit breaker opened, and closed again.
    BreakerClosedAgain,
    /// An order was taken after the address had been banned.
    TradedAfterBan,
    /// A day ended while the stream of reports was lost.
    RolloverWhileLost,
    /// The bot was told something while it was asking for what it had missed.
    CommandWhileAsking,
    /// The fates of several requests were unknown at once.
    SeveralUnknown,
}

impl Sometimes {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::UnknownFilled,
        Self::UnknownAbsent,
        Self::FillAfterEnd,
        Self::ResentAccepted,
        Self::GivenUp,
        Self::GapHealed,
        Self::MissedFound,
        Self::BreakerClosedAgain,
        Self::TradedAfterBan,
        Self::RolloverWhileLost,
        Self::CommandWhileAsking,
        Self::SeveralUnknown,
    ];

    /// Its word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownFilled => "unknown-filled",
            Self::UnknownAbsent => "unknown-absent",
            Self::FillAfterEnd => "fill-after-end",
            Self::ResentAccepted => "resent-accepted",
            Self::GivenUp => "given-up",
            Self::GapHealed => "gap-healed",
            Self::MissedFound => "missed-found",
            Self::BreakerClosedAgain => "breaker-closed-again",
            Self::TradedAfterBan => "traded-after-ban",
            Self::RolloverWhileLost => "rollover-while-lost",
            Self::CommandWhileAsking => "command-while-asking",
            Self::SeveralUnknown => "several-unknown",
        }
    }
}

/// How often a state was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// Which.
    pub state: Sometimes,
    /// How often.
    pub count: u64,
}

type Key = (MarketId, ClientOrderId);

/// Looks for the states while entries are taken. Memory follows what is unknown, late or sent again.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    counts: BTreeMap<Sometimes, u64>,
    unknown: BTreeSet<Key>,
    /// Orders with a fill that has not been heard of, and when the bot is told of their end.
    late: BTreeMap<Key, Option<Timestamp>>,
    /// Orders whose acceptance has not been heard of.
    late_acceptance: BTreeSet<Key>,
    resent: BTreeSet<Key>,
    overtaken: BTreeSet<Key>,
    banned: BTreeSet<MarketId>,
    opened: BTreeSet<MarketId>,
    lost_since: BTreeMap<MarketId, Timestamp>,
    asking: BTreeSet<MarketId>,
}

impl Watch {
    fn reach(&mut self, state: Sometimes) {
        *self.counts.entry(state).or_default() += 1;
    }

    fn reach_if(&mut self, is_reached: bool, state: Sometimes) {
        if is_reached {
            self.reach(state);
        }
    }

    pub fn event(&mut self, (at, market): (Timestamp, MarketId), id: ClientOrderId, event: WireEvent) {
        let key = (market, id);
        match event {
            WireEvent::Unknown => {
                self.unknown.insert(key);
                if self.unknown.len() > 1 {
                    self.reach(Sometimes::SeveralUnknown);
                }
            }
            WireEvent::Found => drop(self.unknown.remove(&key)),
            WireEvent::Absent => {
                self.unknown.remove(&key);
                self.reach(Sometimes::UnknownAbsent);
            }
            WireEvent::Resent(_) => drop(self.resent.insert(key)),
            WireEvent::Heard(_) => {
                let healed = self.overtaken.remove(&key);
                self.reach_if(healed, Sometimes::GapHealed);
                // What is heard of first is what came first.
                if !self.late_acceptance.remove(&key) {
                    let ended_at = self.late.remove(&key).flatten();
                    self.reach_if(ended_at.is_some_and(|ended_at| ended_at <= at), Sometimes::FillAfterEnd);
                }
            }
            WireEvent::Fault { fault: WireFault::Ban, .. } => drop(self.banned.insert(market)),
            WireEvent::Fault { fault: WireFault::LateFill | WireFault::FillBeforeAck, .. } => {
                self.overtaken.insert(key);
            }
            WireEvent::Breaker(BreakerState::Open) => drop(self.opened.insert(market)),
            WireEvent::Breaker(BreakerState::Closed) => {
                let opened = self.opened.remove(&market);
                self.reach_if(opened, Sometimes::BreakerClosedAgain);
            }
            WireEvent::Disconnected => drop(self.lost_since.insert(market, at)),
            WireEvent::Connected => {
                let is_over_a_day = self.lost_since.remove(&market).is_some_and(|since| since.day() != at.day());
                self.reach_if(is_over_a_day, Sometimes::RolloverWhileLost);
            }
            WireEvent::Reconciling => drop(self.asking.insert(market)),
            WireEvent::Reconciled(news) => {
                self.asking.remove(&market);
                if 0 < news {
                    self.reach(Sometimes::MissedFound);
                }
            }
            _ => {}
        }
    }

    /// A report of any kind.
    pub fn report(&mut self, report: &ExecutionReport) {
        let key = (report.market, report.client_order_id);
        match report.kind {
            ReportKind::Filled(_) => {
                if self.unknown.contains(&key) {
                    self.reach(Sometimes::UnknownFilled);
                }
                if report.told_at().is_none() {
                    self.late.insert(key, None);
                }
            }
            ReportKind::Ended(_) => {
                if let Some(ended_at) = self.late.get_mut(&key) {
                    *ended_at = report.told_at();
                }
            }
            ReportKind::Accepted => {
                if self.resent.remove(&key) {
                    self.reach(Sometimes::ResentAccepted);
                }
                let was_banned = self.banned.remove(&report.market);
                self.reach_if(was_banned, Sometimes::TradedAfterBan);
                if report.told_at().is_none() {
                    self.late_acceptance.insert(key);
                }
            }
            _ => {}
        }
    }

    pub fn given_up(&mut self, key: Key) {
        self.unknown.remove(&key);
        self.reach(Sometimes::GivenUp);
    }

    /// The bot was told something.
    pub fn command(&mut self, market: MarketId) {
        if self.asking.contains(&market) {
            self.reach(Sometimes::CommandWhileAsking);
        }
    }

    /// Every state, those that were not reached too.
    pub fn finish(&self) -> Vec<Reached> {
        let count = |state| self.counts.get(&state).copied().unwrap_or(0);
        Sometimes::ALL.map(|state| Reached { state, count: count(state) }).to_vec()
    }
}
