use super::history::{Best, BestAt, History};
use super::interest::Interest;
use crate::book::{DepthChange, Ladder};
use crate::model::{Side, row};
use crate::units::{Price, Quantity, Timestamp};
use std::ops::Range;

/// Columns of one batch, of whatever width.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a, P, Q> {
    /// The stamps that a run's limit is held against: of the venue for its book, local ones for a bot's own.
    pub(super) at: &'a [i64],
    pub(super) local_at: &'a [i64],
    pub(super) price: &'a [P],
    pub(super) quantity: &'a [Q],
    pub(super) flags: &'a [u32],
}

/// A row that is of consequence to somebody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Touch {
    /// A watched level changed, or one at or through an own resting price: who watches has [heard](Heard) of it, and acted or
    /// wants to hear of the message's end.
    Depth,
    /// A trade reached an own price or trigger.
    Trade { price: Price, quantity: Quantity, aggressor: Side },
    /// A message has ended and left best prices that somebody watches, or somebody watches the end of any message.
    Best {
        /// The best prices are others than before the message.
        moved: bool,
    },
}

/// What those who watch made of a level change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    /// Somebody did something about it.
    pub(super) acted: bool,
    /// Somebody wants to hear of the message's end.
    pub(super) message_end: bool,
}

/// Tells those who watch of a level change, which the book has already. Most do nothing but move up a queue, so that the row
/// loop asks them itself rather than to end for it.
pub(super) type OnDepth<'a> = dyn FnMut(&mut Ladder, &DepthChange, Timestamp) -> Heard + 'a;

/// Nobody watches.
pub(super) fn nobody(_: &mut Ladder, _: &DepthChange, _: Timestamp) -> Heard {
    Heard { acted: false, message_end: false }
}

/// What the row loop carries from row to row.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Replay {
    pub(super) ladder: Ladder,
    pub(super) history: History,
    /// Best bid and ask in ticks after the last message.
    best: (i64, i64),
    /// Keep a history of best prices for the bots' lagging view.
    pub(super) keep_history: bool,
    pub(super) last_trade: Option<Price>,
    pub(super) messages: u64,
    /// The row before was of consequence and ended its message: finish that first.
    unfinished: bool,
}

impl Replay {
    pub(super) fn new(keep_history: bool) -> Self {
        Self {
            ladder: Ladder::new(),
            history: History::new(),
            best: (i64::MIN, i64::MAX),
            keep_history,
            last_trade: None,
            messages: 0,
            unfinished: false,
        }
    }

    /// True when the message of the last row still has to be finished.
    pub(super) const fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Applies `rows` and stops before their end, before the first message after `limit`, or after the first row of
    /// consequence. Returns the next row.
    ///
    /// The rows of a message share their stamps, so that one look at a message's end is enough. What happens to most rows
    /// stands here, in few registers; what happens to few is called.
    #[inline]
    pub(super) fn run<P: Copy + Into<i64>, Q: Copy + Into<i64>>(
        &mut self,
        columns: Columns<'_, P, Q>,
        rows: Range<usize>,
        limit: i64,
        interest: &Interest,
        on_depth: &mut OnDepth<'_>,
    ) -> (usize, Option<Touch>) {
        let Range { start: from, end: to } = rows;
        if self.unfinished {
            self.unfinished = false;
            if let Some(touch) = self.finish(columns.local_at[from - 1], interest) {
                return (from, Some(touch));
            }
        }
        let (prices, quantities, flags) = (&columns.price[..to], &columns.quantity[..to], &columns.flags[..to]);
        let (at, local_at) = (&columns.at[..to], &columns.local_at[..to]);
        let mut index = from;
        if index >= to || at[index] > limit {
            return (index, None);
        }
        while index < to {
            let (price, quantity, flag) = (prices[index].into(), quantities[index].into(), flags[index]);
            index += 1;
            if flag & row::KIND == row::DEPTH {
                let (side, level, size) = (row::side(flag), Price::new(price), Quantity::new(quantity));
                let change = self.ladder.set(side, level, size);
                if change.is_watched() {
                    let change = DepthChange { side, price: level, previous: change.previous(), quantity: size };
                    if self.tell(&change, at[index - 1], interest, on_depth) {
                        self.unfinished = flag & row::LAST != 0;
                        return (index, Some(Touch::Depth));
                    }
                }
            } else if self.rare(price, flag, interest) {
                return (index, Some(self.trade_touch(price, quantity, flag)));
            }
            if flag & row::LAST != 0 {
                if let Some(touch) = self.finish(local_at[index - 1], interest) {
                    return (index, Some(touch));
                }
                if index < to && at[index] > limit {
                    break;
                }
            }
        }
        (index, None)
    }

    /// True when the row is of consequence.
    #[inline(never)]
    fn tell(&mut self, change: &DepthChange, at: i64, interest: &Interest, on_depth: &mut OnDepth<'_>) -> bool {
        let heard = on_depth(&mut self.ladder, change, Timestamp::from_nanos(at));
        heard.acted || heard.message_end != interest.message_end
    }

    #[cold]
    fn trade_touch(&mut self, price: i64, quantity: i64, flag: u32) -> Touch {
        self.unfinished = flag & row::LAST != 0;
        Touch::Trade { price: Price::new(price), quantity: Quantity::new(quantity), aggressor: row::side(flag) }
    }

    /// A trade or a cleared side; true when a trade is of consequence. A cleared side is of none by itself: the message's
    /// end is.
    #[inline]
    fn rare(&mut self, price: i64, flag: u32, interest: &Interest) -> bool {
        // Of the kinds that are no level change, a trade alone has this bit.
        if flag & row::TRADE == 0 {
            self.ladder.clear(row::side(flag));
            return false;
        }
        self.last_trade = Some(Price::new(price));
        price <= interest.trade_lo || price >= interest.trade_hi
    }

    /// Ends a message; a touch when somebody watches its end or the best prices it left.
    #[inline]
    fn finish(&mut self, local_at: i64, interest: &Interest) -> Option<Touch> {
        // Fewer than there are rows.
        self.messages = self.messages.wrapping_add(1);
        if !self.ladder.take_touched() {
            return if interest.message_end { Some(Touch::Best { moved: false }) } else { None };
        }
        self.finish_touched(local_at, interest)
    }

    #[inline(never)]
    fn finish_touched(&mut self, local_at: i64, interest: &Interest) -> Option<Touch> {
        let best = (self.ladder.bid_tick(), self.ladder.ask_tick());
        let moved = best != self.best;
        self.best = best;
        let (bid, ask) = best;
        if self.keep_history {
            let [bid_quantity, ask_quantity] = Side::BOTH.map(|side| self.ladder.best_quantity(side));
            let best = Best { bid, ask, bid_quantity, ask_quantity };
            self.history.push(BestAt { local_at, message: self.messages, best });
        }
        let wanted = interest.message_end || (moved && interest.wants(bid, ask));
        if wanted { Some(Touch::Best { moved }) } else { None }
    }
}
