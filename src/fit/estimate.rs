use super::file;
use super::memory;
use super::mend;
use super::orders::{Raw, raw};
use super::parameter::{Figure, Mark, Parameter};
use super::pass::{Observed, pass};
use super::scale;
use super::season::{self, LogSizes};
use super::signs;
use super::volatility::{Realised, jumps, realised, stretch_error};
use crate::model::Instrument;
use crate::synth::{FactorModel, FlowModel, FlowModelError, RegimeModel, Season};
use crate::tape::{BatchSource, TapeError, TapeHeader, TapeKind};
use std::collections::BTreeMap;

/// Minutes with a price that a tape has at least.
const MINUTES_LEAST: usize = 5;
/// Minutes of the returns that tell the season.
const SEASON_STEPS: [i32; 3] = [1, 5, 15];
/// Share of returns without a move from which on a length tells no season.
const SEASON_STILL_MOST: f64 = 0.05;
/// Share of returns without a move from which on sizes of returns tell nothing.
const STILL_MOST: f64 = 0.01;
/// Messages whose latency is that of the feed alone.
const LATENCIES_LEAST: u64 = 1_000;

/// Relative errors of what no closed form corrects, from tapes of known models: of a rate of market and of limit orders, of the share at
/// the touch, of the depth law, of sizes, of the ends of their distributions.
const MARKET_MODEL: f64 = 0.02;
const LIMIT_MODEL: f64 = 0.03;
const TOUCH_MODEL: f64 = 0.02;
const DEPTH_MODEL: f64 = 0.05;
const SIZE_MODEL: f64 = 0.04;
const END_MODEL: f64 = 0.4;
/// Quotes into a spread from which on the narrowest is known.
const INSIDE_LEAST: u64 = 100;
/// Most steps of an order of a model.
pub(super) const LARGEST: i64 = 1_000_000_000_000;

/// A model that was fitted to a tape.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The model.
    pub model: FlowModel,
    /// Its parameters, in the order of a model file, each with where it comes from.
    pub parameters: Vec<Parameter>,
    /// What the tape says about itself.
    pub header: TapeHeader,
    /// Minutes of it with a price.
    pub minutes: usize,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The tape cannot be read.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// Too little of it.
    #[error(
        "too short to fit: {found} minutes with a price, needs {needs}; ten days tell most of a model, a day its rates and sizes"
    )]
    TooShort {
        /// Minutes with a price.
        found: usize,
        /// How many there must be.
        needs: usize,
    },
    /// A price that never moves has no volatility.
    #[error("the price of {found} minutes never moves; expected a market that trades")]
    Still {
        /// Minutes with a price.
        found: usize,
    },
    /// What was found is out of the range of a model.
    #[error("no model has the market of this tape: {0}")]
    Range(#[from] FlowModelError),
}

/// Fits a model to a tape; what the tape does not tell is `preset`'s.
///
/// # Errors
/// [`FitError`] when the tape cannot be read, is too short, or no model has its market.
pub fn fit(source: &mut dyn BatchSource, preset: &FlowModel) -> Result<Fitted, FitError> {
    let seen = pass(source, preset)?;
    let found = seen.minutes.closes.len();
    if found < MINUTES_LEAST {
        return Err(FitError::TooShort { found, needs: MINUTES_LEAST });
    }
    let mut fitting = Fitting { model: preset.clone(), marks: BTreeMap::new(), preset, seen: &seen, volatility: None };
    fitting.instrument();
    fitting.regimes();
    let sizes = season::log_sizes(&seen.minutes.closes, 1);
    fitting.season();
    fitting.bursts(&sizes);
    fitting.memory(&sizes);
    fitting.volatility()?;
    fitting.feed();
    fitting.orders();
    let Fitting { model, marks, .. } = fitting;
    model.check()?;
    let parameters = file::parameters(&model, &marks);
    Ok(Fitted { model, parameters, header: seen.header, minutes: found })
}

/// A model on its way from the preset to the tape.
struct Fitting<'a> {
    model: FlowModel,
    marks: BTreeMap<String, Mark>,
    preset: &'a FlowModel,
    seen: &'a Observed,
    /// Standard error of the logarithm of volatility.
    volatility: Option<f64>,
}

impl Fitting<'_> {
    fn identify(&mut self, key: impl Into<String>, figures: Vec<Figure>, observations: u64, estimator: &str) {
        let mark = Mark::Identified { figures, observations, estimator: estimator.to_owned() };
        self.marks.insert(key.into(), mark);
    }

    fn leave(&mut self, key: &str, reason: &str) {
        self.marks.insert(key.to_owned(), Mark::Prior { reason: reason.to_owned() });
    }

    fn instrument(&mut self) {
        let header = &self.seen.header;
        let Instrument { symbol, base, quote, kind, tick_size, step_size, fees, filters, .. } = &header.instrument;
        let to = &mut self.model.instrument;
        let plain = |name: &str, preset: &str| {
            let plain: String = name.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
            if plain.is_empty() { preset.to_owned() } else { plain }
        };
        (to.symbol, to.base, to.quote) = (plain(symbol, &to.symbol), plain(base, &to.base), plain(quote, &to.quote));
        (to.kind, to.tick_size, to.step_size) = (*kind, *tick_size, *step_size);
        let bps = |rate: crate::units::Rate| rate.ppb().div_euclid(100_000);
        (to.maker_bps, to.taker_bps) = (bps(fees.maker), bps(fees.taker));
        let told = ["symbol", "base", "quote", "kind", "tick_size", "step_size", "maker_bps", "taker_bps"];
        for name in told {
            self.identify(format!("instrument.{name}"), Vec::new(), 1, "read from the tape's header");
        }
        if let Some(least) = filters.min_notional {
            self.model.instrument.min_notional = (least.to_f64() as i64).max(0);
            self.identify("instrument.min_notional", Vec::new(), 1, "read from the tape's header");
        }
        if let Some((price_x2, reach)) = self.seen.first {
            self.model.instrument.start_ticks = price_x2.div_euclid(2);
            let figure = Figure::read(price_x2.div_euclid(2) as f64, reach as f64 / 2.0 + 1.0);
            self.identify(
                "instrument.start_ticks",
                vec![figure],
                1,
                "first price of the tape, known to half its spread",
            );
        }
    }

    fn regimes(&mut self) {
        let name = "recorded".to_owned();
        self.model.pace.regimes = vec![RegimeModel { name, volatility: 1.0, mean_stay_days: 30.0, weight: 1.0 }];
    }

    /// From the shortest returns of which hardly any is nothing.
    fn season(&mut self) {
        let closes = &self.seen.minutes.closes;
        let mut all = SEASON_STEPS.iter().map(|step| season::log_sizes(closes, *step));
        let Some(sizes) = all.find(|sizes| sizes.still <= SEASON_STILL_MOST) else {
            let reason = "too many returns of a quarter of an hour are nothing: the tick hides what is smaller";
            return ["pace.hours", "pace.weekdays"].iter().for_each(|key| self.leave(key, reason));
        };
        if let Some((open, found)) = season::hours(&sizes) {
            let figures = found.figures();
            self.model.pace.hours = vec![0.0; 24];
            open.iter().zip(&figures).for_each(|(hour, figure)| {
                self.model.pace.hours[*hour] = rounded(figure.estimate).clamp(0.01, 10.0);
            });
            let estimator = "mean log absolute return by hour, less the day's; error between days";
            self.identify("pace.hours", figures, found.observations, estimator);
        }
        if let Some(found) = season::weekdays(&sizes) {
            let figures = found.figures();
            let multiples = figures.iter().map(|figure| rounded(figure.estimate).clamp(0.01, 10.0));
            self.model.pace.weekdays = multiples.collect();
            let estimator = "mean log absolute return by weekday, less the week's; error between weeks";
            self.identify("pace.weekdays", figures, found.observations, estimator);
        }
    }

    fn bursts(&mut self, LogSizes { sizes, still, .. }: &LogSizes) {
        if STILL_MOST < *still {
            return;
        }
        if let Some(found) = season::bursts(sizes) {
            let figures = found.scaled(1.0);
            for (place, figure) in figures.iter().enumerate() {
                self.model.pace.minute_bursts[place] = rounded(figure.estimate).clamp(0.1, 10.0);
            }
            let estimator =
                "mean log absolute return of those minutes less that of the others of the hour; error between hours";
            self.identify("pace.minute_bursts", figures, found.observations, estimator);
        }
    }

    fn memory(&mut self, LogSizes { sizes, still, .. }: &LogSizes) {
        let minutes = self.seen.minutes.closes.len();
        if STILL_MOST < *still && memory::MINUTES_LEAST <= minutes {
            let reason = format!("{:.0} % of the minutes show no move: the tick hides what is smaller", still * 100.0);
            return self.leave("pace.factors", &reason);
        }
        let known = |factor: &FactorModel| memory::HALF_LIVES * factor.half_life_minutes <= 1.01 * minutes as f64;
        let factors = &self.preset.pace.factors;
        let places: Vec<usize> = (0..factors.len()).filter(|place| known(&factors[*place])).collect();
        let quick: Vec<FactorModel> = places.iter().map(|place| factors[*place]).collect();
        let slow: Vec<FactorModel> = factors.iter().copied().filter(|factor| !known(factor)).collect();
        let Some(figures) = memory::deviations(sizes, &quick, &slow) else { return };
        for (place, figure) in places.into_iter().zip(figures) {
            self.model.pace.factors[place].deviation = rounded(figure.estimate);
            let estimator = "variogram of log absolute returns of a minute by least squares, bias from drawn series, error the larger of theirs and the jackknife's";
            self.identify(format!("pace.factors[{place}].deviation"), vec![figure], sizes.len() as u64, estimator);
            self.leave(
                &format!("pace.factors[{place}].half_life_minutes"),
                "half-lives are a grid, deviations say which of them counts",
            );
        }
    }

    /// The factors for errors: none weaker than the preset's. Where chance makes a factor nothing, errors must not become nothing too.
    fn supposed(&self) -> Vec<FactorModel> {
        let pairs = self.model.pace.factors.iter().zip(&self.preset.pace.factors);
        pairs.map(|(own, prior)| FactorModel { deviation: own.deviation.max(prior.deviation), ..*own }).collect()
    }

    fn volatility(&mut self) -> Result<(), FitError> {
        let closes = &self.seen.minutes.closes;
        let season = Season::new(&self.model.pace);
        let tick = 1.0 / self.model.instrument.start_ticks.max(1) as f64;
        let still = FitError::Still { found: closes.len() };
        let found: Realised = realised(&self.seen.minutes, &season, tick).ok_or(still)?;
        let days = closes.len() as f64 / 1_440.0;
        let (share, chance) = jumps(&self.preset.price, &self.preset.pace, days);
        let estimate = (found.variance * 1_440.0 * (1.0 - share)).sqrt() * 1e4;
        let stretch = stretch_error(&self.supposed(), 2.0, closes.len() as f64);
        let error = (stretch * stretch + found.error * found.error + chance * chance).sqrt() / 2.0;
        let factor = estimate / self.preset.price.volatility_bps_per_day;
        let price = &mut self.model.price;
        price.volatility_bps_per_day = rounded(estimate);
        let scaled = |bps: f64| rounded(bps * factor).min(2_000.0);
        (price.jump_up_bps, price.jump_down_bps) = (scaled(price.jump_up_bps), scaled(price.jump_down_bps));
        price.overnight_bps = scaled(price.overnight_bps);
        self.volatility = Some(error);
        let estimator = format!(
            "realised variance of overlapping returns of {} min, less {:.1} % for the preset's jumps; error of the stretch by the factors",
            found.step,
            share * 100.0
        );
        let figure = Figure::of_log(estimate, error);
        self.identify("price.volatility_bps_per_day", vec![figure], found.returns, &estimator);
        Ok(())
    }

    fn feed(&mut self) {
        let seen = self.seen;
        if seen.header.kind == TapeKind::Bars {
            return self.leave("feed.latency_us", "bars have no latency");
        }
        if seen.header.clock.is_some() {
            return self
                .leave("feed.latency_us", "the tape's clocks were corrected: it supports no conclusion about latency");
        }
        if seen.latency.total < LATENCIES_LEAST {
            let reason =
                format!("needs {LATENCIES_LEAST} messages that waited for no other, found {}", seen.latency.total);
            return self.leave("feed.latency_us", &reason);
        }
        let shares: Vec<u32> = self.model.feed.latency_us.iter().map(|(ppm, _)| *ppm).collect();
        let figures = super::histogram::points(&seen.latency, &shares);
        let points: Vec<(u32, i64)> = rising(&shares, figures.iter().map(|figure| figure.estimate), 0, 60_000_000);
        self.model.feed.latency_us = points;
        let estimator = "quantiles over messages before which the feed was idle";
        self.identify("feed.latency_us", figures, seen.latency.total, estimator);
    }

    fn orders(&mut self) {
        let flow = &self.seen.flow;
        if self.seen.header.kind == TapeKind::Bars {
            return;
        }
        if !flow.is_told() {
            return self.scale();
        }
        let Some(found) = raw(self.seen, &self.model) else { return };
        let before = self.model.orders.limit_by_market;
        let found = mend::mended(&found, &self.model, self.seen);
        mend::put(&found, &mut self.model);
        if self.model.orders.limit_by_market < before {
            let reason = "the preset's would be more limit orders than there are: nine tenths of the most";
            self.leave("orders.limit_by_market", reason);
        }
        self.rates(&found);
        self.places(&found);
        self.sizes(&found);
        self.signs();
    }

    /// Rates and sizes of a tape that does not tell who came with which order: no estimates, but a market as busy as the tape.
    fn scale(&mut self) {
        let Some(scaled) = scale::scaled(self.seen, &self.model) else { return };
        self.model = scaled.model;
        let [tape, market] = scaled.takers;
        let reason = format!(
            "scaled to the tape: {tape:.3} takers a second, a generated market has {market:.3}; which of them race is not on the tape"
        );
        self.leave("orders.market_per_second", &reason);
        let [tape, market] = scaled.grown;
        let reason = format!(
            "scaled to the tape: levels grow {tape:.3} times a second, in a generated market {market:.3}; messages of the tape hold several orders"
        );
        self.leave("orders.limit_per_second", &reason);
        if let Some(narrowest) = self.seen.flow.narrowest.filter(|_| INSIDE_LEAST <= self.seen.flow.inside) {
            self.model.providers.tight_ticks = (narrowest - 1).clamp(1, 1_000);
            let reason =
                "set to the narrowest spread into which a message quoted, less one: messages hold several orders";
            self.leave("providers.tight_ticks", reason);
        }
        self.leave("orders.limit_by_market", "the preset's, or less where there are too few limit orders for it");
        let reason = "quantiles of the tape's takers, races among them: not told apart";
        self.leave("orders.market_sizes", reason);
        self.leave("orders.limit_sizes", "quantiles of what best levels gain in a message of the tape: not told apart");
    }

    fn rates(&mut self, found: &Raw) {
        let (flow, pace) = (&self.seen.flow, &self.model.pace);
        let minutes = self.seen.covered as f64 / 60e9;
        let stretch = |exponent: f64| stretch_error(&self.supposed(), exponent, minutes);
        let orders = &self.model.orders;
        // Orders come in clusters: of as many orders there are only so many that came by themselves (A. Hawkes, D. Oakes, 1974).
        let clustered = |count: f64, branching: f64| 1.0 / (count.max(1.0).sqrt() * (1.0 - branching));
        let market = flow.market_orders();
        let chance = [stretch(pace.market_exponent), clustered(market, orders.market_by_market), MARKET_MODEL];
        let market_figure = Figure::of_log(found.market, root_of_squares(&chance));
        let limit = (flow.at_touch + flow.behind.total) as f64;
        let chance = [stretch(pace.limit_exponent), clustered(limit, orders.limit_by_limit), LIMIT_MODEL];
        let limit_figure = Figure::of_log(found.limit, root_of_squares(&chance));
        let (market, limit) = (market as u64, limit as u64);
        let estimator = "takers that leave something at their last price, and those that leave one step once more; by the pace's mean";
        self.identify("orders.market_per_second", vec![market_figure], market, estimator);
        let estimator =
            "levels that grow at the best price or behind it, by the pace's mean and a generated market's withdrawals";
        self.identify("orders.limit_per_second", vec![limit_figure], limit, estimator);
    }

    fn places(&mut self, found: &Raw) {
        let flow = &self.seen.flow;
        let (behind, all) = (flow.behind.total, flow.behind.total + flow.at_touch);
        let [ticks_error, tail_error] = found.law.errors.map(|error| root_of_squares(&[error, DEPTH_MODEL]));
        let touch = found.touch.clamp(0.0, 1.0);
        let error = root_of_squares(&[(touch * (1.0 - touch) / all.max(1) as f64).sqrt(), TOUCH_MODEL * touch]);
        let narrowest = flow.narrowest;
        let inside = flow.inside;
        let figures = [Figure::of_log(found.law.ticks, ticks_error), Figure::of_log(found.law.tail, tail_error)];
        let estimator = "levels that grow at the best price, of all that grow there or behind";
        self.identify("book.touch_share", vec![Figure::plain(touch, error)], all, estimator);
        let estimator =
            "maximum likelihood of a cut Lomax law of the distance of levels that grow behind the best price";
        for (key, figure) in ["book.depth_ticks", "book.depth_tail"].into_iter().zip(figures) {
            self.identify(key, vec![figure], behind, estimator);
        }
        if let Some(narrowest) = narrowest.filter(|_| INSIDE_LEAST <= inside) {
            let tight = (narrowest - 1).clamp(1, 1_000);
            self.model.providers.tight_ticks = tight;
            let figure = Figure::read(tight as f64, 0.0);
            self.identify(
                "providers.tight_ticks",
                vec![figure],
                inside,
                "narrowest spread into which somebody quoted, less one",
            );
        }
    }

    fn sizes(&mut self, found: &Raw) {
        let (pace, flow, orders) = (&self.model.pace, &self.seen.flow, &self.model.orders);
        let volatility = self.volatility.unwrap_or(0.0);
        let lists = [
            (
                "orders.market_sizes",
                &orders.market_sizes,
                &found.market_sizes,
                flow.market_sizes.total(),
                pace.size_exponent,
            ),
            (
                "orders.limit_sizes",
                &orders.limit_sizes,
                &found.limit_sizes,
                flow.limit_sizes.total(),
                pace.depth_exponent,
            ),
        ];
        let figures = lists.map(|(key, points, values, count, exponent)| {
            (key, size_figures(points, values, count, exponent * volatility), count)
        });
        let estimator =
            "quantiles of sizes, each by the volatility of the ten minutes before it to the preset's exponent";
        for (key, figures, count) in figures {
            self.identify(key, figures, count, estimator);
        }
    }

    fn signs(&mut self) {
        let memory = self.seen.flow.signs.mean();
        let Some((share, error)) = memory.and_then(|memory| signs::share(memory, &self.preset.metaorders)) else {
            return;
        };
        self.model.metaorders.share = rounded(share);
        let orders = self.seen.flow.signs.orders;
        let estimator = "mean product of the signs of ten market orders in a row, against that of drawn ones";
        self.identify("metaorders.share", vec![Figure::plain(share, error)], orders, estimator);
    }
}

fn root_of_squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// Figures of points of sizes: the error of a quantile by the straight lines about it, that of the scale, and that of local
/// volatility.
fn size_figures(points: &[(u32, i64)], values: &[f64], count: u64, scale: f64) -> Vec<Figure> {
    let share = |place: usize| f64::from(points[place].0) / 1e6;
    let last = values.len() - 1;
    let figure = |place: usize| {
        let (before, after) = (place.saturating_sub(1), (place + 1).min(last));
        let rise = (values[after] - values[before]) / (share(after) - share(before));
        let chance = (share(place) * (1.0 - share(place)) / count.max(1) as f64).sqrt();
        let ends = if place == last { END_MODEL } else { SIZE_MODEL };
        let value = values[place].max(1.0);
        if place == 0 {
            // Beside the next point it is next to nothing: a share of that one is what is known of it.
            return Figure::plain(value, END_MODEL / 2.0 * values[1]);
        }
        let error = root_of_squares(&[rise * chance / value, scale, ends, 0.5 / value]);
        Figure::of_log(value, error)
    };
    (0..=last).map(figure).collect()
}

/// Four significant digits: what an estimate is worth, and what a person reads.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// Points of a distribution from figures: whole, within bounds, not falling.
pub(super) fn rising(shares: &[u32], values: impl Iterator<Item = f64>, least: i64, most: i64) -> Vec<(u32, i64)> {
    let mut last = least;
    let mut point = |value: f64| {
        last = (libm::round(value) as i64).clamp(last, most);
        last
    };
    shares.iter().zip(values).map(|(share, value)| (*share, point(value))).collect()
}
