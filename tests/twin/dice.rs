//! Worlds and commands by dice. Each seed first decides which features it has at all, so that rare things are not
//! always drowned by frequent ones.

use crate::exchange::Row;
use crate::pair::{Command, Draft, Target};
use crate::world::World;
use seatrial::model::{
    Access, ContractKind, OrderType, SelfTradePrevention, Side, StatusChange, TimeInForce, TradingStatus, TriggerSource,
};
use seatrial::units::{Fixed, Money, Price, Quantity, Rate, Rounding, Timestamp};
use seatrial::venue::{BarPath, Crossing, Curve, FillPreset, FillRules, MarketKind, QueueModel};

/// Places in the grid of prices.
pub const PLACES: i64 = 60;

/// Splitmix64.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EA7_21A1)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both possible.
    pub fn roll(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: i64) -> bool {
        self.roll(1, times) == 1
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(0, from.len() as i64 - 1) as usize]
    }

    /// An index, each as likely as its weight.
    fn weighted(&mut self, weights: &[i64]) -> usize {
        let mut left = self.roll(0, weights.iter().sum::<i64>() - 1);
        let reached = |weight: &i64| {
            left -= weight;
            left < 0
        };
        weights.iter().position(reached).unwrap_or(0)
    }
}

const QUEUES: [QueueModel; 6] = [
    QueueModel::Front,
    QueueModel::RiskAverse,
    QueueModel::Probability(Curve::Power1),
    QueueModel::Probability(Curve::Power2),
    QueueModel::Probability(Curve::Power3),
    QueueModel::Probability(Curve::Log),
];
const CROSSINGS: [Crossing; 4] = [Crossing::Never, Crossing::Displayed, Crossing::Whole, Crossing::WholeAtRow];
const PRESETS: [FillPreset; 4] =
    [FillPreset::Optimistic, FillPreset::Neutral, FillPreset::Pessimistic, FillPreset::Hftbacktest];
const PATHS: [BarPath; 4] =
    [BarPath::OpenHighLowClose, BarPath::OpenLowHighClose, BarPath::NearestExtremeFirst, BarPath::WorstForBot];

/// One rule of a preset is another one.
fn depart(dice: &mut Dice, rules: &mut FillRules) {
    match dice.roll(0, 11) {
        0 | 1 => rules.queue = dice.pick(&QUEUES),
        2 | 3 => rules.crossing = dice.pick(&CROSSINGS),
        4 => rules.at_price ^= true,
        5 => rules.touch_fills ^= true,
        6 => rules.partial_fills ^= true,
        7 => rules.liquidity_memory ^= true,
        8 => rules.shared_prints ^= true,
        9 => rules.own_orders_meet ^= true,
        10 => rules.refused_amends_spare ^= true,
        _ => rules.funds_checked ^= true,
    }
}

/// A preset and up to two departures from it.
fn rules(dice: &mut Dice) -> FillRules {
    let mut rules = dice.pick(&PRESETS).rules();
    for _ in 0..dice.weighted(&[3, 4, 1]) {
        depart(dice, &mut rules);
    }
    rules
}

/// A market, its venue's rules and an account.
pub fn world(dice: &mut Dice) -> World {
    let market = [MarketKind::L2, MarketKind::Trades, MarketKind::Bars][dice.weighted(&[8, 1, 1])];
    let mut world = World { market, ..World::default() };
    let config = &mut world.config;
    config.fills = rules(dice);
    config.trigger = dice.pick(&[TriggerSource::Last, TriggerSource::Best]);
    let modes = [SelfTradePrevention::ExpireTaker, SelfTradePrevention::ExpireMaker, SelfTradePrevention::ExpireBoth];
    config.self_trade = dice.pick(&modes);
    config.bar_path = dice.pick(&PATHS);
    config.assumed_half_spread_ticks = dice.roll(0, 3);
    config.assumed_queue_ahead = dice.once_in(2).then(|| Quantity::new(dice.roll(0, 20)));
    config.leverage_max = dice.once_in(3).then(|| dice.roll(1, 20) as u32);
    account(dice, &mut world);
    filters(dice, &mut world);
    statuses(dice, &mut world);
    world
}

/// In some worlds the market is halted now and then, takes some orders alone, or takes them at fewer prices.
fn statuses(dice: &mut Dice, world: &mut World) {
    if !dice.once_in(3) {
        return;
    }
    let mut at = 0;
    for _ in 0..dice.roll(1, 30) {
        at += dice.pick(&[3, 40, 600]) + dice.roll(0, 9);
        let (is_halted, price_increment) = (dice.once_in(3), dice.pick(&[1, 1, 2, 5]));
        let modes = [Access::All, Access::All, Access::PostOnly, Access::LimitOnly, Access::CancelOnly];
        // No mode is offered over bars.
        let access = if world.market == MarketKind::Bars { Access::All } else { dice.pick(&modes) };
        let status = TradingStatus { is_halted, price_increment, access };
        world.statuses.push(StatusChange { at: Timestamp::from_nanos(at), status });
    }
}

fn account(dice: &mut Dice, world: &mut World) {
    let instrument = &mut world.instrument;
    instrument.kind = dice.pick(&[ContractKind::Spot, ContractKind::Linear]);
    instrument.tick_size = dice.pick(&[Fixed::new(1, 0), Fixed::new(5, 1), Fixed::new(1, 2)]);
    instrument.step_size = dice.pick(&[Fixed::new(1, 0), Fixed::new(1, 3)]);
    let fees = &mut instrument.fees;
    fees.maker = dice.pick(&[Rate::ZERO, Rate::from_ppb(-123_456), Rate::from_bps(2)]);
    fees.taker = dice.pick(&[Rate::ZERO, Rate::from_bps(5), Rate::from_ppb(777_777)]);
    fees.rounding = dice.pick(&[Rounding::TowardVenue, Rounding::Down, Rounding::HalfEven]);
    fees.decimals = dice.pick(&[0, 2, 8, 18]);
    let spot = instrument.kind == ContractKind::Spot;
    let most = dice.pick(&[0, 30, 10_000]);
    world.funds.position = Quantity::new(dice.roll(if spot { 0 } else { -most }, most));
    world.funds.quote = Money::from_units(dice.pick(&[500, 20_000, 1_000_000_000]));
}

fn filters(dice: &mut Dice, world: &mut World) {
    let filters = &mut world.instrument.filters;
    filters.lot = Quantity::new(dice.pick(&[1, 1, 1, 2, 5]));
    filters.min_quantity = dice.once_in(4).then(|| Quantity::new(dice.roll(1, 6)));
    filters.max_quantity = dice.once_in(4).then(|| Quantity::new(dice.roll(8, 20)));
    filters.min_notional = dice.once_in(4).then(|| Money::from_units(dice.roll(1, 300)));
    filters.max_open_orders = dice.once_in(4).then(|| dice.roll(1, 12) as u32);
}

/// A market that wanders, and a bot without a plan.
pub struct Swarm {
    dice: Dice,
    market: MarketKind,
    /// Tick of the first place, and ticks between places.
    base: i64,
    stride: i64,
    /// Where the market is.
    middle: i64,
    lot: i64,
    most: i64,
    /// Weights of message, order, cancel, amend, wait.
    commands: [i64; 5],
    /// Weights of level, trade, cleared side.
    rows: [i64; 3],
    /// Weights of market, limit, stop, stop-limit, take-profit.
    types: [i64; 5],
    /// Weights of good-til-cancel, immediate-or-cancel, fill-or-kill, good-til-date.
    lives: [i64; 4],
    post_only: bool,
    reduce_only: bool,
    replaces: bool,
    odd: bool,
    crosses: bool,
}

impl Swarm {
    pub fn new(mut dice: Dice, world: &mut World) -> Self {
        let mut on = |weight| if dice.once_in(3) { 0 } else { weight };
        let commands = [12, 8, on(3), on(3), on(4)];
        let types = [on(2), 6, on(2), on(2), on(2)];
        let lives = [6, on(2), on(2), on(3)];
        let book = if world.market == MarketKind::L2 { 12 } else { 0 };
        let rows = [book, on(3).max(i64::from(book == 0)), if book > 0 { on(1) } else { 0 }];
        let [post_only, reduce_only, odd, crosses, replaces] = [0; 5].map(|_| on(1) > 0);
        let (base, stride) = dice.pick(&[(100, 1), (1, 1), (40, 7), (1_000_000, 1), (5_000, 2_311)]);
        let market = world.market;
        if dice.once_in(4) {
            world.instrument.filters.min_price = Some(Price::new(base + 12 * stride));
            world.instrument.filters.max_price = Some(Price::new(base + 48 * stride));
        }
        let (lot, most) = (world.instrument.filters.lot.steps(), dice.pick(&[3, 12, 40]));
        Self {
            dice,
            market,
            base,
            stride,
            middle: PLACES / 2,
            lot,
            most,
            commands,
            rows,
            types,
            lives,
            post_only,
            reduce_only,
            replaces,
            odd,
            crosses,
        }
    }

    /// Every price there is.
    pub fn prices(&self) -> Vec<i64> {
        (0..=PLACES).map(|place| self.base + place * self.stride).collect()
    }

    fn price(&self, place: i64) -> i64 {
        self.base + place.clamp(0, PLACES) * self.stride
    }

    pub fn command(&mut self, live: usize) -> Command {
        match self.dice.weighted(&self.commands) {
            0 => self.market(),
            1 if live < 30 => Command::New(self.draft()),
            1 | 2 => Command::Cancel(self.target()),
            3 => self.amend(),
            _ => Command::Wait { nanos: self.dice.roll(0, 12), early: self.dice.once_in(3) },
        }
    }

    fn target(&mut self) -> Target {
        if self.dice.once_in(12) {
            Target::Back(self.dice.roll(0, 40) as u64)
        } else {
            Target::Live(self.dice.roll(0, 29) as usize)
        }
    }

    fn market(&mut self) -> Command {
        if self.dice.once_in(3) {
            self.middle = (self.middle + self.dice.roll(-2, 2)).clamp(14, PLACES - 14);
        }
        if self.market == MarketKind::Bars {
            return if self.dice.once_in(5) { Command::Silence } else { self.bar() };
        }
        let count = if self.dice.once_in(30) { 16 } else { self.dice.roll(1, 4) };
        Command::Message((0..count).map(|_| self.row()).collect())
    }

    fn bar(&mut self) -> Command {
        let reach = self.dice.pick(&[0, 2, 10]);
        let places: [i64; 4] = [0; 4].map(|_| self.middle + self.dice.roll(-reach, reach));
        let [open, close, ..] = places;
        let (high, low) = (places.into_iter().max(), places.into_iter().min());
        let bar = [open, high.unwrap_or(open), low.unwrap_or(open), close];
        Command::Bar(bar.map(|place| self.price(place)))
    }

    fn row(&mut self) -> Row {
        let side = self.dice.pick(&Side::BOTH);
        let kind = self.dice.weighted(&self.rows);
        if kind == 2 && self.dice.once_in(20) {
            return Row::Clear { side };
        }
        if kind == 1 {
            let (aggressor, place) = (side, self.middle + self.dice.roll(-4, 4));
            return Row::Trade { aggressor, price: self.price(place), steps: self.dice.roll(1, self.most) };
        }
        let away = self.dice.roll(0, 9).min(self.dice.roll(0, 12));
        let away = if self.crosses && self.dice.once_in(12) { -away } else { away + 1 };
        let steps = if self.dice.once_in(3) { 0 } else { self.dice.roll(1, self.most) };
        Row::Depth { side, price: self.price(self.middle - side.sign() * away), steps }
    }

    fn draft(&mut self) -> Draft {
        let side = self.dice.pick(&Side::BOTH);
        let life = self.dice.weighted(&self.lives);
        let until = Timestamp::from_nanos(self.dice.roll(0, 60));
        let lives = [
            TimeInForce::GoodTilCancel,
            TimeInForce::ImmediateOrCancel,
            TimeInForce::FillOrKill,
            TimeInForce::GoodTilDate(until),
        ];
        Draft {
            side,
            order_type: self.order_type(side),
            time_in_force: lives[life],
            steps: self.steps(),
            post_only: self.post_only && self.dice.once_in(5),
            reduce_only: self.reduce_only && self.dice.once_in(5),
            replaces: (self.replaces && self.dice.once_in(4)).then(|| self.target()),
            skip: if self.odd && self.dice.once_in(40) { self.dice.roll(0, 3) as u64 } else { 1 },
        }
    }

    fn order_type(&mut self, side: Side) -> OrderType {
        let price = Price::new(self.limit(side));
        let trigger = self.middle + self.dice.roll(-6, 6);
        let trigger = Price::new(self.price(trigger));
        match self.dice.weighted(&self.types) {
            0 => OrderType::Market,
            1 => OrderType::Limit { price },
            2 => OrderType::Stop { trigger },
            3 => OrderType::StopLimit { trigger, price },
            _ => OrderType::TakeProfit { trigger },
        }
    }

    fn limit(&mut self, side: Side) -> i64 {
        if self.odd && self.dice.once_in(60) {
            return self.dice.roll(-1, 1);
        }
        let place = self.middle - side.sign() * self.dice.roll(-4, 7);
        self.price(place)
    }

    fn steps(&mut self) -> i64 {
        if self.odd && self.dice.once_in(15) {
            return self.dice.roll(-1, 3 * self.most);
        }
        self.lot * self.dice.roll(1, 8)
    }

    fn amend(&mut self) -> Command {
        let (target, side) = (self.target(), self.dice.pick(&Side::BOTH));
        let price = self.dice.once_in(2).then(|| self.limit(side));
        let steps = self.dice.once_in(2).then(|| self.steps());
        Command::Amend(target, price, steps)
    }
}
