use super::script::Script;
use crate::synth::flow::{FlowMarket, FlowModel, FlowRecipe};
use crate::synth::watch::{MarketSecond, by_second};
use crate::units::{SECOND, Span, Timestamp};

/// Spans over which changes of the price are looked at: shorter ones are of quotes that come and go.
const RETURN_SECONDS: usize = 10;
/// Seconds that are too few to take a median of, where some are left out.
const FEW: usize = 20;
/// What has been lately forgets so.
const RECENT_SECONDS: f64 = 300.0;
/// After a halt the market needs so long, in nanoseconds, to find the price that the script has moved meanwhile: a minute.
const OPENING: i64 = 60_000_000_000;
/// Where measured markets begin.
const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

/// A market by the second, and the lowest and highest price it traded at from a moment on.
#[derive(Debug)]
pub(super) struct Seen {
    pub seconds: Vec<MarketSecond>,
    pub traded: Option<[i64; 2]>,
}

/// A market without shocks, by the second: what the same seed has with one is held against it, where chance moves both alike.
#[derive(Debug)]
pub struct CalmMarket {
    pub(super) seconds: Vec<MarketSecond>,
    pub(super) seed: u64,
}

impl CalmMarket {
    /// So long of `model`.
    ///
    /// # Panics
    /// When the model breaks its rules.
    #[must_use]
    pub fn new(model: &FlowModel, seed: u64, duration: Span) -> Self {
        let recipe = FlowRecipe { model: model.clone(), shocks: Vec::new(), start_at: START, duration, seed };
        Self { seconds: Seen::of(recipe, START).seconds, seed }
    }
}

impl Seen {
    /// Runs a market; `traded` is from `from` on.
    pub(super) fn of(recipe: FlowRecipe, from: Timestamp) -> Self {
        let mut traded: Option<[i64; 2]> = None;
        let mut hear = |at: Timestamp, ticks: i64| {
            if at >= from {
                let [low, high] = traded.unwrap_or([ticks; 2]);
                traded = Some([low.min(ticks), high.max(ticks)]);
            }
        };
        let seconds = by_second(&mut FlowMarket::new(recipe), &mut hear);
        let seconds = seconds.unwrap_or_else(|error| panic!("a generated market cannot be read: {error}"));
        Self { seconds, traded }
    }

    pub(super) const fn start() -> Timestamp {
        START
    }
}

/// Places of the seconds from `from` on, `most` of them at most, at whose ends the script has a multiple as far from one as it ever
/// has; where there are enough, those at which the price is not on its way.
pub(super) fn plateau(
    script: &Script,
    (from, until): (usize, usize),
    most: usize,
    multiple: &dyn Fn(&super::script::Moment) -> f64,
    extreme: f64,
) -> Vec<usize> {
    let far = 0.98 * libm::log(extreme);
    let mut still = Vec::new();
    let mut all = Vec::new();
    for second in from..until {
        let moment = script.at(ends_at(second));
        let here = libm::log(multiple(&moment));
        let opens = script.at(ends_at(second) - OPENING).halted;
        if moment.halted || opens || here * far.signum() < far.abs() {
            continue;
        }
        all.push(second);
        if !moment.moving {
            still.push(second);
        }
        if still.len() >= most {
            break;
        }
    }
    let chosen = if still.len() >= FEW { still } else { all };
    chosen.into_iter().take(most).collect()
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

/// What a figure has been lately, at the end of `seconds`.
pub(super) fn recent_mean(seconds: &[MarketSecond], of: &dyn Fn(&MarketSecond) -> i64) -> f64 {
    let there = seconds.iter().filter(|second| second.mid_x2 > 0).map(|second| of(second) as f64);
    there.reduce(|mean, now| mean + (now - mean) / RECENT_SECONDS).unwrap_or(0.0)
}

/// Messages with trades over seconds.
pub(super) fn trades(seconds: &[MarketSecond], places: &[usize]) -> f64 {
    places.iter().filter_map(|place| seconds.get(*place)).map(|second| f64::from(second.trades)).sum()
}

/// Mean size of the logarithmic changes of the mid that the script did not make, over spans that lie within `places`. Not the root of
/// their mean square: one jump would be half of that.
pub(super) fn mean_change(seconds: &[MarketSecond], places: &[usize], script: Option<&Script>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for span in places.chunks_exact(RETURN_SECONDS + 1) {
        let (first, last) = (span[0], span[RETURN_SECONDS]);
        let ends = [first, last].map(|place| seconds.get(place).map_or(0, |second| second.mid_x2));
        if last - first != RETURN_SECONDS || ends.contains(&0) {
            continue;
        }
        let scripted = script.map_or(0.0, |script| {
            let [before, after] = [first, last].map(|place| script.at(ends_at(place)).log_price);
            after - before
        });
        let change = libm::log(ends[1] as f64 / ends[0] as f64) - scripted;
        (sum, count) = (sum + libm::fabs(change), count + 1);
    }
    (count >= 5).then(|| sum / f64::from(count))
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
