//! The page.

use super::input::StabilityInput;
use super::{STABILITY_SCHEMA_VERSION, tables, words};
use crate::readiness::{AxisKind, Conclusion, PointOutcome, ShapeFound, Unit};
use crate::report::ReportError;
use crate::report::number;
use crate::report::plot::{Strip, Strips};
use crate::report::section::{self, Card, sentence, verdict_tone};
use crate::report::sheet::{Picture, Section, Sheet};
use crate::report::table::Tone;
use crate::report::text::plain;

const STATISTICS: &str = "Medians and quartiles are values that were measured (of two middle ones the lower). Intervals of medians, of a figure or of its changes seed by seed: order statistics, 95 % or \
    more (Conover 1999, 3.2); p: sign test, both sides. Intervals of shares: Wilson’s score, 95 %. With dozens of settings some interval misses by chance: one told change alone is weak evidence.";

/// Whether pictures are drawn and everything is shown, or what a prompt has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    Short,
}

/// The page.
///
/// # Errors
/// [`ReportError::Plot`] when the drawing library fails.
pub fn sheet(input: &StabilityInput, extent: Extent) -> Result<Sheet, ReportError> {
    let verdict = input.result.verdict;
    Ok(Sheet {
        title: plain(&format!("{verdict} · stability of {} · {}", input.bot.name, input.scenario.name)),
        headline: verdict.words().to_owned(),
        tone: verdict_tone(verdict),
        reason: sentence(&input.result.reason),
        scope: scope(input),
        warnings: Vec::new(),
        reasons: statement(input),
        cards: cards(input),
        sections: sections(input, extent)?,
        footer: plain(&format!(
            "{} · run {} · digest {} · JSON schema version {STABILITY_SCHEMA_VERSION}",
            input.program, input.run_id, input.digest
        )),
    })
}

fn scope(input: &StabilityInput) -> Vec<String> {
    let market = &input.market;
    let seeds = input.evidence.base.seeds.len() as u64;
    let settings: usize = input.evidence.axes.iter().map(|axis| axis.points.len()).sum();
    vec![
        plain(&format!(
            "{} on {}, market {}, from {}",
            input.bot.name,
            market.symbol,
            market.model,
            number::instant(market.start)
        )),
        plain(&format!(
            "{}: {} under {} each; as configured over {}, with something moved over {}",
            number::counted(input.runs as u64, "run"),
            number::counted(settings as u64, "setting"),
            number::counted(seeds, "seed"),
            input.length,
            input.period
        )),
    ]
}

/// Which conclusions survive, a sentence each.
fn statement(input: &StabilityInput) -> Vec<String> {
    let line = |conclusion: &Conclusion| {
        let name = &conclusion.criterion.name;
        match conclusion.outcome {
            PointOutcome::Holds => format!(
                "“{name}” survives: it holds at all of {}.",
                number::counted(conclusion.settings as u64, "setting")
            ),
            PointOutcome::Unproved => format!("“{name}” is not shown: too few seeds have its figure."),
            PointOutcome::Breaks => {
                let places: Vec<String> = conclusion
                    .breaks
                    .iter()
                    .map(|found| format!("{} (held in {})", tables::place(found), words::held(&found.held)))
                    .collect();
                format!("“{name}” breaks, of each thing that was moved first at: {}.", places.join("; "))
            }
        }
    };
    input.result.conclusions.iter().map(|conclusion| plain(&line(conclusion))).collect()
}

fn cards(input: &StabilityInput) -> Vec<Card> {
    let all = input.result.conclusions.len();
    let survive =
        input.result.conclusions.iter().filter(|conclusion| conclusion.outcome == PointOutcome::Holds).count();
    let card = |label: &str, value: String, note: String| Card { label: label.to_owned(), value, note: plain(&note) };
    let base = input.result.base.get(&input.measure);
    let show = |value: f64| words::figure(value, &input.measure, input);
    let cliffs: Vec<&str> = input
        .evidence
        .axes
        .iter()
        .zip(&input.result.axes)
        .filter(|(axis, result)| is_cliff(result.shapes.get(&axis.measure)))
        .map(|(axis, _)| axis.name.as_str())
        .collect();
    let first = input.result.ranking.first().copied();
    let effect = first.and_then(|place| input.result.axes[place].sensitivity?.effect);
    let first = first.filter(|_| effect != Some(0.0)).map(|place| &input.evidence.axes[place]);
    vec![
        card("Conclusions that survive", format!("{survive} of {all}"), "everything they have to survive".to_owned()),
        card(
            &format!("{}, median", words::label(&input.measure)),
            base.map_or_else(|| number::NOTHING.to_owned(), |base| show(base.median)),
            base.map_or_else(String::new, |base| words::interval(base.interval, show)),
        ),
        card(
            "Cliffs",
            number::count(cliffs.len() as u64),
            if cliffs.is_empty() { "in no figure of the report".to_owned() } else { cliffs.join(", ") },
        ),
        card(
            "Most sensitive to",
            first.map_or_else(|| number::NOTHING.to_owned(), |axis| plain(&axis.name)),
            effect.map_or_else(String::new, |effect| {
                format!("{} widths of the seeds’ middle half", words::plain_number(effect, 3))
            }),
        ),
    ]
}

fn is_cliff(found: Option<&ShapeFound>) -> bool {
    found.is_some_and(|found| found.step.is_some())
}

fn sections(input: &StabilityInput, extent: Extent) -> Result<Vec<Section>, ReportError> {
    let conclusions = Section::new("conclusions", "Conclusions")
        .lead("Fixed before the runs. A conclusion survives where it holds in the demanded share of the seeds as configured and at every setting that it has to survive.")
        .table("findings", tables::conclusions(input))
        .or("The scenario states no criteria.");
    let ranking = Section::new("sensitivity", "What it is most sensitive to")
        .lead("The largest median change seed by seed on each axis, over the width of the middle half of the reference’s seeds: at 1 it moves the figure as far as the seeds themselves do. Ranges that were tried are those of the settings: \
             an axis of small steps moves little. Elasticity of a parameter: percent by which the figure changes for each percent of the parameter, between its nearest settings on both sides.")
        .table("ranking", tables::ranking(input))
        .or("Nothing was moved.");
    if extent == Extent::Short {
        return Ok(vec![
            conclusions,
            Section::new("breaks", "Where conclusions break").table("", tables::breaks(input)),
            ranking,
        ]);
    }
    let matrix = conclusions.titled("At how many settings each holds", "matrix", tables::matrix(input));
    let mut sections = vec![matrix, base(input), ranking, shapes(input)?, settings(input), time(input)?, proofs(input)];
    sections.push(found(input));
    sections.extend(rest(input));
    Ok(sections)
}

fn base(input: &StabilityInput) -> Section {
    Section::new("seeds", "Over seeds, as configured").lead(STATISTICS).table("settings", tables::base(input))
}

/// What the axis of a plot is of.
fn axis_title(measure: &str, input: &StabilityInput) -> String {
    match words::unit(measure, input) {
        Unit::Fraction => format!("{}, %", words::label(measure)),
        Unit::Plain | Unit::Count => words::label(measure),
        unit => format!("{}, {}", words::label(measure), unit.as_str()),
    }
}

fn strip(label: &str, values: Vec<f64>, found: &crate::readiness::Distribution, is_base: bool) -> Strip {
    Strip {
        label: label.to_owned(),
        values,
        quarters: [found.quarter, found.three_quarters],
        median: found.median,
        interval: found.interval,
        is_base,
    }
}

/// Shares in percent.
fn scaled(mut strip: Strip, measure: &str, input: &StabilityInput) -> Strip {
    if words::unit(measure, input) == Unit::Fraction {
        strip.values.iter_mut().chain(&mut strip.quarters).chain([&mut strip.median]).for_each(|value| *value *= 100.0);
        strip.interval = strip.interval.map(|ends| ends.map(|end| end * 100.0));
    }
    strip
}

/// The picture of one axis.
fn picture(place: usize, input: &StabilityInput) -> Result<Picture, ReportError> {
    let (axis, result) = (&input.evidence.axes[place], &input.result.axes[place]);
    let measure = &axis.measure;
    let strips = axis.points.iter().zip(&result.points).enumerate().filter_map(|(place, (point, found))| {
        let values: Vec<f64> = point.values(measure).into_iter().flatten().filter(|value| value.is_finite()).collect();
        let one = strip(&point.label, values, &found.get(measure)?.distribution, place == axis.reference);
        Some(scaled(one, measure, input))
    });
    let strips: Vec<Strip> = strips.collect();
    let shape = result.shapes.get(measure);
    // A setting without the figure is not drawn: places are those of the settings only where none is left out.
    let is_whole = strips.len() == axis.points.len();
    let all = Strips {
        title: axis_title(measure, input),
        strips,
        is_joined: axis.kind.is_ordered(),
        cliff: shape.and_then(|found| found.step).filter(|_| is_whole),
    };
    let svg = all.svg().map_err(|reason| ReportError::Plot { plot: "settings", reason })?;
    Ok(Picture {
        title: plain(&axis.name),
        found: shape.map_or_else(|| "no order".to_owned(), |found| found.shape.words().to_owned()),
        tone: shape.map_or(Tone::Plain, |found| tables::shape_tone(found.shape)),
        caption: sentence(&axis.about),
        svg,
    })
}

fn is_of_time(kind: AxisKind) -> bool {
    matches!(kind, AxisKind::Halves | AxisKind::Days)
}

fn places(input: &StabilityInput, of_time: bool) -> Vec<usize> {
    (0..input.evidence.axes.len()).filter(|place| is_of_time(input.evidence.axes[*place].kind) == of_time).collect()
}

fn pictures(input: &StabilityInput, of_time: bool) -> Result<Vec<Picture>, ReportError> {
    places(input, of_time).into_iter().map(|place| picture(place, input)).collect()
}

fn shapes(input: &StabilityInput) -> Result<Section, ReportError> {
    let picture = "One point a seed, a ring at the edge where it lies beyond; the box is the middle half of the seeds, the bar the 95 % interval of the median, the line joins medians; blue is the reference, and a red step is a cliff.";
    Ok(Section::new("shapes", "Plateau or cliff")
        .lead(picture)
        .lead(tables::shape_rule())
        .pictures(pictures(input, false)?)
        .titled("Shapes of other figures", "settings", tables::shapes(input))
        .or("Nothing was moved."))
}

fn with_tables(mut section: Section, input: &StabilityInput, of_time: bool) -> Section {
    for place in places(input, of_time) {
        section =
            section.titled(plain(&input.evidence.axes[place].name), "settings", tables::settings_of(place, input));
    }
    section
}

fn settings(input: &StabilityInput) -> Section {
    let lead = "Medians over seeds with their intervals; changes are seed by seed against the reference; below a median in the other columns stand lowest and highest.";
    with_tables(Section::new("settings", "Setting by setting").lead(lead), input, false)
}

fn time(input: &StabilityInput) -> Result<Section, ReportError> {
    let lead = "Parts of the whole runs as configured: the bot comes into each as the part before has left it.";
    let section = Section::new("time", "Over time")
        .lead(lead)
        .pictures(pictures(input, true)?)
        .or("The period was not taken apart.");
    Ok(with_tables(section, input, true))
}

fn proofs(input: &StabilityInput) -> Section {
    let section = Section::new("proofs", "Runs made again").lead("A run and its repetitions end with the same digest over everything that happened: alone, beside itself on two threads, and stopped at drawn instants and gone on with from what was kept.");
    let why = &input.proofs.no_resume_because;
    let section = if why.is_empty() { section } else { section.lead(sentence(&format!("not stopped: {why}"))) };
    section.table("proofs", tables::proofs(input))
}

fn found(input: &StabilityInput) -> Section {
    let count = input.findings.len();
    let words = match (count, rule_words(input)) {
        (0, rule) => format!(
            "The audit of each of {} found nothing: no control missed, false or late, no invariant broken.{rule}",
            number::counted(input.runs as u64, "run")
        ),
        (count, _) => format!(
            "The audits of {} of {} found something; the first of each, of thirty runs at most.",
            number::count(count as u64),
            number::counted(input.runs as u64, "run")
        ),
    };
    Section::new("findings", "Audits").lead(plain(&words)).table("settings", tables::findings(input))
}

fn rule_words(input: &StabilityInput) -> String {
    let seeds = input.evidence.base.seeds.len();
    crate::readiness::rule_of_three(seeds).map_or_else(String::new, |most| format!(" Seeds are {seeds}, and their markets are shared by all settings: of further seeds at most {} would show something as configured, with 95 % (3 / n).", words::percent(most)))
}

fn rest(input: &StabilityInput) -> Vec<Section> {
    let mut gaps = Section::new("gaps", "Assumed, and not shown").table("", tables::assumptions(input));
    gaps.lead = input.not_shown.iter().map(|text| sentence(text)).collect();
    let options = Section {
        is_folded: true,
        ..Section::new("options", "Resolved options").table("", section::option_table(&input.options))
    };
    let rerun = Section {
        commands: input.rerun.iter().map(|line| plain(line)).collect(),
        ..Section::new("rerun", "Run it again")
    };
    let identity = Section::new("identity", "What was on trial")
        .lead(plain(&input.scenario.description))
        .table("facts", tables::identity(input));
    vec![
        gaps,
        identity,
        options,
        rerun.lead(
            "The same program, scenario and seeds end in the same digest, on any machine and with any number of jobs.",
        ),
    ]
}
