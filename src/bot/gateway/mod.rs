//! A bot's side of the wire: what makes requests out of cleared wishes, and one stream of reports out of all that comes back.
//!
//! The fault that hurts bots most is not to know whether an order exists. A [`Gateway`] never guesses: a call without a usable answer
//! is *unknown* until a query has found the order, or has not found it after the venue was given the time to show it. It does no
//! input or output of its own and reads no clock: it is told the time with everything it is told, and answers with [`Deed`]s.
//! A bot of one's own can use it as it is.
//!
//! Order rule: deeds are done in the order given; what is due at one instant is done oldest request first.
//! Invariants: an order is sent again under its own client order id alone (unless the [`Policy`] is naive on purpose); no report is
//! passed on twice; a request ends in a report, be it the gateway's own that says that it is not at
//! the venue; but for one that is on its way when the key is revoked, which counts for good; where it keeps a log, nothing that adds risk
//! is sent before its record is safe.
//! Known limits: one venue, one key; the second source of market data is a matter of the bot's [`feed`](super::feed).

mod backoff;
mod balance;
mod balancing;
mod breaker;
mod budget;
mod call;
mod core;
mod heard;
#[cfg(test)]
mod held_tests;
mod job;
mod log;
#[cfg(test)]
mod log_tests;
mod logging;
mod nonce;
mod policy;
#[cfg(test)]
mod tests;
mod unknown;
mod venue_word;

pub use balance::{Balance, BalancePolicy, Balanced, Balances, Holdings};
pub use call::{Answer, Ask, Call, CallId, Deed, Failure, Numbered, Reply};
pub use core::Gateway;
pub use log::{GatewayLog, LogRead, LogRecord, RequestKind, Write, Written, read_log};
pub use nonce::Nonces;
pub use policy::{LogPolicy, OnLostMemory, OnUnknown, Policy};
pub use venue_word::{Means, VenueWord};
