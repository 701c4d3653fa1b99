use super::layout::Layout;
use super::rows::{Halt, Refused, Row, TakeRow};
use super::trades;
use crate::ingest::error::Mismatch;
use crate::ingest::infer::ScaleProbe;

/// Learns the scales from the first `left` rows.
pub(super) struct Probe {
    layout: Layout,
    pub(super) scales: ScaleProbe,
    left: u64,
}

impl Probe {
    pub(super) fn new(layout: Layout, rows: u64) -> Self {
        Self { layout, scales: ScaleProbe::new(), left: rows }
    }

    fn price(&mut self, row: &Row<'_>, index: usize) -> Result<(), Refused> {
        not_negative(row, index)?;
        self.scales.observe_price(row.text(index)?).map_err(|mismatch| Refused::column(index, mismatch))
    }

    fn quantity(&mut self, row: &Row<'_>, index: usize) -> Result<(), Refused> {
        not_negative(row, index)?;
        let text = row.text(index)?;
        let observed = match self.layout {
            Layout::Klines => self.scales.observe_quantity(text),
            Layout::Trades | Layout::AggTrades => self.scales.observe_trade_quantity(text),
        };
        observed.map_err(|mismatch| Refused::column(index, mismatch))
    }
}

impl TakeRow for Probe {
    fn take(&mut self, row: &Row<'_>) -> Result<(), Halt> {
        self.left = self.left.checked_sub(1).ok_or(Halt::Enough)?;
        let columns = match self.layout {
            Layout::Klines => {
                (1..=4).try_for_each(|index| self.price(row, index))?;
                return Ok(self.quantity(row, 5)?);
            }
            Layout::Trades => trades::TRADES,
            Layout::AggTrades => trades::AGG_TRADES,
        };
        self.price(row, columns.price)?;
        Ok(self.quantity(row, columns.quantity)?)
    }
}

fn not_negative(row: &Row<'_>, index: usize) -> Result<(), Refused> {
    match row.field(index).first() {
        Some(b'-') => {
            let found = String::from_utf8_lossy(row.field(index));
            Err(Refused::column(index, Mismatch::new(&found, "zero or more")))
        }
        _ => Ok(()),
    }
}
