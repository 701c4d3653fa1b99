//! How the bot's figures go with the volatility of its market.

use super::input::VolatilityInput;
use super::words;
use crate::readiness::{Scaling, VolatilityBand, VolatilityRun};
use crate::report::ReportError;
use crate::report::number::{self, NOTHING};
use crate::report::plot::{BLUE, Chart, GREY, Line, RED, Scale, Stroke};
use crate::report::table::{Cell, Table, Tone, figures, words as column};

/// Points of a scatter at most.
const POINTS_MAX: usize = 2_000;

/// A picture with its words.
pub struct Figure {
    pub title: &'static str,
    pub caption: String,
    pub svg: String,
}

/// Exponents with their standard errors.
pub fn exponents(input: &VolatilityInput) -> Table {
    let columns = vec![
        column("Figure"),
        figures("Exponent"),
        figures("Standard error"),
        figures("At twice the volatility"),
        figures("Runs"),
    ];
    Table::new(columns, input.result.scaling.iter().map(exponent).collect())
}

fn exponent(scaling: &Scaling) -> Vec<Cell> {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let nothing = || Cell::new(NOTHING).tone(Tone::Muted);
    let shown =
        |value: Option<f64>| value.map_or_else(nothing, |value| Cell::new(number::group(&format!("{value:.2}"))));
    let exponent = finite(scaling.exponent);
    let first = match exponent {
        Some(_) => shown(exponent),
        None => nothing().note("too few runs, or all equally volatile"),
    };
    let error = finite(scaling.standard_error);
    let twice = exponent.map(|exponent| libm::pow(2.0, exponent)).filter(|factor| factor.is_finite());
    vec![
        Cell::new(sentence_case(scaling.figure)),
        first,
        error.map_or_else(nothing, |error| Cell::new(standard_error(error))),
        twice.map_or_else(nothing, |factor| Cell::new(format!("×{}", number::significant(factor, 2)))),
        Cell::new(number::count(scaling.runs as u64)),
    ]
}

/// Two digits, unless it is next to nothing.
fn standard_error(error: f64) -> String {
    if error < 0.001 { "below 0.001".to_owned() } else { number::significant(error, 2) }
}

fn sentence_case(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    first + letters.as_str()
}

/// Runs by the volatility of their market.
pub fn bands(input: &VolatilityInput) -> Table {
    let columns = vec![
        column("Realised volatility a year"),
        figures("Runs"),
        figures("Mean profit"),
        figures("Mean of the largest drawdowns"),
        figures("Broke a criterion"),
    ];
    Table::new(columns, input.result.bands.iter().map(band).collect())
}

fn band(band: &VolatilityBand) -> Vec<Cell> {
    let percent = |share: f64| format!("{} %", words::plain_number(share * 100.0, 3));
    let range = match band.to {
        Some(to) if band.from > 0.0 => format!("{} to {}", percent(band.from), percent(to)),
        Some(to) => format!("below {}", percent(to)),
        None => format!("{} and more", percent(band.from)),
    };
    let interval = |(mean, half): (f64, Option<f64>), show: fn(f64) -> String| {
        let note = match half.filter(|half| half.is_finite()) {
            Some(half) => format!("± {}", words::share(half)),
            None => "no interval: one run".to_owned(),
        };
        Cell::new(show(mean)).note(note)
    };
    let share = band.broken as f64 / band.runs.max(1) as f64;
    vec![
        Cell::new(range),
        Cell::new(number::count(band.runs as u64)),
        interval(band.profit, words::signed_share),
        interval(band.drawdown, words::share),
        Cell::new(number::count(band.broken as u64)).note(format!("{} %", words::plain_number(share * 100.0, 3))),
    ]
}

/// Drawdown and profit over realised volatility.
///
/// # Errors
/// [`ReportError::Plot`] when the drawing library fails.
pub fn plots(input: &VolatilityInput) -> Result<Vec<Figure>, ReportError> {
    let drawdown = |run: &VolatilityRun| run.max_drawdown * 100.0;
    let profit = |run: &VolatilityRun| run.profit_share() * 100.0;
    let x = ("realised volatility, % a year", Scale::Log);
    let (thinned, stride) = thinned(input);
    let part = if stride > 1 { format!(" One run in {stride} is drawn.") } else { String::new() };
    let mut lines = clouds(&thinned, input, drawdown, true);
    lines.extend(fit(input));
    let loglog = Chart { x, y: ("largest drawdown, %", Scale::Log), lines };
    let plain =
        Chart { x, y: ("profit, % of the opening equity", Scale::Zero), lines: clouds(&thinned, input, profit, false) };
    Ok(vec![
        Figure {
            title: "Drawdown over volatility",
            caption: format!(
                "Both axes logarithmic; dashed: the line of the exponent. Runs without a drawdown have no place.{part}"
            ),
            svg: svg(&loglog, "drawdown over volatility")?,
        },
        Figure {
            title: "Profit over volatility",
            caption: format!("The axis of profit is plain.{part}"),
            svg: svg(&plain, "profit over volatility")?,
        },
    ])
}

fn svg(chart: &Chart, plot: &'static str) -> Result<String, ReportError> {
    if chart.is_empty() { Ok(String::new()) } else { chart.svg().map_err(|reason| ReportError::Plot { plot, reason }) }
}

fn thinned(input: &VolatilityInput) -> (Vec<usize>, usize) {
    let stride = input.runs.len().div_ceil(POINTS_MAX).max(1);
    ((0..input.runs.len()).step_by(stride).collect(), stride)
}

/// Calm runs, runs that held, runs that broke.
fn clouds(
    places: &[usize],
    input: &VolatilityInput,
    figure: impl Fn(&VolatilityRun) -> f64,
    is_log: bool,
) -> Vec<Line> {
    let kind = |place: usize| match &input.runs[place].shock {
        _ if input.result.broken.contains(&place) => 2,
        None => 0,
        Some(_) => 1,
    };
    let points = |wanted: i32| {
        let of_kind = places.iter().filter(|place| kind(**place) == wanted).map(|place| &input.runs[*place]);
        let points = of_kind.filter_map(|run| Some((run.realised_volatility? * 100.0, figure(run))));
        let shows = |(x, y): &(f64, f64)| *x > 0.0 && x.is_finite() && y.is_finite() && (!is_log || *y > 0.0);
        points.filter(shows).collect()
    };
    let line = |(wanted, colour, stroke)| Line { points: points(wanted), colour, stroke };
    [(0, GREY, Stroke::Discs), (1, BLUE, Stroke::Discs), (2, RED, Stroke::Rings)].map(line).into()
}

/// The line of the drawdown's exponent, through the middle of the logarithms.
fn fit(input: &VolatilityInput) -> Option<Line> {
    let of_drawdown = input.result.scaling.iter().find(|scaling| scaling.figure == "largest drawdown");
    let exponent = of_drawdown?.exponent.filter(|exponent| exponent.is_finite())?;
    let pair = |run: &VolatilityRun| {
        let pair = (run.realised_volatility? * 100.0, run.max_drawdown * 100.0);
        (pair.0 > 0.0 && pair.1 > 0.0 && pair.0.is_finite() && pair.1.is_finite()).then_some(pair)
    };
    let pairs: Vec<(f64, f64)> = input.runs.iter().filter_map(pair).collect();
    let middle = |of: fn(&(f64, f64)) -> f64| {
        pairs.iter().map(|pair| libm::log(of(pair))).sum::<f64>() / pairs.len().max(1) as f64
    };
    let (x, y) = (middle(|pair| pair.0), middle(|pair| pair.1));
    let ends = pairs.iter().map(|pair| pair.0);
    let (low, high) = ends.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    let at = |volatility: f64| (volatility, libm::exp(y + exponent * (libm::log(volatility) - x)));
    let points = vec![at(low), at(high)];
    let is_drawn = low < high && points.iter().all(|(_, y)| *y > 0.0 && y.is_finite());
    is_drawn.then_some(Line { points, colour: GREY, stroke: Stroke::Dashes })
}
