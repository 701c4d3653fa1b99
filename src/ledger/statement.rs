use super::{Books, Cause, CostMethod, Opening, Trade};
use crate::model::{ExecutionReport, Instrument, ReportKind};
use crate::units::{DAY, Day, Money, Overflow, Quantity, Span, Timestamp};
use serde::Serialize;

/// One day of an account in one market, or of the whole account. In quote but for the position.
///
/// `opening + realized + unrealized_change - fees + funding + allocations + adjustments = closing`, to the atto.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DayRow {
    /// Date on which the day began.
    #[serde(serialize_with = "as_text")]
    pub day: Day,
    /// Last instant of the day; of the last row, of the run.
    pub until: Timestamp,
    /// Equity at the beginning.
    pub opening: Money,
    /// Profit realised, before fees.
    pub realized: Money,
    /// What the profit of the open position gained.
    pub unrealized_change: Money,
    /// Profit of the open position at the end, at the last mid marked by then.
    pub unrealized: Money,
    /// Fees paid.
    pub fees: Money,
    /// Funding received.
    pub funding: Money,
    /// Put in by the owner; taken out, negative.
    pub allocations: Money,
    /// Corrections by hand.
    pub adjustments: Money,
    /// Equity at the end.
    pub closing: Money,
    /// Position at the end, in base; `None` for the whole account of several markets.
    pub position: Option<Money>,
    /// Fills.
    pub trades: u64,
}

fn as_text<S: serde::Serializer>(day: &Day, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

impl DayRow {
    /// What the day's changes add up to beside its closing; zero in every row of a statement.
    ///
    /// # Errors
    /// [`Overflow`] when a sum leaves `i128`.
    pub fn untied(&self) -> Result<Money, Overflow> {
        let gained = [self.realized, self.unrealized_change, self.funding, self.allocations, self.adjustments];
        let gained = gained.into_iter().try_fold(self.opening, Money::checked_add)?;
        self.closing.checked_sub(gained.checked_sub(self.fees)?)
    }

    /// The day of the whole account: this market's and another's.
    ///
    /// # Errors
    /// [`Overflow`] when a sum leaves `i128`.
    ///
    /// # Panics
    /// When the rows are of different days.
    pub fn with(&self, other: &Self) -> Result<Self, Overflow> {
        assert!(self.day == other.day, "rows of {} and {}", self.day, other.day);
        Ok(Self {
            day: self.day,
            until: self.until.max(other.until),
            opening: self.opening.checked_add(other.opening)?,
            realized: self.realized.checked_add(other.realized)?,
            unrealized_change: self.unrealized_change.checked_add(other.unrealized_change)?,
            unrealized: self.unrealized.checked_add(other.unrealized)?,
            fees: self.fees.checked_add(other.fees)?,
            funding: self.funding.checked_add(other.funding)?,
            allocations: self.allocations.checked_add(other.allocations)?,
            adjustments: self.adjustments.checked_add(other.adjustments)?,
            closing: self.closing.checked_add(other.closing)?,
            position: None,
            trades: self.trades + other.trades,
        })
    }
}

/// Daily statements of one market while its fills and marks come in.
///
/// A day ends at a fixed time of day, UTC; what happens in that very instant belongs to it, up to and with the market's mark: a
/// mark at the boundary closes the day. A day in which nothing happened has its row too.
#[derive(Debug, Clone)]
pub struct Statement {
    instrument: Instrument,
    books: Books,
    method: CostMethod,
    /// After midnight.
    boundary: Span,
    mid_x2: i64,
    /// Days since 1970, each from its boundary on.
    day: i64,
    at_opening: Standing,
    funding: Money,
    allocations: Money,
    adjustments: Money,
    trades: u64,
    rows: Vec<DayRow>,
}

/// What a day's row is the difference of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    equity: Money,
    realized: Money,
    unrealized: Money,
    fees: Money,
}

impl Statement {
    /// Opens the first day at `at`. Days end `boundary` after midnight UTC; an opening position is valued at its own price.
    ///
    /// # Errors
    /// [`Overflow`] when the opening does not fit the instrument's scales.
    ///
    /// # Panics
    /// When `boundary` is not within a day.
    pub fn new(
        instrument: &Instrument,
        opening: &Opening,
        (method, boundary): (CostMethod, Span),
        at: Timestamp,
    ) -> Result<Self, Overflow> {
        assert!((Span::ZERO..DAY).contains(&boundary), "a day cannot end {boundary} after midnight");
        let books = Books::new(instrument, opening)?;
        let mid_x2 = opening.at.map_or(0, |price| price.ticks().saturating_mul(2));
        let mut statement = Self {
            instrument: instrument.clone(),
            at_opening: Standing {
                equity: Money::ZERO,
                realized: Money::ZERO,
                unrealized: Money::ZERO,
                fees: Money::ZERO,
            },
            books,
            method,
            boundary,
            mid_x2,
            day: 0,
            funding: Money::ZERO,
            allocations: Money::ZERO,
            adjustments: Money::ZERO,
            trades: 0,
            rows: Vec::new(),
        };
        statement.at_opening = statement.standing()?;
        // The opening instant begins the first day, even at its boundary.
        statement.day = statement.day_of(at.plus(Span::from_nanos(1)));
        Ok(statement)
    }

    /// Time has come to `at`: days that ended before are closed.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn passed(&mut self, at: Timestamp) -> Result<(), Overflow> {
        while self.day < self.day_of(at) {
            self.close(self.boundary_of(self.day))?;
        }
        Ok(())
    }

    /// A fill.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn trade(&mut self, at: Timestamp, trade: &Trade) -> Result<(), Overflow> {
        self.passed(at)?;
        self.books.trade(trade)?;
        self.trades += 1;
        Ok(())
    }

    /// A fill, or what sets one right, which counts as no trade.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn report(&mut self, report: &ExecutionReport) -> Result<(), Overflow> {
        self.passed(report.matched_at)?;
        match &report.kind {
            ReportKind::Filled(fill) => return self.trade(report.matched_at, &Trade::of(report.side, fill)),
            ReportKind::Busted(bust) => drop(self.books.bust(report.side, bust)?),
            ReportKind::Corrected(correction) => drop(self.books.correct(report.side, correction)?),
            _ => {}
        }
        Ok(())
    }

    /// Cash received without a fill; negative was paid.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn receive(&mut self, at: Timestamp, cause: Cause, amount: Money) -> Result<(), Overflow> {
        self.passed(at)?;
        self.books.receive(cause, amount)?;
        let sum = match cause {
            Cause::Funding => &mut self.funding,
            Cause::Allocation => &mut self.allocations,
            Cause::Adjustment => &mut self.adjustments,
            // The books have it among the fees.
            Cause::Fee => return Ok(()),
        };
        *sum = sum.checked_add(amount)?;
        Ok(())
    }

    /// The market was marked at half of `mid_x2` ticks.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn mark(&mut self, at: Timestamp, mid_x2: Option<i64>) -> Result<(), Overflow> {
        self.passed(at)?;
        self.mid_x2 = mid_x2.unwrap_or(self.mid_x2);
        if at == self.boundary_of(self.day) { self.close(at) } else { Ok(()) }
    }

    /// Closes the last day at `at` and returns all rows.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn finish(mut self, at: Timestamp) -> Result<Vec<DayRow>, Overflow> {
        self.passed(at)?;
        self.close(at)?;
        Ok(self.rows)
    }

    /// The days closed so far.
    #[must_use]
    pub fn rows(self) -> Vec<DayRow> {
        self.rows
    }

    /// The last day was closed by a mark at this very instant, and nothing came after it: a run that ends here has no other.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn is_over(&self, at: Timestamp) -> Result<bool, Overflow> {
        let moved = [self.funding, self.allocations, self.adjustments].iter().any(|amount| *amount != Money::ZERO);
        let closed = self.rows.last().is_some_and(|row| at <= row.until);
        Ok(closed && self.trades == 0 && !moved && self.standing()? == self.at_opening)
    }

    /// The last instant of a day.
    const fn boundary_of(&self, day: i64) -> Timestamp {
        Day::of_number(day).start().plus(self.boundary).plus(DAY)
    }

    const fn day_of(&self, at: Timestamp) -> i64 {
        at.nanos().saturating_sub(1).saturating_sub(self.boundary.nanos()).div_euclid(DAY.nanos())
    }

    fn standing(&self) -> Result<Standing, Overflow> {
        Ok(Standing {
            equity: self.books.equity(self.mid_x2)?,
            realized: self.books.realized(self.method),
            unrealized: self.books.unrealized(self.method, self.mid_x2)?,
            fees: self.books.fees()?,
        })
    }

    fn close(&mut self, until: Timestamp) -> Result<(), Overflow> {
        let now = self.standing()?;
        let then = std::mem::replace(&mut self.at_opening, now);
        let position = i128::from(self.books.position().steps());
        let take = |sum: &mut Money| std::mem::replace(sum, Money::ZERO);
        self.rows.push(DayRow {
            day: Day::of_number(self.day),
            until,
            opening: then.equity,
            realized: now.realized.checked_sub(then.realized)?,
            unrealized_change: now.unrealized.checked_sub(then.unrealized)?,
            unrealized: now.unrealized,
            fees: now.fees.checked_sub(then.fees)?,
            funding: take(&mut self.funding),
            allocations: take(&mut self.allocations),
            adjustments: take(&mut self.adjustments),
            closing: now.equity,
            position: Some(self.instrument.base_amount(Quantity::new(1))?.times(position)?),
            trades: std::mem::take(&mut self.trades),
        });
        self.day += 1;
        Ok(())
    }
}
