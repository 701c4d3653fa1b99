use crate::model::{
    Alert, BestPrices, BotStatus, Charge, ClientOrderId, Command, ExecutionReport, GateId, Intent, Mark, MarketId,
    Refusal, TradingStatus, WireEvent,
};
use crate::units::{Money, Price, Quantity, Timestamp};

/// One numbered thing that mattered. A journal is a sequence of these; everything a report says derives from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The first entries: one for each market, in their order.
    Start {
        /// Venue time the run starts at.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Equity of the whole account in the quote asset.
        equity: Money,
        /// Opening position in steps.
        position: Quantity,
    },
    /// Every gate cleared the intent and the order is on its way.
    OrderSent {
        /// Local clock.
        at: Timestamp,
        /// The intent, unchanged.
        intent: Intent,
    },
    /// A gate refused the intent: no order exists.
    OrderRefused {
        /// Local clock.
        at: Timestamp,
        /// The intent, unchanged.
        intent: Intent,
        /// Which gate, and what it compared.
        refusal: Refusal,
    },
    /// A cancel is on its way.
    CancelSent {
        /// Local clock.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Which order.
        client_order_id: ClientOrderId,
    },
    /// An amend is on its way.
    AmendSent {
        /// Local clock.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Which order.
        client_order_id: ClientOrderId,
        /// New price.
        price: Option<Price>,
        /// New total quantity.
        quantity: Option<Quantity>,
    },
    /// Something happened on the wire between bot and venue.
    Wire {
        /// The clock of whoever notes it: the venue's for faults, the bot's for what its gateway does.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// The order it is about; 0 where it is about none.
        client_order_id: ClientOrderId,
        /// What.
        event: WireEvent,
    },
    /// A gate refused a cancel or amend.
    RequestRefused {
        /// Local clock.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Which order.
        client_order_id: ClientOrderId,
        /// Which gate, and what it compared.
        refusal: Refusal,
    },
    /// The venue acted on an order. Written when it happens at the venue, `matched_at`; the bot learns of it at `reported_at`,
    /// or never when the run ends before.
    Venue(ExecutionReport),
    /// The risk clock ticked.
    Mark(Mark),
    /// A markout's horizon has ended: the venue's best prices then. None is written while the book lacks a side.
    Quote {
        /// Venue clock.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Best bid and ask; on trades and bars the last price stands for both.
        best: BestPrices,
    },
    /// A breaker or the kill switch tripped, among the gates of one market.
    Tripped {
        /// Venue clock of the evaluation.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Which gate, and what it compared.
        refusal: Refusal,
    },
    /// A tripped gate opened again.
    Cleared {
        /// Venue clock.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Which gate.
        gate: GateId,
    },
    /// Somebody told the bot to do something at a market. What follows from it stands behind it: trips, cancels, orders.
    Command {
        /// Venue clock; commands travel in no time.
        at: Timestamp,
        /// Which market. A command to the whole bot is one entry a market.
        market: MarketId,
        /// What was said.
        command: Command,
        /// What the bot is afterwards: as before where something stronger holds.
        status: BotStatus,
        /// Which command of the scenario, from 1; 0 for one given by hand.
        line: u32,
    },
    /// Something that a person should hear of. Alerts change nothing of what the bot does.
    Alert {
        /// When it was raised, repeated or resolved: the clock of the lane, venue time.
        at: Timestamp,
        /// Which market; the first for what concerns the whole account.
        market: MarketId,
        /// Which rule, since when, and what it compared.
        alert: Alert,
    },
    /// The venue moved quote of the account without a fill.
    Charged {
        /// Venue clock; what is charged is known to the bot at once.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Why.
        charge: Charge,
        /// How much the account received in the quote asset; negative was paid.
        amount: Money,
        /// Which event of the scenario, from 1.
        line: u32,
    },
    /// The account's owner put quote in or took it out, or wanted to.
    Allocated {
        /// Venue clock; the bot knows at once.
        at: Timestamp,
        /// At which market.
        market: MarketId,
        /// How much was to be put in, in the quote asset; negative was to be taken out.
        asked: Money,
        /// How much was: as asked, or nothing where more was asked than is free (of a reinvestment, in the account of any bot).
        amount: Money,
        /// Which event of the scenario, from 1; 0 is the day's reinvestment.
        line: u32,
    },
    /// A market was halted, or opened again, or takes prices on another grid.
    Status {
        /// Venue clock: the first instant of the status.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// What it is from then on.
        status: TradingStatus,
    },
    /// A fill inside a bar whose outcome depended on the assumed path.
    Ambiguous {
        /// Start of the bar.
        at: Timestamp,
        /// Which market.
        market: MarketId,
        /// Which order.
        client_order_id: ClientOrderId,
        /// Money between the outcome taken and the worst for the bot, in the quote asset.
        at_stake: Money,
    },
    /// The last entry.
    End {
        /// Venue time the run ended at.
        at: Timestamp,
        /// Market rows (or bars) replayed.
        rows: u64,
        /// Venue messages replayed (rows that end one).
        messages: u64,
    },
}

impl Entry {
    /// The market it is about. [`End`](Self::End) is about all and says the first.
    #[inline]
    #[must_use]
    pub const fn market(&self) -> MarketId {
        match self {
            Self::OrderSent { intent, .. } | Self::OrderRefused { intent, .. } => intent.market,
            Self::Venue(report) => report.market,
            Self::Mark(mark) => mark.market,
            Self::Start { market, .. }
            | Self::CancelSent { market, .. }
            | Self::AmendSent { market, .. }
            | Self::RequestRefused { market, .. }
            | Self::Quote { market, .. }
            | Self::Tripped { market, .. }
            | Self::Cleared { market, .. }
            | Self::Command { market, .. }
            | Self::Alert { market, .. }
            | Self::Charged { market, .. }
            | Self::Allocated { market, .. }
            | Self::Status { market, .. }
            | Self::Wire { market, .. }
            | Self::Ambiguous { market, .. } => *market,
            Self::End { .. } => MarketId::FIRST,
        }
    }

    /// The place that holds the market; `None` for an entry that names none.
    pub(super) const fn market_mut(&mut self) -> Option<&mut MarketId> {
        match self {
            Self::OrderSent { intent, .. } | Self::OrderRefused { intent, .. } => Some(&mut intent.market),
            Self::Venue(report) => Some(&mut report.market),
            Self::Mark(mark) => Some(&mut mark.market),
            Self::Start { market, .. }
            | Self::CancelSent { market, .. }
            | Self::AmendSent { market, .. }
            | Self::RequestRefused { market, .. }
            | Self::Quote { market, .. }
            | Self::Tripped { market, .. }
            | Self::Cleared { market, .. }
            | Self::Command { market, .. }
            | Self::Alert { market, .. }
            | Self::Charged { market, .. }
            | Self::Allocated { market, .. }
            | Self::Status { market, .. }
            | Self::Wire { market, .. }
            | Self::Ambiguous { market, .. } => Some(market),
            Self::End { .. } => None,
        }
    }
}

/// Takes a run's entries in order. Implemented by the journal writer and by the metrics that fold beside it.
///
/// The frequent kinds have a method each that takes their parts where they are: what it does is what [`record`](Self::record)
/// does with the whole entry.
pub trait EntrySink {
    /// Takes the next entry. A sink that can fail keeps its first error and reports it when it is closed.
    fn record(&mut self, entry: &Entry);

    /// Takes [`Entry::OrderSent`].
    fn record_order_sent(&mut self, at: Timestamp, intent: &Intent) {
        self.record(&Entry::OrderSent { at, intent: *intent });
    }

    /// Takes [`Entry::CancelSent`].
    fn record_cancel_sent(&mut self, at: Timestamp, market: MarketId, client_order_id: ClientOrderId) {
        self.record(&Entry::CancelSent { at, market, client_order_id });
    }

    /// Takes [`Entry::Venue`].
    fn record_report(&mut self, report: &ExecutionReport) {
        self.record(&Entry::Venue(*report));
    }

    /// Takes [`Entry::Mark`].
    fn record_mark(&mut self, mark: &Mark) {
        self.record(&Entry::Mark(*mark));
    }

    /// Takes [`Entry::Quote`].
    fn record_quote(&mut self, at: Timestamp, market: MarketId, best: &BestPrices) {
        self.record(&Entry::Quote { at, market, best: *best });
    }
}

impl EntrySink for Vec<Entry> {
    fn record(&mut self, entry: &Entry) {
        self.push(*entry);
    }
}

impl<A: EntrySink, B: EntrySink> EntrySink for (A, B) {
    fn record(&mut self, entry: &Entry) {
        self.0.record(entry);
        self.1.record(entry);
    }

    fn record_order_sent(&mut self, at: Timestamp, intent: &Intent) {
        self.0.record_order_sent(at, intent);
        self.1.record_order_sent(at, intent);
    }

    fn record_cancel_sent(&mut self, at: Timestamp, market: MarketId, client_order_id: ClientOrderId) {
        self.0.record_cancel_sent(at, market, client_order_id);
        self.1.record_cancel_sent(at, market, client_order_id);
    }

    fn record_report(&mut self, report: &ExecutionReport) {
        self.0.record_report(report);
        self.1.record_report(report);
    }

    fn record_mark(&mut self, mark: &Mark) {
        self.0.record_mark(mark);
        self.1.record_mark(mark);
    }

    fn record_quote(&mut self, at: Timestamp, market: MarketId, best: &BestPrices) {
        self.0.record_quote(at, market, best);
        self.1.record_quote(at, market, best);
    }
}
