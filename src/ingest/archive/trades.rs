use super::cursor::Cursor;
use super::rows::{Halt, Refused, Row, TakeRow};
use super::scales::Scales;
use crate::ingest::doctor::{self, RowDoctor, Spot};
use crate::ingest::plural::counted;
use crate::ingest::stamp::{StampUnit, by_magnitude};
use crate::ingest::tally::Tally;
use crate::model::{RowKind, Side, row};
use crate::tape::{FitnessFinding, Severity, TapeError, TapeRow, TapeWriter};
use crate::units::{Price, Quantity, SECOND, Span, Timestamp};

/// Where a layout of trades keeps what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    pub(super) price: usize,
    pub(super) quantity: usize,
    time: usize,
    buyer_is_maker: usize,
    best_match: usize,
    /// Ids of the first and last trade of an aggregate.
    parts: Option<(usize, usize)>,
    /// A decimal that is checked and not kept.
    unused: Option<usize>,
}

/// Column of the id, in both layouts.
const ID: usize = 0;

pub(super) const TRADES: Columns =
    Columns { price: 1, quantity: 2, time: 4, buyer_is_maker: 5, best_match: 6, parts: None, unused: Some(3) };

pub(super) const AGG_TRADES: Columns =
    Columns { price: 1, quantity: 2, time: 5, buyer_is_maker: 6, best_match: 7, parts: Some((3, 4)), unused: None };

/// How far a trade's time may lie before that of the trade before it. More is another file, not a venue's jitter.
const BACK_MAX: Span = SECOND;

/// Ids and times of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ids {
    id: i64,
    first: i64,
    last: i64,
}

/// One row, read.
#[derive(Debug, Clone, Copy)]
struct Trade {
    ids: Ids,
    row: TapeRow,
    unit: StampUnit,
}

/// A row that does not follow the one before.
#[derive(Debug)]
struct Disorder {
    column: usize,
    expected: String,
}

/// Turns rows of trades or aggTrades into trade rows of a tape.
pub(super) struct Trades<'a> {
    columns: Columns,
    scales: Scales,
    tape: &'a mut TapeWriter,
    last: Option<(Ids, TapeRow)>,
    doctor: RowDoctor,
    unit: Option<StampUnit>,
    gaps: Tally,
    part_gaps: Tally,
    repeats: Tally,
    empty: Tally,
    back: Tally,
    unit_changes: Tally,
    missing_ids: i64,
    missing_parts: i64,
    back_max: Span,
}

impl<'a> Trades<'a> {
    pub(super) fn new(columns: Columns, scales: Scales, tape: &'a mut TapeWriter) -> Self {
        let volume = "anything that needs every trade: volume, fills of resting orders, bars made from them";
        Self {
            columns,
            scales,
            tape,
            last: None,
            doctor: RowDoctor::new(false),
            unit: None,
            gaps: Tally::new("sequence-gap", Severity::Finding, volume),
            part_gaps: Tally::new("trade-id-gap", Severity::Finding, volume),
            repeats: Tally::new("duplicate-trade", Severity::Note, ""),
            empty: Tally::new("empty-trade", Severity::Note, ""),
            back: Tally::new("time-disorder", Severity::Finding, "time between neighbouring trades"),
            unit_changes: Tally::new("stamp-unit-change", Severity::Note, ""),
            missing_ids: 0,
            missing_parts: 0,
            back_max: Span::ZERO,
        }
    }

    pub(super) fn findings(self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        let ids = counted("{} {id|ids} missing", self.missing_ids.unsigned_abs());
        let parts = counted("{} {trade|trades} missing", self.missing_parts.unsigned_abs());
        let back = format!(
            "{{}} {{trade is|trades are}} stamped up to {} before the one before and {{was|were}} given its time",
            self.back_max
        );
        let repeats = "{} {trade|trades} stood twice in a row and {was written once|were written once each}";
        let empty = "{} {row|rows} of quantity zero {was|were} left out";
        let units = "{} {change|changes} between ms and us stamps; all were read as such";
        let own = [
            self.gaps.finding(name, |gaps| counted("{} {gap|gaps} in the ids, ", gaps) + &ids),
            self.part_gaps.finding(name, |gaps| counted("{} {gap|gaps} between aggregates, ", gaps) + &parts),
            self.back.finding(name, |count| counted(&back, count)),
            self.repeats.finding(name, |count| counted(repeats, count)),
            self.empty.finding(name, |count| counted(empty, count)),
            self.unit_changes.finding(name, |count| counted(units, count)),
            Some(no_local_clock()),
        ]
        .into_iter()
        .flatten()
        .collect();
        doctor::merge(own, self.doctor.findings(name))
    }

    fn ids(&self, row: &Row<'_>) -> Result<Ids, Refused> {
        let id = row.integer(ID)?;
        let Some((first, last)) = self.columns.parts else { return Ok(Ids { id, first: id, last: id }) };
        let ids = Ids { id, first: row.integer(first)?, last: row.integer(last)? };
        if ids.last < ids.first {
            return Err(row.refuse(last, &format!("at least the first trade id, {}", ids.first)));
        }
        Ok(ids)
    }

    fn trade(&self, row: &Row<'_>) -> Result<Trade, Refused> {
        let columns = &self.columns;
        let (at, unit) = row.stamp(columns.time)?;
        let aggressor = if row.flag(columns.buyer_is_maker)? { Side::Sell } else { Side::Buy };
        if columns.best_match < row.width() {
            row.flag(columns.best_match)?;
        }
        if let Some(unused) = columns.unused {
            row.check_decimal(unused)?;
        }
        let price = Price::new(self.scales.price(row, columns.price)?);
        let quantity = Quantity::new(self.scales.quantity(row, columns.quantity)?);
        if price.ticks() == 0 && !quantity.is_zero() {
            return Err(row.refuse(columns.price, "a price above zero"));
        }
        Ok(Trade { ids: self.ids(row)?, row: tape_row(at, price, quantity, aggressor), unit })
    }

    /// The trade of a row of the usual shape, and the row's length.
    #[inline]
    fn plain_trade(&self, bytes: &[u8]) -> Option<(Trade, usize)> {
        let mut cursor = Cursor::new(bytes);
        let id = cursor.integer()?;
        cursor.comma()?;
        let price = Price::new(self.scales.plain_price(&mut cursor)?);
        cursor.comma()?;
        let quantity = Quantity::new(self.scales.plain_quantity(&mut cursor)?);
        cursor.comma()?;
        let ids = self.plain_parts(id, &mut cursor)?;
        let (at, unit) = by_magnitude(cursor.integer()?)?;
        cursor.comma()?;
        let aggressor = if cursor.flag()? { Side::Sell } else { Side::Buy };
        if cursor.passes(b',') {
            cursor.flag()?;
        }
        let length = cursor.line_end()?;
        let sound = price.ticks() != 0 && ids.first <= ids.last;
        sound.then(|| (Trade { ids, row: tape_row(at, price, quantity, aggressor), unit }, length))
    }

    /// The columns between quantity and time: ids of the parts, or a decimal that is not kept.
    #[inline]
    fn plain_parts(&self, id: i64, cursor: &mut Cursor<'_>) -> Option<Ids> {
        let ids = match self.columns.parts {
            None => {
                cursor.skip_decimal()?;
                Ids { id, first: id, last: id }
            }
            Some(_) => {
                let first = cursor.integer()?;
                cursor.comma()?;
                Ids { id, first, last: cursor.integer()? }
            }
        };
        cursor.comma().map(|()| ids)
    }

    /// Writes a trade unless it repeats the one before.
    #[inline]
    fn keep(&mut self, trade: Trade, file: usize, line: u64) -> Result<Result<(), Disorder>, TapeError> {
        let spot = Spot::line(file, line, trade.row.venue_at);
        self.note_unit(spot, trade.unit);
        let row = match self.follow(spot, trade.ids, trade.row) {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Ok(())),
            Err(disorder) => return Ok(Err(disorder)),
        };
        self.last = Some((trade.ids, row));
        let spot = Spot { venue_at: row.venue_at, ..spot };
        if row.quantity.is_zero() {
            self.empty.add(spot);
            return Ok(Ok(()));
        }
        self.doctor.row(&row, spot);
        self.tape.push(row).map(Ok)
    }

    /// Checks ids and time against the row before. `None`: the row before stands here again.
    #[inline]
    fn follow(&mut self, spot: Spot, ids: Ids, mut trade: TapeRow) -> Result<Option<TapeRow>, Disorder> {
        let Some((last, before)) = self.last else { return Ok(Some(trade)) };
        if ids == last
            && trade.venue_at <= before.venue_at
            && trade.price == before.price
            && trade.quantity == before.quantity
        {
            self.repeats.add(spot);
            return Ok(None);
        }
        if ids.id <= last.id {
            return Err(Disorder { column: ID, expected: format!("an id above {}, that of the row before", last.id) });
        }
        self.count_gaps(spot, ids, last)?;
        let back = before.venue_at.since(trade.venue_at);
        if BACK_MAX < back {
            let expected = format!("a time not before {}", before.venue_at);
            return Err(Disorder { column: self.columns.time, expected });
        }
        if Span::ZERO < back {
            self.back.add(spot);
            self.back_max = self.back_max.max(back);
            trade.venue_at = before.venue_at;
            trade.local_at = before.venue_at;
        }
        Ok(Some(trade))
    }

    #[inline]
    fn count_gaps(&mut self, spot: Spot, ids: Ids, last: Ids) -> Result<(), Disorder> {
        if ids.id != last.id + 1 {
            self.gaps.add(spot);
            self.missing_ids += ids.id - last.id - 1;
        }
        let Some((column, _)) = self.columns.parts else { return Ok(()) };
        if ids.first <= last.last {
            let expected = format!("a trade id above {}, the last of the row before", last.last);
            return Err(Disorder { column, expected });
        }
        if ids.first != last.last + 1 && ids.id == last.id + 1 {
            self.part_gaps.add(spot);
            self.missing_parts += ids.first - last.last - 1;
        }
        Ok(())
    }

    fn note_unit(&mut self, spot: Spot, unit: StampUnit) {
        if self.unit != Some(unit) {
            if self.unit.is_some() {
                self.unit_changes.add(spot);
            }
            self.unit = Some(unit);
        }
    }
}

impl TakeRow for Trades<'_> {
    #[inline]
    fn take_plain(&mut self, bytes: &[u8], file: usize, line: u64) -> Result<Option<usize>, TapeError> {
        let Some((trade, length)) = self.plain_trade(bytes) else { return Ok(None) };
        Ok(self.keep(trade, file, line)?.ok().map(|()| length))
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        let trade = self.trade(row)?;
        self.keep(trade, row.file, row.line)?.map_err(|Disorder { column, expected }| {
            Halt::Refused(row.refuse(column, &expected).hint("give files in time order and without overlap"))
        })
    }
}

/// A trade alone in its message.
#[inline]
const fn tape_row(at: Timestamp, price: Price, quantity: Quantity, aggressor: Side) -> TapeRow {
    TapeRow { venue_at: at, local_at: at, price, quantity, flags: row::pack(RowKind::Trade, aggressor) | row::LAST }
}

/// These archives know one clock only.
fn no_local_clock() -> FitnessFinding {
    FitnessFinding {
        code: "no-local-clock".to_owned(),
        severity: Severity::Note,
        count: 1,
        first: "the whole file".to_owned(),
        detail: "no local clock was recorded: trades arrive at their venue time, so the feed's latency is not known"
            .to_owned(),
        forbids: String::new(),
    }
}
