//! How far tapes are off on the markets of some of the runs.

use super::input::VolatilityInput;
use super::words;
use crate::metrics::{BelievedRun, ModeFigures};
use crate::readiness::VolatilityRun;
use crate::report::believability::{BelievedMode, Place, columns, modes, rows};
use crate::report::number;
use crate::report::table::{Cell, Table, figures, figures_of, words as column};
use crate::units::Money;
use serde::Serialize;

/// For programs: what it comes to, and every run that was had both ways.
#[derive(Serialize)]
pub struct Believed<'a> {
    /// What it comes to, in a sentence.
    finding: String,
    runs: Vec<BelievedCell<'a>>,
}

#[derive(Serialize)]
struct BelievedCell<'a> {
    /// Place of the run.
    run: usize,
    regime: &'a str,
    shock: Option<&'a str>,
    severity: f64,
    seed: u64,
    /// Why there is no closed loop, and what to do for one.
    #[serde(skip_serializing_if = "str::is_empty")]
    no_loop_because: &'a str,
    /// One a mode, the closed loop first where there is one.
    modes: Vec<BelievedMode<'a>>,
}

/// For programs; nothing where nobody has compared.
pub fn believed<'a>(input: &VolatilityInput<'a>) -> Option<Believed<'a>> {
    let cell = |(believed, run): (&'a BelievedRun, &'a VolatilityRun)| BelievedCell {
        run: believed.run,
        regime: &run.regime,
        shock: run.shock.as_deref(),
        severity: run.severity,
        seed: run.seed,
        no_loop_because: &believed.believability.no_loop_because,
        modes: modes(&believed.believability.modes, believed.believability.split().map(|(closed, _)| closed)),
    };
    let runs: Vec<BelievedCell> = all(input).into_iter().map(cell).collect();
    (!runs.is_empty()).then(|| Believed { finding: line(input), runs })
}

type Both<'a> = (&'a BelievedRun, &'a VolatilityRun);

fn all<'a>(input: &VolatilityInput<'a>) -> Vec<Both<'a>> {
    let runs = input.believability.iter();
    runs.filter_map(|believed| Some((believed, input.runs.get(believed.run)?))).collect()
}

/// The run over a shock whose widest gap is the widest of all; the first of several.
fn worst<'a>(all: &[Both<'a>]) -> Option<Both<'a>> {
    let shocked = all.iter().copied().filter(|(_, run)| run.shock.is_some());
    let gap = |both: &Both| both.0.believability.widest_gap();
    shocked.reduce(|worst, both| if gap(&worst) < gap(&both) { both } else { worst })
}

fn market(run: &VolatilityRun) -> Cell {
    let name = run.shock.as_ref().map(|shock| format!("{shock} {}", words::severity(run.severity)));
    Cell::new(name.unwrap_or_else(|| "Calm market".to_owned()))
}

fn market_of_kind(run: &VolatilityRun) -> Cell {
    market(run).note(format!("regime {}, seed {}", run.regime, run.seed))
}

/// Calm markets in full, and that of the shock under which the gap is widest: one row a mode.
pub fn table(input: &VolatilityInput) -> Table {
    let all = all(input);
    let calm = all.iter().copied().filter(|(_, run)| run.shock.is_none());
    let shown: Vec<Both> = calm.chain(worst(&all)).collect();
    let has_loop = shown.iter().any(|(believed, _)| believed.believability.split().is_some());
    let of_one = |(believed, run): &Both| {
        let closed = believed.believability.split().map(|(closed, _)| closed);
        let rows = rows(&believed.believability.modes, closed, &input.market.quote).into_iter().enumerate();
        let named = rows.map(|(place, mut row)| {
            let name = if place == 0 { market_of_kind(run) } else { Cell::default() };
            row.resize_with(columns(has_loop).len(), Cell::default);
            std::iter::once(name).chain(row).collect()
        });
        named.collect::<Vec<Vec<Cell>>>()
    };
    let columns = std::iter::once(column("Market")).chain(columns(has_loop)).collect();
    Table::new(columns, shown.iter().flat_map(of_one).collect())
}

/// One row a shock: the closed loop, and the gap of each tape mode to it. Empty without a closed loop.
pub fn shocks(input: &VolatilityInput) -> Table {
    let all: Vec<Both> = all(input).into_iter().filter(|(_, run)| run.shock.is_some()).collect();
    let Some((_, first)) = all.iter().find_map(|(believed, _)| believed.believability.split()) else {
        return Table::default();
    };
    let names: Vec<&str> = first.iter().map(|mode| mode.mode.as_str()).collect();
    let gaps = names.iter().map(|name| figures_of(&format!("Gap, {name}")));
    let columns = [column("Market"), figures("Fill rate"), figures("Markout 10 s, bps"), figures("Profit")];
    let columns = columns.into_iter().chain(gaps).collect();
    let row = |(believed, run): &Both| {
        let (closed, tapes) = believed.believability.split()?;
        let gap = |name: &&str| {
            let tape = tapes.iter().find(|tape| tape.mode == *name);
            tape.map_or_else(Cell::default, |tape| {
                Cell::new(number::signed_money(tape.gap(closed), &input.market.quote)).note(filled_beside(tape))
            })
        };
        let own = [
            market(run),
            Cell::new(number::metric(&closed.filled(), number::percent)),
            Cell::new(number::metric(&closed.markout_10s(), |bps| number::significant(bps, 3))),
            Cell::new(number::signed_money(closed.profit, &input.market.quote)),
        ];
        Some(own.into_iter().chain(names.iter().map(gap)).collect())
    };
    Table::new(columns, all.iter().filter_map(row).collect())
}

/// Fill rate and markout of a tape mode, in a note.
fn filled_beside(tape: &ModeFigures) -> String {
    let filled = number::metric(&tape.filled(), number::percent);
    let markout = number::metric(&tape.markout_10s(), |bps| number::significant(bps, 3));
    format!("{filled}, {markout} bps")
}

/// The finding: on how many markets tapes flatter the bot, and where the gap is widest. Empty where nobody has compared.
pub fn line(input: &VolatilityInput) -> String {
    let all = all(input);
    if all.is_empty() {
        return String::new();
    }
    let looped: Vec<Both> =
        all.iter().copied().filter(|(believed, _)| believed.believability.split().is_some()).collect();
    let Some(widest) = looped.iter().copied().reduce(|widest, both| {
        let gap = |both: &Both| both.0.believability.widest_gap();
        if gap(&widest) < gap(&both) { both } else { widest }
    }) else {
        let because = crate::report::section::sentence(&all[0].0.believability.no_loop_because);
        return format!("Believability: there is no closed loop of these markets, and so no true queue. {because}");
    };
    let count = |place: Place| {
        let of = |(believed, _): &&Both| {
            believed.believability.split().is_some_and(|(closed, tapes)| Place::of(closed, tapes) == place)
        };
        looped.iter().filter(of).count()
    };
    let places = [
        (Place::Flattered, "every fill preset flatters the bot"),
        (Place::Harder, "every fill preset is harder on the bot"),
        (Place::Within, "the closed loop lies within the fill presets"),
    ];
    let found = places.iter().map(|(place, words)| (count(*place), words)).filter(|(count, _)| 0 < *count);
    let found: Vec<String> = found.map(|(count, words)| format!("in {count} {words}")).collect();
    format!(
        "Believability: {} had both ways, as a tape and in the closed loop, where the queue is true: {}; {}.",
        number::counted(looped.len() as u64, "market"),
        found.join(", "),
        widest_words(widest, input)
    )
}

/// Where a tape is furthest off.
fn widest_words((believed, run): Both, input: &VolatilityInput) -> String {
    let Some((closed, tapes)) = believed.believability.split() else { return String::new() };
    let widest = believed.believability.widest_gap();
    let tape = tapes.iter().find(|tape| tape.gap(closed).abs() == widest);
    let asset = &input.market.quote;
    let share = |gap: Money| {
        let opening = run.opening_equity.to_f64();
        if opening > 0.0 {
            format!(" ({} of equity)", words::signed_share(gap.to_f64() / opening))
        } else {
            String::new()
        }
    };
    let gap = |tape: &ModeFigures| {
        let gap = tape.gap(closed);
        format!("{}{} under {}", number::signed_money(gap, asset), share(gap), tape.mode)
    };
    format!("the widest gap is {} ({})", tape.map_or_else(String::new, gap), words::place(run))
}
