//! The page of what a run took of its machine.

use super::ReportError;
use super::number::{self, NOTHING};
use super::plot::{AMBER, BLUE, Chart, GREEN, GREY, Line, Scale, Stroke};
use super::section::verdict_tone;
use super::table::{Cell, Table, Tone, figures, words};
use super::text::plain;
use crate::metrics::{ResourceSample, ResourceSeries, ResourceTrend, TREND_P_MAX, TREND_SAMPLES_MIN, warm_up};
use crate::readiness::{CallTimes, Observed, ResourceFinding, ResourceLimits, RunTimes, Verdict};
use crate::units::MINUTE;
use askama::Template;

/// Everything that the page says.
#[derive(Debug, Clone, Copy)]
pub struct ResourcesInput<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Name of the strategy.
    pub strategy: &'a str,
    /// Names the run.
    pub run_id: &'a str,
    /// The worst of the findings.
    pub verdict: Verdict,
    /// The limits held against what was observed.
    pub findings: &'a [ResourceFinding],
    /// What was observed.
    pub observed: &'a Observed,
    /// What it may take.
    pub limits: &'a ResourceLimits,
}

#[derive(Template)]
#[template(path = "resources.html")]
struct Page {
    title: String,
    headline: &'static str,
    class: &'static str,
    glyph: &'static str,
    reason: String,
    scope: Vec<String>,
    findings: Table,
    dashes: String,
    plots: Vec<Figure>,
    method: String,
    trends: Table,
    no_trends: String,
    calls: Table,
}

struct Figure {
    title: &'static str,
    caption: String,
    svg: String,
}

/// How a series is shown.
struct Plan {
    series: ResourceSeries,
    title: &'static str,
    caption: &'static str,
    unit: &'static str,
    /// Of a unit, what one is in that of the series.
    one: f64,
}

const PLANS: [Plan; 11] = [
    Plan {
        series: ResourceSeries::PrivateMemory,
        title: "Private memory",
        caption: "Resident memory that nothing else shares, simulator and bot together.",
        unit: "MB",
        one: 1e6,
    },
    Plan {
        series: ResourceSeries::BotState,
        title: "State of the bot",
        caption: "What the bot alone would save.",
        unit: "bytes",
        one: 1.0,
    },
    Plan {
        series: ResourceSeries::CpuPerRow,
        title: "CPU time a market row",
        caption: "All that the process does, from one sample to the next: market, venue, bot, gates, ledger, journal. The bot's own handling of data is a part of it.",
        unit: "ns",
        one: 1.0,
    },
    Plan {
        series: ResourceSeries::BotOrders,
        title: "Open orders of the bot",
        caption: "As the bot knows of them.",
        unit: "orders",
        one: 1.0,
    },
    Plan {
        series: ResourceSeries::GatewayCalls,
        title: "Open calls of the gateway",
        caption: "Requests and questions whose end it does not know.",
        unit: "calls",
        one: 1.0,
    },
    Plan {
        series: ResourceSeries::VenueOrders,
        title: "Open orders at the venue",
        caption: "Of every fill preset that is run.",
        unit: "orders",
        one: 1.0,
    },
    Plan {
        series: ResourceSeries::UnderWay,
        title: "Messages under way",
        caption: "Requests, calls, replies and reports between bot and venue.",
        unit: "messages",
        one: 1.0,
    },
    Plan {
        series: ResourceSeries::Markouts,
        title: "Markouts awaited",
        caption: "Ends of horizons of fills that the engine keeps.",
        unit: "ends",
        one: 1.0,
    },
    Plan {
        series: ResourceSeries::Output,
        title: "Written between samples",
        caption: "Journals, and what else the run leaves in its folder.",
        unit: "kB",
        one: 1e3,
    },
    Plan {
        series: ResourceSeries::Descriptors,
        title: "Open file descriptors",
        caption: "Of the process.",
        unit: "descriptors",
        one: 1.0,
    },
    Plan { series: ResourceSeries::Threads, title: "Threads", caption: "Of the process.", unit: "threads", one: 1.0 },
];

/// The page as one HTML document.
///
/// # Errors
/// [`ReportError`] when a plot or the template fails.
pub fn resources_page(input: &ResourcesInput) -> Result<String, ReportError> {
    let tone = verdict_tone(input.verdict);
    let page = Page {
        title: plain(&format!("Resources · {}", input.scenario)),
        headline: headline(input),
        class: tone.class(),
        glyph: tone.glyph(),
        reason: reason(input),
        scope: scope(input),
        findings: findings(input.findings),
        dashes: dashes(&input.observed.samples),
        plots: PLANS.iter().map(|plan| figure(plan, input)).collect::<Result<_, _>>()?,
        method: format!(
            "Slope: median of the slopes of all pairs (Theil, Sen). p: probability that a series without a trend rises like this (Mann, Kendall, one-sided). \
             A rise is one with p below {TREND_P_MAX}. What happened before the line of the warm-up is left out."
        ),
        trends: trends(input),
        no_trends: format!(
            "Fewer than {TREND_SAMPLES_MIN} samples behind the warm-up: the run was too short for a trend."
        ),
        calls: calls(input.observed),
    };
    Ok(page.render()?)
}

fn headline(input: &ResourcesInput) -> &'static str {
    match input.verdict {
        Verdict::Go if input.findings.is_empty() => "Observed, nothing demanded",
        Verdict::Go => "Within its limits",
        Verdict::NoGo => "Beyond a limit",
        Verdict::InsufficientEvidence => "Too little was observed",
    }
}

fn reason(input: &ResourcesInput) -> String {
    let held = input.findings.iter().filter(|finding| finding.verdict == Verdict::Go).count();
    match input.findings.len() {
        0 => "The scenario says under resources what a run may take; here it says nothing.".to_owned(),
        all => format!("{held} of {} held.", number::counted(all as u64, "limit")),
    }
}

fn scope(input: &ResourcesInput) -> Vec<String> {
    let samples = &input.observed.samples;
    let mut lines = vec![plain(&format!(
        "Scenario {}, strategy {}, run {}",
        input.scenario,
        input.strategy,
        input.run_id.get(..16).unwrap_or(input.run_id)
    ))];
    if let (Some(first), Some(last)) = (samples.first(), samples.last()) {
        lines.push(format!(
            "{} over {} of simulated time and {} of CPU time; {} rows",
            number::counted(samples.len() as u64, "sample"),
            number::duration(last.at.since(first.at)),
            number::duration(last.cpu),
            number::count(last.rows)
        ));
    }
    lines.push(
        "Simulated hours show what grows with what the bot does. What grows with the clock on the wall, or by the call of a real network, is not seen here."
            .to_owned(),
    );
    lines.push(
        "Observed on one machine at one time: another run of the same scenario has other figures, and the same report."
            .to_owned(),
    );
    lines
}

fn dashes(samples: &[ResourceSample]) -> String {
    format!("Dashed: the line of Theil and Sen, behind a warm-up of {}.", number::duration(warm_up(samples)))
}

fn findings(findings: &[ResourceFinding]) -> Table {
    let row = |finding: &ResourceFinding| {
        let shown = |value: f64| format!("{} {}", number::significant(value, 3), finding.unit);
        let measured = match finding.measured {
            Some(measured) => Cell::new(shown(measured)),
            None => Cell::new(NOTHING).tone(Tone::Muted),
        };
        let (result, tone) = match finding.verdict {
            Verdict::Go => ("holds", Tone::Good),
            Verdict::NoGo => ("does not hold", Tone::Bad),
            Verdict::InsufficientEvidence => ("not observed", Tone::Doubt),
        };
        let name = super::section::sentence(&finding.name);
        vec![
            Cell::new(name.trim_end_matches('.')),
            measured.note(&finding.note),
            Cell::new(format!("{} {}", finding.limit, finding.unit)),
            Cell::new(result).pill(tone),
        ]
    };
    let columns = vec![words("Limit"), figures("Observed"), figures("Allowed"), words("Result")];
    Table::new(columns, findings.iter().map(row).collect())
}

fn figure(plan: &Plan, input: &ResourcesInput) -> Result<Figure, ReportError> {
    let samples = &input.observed.samples;
    let values = plan.series.values(samples);
    let start = samples.first().map_or(0, |sample| sample.at.nanos());
    let hour = 60.0 * MINUTE.nanos() as f64;
    let points: Vec<(f64, f64)> =
        values.iter().map(|(at, value)| ((at.nanos() - start) as f64 / hour, value / plan.one)).collect();
    let colour = if plan.series.is_of_the_bot() { GREEN } else { BLUE };
    let mut lines = vec![Line { points, colour, stroke: Stroke::Line }];
    if let Some(trend) = ResourceTrend::of(plan.series, samples) {
        let at = |hours: f64| (hours, (trend.line.intercept + trend.line.slope * hours / 24.0) / plan.one);
        let from = warm_up(samples).nanos() as f64 / hour;
        let to = values.last().map_or(from, |(at, _)| (at.nanos() - start) as f64 / hour);
        let colour = if trend.rises() { AMBER } else { GREY };
        lines.push(Line { points: vec![at(from), at(to)], colour, stroke: Stroke::Dashes });
    }
    let chart = Chart { x: ("simulated hours", Scale::Plain), y: (plan.unit, Scale::Zero), lines };
    let svg = if samples.len() < 2 {
        String::new()
    } else {
        chart.svg().map_err(|reason| ReportError::Plot { plot: plan.title, reason })?
    };
    Ok(Figure { title: plan.title, caption: plan.caption.to_owned(), svg })
}

fn trends(input: &ResourcesInput) -> Table {
    let columns = vec![
        words("Series"),
        words("Of"),
        figures("First"),
        figures("Last"),
        figures("Highest"),
        figures("Slope a day"),
        figures("p"),
        words("Trend"),
    ];
    let samples = &input.observed.samples;
    let rows = PLANS.iter().filter_map(|plan| Some((plan, ResourceTrend::of(plan.series, samples)?)));
    Table::new(columns, rows.map(|(plan, trend)| trend_row(plan, &trend, input.limits)).collect())
}

fn trend_row(plan: &Plan, trend: &ResourceTrend, limits: &ResourceLimits) -> Vec<Cell> {
    let shown = |value: f64| number::significant(value / plan.one, 4);
    let limit = limits.memory_max_mb.filter(|_| plan.series == ResourceSeries::PrivateMemory);
    let left = limit.and_then(|limit| trend.days_to(f64::from(limit) * 1e6));
    let left =
        left.map_or_else(String::new, |days| format!("at its limit after {} days more", number::significant(days, 3)));
    let (text, tone) = if trend.rises() { ("rises", Tone::Doubt) } else { ("does not rise", Tone::Good) };
    let name = super::section::sentence(plan.series.words());
    vec![
        Cell::new(name.trim_end_matches('.')).note(plan.unit),
        Cell::new(if plan.series.is_of_the_bot() { "the bot" } else { "the process" }),
        Cell::new(shown(trend.first)),
        Cell::new(shown(trend.last)),
        Cell::new(shown(trend.max)),
        Cell::new(shown(trend.line.slope)),
        Cell::new(if trend.p < 0.001 { "below 0.001".to_owned() } else { format!("{:.3}", trend.p) })
            .note(number::counted(trend.samples as u64, "sample")),
        Cell::new(text).pill(tone).note(left),
    ]
}

fn calls(observed: &Observed) -> Table {
    let columns = vec![
        words("What"),
        figures("Times"),
        figures("Timed"),
        figures("Half below"),
        figures("99 of 100 below"),
        figures("Longest"),
    ];
    let mut rows = times(&observed.times, "");
    rows.extend(observed.peak.iter().flat_map(|peak| times(peak, ", at the peak load")));
    Table::new(columns, rows)
}

fn times(times: &RunTimes, of: &str) -> Vec<Vec<Cell>> {
    let time = |ns: u64| Cell::new(number::milliseconds(ns as f64));
    let row = |(what, times): (&str, &CallTimes)| {
        vec![
            Cell::new(format!("{what}{of}")),
            Cell::new(number::count(times.calls)),
            Cell::new(number::count(times.timed)),
            time(times.p50_ns),
            time(times.p99_ns),
            time(times.max_ns),
        ]
    };
    let all = [
        ("a call of the strategy", &times.calls),
        ("gates, journal and gateway for what a call asked for", &times.judged),
        ("4,096 market rows with all that is done about them", &times.stretches),
    ];
    all.into_iter().filter(|(_, times)| 0 < times.timed).map(row).collect()
}
