use super::rows::{Halt, Refused, Row, TakeRow};
use super::scales::Scales;
use crate::ingest::doctor::{self, RowDoctor, Spot};
use crate::ingest::stamp::StampUnit;
use crate::ingest::tally::Tally;
use crate::model::{RowKind, Side, row};
use crate::tape::{FitnessFinding, Severity, TapeRow, TapeWriter};
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
        let (ids, parts, back) = (self.missing_ids, self.missing_parts, self.back_max);
        let own = [
            self.gaps.finding(name, |gaps| format!("{gaps} gaps in the ids, {ids} ids missing")),
            self.part_gaps.finding(name, |gaps| format!("{gaps} gaps between aggregates, {parts} trades missing")),
            self.back.finding(name, |count| {
                format!("{count} trades are stamped up to {back} before the one before; they were given its time")
            }),
            self.repeats
                .finding(name, |count| format!("{count} trades stood twice in a row and were written once each")),
            self.empty.finding(name, |count| format!("{count} rows of quantity zero were left out")),
            self.unit_changes
                .finding(name, |count| format!("{count} changes between ms and us stamps; all were read as such")),
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

    fn trade(&self, row: &Row<'_>) -> Result<(TapeRow, StampUnit), Refused> {
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
        Ok((
            TapeRow {
                venue_at: at,
                local_at: at,
                price,
                quantity,
                flags: row::pack(RowKind::Trade, aggressor) | row::LAST,
            },
            unit,
        ))
    }

    /// Checks ids and time against the row before. `None`: the row before stands here again.
    fn follow(&mut self, row: &Row<'_>, ids: Ids, mut trade: TapeRow) -> Result<Option<TapeRow>, Refused> {
        let Some((last, before)) = self.last else { return Ok(Some(trade)) };
        if ids == last
            && trade.venue_at <= before.venue_at
            && trade.price == before.price
            && trade.quantity == before.quantity
        {
            self.repeats.add(row.spot(trade.venue_at));
            return Ok(None);
        }
        if ids.id <= last.id {
            return Err(out_of_order(row, ID, format!("an id above {}, that of the row before", last.id)));
        }
        self.count_gaps(row, ids, last, trade.venue_at)?;
        let back = before.venue_at.since(trade.venue_at);
        if BACK_MAX < back {
            return Err(out_of_order(row, self.columns.time, format!("a time not before {}", before.venue_at)));
        }
        if Span::ZERO < back {
            self.back.add(row.spot(trade.venue_at));
            self.back_max = self.back_max.max(back);
            trade.venue_at = before.venue_at;
            trade.local_at = before.venue_at;
        }
        Ok(Some(trade))
    }

    #[inline]
    fn count_gaps(&mut self, row: &Row<'_>, ids: Ids, last: Ids, at: Timestamp) -> Result<(), Refused> {
        if ids.id != last.id + 1 {
            self.gaps.add(row.spot(at));
            self.missing_ids += ids.id - last.id - 1;
        }
        let Some((first, _)) = self.columns.parts else { return Ok(()) };
        if ids.first <= last.last {
            return Err(out_of_order(
                row,
                first,
                format!("a trade id above {}, the last of the row before", last.last),
            ));
        }
        if ids.first != last.last + 1 && ids.id == last.id + 1 {
            self.part_gaps.add(row.spot(at));
            self.missing_parts += ids.first - last.last - 1;
        }
        Ok(())
    }

    fn note_unit(&mut self, row: &Row<'_>, at: Timestamp, unit: StampUnit) {
        if self.unit != Some(unit) {
            if self.unit.is_some() {
                self.unit_changes.add(row.spot(at));
            }
            self.unit = Some(unit);
        }
    }
}

impl TakeRow for Trades<'_> {
    #[inline]
    fn take(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        let (trade, unit) = self.trade(row)?;
        let ids = self.ids(row)?;
        self.note_unit(row, trade.venue_at, unit);
        let Some(trade) = self.follow(row, ids, trade)? else { return Ok(()) };
        self.last = Some((ids, trade));
        if trade.quantity.is_zero() {
            self.empty.add(row.spot(trade.venue_at));
            return Ok(());
        }
        self.doctor.row(&trade, row.spot(trade.venue_at));
        Ok(self.tape.push(trade)?)
    }
}

fn out_of_order(row: &Row<'_>, column: usize, expected: String) -> Refused {
    row.refuse(column, &expected).hint("give files in time order and without overlap")
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
