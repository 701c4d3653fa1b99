//! One section a shock: what it is, one run in full, and figures by severity.

use super::group::{self, Group, Spread};
use super::heat;
use super::input::{ShockFacts, VolatilityInput};
use super::words;
use crate::metrics::Wait;
use crate::readiness::{Reading, StopFacts, Track, VolatilityRun};
use crate::report::ReportError;
use crate::report::number::{self, NOTHING};
use crate::report::plot::{TrackFacts, track};
use crate::report::section;
use crate::report::table::{Cell, Table, Tone, figures_of, words as column};
use crate::report::text::plain;
use crate::units::Timestamp;

/// Turns of gates that are listed.
const TURNS_MAX: usize = 24;
/// Letters of a finding's text.
const FINDING_MAX: usize = 240;

/// A shock's section.
pub struct Page {
    pub anchor: String,
    pub name: String,
    pub about: String,
    pub origin: String,
    pub break_at: String,
    pub break_class: &'static str,
    pub caption: String,
    pub svg: String,
    /// Number, time and words.
    pub turns: Vec<(String, String, String)>,
    pub turns_left_out: usize,
    pub table: Table,
    /// The first finding of the audit at each severity that has one.
    pub findings: Vec<String>,
}

/// Every shock in order.
///
/// # Errors
/// [`ReportError::Plot`] when the drawing library fails.
pub fn pages(input: &VolatilityInput) -> Result<Vec<Page>, ReportError> {
    (1..).zip(group::shocks(input)).map(|(number, shock)| page(number, &shock, input)).collect()
}

fn page(number: usize, shock: &ShockFacts, input: &VolatilityInput) -> Result<Page, ReportError> {
    let (break_at, _, break_class) = heat::break_point(&shock.name, input);
    let shown = shown(shock, input);
    let turns: &[(Timestamp, String)] = shown.map_or(&[], |(track, _)| &track.turns);
    let clock = |at: Timestamp| at.to_string().get(11..19).map_or_else(String::new, str::to_owned);
    let listed = (1..).zip(turns.iter().take(TURNS_MAX));
    Ok(Page {
        anchor: format!("shock-{number}"),
        name: plain(&shock.name),
        about: if shock.about.is_empty() { String::new() } else { section::sentence(&shock.about) },
        origin: origin(shock),
        break_at,
        break_class,
        caption: shown.map_or_else(|| "No run of this shock was kept in full.".to_owned(), |(_, run)| caption(run)),
        svg: shown.map_or_else(|| Ok(String::new()), |(track, run)| picture(track, run, input))?,
        turns: listed.map(|(number, (at, words)): (usize, _)| (number.to_string(), clock(*at), plain(words))).collect(),
        turns_left_out: turns.len().saturating_sub(TURNS_MAX),
        table: table(shock, input),
        findings: findings(shock, input),
    })
}

fn origin(shock: &ShockFacts) -> String {
    let part = |name: &str, words: &str| (!words.is_empty()).then(|| format!("{name}: {words}"));
    let parts: Vec<String> =
        [part("Anchor", &shock.anchor), part("Source", &shock.source)].into_iter().flatten().collect();
    plain(&parts.join(" · "))
}

fn shown<'a>(shock: &ShockFacts, input: &VolatilityInput<'a>) -> Option<(&'a Track, &'a VolatilityRun)> {
    let tracks = input.tracks.iter().filter_map(|track| Some((track, input.runs.get(track.run)?)));
    tracks.into_iter().find(|(_, run)| run.shock.as_deref() == Some(shock.name.as_str()))
}

fn caption(run: &VolatilityRun) -> String {
    let start = run.shock_at.map_or_else(String::new, |at| {
        let since = number::duration(at.since(run.start));
        format!(" The shock begins after {since} (dashed), at {}.", number::instant(at))
    });
    let hint =
        " Depth and spread: mean, and range from lowest to highest; the lower edge of a logarithmic panel is nothing.";
    plain(&format!(
        "One run in full: severity {}, regime {}, seed {}.{start} Times are UTC.{hint}",
        words::severity(run.severity),
        run.regime,
        run.seed
    ))
}

fn picture(one: &Track, run: &VolatilityRun, input: &VolatilityInput) -> Result<String, ReportError> {
    track(&TrackFacts {
        track: one,
        start: run.start,
        end: run.end,
        shock_at: run.shock_at,
        base: &input.market.base,
        quote: &input.market.quote,
    })
}

type Row = (&'static str, &'static str, fn(&Group) -> Cell);

/// Figures of a shock: name, what stands in small letters beneath, and what a group has of it.
const ROWS: [Row; 18] = [
    ("Most orders sent in a second", "middle run and most", |group| of_measure(group, "orders_per_second")),
    ("Most rejects in a second", "middle run and most", |group| of_measure(group, "rejects_per_second")),
    ("Refused by gates", "mean and most", |group| counted(group, |run| run.refused)),
    ("Rejected by the venue", "mean and most", |group| counted(group, |run| run.rejected)),
    ("Stopped by a control", "runs", |group| stopped(group)),
    ("From the shock to the first stop", "middle run and most", |group| after(group, "seconds_to_pause")),
    ("From the first mark beyond its limit to the stop", "middle run and most", |group| {
        after(group, "seconds_from_cause_to_pause")
    }),
    ("From the stop to the last confirmed cancel", "middle run and most", |group| {
        after(group, "seconds_to_last_cancel")
    }),
    ("From the stop to within its limit", "middle run and most", |group| after(group, "seconds_to_within_limit")),
    ("From the stop to flat", "middle run and most", |group| after(group, "seconds_to_flat")),
    ("Worst markout after 10 s", "of all runs", |group| least(group, "worst_markout_bps")),
    ("Slippage of stops from their trigger", "worst of all runs", |group| most(group, "stop_slippage_bps")),
    ("Largest position", "middle run and most", |group| position(group)),
    ("Position beyond its limit", "most of all runs", |group| most(group, "position_excess_orders")),
    ("Drawdown", "middle run and most", |group| of_measure(group, "max_drawdown")),
    ("Profit", "mean and worst", |group| profit(group)),
    ("Findings of the audit", "in all runs", |group| audit(group)),
    ("Broke a criterion", "", |_| Cell::default()),
];

fn table(shock: &ShockFacts, input: &VolatilityInput) -> Table {
    let groups: Vec<(f64, Group)> = group::severities(input)
        .into_iter()
        .map(|severity| (severity, group::of(input, &shock.name, Some(severity))))
        .filter(|(_, group)| !group.is_empty())
        .collect();
    let titles = groups.iter().map(|(severity, group)| {
        format!("{}, {}", words::severity(*severity), number::counted(group.len() as u64, "run"))
    });
    let columns = [column("Severity")].into_iter().chain(titles.map(|title| figures_of(&title))).collect();
    if groups.is_empty() {
        return Table::new(columns, Vec::new());
    }
    let row = |(name, note, cell): &Row| {
        let first = Cell::new(input_words(name, input)).note(note);
        let cells = groups.iter().map(|(_, group)| match *name {
            "Broke a criterion" => broke(group, input),
            _ => unbroken(cell(group)),
        });
        [first].into_iter().chain(cells).collect()
    };
    Table::new(columns, ROWS.iter().map(row).collect())
}

/// A figure and its unit stay in one line; a note may break after a comma.
fn unbroken(cell: Cell) -> Cell {
    let tight = |text: &str| text.replace(' ', "\u{a0}").replace(",\u{a0}", ", ");
    Cell { text: tight(&cell.text), note: tight(&cell.note), ..cell }
}

/// The position is in the unit of what is traded.
fn input_words(name: &str, input: &VolatilityInput) -> String {
    if name == "Largest position" { format!("{name}, {}", input.market.base) } else { name.to_owned() }
}

fn nothing(why: &str) -> Cell {
    Cell::new(NOTHING).tone(Tone::Muted).note(why)
}

fn of_measure(group: &Group, measure: &str) -> Cell {
    let Spread { middle, most, .. } = group::spread(group, measure);
    let (Some(middle), Some(most)) = (middle, most) else { return nothing("no finite figure") };
    let bare = |text: String| text.replace(" a second", "");
    let note = if middle == Reading::Number(most) {
        String::new()
    } else {
        format!("most {}", bare(words::figure(measure, most)))
    };
    Cell::new(bare(words::reading(measure, middle))).note(note)
}

fn counted(group: &Group, of: fn(&VolatilityRun) -> u64) -> Cell {
    let mean = group::mean(group.iter().map(|(_, run)| of(run) as f64)).unwrap_or(0.0);
    let most = group.iter().map(|(_, run)| of(run)).max().unwrap_or(0);
    let note = if most == 0 { String::new() } else { format!("most {}", number::count(most)) };
    Cell::new(words::plain_number(mean, 3)).note(note)
}

fn stopped(group: &Group) -> Cell {
    let stopped = group.iter().filter(|(_, run)| run.stop.is_some()).count();
    Cell::new(format!("{stopped} of {}", group.len()))
}

/// A time until something; which may not have come.
fn after(group: &Group, measure: &str) -> Cell {
    let Spread { middle, most, never, runs, .. } = group::spread(group, measure);
    let Some(middle) = middle else { return nothing(missing(group, measure)) };
    let longest = most.filter(|most| Reading::Number(*most) != middle);
    let longest = longest.map_or_else(String::new, |most| format!("most {}", words::figure(measure, most)));
    let never = if never > 0 { format!("never in {never} of {runs}") } else { String::new() };
    let notes: Vec<String> = [longest, never].into_iter().filter(|note| !note.is_empty()).collect();
    let tone = if middle == Reading::Never { Tone::Bad } else { Tone::Plain };
    Cell::new(words::reading(measure, middle)).tone(tone).note(notes.join(", "))
}

/// Why no run has a time.
fn missing(group: &Group, measure: &str) -> &'static str {
    let mut stops = group.iter().filter_map(|(_, run)| run.stop.as_ref());
    let wait = |stop: &StopFacts| match measure {
        "seconds_from_cause_to_pause" => stop.from_cause,
        _ => stop.to_within_limit,
    };
    match stops.next().map(wait) {
        Some(Wait::Nothing(reason)) => reason,
        _ => "nothing tripped",
    }
}

fn least(group: &Group, measure: &str) -> Cell {
    group::spread(group, measure)
        .least
        .map_or_else(|| nothing("no fill was seen for 10 s"), |value| Cell::new(words::figure(measure, value)))
}

fn most(group: &Group, measure: &str) -> Cell {
    let why = if measure == "stop_slippage_bps" { "no stop was filled" } else { "no finite figure" };
    let Some(value) = group::spread(group, measure).most else { return nothing(why) };
    let cell = Cell::new(words::figure(measure, value));
    if measure == "position_excess_orders" && value > 0.0 { cell.tone(Tone::Bad) } else { cell }
}

fn position(group: &Group) -> Cell {
    let mut all: Vec<f64> = group.iter().map(|(_, run)| run.max_position).filter(|value| value.is_finite()).collect();
    all.sort_by(f64::total_cmp);
    let (Some(middle), Some(most)) = (all.get(all.len().saturating_sub(1) / 2), all.last()) else {
        return nothing("no finite figure");
    };
    let note = if middle == most { String::new() } else { format!("most {}", words::plain_number(*most, 4)) };
    Cell::new(words::plain_number(*middle, 4)).note(note)
}

fn profit(group: &Group) -> Cell {
    let profits = || group.iter().map(|(_, run)| run.profit_share());
    let worst = profits().filter(|share| share.is_finite()).reduce(f64::min);
    match (group::mean(profits()), worst) {
        (Some(mean), Some(worst)) => {
            Cell::new(words::signed_share(mean)).note(format!("worst {}", words::signed_share(worst)))
        }
        _ => nothing("no finite figure"),
    }
}

fn audit(group: &Group) -> Cell {
    let all: u64 = group.iter().map(|(_, run)| run.audit_findings).sum();
    let tone = if all > 0 { Tone::Bad } else { Tone::Plain };
    Cell::new(number::count(all)).tone(tone)
}

fn findings(shock: &ShockFacts, input: &VolatilityInput) -> Vec<String> {
    let first = |severity: f64| {
        let group = group::of(input, &shock.name, Some(severity));
        let (_, run) = group.into_iter().find(|(_, run)| run.audit_findings > 0)?;
        let place = format!("regime {}, seed {}", run.regime, run.seed);
        let severity = words::severity(severity);
        Some(plain(&format!("First finding of the audit at {severity} ({place}): {}", clipped(&run.first_finding))))
    };
    group::severities(input).into_iter().filter_map(first).collect()
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(FINDING_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn broke(group: &Group, input: &VolatilityInput) -> Cell {
    let broke = group.iter().filter(|(place, _)| input.result.broken.contains(place)).count();
    let tone = if broke > 0 { Tone::Bad } else { Tone::Good };
    Cell::new(format!("{broke} of {}", group.len())).tone(tone)
}
