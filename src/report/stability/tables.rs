//! The tables.

use super::input::{ProofRow, StabilityInput};
use super::words;
use crate::readiness::{
    AxisKind, BreakPlace, CLIFF, Conclusion, Held, PointOutcome, SLOPE, STABILITY_MEASURES, Sensitivity, Shape,
    rule_of_three,
};
use crate::report::number::{self, NOTHING};
use crate::report::table::{Bar, Cell, Table, Tone, figures, figures_of, words as column};

fn nothing() -> Cell {
    Cell::new(NOTHING).tone(Tone::Muted)
}

/// What an outcome feels like.
pub const fn tone(outcome: PointOutcome) -> Tone {
    match outcome {
        PointOutcome::Holds => Tone::Good,
        PointOutcome::Breaks => Tone::Bad,
        PointOutcome::Unproved => Tone::Doubt,
    }
}

/// What becomes of a conclusion, in words.
pub const fn outcome(outcome: PointOutcome) -> &'static str {
    match outcome {
        PointOutcome::Holds => "survives",
        PointOutcome::Breaks => "breaks",
        PointOutcome::Unproved => "no evidence",
    }
}

/// Where something breaks, in words.
pub fn place(place: &BreakPlace) -> String {
    if place.axis == "base" {
        format!("as configured {}", place.point).trim_end().to_owned()
    } else {
        format!("{} {}", place.axis, place.point)
    }
}

/// One row a conclusion.
pub fn conclusions(input: &StabilityInput) -> Table {
    let columns = vec![
        column("Conclusion"),
        column("Demanded"),
        figures("As configured"),
        figures("Settings"),
        column("Breaks first"),
        column("Result"),
    ];
    let row = |conclusion: &Conclusion| {
        let criterion = &conclusion.criterion;
        let axes: Vec<&str> = criterion.axes.iter().map(|kind| kind.as_str()).collect();
        let scope = if axes.is_empty() { String::new() } else { format!("; has to survive {}", axes.join(", ")) };
        let first = match conclusion.breaks.first() {
            Some(first) => Cell::new(place(first)).note(format!("held in {} seeds", words::held(&first.held))),
            None => Cell::new("nowhere").tone(Tone::Muted),
        };
        vec![
            Cell::new(&criterion.name).note(format!("{}{scope}", words::label(&criterion.measure))),
            Cell::new(words::demand(criterion, input)),
            held(&conclusion.base),
            settings(conclusion),
            first,
            Cell::new(outcome(conclusion.outcome)).pill(tone(conclusion.outcome)),
        ]
    };
    Table::new(columns, input.result.conclusions.iter().map(row).collect())
}

/// In how many seeds, with the interval of the share; of a clean count what the rule of three says.
fn held(held: &Held) -> Cell {
    let [low, high] = held.interval.map(words::percent);
    let clean = rule_of_three(held.runs).filter(|_| held.held == held.runs);
    let clean =
        clean.map_or_else(String::new, |most| format!("; breaks in {} of seeds at most (3 / n)", words::percent(most)));
    Cell::new(words::held(held)).note(format!("share {low} to {high}{clean}"))
}

fn settings(conclusion: &Conclusion) -> Cell {
    let all = || conclusion.points.iter().flatten().flatten().chain([&conclusion.base]);
    let holds = all().filter(|held| held.outcome == PointOutcome::Holds).count();
    Cell::new(format!("{holds} of {}", conclusion.settings)).note("at which it holds")
}

/// Conclusions by what was moved: at how many settings each holds.
pub fn matrix(input: &StabilityInput) -> Table {
    let axes = &input.evidence.axes;
    let columns = [column("Conclusion"), figures("As configured")]
        .into_iter()
        .chain(axes.iter().map(|axis| figures_of(&axis.name)));
    let cell = |points: &Vec<Option<Held>>| {
        let judged: Vec<&Held> = points.iter().flatten().collect();
        let count = |outcome| judged.iter().filter(|held| held.outcome == outcome).count();
        match judged.len() {
            0 => nothing(),
            all => {
                let worst = if count(PointOutcome::Breaks) > 0 {
                    PointOutcome::Breaks
                } else if count(PointOutcome::Unproved) > 0 {
                    PointOutcome::Unproved
                } else {
                    PointOutcome::Holds
                };
                let tone = tone(worst);
                Cell::new(format!("{} {}/{all}", tone.glyph(), count(PointOutcome::Holds))).tone(tone)
            }
        }
    };
    let row = |conclusion: &Conclusion| {
        let base = tone(conclusion.base.outcome);
        let base = Cell::new(format!("{} {}", base.glyph(), words::held(&conclusion.base))).tone(base);
        let cells = conclusion.points.iter().map(cell);
        [Cell::new(&conclusion.criterion.name), base].into_iter().chain(cells).collect()
    };
    Table::new(columns.collect(), input.result.conclusions.iter().map(row).collect())
}

/// Every axis on which a conclusion breaks, and where first.
pub fn breaks(input: &StabilityInput) -> Table {
    let columns = vec![column("Conclusion"), column("Moved"), column("Breaks first at"), figures("Held")];
    let of = |conclusion: &Conclusion| {
        let row = |found: &BreakPlace| {
            let point = if found.point.is_empty() { NOTHING.to_owned() } else { found.point.clone() };
            let [low, high] = found.held.interval.map(words::percent);
            vec![
                Cell::new(&conclusion.criterion.name),
                Cell::new(if found.axis == "base" { "nothing: as configured" } else { &found.axis }),
                Cell::new(point),
                Cell::new(words::held(&found.held)).note(format!("{low} to {high}")),
            ]
        };
        conclusion.breaks.iter().map(row).collect::<Vec<_>>()
    };
    Table::new(columns, input.result.conclusions.iter().flat_map(of).collect())
}

/// The bot as it is, over seeds.
pub fn base(input: &StabilityInput) -> Table {
    let columns = vec![
        column("Figure"),
        figures("Seeds"),
        figures("Median"),
        figures("Middle half"),
        figures("Lowest"),
        figures("Highest"),
    ];
    let row = |measure: &str| {
        let found = input.result.base.get(measure)?;
        let show = |value: f64| words::figure(value, measure, input);
        Some(vec![
            Cell::new(words::label(measure)).note(measure),
            Cell::new(number::count(found.n as u64)),
            Cell::new(show(found.median)).note(words::interval(found.interval, show)),
            Cell::new(format!("{} to {}", show(found.quarter), show(found.three_quarters))),
            Cell::new(show(found.lowest)),
            Cell::new(show(found.highest)),
        ])
    };
    Table::new(columns, measures(input).into_iter().filter_map(row).collect())
}

/// Measures in the order in which they are shown: the usual ones first.
pub fn measures<'a>(input: &'a StabilityInput) -> Vec<&'a str> {
    let others = input.result.base.keys().map(String::as_str).filter(|name| !STABILITY_MEASURES.contains(name));
    STABILITY_MEASURES.into_iter().chain(others).collect()
}

/// The most sensitive first.
pub fn ranking(input: &StabilityInput) -> Table {
    let columns = vec![
        column("Moved"),
        figures("Effect"),
        column("In widths of the seeds’ middle half"),
        column("Largest change"),
        column("At"),
        figures("Elasticity"),
    ];
    let effect = |sensitivity: &Sensitivity| sensitivity.effect.filter(|effect| effect.is_finite());
    let all = input.result.axes.iter().filter_map(|axis| effect(axis.sensitivity.as_ref()?));
    let most = all.fold(0.0_f64, f64::max);
    let row = |place: &usize| {
        let (axis, found) = (&input.evidence.axes[*place], input.result.axes[*place].sensitivity.as_ref()?);
        let (change, note) = words::change(&found.change, &axis.measure, input);
        let size = effect(found);
        let bar = Bar {
            start: 0.0,
            end: size.map_or(1.0, |size| if most > 0.0 { size / most } else { 0.0 }),
            origin: 0.0,
            tone: Tone::Plain,
        };
        let elasticity = found.elasticity.map_or_else(nothing, |value| Cell::new(words::plain_number(value, 2)));
        let effect = match size {
            Some(size) => Cell::new(words::plain_number(size, 3)),
            None => nothing().note("seeds do not differ"),
        };
        let changed = Cell::new(change).note(format!("{}; {note}", words::label(&axis.measure)));
        let at = axis.points.get(found.point).map_or("", |point| &point.label);
        Some(vec![
            Cell::new(&axis.name).note(kind(axis.kind)),
            effect,
            Cell::default().bar(bar),
            changed,
            Cell::new(at),
            elasticity,
        ])
    };
    Table::new(columns, input.result.ranking.iter().filter_map(row).collect())
}

const fn kind(kind: AxisKind) -> &'static str {
    match kind {
        AxisKind::Parameters => "parameter of the strategy",
        AxisKind::Latency => "time to the venue and back",
        AxisKind::Fills => "how fills are judged",
        AxisKind::Fees => "what the venue charges",
        AxisKind::DataLoss => "messages of the feed",
        AxisKind::ClockSkew => "clock of the bot",
        AxisKind::Halves => "part of the period",
        AxisKind::Days => "part of the period",
    }
}

/// What a shape feels like.
pub const fn shape_tone(shape: Shape) -> Tone {
    match shape {
        Shape::Plateau => Tone::Good,
        Shape::Cliff => Tone::Bad,
        Shape::Slope => Tone::Plain,
        Shape::Untold => Tone::Doubt,
    }
}

/// Measures whose shape is shown beside the report's own.
const SHAPED: [&str; 5] = ["max_drawdown", "fill_ratio", "markout_10s_bps", "order_success_rate", "audit_findings"];

/// Shapes of every axis with an order.
pub fn shapes(input: &StabilityInput) -> Table {
    let others: Vec<&str> = SHAPED.into_iter().filter(|name| *name != input.measure).collect();
    let columns = [column("Moved"), column("Figure of the report")].into_iter().chain(others.iter().map(|name| {
        let mut column = figures_of(&words::short(name));
        column.align = crate::report::table::Align::Text;
        column
    }));
    let rows = input.evidence.axes.iter().zip(&input.result.axes).filter(|(axis, _)| axis.kind.is_ordered());
    let rows = rows.map(|(axis, result)| {
        let cell = |measure: &str| {
            let Some(found) = result.shapes.get(measure) else { return nothing() };
            let step = found.step.map(|step| step.map(|place| axis.points[place].label.as_str()));
            let note = step.map_or_else(String::new, |[near, far]| format!("{near} → {far}"));
            let shown = Cell::new(found.shape.words());
            let tone = shape_tone(found.shape);
            if matches!(found.shape, Shape::Cliff) {
                shown.pill(tone).note(note)
            } else {
                shown.tone(if tone == Tone::Doubt { Tone::Muted } else { Tone::Plain })
            }
        };
        let own = cell(&axis.measure);
        [Cell::new(&axis.name), own].into_iter().chain(others.iter().map(|name| cell(name))).collect()
    });
    Table::new(columns.collect(), rows.collect())
}

/// The rule behind the shapes.
pub fn shape_rule() -> String {
    let percent = |share: f64| words::percent(share);
    format!(
        "The rule is ours. Steps are looked at from the reference outwards; the scale is the size of the reference’s median, or the width of its seeds’ middle half where that is more. Cliff: a step whose paired \
         change is told from nothing, is for the worse and takes {} of the scale or more, or {} and the median’s sign. Slope: no cliff, and somewhere a change of {} or more that is told from nothing. Plateau: \
         neither, and the intervals of all changes lie within {}. Not told: the seeds are too few or too far apart for either.",
        percent(CLIFF),
        percent(SLOPE),
        percent(SLOPE),
        percent(CLIFF)
    )
}

/// Columns of medians beside the measure of an axis.
const BESIDE: [&str; 5] = ["max_drawdown", "fills", "fill_ratio", "order_success_rate", "audit_findings"];

/// One axis, setting by setting.
pub fn settings_of(place: usize, input: &StabilityInput) -> Table {
    let (axis, result) = (&input.evidence.axes[place], &input.result.axes[place]);
    let beside: Vec<&str> = BESIDE
        .into_iter()
        .filter(|name| *name != axis.measure && result.points.iter().any(|point| point.contains_key(*name)))
        .collect();
    let columns = [
        column("Setting"),
        figures_of(&format!("{}, median", words::label(&axis.measure))),
        figures("Change, seed by seed"),
        figures("Middle half"),
    ];
    let columns = columns.into_iter().chain(beside.iter().map(|name| figures_of(&words::short(name))));
    let rows = axis.points.iter().zip(&result.points).enumerate().map(|(place, (point, found))| {
        let note = if point.is_base && point.note.is_empty() { "as configured" } else { &point.note };
        let name = Cell::new(&point.label).note(note);
        let own = found.get(&axis.measure);
        let show = |value: f64| words::figure(value, &axis.measure, input);
        let median = own.map_or_else(nothing, |own| {
            Cell::new(show(own.distribution.median)).note(words::interval(own.distribution.interval, show))
        });
        let change = match own.and_then(|own| own.change) {
            Some(change) => {
                let (text, note) = words::change(&change, &axis.measure, input);
                Cell::new(text).note(note)
            }
            None if place == axis.reference => Cell::new("reference").tone(Tone::Muted),
            None => nothing(),
        };
        let half = own.map_or_else(nothing, |own| {
            Cell::new(format!("{} to {}", show(own.distribution.quarter), show(own.distribution.three_quarters)))
                .note(format!("{} to {}", show(own.distribution.lowest), show(own.distribution.highest)))
        });
        let others = beside.iter().map(|name| match found.get(*name) {
            Some(found) => {
                let show = |value: f64| words::figure(value, name, input);
                Cell::new(show(found.distribution.median)).note(format!(
                    "{} to {}",
                    show(found.distribution.lowest),
                    show(found.distribution.highest)
                ))
            }
            None => nothing(),
        });
        [name, median, change, half].into_iter().chain(others).collect()
    });
    Table::new(columns.collect(), rows.collect())
}

/// Runs that were made again.
pub fn proofs(input: &StabilityInput) -> Table {
    let row = |what: &str, row: &ProofRow| {
        let (words, tone) = if row.is_same { ("the same", Tone::Good) } else { ("another", Tone::Bad) };
        vec![Cell::new(what).note(&row.how), Cell::new(&row.digest).code(), Cell::new(words).pill(tone)]
    };
    let proofs = &input.proofs;
    let first = vec![Cell::new("The run").note(&proofs.run), Cell::new(&proofs.digest).code(), nothing()];
    let again = proofs.determinism.iter().map(|proof| row("Again", proof));
    let resumed = proofs.resume.iter().map(|proof| row("Stopped and gone on with", proof));
    Table::new(
        vec![column("Run"), column("Digest of what happened"), column("Result")],
        std::iter::once(first).chain(again).chain(resumed).collect(),
    )
}

/// Findings shown.
const FINDINGS_MAX: usize = 30;

/// What audits found.
pub fn findings(input: &StabilityInput) -> Table {
    let row = |(group, seed, text): &(String, u64, String)| {
        vec![Cell::new(group), Cell::new(seed.to_string()), Cell::new(text)]
    };
    Table::new(
        vec![column("Setting"), figures("Seed"), column("First finding")],
        input.findings.iter().take(FINDINGS_MAX).map(row).collect(),
    )
}

/// What was on trial.
pub fn identity(input: &StabilityInput) -> Table {
    let parameters: Vec<String> = input.bot.parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let market = &input.market;
    let dirty = if input.bot.is_dirty { "built from sources with uncommitted changes" } else { "" };
    let rows = vec![
        vec![Cell::new("Bot"), Cell::new(&input.bot.name).note(parameters.join(", "))],
        vec![Cell::new("Build of the bot"), Cell::new(&input.bot.build_id).code().note(dirty)],
        vec![
            Cell::new("Market"),
            Cell::new(format!("{}, {}", market.model, market.symbol))
                .note(format!("every run starts at {}", number::instant(market.start))),
        ],
        vec![
            Cell::new("Seeds"),
            Cell::new(format!("{} to {}", input.seeds.0, input.seeds.1)).note("the same for every setting"),
        ],
        vec![
            Cell::new("Length of a run"),
            Cell::new(input.length.to_string()).note(format!("where something was moved {}", input.period)),
        ],
        vec![Cell::new("Scenario"), Cell::new(&input.scenario.name).note(&input.scenario.file)],
        vec![Cell::new("Scenario hash"), Cell::new(&input.scenario.hash).code()],
        vec![Cell::new("Run id"), Cell::new(&input.run_id).code()],
        vec![Cell::new("Digest of all runs"), Cell::new(&input.digest).code()],
        vec![
            Cell::new("Program"),
            Cell::new(&input.program).note(format!("build {}, semantics {}", input.build_id, input.semantics)),
        ],
    ];
    Table::new(vec![column("Identity"), column("")], rows)
}

/// What is configured and not observed.
pub fn assumptions(input: &StabilityInput) -> Table {
    let row = |row: &crate::report::input::Assumption| {
        vec![Cell::new(&row.what), Cell::new(&row.value), Cell::new(&row.basis)]
    };
    Table::new(vec![column("Assumed"), column("Value"), column("Basis")], input.assumptions.iter().map(row).collect())
}
