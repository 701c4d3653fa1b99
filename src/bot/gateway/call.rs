use super::balance::Holdings;
use super::log::Write;
use crate::gates::{Cleared, on_its_way};
use crate::model::{AmendOrder, CancelOrder, ClientOrderId, ExecutionReport, NewOrder, WireEvent};
use crate::units::{Span, Timestamp};

/// Number of a call of one connection, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct CallId(pub u64);

/// What a gateway asks of a venue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Ask {
    /// A new order.
    New(#[serde(with = "on_its_way")] Cleared<NewOrder>),
    /// The end of an order.
    Cancel(#[serde(with = "on_its_way")] Cleared<CancelOrder>),
    /// A change of an order.
    Amend(#[serde(with = "on_its_way")] Cleared<AmendOrder>),
    /// What became of an order: all its reports.
    Query(ClientOrderId),
    /// Every report of this market that the gateway has not heard of.
    Missed,
    /// What the account holds in this market.
    Balance,
    /// The gateway is alive: if nothing is heard of it for so long, every order is to end.
    Alive(Span),
}

impl Ask {
    /// The order it is about, if it is about one.
    #[must_use]
    pub const fn client_order_id(&self) -> Option<ClientOrderId> {
        match self {
            Self::New(order) => Some(order.get().intent.client_order_id),
            Self::Cancel(cancel) => Some(cancel.get().client_order_id),
            Self::Amend(amend) => Some(amend.get().client_order_id),
            Self::Query(id) => Some(*id),
            Self::Missed | Self::Balance | Self::Alive(_) => None,
        }
    }

    /// When the bot sent it, if it is a request.
    #[must_use]
    pub const fn sent_at(&self) -> Option<Timestamp> {
        match self {
            Self::New(order) => Some(order.get().sent_at),
            Self::Cancel(cancel) => Some(cancel.get().sent_at),
            Self::Amend(amend) => Some(amend.get().sent_at),
            Self::Query(_) | Self::Missed | Self::Balance | Self::Alive(_) => None,
        }
    }

    /// It only asks, and changes nothing.
    #[must_use]
    pub const fn is_question(&self) -> bool {
        matches!(self, Self::Query(_) | Self::Missed | Self::Balance | Self::Alive(_))
    }
}

/// One message to the venue, which it answers with a [`Reply`], or not.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Call {
    /// Its number.
    pub id: CallId,
    /// What it asks.
    pub ask: Ask,
    /// The request was sent before: this is attempt number so many, from 1.
    pub attempt: u32,
}

/// A report with its number among those of its market, from 1: what makes two copies of it one.
pub type Numbered = (u64, ExecutionReport);

/// A failure as the venue (or what stands in front of it) states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Failure {
    /// It does not know what became of the request.
    Unknown,
    /// Too busy; it has not looked at the request.
    Overload,
    /// Too many requests; ask again after that span.
    RateLimit(Span),
    /// The address is banned until that instant.
    Ban(Timestamp),
    /// The stamp is outside of the window.
    ClockSkew,
    /// The nonce is not above the last.
    InvalidNonce,
    /// The key is no more.
    KeyRevoked,
    /// A firewall answered.
    Firewall,
    /// The client order id was used before: the order is there, or was.
    Duplicate,
}

/// What a venue answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It has looked at the request; what it came to is said in the reports.
    Done(Vec<Numbered>),
    /// What a question brought up.
    Reports(Vec<Numbered>),
    /// What the account holds, and of when that is.
    Balance(Holdings, Timestamp),
    /// No such order.
    NotFound,
    /// It has not, or does not say.
    Failed(Failure),
}

/// An answer with the number of its call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Which call.
    pub call: CallId,
    /// What.
    pub answer: Answer,
}

/// What a gateway wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Send it.
    Call(Call),
    /// The bot hears of a report, the one with that number.
    Hear(u64, ExecutionReport),
    /// The bot hears that a request is not at the venue and will not be sent again.
    GiveUp(ExecutionReport),
    /// Something to note.
    Note(ClientOrderId, WireEvent),
    /// Write it to the file of its log, and say [when it is safe](super::Gateway::on_written).
    Write(Write),
}
