use super::QueuedOrder;
use crate::model::{OrderId, Side};
use crate::units::{Price, Quantity, Timestamp};

/// What a venue asks of a book in which its orders stand in the same queues as those of others: who may answer to them.
///
/// Every call is told the venue's clock, which must not go back. What others do to the venue's orders is told by the owner of the book,
/// as [`SharedEvent`]s.
pub trait SharedBook: std::fmt::Debug {
    /// Whether an order may rest there.
    fn has_room(&self, order: QueuedOrder) -> bool;

    /// An order joins the end of the queue at its price. False where it cannot: there is no room, or it would cross.
    fn rest(&mut self, at: Timestamp, id: OrderId, order: QueuedOrder) -> bool;

    /// Quantity of others in front of an order; zero where it does not rest.
    fn ahead_of(&self, id: OrderId) -> Quantity;

    /// An order is to have `left` and keeps its place; nothing happens where it has no more than that.
    fn shrink(&mut self, at: Timestamp, id: OrderId, left: Quantity);

    /// An order leaves. One that does not rest is no error.
    fn withdraw(&mut self, at: Timestamp, id: OrderId);

    /// An aggressor on `side` takes from others at one price, in order of arrival, what it has seen there.
    ///
    /// # Panics
    /// When there is less.
    fn take(&mut self, at: Timestamp, side: Side, price: Price, quantity: Quantity);

    /// An aggressor on `side` has taken `quantity` in all and goes no further: others may answer.
    fn taken(&mut self, at: Timestamp, side: Side, quantity: Quantity);
}

/// What happened to an order of the venue in a shared book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedEvent {
    /// An aggressor has taken from it.
    Taken {
        /// Which order.
        id: OrderId,
        /// Its price.
        price: Price,
        /// How much was taken.
        quantity: Quantity,
    },
    /// The market has left it so far behind that the book has no room for both.
    Dropped(OrderId),
}
