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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CancelReason, Fill, Liquidity, OrderId, Side};
    use crate::units::{DAY, Money, Price, Quantity};

    const ORDER: ClientOrderId = ClientOrderId(7);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    fn report(kind: ReportKind, told: Option<i64>) -> ExecutionReport {
        ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ORDER,
            order_id: OrderId(1),
            side: Side::Buy,
            kind,
            executed: Quantity::ZERO,
            open: Quantity::new(1),
            sent_at: at(0),
            arrived_at: at(1),
            matched_at: at(2),
            reported_at: told.map_or(Timestamp::MAX, at),
        }
    }

    fn fill(told: Option<i64>) -> ExecutionReport {
        let (price, quantity) = (Price::new(1), Quantity::new(1));
        let fill = Fill { price, quantity, liquidity: Liquidity::Maker, fee: Money::ZERO, best: Default::default() };
        report(ReportKind::Filled(fill), told)
    }

    fn ended(told: Option<i64>) -> ExecutionReport {
        report(ReportKind::Ended(CancelReason::Requested), told)
    }

    fn reached(act: impl FnOnce(&mut Watch)) -> Vec<Sometimes> {
        let mut watch = Watch::default();
        act(&mut watch);
        watch.finish().into_iter().filter(|reached| reached.count > 0).map(|reached| reached.state).collect()
    }

    fn tell(watch: &mut Watch, seconds: i64, event: WireEvent) {
        watch.event((at(seconds), MarketId::FIRST), ORDER, event);
    }

    const fn fault(fault: WireFault) -> WireEvent {
        WireEvent::Fault { fault, cause: 1 }
    }

    #[test]
    fn a_fill_after_the_end_is_one_that_is_heard_of_after_it() {
        let heard = |end: Option<i64>, late_acceptance: bool| {
            reached(|watch| {
                if late_acceptance {
                    watch.report(&report(ReportKind::Accepted, None));
                }
                watch.report(&fill(None));
                watch.report(&ended(end));
                tell(watch, 5, WireEvent::Heard(2));
            })
        };
        assert_eq!(heard(Some(4), false), [Sometimes::FillAfterEnd]);
        assert_eq!(heard(Some(6), false), [], "its end is told later still");
        assert_eq!(heard(None, false), [], "its end is lost too");
        assert_eq!(heard(Some(4), true), [], "what is heard of is its acceptance");
    }

    #[test]
    fn each_other_state_is_reached_by_what_it_says_and_by_nothing_less() {
        type Act = fn(&mut Watch);
        let cases: [(Sometimes, Act, Act); 9] = [
            (
                Sometimes::UnknownFilled,
                |watch| {
                    tell(watch, 1, WireEvent::Unknown);
                    watch.report(&fill(Some(3)));
                },
                |watch| {
                    tell(watch, 1, WireEvent::Unknown);
                    tell(watch, 2, WireEvent::Found);
                    watch.report(&fill(Some(3)));
                },
            ),
            (
                Sometimes::UnknownAbsent,
                |watch| tell(watch, 1, WireEvent::Absent),
                |watch| tell(watch, 1, WireEvent::Found),
            ),
            (
                Sometimes::ResentAccepted,
                |watch| {
                    tell(watch, 1, WireEvent::Resent(2));
                    watch.report(&report(ReportKind::Accepted, Some(3)));
                },
                |watch| watch.report(&report(ReportKind::Accepted, Some(3))),
            ),
            (
                Sometimes::GapHealed,
                |watch| {
                    tell(watch, 1, fault(WireFault::LateFill));
                    tell(watch, 2, WireEvent::Heard(1));
                },
                |watch| tell(watch, 2, WireEvent::Heard(1)),
            ),
            (
                Sometimes::MissedFound,
                |watch| tell(watch, 2, WireEvent::Reconciled(1)),
                |watch| tell(watch, 2, WireEvent::Reconciled(0)),
            ),
            (
                Sometimes::BreakerClosedAgain,
                |watch| {
                    tell(watch, 1, WireEvent::Breaker(BreakerState::Open));
                    tell(watch, 2, WireEvent::Breaker(BreakerState::Closed));
                },
                |watch| tell(watch, 2, WireEvent::Breaker(BreakerState::Closed)),
            ),
            (
                Sometimes::TradedAfterBan,
                |watch| {
                    tell(watch, 1, fault(WireFault::Ban));
                    watch.report(&report(ReportKind::Accepted, Some(3)));
                },
                |watch| tell(watch, 1, fault(WireFault::Ban)),
            ),
            (
                Sometimes::RolloverWhileLost,
                |watch| {
                    tell(watch, DAY.nanos() / 1_000_000_000 - 1, WireEvent::Disconnected);
                    tell(watch, DAY.nanos() / 1_000_000_000 + 1, WireEvent::Connected);
                },
                |watch| {
                    tell(watch, 1, WireEvent::Disconnected);
                    tell(watch, 2, WireEvent::Connected);
                },
            ),
            (
                Sometimes::CommandWhileAsking,
                |watch| {
                    tell(watch, 1, WireEvent::Reconciling);
                    watch.command(MarketId::FIRST);
                },
                |watch| {
                    tell(watch, 1, WireEvent::Reconciling);
                    tell(watch, 2, WireEvent::Reconciled(0));
                    watch.command(MarketId::FIRST);
                },
            ),
        ];
        for (state, does, does_not) in cases {
            assert_eq!(reached(does), [state]);
            assert_eq!(reached(does_not), [], "{}", state.as_str());
        }
        let two = reached(|watch| {
            tell(watch, 1, WireEvent::Unknown);
            watch.event((at(2), MarketId::FIRST), ClientOrderId(8), WireEvent::Unknown);
        });
        assert_eq!(two, [Sometimes::SeveralUnknown]);
        assert_eq!(reached(|watch| watch.given_up((MarketId::FIRST, ORDER))), [Sometimes::GivenUp]);
    }
}
