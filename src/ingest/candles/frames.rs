//! The one place that calls polars: Parquet and Feather files as columns of stamps and numbers.

use super::number;
use super::silence::caught;
use crate::ingest::error::{IngestError, Mismatch, Place};
use crate::ingest::stamp;
use crate::units::{Fixed, Timestamp};
use polars::prelude::{
    ArrowDataType, ArrowField, ArrowSchema, ArrowTimeUnit, DataFrame, IpcReader, ParquetReader, PolarsResult,
    SerReader, Series,
};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

/// Names of the column of stamps, first choice first.
const STAMPS: [&str; 4] = ["date", "ts", "timestamp", "time"];
/// The other columns, in the order of [`Frame::number`].
pub(super) const NUMBERS: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// Names of a column that says whose candles they are.
const SYMBOLS: [&str; 4] = ["symbol", "pair", "ticker", "instrument"];

/// The six columns of a candle file, in memory.
pub(super) struct Frame {
    stamp_name: String,
    stamp_unit: StampColumn,
    stamps: Series,
    numbers: Vec<Series>,
    rows: usize,
    /// What its columns of symbols say, by column.
    symbols: Vec<(String, String)>,
}

/// How stamps are written.
#[derive(Debug, Clone, Copy)]
enum StampColumn {
    /// Nanoseconds in one unit of a typed column.
    Typed(i64),
    /// Integers: milliseconds or microseconds, told apart by magnitude.
    Integer,
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Parquet,
    Feather,
}

/// The columns to read, after the schema was found fit.
struct Wanted {
    stamp: String,
    unit: StampColumn,
    /// The columns that say whose candles they are.
    symbols: Vec<String>,
}

impl Frame {
    /// Reads the candle columns of a file.
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let at_file = |mismatch: Mismatch| mismatch.at(path, Place::File);
        let mut file = File::open(path).map_err(IngestError::io(path, "cannot open"))?;
        let mut magic = Vec::new();
        file.by_ref().take(6).read_to_end(&mut magic).map_err(IngestError::io(path, "cannot read"))?;
        file.rewind().map_err(IngestError::io(path, "cannot read"))?;
        let format = format_of(&magic).map_err(at_file)?;
        guarded(|| read(format, file).and_then(|(wanted, frame)| Self::of(&wanted, &frame))).map_err(at_file)
    }

    /// What its columns of symbols say, by column.
    pub(super) fn symbols(&self) -> &[(String, String)] {
        &self.symbols
    }

    /// Number of rows.
    pub(super) const fn len(&self) -> usize {
        self.rows
    }

    /// Name of the column of stamps.
    pub(super) fn stamp_name(&self) -> &str {
        &self.stamp_name
    }

    /// Stamp of row `row`.
    pub(super) fn stamp(&self, row: usize) -> Result<Timestamp, Mismatch> {
        let column = self.stamps.i64().map_err(|error| foreign(&error))?;
        let stamp = column.get(row).ok_or_else(|| Mismatch::new("null", "a time"))?;
        let at = match self.stamp_unit {
            StampColumn::Typed(nanos) => stamp.checked_mul(nanos).map(Timestamp::from_nanos),
            StampColumn::Integer => stamp::by_magnitude(stamp).map(|(at, _)| at),
        };
        at.filter(|at| stamp::plausible(*at)).ok_or_else(|| stamp::implausible(stamp))
    }

    /// Number `column` of [`NUMBERS`] in row `row`, exact.
    pub(super) fn number(&self, column: usize, row: usize) -> Result<Fixed, Mismatch> {
        let series = &self.numbers[column];
        if let Ok(values) = series.i64() {
            return values.get(row).map(|value| Fixed::new(value, 0)).ok_or_else(|| Mismatch::new("null", "a number"));
        }
        number_of_f64(series, row)
    }

    fn of(wanted: &Wanted, frame: &DataFrame) -> Result<Self, Mismatch> {
        let series = |name: &str| {
            let column = frame.column(name).map_err(|error| foreign(&error))?.as_materialized_series().rechunk();
            // A damaged file can hold columns of unequal lengths, and polars does not mind.
            if column.len() != frame.height() {
                let rows = format!("a column of {} rows", column.len());
                return Err(Mismatch::new(&rows, format!("{} rows, as the file says", frame.height())).key(name));
            }
            Ok(column)
        };
        let symbols = wanted.symbols.iter().map(|name| Ok((name.clone(), one_value(name, &series(name)?)?)));
        let symbols = symbols.collect::<Result<_, Mismatch>>()?;
        let stamps = series(&wanted.stamp)?.to_physical_repr().into_owned();
        let numbers = NUMBERS.iter().map(|name| series(name)).collect::<Result<_, _>>()?;
        Ok(Self {
            stamp_name: wanted.stamp.clone(),
            stamp_unit: wanted.unit,
            stamps,
            numbers,
            rows: frame.height(),
            symbols,
        })
    }
}

/// The number that row `row` of a column of floats stands for.
fn number_of_f64(series: &Series, row: usize) -> Result<Fixed, Mismatch> {
    let values = series.f64().map_err(|error| foreign(&error))?;
    let value = values.get(row).ok_or_else(|| Mismatch::new("null", "a number"))?;
    decimal_of_f64(value)
}

/// The shortest decimal that a float stands for. Beyond 15 digits a float holds the noise of sums: it is rounded there.
fn decimal_of_f64(value: f64) -> Result<Fixed, Mismatch> {
    let shortest = format!("{value}");
    if !value.is_finite() {
        return Err(Mismatch::new(&shortest, "a finite number"));
    }
    let text = match number::significant_digits(&shortest) {
        0..=15 => shortest,
        _ => format!("{value:.14e}").parse::<f64>().map_or(shortest, |rounded| format!("{rounded}")),
    };
    let text = if number::decimals(&text) <= 18 { text } else { format!("{value:.18}") };
    Fixed::parse(&text).map_err(|error| Mismatch::new(&text, "a number within 64 bits").hint(error.to_string()))
}

fn format_of(magic: &[u8]) -> Result<Format, Mismatch> {
    match magic {
        [b'P', b'A', b'R', b'1', ..] => Ok(Format::Parquet),
        b"ARROW1" => Ok(Format::Feather),
        [] => Err(Mismatch::new("an empty file", "a Parquet or Feather file")),
        [b'F', b'E', b'A', b'1', ..] => {
            Err(Mismatch::new("Feather version 1", "Feather version 2").hint("write it again with a newer pyarrow"))
        }
        _ => Err(Mismatch::new(
            &String::from_utf8_lossy(magic),
            "a Parquet or Feather file (it starts with PAR1 or ARROW1)",
        )),
    }
}

/// A lean polars panics on types it was built without, and on some damaged files. What the schema check lets through
/// ends here, as an error, and without a word about a bug from polars' threads.
fn guarded<T>(read: impl FnOnce() -> Result<T, Mismatch>) -> Result<T, Mismatch> {
    caught(read).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Mismatch::new(said.unwrap_or("a file that the reader cannot digest"), "an intact Parquet or Feather file"))
    })
}

fn read(format: Format, file: File) -> Result<(Wanted, DataFrame), Mismatch> {
    match format {
        Format::Parquet => {
            let mut reader = ParquetReader::new(file);
            let (wanted, columns) = wanted(reader.schema())?;
            Ok((wanted, reader.with_columns(Some(columns)).finish().map_err(|error| foreign(&error))?))
        }
        Format::Feather => {
            let mut reader = IpcReader::new(file);
            let (wanted, columns) = wanted(reader.schema())?;
            Ok((wanted, reader.with_columns(Some(columns)).finish().map_err(|error| foreign(&error))?))
        }
    }
}

/// Checks names and types before any data is read.
fn wanted(schema: PolarsResult<Arc<ArrowSchema>>) -> Result<(Wanted, Vec<String>), Mismatch> {
    let schema = schema.map_err(|error| foreign(&error))?;
    let names: Vec<&str> = schema.iter_values().map(|field| field.name.as_str()).collect();
    let missing = |expected: String| {
        Mismatch::new(&format!("columns {}", names.join(", ")), expected).hint("rename the columns of the file")
    };
    let field = |name: &str| -> Option<&ArrowField> { schema.get(name) };
    let stamp = STAMPS
        .into_iter()
        .find_map(field)
        .ok_or_else(|| missing(format!("a column of bar open times named one of {}", STAMPS.join(", "))))?;
    let unit = stamp_unit(stamp)?;
    let mut columns = vec![stamp.name.to_string()];
    for name in NUMBERS {
        let number = field(name).ok_or_else(|| missing(format!("a column `{name}`")))?;
        if !matches!(number.dtype, ArrowDataType::Float64 | ArrowDataType::Int64) {
            return Err(Mismatch::new(&format!("type {:?}", number.dtype), "type Float64 or Int64").key(name));
        }
        columns.push(name.to_owned());
    }
    let mut symbols = Vec::new();
    for symbol in SYMBOLS.into_iter().filter_map(field) {
        match symbol.dtype {
            ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 | ArrowDataType::Utf8View => {
                symbols.push(symbol.name.to_string());
            }
            ArrowDataType::Dictionary(..) => {
                let found = Mismatch::new(&format!("type {:?}", symbol.dtype), "plain text");
                return Err(found.key(symbol.name.as_str()).hint("write the column as text, not as categories"));
            }
            // Numbers name nobody.
            _ => {}
        }
    }
    columns.extend(symbols.clone());
    Ok((Wanted { stamp: stamp.name.to_string(), unit, symbols }, columns))
}

/// What all of a column says; a column that names more than one symbol is refused: a tape holds one.
fn one_value(name: &str, series: &Series) -> Result<String, Mismatch> {
    let values = series.str().map_err(|error| foreign(&error))?;
    let first = values.iter().next().flatten();
    match values.iter().find(|value| *value != first) {
        None => Ok(first.unwrap_or_default().to_owned()),
        Some(other) => {
            let shown = |value: Option<&str>| value.unwrap_or("null").to_owned();
            let found = format!("{} and {}", shown(first), shown(other));
            Err(Mismatch::new(&found, "the candles of one symbol").key(name).hint("write a file for each symbol"))
        }
    }
}

fn stamp_unit(field: &ArrowField) -> Result<StampColumn, Mismatch> {
    match field.dtype {
        ArrowDataType::Timestamp(ArrowTimeUnit::Nanosecond, _) => Ok(StampColumn::Typed(1)),
        ArrowDataType::Timestamp(ArrowTimeUnit::Microsecond, _) => Ok(StampColumn::Typed(1_000)),
        ArrowDataType::Timestamp(ArrowTimeUnit::Millisecond, _) => Ok(StampColumn::Typed(1_000_000)),
        ArrowDataType::Int64 => Ok(StampColumn::Integer),
        _ => {
            let expected = "a timestamp in ns, us or ms, or 64-bit integers of ms or us";
            Err(Mismatch::new(&format!("type {:?}", field.dtype), expected).key(field.name.as_str()))
        }
    }
}

fn foreign(error: &polars::prelude::PolarsError) -> Mismatch {
    Mismatch::new(&error.to_string(), "an intact Parquet or Feather file")
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use polars::prelude::{IpcCompression, IpcWriter, ParquetWriter, SerWriter};
    use std::io::Cursor;

    /// The frame of a plain Feather file in every other container, by name.
    pub(in super::super) fn repacked(feather: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let mut frame = IpcReader::new(Cursor::new(feather.to_vec())).finish().unwrap();
        let mut parquet = Vec::new();
        ParquetWriter::new(&mut parquet).finish(&mut frame).unwrap();
        let mut packed = |compression| {
            let mut content = Vec::new();
            IpcWriter::new(&mut content).with_compression(Some(compression)).finish(&mut frame).unwrap();
            content
        };
        let (lz4, zstd) = (packed(IpcCompression::LZ4), packed(IpcCompression::ZSTD(Default::default())));
        vec![("feather", feather.to_vec()), ("lz4.feather", lz4), ("zstd.feather", zstd), ("parquet", parquet)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_become_the_decimals_they_stand_for() {
        for (value, expected) in [
            (4.255, Fixed::new(4255, 3)),
            (0.00002853, Fixed::new(2853, 8)),
            (25_259.1, Fixed::new(252_591, 1)),
            (0.029_768_000_000_000_003, Fixed::new(29_768, 6)),
            (1e15, Fixed::new(1_000_000_000_000_000, 0)),
            (-0.5, Fixed::new(-5, 1)),
            (0.0, Fixed::new(0, 0)),
        ] {
            assert_eq!(decimal_of_f64(value), Ok(expected), "{value}");
        }
        for value in [f64::NAN, f64::INFINITY, 1e300] {
            assert!(decimal_of_f64(value).is_err(), "{value}");
        }
    }
}
