use super::fault::Fault;
use super::{TapeKind, TapeRow};
use crate::model::{Bar, row};
use crate::units::{Price, Quantity, Span, Timestamp};

/// 2000-01-01 UTC.
const STAMP_MIN: i64 = 946_684_800_000_000_000;
/// 2200-01-01 UTC.
const STAMP_MAX: i64 = 7_258_118_400_000_000_000;
/// Prices and quantities stay within +-2^60, so that the sum of two prices or of many quantities is an `i64`.
const NUMBER_MAX: i64 = 1 << 60;
/// All flag bits with a meaning.
const KNOWN_FLAGS: u32 = row::KIND | row::SELL | row::LAST | row::SNAPSHOT;

/// The rules that hold row by row, in order of arrival. Nothing behind the writer checks a row again.
#[derive(Debug)]
pub(super) struct RowRules {
    kind: TapeKind,
    /// Rows seen.
    pub rows: u64,
    /// Stamps of the row before.
    venue_at: Timestamp,
    local_at: Timestamp,
    /// True between two messages.
    between_messages: bool,
}

impl RowRules {
    pub(super) fn new(kind: TapeKind) -> Self {
        Self { kind, rows: 0, venue_at: Timestamp::MIN, local_at: Timestamp::MIN, between_messages: true }
    }

    /// Takes note of the next row to arrive.
    #[inline(always)]
    pub(super) fn accept(&mut self, row: &TapeRow) -> Result<(), Fault> {
        let plain = stamp_ok(row.venue_at)
            && stamp_ok(row.local_at)
            && row.local_at >= row.venue_at
            && self.follows(row)
            && self.holds(row);
        if !plain {
            return Err(self.explain(*row));
        }
        self.rows += 1;
        self.venue_at = row.venue_at;
        self.local_at = row.local_at;
        self.between_messages = row.ends_message();
        Ok(())
    }

    /// The end of the tape.
    pub(super) fn end(&self) -> Result<(), Fault> {
        Fault::unless(
            self.between_messages,
            || "the end of the tape".to_owned(),
            "the rest of a message: its last row has LAST",
        )
    }

    #[inline]
    fn follows(&self, row: &TapeRow) -> bool {
        if self.between_messages {
            row.local_at >= self.local_at
        } else {
            row.local_at == self.local_at && row.venue_at == self.venue_at
        }
    }

    #[inline]
    fn holds(&self, row: &TapeRow) -> bool {
        let (price, quantity) = (row.price.ticks(), row.quantity.steps());
        let in_range = price_ok(row.price) && quantity_ok(row.quantity);
        let meaning = match row.flags & row::KIND {
            row::DEPTH => self.kind == TapeKind::L2,
            row::TRADE => quantity > 0,
            row::CLEAR => self.kind == TapeKind::L2 && price == 0 && quantity == 0,
            _ => false,
        };
        in_range && meaning && row.flags & !KNOWN_FLAGS == 0
    }

    /// Which rule the row breaks. It is a copy: a row whose own place is told has to lie there whole, and is no longer in registers.
    #[cold]
    fn explain(&self, row: TapeRow) -> Fault {
        let row = &row;
        let checks = [
            check_stamp("venue_at", row.venue_at),
            check_stamp("local_at", row.local_at),
            self.check_order(row),
            self.check_flags(row),
            check_price("price", row.price),
            check_quantity("quantity", row.quantity),
            check_kind(row),
        ];
        let broken = checks.into_iter().find_map(Result::err);
        broken.unwrap_or_else(|| panic!("{row:?} was refused and breaks no rule of {self:?}"))
    }

    fn check_order(&self, row: &TapeRow) -> Result<(), Fault> {
        let shown = || format!("local_at {} before venue_at {}", row.local_at, row.venue_at);
        Fault::unless(row.local_at >= row.venue_at, shown, "local_at at or after venue_at")?;
        let shown = || format!("local_at {} after a row of {}", row.local_at, self.local_at);
        Fault::unless(row.local_at >= self.local_at, shown, "rows in order of arrival: local_at never decreases")?;
        let shown = || {
            format!(
                "venue_at {}, local_at {} within a message of {}, {}",
                row.venue_at, row.local_at, self.venue_at, self.local_at
            )
        };
        Fault::unless(self.follows(row), shown, "the same stamps on all rows of a message; its last row has LAST")
    }

    fn check_flags(&self, row: &TapeRow) -> Result<(), Fault> {
        let (kind, flags) = (self.kind, row.flags);
        Fault::unless(flags & !KNOWN_FLAGS == 0, || format!("flags {flags:#x}"), "bits 0 to 4 only")?;
        let allowed = match kind {
            TapeKind::L2 => flags & row::KIND <= row::CLEAR,
            TapeKind::Trades => flags & row::KIND == row::TRADE,
            TapeKind::Bars => false,
        };
        let shown = || format!("row kind {} in a tape of kind {kind:?}", flags & row::KIND);
        Fault::unless(allowed, shown, "level changes, trades and clears (0, 1, 2) in L2, trades (1) in Trades")
    }
}

fn check_kind(row: &TapeRow) -> Result<(), Fault> {
    let (price, quantity) = (row.price.ticks(), row.quantity.steps());
    match row.flags & row::KIND {
        row::TRADE => Fault::unless(quantity > 0, || format!("a trade of {quantity} steps"), "a quantity above 0"),
        row::CLEAR => {
            let shown = || format!("a cleared side with price {price} and quantity {quantity}");
            Fault::unless(price == 0 && quantity == 0, shown, "price 0 and quantity 0")
        }
        _ => Ok(()),
    }
}

#[inline]
fn stamp_ok(stamp: Timestamp) -> bool {
    (STAMP_MIN..STAMP_MAX).contains(&stamp.nanos())
}

fn check_stamp(name: &str, stamp: Timestamp) -> Result<(), Fault> {
    const EXPECTED: &str = "nanoseconds since 1970, between the years 2000 and 2200";
    let shown = || {
        let nanos = stamp.nanos();
        let hint = likely_unit(nanos).map_or(String::new(), |unit| format!(", which looks like {unit}"));
        format!("{name} {nanos}{hint}")
    };
    Fault::unless(stamp_ok(stamp), shown, EXPECTED)
}

/// In which other unit the stamp would be a date between 2000 and 2200.
fn likely_unit(stamp: i64) -> Option<&'static str> {
    let units = [(1_000_000_000, "seconds"), (1_000_000, "milliseconds"), (1_000, "microseconds")];
    let fits = |factor: i64| stamp.checked_mul(factor).is_some_and(|nanos| (STAMP_MIN..STAMP_MAX).contains(&nanos));
    units.into_iter().find(|&(factor, _)| fits(factor)).map(|(_, unit)| unit)
}

#[inline]
fn price_ok(price: Price) -> bool {
    price.ticks().unsigned_abs() <= NUMBER_MAX as u64
}

#[inline]
fn quantity_ok(quantity: Quantity) -> bool {
    (0..=NUMBER_MAX).contains(&quantity.steps())
}

fn check_price(name: &str, price: Price) -> Result<(), Fault> {
    let ticks = price.ticks();
    Fault::unless(price_ok(price), || format!("{name} of {ticks} ticks"), "at most 2^60 ticks either way")
}

fn check_quantity(name: &str, quantity: Quantity) -> Result<(), Fault> {
    let steps = quantity.steps();
    Fault::unless(quantity_ok(quantity), || format!("{name} of {steps} steps"), "0 to 2^60 steps")
}

/// The rules of bars, in order.
#[derive(Debug)]
pub(super) struct BarRules {
    period: Span,
    /// Bars seen.
    pub rows: u64,
    /// Where the bar before ended.
    ended_at: Timestamp,
}

impl BarRules {
    pub(super) fn new(period: Span) -> Self {
        Self { period, rows: 0, ended_at: Timestamp::MIN }
    }

    /// Takes note of the next bar.
    #[inline]
    pub(super) fn accept(&mut self, bar: &Bar) -> Result<(), Fault> {
        if !self.holds(bar) {
            return Err(self.explain(bar));
        }
        self.rows += 1;
        self.ended_at = bar.open_at.plus(self.period);
        Ok(())
    }

    #[inline]
    fn holds(&self, bar: &Bar) -> bool {
        let within = |price: Price| bar.low <= price && price <= bar.high;
        let in_range = price_ok(bar.low) && price_ok(bar.high) && quantity_ok(bar.volume);
        let in_order = stamp_ok(bar.open_at) && bar.period == self.period && bar.open_at >= self.ended_at;
        in_range && in_order && within(bar.open) && within(bar.close) && bar.low <= bar.high
    }

    /// Which rule the bar breaks.
    #[cold]
    fn explain(&self, bar: &Bar) -> Fault {
        match self.check(bar) {
            Err(fault) => fault,
            Ok(()) => panic!("{bar:?} was refused and breaks no rule of {self:?}"),
        }
    }

    fn check(&self, bar: &Bar) -> Result<(), Fault> {
        let (period, ended_at) = (self.period, self.ended_at);
        check_stamp("open_at", bar.open_at)?;
        let shown = || format!("a bar of {}", bar.period);
        Fault::unless(bar.period == period, shown, "bars of the tape's own period")?;
        let shown = || format!("open_at {} before the end of the last bar, {ended_at}", bar.open_at);
        Fault::unless(bar.open_at >= ended_at, shown, "bars in order that do not overlap")?;
        for (name, price) in [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)] {
            check_price(name, price)?;
            let shown =
                || format!("{name} {} outside low {} to high {}", price.ticks(), bar.low.ticks(), bar.high.ticks());
            Fault::unless((bar.low..=bar.high).contains(&price), shown, "low <= open, close <= high")?;
        }
        check_quantity("volume", bar.volume)
    }
}
