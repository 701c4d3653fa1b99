use super::cursor::Cursor;
use super::rows::{Halt, Refused, Row, TakeRow};
use super::scales::Scales;
use crate::ingest::bar_series::{BarColumn, BarSeries, Passed};
use crate::ingest::doctor::Spot;
use crate::ingest::error::Mismatch;
use crate::ingest::stamp::by_magnitude;
use crate::model::Bar;
use crate::tape::{FitnessFinding, TapeError, TapeWriter};
use crate::units::{Price, Quantity, Span, Timestamp};

/// Column indices.
const OPEN_TIME: usize = 0;
const PRICES: [usize; 4] = [1, 2, 3, 4];
const VOLUME: usize = 5;
const CLOSE_TIME: usize = 6;
const UNUSED: std::ops::RangeInclusive<usize> = 7..=11;

/// Turns rows of klines into bars.
pub(super) struct Klines<'a> {
    scales: Scales,
    period: Span,
    series: BarSeries,
    tape: &'a mut TapeWriter,
}

impl<'a> Klines<'a> {
    pub(super) fn new(scales: Scales, period: Span, tape: &'a mut TapeWriter) -> Self {
        Self { scales, period, series: BarSeries::new(scales.units(), period), tape }
    }

    pub(super) fn findings(self, name: &dyn Fn(Spot) -> String) -> Vec<FitnessFinding> {
        self.series.findings(name)
    }

    fn bar(&self, row: &Row<'_>) -> Result<Bar, Refused> {
        let (open_at, period) = span_of(row)?;
        if period != self.period {
            return Err(self.odd_period(row, period));
        }
        UNUSED.into_iter().try_for_each(|index| row.check_decimal(index))?;
        let price = |index| self.scales.price(row, index).map(Price::new);
        Ok(Bar {
            open_at,
            period,
            open: price(PRICES[0])?,
            high: price(PRICES[1])?,
            low: price(PRICES[2])?,
            close: price(PRICES[3])?,
            volume: self.scales.quantity(row, VOLUME).map(Quantity::new)?,
        })
    }

    /// The bar of a row of the usual shape, and the row's length.
    #[inline]
    fn plain_bar(&self, bytes: &[u8]) -> Option<(Bar, usize)> {
        let mut cursor = Cursor::new(bytes);
        let (open_at, unit) = by_magnitude(cursor.integer()?)?;
        let mut numbers = [0; 4];
        for price in &mut numbers {
            cursor.comma()?;
            *price = self.scales.plain_price(&mut cursor)?;
        }
        let [open, high, low, close] = numbers.map(Price::new);
        cursor.comma()?;
        let volume = Quantity::new(self.scales.plain_quantity(&mut cursor)?);
        cursor.comma()?;
        let close_at = by_magnitude(cursor.integer()?)?;
        for _ in UNUSED {
            cursor.comma()?;
            cursor.skip_decimal()?;
        }
        let last = Span::from_nanos(self.period.nanos() - unit.nanos());
        let whole = close_at == (open_at.plus(last), unit);
        let bar = Bar { open_at, period: self.period, open, high, low, close, volume };
        cursor.line_end().filter(|_| whole).map(|length| (bar, length))
    }

    fn odd_period(&self, row: &Row<'_>, found: Span) -> Refused {
        let expected = format!("a close time one unit before open time + {} (here the bar lasts {found})", self.period);
        row.refuse(CLOSE_TIME, &expected)
    }
}

impl TakeRow for Klines<'_> {
    #[inline]
    fn take_plain(&mut self, bytes: &[u8], file: usize, line: u64) -> Result<Option<usize>, TapeError> {
        let Some((bar, length)) = self.plain_bar(bytes) else { return Ok(None) };
        match self.series.take(&bar, Spot::line(file, line, bar.open_at)) {
            Ok(Passed::New) => self.tape.push_bar(&bar)?,
            Ok(Passed::Repeat) => {}
            Err(_) => return Ok(None),
        }
        Ok(Some(length))
    }

    fn take(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        let bar = self.bar(row)?;
        let passed = self.series.take(&bar, row.spot(bar.open_at)).map_err(|(column, mismatch)| {
            let index = column_of(column);
            let found = String::from_utf8_lossy(row.field(index)).into_owned();
            Refused::column(index, Mismatch { found, ..mismatch })
        })?;
        match passed {
            Passed::New => Ok(self.tape.push_bar(&bar)?),
            Passed::Repeat => Ok(()),
        }
    }
}

/// Open time and period of a row.
pub(super) fn span_of(row: &Row<'_>) -> Result<(Timestamp, Span), Refused> {
    let (open_at, unit) = row.stamp(OPEN_TIME)?;
    let (close_at, close_unit) = row.stamp(CLOSE_TIME)?;
    if unit != close_unit {
        return Err(row.refuse(CLOSE_TIME, &format!("{} as in the open time", unit.name())));
    }
    let period = Span::from_nanos(close_at.since(open_at).nanos() + unit.nanos());
    if period <= Span::ZERO {
        return Err(row.refuse(CLOSE_TIME, "a time after the open time"));
    }
    Ok((open_at, period))
}

const fn column_of(column: BarColumn) -> usize {
    match column {
        BarColumn::OpenAt => OPEN_TIME,
        BarColumn::Open => PRICES[0],
        BarColumn::High => PRICES[1],
        BarColumn::Low => PRICES[2],
        BarColumn::Close => PRICES[3],
        BarColumn::Volume => VOLUME,
    }
}
