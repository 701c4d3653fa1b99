use super::model::{PlacedShock, ShockStart};
use super::ramp::Ramp;
use crate::model::{Side, StatusChange, TradingStatus};
use crate::rng::Streams;
use crate::units::Timestamp;

const MINUTE: f64 = 60e9;
/// Longest stay of what never ends, in minutes: some centuries.
const FOR_GOOD: f64 = 1e8;
/// Least depth that is left, as a multiple.
const LEAST_DEPTH: f64 = 1e-4;
/// Most that a spread, a volatility or a rate is multiplied by.
const MOST: f64 = 10_000.0;
const LEAST_PACE: f64 = 0.02;

/// What shocks make of a market at one moment, all of them together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Logarithm of what the price is multiplied by.
    pub log_price: f64,
    /// What is left of the depth of each side.
    pub depth: [f64; 2],
    /// The spread, as a multiple.
    pub spread: f64,
    /// Volatility, as a multiple.
    pub volatility: f64,
    /// Market orders, as a multiple.
    pub orders: f64,
    /// Nobody trades.
    pub halted: bool,
    /// Old ticks in a tick.
    pub grid: i64,
    /// Depth and spread are scripted now.
    pub withdraws: bool,
    /// The price is on its way.
    pub moving: bool,
}

impl Moment {
    /// Nothing happens.
    pub const CALM: Self = Self {
        log_price: 0.0,
        depth: [1.0; 2],
        spread: 1.0,
        volatility: 1.0,
        orders: 1.0,
        halted: false,
        grid: 1,
        withdraws: false,
        moving: false,
    };
}

/// One order through the book.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sweep {
    /// When, nanoseconds since 1970.
    pub at: i64,
    /// Who comes.
    pub side: Side,
    /// What the best price is multiplied by where the last of it trades.
    pub to: f64,
}

/// A thing that a ramp makes come and go.
#[derive(Debug, Clone, Copy)]
enum Effect {
    /// Adds to the logarithm of the price.
    Price(f64),
    /// Multiplies the depth of the sides that are meant, and the spread.
    Liquidity { depth: [f64; 2], spread: f64 },
    /// Multiplies volatility and market orders.
    Pace { volatility: f64, orders: f64 },
    /// Nobody trades.
    Halt,
    /// Makes ticks coarser.
    Grid(i64),
}

/// The largest that each thing becomes, as the shocks of a script have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedSizes {
    /// Lowest and highest that the price is multiplied by.
    pub price: [f64; 2],
    /// Least depth of each side.
    pub depth: [f64; 2],
    /// Widest spread.
    pub spread: f64,
    /// Volatility and market orders, where they are farthest from one.
    pub volatility: f64,
    /// See `volatility`.
    pub orders: f64,
    /// Coarsest tick, in old ones.
    pub grid: i64,
    /// Longest time without trading, in nanoseconds.
    pub halted: i64,
}

/// Shocks of a market, set to its calendar.
#[derive(Debug, Clone)]
pub struct Script {
    effects: Vec<(Ramp, Effect)>,
    sweeps: Vec<Sweep>,
    starts: Vec<i64>,
}

impl Script {
    /// The shocks of a market that begins at `start`, nanoseconds since 1970. Each that draws its start has a stream of its own,
    /// named after its place and name.
    #[must_use]
    pub fn new(shocks: &[PlacedShock], start: i64, streams: Streams) -> Self {
        let mut script = Self { effects: Vec::new(), sweeps: Vec::new(), starts: Vec::new() };
        for (place, placed) in shocks.iter().enumerate() {
            let begins = match placed.start {
                ShockStart::At(after) => start.saturating_add(after.nanos()),
                ShockStart::Between(first, last) => {
                    let mut draws = streams.stream(&format!("synth/shock/{place}/{}", placed.shock.name));
                    start.saturating_add(draws.range(first.nanos()..=last.nanos()))
                }
            };
            script.starts.push(begins);
            script.add(placed, begins);
        }
        script.sweeps.sort_by_key(|sweep| sweep.at);
        script
    }

    /// When each begins, in their order; nanoseconds since 1970.
    #[must_use]
    pub fn starts(&self) -> &[i64] {
        &self.starts
    }

    /// Orders through the book, in order of time.
    #[must_use]
    pub fn sweeps(&self) -> &[Sweep] {
        &self.sweeps
    }

    /// True when nothing is scripted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty() && self.sweeps.is_empty()
    }

    fn add(&mut self, placed: &PlacedShock, start: i64) {
        self.add_moves(placed, start);
        self.add_liquidity(placed, start);
        self.add_rules(placed, start);
    }

    fn add_moves(&mut self, placed: &PlacedShock, start: i64) {
        for phase in &placed.shock.moves {
            let log = placed.severity.0 * libm::log1p(phase.percent / 100.0);
            let (at, over) = (phase.at_minutes, phase.over_minutes);
            let stays = Ramp::new(start, at, over, FOR_GOOD, 0.0).curved(phase.curve);
            let goes = Ramp::new(start, at, over, phase.stay_minutes, phase.half_life_minutes).curved(phase.curve);
            self.effects.push((stays, Effect::Price(log * (1.0 - phase.back))));
            self.effects.push((goes, Effect::Price(log * phase.back)));
        }
        for phase in &placed.shock.sweeps {
            let at = start.saturating_add((phase.at_minutes * MINUTE) as i64);
            let side = if phase.percent < 0.0 { Side::Sell } else { Side::Buy };
            let to = libm::exp(placed.severity.0 * libm::log1p(phase.percent / 100.0));
            self.sweeps.push(Sweep { at, side, to });
        }
    }

    fn add_liquidity(&mut self, placed: &PlacedShock, start: i64) {
        for phase in &placed.shock.liquidity {
            let left = libm::pow(phase.depth, placed.severity.0).max(LEAST_DEPTH);
            let depth = Side::BOTH.map(|side| if phase.side.holds(side) { left } else { 1.0 });
            let ramp =
                Ramp::new(start, phase.at_minutes, phase.over_minutes, phase.stay_minutes, phase.half_life_minutes);
            let spread = scaled(phase.spread, placed.severity.0).clamp(1.0, MOST);
            self.effects.push((ramp, Effect::Liquidity { depth, spread }));
        }
        for phase in &placed.shock.pace {
            let ramp =
                Ramp::new(start, phase.at_minutes, phase.over_minutes, phase.stay_minutes, phase.half_life_minutes);
            let multiple = |value: f64| scaled(value, placed.severity.0).clamp(LEAST_PACE, MOST);
            let effect = Effect::Pace { volatility: multiple(phase.volatility), orders: multiple(phase.orders) };
            self.effects.push((ramp, effect));
        }
    }

    fn add_rules(&mut self, placed: &PlacedShock, start: i64) {
        for phase in &placed.shock.halts {
            let length = phase.for_minutes * placed.severity.0;
            self.effects.push((Ramp::new(start, phase.at_minutes, 0.0, length, 0.0), Effect::Halt));
        }
        for phase in &placed.shock.ticks {
            let multiple = libm::round(scaled(phase.multiple, placed.severity.0)).max(1.0) as i64;
            self.effects.push((Ramp::new(start, phase.at_minutes, 0.0, FOR_GOOD, 0.0), Effect::Grid(multiple)));
        }
    }

    /// What is so at `now`.
    #[must_use]
    pub fn at(&self, now: i64) -> Moment {
        let mut moment = Moment::CALM;
        for (ramp, effect) in &self.effects {
            let level = ramp.level(now);
            if level > 0.0 {
                effect.join(level, &mut moment);
            }
            moment.withdraws |= matches!(effect, Effect::Liquidity { .. }) && ramp.acts(now);
            moment.moving |= matches!(effect, Effect::Price(log) if *log != 0.0) && ramp.moves(now);
        }
        moment
    }

    /// When a venue whose market this is halts it, opens it again, or takes prices on another grid.
    #[must_use]
    pub fn statuses(&self) -> Vec<StatusChange> {
        let rules = self.effects.iter().filter(|(_, effect)| matches!(effect, Effect::Halt | Effect::Grid(_)));
        let mut turns: Vec<i64> = rules.flat_map(|(ramp, _)| ramp.ends()).collect();
        turns.sort_unstable();
        turns.dedup();
        let status = |at: i64| {
            let Moment { halted, grid, .. } = self.at(at);
            StatusChange {
                at: Timestamp::from_nanos(at),
                status: TradingStatus { is_halted: halted, price_increment: grid, ..TradingStatus::OPEN },
            }
        };
        let mut changes: Vec<StatusChange> = turns.into_iter().map(status).collect();
        let mut before = TradingStatus::OPEN;
        changes.retain(|change| std::mem::replace(&mut before, change.status) != change.status);
        changes
    }

    /// When to look again after `now`; the end of time when nothing more happens.
    #[must_use]
    pub fn next(&self, now: i64) -> i64 {
        let ramps = self.effects.iter().map(|(ramp, _)| ramp.next(now));
        let sweeps = self.sweeps.iter().map(|sweep| sweep.at).filter(|at| *at > now);
        ramps.chain(sweeps).min().unwrap_or(i64::MAX)
    }

    /// Sizes at every turn up to `end`: what a measurement is held against.
    #[must_use]
    pub fn named(&self, start: i64, end: i64) -> NamedSizes {
        let mut sizes = NamedSizes {
            price: [1.0; 2],
            depth: [1.0; 2],
            spread: 1.0,
            volatility: 1.0,
            orders: 1.0,
            grid: 1,
            halted: 0,
        };
        let farther = |one: f64, other: f64| {
            if libm::fabs(libm::log(one)) < libm::fabs(libm::log(other)) { other } else { one }
        };
        let (mut now, mut halted_at) = (start, None);
        while now <= end {
            let moment = self.at(now);
            // What nobody trades at is no price.
            let price = if moment.halted { 1.0 } else { libm::exp(moment.log_price) };
            sizes.price = [sizes.price[0].min(price), sizes.price[1].max(price)];
            sizes.depth = [0, 1].map(|side| sizes.depth[side].min(moment.depth[side]));
            sizes.spread = sizes.spread.max(moment.spread);
            sizes.volatility = farther(sizes.volatility, moment.volatility);
            sizes.orders = farther(sizes.orders, moment.orders);
            sizes.grid = sizes.grid.max(moment.grid);
            // Without a rise to follow, a halt's end is a moment to look at as well.
            halted_at = moment.halted.then(|| halted_at.unwrap_or(now));
            now = self.next(now);
            sizes.halted = sizes.halted.max(halted_at.map_or(0, |at| now.min(end) - at));
        }
        for sweep in &self.sweeps {
            sizes.price = [sizes.price[0].min(sweep.to), sizes.price[1].max(sweep.to)];
        }
        sizes
    }
}

impl Effect {
    /// So much of it joins what is there already.
    fn join(&self, level: f64, moment: &mut Moment) {
        let part = |multiple: f64| 1.0 + (multiple - 1.0) * level;
        match self {
            Self::Price(log) => moment.log_price += log * level,
            Self::Liquidity { depth, spread } => {
                moment.depth = [0, 1].map(|side| (moment.depth[side] * part(depth[side])).max(LEAST_DEPTH));
                moment.spread = (moment.spread * part(*spread)).min(MOST);
            }
            Self::Pace { volatility, orders } => {
                moment.volatility = (moment.volatility * part(*volatility)).min(MOST);
                moment.orders = (moment.orders * part(*orders)).min(MOST);
            }
            Self::Halt => moment.halted = true,
            Self::Grid(multiple) => moment.grid = moment.grid.saturating_mul(*multiple).min(10_000),
        }
    }
}

/// Severity moves a multiple away from one.
fn scaled(multiple: f64, severity: f64) -> f64 {
    1.0 + (multiple - 1.0) * severity
}
