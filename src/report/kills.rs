//! What followed kills at random moments.

use super::input::ReportInput;
use super::number::{self, NOTHING};
use super::table::{Cell, Table, Tone, figures, words};
use crate::audit::{FOLLOWED, KillDrill, Times};
use crate::units::Span;

/// One row a figure; empty when no drill was held.
pub fn table(input: &ReportInput) -> Table {
    let columns = vec![
        words("After a kill"),
        figures("Of"),
        figures("Count"),
        figures("p50"),
        figures("p99"),
        figures("Longest"),
    ];
    Table::new(columns, input.kill_drill.as_ref().map(rows).unwrap_or_default())
}

fn rows(drill: &KillDrill) -> Vec<Vec<Cell>> {
    let figures = &drill.figures;
    let wrong = |count: u64| Cell::new(number::count(count)).tone(if count == 0 { Tone::Plain } else { Tone::Bad });
    let of_all = || Cell::new(number::counted(figures.kills, "kill"));
    let plain =
        |words: &str, of: Cell, count: Cell| [vec![Cell::new(words), of, count], vec![Cell::new(NOTHING); 3]].concat();
    let cancels = number::counted(figures.demanded, "cancel");
    let confirmed = Cell::new(number::count(figures.confirmed));
    let mut rows = vec![
        plain("orders sent that add risk", of_all(), wrong(figures.added_risk)),
        plain("something wrong by the audit", of_all(), wrong(figures.unclean)),
        plain("orders that were on their way", of_all(), Cell::new(number::count(figures.on_their_way))),
        [vec![Cell::new("the last cancel confirmed"), Cell::new(cancels), confirmed], times(&figures.cancelled)]
            .concat(),
    ];
    if drill.flatten {
        let held = number::counted(figures.held, "kill");
        let first = vec![
            Cell::new("nothing held any more"),
            Cell::new(held).note("with a position"),
            Cell::new(number::count(figures.flat.count)),
        ];
        rows.push([first, times(&figures.flat)].concat());
    }
    rows
}

fn times(times: &Times) -> Vec<Cell> {
    let cell = |nanos| {
        Cell::new(if times.count == 0 { NOTHING.to_owned() } else { number::duration(Span::from_nanos(nanos)) })
    };
    [times.p50_ns, times.p99_ns, times.max_ns].map(cell).into()
}

/// All of it in one line.
pub fn line(input: &ReportInput) -> String {
    let Some(drill) = &input.kill_drill else {
        return "Kill drill: not held; `seatrial run --kills 1000` holds one.".to_owned();
    };
    let figures = &drill.figures;
    let result = match (drill.failure(), drill.left_open()) {
        (Some(failure), _) => format!("FAILED: {failure}"),
        (None, Some(open)) => format!("not over: {open}"),
        (None, None) => "no order that adds risk left after any of them".to_owned(),
    };
    let longest = match figures.cancelled.count {
        0 => "no order was open at any".to_owned(),
        _ => format!(
            "the last cancel confirmed after at most {}",
            number::duration(Span::from_nanos(figures.cancelled.max_ns))
        ),
    };
    format!(
        "Kill drill: {} at random moments (seed {}), each followed for {}: {result}; {longest}.",
        number::counted(figures.kills, "kill"),
        drill.seed,
        number::duration(FOLLOWED)
    )
}
