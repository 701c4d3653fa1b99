//! The parts of a report as tables and cards, before any format.

use super::input::{DataGrade, Determinism, FindingSeverity, OptionRow, ReportInput, TapeFacts};
use super::number::{self, NOTHING};
use super::table::{Bar, Cell, Table, Tone, figures, words};
use super::text::{plain, prose};
use crate::metrics::{InventoryStatistics, MarketSummary, Metric, Percentiles};
use crate::readiness::{
    Finding, Measured, Outcome, Quality, Verdict, WIRE_SUBJECT, measurements, metric_row, metric_subjects,
};
use crate::units::Money;

/// Tone of a verdict.
pub const fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Go => Tone::Good,
        Verdict::NoGo => Tone::Bad,
        Verdict::InsufficientEvidence => Tone::Doubt,
    }
}

/// A fragment as a sentence: first letter large, full stop.
pub fn sentence(fragment: &str) -> String {
    let fragment = prose(fragment);
    let mut letters = fragment.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if fragment.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// Criteria that were set aside: printed before everything else.
pub fn waivers(input: &ReportInput) -> Vec<String> {
    let waived = input.assessment.findings.iter().filter_map(|finding| Some((finding, finding.waiver.as_ref()?)));
    let line = |(finding, waiver): (&Finding, &crate::readiness::Waiver)| {
        let idle = if finding.is_waived() { "" } else { " (not needed: the criterion does not stand in the way)" };
        plain(&format!("“{}” is waived by {}: {}{idle}", waiver.criterion, waiver.name, waiver.reason))
    };
    waived.map(line).collect()
}

/// What stands against GO, one sentence each.
pub fn blockers(input: &ReportInput) -> Vec<String> {
    input.assessment.blockers.iter().map(|blocker| sentence(&blocker.to_string())).collect()
}

/// One row per criterion.
pub fn findings(input: &ReportInput) -> Table {
    let columns = vec![words("Criterion"), figures("Measured"), words("Demanded"), words("Margin"), words("Result")];
    Table::new(columns, input.assessment.findings.iter().map(finding_row).collect())
}

fn finding_row(finding: &Finding) -> Vec<Cell> {
    let criterion = &finding.criterion;
    let weight = if criterion.mandatory { "" } else { " · optional" };
    let kind = format!("{weight}{}", if criterion.evidence { " · how much was seen" } else { "" });
    let measured = match finding.value {
        Some(value) => Cell::new(number::value(value, &finding.unit)),
        None => Cell::new(NOTHING).tone(Tone::Muted),
    };
    let observations = finding.n.map_or_else(String::new, |n| format!("n = {}", number::count(n)));
    let demanded =
        format!("{} {}", criterion.comparison.words(), number::threshold(criterion.threshold, &finding.unit));
    vec![
        Cell::new(&criterion.name).note(format!("{}{kind}", criterion.metric)),
        measured.note(observations),
        Cell::new(demanded),
        margin_cell(finding),
        result_cell(finding),
    ]
}

fn margin_cell(finding: &Finding) -> Cell {
    let Some(margin) = finding.margin else { return Cell::new(NOTHING).tone(Tone::Muted) };
    let text = number::signed_value(margin, &finding.unit);
    let size = finding.criterion.threshold.to_f64().abs().max(finding.value.map_or(0.0, |value| value.to_f64().abs()));
    let share = if size > 0.0 { (margin.to_f64() / size).clamp(-1.0, 1.0) } else { 0.0 };
    let tone = if finding.outcome == Outcome::Met { Tone::Good } else { Tone::Bad };
    Cell::new(text).bar(Bar { start: 0.5, end: 0.5 + share / 2.0, origin: 0.5, tone })
}

fn result_cell(finding: &Finding) -> Cell {
    let tone = match finding.outcome {
        Outcome::Met => Tone::Good,
        Outcome::NotMet if finding.criterion.evidence => Tone::Doubt,
        Outcome::NotMet => Tone::Bad,
        Outcome::NotMeasured(_) => Tone::Doubt,
    };
    let cell = Cell::new(finding.outcome.words()).pill(tone);
    let reason = match &finding.outcome {
        Outcome::NotMeasured(missing) => missing.to_string(),
        Outcome::Met | Outcome::NotMet => String::new(),
    };
    match &finding.waiver {
        Some(waiver) => {
            cell.note(format!("{reason}{}waived by {}", if reason.is_empty() { "" } else { "; " }, waiver.name))
        }
        None => cell.note(reason),
    }
}

/// A key figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub label: String,
    pub value: String,
    pub note: String,
}

/// The figures a reader looks for first.
pub fn cards(input: &ReportInput) -> Vec<Card> {
    let summary = &input.summary;
    let asset = &summary.conventions.quote;
    let orders = &summary.orders;
    let execution = &summary.execution;
    let card = |label: &str, value: String, note: String| Card {
        label: label.to_owned(),
        value: plain(&value),
        note: prose(&note),
    };
    vec![
        card("Profit", number::signed_money(summary.returns.profit, asset), profit_note(input)),
        card("Largest drawdown", number::metric(&summary.drawdown.fraction, number::percent), drawdown_note(input)),
        sharpe_card(input),
        card("Fills", number::count(execution.fills), fills_note(input)),
        card(
            "Fill ratio",
            number::metric(&orders.fill_ratio_quantity, number::percent),
            because(&orders.fill_ratio_quantity, || {
                format!("by quantity, of {} sent", number::counted(orders.sent, "order"))
            }),
        ),
        card(
            "Fees paid",
            number::money(execution.fees, asset),
            because(&execution.fee_rate, || {
                format!(
                    "{} of {}",
                    number::metric(&execution.fee_rate, number::percent),
                    number::money(execution.traded_notional, asset)
                )
            }),
        ),
        markout_card(input),
        card(
            "Turnover per day",
            number::metric(&summary.exposure.turnover_per_day, |times| format!("{} ×", number::significant(times, 3))),
            because(&summary.exposure.turnover_per_day, || "traded notional over mean equity".to_owned()),
        ),
    ]
}

fn because<T>(metric: &Metric<T>, otherwise: impl FnOnce() -> String) -> String {
    metric.reason().map_or_else(otherwise, str::to_owned)
}

fn profit_note(input: &ReportInput) -> String {
    let returns = &input.summary.returns;
    because(&returns.total_return, || {
        format!(
            "{} of {}",
            number::metric(&returns.total_return, number::percent),
            number::money(returns.start_equity, &input.summary.conventions.quote)
        )
    })
}

fn drawdown_note(input: &ReportInput) -> String {
    let drawdown = &input.summary.drawdown;
    because(&drawdown.fraction, || {
        let open = if drawdown.is_open { "still open at the end" } else { "recovered" };
        format!("{}, {open}", number::money(drawdown.money, &input.summary.conventions.quote))
    })
}

fn sharpe_card(input: &ReportInput) -> Card {
    let returns = &input.summary.returns;
    let (label, metric, note) = match returns.annualised_is_headline {
        true => (
            "Sharpe ratio per year",
            returns.sharpe,
            format!(
                "n = {}, {} periods a year",
                number::counted(returns.periods.into(), "day"),
                input.summary.conventions.periods_per_year
            ),
        ),
        false => (
            "Sharpe ratio per day",
            returns.daily_sharpe,
            format!("n = {}: too few for a figure per year", number::counted(returns.periods.into(), "day")),
        ),
    };
    let value = number::metric(&metric, |ratio| number::significant(ratio, 3));
    Card { label: label.to_owned(), value, note: because(&metric, || note) }
}

fn fills_note(input: &ReportInput) -> String {
    let execution = &input.summary.execution;
    because(&execution.maker_ratio_notional, || {
        format!("{} maker, {} taker", number::count(execution.maker_fills), number::count(execution.taker_fills))
    })
}

fn markout_card(input: &ReportInput) -> Card {
    let markout = input.summary.markouts.iter().find(|markout| markout.horizon.nanos() == 10_000_000_000);
    let (value, note) = match markout {
        None => (NOTHING.to_owned(), "not measured".to_owned()),
        Some(markout) => (
            number::metric(&markout.all.basis_points, |bps| format!("{} bps", number::significant(bps, 3))),
            because(&markout.all.basis_points, || {
                format!("n = {}; positive is good for the bot", number::counted(markout.all.fills, "fill"))
            }),
        ),
    };
    Card { label: "Markout after 10 s".to_owned(), value, note }
}

/// Where the profit came from; the rounded rows add up to the rounded total.
pub fn profit(input: &ReportInput) -> Table {
    let split = &input.summary.profit;
    let mut parts = vec![
        ("Spread captured", "side × (mid at the fill − price) × quantity", split.spread_capture),
        ("Inventory", "what moves of the mid did to the position held", split.inventory),
        ("Fees", "paid, rebates deducted", -split.fees),
    ];
    if let Metric::Value(funding) = split.funding {
        parts.push(("Funding", "", funding));
    }
    if let Some(adjustments) = split.adjustments {
        parts.push(("Adjustments", "corrections by hand", adjustments));
    }
    if let Some(set_right) = split.set_right {
        parts.push(("Busts and corrections", "side × (last mid − price) × quantity of what they post", set_right));
    }
    let amounts: Vec<Money> = parts.iter().map(|part| part.2).collect();
    let decimals = number::decimals_that_add_up(&amounts, split.total);
    let scale = Waterfall::new(&amounts, split.total);
    let mut running = Money::ZERO;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (label, note, amount) in parts {
        let bar = scale.bar(running, running + amount);
        running += amount;
        rows.push(vec![
            Cell::new(label).note(note),
            Cell::new(number::amount(amount, decimals)),
            Cell::default().bar(bar),
        ]);
    }
    rows.push(vec![
        Cell::new("Total").note(match input.summary.returns.allocations {
            None => "equity at the end − equity at the start",
            Some(_) => "equity at the end − equity at the start − what the owner put in",
        }),
        Cell::new(number::amount(split.total, decimals)),
        Cell::default().bar(scale.bar(Money::ZERO, split.total)),
    ]);
    Table::new(vec![words("Part"), figures("Amount"), words("")], rows)
}

/// Maps running sums to 0..=1.
pub struct Waterfall {
    low: f64,
    high: f64,
}

impl Waterfall {
    pub fn new(parts: &[Money], total: Money) -> Self {
        let mut running = 0.0;
        let sums = parts.iter().map(|part| {
            running += part.to_f64();
            running
        });
        let (low, high) =
            sums.chain([total.to_f64()]).fold((0.0_f64, 0.0_f64), |(low, high), sum| (low.min(sum), high.max(sum)));
        Self { low, high: if high > low { high } else { low + 1.0 } }
    }

    fn at(&self, amount: Money) -> f64 {
        (amount.to_f64() - self.low) / (self.high - self.low)
    }

    pub fn bar(&self, from: Money, to: Money) -> Bar {
        let tone = if to >= from { Tone::Good } else { Tone::Bad };
        Bar { start: self.at(from), end: self.at(to), origin: self.at(Money::ZERO), tone }
    }
}

/// One row per market of a run over several, in each market's own scale; empty for a run of one.
pub fn markets(input: &ReportInput) -> Table {
    let columns = vec![
        words("Market"),
        figures("Profit"),
        figures("Fills"),
        figures("Fees"),
        figures("Position at the end"),
        figures("Fill ratio"),
        figures("Markout 10 s, bps"),
        figures("Spread, ticks"),
    ];
    Table::new(columns, input.summary.markets.iter().map(market_row).collect())
}

fn market_row(market: &MarketSummary) -> Vec<Cell> {
    let MarketSummary { conventions, execution, orders, .. } = market;
    let (quote, base) = (&conventions.quote, conventions.base.one().map_or("", String::as_str));
    let held = |read: fn(&InventoryStatistics) -> Money| {
        number::metric(&market.inventory.known(read), |amount| format!("{amount} {base}").replace('-', "−"))
    };
    let markout = market.markouts.iter().find(|markout| markout.horizon.nanos() == 10_000_000_000);
    let markout = markout.map_or(Metric::undefined("not measured"), |markout| markout.all.basis_points);
    let spread = market.spread.figure(|spread| spread.mean_ticks);
    vec![
        Cell::new(&conventions.symbol).note(number::counted(orders.sent, "order")),
        Cell::new(number::signed_money(market.profit.total, quote)),
        Cell::new(number::count(execution.fills)).note(format!("{} maker", number::count(execution.maker_fills))),
        Cell::new(number::money(execution.fees, quote)),
        Cell::new(held(|held| held.end)).note(format!(
            "from {} to {}",
            held(|held| held.shortest),
            held(|held| held.longest)
        )),
        Cell::new(number::metric(&orders.fill_ratio_quantity, number::percent)),
        Cell::new(number::metric(&markout, |bps| number::significant(bps, 3))).note(because(&markout, String::new)),
        Cell::new(number::metric(&spread, |ticks| number::significant(ticks, 3))).note(because(&spread, String::new)),
    ]
}

/// What the names of the presets do not say.
pub const PRESETS: &str = "“Optimistic” means more fills, not more profit.";

/// One row per fill preset.
pub fn band(input: &ReportInput) -> Table {
    let asset = &input.summary.conventions.quote;
    let amounts: Vec<Money> = input.band.iter().map(|row| row.profit).collect();
    let low = amounts.iter().min().copied().unwrap_or_default().min(Money::ZERO);
    let high = amounts.iter().max().copied().unwrap_or_default().max(Money::ZERO);
    let scale = Waterfall::new(&[low, high - low], high);
    let rows = input.band.iter().map(|row| {
        let verdict = input.assessment.lanes.iter().find(|lane| lane.preset == row.preset).map(|lane| lane.verdict);
        let this = if row.preset == input.run.preset { "this run" } else { "" };
        vec![
            Cell::new(&row.preset).note(this),
            Cell::new(number::signed_money(row.profit, asset)),
            Cell::default().bar(scale.bar(Money::ZERO, row.profit)),
            Cell::new(number::metric(&row.max_drawdown, number::percent)),
            Cell::new(number::count(row.fills)),
            Cell::new(number::metric(&row.fill_ratio, number::percent)),
            verdict
                .map_or_else(|| Cell::new(NOTHING), |verdict| Cell::new(verdict.words()).pill(verdict_tone(verdict))),
        ]
    });
    let columns = vec![
        words("Fill preset"),
        figures("Profit"),
        words(""),
        figures("Largest drawdown"),
        figures("Fills"),
        figures("Fill ratio"),
        words("By itself"),
    ];
    Table::new(columns, rows.collect())
}

/// Days shown at most: a year and a little.
pub const DAYS_MAX: usize = 370;

/// Days that stand open on the page: more are folded away.
pub const DAYS_OPEN: usize = 31;

/// Days at the start that are not shown.
pub fn days_left_out(input: &ReportInput) -> usize {
    input.summary.returns.days.len().saturating_sub(DAYS_MAX)
}

/// One row per UTC day.
pub fn days(input: &ReportInput) -> Table {
    let asset = &input.summary.conventions.quote;
    let days = &input.summary.returns.days[days_left_out(input)..];
    let largest = days.iter().map(|day| day.profit.abs().to_f64()).fold(0.0, f64::max);
    let decimals = number::decimals_of_column(days.iter().map(|day| day.profit));
    let close_decimals = number::decimals_of_column(days.iter().map(|day| day.close));
    let rows = days.iter().map(|day| {
        let share = if largest > 0.0 { day.profit.to_f64() / largest } else { 0.0 };
        let tone = if share < 0.0 { Tone::Bad } else { Tone::Good };
        vec![
            Cell::new(&day.day).note(if day.partial { "part of the day" } else { "" }),
            Cell::new(format!("{} {asset}", number::signed_amount(day.profit, decimals))),
            Cell::default().bar(Bar { start: 0.5, end: 0.5 + share / 2.0, origin: 0.5, tone }),
            Cell::new(number::metric(&day.fraction, number::percent_column)),
            Cell::new(format!("{} {asset}", number::amount(day.close, close_decimals))),
        ]
    });
    let columns = vec![words("Day (UTC)"), figures("Profit"), words(""), figures("Return"), figures("Equity at close")];
    Table::new(columns, rows.collect())
}

/// What became of the orders.
pub fn orders(input: &ReportInput) -> Table {
    let orders = &input.summary.orders;
    let row = |label: &str, count: u64, note: &str| vec![Cell::new(label).note(note), Cell::new(number::count(count))];
    let part =
        |label: &str, count: u64, note: &str| vec![Cell::new(label).note(note).part(), Cell::new(number::count(count))];
    let mut rows = vec![
        row("Intents of the strategy", orders.sent + orders.refused, ""),
        part("refused by a gate", orders.refused, "no order exists"),
        row("Orders sent", orders.sent, ""),
        part("accepted by the venue", orders.accepted, ""),
        part("rejected by the venue", orders.rejected, &reasons(&orders.rejected_by_reason)),
        part("filled in part or whole", orders.touched, ""),
        part("filled whole", orders.filled, ""),
        part("ended with an open rest", orders.ended, &reasons(&orders.ended_by_reason)),
        row("Cancels sent", orders.cancels_sent, ""),
        row("Amends sent", orders.amends_sent, ""),
        row("Cancels and amends refused by a gate", orders.requests_refused, ""),
        row(
            "Cancels and amends rejected by the venue",
            orders.requests_rejected,
            &reasons(&orders.requests_rejected_by_reason),
        ),
    ];
    if orders.triggered > 0 {
        rows.push(row("Stops that fired", orders.triggered, ""));
    }
    if input.summary.ambiguous.count > 0 {
        let at_stake = number::money(input.summary.ambiguous.at_stake, &input.summary.conventions.quote);
        let note = format!("{at_stake} at stake");
        rows.push(row("Fills that depend on the path inside a bar", input.summary.ambiguous.count, &note));
    }
    Table::new(vec![words("Step"), figures("Count")], rows)
}

fn reasons(counts: &[crate::metrics::Count]) -> String {
    let parts: Vec<String> =
        counts.iter().map(|count| format!("{} {}", number::count(count.count), count.name)).collect();
    parts.join(", ")
}

/// What the market did after fills.
pub fn markouts(input: &ReportInput) -> Table {
    let show = |figures: &crate::metrics::MarkoutFigures| {
        let note = because(&figures.basis_points, || format!("n = {}", number::count(figures.fills)));
        Cell::new(number::metric(&figures.basis_points, |bps| number::significant(bps, 3))).note(note)
    };
    let rows = input.summary.markouts.iter().map(|markout| {
        vec![
            Cell::new(number::duration(markout.horizon)),
            show(&markout.all),
            show(&markout.maker),
            show(&markout.taker),
            Cell::new(number::count(markout.dropped)),
        ]
    });
    let columns = vec![
        words("After"),
        figures("All, bps"),
        figures("Maker, bps"),
        figures("Taker, bps"),
        figures("Fills left out"),
    ];
    Table::new(columns, rows.collect())
}

/// Delays in milliseconds.
pub fn delays(input: &ReportInput) -> Table {
    let latency = &input.summary.latency;
    let rows = [
        ("Feed", &latency.feed),
        ("Order entry", &latency.order_entry),
        ("Order response", &latency.order_response),
        ("Order round trip", &latency.order_round_trip),
    ];
    let columns =
        vec![words("Milliseconds"), figures("Median"), figures("99 %"), figures("Longest"), figures("n"), words("")];
    Table::new(columns, rows.iter().map(|(label, percentiles)| delay_row(label, percentiles)).collect())
}

fn delay_row(label: &str, percentiles: &Percentiles) -> Vec<Cell> {
    let show = |metric: &Metric<u64>| Cell::new(number::metric(metric, |nanos| number::milliseconds(nanos as f64)));
    let basis = match (percentiles.assumed, percentiles.count) {
        (_, 0) => Cell::new("none measured").tone(Tone::Muted),
        (true, _) => Cell::new("assumed").pill(Tone::Doubt),
        (false, _) => Cell::new("observed"),
    };
    let negative = match percentiles.negative {
        0 => String::new(),
        negative => format!("{} negative: the clocks disagree", number::count(negative)),
    };
    vec![
        Cell::new(label),
        show(&percentiles.p50_ns),
        show(&percentiles.p99_ns),
        show(&percentiles.max_ns),
        Cell::new(number::count(percentiles.count)),
        basis.note(negative),
    ]
}

/// Tone of a grade.
pub const fn grade_tone(grade: DataGrade) -> Tone {
    match grade {
        DataGrade::Fit => Tone::Good,
        DataGrade::FitWithFindings => Tone::Doubt,
        DataGrade::Unfit => Tone::Bad,
    }
}

/// Facts about one tape.
pub fn tape(tape: &TapeFacts) -> Table {
    let clock = tape.clock.as_ref().map_or_else(
        || Cell::new("none needed"),
        |clock| {
            let before = format!(
                "rule {}; before it the smallest latency was {}, negative on {}; no conclusion about feed latency is allowed",
                clock.rule,
                number::duration(clock.latency_min_before),
                number::counted(clock.negative, "message")
            );
            Cell::new(format!("local clock moved by {}", number::duration(clock.shift))).note(before)
        },
    );
    let inferred = match tape.inferred.is_empty() {
        true => "nothing: every field was stated".to_owned(),
        false => tape.inferred.join(", "),
    };
    let rows = vec![
        vec![Cell::new("Instrument"), Cell::new(format!("{} at {}", tape.symbol, tape.venue))],
        vec![
            Cell::new("Holds"),
            Cell::new(format!("{} {} rows, format {}", number::count(tape.rows), tape.kind, tape.format)),
        ],
        vec![
            Cell::new("Covers"),
            Cell::new(format!("{} to {}", number::instant(tape.first_at), number::instant(tape.last_at))),
        ],
        vec![Cell::new("Clock correction"), clock],
        vec![Cell::new("Inferred from the data"), Cell::new(inferred)],
        vec![Cell::new("Content hash"), Cell::new(&tape.content_hash).code()],
    ];
    Table::new(vec![words("Tape"), words("")], rows)
}

/// What the doctor found on one tape.
pub fn data_findings(tape: &TapeFacts) -> Table {
    let rows = tape.findings.iter().map(|finding| {
        let tone = match finding.severity {
            FindingSeverity::Note => Tone::Plain,
            FindingSeverity::Finding => Tone::Doubt,
            FindingSeverity::Unfit => Tone::Bad,
        };
        vec![
            Cell::new(finding.severity.words()).pill(tone),
            match finding.first.as_str() {
                "" => Cell::new(&finding.code),
                first => Cell::new(&finding.code).note(format!("first: {first}")),
            },
            Cell::new(number::count(finding.count)),
            Cell::new(&finding.detail),
            Cell::new(if finding.forbids.is_empty() { "nothing" } else { &finding.forbids }),
        ]
    });
    let columns = vec![words("Grade"), words("Finding"), figures("Count"), words("What"), words("Forbids")];
    Table::new(columns, rows.collect())
}

/// Files a tape was made from.
pub fn sources(tape: &TapeFacts) -> Table {
    let rows = tape.sources.iter().map(|source| {
        vec![Cell::new(&source.name), Cell::new(number::bytes(source.bytes)), Cell::new(&source.sha256).code()]
    });
    Table::new(vec![words("Source file"), figures("Size"), words("SHA-256")], rows.collect())
}

/// What was configured and not observed.
pub fn assumptions(input: &ReportInput) -> Table {
    let rows = input.assumptions.iter().map(|assumption| {
        vec![Cell::new(&assumption.what), Cell::new(&assumption.value), Cell::new(prose(&assumption.basis))]
    });
    Table::new(vec![words("Assumed"), words("Value"), words("Basis")], rows.collect())
}

/// Every resolved option.
pub fn options(input: &ReportInput) -> Table {
    option_table(&input.options)
}

/// Options with where each came from.
pub fn option_table(options: &[OptionRow]) -> Table {
    let rows = options.iter().map(|option| {
        vec![Cell::new(&option.key).code(), Cell::new(&option.value).code(), Cell::new(option.source.words())]
    });
    Table::new(vec![words("Option"), words("Value"), words("From")], rows.collect())
}

/// All metrics of the catalogue, by subject.
pub fn figures_by_subject(input: &ReportInput) -> Vec<(&'static str, Table)> {
    let all = measurements(&input.summary);
    let table = |names: Vec<&'static str>| {
        let rows = names.iter().filter_map(|name| Some(figure_row(name, all.get(name)?))).collect();
        Table::new(vec![words("Figure"), figures("Value")], rows)
    };
    let is_there = |subject: &str| subject != WIRE_SUBJECT || !input.summary.wire.is_empty();
    metric_subjects().filter(|(subject, _)| is_there(subject)).map(|(subject, names)| (subject, table(names))).collect()
}

fn figure_row(name: &'static str, measured: &Measured) -> Vec<Cell> {
    let label = metric_row(name).map_or(name, |row| row.label);
    let observations = measured.n.map_or_else(String::new, |n| format!("n = {}", number::count(n)));
    let value = match &measured.value {
        Err(reason) => Cell::new(NOTHING).tone(Tone::Muted).note(reason),
        Ok(value) => Cell::new(number::value(*value, &measured.unit)).note(match &measured.quality {
            Quality::Observed => observations,
            Quality::Assumed(_) => "assumed".to_owned(),
            Quality::Forbidden(why) => why.clone(),
        }),
    };
    vec![Cell::new(label).note(name), value]
}

/// Whether the run was repeated, as a fragment.
pub fn determinism(input: &ReportInput) -> String {
    match &input.run.determinism {
        Determinism::NotChecked => "not checked: the run was made once".to_owned(),
        Determinism::Repeated => "the run was made twice, to equal digests".to_owned(),
        Determinism::Differs { digest, place } if place.is_empty() => {
            format!("a second run ended in another digest, {digest}")
        }
        Determinism::Differs { digest, place } => {
            format!("a second run ended in another digest, {digest}; {place}")
        }
    }
}

/// Facts about run and bot, label and value.
pub fn identity(input: &ReportInput) -> Table {
    let run = &input.run;
    let dirty = if input.bot.is_dirty { "built from sources with uncommitted changes" } else { "" };
    let parameters: Vec<String> =
        input.bot.parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let rows = vec![
        vec![Cell::new("Bot"), Cell::new(&input.bot.name).note(parameters.join(", "))],
        vec![Cell::new("Build of the bot"), Cell::new(&input.bot.build_id).code().note(dirty)],
        vec![Cell::new("Scenario"), Cell::new(&input.scenario.name).note(&input.scenario.file)],
        vec![Cell::new("Scenario hash"), Cell::new(&input.scenario.hash).code()],
        vec![
            Cell::new("Criteria hash"),
            Cell::new(&input.assessment.criteria_hash).code().note("fixed before the run"),
        ],
        vec![Cell::new("Run id"), Cell::new(&run.run_id).code()],
        vec![Cell::new("Behaviour digest"), Cell::new(&run.digest).code()],
        vec![Cell::new("Seed"), Cell::new(run.seed.to_string()).code()],
        vec![Cell::new("Mode, fill preset"), Cell::new(format!("{}, {}", run.mode, run.preset))],
        vec![
            Cell::new("Program"),
            Cell::new(&run.program).note(format!("build {}, semantics {}", run.build_id, run.semantics)),
        ],
        vec![Cell::new("Order gateway"), Cell::new(&run.gateway)],
        vec![Cell::new("Journal kept"), Cell::new(&run.journal_detail)],
        vec![Cell::new("Repeatability"), Cell::new(determinism(input))],
        vec![Cell::new("Accounts"), Cell::new(run.accounts.words())],
    ];
    Table::new(vec![words("Identity"), words("")], rows)
}

/// One line about what was replayed.
pub fn scope(input: &ReportInput) -> String {
    let span = &input.summary.span;
    let cut = if span.complete { "" } else { " · the journal has no end: the run was cut off" };
    plain(&format!(
        "{} on {} · {} of venue time · {} · {} · {} · seed {} · {}{cut}",
        input.bot.name,
        input.summary.conventions.symbol,
        number::duration(span.end.since(span.start)),
        number::counted(span.rows, "market row"),
        number::counted(input.summary.orders.sent, "order"),
        number::counted(input.summary.execution.fills, "fill"),
        input.run.seed,
        controls(input),
    ))
}

/// How many of the armed gates had to act: `controls exercised: 1 of 6 armed, 2 more in drills`.
fn controls(input: &ReportInput) -> String {
    let armed = || input.gates.iter().filter(|gate| gate.is_armed);
    let drills = match armed().filter(|gate| gate.drilled()).count() {
        0 => String::new(),
        drilled => format!(", {drilled} more in drills"),
    };
    format!("controls exercised: {} of {} armed{drills}", armed().filter(|gate| gate.acted()).count(), armed().count())
}

/// From when to when.
pub fn period(input: &ReportInput) -> String {
    let span = &input.summary.span;
    format!("{} to {}", number::instant(span.start), number::instant(span.end))
}
