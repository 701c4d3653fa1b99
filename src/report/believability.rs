//! How far tape modes are off the closed loop, on a generated market.

use super::input::ReportInput;
use super::number;
use super::table::{Cell, Table, figures, words};
use crate::metrics::{Believability, ModeFigures};
use crate::units::Money;

/// One row a mode, the closed loop first; empty where nobody has compared.
pub fn table(input: &ReportInput) -> Table {
    let compared = input.believability.as_ref().and_then(Believability::split);
    let asset = &input.summary.conventions.quote;
    let row = |mode: &ModeFigures, gap: String| {
        vec![
            Cell::new(&mode.mode),
            Cell::new(number::count(mode.orders)),
            Cell::new(number::count(mode.fills)),
            Cell::new(number::metric(&mode.filled(), number::percent)),
            Cell::new(number::metric(&mode.markout_10s(), |bps| number::significant(bps, 3))),
            Cell::new(number::signed_money(mode.profit, asset)),
            Cell::new(gap),
        ]
    };
    let rows = compared.map(|(closed, tapes)| {
        let gap = |tape: &ModeFigures| number::signed_money(less(tape.profit, closed.profit), asset);
        let tapes = tapes.iter().map(|tape| row(tape, gap(tape)));
        std::iter::once(row(closed, "the queue is true".to_owned())).chain(tapes).collect()
    });
    let columns = vec![
        words("Mode"),
        figures("Orders"),
        figures("Fills"),
        figures("Fill rate"),
        figures("Markout 10 s, bps"),
        figures("Profit"),
        figures("Gap"),
    ];
    Table::new(columns, rows.unwrap_or_default())
}

fn less(amount: Money, other: Money) -> Money {
    amount.checked_sub(other).unwrap_or(Money::ZERO)
}

/// The finding: where the closed loop lies beside what tapes make of the same bot. Empty where nobody has compared.
pub fn line(input: &ReportInput) -> String {
    let Some((closed, tapes)) = input.believability.as_ref().and_then(Believability::split) else {
        return String::new();
    };
    let asset = &input.summary.conventions.quote;
    let gaps = || tapes.iter().map(|tape| less(tape.profit, closed.profit));
    let (low, high) = (gaps().min().unwrap_or_default(), gaps().max().unwrap_or_default());
    let within = low <= Money::ZERO && Money::ZERO <= high;
    let where_it_lies = if within {
        "the closed loop lies within the fill assumptions"
    } else if low > Money::ZERO {
        "every fill assumption that was run flatters the bot"
    } else {
        "every fill assumption that was run is harder on the bot than the closed loop"
    };
    let [low, high] = [low, high].map(|gap| number::signed_money(gap, asset));
    format!("Believability: as a tape the same market gives {low} to {high} beside the closed loop; {where_it_lies}.")
}
