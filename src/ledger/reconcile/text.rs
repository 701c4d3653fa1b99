use super::difference::Figure;
use super::outcome::{EquityRow, FigureRow, MarketRow, Reconciled};
use std::fmt::{Display, Formatter, Result};

const COLUMNS: [&str; 4] = ["bot", "on the way", "ledger", "venue"];
const NAME_WIDTH: usize = 16;

/// A table a market, the equity of the whole account, and the differences.
impl Display for Reconciled {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.markets.iter().try_for_each(|market| market.table(f))?;
        self.equity.line(f)?;
        if self.clean {
            return writeln!(f, "no difference in {} entries, {} fills", self.entries, self.fills);
        }
        self.differences.iter().try_for_each(|difference| writeln!(f, "{difference}"))?;
        match self.found - self.differences.len() as u64 {
            0 => Ok(()),
            more => writeln!(f, "and {more} more"),
        }
    }
}

impl FigureRow {
    fn cells(&self) -> [String; 4] {
        [self.bot, self.on_the_way, self.ledger, self.venue].map(|amount| amount.to_string())
    }
}

impl MarketRow {
    fn table(&self, f: &mut Formatter<'_>) -> Result {
        let rows: Vec<[String; 4]> = self.figures.iter().map(FigureRow::cells).collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].len());
            cells.max().unwrap_or(0).max(COLUMNS[column].len())
        };
        write!(f, "{:<NAME_WIDTH$}", self.symbol)?;
        COLUMNS
            .iter()
            .enumerate()
            .try_for_each(|(column, name)| write!(f, "  {name:>width$}", width = width(column)))?;
        writeln!(f)?;
        for (figure, row) in self.figures.iter().zip(&rows) {
            write!(f, "{:<NAME_WIDTH$}", figure.figure.name())?;
            row.iter()
                .enumerate()
                .try_for_each(|(column, cell)| write!(f, "  {cell:>width$}", width = width(column)))?;
            writeln!(f, "  {}", if figure.figure == Figure::Position { &self.base } else { &self.quote })?;
        }
        self.travelling(f)
    }

    fn travelling(&self, f: &mut Formatter<'_>) -> Result {
        match self.reports_on_the_way {
            0 => return Ok(()),
            1 => writeln!(f, "1 report on its way when the run ended")?,
            more => writeln!(f, "{more} reports on their way when the run ended")?,
        }
        self.on_the_way.iter().try_for_each(|fill| {
            let side = if fill.side == crate::model::Side::Buy { "bought" } else { "sold" };
            writeln!(
                f,
                "  entry {}, order {}: {side} {} at {}, to be heard at {}",
                fill.entry, fill.order, fill.quantity, fill.price, fill.reported_at
            )
        })
    }
}

impl EquityRow {
    fn line(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "equity at the last mids: ledger {}, venue {}", self.ledger, self.venue)?;
        self.journal.map_or(Ok(()), |journal| write!(f, ", journal {journal}"))?;
        self.run.map_or(Ok(()), |run| write!(f, ", run {run}"))?;
        write!(f, "; compared {} times", self.compared)?;
        match self.not_compared {
            0 => writeln!(f),
            times => writeln!(f, ", not {times} times where a position differed already"),
        }
    }
}
