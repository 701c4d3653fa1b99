//! What a day's profit moved between the bots of a user, as a table for the page over all of them.

use super::number;
use super::table::{Cell, Table, Tone, figures, words};
use crate::units::{Money, Timestamp};
use serde::Serialize;

/// One reinvestment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReinvestedDay {
    /// When.
    pub at: Timestamp,
    /// What all bots had realised together.
    pub profit: Money,
    /// From how much on something is moved.
    pub threshold: Money,
    /// Each bot's part, in order.
    pub bots: Vec<ReinvestedBot>,
}

/// One bot's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReinvestedBot {
    /// Its name.
    pub name: String,
    /// What it had realised since the one before, after fees.
    pub result: Money,
    /// What it was to receive; to give, negative.
    pub asked: Money,
    /// What it received.
    pub amount: Money,
}

/// Days shown; a run can hold many more.
const SHOWN: usize = 100;

impl ReinvestedDay {
    /// What came of it.
    fn outcome(&self) -> Cell {
        let is_asked = self.bots.iter().any(|bot| bot.asked != Money::ZERO);
        if self.bots.iter().any(|bot| bot.amount != Money::ZERO) {
            return Cell::new("moved").pill(Tone::Good);
        }
        if is_asked {
            return Cell::new("not free").pill(Tone::Doubt).note("what a bot had to give was not free");
        }
        let text = if self.profit < self.threshold || self.profit <= Money::ZERO {
            "below the threshold"
        } else {
            "each gives as much as it receives"
        };
        Cell::new(text).tone(Tone::Muted)
    }

    /// A row a bot; the first of a day says when it was and what came of it.
    fn rows(&self, quote: &str) -> Vec<Vec<Cell>> {
        let money = |amount| Cell::new(number::signed_money(amount, quote));
        let row = |(place, bot): (usize, &ReinvestedBot)| {
            let is_first = place == 0;
            let at = if is_first { number::instant(self.at) } else { String::new() };
            let profit = format!("all together {}", number::signed_money(self.profit, quote));
            let outcome = if is_first { self.outcome() } else { Cell::new("") };
            let at = Cell::new(at).note(if is_first { profit } else { String::new() });
            vec![at, Cell::new(&bot.name), money(bot.result), money(bot.asked), money(bot.amount), outcome]
        };
        self.bots.iter().enumerate().map(row).collect()
    }
}

/// What each bot had realised, was to receive (give, negative) and received, day by day. Empty where nothing is reinvested.
pub fn table(days: &[ReinvestedDay], quote: &str) -> Table {
    let columns = vec![
        words("Reinvested at"),
        words("Bot"),
        figures("Had realised"),
        figures("Was to receive"),
        figures("Received"),
        words("Outcome"),
    ];
    let mut rows: Vec<Vec<Cell>> = days.iter().take(SHOWN).flat_map(|day| day.rows(quote)).collect();
    if let Some(more) = days.len().checked_sub(SHOWN).filter(|more| 0 < *more) {
        let mut row = vec![Cell::new(format!("and {} more", number::count(more as u64))).tone(Tone::Muted)];
        row.extend((1..columns.len()).map(|_| Cell::new(number::NOTHING).tone(Tone::Muted)));
        rows.push(row);
    }
    Table::new(columns, rows)
}
