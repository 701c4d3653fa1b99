//! The bot beside doing nothing and beside holding.

use super::group::{self, Group};
use super::input::VolatilityInput;
use super::words;
use crate::readiness::VolatilityRun;
use crate::report::number::{self, NOTHING};
use crate::report::table::{Cell, Table, Tone, figures, words as column};

/// Means of calm runs and of each shock at the severity nearest to 1.
pub fn table(input: &VolatilityInput) -> Table {
    let columns = vec![
        column("Market"),
        figures("Runs"),
        figures("Bot"),
        figures("Doing nothing"),
        figures("Buy and hold"),
        figures("Better than nothing"),
        figures("Better than holding"),
    ];
    let mut rows = Vec::new();
    let calm = group::calm(input);
    if !calm.is_empty() {
        rows.push(row("Calm market", "no shock", &calm));
    }
    for shock in group::shocks(input) {
        match group::nearest_to_one(input, &shock.name) {
            None => rows.push(empty(&shock.name)),
            Some(severity) => {
                let group = group::of(input, &shock.name, Some(severity));
                rows.push(row(&shock.name, &words::severity(severity), &group));
            }
        }
    }
    Table::new(columns, rows)
}

fn empty(name: &str) -> Vec<Cell> {
    let nothing = || Cell::new(NOTHING).tone(Tone::Muted);
    let mut cells = vec![Cell::new(name).note("no run of this shock"), Cell::new("0")];
    cells.resize_with(7, nothing);
    cells
}

fn row(name: &str, note: &str, group: &Group) -> Vec<Cell> {
    let held = |run: &VolatilityRun| share_of(run.buy_and_hold.to_f64(), run);
    let bot = group::mean(group.iter().map(|(_, run)| run.profit_share()));
    let hold = group::mean(group.iter().filter_map(|(_, run)| held(run)));
    let count = |better: &dyn Fn(&VolatilityRun) -> bool| {
        let count = group.iter().filter(|(_, run)| better(run)).count();
        Cell::new(format!("{} of {}", number::count(count as u64), number::count(group.len() as u64)))
    };
    vec![
        Cell::new(name).note(note),
        Cell::new(number::count(group.len() as u64)),
        profit(bot),
        Cell::new("0.00 %"),
        profit(hold),
        count(&|run| run.profit > crate::units::Money::ZERO),
        count(&|run| run.profit > run.buy_and_hold),
    ]
}

fn share_of(amount: f64, run: &VolatilityRun) -> Option<f64> {
    let opening = run.opening_equity.to_f64();
    (opening > 0.0).then(|| amount / opening)
}

fn profit(share: Option<f64>) -> Cell {
    match share {
        Some(share) => Cell::new(words::signed_share(share)),
        None => Cell::new(NOTHING).tone(Tone::Muted).note("no equity to begin with"),
    }
}
