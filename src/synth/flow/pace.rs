use super::draw::{choose, exponential, normal, unit};
use super::model::{FactorModel, PaceModel};
use crate::rng::Rng;
use core::f64::consts::LN_2;

#[cfg(test)]
mod moments_tests;

/// Seconds between two looks at the slow layers.
pub(super) const STEP_SECONDS: f64 = 1.0;
const DAY_SECONDS: f64 = 86_400.0;
const MINUTE_NANOS: i64 = 60_000_000_000;
/// Days from a Monday to 1 January 1970.
const THURSDAY: i64 = 3;
/// Least and most multiple of the size of limit orders.
const SMALLEST: f64 = 0.05;
const LARGEST: f64 = 5.0;
/// Most regimes of a model.
pub(super) const REGIMES: usize = 16;

/// How volatile and how busy a market is at a moment, as multiples of its configured means: regimes that last for days, factors
/// of the logarithm of volatility that revert within minutes to days, and the hour of the week.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    model: PaceModel,
    factors: Vec<Factor>,
    /// Seconds of a step.
    step: f64,
    /// Variance of the factors' sum: taken off the logarithm it makes the mean square of volatility one.
    variance: f64,
    regime: usize,
    /// Seconds until the regime ends.
    stay: f64,
    /// Multiples by hour of the week, Monday first, and by minute of the hour; their mean square is one.
    week: Vec<f64>,
    hour: Vec<f64>,
    /// Logarithms of the multiples of regimes, hours and minutes.
    logs: Logs,
    now: Multiples,
}

/// The pace at a moment; all 1 on average, about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Multiples {
    /// Of volatility. 0 while the market is closed.
    pub volatility: f64,
    /// Of market orders and news.
    pub market: f64,
    /// Of limit orders and cancels.
    pub limit: f64,
    /// Of the size of market orders, and of limit orders.
    pub market_size: f64,
    pub limit_size: f64,
}

impl Multiples {
    /// The pace at which rates and sizes are what the model says.
    pub const ONE: Self = Self { volatility: 1.0, market: 1.0, limit: 1.0, market_size: 1.0, limit_size: 1.0 };
}

#[derive(Debug, Clone)]
struct Logs {
    regimes: Vec<f64>,
    week: Vec<f64>,
    hour: Vec<f64>,
}

impl Logs {
    fn new(model: &PaceModel) -> Self {
        let of = |multiples: Vec<f64>| multiples.into_iter().map(libm::log).collect();
        Self {
            regimes: model.regimes.iter().map(|regime| libm::log(regime.volatility)).collect(),
            week: of(week(model)),
            hour: of(hour(model)),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Factor {
    value: f64,
    /// Share that is kept in a step, and standard deviation of what comes anew.
    kept: f64,
    fresh: f64,
}

impl Factor {
    fn new(model: FactorModel, step: f64, rng: &mut Rng) -> Self {
        let kept = libm::exp(-LN_2 * step / (60.0 * model.half_life_minutes));
        let fresh = model.deviation * libm::sqrt(1.0 - kept * kept);
        Self { value: model.deviation * normal(rng), kept, fresh }
    }
}

impl Pace {
    /// The pace at `now` (nanoseconds since 1970): its layers as they are met at a random moment. A step is `step` seconds.
    pub(super) fn new(model: &PaceModel, now: i64, step: f64, rng: &mut Rng) -> Self {
        let mut pace = Self {
            factors: model.factors.iter().map(|factor| Factor::new(*factor, step, rng)).collect(),
            variance: model.factors.iter().map(|factor| factor.deviation * factor.deviation).sum(),
            step,
            regime: 0,
            stay: 0.0,
            week: week(model),
            hour: hour(model),
            logs: Logs::new(model),
            now: Multiples::ONE,
            model: model.clone(),
        };
        pace.enter(rng, Self::share_of_time);
        pace.look(now);
        pace
    }

    #[inline]
    pub(super) fn now(&self) -> Multiples {
        self.now
    }

    /// A step goes by, up to `now`.
    #[inline]
    pub(super) fn step(&mut self, now: i64, rng: &mut Rng) {
        for factor in &mut self.factors {
            factor.value = factor.kept * factor.value + factor.fresh * normal(rng);
        }
        self.stay -= self.step;
        if self.stay <= 0.0 {
            let before = self.regime;
            let alone = self.model.regimes.len() == 1;
            self.enter(
                rng,
                |pace, index| if index == before && !alone { 0.0 } else { pace.model.regimes[index].weight },
            );
        }
        self.look(now);
    }

    /// How likely a regime is met at a random moment, but for a factor that all have: how often it is entered, times how long it lasts.
    ///
    /// From i the next one is drawn by weight among the others, j with a chance of w(j) / (W - w(i)), where W is the sum of all weights. Visits
    /// in proportion to v(i) = w(i) (W - w(i)) are balanced pair by pair: v(i) w(j) / (W - w(i)) = w(i) w(j) = v(j) w(i) / (W - w(j)), so that no
    /// step changes them, and no other law is left as it is. A visit ends with the step in which its exponential stay does: it lasts
    /// 1 / (1 - exp(-step / mean)) steps on average. Stays have no memory, counted in steps neither: what is left of the one that is met is drawn as a
    /// whole one.
    fn share_of_time(&self, index: usize) -> f64 {
        let regimes = &self.model.regimes;
        let steps = -1.0 / libm::expm1(-self.step / (regimes[index].mean_stay_days * DAY_SECONDS));
        let others: f64 = regimes.iter().map(|regime| regime.weight).sum::<f64>() - regimes[index].weight;
        // One regime alone follows itself.
        let visits = if regimes.len() == 1 { 1.0 } else { regimes[index].weight * others };
        visits * steps
    }

    #[inline]
    fn look(&mut self, now: i64) {
        let season = self.season(now);
        if season == 0.0 {
            self.now = self.closed();
            return;
        }
        let [hour, minute] = places(now);
        let factors: f64 = self.factors.iter().map(|factor| factor.value).sum();
        let logs = self.logs.regimes[self.regime] + self.logs.week[hour] + self.logs.hour[minute];
        let log = factors - self.variance + logs;
        // A power of volatility is an exponential of its logarithm, which is known: a third of what a power costs.
        let to = |exponent: f64| libm::exp(exponent * log);
        self.now = Multiples {
            volatility: libm::exp(factors - self.variance) * self.model.regimes[self.regime].volatility * season,
            market: to(self.model.market_exponent),
            limit: to(self.model.limit_exponent),
            market_size: to(self.model.size_exponent),
            limit_size: to(-self.model.depth_exponent).clamp(SMALLEST, LARGEST),
        };
    }

    /// Nothing comes while the market is closed, and sizes are what they tend to.
    fn closed(&self) -> Multiples {
        let (size, depth) = (self.model.size_exponent, self.model.depth_exponent);
        Multiples {
            volatility: 0.0,
            market: 0.0,
            limit: 0.0,
            market_size: if size > 0.0 { 0.0 } else { 1.0 },
            limit_size: if depth > 0.0 { LARGEST } else { 1.0 },
        }
    }

    #[inline]
    fn season(&self, now: i64) -> f64 {
        let [hour, minute] = places(now);
        self.week[hour] * self.hour[minute]
    }

    /// Chooses a regime by the weight that each has.
    fn enter(&mut self, rng: &mut Rng, weight: impl Fn(&Self, usize) -> f64) {
        let count = self.model.regimes.len();
        let weights: [f64; REGIMES] =
            std::array::from_fn(|index| if index < count { weight(self, index) } else { 0.0 });
        let place = unit(rng) * weights.iter().sum::<f64>();
        let last = weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
        self.regime = choose(weights, place).unwrap_or(last);
        self.stay = exponential(rng) * self.model.regimes[self.regime].mean_stay_days * DAY_SECONDS;
    }
}

/// Hour of the week, Monday first, and minute of the hour.
#[inline]
fn places(now: i64) -> [usize; 2] {
    let minute = now.div_euclid(MINUTE_NANOS);
    let hour = (minute.div_euclid(60) + 24 * THURSDAY).rem_euclid(168);
    [hour as usize, minute.rem_euclid(60) as usize]
}

/// Multiples by hour of the week.
pub(super) fn week(model: &PaceModel) -> Vec<f64> {
    normalised((0..168).map(|hour| model.weekdays[hour / 24] * model.hours[hour % 24]))
}

/// Multiples by minute of the hour.
pub(super) fn hour(model: &PaceModel) -> Vec<f64> {
    normalised((0..60).map(|minute| burst(model, minute)))
}

fn burst(model: &PaceModel, minute: usize) -> f64 {
    match minute {
        0 => model.minute_bursts[0],
        15 | 30 | 45 => model.minute_bursts[1],
        minute if minute.is_multiple_of(5) => model.minute_bursts[2],
        _ => 1.0,
    }
}

/// Multiples with a mean square of one over those that are not 0.
fn normalised(multiples: impl Iterator<Item = f64>) -> Vec<f64> {
    let all: Vec<f64> = multiples.collect();
    let open = all.iter().filter(|multiple| **multiple > 0.0).count().max(1);
    let root = libm::sqrt(all.iter().map(|multiple| multiple * multiple).sum::<f64>() / open as f64);
    all.iter().map(|multiple| multiple / root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;
    use crate::synth::flow::model::RegimeModel;

    fn model() -> PaceModel {
        let regime = |name: &str, volatility, mean_stay_days, weight| RegimeModel {
            name: name.to_owned(),
            volatility,
            mean_stay_days,
            weight,
        };
        PaceModel {
            factors: vec![FactorModel { half_life_minutes: 2.0, deviation: 0.4 }],
            regimes: vec![regime("quiet", 0.5, 0.02, 2.0), regime("wild", 1.5, 0.01, 1.0)],
            hours: vec![1.0; 24],
            weekdays: vec![1.0; 7],
            minute_bursts: [1.0; 3],
            market_exponent: 1.0,
            limit_exponent: 1.0,
            size_exponent: 0.5,
            depth_exponent: 0.5,
        }
    }

    /// Closed forms: two regimes that follow each other are met as often as they last; factors have a mean square of one.
    #[test]
    fn squares_of_volatility_have_the_mean_that_regimes_give() {
        let mut rng = Streams::new(5).stream("pace");
        let mut pace = Pace::new(&model(), 0, STEP_SECONDS, &mut rng);
        let (mut squares, steps) = (0.0, 3_000_000);
        for step in 0..steps {
            pace.step(step * 1_000_000_000, &mut rng);
            squares += pace.now().volatility * pace.now().volatility;
        }
        let expected = (0.02 * 0.25 + 0.01 * 2.25) / 0.03;
        let found = squares / steps as f64;
        assert!((found / expected - 1.0).abs() < 0.06, "{found} against {expected}");
    }

    #[test]
    fn a_week_has_its_hours_and_a_closed_market_no_pace() {
        let mut model = model();
        model.factors.clear();
        model.regimes.truncate(1);
        model.regimes[0].volatility = 1.0;
        model.hours = (0..24).map(|hour| if (8..16).contains(&hour) { 2.0 } else { 0.0 }).collect();
        model.weekdays[6] = 0.0;
        let pace = Pace::new(&model, 0, STEP_SECONDS, &mut Streams::new(1).stream("pace"));
        let hour = 3_600_000_000_000;
        // 1 January 1970 was a Thursday; the fourth of it a Sunday.
        let seasons = [7, 8, 15, 16, 72 + 12, 96 + 12].map(|hours| pace.season(hours * hour));
        assert_eq!(seasons, [0.0, 1.0, 1.0, 0.0, 0.0, 1.0]);
        let mut pace = pace;
        pace.look(0);
        assert_eq!((pace.now().volatility, pace.now().market, pace.now().limit), (0.0, 0.0, 0.0));
    }
}
