//! The page of a tape's score.

use super::ReportError;
use super::number::{self, NOTHING};
use super::plot::{AMBER, BLUE, Chart, GREY, Line, Scale, Stroke};
use super::table::{Cell, Table, Tone, figures, words};
use super::text::plain;
use crate::score::{CurveKind, Observation, Row, RowVerdict, Score, ScoreVerdict};
use crate::tape::TapeHeader;
use askama::Template;

#[derive(Template)]
#[template(path = "score.html")]
struct Page {
    title: String,
    headline: &'static str,
    class: &'static str,
    glyph: &'static str,
    reason: String,
    scope: Vec<String>,
    preconditions: Table,
    rows: Table,
    has_other: bool,
    plots: Vec<Figure>,
}

struct Figure {
    title: &'static str,
    caption: &'static str,
    svg: String,
}

/// One plot: title, caption, its axes, its curves.
struct Plan {
    title: &'static str,
    caption: &'static str,
    x: (&'static str, Scale),
    y: (&'static str, Scale),
    kind: CurveKind,
}

const PLANS: [Plan; 9] = [
    Plan {
        title: "Return tails",
        caption: "Share of 1-minute returns that are larger. Dashed: a normal of the same deviation.",
        x: ("|return| in standard deviations", Scale::Log),
        y: ("share above", Scale::Log),
        kind: CurveKind::Tails,
    },
    Plan {
        title: "Memory of returns",
        caption: "Autocorrelation of 1-minute returns: nothing, but for the bounce at the first lags.",
        x: ("lag, minutes", Scale::Log),
        y: ("autocorrelation", Scale::Zero),
        kind: CurveKind::Memory,
    },
    Plan {
        title: "Memory of absolute returns",
        caption: "Autocorrelation of absolute 1-minute returns: it decays slowly.",
        x: ("lag, minutes", Scale::Log),
        y: ("autocorrelation", Scale::Zero),
        kind: CurveKind::SizeMemory,
    },
    Plan {
        title: "Memory of order signs",
        caption: "Autocorrelation of the signs of market orders.",
        x: ("lag, orders", Scale::Log),
        y: ("autocorrelation", Scale::Zero),
        kind: CurveKind::Signs,
    },
    Plan {
        title: "Signature",
        caption: "Annualised volatility by sampling interval: flat, where prices walk without memory.",
        x: ("interval, minutes", Scale::Log),
        y: ("volatility per year", Scale::Zero),
        kind: CurveKind::Signature,
    },
    Plan {
        title: "Spread",
        caption: "Share of time at this spread or a wider one.",
        x: ("spread, ticks", Scale::Log),
        y: ("share of time", Scale::Log),
        kind: CurveKind::Spread,
    },
    Plan {
        title: "Depth",
        caption: "Mean quantity within a distance of the mid, over that within the smallest; as far as nine in ten samples reach.",
        x: ("distance, basis points", Scale::Log),
        y: ("depth, relative", Scale::Log),
        kind: CurveKind::Depth,
    },
    Plan {
        title: "Hour of the day",
        caption: "Mean absolute 1-minute return by hour (UTC), over its mean.",
        x: ("hour", Scale::Plain),
        y: ("relative", Scale::Zero),
        kind: CurveKind::Hours,
    },
    Plan {
        title: "Response",
        caption: "How far the mid has gone in the direction of a market order, by orders since.",
        x: ("lag, orders", Scale::Log),
        y: ("ticks", Scale::Zero),
        kind: CurveKind::Response,
    },
];

/// The page of a score as one HTML document; `against` is the other tape's observation.
///
/// # Errors
/// [`ReportError`] when a plot or the template fails.
pub fn score_page(tape: &Observation, against: Option<&Observation>, score: &Score) -> Result<String, ReportError> {
    let (headline, tone) = verdict(score.verdict);
    let mut scope = vec![format!("Tape: {}", about(&tape.header))];
    scope.extend(against.map(|other| format!("Against: {}", about(&other.header))));
    let page = Page {
        title: plain(&format!("{headline} · {}", tape.header.instrument.symbol)),
        headline,
        class: tone.class(),
        glyph: tone.glyph(),
        reason: super::section::sentence(&score.words),
        scope,
        preconditions: preconditions(score),
        rows: rows(score, against.is_some()),
        has_other: against.is_some(),
        plots: PLANS.iter().map(|plan| figure(plan, tape, against)).collect::<Result<_, _>>()?,
    };
    Ok(page.render()?)
}

pub(super) const fn verdict(verdict: ScoreVerdict) -> (&'static str, Tone) {
    match verdict {
        ScoreVerdict::Real => ("Like a real market", Tone::Good),
        ScoreVerdict::Unsound => ("Not sound", Tone::Bad),
        ScoreVerdict::Trend => ("An artificial trend", Tone::Bad),
        ScoreVerdict::Unlike => ("Unlike a real market", Tone::Bad),
        ScoreVerdict::Insufficient => ("Insufficient evidence", Tone::Doubt),
    }
}

fn about(header: &TapeHeader) -> String {
    let rows = number::count(header.rows);
    let (from, to) = (number::instant(header.first_at), number::instant(header.last_at));
    plain(&format!("{} on {}, {rows} rows, {from} to {to}", header.instrument.symbol, header.instrument.venue))
}

fn preconditions(score: &Score) -> Table {
    let row = |held: &crate::score::Precondition| {
        let result = match held.violations {
            0 => Cell::new("held").pill(Tone::Good),
            count => Cell::new(format!("broken {} times", number::count(count))).pill(Tone::Bad),
        };
        vec![Cell::new(held.words), result]
    };
    Table::new(vec![words("Precondition"), words("Result")], score.preconditions.iter().map(row).collect())
}

/// The rows that count and lie outside of their bands.
pub(super) fn outside(score: &Score) -> Table {
    let columns = vec![figures("#"), words("Statistic"), figures("Value"), words("Band"), words("Verdict")];
    let outside = score.rows.iter().filter(|row| row.verdict == RowVerdict::Outside);
    Table::new(columns, outside.map(|row| cells(row, false)).collect())
}

fn rows(score: &Score, has_other: bool) -> Table {
    let mut columns = vec![figures("#"), words("Statistic"), figures("Value")];
    if has_other {
        columns.extend([figures("Other"), figures("Difference")]);
    }
    columns.extend([words("Band"), words("Verdict")]);
    Table::new(columns, score.rows.iter().map(|row| cells(row, has_other)).collect())
}

fn cells(row: &Row, has_other: bool) -> Vec<Cell> {
    let name = if row.unit.is_empty() { row.name.to_owned() } else { format!("{}, {}", row.name, row.unit) };
    let error = row.standard_error.map_or_else(String::new, |error| format!("s.e. {}", shown(error)));
    let value = row.value.map_or_else(|| Cell::new(NOTHING).tone(Tone::Muted), |value| Cell::new(shown(value)));
    let mut cells = vec![Cell::new(row.number.to_string()), Cell::new(name).note(row.estimator), value.note(error)];
    if has_other {
        let other = row.against.as_ref();
        let value = other.and_then(|other| other.value).map_or_else(|| NOTHING.to_owned(), shown);
        let difference = other.and_then(|other| other.relative_difference);
        let difference = difference.map_or_else(String::new, |share| format!("{:+.0} %", share * 100.0));
        cells.extend([Cell::new(value), Cell::new(difference)]);
    }
    cells.push(Cell::new(band(row)).note(&row.source));
    cells.push(result(row));
    cells
}

fn result(row: &Row) -> Cell {
    let cell = match row.verdict {
        RowVerdict::Inside => Cell::new("inside").pill(Tone::Good),
        RowVerdict::Outside => Cell::new("outside").pill(Tone::Bad),
        RowVerdict::NotMeasured => Cell::new("not measured").tone(Tone::Muted),
        RowVerdict::NoBand => Cell::new("does not count").tone(Tone::Muted),
    };
    cell.note(row.reason.as_deref().unwrap_or_default())
}

fn band(row: &Row) -> String {
    match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{} to {}", shown(low), shown(high)),
        (Some(low), None) => format!("above {}", shown(low)),
        (None, Some(high)) => format!("below {}", shown(high)),
        (None, None) => String::new(),
    }
}

fn shown(value: f64) -> String {
    number::significant(value, 3)
}

fn figure(plan: &Plan, tape: &Observation, against: Option<&Observation>) -> Result<Figure, ReportError> {
    let line = |observation: &Observation, colour| {
        let points = observation.curve(plan.kind);
        let shows = |(x, y): &(f64, f64)| (plan.x.1 != Scale::Log || *x > 0.0) && (plan.y.1 != Scale::Log || *y > 0.0);
        Line { points: points.into_iter().filter(shows).collect(), colour, stroke: Stroke::Line }
    };
    let mut lines: Vec<Line> = against.map(|other| line(other, AMBER)).into_iter().collect();
    lines.push(line(tape, BLUE));
    let has_points = lines.iter().any(|line| line.points.len() > 1);
    if plan.kind == CurveKind::Tails && has_points {
        lines.insert(0, normal(&lines));
    }
    let chart = Chart { x: plan.x, y: plan.y, lines };
    let drawn = if chart.is_empty() { Ok(String::new()) } else { chart.svg() };
    let svg = drawn.map_err(|reason| ReportError::Plot { plot: plan.title, reason })?;
    Ok(Figure { title: plan.title, caption: plan.caption, svg })
}

/// The tail of a normal, down to the rarest share that a curve has.
fn normal(lines: &[Line]) -> Line {
    let rarest = lines.iter().flat_map(|line| &line.points).map(|(_, share)| *share).fold(1.0, f64::min);
    let points = (1..=80).map(|step| f64::from(step) * 0.1);
    let share = |size: f64| libm::erfc(size / core::f64::consts::SQRT_2);
    let points = points.map(|size| (size, share(size))).take_while(|(_, share)| rarest <= *share).collect();
    Line { points, colour: GREY, stroke: Stroke::Dashes }
}
