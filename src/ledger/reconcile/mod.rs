//! Three accounts of one lane, held against each other entry by entry.
//!
//! * *The bot's*: what its orders came to by the reports it had heard. An execution is the growth of the order's executed
//!   quantity (FIX `CumQty`), on the side the order was sent with.
//! * *The ledger's*: a [`Ledger`](super::Ledger) that posts each fill as reported (FIX `LastQty`, side and fee of the report).
//! * *The venue's*: plain cash and position without a cost method, charged by the instrument's fee schedule; a reported fee is
//!   not looked at.
//!
//! Position, cash, fees and realised - basis are compared after every fill, between bot and ledger once the bot has heard of
//! it; the position and the equity of the whole account at every mark, and at the end with what the run itself said. Nothing
//! is tolerated.
//!
//! Order rule: entries as journalled; the bot hears by `reported_at`. Invariants: a gap between two accounts is reported once,
//! at the entry that opened or changed it; memory follows the orders that are open and the reports on their way.
//! Known limits: best prices in marks are the engine's word. A fill that was left out of a journal, or whose price was changed
//! by so little that the fee stayed the same, shows at the next mark only, and the entries since the last mark that agreed are
//! named with it. Funding and transfers are no entries of a journal yet.

mod account;
mod bot;
mod difference;
mod fold;
mod outcome;
mod text;
mod venue;

pub use difference::{Difference, Figure, View};
pub use fold::Reconciliation;
pub use outcome::{EquityRow, FigureRow, MarketRow, OnTheWay, Reconciled};
