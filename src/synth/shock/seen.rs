use super::script::Script;
use crate::synth::flow::{FlowMarket, FlowModel, FlowRecipe};
use crate::synth::watch::{MarketSecond, by_second};
use crate::units::{SECOND, Span, Timestamp};

/// Ten-second spans in a day.
const SPANS_OF_A_DAY: f64 = 8_640.0;
/// Most of a plateau that is looked at, but for coarse spans.
pub(super) const PLATEAU_SECONDS: usize = 1_800;
/// Seconds that are too few to take a median of, where some are left out.
const FEW: usize = 20;
/// Spans that are too few for a mean.
const FEW_SPANS: usize = 5;
/// What has been lately forgets so.
const RECENT_SECONDS: f64 = 300.0;
/// After a halt the market needs so long, in nanoseconds, to find the price that the script has moved meanwhile: a minute.
const OPENING: i64 = 60_000_000_000;
/// Where measured markets begin.
const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

/// A market by the second, with the lowest and highest price it traded at in each.
#[derive(Debug)]
pub(super) struct Seen {
    pub seconds: Vec<MarketSecond>,
    traded: Vec<Option<[i64; 2]>>,
}

/// Spans over which changes of the price are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spans {
    /// Length of one.
    pub seconds: usize,
    /// Of so many in a row the median is taken from each: what the market does besides, as going back to where it belongs.
    pub together: usize,
    /// Whether they cover the whole of a plateau, and what of it the price is on its way in as well.
    pub all: bool,
}

impl Spans {
    /// Shorter ones are of quotes that come and go.
    const FINE: Self = Self { seconds: 10, together: 1, all: false };
    /// In half an hour of a market like that the mid may not move at all.
    const COARSE: Self = Self { seconds: 300, together: 6, all: true };

    /// Coarse ones where a tick is more than what the price moves by within a fine one.
    fn of(model: &FlowModel) -> Self {
        let moved = model.price.volatility_bps_per_day / 1e4 / libm::sqrt(SPANS_OF_A_DAY);
        let tick = 1.0 / model.instrument.start_ticks as f64;
        if tick > moved { Self::COARSE } else { Self::FINE }
    }
}

/// A market without shocks, by the second: what the same seed has with one is held against it, where chance moves both alike.
#[derive(Debug)]
pub struct CalmMarket {
    pub(super) seen: Seen,
    pub(super) seed: u64,
    pub(super) spans: Spans,
}

impl CalmMarket {
    /// So long of `model`.
    ///
    /// # Panics
    /// When the model breaks its rules.
    #[must_use]
    pub fn new(model: &FlowModel, seed: u64, duration: Span) -> Self {
        let recipe = FlowRecipe { model: model.clone(), shocks: Vec::new(), start_at: START, duration, seed };
        Self { seen: Seen::of(recipe), seed, spans: Spans::of(model) }
    }
}

impl Seen {
    /// Runs a market.
    pub(super) fn of(recipe: FlowRecipe) -> Self {
        let mut traded: Vec<Option<[i64; 2]>> = Vec::new();
        let mut hear = |at: Timestamp, ticks: i64| {
            let second = (at.since(START).nanos() / SECOND.nanos()) as usize;
            traded.resize(traded.len().max(second + 1), None);
            traded[second] = span(traded[second], Some([ticks; 2]));
        };
        let seconds = by_second(&mut FlowMarket::new(recipe), &mut hear);
        let seconds = seconds.unwrap_or_else(|error| panic!("a generated market cannot be read: {error}"));
        Self { seconds, traded }
    }

    /// Lowest and highest price at which it traded in these seconds.
    pub(super) fn traded(&self, (from, until): (usize, usize)) -> Option<[i64; 2]> {
        self.traded.get(from..until.min(self.traded.len()))?.iter().copied().fold(None, span)
    }

    pub(super) const fn start() -> Timestamp {
        START
    }
}

/// What holds both spans of prices.
fn span(one: Option<[i64; 2]>, other: Option<[i64; 2]>) -> Option<[i64; 2]> {
    let both = one.zip(other).map(|([low, high], [lower, higher])| [low.min(lower), high.max(higher)]);
    both.or(one).or(other)
}

/// Places of the seconds from `from` on at whose ends the script has a multiple as far from one as it ever has: the first of them, those at which
/// the price is not on its way where there are enough. Or `all`.
pub(super) fn plateau(
    script: &Script,
    (from, until): (usize, usize),
    all: bool,
    multiple: &dyn Fn(&super::script::Moment) -> f64,
    extreme: f64,
) -> Vec<usize> {
    let far = 0.98 * libm::log(extreme);
    let mut still = Vec::new();
    let mut any = Vec::new();
    for second in from..until {
        let moment = script.at(ends_at(second));
        let here = libm::log(multiple(&moment));
        let opens = script.at(ends_at(second) - OPENING).halted;
        if moment.halted || opens || here * far.signum() < far.abs() {
            continue;
        }
        any.push(second);
        if !moment.moving {
            still.push(second);
        }
        if !all && still.len() >= PLATEAU_SECONDS {
            break;
        }
    }
    if all {
        return any;
    }
    let chosen = if still.len() >= FEW { still } else { any };
    chosen.into_iter().take(PLATEAU_SECONDS).collect()
}

/// When a second is over, nanoseconds since 1970.
pub(super) fn ends_at(second: usize) -> i64 {
    START.nanos() + (second as i64 + 1) * SECOND.nanos()
}

/// Median of a figure over seconds; of those whose market had two sides.
pub(super) fn median(seconds: &[MarketSecond], places: &[usize], of: &dyn Fn(&MarketSecond) -> i64) -> Option<f64> {
    let there = places.iter().filter_map(|place| seconds.get(*place)).filter(|second| second.mid_x2 > 0);
    let mut values: Vec<i64> = there.map(of).collect();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable(middle).1 as f64)
}

/// What a figure has been lately, at the end of `seconds`. What is above it counts as `most` times more than it at most.
pub(super) fn recent(seconds: &[MarketSecond], of: &dyn Fn(&MarketSecond) -> i64, most: f64) -> f64 {
    let there = seconds.iter().filter(|second| second.mid_x2 > 0).map(|second| of(second) as f64);
    there.reduce(|mean, now| mean + (now - mean).min(most * mean) / RECENT_SECONDS).unwrap_or(0.0)
}

/// Messages with trades over seconds.
pub(super) fn trades(seconds: &[MarketSecond], places: &[usize]) -> f64 {
    places.iter().filter_map(|place| seconds.get(*place)).map(|second| f64::from(second.trades)).sum()
}

/// Mean size of the logarithmic changes of the mid that the script did not make, over spans that lie within `places`. Not the root of
/// their mean square: one jump would be half of that; and a mean size is not changed by a tick that hides most of them.
pub(super) fn mean_change(
    seconds: &[MarketSecond],
    places: &[usize],
    script: Option<&Script>,
    spans: Spans,
) -> Option<f64> {
    let ends = places.chunks_exact(spans.seconds + 1).map(|span| [span[0], span[spans.seconds]]);
    let whole = ends.filter(|[first, last]| last - first == spans.seconds);
    let changes: Vec<f64> = whole.filter_map(|ends| change(seconds, ends, script)).collect();
    let sizes = |together: &[f64]| -> f64 {
        let usual = if together.len() > 1 { middle(together) } else { 0.0 };
        together.iter().map(|change| libm::fabs(change - usual)).sum()
    };
    let (groups, count) = (changes.chunks_exact(spans.together), changes.len() / spans.together * spans.together);
    (count >= FEW_SPANS).then(|| groups.map(sizes).sum::<f64>() / count as f64)
}

/// Of the logarithm of the mid from the end of one second to that of another, less what the script made of it.
fn change(seconds: &[MarketSecond], ends: [usize; 2], script: Option<&Script>) -> Option<f64> {
    let [before, after] = ends.map(|place| seconds.get(place).map_or(0, |second| second.mid_x2));
    let scripted = script.map_or(0.0, |script| {
        let [before, after] = ends.map(|place| script.at(ends_at(place)).log_price);
        after - before
    });
    (before != 0 && after != 0).then(|| libm::log(after as f64 / before as f64) - scripted)
}

/// The median of some; of two in the middle, their mean.
fn middle(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// The largest step on which all best prices stand; nothing without one.
pub(super) fn grid(seconds: &[MarketSecond], places: &[usize]) -> Option<i64> {
    let there = places.iter().filter_map(|place| seconds.get(*place)).filter(|second| second.mid_x2 > 0);
    let prices = there.flat_map(|second| [second.mid_x2 - second.spread, second.mid_x2 + second.spread]);
    prices.map(|twice| twice / 2).reduce(common).filter(|step| *step > 0)
}

fn common(one: i64, other: i64) -> i64 {
    if other == 0 { one.abs() } else { common(other, one % other) }
}

/// Seconds of the longest stretch in which no row came.
pub(super) fn longest_silence(seconds: &[MarketSecond]) -> usize {
    let (mut longest, mut here) = (0, 0);
    for second in seconds {
        here = if second.rows == 0 { here + 1 } else { 0 };
        longest = longest.max(here);
    }
    longest
}
