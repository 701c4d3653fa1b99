//! When the market goes on: how long it waits at rates that fall while nothing happens.

use super::super::clock::{LIMIT, MARKET, RENEWED};
use super::super::draw::{choose, exponential, unit};
use super::super::leverage::Leverage;
use super::{EVENTS, Event, Flow, NANOS, OTHERS, SECONDS};
use crate::model::Side;

/// What waiting has come to.
pub(super) enum Waited {
    /// The limit was reached.
    Limit,
    /// An event, or only a moment at which the rates change.
    Over(Option<Event>),
}

/// When the market goes on, and what that was drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    at: i64,
    /// No event: the rates change by themselves.
    is_change: bool,
    /// The exponential variable of mean 1 that was drawn, and what is left of it at `at`.
    left: f64,
    rest: f64,
    /// Rates a second when it was drawn, and what they all come to at most at `at`.
    rates: [f64; EVENTS.len()],
    bound: f64,
    /// What is given of arrivals; nothing changes that until `at`.
    given: [f64; 2],
}

/// What becomes of an exponential variable that is used up at falling rates.
#[derive(Debug, Clone, Copy)]
enum Spent {
    /// It is used up after so many seconds; what the rates then come to at most.
    After(f64, f64),
    /// So much of it is left at the end.
    Left(f64),
}

impl Flow {
    /// Goes on to the next event, or to a moment at which the rates change by themselves; not beyond `limit`.
    ///
    /// Source of the thinning: Y. Ogata, "On Lewis' simulation method for point processes", 1981. Between events the rates only fall.
    #[inline]
    pub(super) fn wait(&mut self, limit: i64) -> Waited {
        let mut next = match self.next.take() {
            Some(next) => next,
            None => self.aim_anew(),
        };
        loop {
            if limit < next.at {
                self.next = Some(next);
                return Waited::Limit;
            }
            self.pass(next.at);
            if next.is_change {
                self.left = Some(next.rest);
                self.change();
                return Waited::Over(None);
            }
            [next.rates[OTHERS + MARKET], next.rates[OTHERS + LIMIT]] =
                self.arrivals(next.given, self.clock.intensities());
            let place = unit(&mut self.draws.events) * next.bound;
            if let Some(index) = choose(next.rates, place) {
                return Waited::Over(Some(EVENTS[index]));
            }
            // Nothing has happened: but for the arrivals, rates are what they were.
            next = self.aim(next.rates, next.given);
        }
    }

    #[inline(always)]
    fn aim_anew(&mut self) -> Next {
        let given = self.given();
        self.aim(self.rates(given), given)
    }

    /// Draws when the next event comes at these rates, or takes what is left of a draw that something has come before.
    #[inline(always)]
    fn aim(&mut self, rates: [f64; EVENTS.len()], given: [f64; 2]) -> Next {
        let race_at = if self.race_at > self.now { self.race_at } else { i64::MAX };
        let until = race_at.min(self.slow_at).min(self.news.at).min(self.shocks.next_at()).min(self.end);
        let left = match self.left.take() {
            Some(left) => left,
            None => exponential(&mut self.draws.arrivals),
        };
        let (wait, bound, rest) = match self.spend(left, until, &rates, given) {
            Spent::After(seconds, bound) => ((seconds * NANOS) as i64 + 1, bound, 0.0),
            Spent::Left(rest) => (i64::MAX, 0.0, rest),
        };
        let is_change = wait >= until - self.now;
        let at = if is_change { until } else { self.now + wait };
        Next { at, is_change, left, rest, rates, bound, given }
    }

    /// What becomes of `left` of an exponential variable until `until`, while nothing happens.
    ///
    /// The nearer a bound is to the rates, the fewer moments are drawn in vain: it is renewed at [`RENEWED`] seconds from now, by which what
    /// remembers has forgotten a known share.
    #[inline(always)]
    fn spend(&self, mut left: f64, until: i64, rates: &[f64; EVENTS.len()], given: [f64; 2]) -> Spent {
        let end = (until - self.now) as f64 * SECONDS;
        let [market, limit] = self.by_themselves();
        let others: f64 = rates[..OTHERS].iter().sum();
        let steady = others + (market * given[MARKET] + limit * given[LIMIT]);
        let excited = self.clock.weighed(given);
        let (mut from, mut bound) = (0.0, steady + excited.iter().sum::<f64>());
        for stretch in 0..=RENEWED.len() {
            let to = RENEWED.get(stretch).map_or(end, |to| to.min(end));
            let most = bound * (to - from);
            if left < most {
                return Spent::After(from + left / bound, bound);
            }
            left -= most;
            if to == end {
                break;
            }
            (from, bound) = (to, steady + self.clock.kept(excited, stretch));
        }
        Spent::Left(left)
    }

    /// Which share of market and limit orders comes.
    #[inline]
    pub(super) fn given(&self) -> [f64; 2] {
        if self.at.market == 0.0 {
            return [0.0; 2]; // closed: what was brought about before comes no more
        }
        let [bids, asks] = Side::BOTH.map(|side| self.liquidity(side));
        [1.0, (bids + asks) / 2.0]
    }

    /// Market and limit orders a second that nothing has brought about, were all of them to come.
    #[inline]
    fn by_themselves(&self) -> [f64; 2] {
        [self.base[MARKET] * self.at.market, self.base[LIMIT] * self.at.limit]
    }

    /// Market and limit orders a second, with so much of an excitement: what falls while nothing happens.
    #[inline]
    fn arrivals(&self, given: [f64; 2], excited: [f64; 2]) -> [f64; 2] {
        let [market, limit] = self.by_themselves();
        [(market + excited[MARKET]) * given[MARKET], (limit + excited[LIMIT]) * given[LIMIT]]
    }

    #[inline]
    fn pass(&mut self, until: i64) {
        self.clock.decay((until - self.now) as f64 * SECONDS);
        self.now = until;
    }

    /// Events a second, in the order of [`EVENTS`].
    #[inline(always)]
    pub(super) fn rates(&self, given: [f64; 2]) -> [f64; EVENTS.len()] {
        let providers = &self.model.providers;
        let [market, limit] = self.arrivals(given, self.clock.intensities());
        let forced: f64 = self.shocks.leverage.iter().map(Leverage::rate).sum();
        let wide = self.gap().is_some();
        let raced = self.now >= self.race_at && self.stale().is_some();
        let if_so = |so: bool, rate: f64| if so { rate } else { 0.0 };
        let refills = || providers.refill_per_second * libm::sqrt(given[LIMIT]) * self.at.limit;
        [
            self.orders.cancel_rate() * self.at.limit,
            if_so(raced && self.at.market > 0.0, providers.races_per_second),
            if wide { refills() } else { 0.0 },
            if_so(self.at.market > 0.0, forced),
            market,
            limit,
        ]
    }

    /// The venue acts at `at`, which is no later than the next event: what was drawn of that is used up so far, and no more.
    pub(in crate::synth::flow) fn interrupt(&mut self, at: i64) {
        let due = self.next.map_or(self.end, |next| next.at);
        // Where a run ends before the market, what arrives after the last row finds it as that has left it.
        let at = at.min(due).max(self.now);
        if let Some(next) = self.next.take() {
            let spent = self.spend(next.left, at, &next.rates, next.given);
            self.left = Some(if let Spent::Left(rest) = spent { rest } else { 0.0 });
        }
        if self.now < at {
            self.pass(at);
        }
    }

    /// When the market goes on: no later than its next event.
    #[inline(never)]
    pub(in crate::synth::flow) fn due(&mut self) -> i64 {
        let next = match self.next.take() {
            Some(next) => next,
            None => self.aim_anew(),
        };
        self.next = Some(next);
        next.at
    }
}
