use super::model::{PlacedShock, ShockModel, ShockStart};
use super::multiple::Multiple;
use super::script::Script;
use crate::model::Side;
use crate::rng::Streams;
use crate::synth::flow::{FlowMarket, FlowModel, FlowRecipe};
use crate::synth::watch::{MarketSecond, by_second};
use crate::units::{MINUTE, SECOND, Span, Timestamp};

/// How long the market runs before the shock and after its last phase.
const BEFORE: Span = MINUTE.times(60);
const AFTER: Span = MINUTE.times(60);
const SECONDS_OF_MINUTE: usize = 60;
/// What was before the shock: its last ten minutes.
const CALM_SECONDS: usize = 600;

/// What a shock names, and what was found in a market with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// In words.
    pub name: &'static str,
    /// As the script has it; `None` where it names nothing.
    pub named: Option<f64>,
    /// As it was found; `None` where it could not be measured.
    pub found: Option<f64>,
}

impl Measured {
    /// Both figures to three decimals; a dash for none.
    #[must_use]
    pub fn words(&self) -> [String; 2] {
        [self.named, self.found].map(|figure| figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.3}")))
    }
}

/// A market by the second.
#[derive(Debug)]
struct Seen {
    seconds: Vec<MarketSecond>,
    /// Lowest and highest price traded at, from the shock on.
    traded: Option<[i64; 2]>,
}

/// Runs `model` with a shock and compares what was found with what it names: an hour before it, its length, and an hour after it.
///
/// Price: lowest and highest trade from the start of the shock on, over the mid at its start. Spread and depth: medians by the
/// minute, over the median of the ten minutes before the shock; depth is what rests within 10 basis points of the best price.
///
/// # Panics
/// When model or shock break their rules.
#[must_use]
pub fn measure(model: &FlowModel, shock: &ShockModel, severity: Multiple, seed: u64) -> Vec<Measured> {
    let start_at = Timestamp::from_nanos(1_767_571_200_000_000_000);
    let placed = PlacedShock { shock: shock.clone(), severity, start: ShockStart::At(BEFORE) };
    let lasts = shock.lasts();
    let duration = Span::from_nanos(BEFORE.nanos() + lasts.nanos() + AFTER.nanos());
    let recipe = FlowRecipe { model: model.clone(), shocks: vec![placed.clone()], start_at, duration, seed };
    let (from, end) = (start_at.plus(BEFORE).nanos(), start_at.plus(duration).nanos());
    let script = Script::new(std::slice::from_ref(&placed), start_at.nanos(), Streams::new(seed));
    compare(&script, &watch(recipe, start_at.plus(BEFORE)), from, end)
}

fn compare(script: &Script, shocked: &Seen, from: i64, end: i64) -> Vec<Measured> {
    let named = script.named(from, end);
    let skip = (BEFORE.nanos() / SECOND.nanos()) as usize;
    let opening = shocked.seconds.get(skip - 1).map_or(0.0, |second| second.mid_x2 as f64 / 2.0);
    let move_of = |place: usize| shocked.traded.map(|traded| (traded[place] as f64 / opening - 1.0) * 100.0);
    let percent = |multiple: f64| Some((multiple - 1.0) * 100.0).filter(|percent| *percent != 0.0);
    let minutes =
        |seen: &Seen, of: &dyn Fn(&MarketSecond) -> i64| minutes(&seen.seconds[skip.min(seen.seconds.len())..], of);
    let spread = |second: &MarketSecond| second.spread;
    let calm =
        &shocked.seconds[skip.saturating_sub(CALM_SECONDS).min(shocked.seconds.len())..skip.min(shocked.seconds.len())];
    let calm_spread = median(calm.iter().map(spread).collect()).filter(|ticks| *ticks > 0);
    let widest = minutes(shocked, &spread).into_iter().flatten().max();
    let mut rows = vec![
        Measured { name: "lowest price, percent", named: percent(named.price[0]), found: move_of(0) },
        Measured { name: "highest price, percent", named: percent(named.price[1]), found: move_of(1) },
        Measured {
            name: "spread, multiple",
            named: Some(named.spread).filter(|spread| *spread > 1.0),
            found: widest.zip(calm_spread).map(|(wide, calm)| wide as f64 / calm as f64),
        },
    ];
    let names =
        [["bids, multiple", "half of the bids are back, min"], ["asks, multiple", "half of the asks are back, min"]];
    for (side, [name, back]) in Side::BOTH.into_iter().zip(names) {
        let depth = |second: &MarketSecond| second.depth[side.index()];
        let calm = median(calm.iter().map(depth).collect()).unwrap_or(0) as f64;
        let by_minute: Vec<Option<f64>> =
            minutes(shocked, &depth).into_iter().map(|depth| depth.map(|depth| depth as f64 / calm)).collect();
        let least = by_minute.iter().flatten().copied().reduce(f64::min);
        let low = named.depth[side.index()];
        rows.push(Measured { name, named: Some(low).filter(|low| *low < 1.0), found: least.filter(|_| calm > 0.0) });
        let half = half_back(script, side, low, from, end);
        let again = |after: usize| {
            let later = by_minute.get(after..)?;
            later.iter().position(|depth| depth.is_some_and(|depth| depth >= f64::midpoint(1.0, low)))
        };
        rows.push(Measured {
            name: back,
            named: half.map(|(_, minutes)| minutes),
            found: half.and_then(|(after, _)| again(after)).map(|minutes| minutes as f64 + 0.5),
        });
    }
    rows
}

/// The minute after the shock's start at which a side's depth begins to come back, and minutes until half of what went is there.
fn half_back(script: &Script, side: Side, low: f64, from: i64, end: i64) -> Option<(usize, f64)> {
    let minute = MINUTE.nanos() as f64;
    let (mut now, mut last_low) = (from, None);
    while now <= end && low < 1.0 {
        let depth = script.at(now).depth[side.index()];
        if depth <= low * 1.001 {
            last_low = Some(now);
        } else if let Some(at) = last_low.filter(|_| depth >= f64::midpoint(1.0, low)) {
            return Some((((at - from) as f64 / minute) as usize, (now - at) as f64 / minute));
        }
        now = script.next(now);
    }
    None
}

/// Medians by the minute; `None` where the market had no two sides.
fn minutes(seconds: &[MarketSecond], of: &dyn Fn(&MarketSecond) -> i64) -> Vec<Option<i64>> {
    let within = |chunk: &[MarketSecond]| median(chunk.iter().filter(|second| second.mid_x2 > 0).map(of).collect());
    seconds.chunks(SECONDS_OF_MINUTE).map(within).collect()
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1)
}

/// The market by the second, and the lowest and highest price it traded at from `from` on.
fn watch(recipe: FlowRecipe, from: Timestamp) -> Seen {
    let mut traded: Option<[i64; 2]> = None;
    let mut hear = |at: Timestamp, ticks: i64| {
        if at >= from {
            let [low, high] = traded.unwrap_or([ticks; 2]);
            traded = Some([low.min(ticks), high.max(ticks)]);
        }
    };
    let seconds = by_second(&mut FlowMarket::new(recipe), &mut hear);
    let seconds = seconds.unwrap_or_else(|error| panic!("a generated market cannot be read: {error}"));
    Seen { seconds, traded }
}
