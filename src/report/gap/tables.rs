//! The tables of a gap.

use super::{GapInput, PresetGap, both};
use crate::metrics::{Cause, CauseRow, DelayPair, FillRate, Gap};
use crate::model::Instrument;
use crate::report::number::{self, NOTHING};
use crate::report::section::Waterfall;
use crate::report::table::{Cell, Table, Tone, figures, words};
use crate::units::{Money, Quantity, Span};

/// A quantity with its asset.
pub fn quantity(steps: i64, instrument: &Instrument) -> String {
    format!("{} {}", number::group(&instrument.show_quantity(Quantity::new(steps))), instrument.base)
}

/// The gap by cause, with running sums as bars.
pub fn causes(input: &GapInput) -> Table {
    let gap = &input.own().gap;
    let amounts: Vec<Money> = gap.causes.iter().map(|row| row.amount).collect();
    let decimals = number::decimals_that_add_up(&amounts, gap.profit());
    let scale = Waterfall::new(&amounts, gap.profit());
    let mut running = Money::ZERO;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for row in &gap.causes {
        let bar = scale.bar(running, running + row.amount);
        running += row.amount;
        rows.push(vec![
            Cell::new(sentence_case(row.cause.words())).note(meaning(row.cause)),
            Cell::new(if row.orders == 0 { NOTHING.to_owned() } else { number::count(row.orders) }),
            Cell::new(if row.steps == 0 { NOTHING.to_owned() } else { quantity(row.steps, &input.instrument) }),
            Cell::new(number::signed_amount(row.amount, decimals)).tone(amount_tone(row)),
            Cell::default().bar(bar),
        ]);
    }
    rows.push(vec![
        Cell::new("Gap").note("profit and loss of the log − that of the simulation"),
        Cell::new(""),
        Cell::new(""),
        Cell::new(number::signed_amount(gap.profit(), decimals)),
        Cell::default().bar(scale.bar(Money::ZERO, gap.profit())),
    ]);
    Table::new(vec![words("Cause"), figures("Orders"), figures("Quantity"), figures("Amount"), words("")], rows)
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

const fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::OnlyInLog => "what orders made that no order of the simulation is",
        Cause::OnlyInSimulation => "what orders made that no order of the log is, taken away",
        Cause::MissingInSimulation => "orders of both that the log alone filled",
        Cause::ExtraInSimulation => "orders of both that the simulation alone filled, taken away",
        Cause::Quantity => "orders that both filled, but not as much",
        Cause::Price => "side × (simulated price − price) × quantity of what both filled",
        Cause::Fee => "simulated fee − fee of what both filled",
        Cause::Mark => "what the log holds, at its own last price",
    }
}

fn amount_tone(row: &CauseRow) -> Tone {
    match row.amount.cmp(&Money::ZERO) {
        std::cmp::Ordering::Less => Tone::Bad,
        std::cmp::Ordering::Equal => Tone::Muted,
        std::cmp::Ordering::Greater => Tone::Good,
    }
}

/// Fill rate and fees of both.
pub fn rates(input: &GapInput) -> Table {
    let gap = &input.own().gap;
    let quote = &input.instrument.quote;
    let share = |value: Option<f64>| value.map_or_else(|| NOTHING.to_owned(), number::percent);
    let row = |what: &str, of: &dyn Fn(&FillRate) -> String| {
        let mut cells = vec![Cell::new(what)];
        cells.extend(both(gap).map(|(_, rate)| Cell::new(of(rate))));
        cells
    };
    let rows = vec![
        row("Orders sent", &|rate| if rate.knows_orders { number::count(rate.orders) } else { NOTHING.to_owned() }),
        row("Orders with any fill", &|rate| number::count(rate.filled_any)),
        row("Share of orders with any fill", &|rate| share(rate.by_orders())),
        row("Fills", &|rate| number::count(rate.fills)),
        row("Quantity filled", &|rate| quantity(rate.quantity_filled, &input.instrument)),
        row("Share of the quantity", &|rate| share(rate.by_quantity())),
        row("Traded notional", &|rate| number::money(rate.notional, quote)),
        row("Fees", &|rate| number::money(rate.fees, quote)),
        row("Fees per notional", &|rate| {
            rate.fee_bps().map_or_else(|| NOTHING.to_owned(), |bps| format!("{} bps", number::significant(bps, 4)))
        }),
    ];
    Table::new(vec![words("Figure"), figures("Log"), figures("Simulation")], rows)
}

/// Prices of what both filled.
pub fn prices(input: &GapInput) -> Table {
    let price = &input.own().gap.price;
    if price.lots == 0 {
        return Table::default();
    }
    let amount = input.own().gap.causes.iter().find(|row| row.cause == Cause::Price).map(|row| row.amount);
    let quote = &input.instrument.quote;
    let rows = vec![
        vec![Cell::new("Mean over the quantity"), Cell::new(mean_ticks(&input.own().gap))],
        vec![Cell::new("Worst lot"), Cell::new(format!("{} ticks", number::group(&price.worst.to_string())))],
        vec![Cell::new("Best lot"), Cell::new(format!("{} ticks", number::group(&price.best.to_string())))],
        vec![Cell::new("In money"), Cell::new(number::signed_money(amount.unwrap_or_default(), quote))],
        vec![Cell::new("Quantity that both filled"), Cell::new(quantity(price.steps, &input.instrument))],
    ];
    Table::new(vec![words("Price"), figures("Log against simulation")], rows)
}

/// Mean difference of prices in ticks.
pub fn mean_ticks(gap: &Gap) -> String {
    gap.price.mean_ticks().map_or_else(
        || NOTHING.to_owned(),
        |ticks| {
            let sign = if ticks > 0.0 { "+" } else { "" };
            format!("{sign}{} ticks", number::significant(ticks, 3))
        },
    )
}

/// Times from order to first fill.
pub fn delays(input: &GapInput) -> Table {
    let delays = &input.own().gap.delays;
    let row = |what: &str, note: &str, pair: &DelayPair| {
        let span = |span: Span| if pair.count == 0 { NOTHING.to_owned() } else { number::duration(span) };
        vec![
            Cell::new(what).note(note),
            Cell::new(number::count(pair.count)),
            Cell::new(span(pair.p50)),
            Cell::new(span(pair.p95)),
        ]
    };
    let rows = vec![
        row("Log", "order to first fill", &delays.log),
        row("Simulation", "order to first fill", &delays.simulation),
        row("Difference", "first fill in the log − in the simulation, of orders that both filled", &delays.difference),
    ];
    Table::new(vec![words("Time"), figures("Orders"), figures("Median"), figures("95th percentile")], rows)
}

/// How far each fill preset is off.
pub fn presets(input: &GapInput) -> Table {
    let equals = input.equals();
    let columns = vec![
        words("Fill preset"),
        figures("Distance"),
        figures("Fills"),
        figures("Share filled"),
        figures("Price"),
        figures("First fill later"),
        figures("Gap in profit"),
        words("Closest"),
    ];
    let row = |preset: &PresetGap| {
        let gap = &preset.gap;
        let note = if preset.preset == input.own().preset { "the run’s own" } else { "" };
        let is_closest = equals.contains(&preset.preset.as_str()) && input.presets.len() > 1;
        let mark = if is_closest { Cell::new("closest").pill(Tone::Good) } else { Cell::new("") };
        let later = if gap.delays.difference.count == 0 {
            NOTHING.to_owned()
        } else {
            number::duration(gap.delays.difference.p50)
        };
        vec![
            Cell::new(&preset.preset).note(note),
            Cell::new(number::percent(gap.distance.fraction())),
            Cell::new(number::count(gap.simulation.fills)),
            Cell::new(gap.simulation.by_quantity().map_or_else(|| NOTHING.to_owned(), number::percent)),
            Cell::new(mean_ticks(gap)),
            Cell::new(later),
            Cell::new(number::signed_money(gap.profit(), &input.instrument.quote)),
            mark,
        ]
    };
    Table::new(columns, input.presets.iter().map(row).collect())
}

/// How orders were matched.
pub fn matching(input: &GapInput) -> Table {
    let matching = &input.own().gap.matching;
    let row = |what: &str, note: &str, count: u64| vec![Cell::new(what).note(note), Cell::new(number::count(count))];
    let rows = vec![
        row("By the bot’s own number", "side and size agree, and the time of sending", matching.by_id),
        row("By side, size, price and time", "the nearest within the time allowed", matching.by_time),
        row("Only in the log", "no order of the simulation is it", matching.only_log.len() as u64),
        row("Only in the simulation", "no order of the log is it", matching.only_simulation.len() as u64),
    ];
    Table::new(vec![words("Orders"), figures("Count")], rows)
}
