use crate::world::World;
use seatrial::model::{AmendOrder, Bar, BestPrices, CancelOrder, ExecutionReport, Level, NewOrder, Side};
use seatrial::units::{Quantity, Timestamp};
use seatrial::venue::Ambiguity;

/// One row of market data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A level holds this many steps now.
    Depth { side: Side, price: i64, steps: i64 },
    /// A public trade.
    Trade { aggressor: Side, price: i64, steps: i64 },
    /// All levels of a side are gone.
    Clear { side: Side },
}

/// Book and venue of one account as the outside sees them: what the product and its twin must both be.
pub trait Exchange {
    /// An empty book and a venue without orders.
    fn open(world: &World) -> Self;
    /// The next row of a message.
    fn row(&mut self, row: Row, at: Timestamp, out: &mut Vec<ExecutionReport>);
    /// The message is complete.
    fn end_of_message(&mut self, at: Timestamp, out: &mut Vec<ExecutionReport>);
    /// A bar has passed.
    fn bar(&mut self, bar: &Bar, out: &mut Vec<ExecutionReport>, ambiguous: &mut Vec<Ambiguity>);
    /// The clock has reached `at`.
    fn expire(&mut self, at: Timestamp, out: &mut Vec<ExecutionReport>);
    /// A new order arrives.
    fn submit(&mut self, order: NewOrder, at: Timestamp, out: &mut Vec<ExecutionReport>);
    /// A cancel arrives.
    fn cancel(&mut self, request: CancelOrder, at: Timestamp, out: &mut Vec<ExecutionReport>);
    /// An amend arrives.
    fn amend(&mut self, request: AmendOrder, at: Timestamp, out: &mut Vec<ExecutionReport>);
    /// Best bid and ask.
    fn best(&self) -> BestPrices;
    /// Levels of a side, best first.
    fn levels(&self, side: Side) -> Vec<Level>;
    /// Signed position.
    fn position(&self) -> Quantity;
    /// Orders accepted and not ended.
    fn open_orders(&self) -> u32;
    /// The instant of the next good-til-date order; the end of time if none.
    fn next_expiry(&self) -> Timestamp;
    /// Digest of the canonical state: the layout of `Venue::digest`.
    fn state(&self) -> blake3::Hash;
    /// The state in words.
    fn show(&self) -> String;
}
