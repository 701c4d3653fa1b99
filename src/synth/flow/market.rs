use super::clock::{Excitation, LIMIT, MARKET};
use super::draw::{Lomax, exponential, leaning, mean, unit};
use super::metaorders::Metaorders;
use super::model::FlowModel;
use super::pace::{Multiples, Pace, STEP_SECONDS};
use super::price::{EfficientPrice, Sources};
use super::resting::{Patience, RestingOrders};
use super::run::Run;
use super::shocks::Shocks;
use crate::book::QueuedOrder;
use crate::model::Side;
use crate::rng::{Quantiles, Rng, Streams};
use crate::synth::batches::Row;
use crate::synth::shock::PlacedShock;
use crate::units::{Price, Quantity};

#[cfg(test)]
mod moments_tests;
mod waiting;

use waiting::{Next, Waited};

pub(super) const NANOS: f64 = 1e9;
/// Seconds in a nanosecond.
const SECONDS: f64 = 1e-9;
const STEP_NANOS: i64 = (STEP_SECONDS * NANOS) as i64;
/// Share of the races after a trade that the owners of the quotes win: they see it as soon as anybody.
const OWNERS_WIN_AFTER_TRADES: f64 = 0.95;
/// How far the weight of a trade's size goes: its root, within these.
pub(super) const LIGHTEST: f64 = 0.2;
pub(super) const HEAVIEST: f64 = 4.0;
/// Most orders of a kind from which the book is filled at the start, a side.
const OPENING_ORDERS: f64 = 50_000.0;
/// How often somebody is asked for an order where a side of it is empty.
const OPENING_TRIES: u32 = 50;

/// Most steps of an order: the sum of all that rest is a number still.
pub(super) const LARGEST_ORDER: i64 = 1_000_000_000_000;

/// What can happen next; the order of the rates in [`Flow::rates`]. What does not depend on how much has been forgotten since the last event comes first:
/// it is known sooner.
#[derive(Debug, Clone, Copy)]
enum Event {
    Cancel,
    Race,
    Refill,
    Liquidation,
    MarketOrder,
    LimitOrder,
}

const EVENTS: [Event; 6] =
    [Event::Cancel, Event::Race, Event::Refill, Event::Liquidation, Event::MarketOrder, Event::LimitOrder];
/// Those before market and limit orders.
const OTHERS: usize = EVENTS.len() - 2;

/// What a step has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stepped {
    /// A message.
    Message,
    /// Nothing more comes up to the limit.
    Limit,
    /// The market has ended.
    End,
}

/// A market of single orders: who comes when is drawn from rates per second that depend on the book, on the efficient price and on
/// what happened before.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) model: FlowModel,
    pub(super) now: i64,
    end: i64,
    /// When the slow layers move next, and when there is news.
    slow_at: i64,
    news: NewsClock,
    /// From when on somebody can have answered to the last move of the price.
    race_at: i64,
    moved_by_trade: bool,
    pub(super) orders: RestingOrders,
    pub(super) clock: Excitation,
    /// Market and limit orders a second that come by themselves, at pace one.
    base: [f64; 2],
    pace: Pace,
    /// The pace since the last step.
    pub(super) at: Multiples,
    pub(super) price: EfficientPrice,
    metaorders: Metaorders,
    pub(super) shocks: Shocks,
    market_sizes: Quantiles,
    pub(super) limit_sizes: Quantiles,
    /// How far from the touch orders are placed, in `depth_ticks`.
    pub(super) reach: Lomax,
    pub(super) mean_market_size: f64,
    draws: Draws,
    /// When it goes on, where it was stopped between two events.
    next: Option<Next>,
    /// What is left of the draw of an event that something has come before.
    left: Option<f64>,
    /// What the market knows of a venue's taking.
    run: Run,
}

/// How a market hangs together with others.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ties {
    /// Share of its price's variance that is learned in it.
    pub own_share: f64,
    /// The market whose slow layers are its own; itself without one.
    pub pace_of: Option<String>,
}

impl Ties {
    /// A market by itself.
    pub const NONE: Self = Self { own_share: 1.0, pace_of: None };
}

/// When there is news: at a rate of its own, so that nothing that orders do moves it.
#[derive(Debug)]
struct NewsClock {
    at: i64,
    /// What is left of an exponential variable of mean 1 from `since` on, and the rate per nanosecond at which it is used up.
    left: f64,
    since: i64,
    rate: f64,
}

impl NewsClock {
    /// The next piece is drawn.
    #[inline]
    fn wind(&mut self, rng: &mut Rng) {
        self.left = exponential(rng);
        self.since = self.at;
        self.aim();
    }

    /// From `now` on news come at another rate.
    #[inline]
    fn turn(&mut self, now: i64, rate: f64) {
        self.left -= self.rate * (now - self.since) as f64;
        (self.since, self.rate) = (now, rate);
        self.aim();
    }

    #[inline]
    fn aim(&mut self) {
        let wait = if self.rate > 0.0 { (self.left / self.rate).max(1.0) } else { f64::MAX };
        self.at = self.since.saturating_add(wait as i64);
    }
}

/// A random stream for each layer: what one of them draws shifts no other.
#[derive(Debug)]
struct Draws {
    arrivals: Rng,
    events: Rng,
    signs: Rng,
    market_sizes: Rng,
    placement: Rng,
    limit_sizes: Rng,
    cancels: Rng,
    races: Rng,
    refills: Rng,
    news_times: Rng,
    news: Rng,
    jumps: Rng,
    overnight: Rng,
    pace: Rng,
    /// Who answers to a venue's orders, and when.
    answers: Rng,
}

impl Draws {
    fn new(streams: Streams, symbol: &str, pace_of: &str) -> Self {
        let stream = |layer: &str| streams.stream(&format!("synth/flow/{symbol}/{layer}"));
        Self {
            arrivals: stream("arrivals"),
            events: stream("events"),
            signs: stream("signs"),
            market_sizes: stream("market-sizes"),
            placement: stream("placement"),
            limit_sizes: stream("limit-sizes"),
            cancels: stream("cancels"),
            races: stream("races"),
            refills: stream("refills"),
            news_times: stream("news-times"),
            news: stream("news"),
            overnight: stream("overnight"),
            jumps: stream("jumps"),
            pace: streams.stream(&format!("synth/flow/{pace_of}/pace")),
            answers: stream("answers"),
        }
    }
}

impl Flow {
    /// The market from `start` to `end`, nanoseconds since 1970, with its book filled. The model has been checked.
    pub(super) fn new(
        model: &FlowModel,
        shocks: &[PlacedShock],
        (start, end): (i64, i64),
        streams: Streams,
        ties: &Ties,
    ) -> Self {
        let symbol = &model.instrument.symbol;
        let mut draws = Draws::new(streams, symbol, ties.pace_of.as_deref().unwrap_or(symbol));
        let mut lessons = streams.stream(&format!("synth/flow/{symbol}/lessons"));
        let metaorders = Metaorders::new(&model.metaorders, &mut draws.signs, &mut lessons);
        let pace = Pace::new(&model.pace, start, STEP_SECONDS, &mut draws.pace);
        let share = model.metaorders.share;
        // Of signs that are no pieces everybody expects the lean: between none of it and all, as the price lies in the spread.
        let leaned = 1.0 - model.orders.lean * model.orders.lean / 2.0;
        let weight_square = weight_square(&model.orders.market_sizes);
        let unforeseen = (share * metaorders.unforeseen() + (1.0 - share) * leaned) * weight_square;
        let opening = model.instrument.start_ticks as f64;
        let sources = Sources { trades: model.orders.market_per_second, unforeseen, own_share: ties.own_share };
        let mut flow = Self {
            now: start,
            end,
            slow_at: start + STEP_NANOS,
            news: NewsClock { at: start, left: 0.0, since: start, rate: 0.0 },
            race_at: start,
            moved_by_trade: false,
            orders: RestingOrders::new(model.book.lives_seconds),
            clock: Excitation::new([
                [model.orders.market_by_market, model.orders.limit_by_market],
                [0.0, model.orders.limit_by_limit],
            ]),
            base: model.base_rates(),
            at: pace.now(),
            pace,
            price: EfficientPrice::new(&model.price, &model.providers, opening, sources),
            metaorders,
            shocks: Shocks::new(shocks, start, symbol, streams),
            market_sizes: sizes(&model.orders.market_sizes),
            limit_sizes: sizes(&model.orders.limit_sizes),
            reach: Lomax::new(model.book.depth_tail),
            mean_market_size: mean(&model.orders.market_sizes),
            draws,
            next: None,
            left: None,
            run: Run::default(),
            model: model.clone(),
        };
        flow.news.wind(&mut flow.draws.news_times);
        flow.tell_pace();
        flow.settle();
        flow.fill();
        // The opening book is deep enough and not yet tight.
        let depth = flow.depth_near();
        flow.shocks.see_calm(Some(model.providers.tight_ticks), depth);
        if let Some(leverage) = &model.leverage {
            flow.open_accounts_of(leverage, 1.0);
        }
        flow
    }

    /// The pace now, and how far the streams of the layers are that no order moves.
    #[cfg(test)]
    pub(super) fn slow_layers(&self) -> (Multiples, i64, [u128; 4]) {
        let draws = &self.draws;
        (self.at, self.news.at, [&draws.pace, &draws.jumps, &draws.news, &draws.overnight].map(Rng::position))
    }

    /// Venue time in nanoseconds since 1970.
    #[inline]
    pub(super) fn now(&self) -> i64 {
        self.now
    }

    /// The book as it is, in one message.
    pub(super) fn snapshot(&mut self, message: &mut Vec<Row>) {
        self.orders.hand_over_all(message);
    }

    /// The next message, unless it comes after `limit`: then the market waits between two events.
    #[inline]
    pub(super) fn step(&mut self, limit: i64, message: &mut Vec<Row>) -> Stepped {
        loop {
            match self.wait(limit) {
                Waited::Limit => return Stepped::Limit,
                Waited::Over(None) if self.now >= self.end => return Stepped::End,
                Waited::Over(None) if self.orders.hand_over(message) => return Stepped::Message,
                Waited::Over(None) => {}
                Waited::Over(Some(event)) => {
                    self.happen(event);
                    if self.orders.hand_over(message) {
                        return Stepped::Message;
                    }
                }
            }
        }
    }

    /// What remembers is as if the pace had been what it is for long.
    fn settle(&mut self) {
        self.price.settle(self.at.volatility);
        let (orders, at) = (&self.model.orders, &self.at);
        let liquidity = self.price.liquidity();
        let market = orders.market_per_second * at.market;
        // A limit order comes by itself, by a market order or by another limit order, each only as far as liquidity is given.
        let limit = (self.base[LIMIT] * at.limit + market * orders.limit_by_market) * liquidity
            / (1.0 - orders.limit_by_limit * liquidity);
        self.clock.settle([market, limit]);
    }

    /// Orders as if the market had been there for long: as many of each kind as come in a life of theirs, but for those that the price has met since.
    fn fill(&mut self) {
        let now = self.at;
        if now.market == 0.0 {
            self.at = Multiples::ONE; // closed: the market was left at pace one
        }
        let (orders, book) = (&self.model.orders, &self.model.book);
        let far = 1.0 - book.touch_share;
        let kinds = [
            (far * book.patient_share, Patience::Long, true),
            (far * (1.0 - book.patient_share), Patience::Ordinary, true),
            (book.touch_share * (1.0 - book.fleeting_share), Patience::Ordinary, false),
            (book.touch_share * book.fleeting_share, Patience::Fleeting, false),
        ];
        let (rate, lives) = (orders.limit_per_second / 2.0 * self.price.liquidity(), book.lives_seconds);
        for (share, patience, is_behind) in kinds {
            let life = lives[patience as usize];
            let come = libm::round(rate * share * life).min(OPENING_ORDERS) as u64;
            for _ in 0..come {
                Side::BOTH.into_iter().for_each(|side| self.left_of_old(side, patience, life, is_behind));
            }
        }
        // A thin market: somebody is there.
        for side in Side::BOTH {
            for _ in 0..OPENING_TRIES {
                if self.orders.best(side).is_none() {
                    self.limit(side);
                }
            }
        }
        self.at = now;
    }

    /// An order that was placed an exponential `life` ago and rests where the price has not met it since.
    ///
    /// After an exponential time a Brownian path is where the difference of two exponential variables says (a Laplace variable), and one that ends as far
    /// as `left` from an order, having begun at `slack`, has met it with a probability of exp(-2 min(slack, left) / scale), by reflection.
    fn left_of_old(&mut self, side: Side, patience: Patience, life: f64, is_behind: bool) {
        let (book, draws, edge) = (&self.model.book, &mut self.draws.placement, self.model.providers.edge_ticks);
        let behind = if is_behind { 1.0 + libm::floor(self.reach.sample(draws) * book.depth_ticks) } else { 0.0 };
        // Quotes are an edge away from the price, and are left behind when it is an edge on their other side.
        let slack = behind + 2.0 * edge;
        let scale = self.price.ticks_a_root_second() * self.at.volatility * libm::sqrt(life / self.at.limit / 2.0);
        let left = slack + scale * (exponential(draws) - exponential(draws));
        let has_met = unit(draws) <= libm::exp(-2.0 * slack.min(left) / scale);
        if behind <= book.deepest_ticks as f64 && left > 0.0 && !has_met {
            let price = outward(side, self.price.ticks() - (left - edge) * side.sign() as f64);
            self.rest(side, price, patience);
        }
    }

    /// What is due now and is nobody's order.
    #[inline]
    fn change(&mut self) {
        if self.now == self.news.at {
            let towards = self.imbalance_lean();
            self.price.news(towards, &self.at, &mut self.draws.news);
            self.news.wind(&mut self.draws.news_times);
            self.moved(false);
        }
        // Before providers move: what an order through the book takes is what was there.
        if self.now == self.shocks.next_at() {
            self.shock();
        }
        if self.now == self.slow_at {
            self.slow_step();
        }
    }

    #[inline]
    fn happen(&mut self, event: Event) {
        match event {
            Event::MarketOrder => self.market(),
            Event::LimitOrder => {
                self.clock.excite(LIMIT);
                let lean = 0.5 * self.lean() + self.tilt();
                let side = leaning(lean, &mut self.draws.placement);
                self.limit(side);
            }
            Event::Cancel => self.orders.cancel(&mut self.draws.cancels),
            Event::Race => self.race(),
            Event::Refill => self.refill(),
            Event::Liquidation => self.liquidate(),
        }
    }

    #[inline]
    fn slow_step(&mut self) {
        self.slow_at += STEP_NANOS;
        self.pace.step(self.now, &mut self.draws.pace);
        self.tell_pace();
        if self.price.step(&self.at, &mut self.draws.jumps, &mut self.draws.overnight) {
            self.moved(false);
        }
        if self.shocks.any() {
            self.shocks.see_calm(self.orders.spread(), self.depth_near());
            if !self.shocks.is_sweeping() {
                self.provide();
            }
        }
        self.see_margins();
    }

    #[inline]
    pub(super) fn tell_pace(&mut self) {
        self.at = self.shocks.pace(self.pace.now());
        let rate = self.model.price.news_per_second * self.at.market / NANOS;
        self.news.turn(self.now, rate);
    }

    /// The price has moved: whoever answers to it needs some time.
    #[inline]
    pub(super) fn moved(&mut self, by_trade: bool) {
        self.moved_by_trade = by_trade;
        if self.race_at <= self.now {
            self.race_at = self.now + round_trip(&self.model, &mut self.draws.races);
        }
    }

    /// By what factor the price has changed since this was asked last, by what was learned in this market; and its multiple of volatility.
    pub(super) fn take_learned(&mut self) -> (f64, f64) {
        (self.price.take_learned(), self.at.volatility)
    }

    /// At `at`, which is no later than the next event, the price changes by `factor`, as others have learned.
    pub(super) fn hear(&mut self, at: i64, factor: f64) {
        self.interrupt(at);
        self.price.heard(factor);
        self.moved(false);
    }

    /// The book, for a venue that has interrupted the market.
    pub(super) fn orders(&mut self) -> &mut RestingOrders {
        &mut self.orders
    }

    /// The same to look at.
    pub(super) fn resting(&self) -> &RestingOrders {
        &self.orders
    }

    /// The efficient price in ticks.
    #[cfg(test)]
    pub(super) fn efficient_price(&self) -> f64 {
        self.price.ticks()
    }

    /// Steps of a market order of mean size now.
    pub(super) fn mean_size(&self) -> f64 {
        self.mean_market_size * self.at.market_size
    }

    /// Mean square of what a market order tells: as in [`new`](Self::new).
    #[cfg(test)]
    pub(super) fn unforeseen(&self) -> f64 {
        let (share, lean) = (self.model.metaorders.share, self.model.orders.lean);
        let foreseen = share * self.metaorders.unforeseen() + (1.0 - share) * (1.0 - lean * lean / 2.0);
        foreseen * weight_square(&self.model.orders.market_sizes)
    }

    /// A venue's order has come to rest: it brings about others as anybody's.
    pub(super) fn joined(&mut self) {
        self.clock.excite(LIMIT);
    }

    /// A venue's order has taken `quantity`: it brings about others, and tells something to everybody.
    #[inline]
    pub(super) fn taken(&mut self, side: Side, quantity: Quantity) {
        self.clock.excite(MARKET);
        let mean = self.mean_size();
        // While the market is closed nobody learns anything.
        if self.at.market == 0.0 || mean <= 0.0 {
            return;
        }
        let told = self.run.tell(side, quantity.steps() as f64 / mean, self.model.metaorders.hidden_pieces);
        self.price.trade(told * side.sign() as f64, 1.0, &self.at);
        self.see_margins();
        self.moved_by_trade = true;
        if self.race_at <= self.now {
            self.race_at = self.now + round_trip(&self.model, &mut self.draws.answers);
        }
    }

    /// The side whose best price the efficient price has left behind.
    #[inline]
    fn stale(&self) -> Option<Side> {
        let edge = self.model.providers.edge_ticks;
        let left = |side: Side, best: Price| (best.ticks() as f64 - self.price.ticks()) * side.sign() as f64 > edge;
        Side::BOTH.into_iter().find(|side| self.orders.best(*side).is_some_and(|best| left(*side, best)))
    }

    /// A market order of somebody who has reasons of his own.
    #[inline]
    fn market(&mut self) {
        self.clock.excite(MARKET);
        let (side, expected) = self.sign();
        let drawn = self.market_sizes.sample(&mut self.draws.market_sizes) as f64;
        let weight = weight(drawn, self.mean_market_size);
        if let Some(best) = self.orders.best(side.opposite()) {
            let slip = (best.ticks() as f64 * self.model.orders.slippage_bps / 1e4) as i64;
            let quantity = Quantity::new(((drawn * self.at.market_size) as i64).max(1));
            self.orders.take(side, quantity, best.offset(side.sign() * slip));
        }
        self.price.trade(side.sign() as f64 - expected, weight, &self.at);
        self.moved(true);
    }

    /// The side of a market order, and what was expected of its sign.
    #[inline]
    fn sign(&mut self) -> (Side, f64) {
        if unit(&mut self.draws.signs) <= self.model.metaorders.share {
            let towards = self.imbalance_lean().unwrap_or(0.0);
            return self.metaorders.piece(towards, &mut self.draws.signs);
        }
        let lean = self.lean();
        (leaning(lean, &mut self.draws.signs), lean)
    }

    /// The imbalance of the best queues, (bids - asks) / (bids + asks), times how much that matters.
    ///
    /// Whoever has a piece to buy hurries where asks are few. Source of the rule that rates depend on both best queues: W. Huang, C.-A. Lehalle, M. Rosenbaum,
    /// "Simulating and analyzing order book data: the queue-reactive model", 2015, model III; of how much imbalance foretells: M. Gould, J. Bonart, "Queue
    /// imbalance as a one-tick-ahead price predictor in a limit order book", 2016.
    #[inline]
    fn imbalance_lean(&self) -> Option<f64> {
        let most = self.model.orders.imbalance_lean;
        if most == 0.0 {
            return None;
        }
        let [bids, asks] = Side::BOTH.map(|side| self.orders.best_quantity(side) as f64);
        Some(if bids + asks == 0.0 { 0.0 } else { most * (bids - asks) / (bids + asks) })
    }

    /// Where the efficient price lies between the best prices, from -1 to 1, times how much that matters.
    #[inline]
    fn lean(&self) -> f64 {
        let (Some(bid), Some(ask)) = (self.orders.best(Side::Buy), self.orders.best(Side::Sell)) else { return 0.0 };
        let (bid, ask) = (bid.ticks() as f64, ask.ticks() as f64);
        let place = (2.0 * self.price.ticks() - bid - ask) / (ask - bid);
        self.model.orders.lean * place.clamp(-1.0, 1.0)
    }

    /// The best price at which a provider would quote on `side`, in ticks.
    #[inline]
    fn willing(&self, side: Side) -> i64 {
        let price = self.price.ticks() - self.edge() * side.sign() as f64;
        self.orders.outside(side, outward(side, price))
    }

    /// How far from the efficient price a provider quotes at least, in ticks.
    #[inline]
    pub(super) fn edge(&self) -> f64 {
        let providers = &self.model.providers;
        if self.shocks.moment().spread > 1.0 {
            return providers.edge_ticks + self.shocks.extra_edge();
        }
        providers.edge_ticks + self.price.fright() * providers.fright_ticks
    }

    /// How much of their liquidity the providers of a side give: what a shock says, or else what turmoil leaves. Orders are as much
    /// rarer and as much smaller, so that depth is its square.
    #[inline]
    pub(super) fn liquidity(&self, side: Side) -> f64 {
        let depth = self.shocks.moment().depth[side.index()];
        if depth < 1.0 { libm::sqrt(depth) } else { self.price.liquidity() }
    }

    /// By how much more of the limit orders buy, from -1 to 1, since the other side's providers have gone.
    #[inline]
    fn tilt(&self) -> f64 {
        let [bids, asks] = Side::BOTH.map(|side| self.liquidity(side));
        (bids - asks) / (bids + asks)
    }

    /// An ordinary limit order: at the touch, or somewhere behind it.
    #[inline]
    fn limit(&mut self, side: Side) {
        let book = &self.model.book;
        let draws = &mut self.draws.placement;
        let at_touch = unit(draws) <= book.touch_share;
        let impatient = unit(draws);
        let (behind, patience) = if at_touch {
            (0, if impatient <= book.fleeting_share { Patience::Fleeting } else { Patience::Ordinary })
        } else {
            let reach = self.reach.sample(draws);
            let patience = if impatient <= book.patient_share { Patience::Long } else { Patience::Ordinary };
            (1 + (reach * book.depth_ticks).min(1e9) as i64, patience)
        };
        if behind <= book.deepest_ticks {
            let touch = self.touch(side);
            self.rest(side, touch - behind * side.sign(), patience);
        }
    }

    /// The best price of a side; where the efficient price has gone beyond it, what a provider would still quote.
    #[inline]
    pub(super) fn touch(&self, side: Side) -> i64 {
        let willing = self.willing(side);
        match self.orders.best(side) {
            Some(best) if (willing - best.ticks()) * side.sign() >= 0 => best.ticks(),
            _ => willing,
        }
    }

    /// The side on which a provider would quote into a spread that is wide, and by how many ticks it would gain: the one that is
    /// farther from what it is willing to quote. An empty side comes first.
    #[inline]
    fn gap(&self) -> Option<(Side, i64)> {
        let tight = self.orders.spread().is_some_and(|spread| spread <= self.model.providers.tight_ticks);
        if tight {
            return None;
        }
        let [buy, sell] = Side::BOTH.map(|side| {
            let willing = self.willing(side);
            let gain = self.orders.best(side).map_or(i64::MAX, |best| (willing - best.ticks()) * side.sign());
            // Nobody bids below the first tick.
            if willing < 1 { 0 } else { gain }
        });
        let widest = if buy > sell { (Side::Buy, buy) } else { (Side::Sell, sell) };
        Some(widest).filter(|(_, gain)| *gain > 0)
    }

    #[inline]
    fn refill(&mut self) {
        let Some((side, gain)) = self.gap() else { return };
        let draws = &mut self.draws.refills;
        let (bold, shy) = (unit(draws), unit(draws) * unit(draws));
        let at_best = bold <= self.model.providers.bold_share || gain == i64::MAX;
        let behind = if at_best { 0 } else { (shy * gain as f64) as i64 };
        self.rest(side, self.willing(side) - behind * side.sign(), Patience::Ordinary);
    }

    /// The price has left a quote behind: its owners cancel, or somebody else is quicker.
    #[inline]
    fn race(&mut self) {
        let Some(side) = self.stale() else { return };
        let owners_win = if self.moved_by_trade { OWNERS_WIN_AFTER_TRADES } else { self.model.providers.owners_win };
        if unit(&mut self.draws.races) <= owners_win {
            return self.orders.pull_best(side);
        }
        // Everything that is still worth taking.
        let edge = self.model.providers.edge_ticks * side.sign() as f64;
        let limit = Price::new(outward(side.opposite(), self.price.ticks() + edge));
        self.orders.take(side.opposite(), Quantity::new(i64::MAX), limit);
    }

    /// `price` or the next better one for everybody else that does not cross and is a tick of the venue.
    #[inline]
    pub(super) fn on_grid(&self, side: Side, price: i64) -> i64 {
        let (outside, grid) = (self.orders.outside(side, price), self.shocks.moment().grid);
        if grid == 1 {
            return outside; // nearly always: no division
        }
        let rank = side.sign() * outside;
        side.sign() * (rank - rank.rem_euclid(grid))
    }

    #[inline]
    fn rest(&mut self, side: Side, price: i64, patience: Patience) {
        let drawn = self.limit_sizes.sample(&mut self.draws.limit_sizes) as f64;
        let far = ((self.price.ticks() - price as f64) * side.sign() as f64 / self.model.book.depth_ticks).max(0.0);
        let growth = 1.0 + self.model.book.depth_growth * libm::sqrt(far);
        let scaled = drawn * self.at.limit_size * self.liquidity(side) * growth;
        let quantity = (scaled as i64).clamp(1, LARGEST_ORDER);
        let price = Price::new(self.on_grid(side, price));
        self.orders.rest(QueuedOrder { side, price, quantity: Quantity::new(quantity) }, patience);
    }
}

/// How long it takes somebody to answer, in nanoseconds.
#[inline]
fn round_trip(model: &FlowModel, rng: &mut Rng) -> i64 {
    let mean = model.providers.round_trip_us * 1_000.0;
    (mean * (0.8 + 0.4 * unit(rng))) as i64
}

/// The tick at `price`, or the next one away from the market on `side`. Prices are far below 2^53: they go through integers and back.
#[inline]
fn outward(side: Side, price: f64) -> i64 {
    let towards_zero = price as i64;
    let beyond = (towards_zero as f64 - price) * side.sign() as f64 > 0.0;
    towards_zero - if beyond { side.sign() } else { 0 }
}

/// How much a trade of a size moves the price, beside one of mean size.
#[inline]
pub(super) fn weight(size: f64, mean: f64) -> f64 {
    libm::sqrt(size / mean).clamp(LIGHTEST, HEAVIEST)
}

/// Mean square of the weights of a distribution of sizes: 1, but for what the bounds cut off.
fn weight_square(points: &[(u32, i64)]) -> f64 {
    const PARTS: u32 = 64;
    let mean = mean(points);
    let within = |pair: &[(u32, i64)]| {
        let (low, rise) = (pair[0].1 as f64, (pair[1].1 - pair[0].1) as f64);
        let part = |part: u32| {
            let size = (low + rise * (f64::from(part) + 0.5) / f64::from(PARTS)).max(1.0);
            weight(size, mean) * weight(size, mean)
        };
        (0..PARTS).map(part).sum::<f64>() / f64::from(PARTS) * f64::from(pair[1].0 - pair[0].0) / 1e6
    };
    points.windows(2).map(within).sum()
}

fn sizes(points: &[(u32, i64)]) -> Quantiles {
    Quantiles::new(points).unwrap_or_else(|error| panic!("sizes were checked, found {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outward_is_floor_for_who_buys_and_ceil_for_who_sells() {
        for price in [0.0, 0.3, 1.0, 20.999, 600_000.5, 600_001.0, 123_456_789.25, -0.3, -1.0, -7.5] {
            assert_eq!(outward(Side::Buy, price), libm::floor(price) as i64, "bid at {price}");
            assert_eq!(outward(Side::Sell, price), libm::ceil(price) as i64, "ask at {price}");
        }
    }
}
