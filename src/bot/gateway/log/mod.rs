//! A gateway's own log: what it is about to send is written down before it is sent, and what came of it when that is heard.
//!
//! Like the rest of the gateway it does no input or output: it hands out [`Write`]s, one at a time, and is told what became of each.
//! What is asked to be written while one is out goes with the next, so that a slow disk is asked once for all of it.
//! A file is `SEATLOG1` and records, each with its length and a checksum that goes on from the record before: reading stops at the first
//! byte that is not as it was written, and what is behind it is torn.

mod keeper;
mod record;

pub use keeper::{GatewayLog, Write, Written};
pub use record::{LogRead, LogRecord, RequestKind, read_log};
