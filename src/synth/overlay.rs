//! Shocks laid over a market that is there already.

use super::batches::{Batches, Row, Sink};
use super::extra::{Added, Extra};
use super::idle::format_under;
use super::shock::{Moment, PlacedShock, Script, Sweep};
use crate::model::{RowKind, Side, row};
use crate::rng::Streams;
use crate::tape::{BarBatch, Batch, BatchSource, IntColumn, RowBatch, TapeError, TapeHeader};
use crate::units::Span;
use std::collections::BTreeMap;

/// Prices outside are left out: what fits into 32 bits.
const HIGHEST: i64 = 2_000_000_000;
/// After an order through the book its quotes are there again so much later: 100 ms.
const BACK_AFTER: i64 = 100_000_000;
/// While volatility is not the record's own, prices are moved so often: every 250 ms.
const MOVES: i64 = 250_000_000;
/// Rows that following the script may add for each of the record, and those it may add besides.
const ROWS_FOR_A_ROW: i64 = 2;
const ROWS_AHEAD: i64 = 20_000;
/// What is followed at once, whatever it adds: a five-hundredth of the price, a tenth of a multiple.
const PRICE_AT_ONCE: f64 = 0.002;
const MULTIPLE_AT_ONCE: f64 = 0.1;
/// Batches of bars kept for readers that trail.
const KEPT: usize = 4;

/// A recorded (or any other) market with shocks laid over it.
///
/// Every level stands as many ticks higher or lower as the shocks say, with as much of its quantity as they leave, farther from
/// the middle where they widen the spread; where the price leaves levels behind, what stood there is traded by an aggressor. The
/// record goes on below. Volatility: what the record's middle moves by is shown as so many times as much. Market orders: others of
/// sizes and sides that the record has traded lately come beside its own, or some of its own do not come; each takes of the best
/// level that it meets, which is back 100 ms later. What a record cannot be made to do: it has no orders of its own that react, so
/// that there are no leveraged accounts, and a book follows the script and not its own recovery. Of a market of trades alone,
/// trades are moved and added; of bars, only their prices are moved.
///
/// How much is added has an end: two rows for each of the record where a script creeps (what is small waits until it is larger),
/// and twenty orders for each of the record's.
pub struct Overlay {
    source: Box<dyn BatchSource>,
    header: TapeHeader,
    script: Script,
    start: i64,
    streams: Streams,
    shown: Shown,
    extra: Extra,
    /// Rows that following the script may still add.
    rows_left: i64,
    read: Reader,
    batches: Batches,
    bars: BTreeMap<usize, BarBatch>,
    ended: bool,
}

/// Where the record has been read to.
#[derive(Debug, Default)]
struct Reader {
    batch: Option<RowBatch>,
    index: usize,
    at: usize,
}

/// The recorded book and how it is shown.
#[derive(Debug)]
struct Shown {
    recorded: [BTreeMap<i64, i64>; 2],
    shown: [BTreeMap<i64, i64>; 2],
    moment: Moment,
    /// What `shift`, `widen` and the quantities that are shown are of.
    applied: Moment,
    last_trade: i64,
    /// Ticks that every price is moved by, and that quotes stand farther from the middle.
    shift: i64,
    widen: i64,
    /// Of `shift`, what the script says, and what the record's own moves are multiplied by.
    scripted: i64,
    wilder: f64,
    /// The recorded middle when prices were moved last.
    mid: f64,
    /// The script has moved the price since the book was shown whole.
    is_moved: bool,
    /// Whether trades of this message come; nothing before its first.
    comes: Option<bool>,
    next_at: i64,
    swept: usize,
    local_at: i64,
    latency: i64,
    message: Vec<Row>,
}

impl Overlay {
    /// `source` with `shocks`, each of which begins after the market's first instant.
    ///
    /// # Panics
    /// When a shock breaks its rules.
    #[must_use]
    pub fn new(source: Box<dyn BatchSource>, shocks: &[PlacedShock], seed: u64) -> Self {
        let checked = shocks.iter().try_for_each(PlacedShock::check);
        assert!(checked.is_ok(), "unchecked shocks: {checked:?}");
        let mut header = source.header().clone();
        let start = header.first_at.nanos();
        let script = Script::new(shocks, start, Streams::new(seed));
        let named = format!("{} {shocks:?} {seed}", header.content_hash);
        header.content_hash = blake3::hash(named.as_bytes()).to_hex().to_string();
        header.reordered = false;
        header.format = format_under(&header.format, header.kind, shocks);
        let (shown, streams) = (Shown::new(&script, start), Streams::new(seed));
        let (batches, bars, read) = (widened(), BTreeMap::new(), Reader::default());
        let (extra, rows_left, ended) = (Extra::new(streams), ROWS_AHEAD, false);
        Self { source, header, script, start, streams, shown, extra, rows_left, read, batches, bars, ended }
    }

    fn rows(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        if index < self.batches.first() {
            (self.batches, self.read, self.ended) = (widened(), Reader::default(), false);
            self.shown = Shown::new(&self.script, self.start);
            (self.extra, self.rows_left) = (Extra::new(self.streams), ROWS_AHEAD);
        }
        while self.batches.next() <= index && !self.ended {
            self.ended = !self.step()?;
            if self.ended {
                self.batches.seal();
                self.header.rows = self.batches.rows;
            }
        }
        Ok(self.batches.get(index).cloned().map(Batch::Rows))
    }

    /// The next recorded message, and what the script does before it. False at the end of the record.
    fn step(&mut self) -> Result<bool, TapeError> {
        let Some(at) = self.read.next_at(self.source.as_mut())? else { return Ok(false) };
        if self.shown.next_at <= at.min(self.extra.next_at()) {
            self.follow();
            return Ok(true);
        }
        if self.extra.next_at() <= at {
            let now = self.extra.next_at();
            if let Some(added) = self.extra.take() {
                self.shown.add(added, now, &mut self.extra);
                self.shown.send(now, &mut self.batches);
            }
            return Ok(true);
        }
        while let Some((row, local_at, last)) = self.read.next(self.source.as_mut())? {
            self.shown.latency = local_at - at;
            self.shown.hear(row, at, &mut self.extra);
            self.rows_left += ROWS_FOR_A_ROW;
            if last {
                break;
            }
        }
        self.shown.comes = None;
        self.shown.send(at, &mut self.batches);
        Ok(true)
    }

    /// The script has come to something new: it is followed, or waits where it is little and much has been added.
    fn follow(&mut self) {
        let now = self.shown.next_at;
        let moment = self.script.at(now);
        if self.rows_left <= 0 && self.shown.can_wait(&moment) && !self.shown.is_swept(&self.script, now) {
            self.shown.next_at = now.saturating_add(MOVES).min(self.script.next(now));
            return;
        }
        self.shown.look(&self.script, now, &mut self.extra);
        self.rows_left -= self.shown.message.len() as i64;
        self.shown.send(now, &mut self.batches);
    }

    fn bars(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        if let Some(batch) = self.bars.get(&index) {
            return Ok(Some(Batch::Bars(batch.clone())));
        }
        let Some(Batch::Bars(batch)) = self.source.batch(index)? else { return Ok(None) };
        let period = self.header.period.unwrap_or(Span::ZERO).nanos();
        let moved = moved_bars(&batch, period, &self.script);
        self.bars.insert(index, moved.clone());
        if self.bars.len() > KEPT {
            self.bars.pop_first();
        }
        Ok(Some(Batch::Bars(moved)))
    }
}

fn widened() -> Batches {
    let mut batches = Batches::default();
    batches.widen();
    batches
}

impl BatchSource for Overlay {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        if self.header.period.is_some() { self.bars(index) } else { self.rows(index) }
    }
}

impl Reader {
    /// Venue time of the next row.
    fn next_at(&mut self, source: &mut dyn BatchSource) -> Result<Option<i64>, TapeError> {
        if self.batch.as_ref().is_none_or(|batch| self.at >= batch.len()) {
            let next = if self.batch.is_some() { self.index + 1 } else { self.index };
            let Some(Batch::Rows(batch)) = source.batch(next)? else { return Ok(None) };
            (self.batch, self.index, self.at) = (Some(batch), next, 0);
        }
        Ok(self.batch.as_ref().and_then(|batch| batch.venue_at.get(self.at).copied()))
    }

    /// The next row, when it is heard of, and whether it ends its message.
    fn next(&mut self, source: &mut dyn BatchSource) -> Result<Option<(Row, i64, bool)>, TapeError> {
        self.next_at(source)?;
        let Some(batch) = self.batch.as_ref().filter(|batch| self.at < batch.len()) else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        let flags = batch.flags[at];
        let row = Row { flags: flags & !row::LAST, price: batch.price.get(at), quantity: batch.quantity.get(at) };
        Ok(Some((row, batch.local_at[at], flags & row::LAST != 0)))
    }
}

impl Shown {
    fn new(script: &Script, start: i64) -> Self {
        Self {
            recorded: Default::default(),
            shown: Default::default(),
            moment: Moment::CALM,
            applied: Moment::CALM,
            last_trade: 0,
            shift: 0,
            widen: 0,
            scripted: 0,
            wilder: 0.0,
            mid: 0.0,
            is_moved: false,
            comes: None,
            next_at: script.next(start - 1),
            swept: 0,
            local_at: start,
            latency: 0,
            message: Vec::new(),
        }
    }

    /// A recorded row.
    fn hear(&mut self, row: Row, now: i64, extra: &mut Extra) {
        let side = row::side(row.flags);
        match row.flags & row::KIND {
            row::DEPTH => {
                let levels = &mut self.recorded[side.index()];
                if row.quantity == 0 {
                    levels.remove(&row.price)
                } else {
                    levels.insert(row.price, row.quantity)
                };
                if !self.moment.halted {
                    self.show(side, self.place(side, row.price), row.flags);
                }
            }
            row::CLEAR => {
                self.recorded[side.index()].clear();
                if !self.moment.halted {
                    self.shown[side.index()].clear();
                    self.message.push(row);
                }
            }
            _ => {
                self.last_trade = row.price;
                extra.remember(side, row.quantity);
                if !self.moment.halted && *self.comes.get_or_insert_with(|| extra.hear(now, self.moment.orders)) {
                    let price = self.place(side.opposite(), row.price);
                    let quantity = scaled(row.quantity, self.moment.depth[side.opposite().index()]);
                    if (1..=HIGHEST).contains(&price) {
                        self.message.push(Row { price, quantity, ..row });
                    }
                }
            }
        }
    }

    /// An order beside the record's, at the best price that it meets: it takes of what is shown there, but not the last of it. Where
    /// there is no book it trades where the record has traded last.
    fn add(&mut self, added: Added, now: i64, extra: &mut Extra) {
        if self.moment.halted {
            return;
        }
        match added {
            Added::Back(side, price) => {
                if self.shown[side.index()].contains_key(&price) {
                    self.show(side, price, row::pack(RowKind::Depth, side));
                }
            }
            Added::Order(side, quantity) => {
                let resting = side.opposite();
                let (price, there) = match self.best(resting) {
                    Some((price, there)) => (price, Some(there)),
                    None => (self.place(resting, self.last_trade), None),
                };
                let quantity = scaled(quantity, self.moment.depth[resting.index()]);
                let quantity = there.map_or(quantity, |there| quantity.min(there - 1)).max(1);
                if !(1..=HIGHEST).contains(&price) {
                    return;
                }
                self.message.push(Row { flags: row::pack(RowKind::Trade, side), price, quantity });
                if let Some(left) = there.map(|there| there - quantity).filter(|left| *left > 0) {
                    self.shown[resting.index()].insert(price, left);
                    self.message.push(Row { flags: row::pack(RowKind::Depth, resting), price, quantity: left });
                    extra.took(now, resting, price);
                }
            }
        }
    }

    /// Best price of a side as it is shown, and what stands there.
    fn best(&self, side: Side) -> Option<(i64, i64)> {
        let levels = &self.shown[side.index()];
        let best = if side == Side::Buy { levels.last_key_value() } else { levels.first_key_value() };
        best.map(|(price, quantity)| (*price, *quantity))
    }

    /// Where a recorded price stands now.
    fn place(&self, side: Side, price: i64) -> i64 {
        let moved = side.sign() * (price + self.shift) - self.widen;
        side.sign() * (moved - moved.rem_euclid(self.moment.grid))
    }

    /// What stands at a price that is shown: all recorded levels that come to stand there.
    fn quantity(&self, side: Side, shown: i64) -> i64 {
        let nearest = shown + side.sign() * (self.widen + self.moment.grid - 1) - self.shift;
        let farthest = shown + side.sign() * self.widen - self.shift;
        let (low, high) = (nearest.min(farthest), nearest.max(farthest));
        let recorded: i64 = self.recorded[side.index()].range(low..=high).map(|(_, quantity)| *quantity).sum();
        scaled(recorded, self.moment.depth[side.index()])
    }

    /// Tells what stands at a price, if it is something else than what was told last.
    fn show(&mut self, side: Side, price: i64, flags: u32) {
        if !(1..=HIGHEST).contains(&price) {
            return;
        }
        let quantity = self.quantity(side, price);
        let levels = &mut self.shown[side.index()];
        let before = if quantity == 0 { levels.remove(&price) } else { levels.insert(price, quantity) };
        if before.unwrap_or(0) != quantity {
            self.message.push(Row { flags, price, quantity });
        }
    }

    /// Whether a moment is so near to the one that is shown that it can be followed later.
    fn can_wait(&self, moment: &Moment) -> bool {
        let shown = &self.applied;
        let same = (moment.halted, moment.grid) == (self.moment.halted, self.moment.grid);
        let multiples = [
            (moment.spread, shown.spread),
            (moment.depth[0], shown.depth[0]),
            (moment.depth[1], shown.depth[1]),
            (moment.volatility, self.moment.volatility),
            (moment.orders, self.moment.orders),
        ];
        let near = |(one, other): (f64, f64)| libm::fabs(one - other) <= MULTIPLE_AT_ONCE * one.min(other);
        let moved = libm::fabs(moment.log_price - shown.log_price);
        same && moved < PRICE_AT_ONCE && multiples.into_iter().all(near)
    }

    fn is_swept(&self, script: &Script, now: i64) -> bool {
        script.sweeps().get(self.swept).is_some_and(|sweep| sweep.at <= now)
    }

    /// The script has come to something new, at `now`.
    fn look(&mut self, script: &Script, now: i64, extra: &mut Extra) {
        let factor = self.moment.volatility;
        self.moment = script.at(now);
        self.next_at = script.next(now);
        if self.moment.volatility != 1.0 {
            self.next_at = self.next_at.min(now + MOVES);
        }
        let due = |sweep: &&Sweep| sweep.at <= now && !self.moment.halted;
        if let Some(sweep) = script.sweeps().get(self.swept).filter(due) {
            self.swept += 1;
            self.sweep(*sweep);
            self.next_at = self.next_at.min(now + BACK_AFTER);
            return;
        }
        let (mid, spread) = (self.mid(), self.moment.spread);
        if self.moment.log_price != self.applied.log_price {
            self.is_moved = true;
            self.scripted = (libm::round(mid * libm::expm1(self.moment.log_price)) as i64).clamp(-HIGHEST, HIGHEST);
        }
        self.go_farther(mid, factor);
        self.shift = self.scripted + libm::round(self.wilder) as i64;
        if spread != self.applied.spread {
            let ticks = self.spread().max(1) as f64;
            self.widen = libm::round((spread - 1.0) * ticks / 2.0).min(mid / 2.0) as i64;
        }
        self.applied = self.moment;
        if !self.moment.halted {
            let is_scripted = std::mem::take(&mut self.is_moved);
            self.rebuild(is_scripted, extra);
        }
    }

    /// What the record has moved by since it was looked at last counts `factor` times. At most half of the price is gone so.
    fn go_farther(&mut self, mid: f64, factor: f64) {
        if self.mid > 0.0 && mid > 0.0 && factor != 1.0 {
            self.wilder = (self.wilder + (factor - 1.0) * (mid - self.mid)).clamp(-mid / 2.0, mid / 2.0);
        }
        self.mid = mid;
    }

    /// Middle of the recorded book, in ticks; 0 without one.
    fn mid(&self) -> f64 {
        match (self.recorded[0].last_key_value(), self.recorded[1].first_key_value()) {
            (Some((bid, _)), Some((ask, _))) => (bid + ask) as f64 / 2.0,
            (Some((price, _)), _) | (_, Some((price, _))) => *price as f64,
            // A market of trades alone.
            _ => self.last_trade as f64,
        }
    }

    fn spread(&self) -> i64 {
        match (self.recorded[0].last_key_value(), self.recorded[1].first_key_value()) {
            (Some((bid, _)), Some((ask, _))) => ask - bid,
            _ => 0,
        }
    }

    /// The whole book as it stands now: what the price has left behind is traded, then come removals, then what is new. Where no
    /// script has moved the price, such a trade is one of those that are to be added; without one quotes are cancelled.
    fn rebuild(&mut self, is_scripted: bool, extra: &mut Extra) {
        let mut new: [BTreeMap<i64, i64>; 2] = Default::default();
        for side in Side::BOTH {
            for price in self.recorded[side.index()].keys() {
                let shown = self.place(side, *price);
                if (1..=HIGHEST).contains(&shown) && !new[side.index()].contains_key(&shown) {
                    new[side.index()].insert(shown, self.quantity(side, shown));
                }
            }
        }
        let best =
            [new[0].last_key_value().map(|(price, _)| *price), new[1].first_key_value().map(|(price, _)| *price)];
        for side in Side::BOTH {
            if let Some(other) = best[side.opposite().index()].filter(|other| self.is_reached(side, *other))
                && (is_scripted || extra.settle())
            {
                self.trade_through(side, other);
            }
        }
        for side in Side::BOTH {
            let flags = row::pack(RowKind::Depth, side);
            let gone = self.shown[side.index()].keys().filter(|price| !new[side.index()].contains_key(*price));
            self.message.extend(gone.map(|price| Row { flags, price: *price, quantity: 0 }));
        }
        for side in Side::BOTH {
            let flags = row::pack(RowKind::Depth, side);
            let old = &self.shown[side.index()];
            let changed = new[side.index()].iter().filter(|(price, quantity)| old.get(price) != Some(quantity));
            self.message.extend(changed.map(|(price, quantity)| Row { flags, price: *price, quantity: *quantity }));
        }
        self.shown = new;
    }

    /// Whether the other side's new best price has come to quotes of `side`.
    fn is_reached(&self, side: Side, other: i64) -> bool {
        self.best(side).is_some_and(|(price, _)| (price - other) * side.sign() >= 0)
    }

    /// Quotes of `side` that the other side's new best price has come to or gone beyond are taken.
    fn trade_through(&mut self, side: Side, other: i64) {
        let flags = row::pack(RowKind::Trade, side.opposite());
        let reached = |price: i64| (price - other) * side.sign() >= 0;
        let trades = self.shown[side.index()].iter().filter(|(price, _)| reached(**price));
        let mut trades: Vec<Row> =
            trades.map(|(price, quantity)| Row { flags, price: *price, quantity: *quantity }).collect();
        if side == Side::Buy {
            trades.reverse();
        }
        self.message.extend(trades);
    }

    /// One order takes everything up to a price.
    fn sweep(&mut self, sweep: Sweep) {
        let resting = sweep.side.opposite();
        let levels = std::mem::take(&mut self.shown[resting.index()]);
        let mut taken: Vec<(i64, i64)> = levels.into_iter().collect();
        if resting == Side::Buy {
            taken.reverse();
        }
        let Some((best, _)) = taken.first().copied() else { return };
        let to = (libm::round(best as f64 * sweep.to) as i64).clamp(1, HIGHEST);
        let (reached, left): (Vec<_>, Vec<_>) =
            taken.into_iter().partition(|(price, _)| (price - to) * resting.sign() >= 0);
        self.shown[resting.index()] = left.into_iter().collect();
        let stub = reached
            .first()
            .map(|(_, quantity)| (to, *quantity))
            .filter(|(to, _)| reached.last().is_none_or(|(last, _)| last != to));
        let flags = row::pack(RowKind::Trade, sweep.side);
        let trades = reached.iter().chain(stub.as_ref());
        self.message.extend(trades.map(|(price, quantity)| Row { flags, price: *price, quantity: *quantity }));
        let flags = row::pack(RowKind::Depth, resting);
        self.message.extend(reached.iter().map(|(price, _)| Row { flags, price: *price, quantity: 0 }));
    }

    fn send(&mut self, at: i64, batches: &mut Batches) {
        self.local_at = self.local_at.max(at + self.latency.max(0));
        batches.write(&mut self.message, at, self.local_at);
    }
}

/// A share of a quantity, at least a step where there was something.
fn scaled(quantity: i64, share: f64) -> i64 {
    if share >= 1.0 || quantity == 0 { quantity } else { ((quantity as f64 * share) as i64).max(1) }
}

/// Bars under a script: open and close as at their instants, high and low with the farthest that the script goes within.
fn moved_bars(batch: &BarBatch, period: i64, script: &Script) -> BarBatch {
    let mut columns: [Vec<i64>; 4] = Default::default();
    for bar in 0..batch.open_at.len() {
        let open_at = batch.open_at[bar];
        let prices = [&batch.open, &batch.high, &batch.low, &batch.close].map(|column| column.get(bar));
        let moved = moved_bar(prices, open_at, open_at.saturating_add(period), script);
        columns.iter_mut().zip(moved).for_each(|(column, price)| column.push(price));
    }
    let [open, high, low, close] = columns.map(|column| IntColumn::Wide(column.into()));
    BarBatch { open, high, low, close, ..batch.clone() }
}

fn moved_bar([open, high, low, close]: [i64; 4], from: i64, until: i64, script: &Script) -> [i64; 4] {
    let factor = |at: i64| libm::exp(script.at(at).log_price);
    let (first, last) = (factor(from), factor(until));
    let (mut least, mut most) = (first.min(last), first.max(last));
    let mut now = script.next(from);
    while now < until {
        (least, most) = (least.min(factor(now)), most.max(factor(now)));
        now = script.next(now);
    }
    let swept = script.sweeps().iter().filter(|sweep| (from..until).contains(&sweep.at));
    swept.for_each(|sweep| (least, most) = (least.min(first * sweep.to), most.max(first * sweep.to)));
    let at = |ticks: i64, factor: f64| (libm::round(ticks as f64 * factor) as i64).clamp(1, HIGHEST);
    let (open, close) = (at(open, first), at(close, last));
    // Where the script moves, the bar's own range moves with its ends; the farthest of the script is reached by the middle.
    let middle = i64::midpoint(high, low);
    let (top, bottom) = (at(middle, most), at(middle, least));
    let (own_top, own_bottom) = (at(high, first.max(last)), at(low, first.min(last)));
    let flat = least == most;
    let (high, low) = if flat { (at(high, first), at(low, first)) } else { (top.max(own_top), bottom.min(own_bottom)) };
    [open, high.max(open).max(close), low.min(open).min(close), close]
}
