//! Acceptance, matching, queue models, latency, fees: the matching simulator of one account on one instrument.
//!
//! The market is the recorded book, passed in and never changed by own orders; what the bot took from it is remembered
//! beside it. [`Venue`] is told what can matter (see [`Watch`]) and answers with execution reports.
//!
//! Order rules. One call is one instant; expiries come first. A print fills own orders at better prices whole, then those
//! at its price behind their queue, oldest first, sharing its quantity; then triggers fire, the one passed first first. A
//! message's levels move queues row by row; its end fills crossed orders and fires best-price triggers. An arriving order
//! walks level by level at each level's price and meets own orders in their place in the queue. Requests are refused for
//! the first reason in the order of [`RejectReason`](crate::model::RejectReason).
//!
//! A replacement (a new order that names an open one) is one request. Without that order it is rejected as
//! [`UnknownOrder`](crate::model::RejectReason::UnknownOrder), before any other reason; else it is judged as if that order
//! were gone, with its funds free, one open order fewer and nothing of it to meet. A rejected one changes nothing. An
//! accepted one ends the other, which is reported first, and then arrives like any order, behind all others at its price.
//!
//! A market's [status](crate::model::TradingStatus) follows a calendar (decision 0035). In a halt orders and amends are refused, cancels
//! are taken, what runs out ends, queues shorten as others leave, and nothing fills or fires: the first message after it looks at
//! what has become crossed or passed. On a coarser grid prices off it are refused; orders that stand there stay until they trade, end or
//! are given another price.
//!
//! Invariants: original = executed + open + ended for every order; no fill beyond an order's limit; no floating point;
//! both sides follow one code; memory follows live orders, not all orders; nothing is allocated once the lists have grown.
//!
//! In a [`Shared`] book own orders stand in the queues of others, whose owner tells what is done to them; rows fire triggers there and
//! fill nothing. A limit order for which that book has no room is refused as `PriceOutOfRange`.
//!
//! Known limits: client order ids must arrive in rising order, a lower one counts as used; the balance may fall short by
//! one rounding unit of fee a fill; minimum notional also holds for reduce-only orders; triggers cannot be amended; true
//! first-in-first-out queues wait for order-by-order tapes; in bars neither volume nor a GTD inside the bar is modelled.
//! A reduce-only order stands in a shared book with what the position lets it trade when it comes; more of it does not come later, and what an
//! aggressor takes of it together with an order that has just closed the position does not trade.

mod accept;
mod account;
mod amend;
mod bars;
mod bounds;
mod config;

mod digest;
mod expiry;
mod latency;
mod lifecycle;
mod memory;
mod order;
mod orders;
mod passive;
mod queue;
mod replace;
mod resting;
mod rules;
mod shared;
mod state;
mod status;
mod step;
mod sweep;
mod taking;
mod triggers;

pub use config::{Ambiguity, BarPath, Funds, MarketKind, VenueConfig, Watch};
pub use latency::{Latency, LatencyConfig, LatencyError, Silence, Slow};

pub use replace::Half;
pub use rules::{Crossing, Curve, FillPreset, FillRules, QueueModel};
pub use shared::Shared;
pub use state::{Outage, Venue};
pub use sweep::Swept;
