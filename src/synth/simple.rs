use super::SimpleMarketConfig;
use super::batches::{Row, Sink};
use super::levels::Levels;
use super::source::{Generated, Market, Recipe};
use crate::model::{Instrument, Side, row};
use crate::rng::{Quantiles, Rng, Streams};
use crate::units::{DAY, MINUTE, Price, Span, Timestamp};

/// Raised with every change of what a seed gives.
const VERSION: u32 = 1;

/// Feed latency in nanoseconds.
const LATENCY: [(u32, i64); 5] =
    [(0, 1_000_000), (500_000, 1_300_000), (900_000, 2_000_000), (990_000, 3_500_000), (1_000_000, 5_000_000)];
/// Quantity of a level in thousandths of its mean.
const LEVEL_SIZE: [(u32, i64); 5] = [(0, 150), (250_000, 500), (500_000, 800), (900_000, 2_000), (1_000_000, 4_000)];
/// Quantity of a trade in steps.
const TRADE_SIZE: [(u32, i64); 6] =
    [(0, 1), (500_000, 20), (800_000, 120), (950_000, 700), (995_000, 3_000), (1_000_000, 12_000)];

/// Share of market events that are trades while the price stays, and of price moves that begin with trades.
const TRADES_PERCENT: u32 = 30;
const SWEEPS_PERCENT: u32 = 60;
/// Share of moves after which the spread is one tick.
const TIGHT_PERCENT: u32 = 88;
/// A trade has the direction in which the price is about to move this often.
const INFORMED_PERCENT: u32 = 62;

/// Minutely memory and innovation of the logarithm of volatility: standard deviation 0.4, half-life two hours.
const VOLATILITY_MEMORY: f64 = 0.995;
const VOLATILITY_NOISE: f64 = 0.04;
/// Variance of that logarithm in the long run; taken off so that the mean variance is the configured one.
const VOLATILITY_VARIANCE: f64 = 0.16;
/// The touch follows when the efficient price is this many standard deviations of an event away from the mid.
const PATIENCE: f64 = 2.0;

/// A simple market: an efficient price walks, and quotes follow it.
pub type SimpleMarket = Generated<SimpleRecipe>;

/// Settings and seed of a simple market.
#[derive(Debug, Clone)]
pub struct SimpleRecipe {
    config: SimpleMarketConfig,
    seed: u64,
}

impl SimpleMarket {
    /// The market of `config` and `seed`.
    ///
    /// # Panics
    /// When `config` breaks a rule of [`SimpleMarketConfig::check`].
    #[must_use]
    pub fn new(config: &SimpleMarketConfig, seed: u64) -> Self {
        let checked = config.check();
        assert!(checked.is_ok(), "unchecked configuration {config:?}: {checked:?}");
        Self::of(SimpleRecipe { config: config.clone(), seed })
    }
}

impl Recipe for SimpleRecipe {
    type Market = Walked;

    fn open(&self, sink: &mut dyn Sink) -> Walked {
        Walked::open(&self.config, self.seed, sink)
    }

    fn format(&self) -> &'static str {
        "synthetic-simple"
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn instrument(&self) -> Instrument {
        self.config.instrument()
    }

    fn span(&self) -> (Timestamp, Span) {
        (self.config.start_at, self.config.duration)
    }

    fn words(&self) -> String {
        format!("{} {VERSION}\n{:?}\n{}", self.format(), self.config, self.seed)
    }
}

/// The state of the market between two events.
#[derive(Debug)]
pub struct Walked {
    now: i64,
    end: i64,
    /// Venue and local time of the last message.
    last_at: i64,
    local_at: i64,
    /// Mean time between two events.
    gap_ns: u64,
    walk: Walk,
    /// Best prices that the quotes return to: bid, ask.
    touch: [i64; 2],
    sides: [Levels; 2],
    /// True while no level is missing or in excess at this touch.
    settled: bool,
    /// Rows of the message being made, and of the one after it.
    message: Vec<Row>,
    after: Vec<Row>,
    latencies: Quantiles,
    level_sizes: Quantiles,
    trade_sizes: Quantiles,
    arrivals: Rng,
    flow: Rng,
    sizes: Rng,
    feed: Rng,
}

impl Market for Walked {
    fn step(&mut self, sink: &mut dyn Sink) -> bool {
        self.next_event(sink)
    }

    fn last_at(&self) -> i64 {
        self.last_at
    }
}

impl Walked {
    /// Opens with a snapshot.
    fn open(config: &SimpleMarketConfig, seed: u64, sink: &mut dyn Sink) -> Self {
        let streams = Streams::new(seed);
        let start = config.start_at.nanos();
        let gap_ns = 1_000_000_000 / u64::from(config.messages_per_second);
        let mut market = Self {
            now: start,
            end: config.start_at.plus(config.duration).nanos(),
            last_at: start,
            local_at: start,
            gap_ns,
            walk: Walk::new(config, gap_ns, streams.stream("synth/price")),
            touch: [0, 0],
            sides: Side::BOTH.map(Levels::new),
            settled: false,
            message: Vec::with_capacity(512),
            after: Vec::with_capacity(512),
            latencies: table(&LATENCY),
            level_sizes: table(&LEVEL_SIZE),
            trade_sizes: table(&TRADE_SIZE),
            arrivals: streams.stream("synth/arrivals"),
            flow: streams.stream("synth/flow"),
            sizes: streams.stream("synth/sizes"),
            feed: streams.stream("synth/feed"),
        };
        market.aim();
        market.restore();
        market.message.iter_mut().for_each(|row| row.flags |= row::SNAPSHOT);
        market.send(sink);
        market
    }

    fn next_event(&mut self, sink: &mut dyn Sink) -> bool {
        let waited = self.arrivals.exponential(self.gap_ns) + 1;
        self.now = self.now.saturating_add_unsigned(waited);
        if self.now >= self.end {
            return false;
        }
        self.walk.advance(self.now);
        let ahead = self.walk.ahead_of(self.touch);
        if self.walk.has_left(ahead) {
            self.follow(ahead, sink);
        } else if percent(&mut self.flow, TRADES_PERCENT) {
            self.trade(ahead, sink);
        } else {
            self.requote();
        }
        self.send(sink);
        true
    }

    /// The touch goes where the efficient price is, often through trades.
    fn follow(&mut self, ahead: f64, sink: &mut dyn Sink) {
        self.aim();
        let aggressor = if ahead > 0.0 { Side::Buy } else { Side::Sell };
        if percent(&mut self.flow, SWEEPS_PERCENT) {
            let resting = aggressor.opposite().index();
            let quantity = 10 * self.trade_sizes.sample(&mut self.sizes);
            let until = self.touch[resting];
            self.sides[resting].take(quantity, 4, until, &mut self.message, &mut self.after);
            self.send_trades(sink);
        }
        self.restore();
    }

    /// One trade at the touch, or a little through it.
    fn trade(&mut self, ahead: f64, sink: &mut dyn Sink) {
        let informed = percent(&mut self.flow, INFORMED_PERCENT);
        let aggressor = if (ahead > 0.0) == informed { Side::Buy } else { Side::Sell };
        let quantity = self.trade_sizes.sample(&mut self.sizes);
        let resting = aggressor.opposite().index();
        let until = aggressor.opposite().away(Price::new(self.touch[resting]), 3).ticks();
        self.sides[resting].take(quantity, 3, until, &mut self.message, &mut self.after);
        self.send_trades(sink);
        self.message.append(&mut self.after);
        self.settled = false;
    }

    /// Quotes return to the touch and a few quantities change.
    fn requote(&mut self) {
        if !self.settled {
            self.restore();
        }
        for _ in 0..=self.flow.below(3) {
            let side = self.flow.below(2) as usize;
            self.sides[side].refresh(&self.level_sizes, &mut self.sizes, &mut self.message);
        }
    }

    /// Sends the trades; the book follows in a message of its own, a little later.
    fn send_trades(&mut self, sink: &mut dyn Sink) {
        if !self.message.is_empty() {
            self.send(sink);
            self.now += self.arrivals.range(50_000..=300_000);
        }
    }

    /// Chooses the best prices around the efficient price.
    fn aim(&mut self) {
        let tight = percent(&mut self.flow, TIGHT_PERCENT);
        let spread = if tight { 1 } else { 2 + self.flow.geometric(1, 2).min(8) as i64 };
        let bid = self.walk.bid(spread);
        self.touch = [bid, bid + spread];
    }

    /// Brings the levels to the touch: removals first, so that no row shows a crossed book.
    fn restore(&mut self) {
        self.message.append(&mut self.after);
        for (levels, touch) in self.sides.iter_mut().zip(self.touch) {
            levels.prune(touch, &mut self.message);
        }
        for (levels, touch) in self.sides.iter_mut().zip(self.touch) {
            levels.fill(touch, &self.level_sizes, &mut self.sizes, &mut self.message);
        }
        self.settled = true;
    }

    /// Delivers the message, if it has rows, in order.
    fn send(&mut self, sink: &mut dyn Sink) {
        if self.message.is_empty() {
            return;
        }
        let latency = self.latencies.sample(&mut self.feed);
        self.local_at = self.local_at.max(self.now + latency);
        self.last_at = self.now;
        sink.write(&mut self.message, self.now, self.local_at);
    }
}

fn table(points: &[(u32, i64)]) -> Quantiles {
    Quantiles::new(points).unwrap_or_else(|error| panic!("{points:?} is no distribution: {error}"))
}

fn percent(rng: &mut Rng, percent: u32) -> bool {
    rng.ratio(percent, 100)
}

/// The efficient price in ticks: a random walk whose volatility wanders slowly, drawn back to its start with a half-life of a
/// day.
#[derive(Debug)]
struct Walk {
    rng: Rng,
    at: i64,
    price: f64,
    anchor: f64,
    /// Ticks per square root of a nanosecond, in the long run and now.
    base: f64,
    sigma: f64,
    log_volatility: f64,
    minute: i64,
    /// Pull to the anchor per nanosecond.
    pull: f64,
    /// How far the price may be from the mid before quotes follow, in ticks.
    patience: f64,
}

impl Walk {
    fn new(config: &SimpleMarketConfig, gap_ns: u64, rng: Rng) -> Self {
        let (start, day) = (config.start_price.ticks() as f64, DAY.nanos() as f64);
        let base = start * f64::from(config.volatility_bps_per_day) / 10_000.0 / libm::sqrt(day);
        let event = base * libm::sqrt(gap_ns as f64);
        Self {
            rng,
            at: config.start_at.nanos(),
            price: start,
            anchor: start,
            base,
            sigma: base,
            log_volatility: 0.0,
            minute: config.start_at.nanos() / MINUTE.nanos(),
            pull: core::f64::consts::LN_2 / day,
            patience: (PATIENCE * event).max(0.75),
        }
    }

    fn advance(&mut self, now: i64) {
        while self.minute < now / MINUTE.nanos() {
            self.minute += 1;
            self.log_volatility = VOLATILITY_MEMORY * self.log_volatility + VOLATILITY_NOISE * self.normal();
            self.sigma = self.base * libm::exp(self.log_volatility - VOLATILITY_VARIANCE);
        }
        let waited = (now - self.at) as f64;
        self.at = now;
        self.price += self.sigma * libm::sqrt(waited) * self.normal() - self.pull * waited * (self.price - self.anchor);
        self.price = self.price.clamp(self.anchor / 5.0, self.anchor * 4.0);
    }

    fn normal(&mut self) -> f64 {
        self.rng.gaussian_q16() as f64 / 65_536.0
    }

    /// Ticks from the mid of `touch` to the efficient price.
    fn ahead_of(&self, touch: [i64; 2]) -> f64 {
        self.price - (touch[0] + touch[1]) as f64 / 2.0
    }

    fn has_left(&self, ahead: f64) -> bool {
        libm::fabs(ahead) > self.patience
    }

    /// The bid of a spread around the efficient price.
    fn bid(&self, spread: i64) -> i64 {
        libm::floor(self.price - spread as f64 / 2.0 + 0.5) as i64
    }
}
