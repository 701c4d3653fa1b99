use crate::model::{ClientOrderId, ExecutionReport, Intent, OrderType, ReportKind, Side};
use crate::units::{Price, Quantity, Timestamp};
use serde::Serialize;

/// What the bot knows of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderKnown {
    /// It was sent, and the bot has heard nothing of it.
    Sent,
    /// The bot has heard that the venue has it.
    Acknowledged,
    /// The bot's gateway does not know whether the venue has it.
    Unknown,
    /// The bot has asked for its end.
    Cancelling,
    /// The bot has heard of its end, and the venue has it all the same.
    Over,
    /// No gate cleared it under this number: the gateway sent it by itself.
    Uncleared,
}

impl OrderKnown {
    /// Its word in tables, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Acknowledged => "acknowledged",
            Self::Unknown => "unknown",
            Self::Cancelling => "cancelling",
            Self::Over => "over",
            Self::Uncleared => "uncleared",
        }
    }
}

/// An order that is open, at the venue or as far as the bot knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderStand {
    /// The bot's number.
    pub client_order_id: u64,
    /// Buy or sell.
    pub side: &'static str,
    /// Its price, or its trigger; `None` for a market order, and where the journal does not say.
    pub price: Option<String>,
    /// How much, in base.
    pub quantity: String,
    /// How much of it is executed at the venue, in base.
    pub executed: String,
    /// How much of that the bot has heard of, in base.
    pub executed_known: String,
    /// What the venue has: `on its way`, `open` or `ended`.
    pub venue: &'static str,
    /// What the bot knows.
    pub known: OrderKnown,
    /// Reports of it that the bot has not heard by then.
    pub unheard: usize,
}

/// Where an order is, in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtVenue {
    OnItsWay,
    Open,
    Ended,
}

/// What a report said, and when the bot hears of it.
#[derive(Debug, Clone, Copy)]
struct Said {
    told_at: Timestamp,
    executed: Quantity,
    ends: bool,
    /// It is about the order, not about a request to change it.
    is_of_order: bool,
}

/// An order while entries are taken.
#[derive(Debug, Clone)]
pub(super) struct Order {
    side: Side,
    price: Option<Price>,
    quantity: Quantity,
    executed: Quantity,
    at_venue: AtVenue,
    /// A gate cleared it under its number.
    is_cleared: bool,
    cancelling: bool,
    said: Vec<Said>,
}

impl Order {
    /// One that the gates cleared.
    pub fn sent(intent: &Intent) -> Self {
        let price = match intent.order_type {
            OrderType::Market => None,
            OrderType::Limit { price } | OrderType::StopLimit { price, .. } => Some(price),
            OrderType::Stop { trigger } | OrderType::TakeProfit { trigger } => Some(trigger),
        };
        Self {
            side: intent.side,
            price,
            quantity: intent.quantity,
            executed: Quantity::ZERO,
            at_venue: AtVenue::OnItsWay,
            is_cleared: true,
            cancelling: false,
            said: Vec::new(),
        }
    }

    /// One that the gateway sends once more, under another number.
    pub fn again(&self) -> Self {
        let (executed, said) = (Quantity::ZERO, Vec::new());
        Self { at_venue: AtVenue::OnItsWay, is_cleared: false, cancelling: false, executed, said, ..self.clone() }
    }

    /// One of which only the venue's word is known.
    pub fn reported(report: &ExecutionReport) -> Self {
        let quantity = Quantity::new(report.executed.steps().saturating_add(report.open.steps()));
        Self {
            side: report.side,
            price: None,
            quantity,
            executed: Quantity::ZERO,
            at_venue: AtVenue::OnItsWay,
            is_cleared: false,
            cancelling: false,
            said: Vec::new(),
        }
    }

    pub const fn cancels(&mut self) {
        self.cancelling = true;
    }

    /// The venue says something of it.
    pub fn report(&mut self, report: &ExecutionReport) {
        self.executed = report.executed;
        let is_filled = matches!(report.kind, ReportKind::Filled(_)) && report.open.is_zero();
        let ends = is_filled || matches!(report.kind, ReportKind::Rejected(_) | ReportKind::Ended(_));
        match report.kind {
            ReportKind::Accepted => self.at_venue = AtVenue::Open,
            ReportKind::RequestRejected(_) => self.cancelling = false,
            ReportKind::Amended { price, quantity } => (self.price, self.quantity) = (Some(price), quantity),
            _ => {}
        }
        if ends {
            self.at_venue = AtVenue::Ended;
        }
        let is_of_order = !matches!(report.kind, ReportKind::RequestRejected(_));
        self.said.push(Said { told_at: report.reported_at, executed: report.executed, ends, is_of_order });
    }

    /// It has ended, and the bot has heard everything of it.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.at_venue == AtVenue::Ended && self.said.iter().all(|said| said.told_at <= now)
    }

    fn known(&self, now: Timestamp, is_unknown: bool) -> OrderKnown {
        let heard = || self.said.iter().filter(|said| said.told_at <= now && said.is_of_order);
        if !self.is_cleared {
            return OrderKnown::Uncleared;
        }
        match () {
            () if heard().any(|said| said.ends) => OrderKnown::Over,
            () if is_unknown => OrderKnown::Unknown,
            () if self.cancelling => OrderKnown::Cancelling,
            () if heard().next().is_some() => OrderKnown::Acknowledged,
            () => OrderKnown::Sent,
        }
    }

    /// How it stands at `now`. `price` and `base` write prices and quantities.
    pub fn stand(
        &self,
        id: ClientOrderId,
        (now, is_unknown): (Timestamp, bool),
        (price, base): (&dyn Fn(Price) -> String, &dyn Fn(Quantity) -> String),
    ) -> OrderStand {
        let heard = self.said.iter().filter(|said| said.told_at <= now);
        OrderStand {
            client_order_id: id.0,
            side: self.side.as_str(),
            price: self.price.map(price),
            quantity: base(self.quantity),
            executed: base(self.executed),
            executed_known: base(heard.map(|said| said.executed).max().unwrap_or_default()),
            venue: match self.at_venue {
                AtVenue::OnItsWay => "on its way",
                AtVenue::Open => "open",
                AtVenue::Ended => "ended",
            },
            known: self.known(now, is_unknown),
            unheard: self.said.iter().filter(|said| now < said.told_at).count(),
        }
    }
}
