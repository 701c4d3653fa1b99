use crate::book::Ladder;
use crate::model::{Side, row};
use crate::tape::{Batch, BatchSource, TapeError};
use crate::units::{Price, Quantity, SECOND, Timestamp};

/// Depth is counted so far behind the best price of its side: 10 basis points, as a part of the price.
const NEAR: i64 = 1_000;

/// A market at the end of a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MarketSecond {
    /// Twice the middle of the best prices, in ticks; 0 while a side is empty.
    pub mid_x2: i64,
    /// Ticks between the best prices.
    pub spread: i64,
    /// What rests within 10 basis points of the best price of each side, bids first, in steps.
    pub depth: [i64; 2],
    /// Instants of it at which something traded: about as many as market orders came.
    pub trades: u32,
    /// Rows of it.
    pub rows: u32,
}

/// A market by the second, from its first instant to its last row. `traded` is told of every trade: when, and at which tick.
///
/// # Errors
/// [`TapeError`] when the market cannot be read.
pub fn by_second(
    source: &mut dyn BatchSource,
    traded: &mut dyn FnMut(Timestamp, i64),
) -> Result<Vec<MarketSecond>, TapeError> {
    let (mut seconds, mut book) = (Vec::new(), Ladder::new());
    let (mut trades, mut rows, mut traded_at) = (0, 0, i64::MIN);
    let mut next = source.header().first_at.nanos() + SECOND.nanos();
    for index in 0.. {
        let Some(Batch::Rows(batch)) = source.batch(index)? else { break };
        for place in 0..batch.len() {
            while batch.venue_at[place] >= next {
                seconds.push(MarketSecond { trades, rows, ..second(&book) });
                (trades, rows) = (0, 0);
                next += SECOND.nanos();
            }
            let (flags, ticks) = (batch.flags[place], batch.price.get(place));
            rows += 1;
            match flags & row::KIND {
                row::DEPTH => {
                    book.set(row::side(flags), Price::new(ticks), Quantity::new(batch.quantity.get(place)));
                }
                row::CLEAR => book.clear(row::side(flags)),
                _ => {
                    let at = batch.venue_at[place];
                    trades += u32::from(std::mem::replace(&mut traded_at, at) != at);
                    traded(Timestamp::from_nanos(at), ticks);
                }
            }
        }
    }
    Ok(seconds)
}

fn second(book: &Ladder) -> MarketSecond {
    let best = book.best();
    let (Some(bid), Some(ask)) = (best.bid, best.ask) else { return MarketSecond::default() };
    let (bid, ask) = (bid.price.ticks(), ask.price.ticks());
    let depth = |side: Side| {
        let best = if side == Side::Buy { bid } else { ask };
        let near = |price: Price| (best - price.ticks()).abs() <= best / NEAR;
        book.levels(side).take_while(|level| near(level.price)).map(|level| level.quantity.steps()).sum()
    };
    MarketSecond { mid_x2: bid + ask, spread: ask - bid, depth: Side::BOTH.map(depth), ..MarketSecond::default() }
}
