use super::history::{BestAt, History};
use super::interest::Interest;
use crate::book::{DepthChange, Ladder};
use crate::model::{Side, row};
use crate::units::{Price, Quantity};

/// Columns of one batch, of whatever width.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a, P, Q> {
    pub(super) local_at: &'a [i64],
    pub(super) price: &'a [P],
    pub(super) quantity: &'a [Q],
    pub(super) flags: &'a [u32],
}

/// A row that is of consequence to somebody.
#[derive(Debug, Clone, Copy)]
pub(super) enum Touch {
    /// A watched level changed, or one at or through an own resting price.
    Depth(DepthChange),
    /// A trade reached an own price or trigger.
    Trade { price: Price, quantity: Quantity, aggressor: Side },
    /// A message has ended and left best prices that somebody watches, or somebody watches the end of any message.
    Best {
        /// The best prices are others than before the message.
        moved: bool,
    },
}

/// What the row loop carries from row to row.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) ladder: Ladder,
    pub(super) history: History,
    /// Best prices after the last message.
    pub(super) best: BestAt,
    /// Keep a history of best prices for the bots' lagging view.
    pub(super) keep_history: bool,
    pub(super) last_trade: Option<Price>,
    /// Quantity before the last level change.
    previous: Quantity,
    pub(super) messages: u64,
    /// The current message has changed levels.
    dirty: bool,
    /// The row before was of consequence and ended its message: finish that first.
    unfinished: bool,
}

impl Replay {
    pub(super) fn new(keep_history: bool) -> Self {
        Self {
            ladder: Ladder::new(),
            history: History::new(),
            best: BestAt::NONE,
            keep_history,
            last_trade: None,
            previous: Quantity::ZERO,
            messages: 0,
            dirty: false,
            unfinished: false,
        }
    }

    /// True when the message of the last row still has to be finished.
    pub(super) const fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Applies rows from `from` on and stops before `to`, or after the first row of consequence. Returns the next row.
    #[inline]
    pub(super) fn run<P: Copy + Into<i64>, Q: Copy + Into<i64>>(
        &mut self,
        columns: Columns<'_, P, Q>,
        from: usize,
        to: usize,
        interest: &Interest,
    ) -> (usize, Option<Touch>) {
        if self.unfinished {
            self.unfinished = false;
            if let Some(touch) = self.finish(columns.local_at[from - 1], interest) {
                return (from, Some(touch));
            }
        }
        let (prices, quantities) = (&columns.price[..to], &columns.quantity[..to]);
        let flags = &columns.flags[..to];
        let watched = *interest;
        for index in from..to {
            let (price, quantity, flag) = (prices[index].into(), quantities[index].into(), flags[index]);
            let concerns = match flag & row::KIND {
                row::DEPTH => self.depth(price, quantity, flag, &watched),
                row::TRADE => self.trade(price, &watched),
                _ => self.clear(flag),
            };
            if concerns {
                self.unfinished = flag & row::LAST != 0;
                return (index + 1, Some(self.touch(price, quantity, flag)));
            }
            if flag & row::LAST != 0
                && let Some(touch) = self.finish(columns.local_at[index], &watched)
            {
                return (index + 1, Some(touch));
            }
        }
        (to, None)
    }

    /// Stores a level; true when that is of consequence.
    #[inline(always)]
    fn depth(&mut self, price: i64, quantity: i64, flag: u32, interest: &Interest) -> bool {
        self.dirty = true;
        let (level, size) = (Price::new(price), Quantity::new(quantity));
        // Written out by side so that each side's book code stands in the loop once, without a choice inside it.
        let (change, reaches) = if flag & row::SELL == 0 {
            (self.ladder.set(Side::Buy, level, size), price >= interest.sell_lo)
        } else {
            (self.ladder.set(Side::Sell, level, size), price <= interest.buy_hi)
        };
        self.previous = change.previous;
        reaches | change.marked
    }

    #[inline(always)]
    fn trade(&mut self, price: i64, interest: &Interest) -> bool {
        self.last_trade = Some(Price::new(price));
        price <= interest.trade_lo || price >= interest.trade_hi
    }

    /// The row of consequence that was just applied, for those it concerns.
    #[cold]
    fn touch(&self, price: i64, quantity: i64, flag: u32) -> Touch {
        let (price, quantity, side) = (Price::new(price), Quantity::new(quantity), row::side(flag));
        match flag & row::KIND {
            row::TRADE => Touch::Trade { price, quantity, aggressor: side },
            _ => Touch::Depth(DepthChange { side, price, previous: self.previous, quantity }),
        }
    }

    /// Forgets a side. Of no consequence by itself: the message's end is.
    #[cold]
    fn clear(&mut self, flag: u32) -> bool {
        self.ladder.clear(row::side(flag));
        self.dirty = true;
        false
    }

    /// Ends a message; a touch when somebody watches its end or the best prices it left.
    #[inline(always)]
    fn finish(&mut self, local_at: i64, interest: &Interest) -> Option<Touch> {
        const UNMOVED: Option<Touch> = Some(Touch::Best { moved: false });
        self.messages += 1;
        if !self.dirty {
            return if interest.message_end { UNMOVED } else { None };
        }
        self.dirty = false;
        let (bid, ask) = (self.ladder.bid_tick(), self.ladder.ask_tick());
        let best = BestAt {
            local_at,
            message: self.messages,
            bid,
            ask,
            bid_quantity: self.ladder.bid_quantity(),
            ask_quantity: self.ladder.ask_quantity(),
        };
        if best.same_prices(&self.best) {
            return if interest.message_end { UNMOVED } else { None };
        }
        let moved = bid != self.best.bid || ask != self.best.ask;
        self.best = best;
        if self.keep_history {
            self.history.push(best);
        }
        let wanted = interest.message_end || (moved && interest.wants(bid, ask));
        if wanted { Some(Touch::Best { moved }) } else { None }
    }
}
