use super::invariant::Invariant;
use super::posted::Posted;
use super::statuses::Statuses;
use crate::model::{
    CancelReason, ClientOrderId, ExecutionReport, Fill, Intent, Liquidity, MarketId, OrderType, RejectReason,
    ReportKind, Side, TimeInForce,
};
use crate::units::{Price, Quantity, Span, Timestamp};
use std::collections::BTreeMap;

/// What does not hold, in a sentence.
pub(super) type Breach = (Invariant, String);

/// Every order that was cleared and has not ended, and every request without an answer: what a venue may report on. Memory follows
/// the orders that live.
#[derive(Debug, Clone, Default)]
pub(super) struct Clearances {
    orders: BTreeMap<ClientOrderId, Cleared>,
    /// Cancels and amends on their way, with what the amends ask for.
    requests: BTreeMap<ClientOrderId, Requests>,
    /// Signed position at each market's venue.
    position: Vec<i128>,
    /// Markets of the run.
    markets: usize,
    /// On bars a fill is stamped with its bar's end, so that an order may seem to outlive its expiry by so much.
    bar: Span,
}

/// An order as it was cleared, amended as the venue said.
#[derive(Debug, Clone)]
struct Cleared {
    intent: Intent,
    limit: Option<Price>,
    total: i128,
    executed: i128,
    filled_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Default)]
struct Requests {
    cancels: u32,
    amends: Vec<(Option<Price>, Option<Quantity>)>,
}

impl Clearances {
    pub fn new(markets: usize, bar: Span) -> Self {
        Self { position: vec![0; markets], markets, bar, ..Self::default() }
    }

    pub fn opens_with(&mut self, market: MarketId, position: Quantity) {
        self.position[market.index()] = position.steps().into();
    }

    /// Signed steps held at a market's venue.
    pub fn position(&self, market: MarketId) -> i128 {
        self.position[market.index()]
    }

    /// Orders at a market that live or are on their way.
    pub fn open_at(&self, market: MarketId) -> usize {
        self.orders.values().filter(|order| order.intent.market == market).count()
    }

    /// What is wrong with an order that was taken in: that it adds risk where the market takes what reduces alone.
    pub fn adds_risk(&self, report: &ExecutionReport, statuses: &Statuses) -> Option<String> {
        let order = self.orders.get(&report.client_order_id).filter(|_| statuses.is_shut_to_risk(report))?;
        let held = self.position.get(report.market.index()).copied().unwrap_or_default();
        let is_wrong = !reduces(order.intent.side, order.intent.quantity, held);
        is_wrong.then(|| "it was taken in, and the market takes what reduces alone".to_owned())
    }

    /// No order lives at any venue, or is on its way to one.
    pub fn is_idle(&self) -> bool {
        self.orders.is_empty()
    }

    /// An order was cleared and sent.
    pub fn sent(&mut self, intent: &Intent) -> Option<Breach> {
        let limit = match intent.order_type {
            OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
            OrderType::Market | OrderType::Stop { .. } | OrderType::TakeProfit { .. } => None,
        };
        let order =
            Cleared { intent: *intent, limit, total: intent.quantity.steps().into(), executed: 0, filled_at: None };
        let before = self.orders.insert(intent.client_order_id, order);
        before.map(|_| (Invariant::Clearance, "the number is that of an order that lives".to_owned()))
    }

    pub fn cancel_sent(&mut self, id: ClientOrderId) {
        self.requests.entry(id).or_default().cancels += 1;
    }

    pub fn amend_sent(&mut self, id: ClientOrderId, price: Option<Price>, quantity: Option<Quantity>) {
        self.requests.entry(id).or_default().amends.push((price, quantity));
    }

    /// Holds a report against what was sent.
    pub fn report(&mut self, report: &ExecutionReport, out: &mut Vec<Breach>) {
        let id = report.client_order_id;
        if report.kind == ReportKind::RequestRejected(RejectReason::HalfDone) {
            // Which request that was is said by the order that was to take its place.
            if !self.orders.values().any(|order| order.intent.replaces == Some(id)) {
                out.push((Invariant::Clearance, "no order that was to take its place was on its way".to_owned()));
            }
            return;
        }
        if let ReportKind::RequestRejected(_) = report.kind {
            if !self.answer(id, Answer::Refused) {
                out.push((Invariant::Clearance, "no cancel or amend of it was on its way".to_owned()));
            }
            return;
        }
        if report.kind.sets_right() {
            // An earlier fill of an order that may be long gone: which one is held against the fills there were.
            return self.move_position(report);
        }
        let Some(order) = self.orders.get(&id) else {
            out.push((Invariant::Clearance, "no such order was sent, or it has ended".to_owned()));
            self.move_position(report);
            return;
        };
        self.identity(order, report, out);
        match &report.kind {
            ReportKind::Filled(fill) => self.filled(report, fill, out),
            ReportKind::Amended { price, quantity } => self.amended(id, *price, *quantity, out),
            ReportKind::Ended(reason) => self.ended(id, *reason, out),
            ReportKind::Rejected(_) => drop(self.orders.remove(&id)),
            ReportKind::Accepted
            | ReportKind::Triggered
            | ReportKind::RequestRejected(_)
            | ReportKind::Busted(_)
            | ReportKind::Corrected(_) => {}
        }
    }

    fn identity(&self, order: &Cleared, report: &ExecutionReport, out: &mut Vec<Breach>) {
        let Intent { side, market, .. } = order.intent;
        let mut demand = |holds: bool, text: &dyn Fn() -> String| {
            if !holds {
                out.push((Invariant::Clearance, text()));
            }
        };
        let is_foreign = market.index() >= self.markets;
        demand(side == report.side, &|| format!("reported to {}, cleared to {}", report.side.as_str(), side.as_str()));
        demand(is_foreign || market == report.market, &|| {
            format!("reported of market {}, cleared for {market}", report.market)
        });
        if matches!(report.kind, ReportKind::Accepted | ReportKind::Triggered) {
            let total = i128::from(report.executed.steps()) + i128::from(report.open.steps());
            demand(total == order.total, &|| format!("reported with {total} steps, cleared for {}", order.total));
        }
    }

    fn move_position(&mut self, report: &ExecutionReport) {
        if let Some(held) = self.position.get_mut(report.market.index()) {
            *held += Posted::of(report).map_or(0, |posted| posted.steps);
        }
    }

    fn filled(&mut self, report: &ExecutionReport, fill: &Fill, out: &mut Vec<Breach>) {
        let held = self.position.get(report.market.index()).copied().unwrap_or(0);
        self.move_position(report);
        let bar = self.bar;
        let Some(order) = self.orders.get_mut(&report.client_order_id) else { return };
        let size = i128::from(fill.quantity.steps());
        order.executed += size;
        let told = (i128::from(report.executed.steps()), i128::from(report.open.steps()));
        if size <= 0 || told != (order.executed, order.total - order.executed) || told.1 < 0 {
            let text = format!(
                "a fill of {size} steps, {} executed and {} open as reported, {} of {} as cleared",
                told.0, told.1, order.executed, order.total
            );
            out.push((Invariant::Clearance, text));
        }
        out.extend(order.terms_broken(report, fill, (held, bar)).map(|text| (Invariant::Terms, text)));
        order.filled_at = Some(report.matched_at);
        if order.total <= order.executed {
            self.orders.remove(&report.client_order_id);
        }
    }

    fn amended(&mut self, id: ClientOrderId, price: Price, quantity: Quantity, out: &mut Vec<Breach>) {
        let is_asked = self.answer(id, Answer::Amended(price, quantity));
        let Some(order) = self.orders.get_mut(&id) else { return };
        order.limit = order.limit.map(|_| price);
        order.total = quantity.steps().into();
        if !is_asked {
            let text = format!("amended to {} steps at {} ticks, which nobody asked for", order.total, price.ticks());
            out.push((Invariant::Clearance, text));
        }
        if order.total <= order.executed {
            self.orders.remove(&id);
        }
    }

    fn ended(&mut self, id: ClientOrderId, reason: CancelReason, out: &mut Vec<Breach>) {
        let is_asked = match reason {
            CancelReason::Requested => self.answer(id, Answer::Cancelled),
            CancelReason::AmendedAway => self.answer(id, Answer::AmendedAway),
            _ => true,
        };
        if !is_asked {
            out.push((Invariant::Clearance, "ended by a request that nobody sent".to_owned()));
        }
        let Some(order) = self.orders.remove(&id) else { return };
        if order.intent.time_in_force == TimeInForce::FillOrKill && order.executed > 0 {
            out.push((Invariant::Terms, format!("fill-or-kill, ended with {} executed", order.executed)));
        }
    }

    /// Takes an answered request off the list; false when there is none that this can answer.
    fn answer(&mut self, id: ClientOrderId, answer: Answer) -> bool {
        let Some(requests) = self.requests.get_mut(&id) else { return false };
        let answered = requests.answered(answer, self.orders.get(&id));
        if requests.cancels == 0 && requests.amends.is_empty() {
            self.requests.remove(&id);
        }
        answered
    }
}

/// What a venue answers to a cancel or an amend.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Refused,
    Cancelled,
    Amended(Price, Quantity),
    AmendedAway,
}

impl Requests {
    fn answered(&mut self, answer: Answer, order: Option<&Cleared>) -> bool {
        match answer {
            // A live order's cancel is not refused: an amend comes first.
            Answer::Refused if !self.amends.is_empty() => drop(self.amends.remove(0)),
            Answer::Refused | Answer::Cancelled if self.cancels > 0 => self.cancels -= 1,
            Answer::AmendedAway if !self.amends.is_empty() => drop(self.amends.remove(0)),
            Answer::Amended(price, quantity) => {
                let is_it = |(asked_price, total): &(Option<Price>, Option<Quantity>)| {
                    let same_total = |order: &Cleared| order.total == i128::from(quantity.steps());
                    asked_price.is_none_or(|asked| asked == price)
                        && total.map_or_else(|| order.is_some_and(same_total), |total| total == quantity)
                };
                let Some(place) = self.amends.iter().position(is_it) else { return false };
                self.amends.remove(place);
            }
            _ => return false,
        }
        true
    }
}

impl Cleared {
    /// Terms that a fill does not respect; `held` steps were held at the venue before it, and a bar lasts `bar`.
    fn terms_broken(
        &self,
        report: &ExecutionReport,
        fill: &Fill,
        (held, bar): (i128, Span),
    ) -> impl Iterator<Item = String> {
        let Intent { side, time_in_force, post_only, reduce_only, .. } = self.intent;
        let price = self.limit.filter(|limit| !side.accepts(*limit, fill.price));
        let price = price.map(|limit| format!("filled at {} ticks, limit {}", fill.price.ticks(), limit.ticks()));
        let took = (post_only && fill.liquidity == Liquidity::Taker).then(|| "post-only, and took".to_owned());
        let reduced = (reduce_only && !reduces(side, fill.quantity, held))
            .then(|| format!("reduce-only, filled {} steps with {held} held", fill.quantity.steps()));
        let at = report.matched_at;
        let late = match time_in_force {
            TimeInForce::GoodTilDate(until) if until.plus(bar) <= at => {
                Some(format!("filled at {at}, good till {until}"))
            }
            TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill => self
                .filled_at
                .filter(|first| *first != at)
                .map(|first| format!("immediate, filled at {at} and before at {first}")),
            _ => None,
        };
        [price, took, reduced, late].into_iter().flatten()
    }
}

/// A fill brings `held` closer to zero and not through it.
fn reduces(side: Side, quantity: Quantity, held: i128) -> bool {
    let against = -i128::from(side.sign()) * held;
    0 < against && i128::from(quantity.steps()) <= against
}
