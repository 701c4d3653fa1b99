use super::sides::SideBooks;
use super::stretch::Stretches;
use super::tally::{Spot, Tally, Words};
use crate::ingest::plural::counted;
use crate::model::{BestPrices, Side, row};
use crate::tape::TapeRow;
use crate::tape::{FitnessFinding, Severity};
use crate::units::{Price, SECOND, Span};

/// A silence is a gap when longer than this and than [`RHYTHM`] mean intervals.
const GAP_FLOOR: Span = SECOND.times(5);
/// A market that does not move is stale when longer than this and than [`RHYTHM`] mean intervals between moves.
const STALE_FLOOR: Span = SECOND.times(60);
const RHYTHM: i64 = 100;
/// Fewest messages without a move that make a stretch stale instead of silent.
const STALE_MESSAGES: u64 = 10;
/// A trade further outside the book than one part in this many of the price is reported.
const OUTSIDE: i64 = 20;
/// A book crossed at more than one message end in this many is unusable.
const CROSSED_UNFIT: u64 = 100;
const TENFOLD: i64 = 10;

/// Examines the rows of an L2 or trades feed.
#[derive(Debug, Clone)]
pub struct RowDoctor {
    has_book: bool,
    book: SideBooks,
    best: BestPrices,
    last_trade: Option<Price>,
    last_row: Option<TapeRow>,
    moved: bool,
    unmoved_messages: u64,
    messages: Stretches,
    moves: Stretches,
    message_ends: u64,
    depth_rows: u64,
    snapshot_rows: u64,
    trades: u64,
    tallies: Tallies,
    cold_start: bool,
    first_depth: Option<Spot>,
    last_spot: Option<Spot>,
}

#[derive(Debug, Clone, Default)]
struct Tallies {
    crossed: Tally,
    locked: Tally,
    one_sided: Tally,
    impossible: Tally,
    negative_quantity: Tally,
    outside: Tally,
    tenfold: Tally,
    identical: Tally,
    disorder: Tally,
    early: Tally,
    cleared: Tally,
    reordered: Tally,
}

impl RowDoctor {
    /// For an L2 feed (`has_book`) or one of trades only.
    #[must_use]
    pub fn new(has_book: bool) -> Self {
        Self {
            has_book,
            book: SideBooks::default(),
            best: BestPrices::default(),
            last_trade: None,
            last_row: None,
            moved: false,
            unmoved_messages: 0,
            messages: Stretches::default(),
            moves: Stretches::default(),
            message_ends: 0,
            depth_rows: 0,
            snapshot_rows: 0,
            trades: 0,
            tallies: Tallies::default(),
            cold_start: false,
            first_depth: None,
            last_spot: None,
        }
    }

    /// The book as rebuilt so far.
    pub(crate) const fn book(&self) -> &SideBooks {
        &self.book
    }

    /// Takes one row.
    pub fn row(&mut self, row: &TapeRow, spot: Spot) {
        self.apply(row, spot);
        if row.flags & row::LAST != 0 {
            self.message_end(spot);
        }
    }

    /// Takes one row without looking at its end-of-message flag.
    pub(crate) fn apply(&mut self, row: &TapeRow, spot: Spot) {
        self.check_stamps(row, spot);
        match row.flags & row::KIND {
            row::TRADE => self.trade(row, spot),
            row::CLEAR => self.clear(row, spot),
            _ => self.depth(row, spot),
        }
        self.last_row = Some(*row);
        self.last_spot = Some(spot);
    }

    /// Takes one element of a tape's delivery column.
    pub(super) fn delivery(&mut self, displacement: i32, spot: Spot) {
        if displacement != 0 {
            self.tallies.reordered.add(spot);
        }
    }

    fn check_stamps(&mut self, row: &TapeRow, spot: Spot) {
        if row.local_at < row.venue_at {
            self.tallies.early.add(spot);
        }
        let Some(last) = &self.last_row else { return };
        if row.venue_at < last.venue_at {
            self.tallies.disorder.add(spot);
        }
        if row == last && row.flags & row::KIND == row::TRADE {
            self.tallies.identical.add(spot);
        }
    }

    fn depth(&mut self, row: &TapeRow, spot: Spot) {
        let snapshot = row.flags & row::SNAPSHOT != 0;
        if self.depth_rows == 0 {
            self.cold_start = !snapshot;
            self.first_depth = Some(spot);
        }
        self.depth_rows += 1;
        self.snapshot_rows += u64::from(snapshot);
        if row.price.ticks() <= 0 {
            self.tallies.impossible.add(spot);
        }
        if row.quantity.steps() < 0 {
            self.tallies.negative_quantity.add(spot);
        }
        self.book.set(row::side(row.flags), row.price, row.quantity);
    }

    fn clear(&mut self, row: &TapeRow, spot: Spot) {
        let side = row::side(row.flags);
        let lost = row.flags & row::SNAPSHOT == 0 && side == Side::Buy;
        if lost && !self.book.is_empty() {
            self.tallies.cleared.add(spot);
        }
        self.book.clear(side);
    }

    fn trade(&mut self, row: &TapeRow, spot: Spot) {
        self.trades += 1;
        self.moved |= self.has_book || self.last_trade != Some(row.price);
        if row.quantity.steps() <= 0 {
            self.tallies.negative_quantity.add(spot);
        }
        if row.price.ticks() <= 0 {
            self.tallies.impossible.add(spot);
            return;
        }
        if is_tenfold(self.reference(), row.price) {
            self.tallies.tenfold.add(spot);
        } else if self.is_outside(row.price) {
            self.tallies.outside.add(spot);
        }
        self.last_trade = Some(row.price);
    }

    /// A price to compare a trade with: the mid, or the last trade where there is no book.
    fn reference(&self) -> Option<Price> {
        self.best.mid_x2().map(|mid_x2| Price::new(mid_x2 / 2)).or(self.last_trade)
    }

    fn is_outside(&self, price: Price) -> bool {
        let tolerance = price.ticks() / OUTSIDE;
        let beyond = |side: Side| {
            self.best.side(side).is_some_and(|level| side.improves(side.away(level.price, tolerance), price))
        };
        beyond(Side::Buy) || beyond(Side::Sell)
    }

    /// All rows of a message were taken.
    pub(crate) fn message_end(&mut self, spot: Spot) {
        self.message_ends += 1;
        self.messages.mark(spot);
        let best = BestPrices { bid: self.book.best(Side::Buy), ask: self.book.best(Side::Sell) };
        self.moved |= best != self.best;
        self.best = best;
        if let (Some(bid), Some(ask)) = (best.bid, best.ask) {
            if ask.price < bid.price {
                self.tallies.crossed.add(spot);
            } else if ask.price == bid.price {
                self.tallies.locked.add(spot);
            }
        } else if best.bid.is_some() != best.ask.is_some() {
            self.tallies.one_sided.add(spot);
        }
        self.note_move(spot);
    }

    fn note_move(&mut self, spot: Spot) {
        if !self.moved {
            self.unmoved_messages += 1;
        } else if STALE_MESSAGES <= std::mem::take(&mut self.unmoved_messages) {
            self.moves.mark(spot);
        } else {
            self.moves.restart(spot);
        }
        self.moved = false;
    }

    /// What was found; `name` prints a place.
    #[must_use]
    pub fn findings(mut self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        if let Some(spot) = self.last_spot
            && STALE_MESSAGES <= self.unmoved_messages
        {
            self.moves.mark(spot);
        }
        let mut found = self.stretches(name);
        found.extend(self.book_findings(name));
        found.extend(self.price_findings(name));
        found.extend(self.order_findings(name));
        found
    }

    fn stretches(&self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let gap = Words::finding("time-gap", "conclusions about the time inside the gaps: staleness, fills, risk");
        let stale = Words::finding("stale-stretch", "conclusions about fills inside the stale stretches");
        let silent = "without any message";
        let still = "with messages, but without a trade or a move of the best prices";
        [(&self.messages, GAP_FLOOR, gap, silent), (&self.moves, STALE_FLOOR, stale, still)]
            .into_iter()
            .filter_map(|(stretches, floor, words, what)| {
                let beyond = stretches.beyond(floor, RHYTHM)?;
                let tally = Tally { count: beyond.count, first: Some(beyond.first) };
                let detail = format!(
                    "{{}} {{stretch|stretches}} {what} longer than {} ({RHYTHM} times the mean interval, at least {floor}); \
                     the longest {}",
                    seconds(beyond.threshold),
                    seconds(beyond.longest),
                );
                tally.finding(words, &detail, name)
            })
            .collect()
    }

    fn book_findings(&self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let tallies = &self.tallies;
        let mut crossed = Words::finding("crossed-book", "conclusions about fills while the book is crossed");
        if self.message_ends / CROSSED_UNFIT < tallies.crossed.count {
            crossed.severity = Severity::Unfit;
        }
        let ends = format!("at {{}} of {}", counted("{} message {end|ends}", self.message_ends));
        let locked = Words::finding("locked-book", "conclusions about spread and fills while the book is locked");
        let cleared =
            Words::finding("cleared-book", "conclusions about the time between losing the book and the next snapshot");
        [
            tallies.crossed.finding(crossed, &format!("the best bid is above the best ask {ends}"), name),
            tallies.locked.finding(locked, &format!("the best bid equals the best ask {ends}"), name),
            tallies.one_sided.finding(Words::note("one-sided-book"), &format!("one side is empty {ends}"), name),
            tallies.cleared.finding(cleared, "the book was lost {} {time|times}", name),
            self.cold_start_finding(name),
            self.snapshot_only_finding(name),
            self.no_trades_finding(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn cold_start_finding(&self, name: &dyn Fn(Spot) -> String) -> Option<FitnessFinding> {
        let words = Words::finding(
            "cold-start",
            "conclusions about depth beyond the levels that changed, and about queue position early in the tape",
        );
        let tally = Tally { count: u64::from(self.cold_start), first: self.first_depth };
        tally.finding(words, "the book starts without a snapshot and grows from level changes: it is incomplete", name)
    }

    fn snapshot_only_finding(&self, name: &dyn Fn(Spot) -> String) -> Option<FitnessFinding> {
        let only = self.has_book && 0 < self.depth_rows && self.depth_rows == self.snapshot_rows;
        let tally = Tally { count: if only { self.snapshot_rows } else { 0 }, first: self.first_depth };
        let words =
            Words::finding("snapshot-only", "conclusions about queue position and about fills between snapshots");
        tally.finding(
            words,
            "{} level {row, a snapshot|rows, all of them snapshots}: what happened between them is not known",
            name,
        )
    }

    fn no_trades_finding(&self) -> Option<FitnessFinding> {
        let tally = Tally { count: u64::from(self.trades == 0 && 0 < self.message_ends), first: None };
        let words = Words::finding("no-trades", "conclusions about fills of resting orders");
        tally.finding(words, "there is no trade in the recording", &|_| String::new())
    }

    fn price_findings(&self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let tallies = &self.tallies;
        let any = "any conclusion";
        let jumps = Words::finding("tenfold-jump", "conclusions about orders and stops around the jumps");
        let outside = Words::finding("trade-outside-book", "conclusions about fills and stops at those trades");
        [
            tallies.impossible.finding(
                Words::unfit("impossible-price", any),
                "{} {row has|rows have} a price of zero or less",
                name,
            ),
            tallies.negative_quantity.finding(
                Words::unfit("impossible-quantity", any),
                "{} {row has a negative quantity, or is a trade|rows have a negative quantity, or are trades} of nothing",
                name,
            ),
            tallies.tenfold.finding(
                jumps,
                "{} {trade is|trades are} at ten times the market or more, or at a tenth or less",
                name,
            ),
            tallies.outside.finding(outside, "{} {trade is|trades are} more than 5 % outside the best prices", name),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn order_findings(&self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let tallies = &self.tallies;
        let trades = format!(
            "{{}} of {} {{repeats|repeat}} the row before in every column",
            counted("{} {trade|trades}", self.trades)
        );
        let early = Words::unfit("arrival-before-event", "any conclusion: the bot would see the future");
        [
            tallies.identical.finding(Words::note("identical-trades"), &trades, name),
            tallies.disorder.finding(
                Words::note("venue-disorder"),
                "{} {row|rows} arrived after rows that happened later at the venue; the tape holds them in venue order",
                name,
            ),
            tallies.reordered.finding(
                Words::note("delivery-order"),
                "{} {row arrives|rows arrive} at another place than venue order has them",
                name,
            ),
            tallies.early.finding(early, "{} {row has|rows have} a local stamp before {its|their} venue stamp", name),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// True when one price is ten times the other or more.
pub(super) fn is_tenfold(reference: Option<Price>, price: Price) -> bool {
    reference.is_some_and(|reference| {
        let (low, high) = (reference.min(price).ticks(), reference.max(price).ticks());
        low.saturating_mul(TENFOLD) <= high
    })
}

/// A span for people: `43.5 s`.
pub(super) fn seconds(span: Span) -> String {
    format!("{} s", crate::units::Fixed::format_rounded(span.nanos().into(), 9, 1))
}
