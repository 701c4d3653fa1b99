//! Numbers that know what they are: ticks, steps, money, rates, instants and spans.
//!
//! Everything that decides a fill, a posting, a gate or an order of events is one of these integers. The types do not
//! convert into each other silently; a product of two of them says in its name what it is.
//!
//! Order rule: instants order by time alone; ties are broken by the engine's event key.
//! Invariants: no floating point; overflow is [`Overflow`] or a panic with both values, never a wrap.
//! Known limits: instants end in April 2262; money holds 1.7e20 whole units of an asset.

mod fixed;
mod money;
mod overflow;
mod price;
mod rate;
mod time;

pub use fixed::{Fixed, FixedError};
pub use money::Money;
pub use overflow::Overflow;
pub use price::{Price, Quantity};
pub use rate::{Rate, Rounding, UnitRate};
pub use time::{DAY, Day, MILLISECOND, MINUTE, SECOND, Span, Timestamp};
