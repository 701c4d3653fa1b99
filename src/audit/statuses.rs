use super::setup::AuditSetup;
use crate::model::{
    Access, ClientOrderId, ExecutionReport, Intent, Liquidity, MarketId, OrderType, RejectReason, ReportKind,
    StatusChange, TradingStatus,
};
use crate::units::{Price, Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What the statuses of the markets forbid, and how many of their changes the journal has told of.
///
/// On bars a fill is judged by the whole bar that it can be of: only one whose every instant is halted is wrong.
#[derive(Debug, Clone)]
pub(super) struct Statuses {
    /// By market, in the order of time.
    changes: Vec<Vec<StatusChange>>,
    told: Vec<usize>,
    /// What orders are that the venue has not answered.
    sent: BTreeMap<(MarketId, ClientOrderId), Terms>,
    /// Orders that were taken in, are not post-only and have not ended.
    plain: BTreeSet<(MarketId, ClientOrderId)>,
    /// Prices that an order was to have, `None` where an amend keeps it; answers come in whatever order.
    amends: BTreeMap<(MarketId, ClientOrderId), Vec<Option<Price>>>,
    bar: Span,
    are_asked: bool,
}

/// What of an order a status may mind.
#[derive(Debug, Clone, Copy)]
struct Terms {
    prices: [Option<Price>; 2],
    is_limit: bool,
    is_post_only: bool,
}

impl Terms {
    const fn of(intent: &Intent) -> Self {
        let is_limit = matches!(intent.order_type, OrderType::Limit { .. });
        Self { prices: prices(intent.order_type), is_limit, is_post_only: intent.post_only }
    }

    /// A market in that mode takes such an order.
    const fn are_taken(self, access: Access) -> bool {
        match access {
            Access::PostOnly => self.is_post_only,
            Access::LimitOnly => self.is_limit,
            Access::CancelOnly => false,
            Access::All | Access::ReducesAlone | Access::Closed => true,
        }
    }
}

/// What a report says about the market it comes from.
enum Says {
    Nothing,
    /// Somebody entered: it was open, and a new order's prices on its grid.
    Entered,
    /// An order has another price, or quantity.
    Amended(Price),
    /// A new order was turned away because it was halted.
    Halted,
    /// The same of a request about an order: a cancel is taken.
    RequestHalted,
    /// A request was turned away because of a price between those that are taken.
    RequestOffGrid,
    /// Somebody was turned away because of a price between those that are taken.
    OffGrid,
    Traded,
    /// A new order, or an amend, was turned away because the market is soon taken away.
    ReducesAlone,
    /// A new order was turned away because the market is no more.
    Delisted,
    /// A new order was turned away because of the market's mode.
    Mode(Access),
    /// The same of an amend.
    RequestMode(Access),
}

impl Statuses {
    pub fn new(setup: &AuditSetup, bar: Span) -> Self {
        let changes = setup.statuses.clone();
        let are_asked = changes.iter().any(|changes| !changes.is_empty());
        Self {
            told: vec![0; changes.len()],
            changes,
            sent: BTreeMap::new(),
            plain: BTreeSet::new(),
            amends: BTreeMap::new(),
            bar,
            are_asked,
        }
    }

    /// Some market's status changes.
    pub const fn are_asked(&self) -> bool {
        self.are_asked
    }

    fn of(&self, market: MarketId) -> &[StatusChange] {
        self.changes.get(market.index()).map_or(&[], Vec::as_slice)
    }

    fn at(&self, market: MarketId, at: Timestamp) -> TradingStatus {
        let past = self.of(market).iter().take_while(|change| change.at <= at);
        past.last().map_or(TradingStatus::OPEN, |change| change.status)
    }

    /// The journal says that a status has changed.
    pub fn told(&mut self, at: Timestamp, market: MarketId, status: TradingStatus) -> Option<String> {
        let place = self.told.get(market.index()).copied().unwrap_or_default();
        let expected = self.of(market).get(place).copied();
        self.told.iter_mut().skip(market.index()).take(1).for_each(|told| *told += 1);
        let found = StatusChange { at, status };
        (expected != Some(found)).then(|| match expected {
            Some(expected) => format!("the status became {}, expected {}", words(&found), words(&expected)),
            None => format!("the status became {}, expected no other any more", words(&found)),
        })
    }

    /// What is wrong with how a bot stands where a market is taken away: what it holds there it cannot close any more.
    pub fn orphan(status: TradingStatus, (held, open): (i128, usize)) -> Option<String> {
        let is_left = status.access == Access::Closed && (held != 0 || open != 0);
        is_left.then(|| {
            format!("the market closed for good with {held} steps held and {open} orders open or on their way")
        })
    }

    /// It was taken in while only what reduces is: true where it is wrong to.
    pub fn is_shut_to_risk(&self, report: &ExecutionReport) -> bool {
        report.kind == ReportKind::Accepted && self.at(report.market, report.matched_at).access == Access::ReducesAlone
    }

    /// What had to be told before the run ended at `end`.
    pub fn missed(&self, end: Timestamp) -> Option<String> {
        let left = |(changes, told): (&Vec<StatusChange>, &usize)| changes.get(*told).copied();
        let missed = self.changes.iter().zip(&self.told).filter_map(left).find(|change| change.at < end)?;
        Some(format!("the status had to become {}, and nothing says so", words(&missed)))
    }

    /// An order is on its way.
    pub fn sent(&mut self, intent: &Intent) {
        if !self.of(intent.market).is_empty() {
            self.sent.insert((intent.market, intent.client_order_id), Terms::of(intent));
        }
    }

    /// An amend is on its way.
    pub fn amending(&mut self, market: MarketId, id: ClientOrderId, price: Option<Price>) {
        if !self.of(market).is_empty() {
            self.amends.entry((market, id)).or_default().push(price);
        }
    }

    /// What is wrong with what the venue says of a request about an order.
    fn wrong_answer(&self, says: &Says, status: TradingStatus, report: &ExecutionReport) -> Option<String> {
        let amends = self.amends.get(&(report.market, report.client_order_id)).map_or(&[][..], Vec::as_slice);
        let off_grid = |price: &Price| !status.is_on_grid(*price);
        match says {
            Says::RequestHalted if !status.is_halted => {
                Some("it was refused for a halt, and the market was open".to_owned())
            }
            Says::RequestHalted => {
                amends.is_empty().then(|| "a cancel was refused for a halt, and cancels are taken".to_owned())
            }
            _ if status.is_halted => Some("it was looked at, and the market was halted".to_owned()),
            Says::RequestMode(access) => refused_for(status, *access).or_else(|| {
                let is_wrong = amends.is_empty() || (*access == Access::PostOnly && !self.is_plain(report));
                is_wrong.then(|| format!("it was refused by a market that is `{}` and takes it", access.as_str()))
            }),
            Says::Amended(_)
                if status.access == Access::CancelOnly
                    || (status.access == Access::PostOnly && self.is_plain(report)) =>
            {
                Some(format!("it was amended in a market that is `{}`", status.access.as_str()))
            }
            Says::Amended(price) => {
                let is_new = amends.contains(&Some(*price));
                (is_new && off_grid(price)).then(|| format!("it was given a price between those of {}", grid(status)))
            }
            Says::RequestOffGrid => {
                let on_grid = || format!("it was refused for its price, which is one of {}", grid(status));
                (!amends.iter().flatten().any(off_grid)).then(on_grid)
            }
            _ => None,
        }
    }

    /// What is wrong with what the venue reports, as far as the market's status decides it.
    pub fn wrong(&mut self, report: &ExecutionReport) -> Option<String> {
        if self.of(report.market).is_empty() {
            return None;
        }
        let status = self.at(report.market, report.matched_at);
        let halted = |is: bool| format!("the market was {}", if is { "halted" } else { "open" });
        let sent = || self.sent.get(&(report.market, report.client_order_id)).copied();
        let on_grid = |terms: Terms| terms.prices.into_iter().flatten().all(|price| status.is_on_grid(price));
        let said = says(&report.kind);
        let wrong = match said {
            Says::Nothing => None,
            Says::ReducesAlone => refused_for(status, Access::ReducesAlone),
            Says::Delisted => refused_for(status, Access::Closed),
            Says::Entered | Says::Amended(_) | Says::Traded if status.access == Access::Closed => {
                Some("something came of it, and the market was closed".to_owned())
            }
            Says::Amended(_) | Says::RequestHalted | Says::RequestOffGrid | Says::RequestMode(_) => {
                self.wrong_answer(&said, status, report)
            }
            Says::Mode(access) => refused_for(status, access).or_else(|| {
                let taken = sent().filter(|terms| terms.are_taken(access));
                taken.map(|_| format!("it was refused by a market that is `{}` and takes it", access.as_str()))
            }),
            Says::Entered if status.is_halted => Some(format!("it was taken in, and {}", halted(true))),
            Says::Entered => sent().and_then(|terms| {
                let access = status.access;
                let barred = || format!("it was looked at by a market that is `{}`", access.as_str());
                let is_off_grid = report.kind == ReportKind::Accepted && !on_grid(terms);
                let off_grid = || format!("it was taken in between the prices of {}", grid(status));
                (!terms.are_taken(access)).then(barred).or_else(|| is_off_grid.then(off_grid))
            }),
            Says::Halted => (!status.is_halted).then(|| format!("it was refused for a halt, and {}", halted(false))),
            Says::OffGrid if status.is_halted => Some(format!("it was refused for its price, and {}", halted(true))),
            Says::OffGrid => sent()
                .filter(|terms| on_grid(*terms))
                .map(|_| format!("it was refused for its price, which is one of {}", grid(status))),
            Says::Traded => {
                let is_whole = self.at(report.market, self.opened_at(report.matched_at)).is_halted;
                let halted =
                    (status.is_halted && is_whole).then(|| format!("it traded or was triggered, and {}", halted(true)));
                halted.or_else(|| out_of_mode(status.access, &report.kind))
            }
        };
        if matches!(report.kind, ReportKind::Accepted | ReportKind::Rejected(_)) {
            let terms = self.sent.remove(&(report.market, report.client_order_id));
            if report.kind == ReportKind::Accepted && terms.is_some_and(|terms| !terms.is_post_only) {
                self.plain.insert((report.market, report.client_order_id));
            }
        }
        // Amends stay: one that was under way when its order ended is answered like any other.
        if let ReportKind::Ended(_) = report.kind {
            self.plain.remove(&(report.market, report.client_order_id));
        }
        wrong
    }

    fn is_plain(&self, report: &ExecutionReport) -> bool {
        self.plain.contains(&(report.market, report.client_order_id))
    }

    /// The earliest that a bar can have opened within which something happened; the instant itself on rows.
    fn opened_at(&self, at: Timestamp) -> Timestamp {
        if self.bar == Span::ZERO { at } else { at.plus(Span::from_nanos(1 - self.bar.nanos())) }
    }
}

const fn says(kind: &ReportKind) -> Says {
    match kind {
        ReportKind::Rejected(RejectReason::UnknownMarket | RejectReason::Unavailable | RejectReason::NotPlaced)
        | ReportKind::RequestRejected(
            RejectReason::UnknownOrder | RejectReason::Unavailable | RejectReason::NotPlaced | RejectReason::HalfDone,
        )
        | ReportKind::Ended(_)
        | ReportKind::Busted(_)
        | ReportKind::Corrected(_) => Says::Nothing,
        ReportKind::Rejected(RejectReason::ReducesAlone) | ReportKind::RequestRejected(RejectReason::ReducesAlone) => {
            Says::ReducesAlone
        }
        ReportKind::Rejected(RejectReason::Delisted) | ReportKind::RequestRejected(RejectReason::Delisted) => {
            Says::Delisted
        }
        ReportKind::Rejected(RejectReason::PostOnlyMarket) => Says::Mode(Access::PostOnly),
        ReportKind::Rejected(RejectReason::LimitOnlyMarket) => Says::Mode(Access::LimitOnly),
        ReportKind::Rejected(RejectReason::CancelOnlyMarket) => Says::Mode(Access::CancelOnly),
        ReportKind::RequestRejected(RejectReason::PostOnlyMarket) => Says::RequestMode(Access::PostOnly),
        ReportKind::RequestRejected(RejectReason::LimitOnlyMarket) => Says::RequestMode(Access::LimitOnly),
        ReportKind::RequestRejected(RejectReason::CancelOnlyMarket) => Says::RequestMode(Access::CancelOnly),
        ReportKind::Rejected(RejectReason::TradingHalted) => Says::Halted,
        ReportKind::RequestRejected(RejectReason::TradingHalted) => Says::RequestHalted,
        ReportKind::Rejected(RejectReason::PriceIncrement) => Says::OffGrid,
        ReportKind::RequestRejected(RejectReason::PriceIncrement) => Says::RequestOffGrid,
        ReportKind::Amended { price, .. } => Says::Amended(*price),
        ReportKind::Accepted | ReportKind::Rejected(_) | ReportKind::RequestRejected(_) => Says::Entered,
        ReportKind::Triggered | ReportKind::Filled(_) => Says::Traded,
    }
}

/// Where stops wait none is triggered, and a market that takes post-only orders has nobody who takes.
fn out_of_mode(access: Access, kind: &ReportKind) -> Option<String> {
    let is_wrong = match kind {
        ReportKind::Triggered => access.holds_triggers(),
        ReportKind::Filled(fill) => access == Access::PostOnly && fill.liquidity == Liquidity::Taker,
        _ => false,
    };
    is_wrong.then(|| format!("it took or was triggered in a market that is `{}`", access.as_str()))
}

const fn prices(order_type: OrderType) -> [Option<Price>; 2] {
    match order_type {
        OrderType::Market => [None, None],
        OrderType::Limit { price } => [Some(price), None],
        OrderType::Stop { trigger } | OrderType::TakeProfit { trigger } => [Some(trigger), None],
        OrderType::StopLimit { trigger, price } => [Some(trigger), Some(price)],
    }
}

fn refused_for(status: TradingStatus, access: Access) -> Option<String> {
    let is_it = status.access == access && !status.is_halted;
    (!is_it).then(|| format!("it was refused for a market that is `{}`, and it was not", access.as_str()))
}

fn grid(status: TradingStatus) -> String {
    format!("{} ticks apart", status.price_increment)
}

fn words(change: &StatusChange) -> String {
    let what = if change.status.is_halted { "halted" } else { "open" };
    let access = change.status.access.as_str();
    format!("{what} to {access} with prices {} at {}", grid(change.status), change.at)
}
