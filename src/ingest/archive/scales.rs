use super::cursor::Cursor;
use super::rows::{Refused, Row};
use crate::ingest::grid::Grid;
use crate::model::Instrument;
use crate::units::Fixed;

/// The scales of an instrument, as readers of fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scales {
    ticks: Grid,
    steps: Grid,
}

impl Scales {
    pub(super) fn of(instrument: &Instrument) -> Self {
        Self { ticks: Grid::new(instrument.tick_size), steps: Grid::new(instrument.step_size) }
    }

    /// Size of a tick and of a step.
    pub(super) fn units(&self) -> [Fixed; 2] {
        [self.ticks.unit(), self.steps.unit()]
    }

    /// The next number of a plain row in ticks; `None` when it has to be read slowly.
    #[inline]
    pub(super) fn plain_price(&self, cursor: &mut Cursor<'_>) -> Option<i64> {
        self.ticks.count_scaled(cursor.decimal(usize::from(self.ticks.unit().scale))?)
    }

    /// The next number of a plain row in steps.
    #[inline]
    pub(super) fn plain_quantity(&self, cursor: &mut Cursor<'_>) -> Option<i64> {
        self.steps.count_scaled(cursor.decimal(usize::from(self.steps.unit().scale))?)
    }

    /// Column `index` in ticks.
    #[inline]
    pub(super) fn price(&self, row: &Row<'_>, index: usize) -> Result<i64, Refused> {
        count(self.ticks, row, index, "tick_size")
    }

    /// Column `index` in steps, zero or more.
    #[inline]
    pub(super) fn quantity(&self, row: &Row<'_>, index: usize) -> Result<i64, Refused> {
        count(self.steps, row, index, "step_size")
    }
}

#[inline]
fn count(grid: Grid, row: &Row<'_>, index: usize, key: &str) -> Result<i64, Refused> {
    match grid.count_plain(row.field(index)) {
        Some(count) => Ok(count),
        None => count_slowly(grid, row, index, key),
    }
}

/// Reads what the short way cannot, or says what is wrong: a decimal above zero is only too fine for the scale.
#[cold]
fn count_slowly(grid: Grid, row: &Row<'_>, index: usize, key: &str) -> Result<i64, Refused> {
    let text = row.text(index)?;
    grid.count_unsigned(text).map_err(|mismatch| {
        let off_grid = Fixed::parse(text).is_ok_and(|value| 0 < value.mantissa);
        let mismatch = if off_grid { mismatch.hint(format!("state a finer {key}")) } else { mismatch };
        Refused::column(index, mismatch).off_grid(off_grid)
    })
}
