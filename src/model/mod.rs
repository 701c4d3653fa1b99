//! The shared nouns: instrument, side, order, intent, execution report, fill, reject reason, market event.
//!
//! Nouns hold data and their own invariants, no behaviour of any room. Names are the field's (FIX, DBN, exchanges).
//! Invariants: an order's original = executed + open + ended quantity; a side is always buy or sell, never "none".
//! Known limits: spot and linear contracts; inverse contracts, iceberg, OCO and trailing stops have no words here yet.

mod alert;
mod charge;
mod checksum;
mod command;
mod instrument;
mod market;
mod order;
mod record;
mod reject;
mod report;
mod risk;
mod side;
mod status;
mod wire;

pub use alert::{Alert, AlertId, AlertPhase};
pub use charge::{AccountEvent, Charge, NewPrice, REINVESTMENT, WhichFill};
pub use checksum::{CHECKSUM_LEVELS, book_checksum};
pub use command::{BotStatus, Command, Session};
pub use instrument::{ContractKind, FeeSchedule, Filters, Instrument};
pub use market::{Bar, BestPrices, Level, MarketId, RowKind, Trade, row};
pub use order::{
    AmendOrder, CancelOrder, ClientOrderId, Intent, IntentKey, NewOrder, OrderId, OrderType, SelfTradePrevention,
    TimeInForce, TriggerSource,
};
pub use record::{FillRecord, OrderRecord, TradingRecord};
pub use reject::RejectReason;
pub use report::{Booking, Bust, CancelReason, Correction, ExecutionReport, Fill, Liquidity, ReportKind};
pub use risk::{GateId, Mark, Refusal};
pub use side::Side;
pub use status::{Access, StatusChange, TradingStatus};
pub use wire::{Achieves, BalanceSource, BreakerState, FeedTrouble, WireEvent, WireFault};
