//! Rows to orders and fills.

use super::mapping::{LogMapping, Outside};
use crate::ingest::{Grid, IngestError, Mismatch, Place};
use crate::model::{FillRecord, Instrument, Liquidity, OrderRecord, Side, TradingRecord};
use crate::units::{Fixed, Money, Price, Quantity, Timestamp};
use csv::{ByteRecord, ReaderBuilder};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Most bytes of a log: the whole of it is held.
const BYTES_MAX: u64 = 1 << 30;

/// Most steps of all rows together: products with prices stay far within 128 bits.
const STEPS_MAX: i64 = 1 << 60;

/// Largest fee either way, in the quote asset.
const FEE_MAX: Money = Money::from_units(1_000_000_000_000);

/// A log, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLog {
    /// Its orders and fills.
    pub record: TradingRecord,
    /// Rows of data.
    pub rows: u64,
    /// Rows of other symbols.
    pub of_other_symbols: u64,
    /// Rows that are neither orders nor fills.
    pub ignored: u64,
    /// Rows outside of the run.
    pub outside: u64,
    /// Twice the price that what is held at the end is valued at, in ticks, where the mapping says one.
    pub final_twice: Option<i64>,
    /// SHA-256 of the file, hex.
    pub sha256: String,
}

/// Reads a log of orders and fills of `instrument` between `start` and `end`.
///
/// # Errors
/// [`IngestError`] names file, line, column, value and what is allowed.
pub fn read_order_log(
    path: &Path,
    mapping: &LogMapping,
    instrument: &Instrument,
    (start, end): (Timestamp, Timestamp),
) -> Result<OrderLog, IngestError> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(IngestError::io(path, "cannot open"))?;
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(IngestError::io(path, "cannot read"))?;
    if BYTES_MAX < bytes.len() as u64 {
        let found = format!("more than {BYTES_MAX} bytes");
        return Err(Mismatch::new(&found, "a log of at most a gibibyte").at(path, Place::File));
    }
    let final_twice = mapping.final_price.as_deref().map(|text| half_ticks(text, instrument)).transpose();
    let origin = mapping.origin.as_deref().unwrap_or(path);
    let final_twice = final_twice.map_err(|mismatch| mismatch.key("final_price").at(origin, Place::File))?;
    let mut rows = Rows::open(path, &bytes, mapping)?;
    let mut fold = Fold::new(mapping, instrument, (start, end));
    while let Some((line, record)) = rows.next(path)? {
        let row = Row { record: &record, columns: &rows.columns, mapping };
        fold.take(&row).map_err(|mismatch| mismatch.at(path, Place::Line(line)))?;
    }
    if fold.log.rows == 0 {
        return Err(Mismatch::new("no row", "a header and rows of orders or fills").at(path, Place::File));
    }
    let mut log = fold.finish();
    log.final_twice = final_twice;
    log.sha256 = sha256(&bytes);
    Ok(log)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A price in half ticks.
fn half_ticks(text: &str, instrument: &Instrument) -> Result<i64, Mismatch> {
    let wrong = || Mismatch::new(text, format!("a price on half ticks of {}", instrument.tick_size));
    let price = Fixed::parse(text).map_err(|_| wrong())?;
    let twice = Fixed::new(price.mantissa.checked_mul(2).ok_or_else(wrong)?, price.scale);
    Grid::new(instrument.tick_size).count_fixed(twice).filter(|twice| 0 < *twice).ok_or_else(wrong)
}

/// The rows of a file under their columns.
struct Rows<'a> {
    reader: csv::Reader<&'a [u8]>,
    columns: BTreeMap<&'static str, (usize, String)>,
}

impl<'a> Rows<'a> {
    fn open(path: &Path, bytes: &'a [u8], mapping: &LogMapping) -> Result<Self, IngestError> {
        let delimiter = u8::try_from(mapping.delimiter).unwrap_or(b',');
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(bytes);
        let header = reader.byte_headers().map_err(|error| unreadable(path, &error))?.clone();
        let mut names = Vec::new();
        for (place, name) in header.iter().enumerate() {
            let name = std::str::from_utf8(name)
                .map_err(|_| not_utf8(name).key(format!("column {}", place + 1)).at(path, Place::Line(1)))?;
            names.push(name.to_owned());
        }
        let columns = columns(&names, mapping).map_err(|mismatch| mismatch.at(path, Place::Line(1)))?;
        Ok(Self { reader, columns })
    }

    fn next(&mut self, path: &Path) -> Result<Option<(u64, ByteRecord)>, IngestError> {
        let mut record = ByteRecord::new();
        let more = self.reader.read_byte_record(&mut record).map_err(|error| unreadable(path, &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok(more.then_some((line, record)))
    }
}

fn unreadable(path: &Path, error: &csv::Error) -> IngestError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let expected = format!("{expected_len} as in the header");
            Mismatch::new(&format!("{len} columns"), expected).at(path, Place::Line(line))
        }
        _ => Mismatch::new(&error.to_string(), "rows of comma-separated values").at(path, Place::Line(line)),
    }
}

fn not_utf8(bytes: &[u8]) -> Mismatch {
    Mismatch::new(&bytes.escape_ascii().to_string(), "UTF-8 text")
}

/// Where each column stands.
fn columns(header: &[String], mapping: &LogMapping) -> Result<BTreeMap<&'static str, (usize, String)>, Mismatch> {
    let mut found = BTreeMap::new();
    for name in super::COLUMNS {
        let (column, is_named) = mapping.column(name);
        let mut places = header.iter().enumerate().filter(|(_, known)| **known == column).map(|(place, _)| place);
        let is_needed = is_named || ["time", "side", "price", "quantity"].contains(&name);
        match (places.next(), places.next()) {
            (Some(_), Some(_)) => return Err(Mismatch::new(&column, "each column once").key(name)),
            (Some(place), None) => drop(found.insert(name, (place, column))),
            (None, _) if is_needed => {
                let expected = format!("a column `{column}`");
                let hint = "name the column with --column, or under `columns` of the mapping";
                return Err(Mismatch::new(&header.join(","), expected).key(name).hint(hint));
            }
            (None, _) => {}
        }
    }
    Ok(found)
}

/// One row under its columns.
struct Row<'a> {
    record: &'a ByteRecord,
    columns: &'a BTreeMap<&'static str, (usize, String)>,
    mapping: &'a LogMapping,
}

impl<'a> Row<'a> {
    /// The text of a column; nothing where there is no such column or it is empty.
    fn text(&self, name: &str) -> Result<Option<&'a str>, Mismatch> {
        let Some((place, column)) = self.columns.get(name) else { return Ok(None) };
        let bytes = self.record.get(*place).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(|_| not_utf8(bytes).key(column.clone()))?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A column that has to say something, read.
    fn read<T>(&self, name: &str, read: impl FnOnce(&str) -> Result<T, Mismatch>) -> Result<T, Mismatch> {
        self.maybe(name, read)?.ok_or_else(|| Mismatch::new("", "a value").key(self.column(name)))
    }

    /// A column that may be empty, read.
    fn maybe<T>(&self, name: &str, read: impl FnOnce(&str) -> Result<T, Mismatch>) -> Result<Option<T>, Mismatch> {
        let text = self.text(name)?;
        text.map(read).transpose().map_err(|mismatch| mismatch.key(self.column(name)))
    }

    fn column(&self, name: &str) -> String {
        self.columns.get(name).map_or_else(|| name.to_owned(), |(_, column)| column.clone())
    }

    fn kind(&self, name: &str, kinds: &[&'static str]) -> Result<Option<&'static str>, Mismatch> {
        self.maybe(name, |text| self.mapping.kind(text, kinds))
    }
}

/// Orders and fills in the making.
struct Fold<'a> {
    mapping: &'a LogMapping,
    instrument: &'a Instrument,
    within: (Timestamp, Timestamp),
    price: Grid,
    quantity: Grid,
    orders: Vec<OrderRecord>,
    /// Steps of all rows.
    steps: i64,
    /// Place of the order of each name and side.
    names: BTreeMap<(String, Side), usize>,
    log: OrderLog,
}

impl<'a> Fold<'a> {
    fn new(mapping: &'a LogMapping, instrument: &'a Instrument, within: (Timestamp, Timestamp)) -> Self {
        let log = OrderLog {
            record: TradingRecord::default(),
            rows: 0,
            of_other_symbols: 0,
            ignored: 0,
            outside: 0,
            final_twice: None,
            sha256: String::new(),
        };
        Self {
            mapping,
            instrument,
            within,
            price: Grid::new(instrument.tick_size),
            quantity: Grid::new(instrument.step_size),
            orders: Vec::new(),
            steps: 0,
            names: BTreeMap::new(),
            log,
        }
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), Mismatch> {
        self.log.rows += 1;
        let is_told = row.columns.contains_key("symbol") && self.mapping.symbol.is_some();
        if is_told && row.text("symbol")? != self.mapping.symbol.as_deref() {
            self.log.of_other_symbols += 1;
            return Ok(());
        }
        let event = row.kind("event", &["order", "fill", "ignore"])?;
        let at = row.read("time", |text| self.mapping.time.read(text))?;
        match event {
            Some("ignore") => self.log.ignored += 1,
            _ if !self.is_within(at, row)? => self.log.outside += 1,
            Some("order") => self.order(at, row)?,
            _ => self.fill(at, row)?,
        }
        Ok(())
    }

    fn is_within(&self, at: Timestamp, row: &Row<'_>) -> Result<bool, Mismatch> {
        let (start, end) = self.within;
        match (start <= at && at <= end, self.mapping.outside) {
            (is_within @ true, _) | (is_within, Outside::Skip) => Ok(is_within),
            (false, Outside::Refuse) => {
                let expected = format!("a time within the run, {start} to {end}");
                let hint = "`outside = \"skip\"` in the mapping leaves such rows out";
                Err(Mismatch::new(&at.to_string(), expected).hint(hint).key(row.column("time")))
            }
        }
    }

    /// A row of an order that was sent.
    fn order(&mut self, at: Timestamp, row: &Row<'_>) -> Result<(), Mismatch> {
        self.log.record.knows_orders = true;
        let side = self.side(row)?;
        let price = row.maybe("price", |text| self.read_price(text))?;
        let quantity = row.read("quantity", |text| self.read_quantity(text))?;
        let place = self.place(side, row)?;
        let order = &mut self.orders[place];
        if order.sent_at.is_some() {
            let expected = "each order sent once";
            return Err(Mismatch::new(&order.name, expected).key(row.column("client_order_id")));
        }
        (order.sent_at, order.price, order.quantity) = (Some(at), price, Some(quantity));
        Ok(())
    }

    fn fill(&mut self, at: Timestamp, row: &Row<'_>) -> Result<(), Mismatch> {
        let side = self.side(row)?;
        let price = row.read("price", |text| self.read_price(text))?;
        let quantity = row.read("quantity", |text| self.read_quantity(text))?;
        let liquidity = row.kind("liquidity", &["maker", "taker"])?.map(|kind| match kind {
            "maker" => Liquidity::Maker,
            _ => Liquidity::Taker,
        });
        let fee = self.fee(row)?;
        let place = self.place(side, row)?;
        self.orders[place].fills.push(FillRecord { at, price, quantity, fee, liquidity });
        Ok(())
    }

    fn side(&self, row: &Row<'_>) -> Result<Side, Mismatch> {
        let kind = row.kind("side", &["buy", "sell"])?;
        let kind = kind.ok_or_else(|| Mismatch::new("", "buy or sell").key(row.column("side")))?;
        Ok(if kind == "buy" { Side::Buy } else { Side::Sell })
    }

    fn read_price(&self, text: &str) -> Result<Price, Mismatch> {
        match self.price.count(text)? {
            ticks if ticks <= 0 => Err(Mismatch::new(text, "a price above zero")),
            ticks => Ok(Price::new(ticks)),
        }
    }

    fn read_quantity(&mut self, text: &str) -> Result<Quantity, Mismatch> {
        let steps = self.quantity.count(text)?;
        if steps <= 0 {
            return Err(Mismatch::new(text, "a quantity above zero"));
        }
        self.steps = self.steps.saturating_add(steps);
        if STEPS_MAX < self.steps {
            return Err(Mismatch::new(text, format!("quantities of at most {STEPS_MAX} steps in all")));
        }
        Ok(Quantity::new(steps))
    }

    /// Nothing where no column says it; in another asset than the quote it cannot be compared.
    fn fee(&self, row: &Row<'_>) -> Result<Money, Mismatch> {
        let quote = &self.instrument.quote;
        let paid = row.maybe("fee", |text| {
            let paid = Money::parse(text).ok().filter(|paid| paid.abs() <= FEE_MAX);
            paid.ok_or_else(|| Mismatch::new(text, format!("a decimal of at most 18 decimals, {FEE_MAX} at most")))
        })?;
        let Some(paid) = paid.filter(|paid| *paid != Money::ZERO) else { return Ok(Money::ZERO) };
        row.maybe("fee_asset", |text| match text == quote {
            true => Ok(()),
            false => {
                Err(Mismatch::new(text, format!("`{quote}`, the quote asset"))
                    .hint("convert fees in other assets before"))
            }
        })?;
        Ok(if self.mapping.fee_is_received { Money::from_atto(-paid.atto()) } else { paid })
    }

    /// Where the order of a row stands; a row without an id is an order of its own.
    fn place(&mut self, side: Side, row: &Row<'_>) -> Result<usize, Mismatch> {
        let prefix = &self.mapping.id_prefix;
        let id = row.maybe("client_order_id", |text| match text.strip_prefix(prefix.as_str()) {
            Some(id) => Ok(id.to_owned()),
            None => Err(Mismatch::new(text, format!("`{prefix}` and a number"))),
        })?;
        let place = self.orders.len();
        if let Some(id) = &id {
            if let Some(known) = self.names.get(&(id.clone(), side)) {
                return Ok(*known);
            }
            let other = (id.clone(), side.opposite());
            if self.names.contains_key(&other) {
                let expected = "one side for each order";
                return Err(Mismatch::new(id, expected).key(row.column("client_order_id")));
            }
            self.names.insert((id.clone(), side), place);
        }
        self.orders.push(OrderRecord {
            client_order_id: id.as_ref().and_then(|id| id.parse().ok()),
            name: id.unwrap_or_else(|| format!("row {}", self.log.rows)),
            side,
            sent_at: None,
            price: None,
            quantity: None,
            fills: Vec::new(),
        });
        Ok(place)
    }

    fn finish(self) -> OrderLog {
        let Self { mut orders, mut log, .. } = self;
        orders.iter_mut().for_each(|order| order.fills.sort_by_key(|fill| fill.at));
        orders.sort_by_key(|order| order.sent_at.or(order.first_fill_at()));
        log.record.orders = orders;
        log
    }
}
