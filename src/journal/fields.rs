use super::Entry;
use super::codec::{KIND_NAMES, kind_index};
use crate::model::{
    BestPrices, Bust, ExecutionReport, Fill, Intent, Mark, OrderType, Refusal, ReportKind, Side, TimeInForce, WireEvent,
};
use crate::units::{Price, Quantity, Timestamp};
use std::fmt::Display;

/// An entry as named texts, in the order of its declaration: for people and for comparisons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, String)>);

impl Fields {
    /// Name and text of each field; the first is always `kind`.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, text)| (*name, text.as_str()))
    }

    /// Text of the field called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(field, _)| *field == name).map(|(_, text)| text)
    }

    fn put(&mut self, name: &'static str, value: impl Display) {
        self.0.push((name, value.to_string()));
    }

    fn put_optional(&mut self, name: &'static str, value: Option<impl Display>) {
        self.0.push((name, value.map_or_else(|| "none".to_owned(), |value| value.to_string())));
    }

    fn put_intent(&mut self, intent: &Intent) {
        self.put("intent_key", intent.intent_key.0);
        self.put("client_order_id", intent.client_order_id.0);
        self.put("side", intent.side.as_str());
        self.put_order_type(intent.order_type);
        self.put_time_in_force(intent.time_in_force);
        self.put_optional("replaces", intent.replaces.map(|original| original.0));
        self.put("quantity", intent.quantity.steps());
        self.put("post_only", intent.post_only);
        self.put("reduce_only", intent.reduce_only);
        self.put("protective", intent.protective);
        self.put_optional("expected_edge", intent.expected_edge);
        self.put("reason", intent.reason);
    }

    fn put_order_type(&mut self, order_type: OrderType) {
        let (name, trigger, price) = match order_type {
            OrderType::Market => ("market", None, None),
            OrderType::Limit { price } => ("limit", None, Some(price)),
            OrderType::Stop { trigger } => ("stop", Some(trigger), None),
            OrderType::StopLimit { trigger, price } => ("stop-limit", Some(trigger), Some(price)),
            OrderType::TakeProfit { trigger } => ("take-profit", Some(trigger), None),
        };
        self.put("order_type", name);
        self.put_optional("trigger", trigger.map(Price::ticks));
        self.put_optional("price", price.map(Price::ticks));
    }

    fn put_time_in_force(&mut self, time_in_force: TimeInForce) {
        let (name, until) = match time_in_force {
            TimeInForce::GoodTilCancel => ("gtc", None),
            TimeInForce::ImmediateOrCancel => ("ioc", None),
            TimeInForce::FillOrKill => ("fok", None),
            TimeInForce::GoodTilDate(until) => ("gtd", Some(until)),
        };
        self.put("time_in_force", name);
        self.put_optional("until", until);
    }

    fn put_refusal(&mut self, refusal: &Refusal) {
        self.put("gate", refusal.gate.0);
        self.put("value", refusal.value);
        self.put("limit", refusal.limit);
    }

    fn put_report(&mut self, report: &ExecutionReport) {
        self.put("matched_at", report.matched_at);
        self.put("client_order_id", report.client_order_id.0);
        self.put("order_id", report.order_id.0);
        self.put("side", report.side.as_str());
        match report.kind {
            ReportKind::Accepted | ReportKind::Triggered => {}
            ReportKind::Rejected(reason) | ReportKind::RequestRejected(reason) => self.put("reason", reason.words()),
            ReportKind::Amended { price, quantity } => {
                self.put("price", price.ticks());
                self.put("quantity", quantity.steps());
            }
            ReportKind::Filled(fill) => self.put_fill(&fill),
            ReportKind::Ended(reason) => self.put("reason", format!("{reason:?}")),
            ReportKind::Busted(bust) => self.put_bust(&bust),
            ReportKind::Corrected(correction) => {
                self.put_bust(&correction.was);
                self.put("new_price", correction.price.ticks());
                self.put("new_fee", correction.fee);
            }
        }
        self.put("executed", report.executed.steps());
        self.put("open", report.open.steps());
        self.put("sent_at", report.sent_at);
        self.put("arrived_at", report.arrived_at);
        self.put("reported_at", report.reported_at);
    }

    fn put_fill(&mut self, fill: &Fill) {
        self.put("price", fill.price.ticks());
        self.put("quantity", fill.quantity.steps());
        self.put("liquidity", format!("{:?}", fill.liquidity).to_lowercase());
        self.put("fee", fill.fee);
        self.put_best(&fill.best);
    }

    fn put_bust(&mut self, bust: &Bust) {
        self.put("of", bust.of);
        self.put("price", bust.price.ticks());
        self.put("quantity", bust.quantity.steps());
        self.put("liquidity", format!("{:?}", bust.liquidity).to_lowercase());
        self.put("fee", bust.fee);
        self.put("line", bust.line);
    }

    fn put_mark(&mut self, mark: &Mark) {
        self.put("at", mark.at);
        self.put_best(&mark.best);
        self.put("position", mark.position.steps());
        self.put("equity", mark.equity);
        self.put("open_orders", mark.open_orders);
        self.put("feed_latency_ns", mark.feed_latency_ns);
    }

    fn put_wire(&mut self, event: WireEvent) {
        let (_, value, _) = event.parts();
        self.put("event", event.as_str());
        match event {
            WireEvent::Fault { fault, cause } => {
                self.put("fault", fault);
                self.put("cause", cause);
            }
            WireEvent::Breaker(state) => self.put("state", state.as_str()),
            WireEvent::Waits(until) => self.put("until", until),
            WireEvent::LogRead { records, torn } => {
                self.put("records", records);
                self.put("torn_bytes", torn);
            }
            _ => self.put("value", value),
        }
    }

    fn put_best(&mut self, best: &BestPrices) {
        const NAMES: [[&str; 2]; 2] = [["bid_price", "bid_quantity"], ["ask_price", "ask_quantity"]];
        for side in Side::BOTH {
            let [price, quantity] = NAMES[side.index()];
            self.put_optional(price, best.side(side).map(|level| level.price.ticks()));
            self.put_optional(quantity, best.side(side).map(|level| level.quantity.steps()));
        }
    }
}

impl Entry {
    /// Name of the entry's kind: `order-sent`, `filled`, `mark`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        KIND_NAMES[kind_index(self)]
    }

    /// When it happened: the clock that its declaration names; for a venue report the venue's clock.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Start { at, .. }
            | Self::OrderSent { at, .. }
            | Self::OrderRefused { at, .. }
            | Self::CancelSent { at, .. }
            | Self::AmendSent { at, .. }
            | Self::RequestRefused { at, .. }
            | Self::Quote { at, .. }
            | Self::Tripped { at, .. }
            | Self::Cleared { at, .. }
            | Self::Command { at, .. }
            | Self::Alert { at, .. }
            | Self::Charged { at, .. }
            | Self::Allocated { at, .. }
            | Self::Status { at, .. }
            | Self::Wire { at, .. }
            | Self::Ambiguous { at, .. }
            | Self::End { at, .. } => *at,
            Self::Mark(mark) => mark.at,
            Self::Venue(report) => report.matched_at,
        }
    }

    /// The entry as named texts; prices in ticks, quantities in steps.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields(vec![("kind", self.kind().to_owned())]);
        if !matches!(self, Self::End { .. }) {
            fields.put("market", self.market());
        }
        match self {
            Self::Venue(report) => fields.put_report(report),
            Self::Mark(mark) => fields.put_mark(mark),
            other => put_other(&mut fields, other),
        }
        fields
    }
}

fn put_other(fields: &mut Fields, entry: &Entry) {
    fields.put("at", entry.at());
    match entry {
        Entry::Start { equity, position, .. } => {
            fields.put("equity", equity);
            fields.put("position", position.steps());
        }
        Entry::OrderSent { intent, .. } => fields.put_intent(intent),
        Entry::OrderRefused { intent, refusal, .. } => {
            fields.put_intent(intent);
            fields.put_refusal(refusal);
        }
        Entry::CancelSent { client_order_id, .. } => fields.put("client_order_id", client_order_id.0),
        Entry::AmendSent { client_order_id, price, quantity, .. } => {
            fields.put("client_order_id", client_order_id.0);
            fields.put_optional("price", price.map(Price::ticks));
            fields.put_optional("quantity", quantity.map(Quantity::steps));
        }
        Entry::RequestRefused { client_order_id, refusal, .. } => {
            fields.put("client_order_id", client_order_id.0);
            fields.put_refusal(refusal);
        }
        Entry::Quote { best, .. } => fields.put_best(best),
        Entry::Tripped { refusal, .. } => fields.put_refusal(refusal),
        Entry::Cleared { gate, .. } => fields.put("gate", gate.0),
        Entry::Command { command, status, line, .. } => {
            fields.put("command", command);
            fields.put("status", status);
            fields.put("line", line);
        }
        Entry::Alert { alert, .. } => {
            fields.put("rule", alert.rule.0);
            fields.put("phase", alert.phase);
            fields.put("cause_at", alert.cause_at);
            fields.put("value", alert.value);
            fields.put("limit", alert.limit);
        }
        Entry::Charged { charge, amount, line, .. } => {
            fields.put("charge", charge);
            fields.put("amount", amount);
            fields.put("line", line);
        }
        Entry::Allocated { asked, amount, line, .. } => {
            fields.put("asked", asked);
            fields.put("amount", amount);
            fields.put("line", line);
        }
        Entry::Status { status, .. } => {
            fields.put("is_halted", status.is_halted);
            fields.put("price_increment", status.price_increment);
            fields.put("access", status.access.as_str());
        }
        Entry::Wire { client_order_id, event, .. } => {
            fields.put("client_order_id", client_order_id.0);
            fields.put_wire(*event);
        }
        Entry::Ambiguous { client_order_id, at_stake, .. } => {
            fields.put("client_order_id", client_order_id.0);
            fields.put("at_stake", at_stake);
        }
        Entry::End { rows, messages, .. } => {
            fields.put("rows", rows);
            fields.put("messages", messages);
        }
        Entry::Venue(_) | Entry::Mark(_) => {}
    }
}
