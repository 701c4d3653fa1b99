use super::draw::{exponential, leaning, normal, unit};
use super::model::{PriceModel, ProviderModel};
use super::pace::{Multiples, STEP_SECONDS};
use crate::rng::Rng;
use core::f64::consts::LN_2;

#[cfg(test)]
mod moments_tests;

const DAY_SECONDS: f64 = 86_400.0;
/// Most that a price can lose at once.
pub(super) const DEEPEST_FALL: f64 = -0.9;
/// A price below this many ticks moves no further down.
pub(super) const LOWEST: f64 = 20.0;
/// Nor one above this, up.
pub(super) const HIGHEST: f64 = 1e9;

/// What the thing is worth, in ticks, and how excited the last moves have made everybody.
///
/// Moves are products: a day's variance is a share of the price, as all volatilities are quoted. A trade moves it by what its sign
/// had that nobody foresaw, so that the price has no memory although signs have (J.-P. Bouchaud, J. D. Farmer, F. Lillo, "How
/// markets slowly digest changes in supply and demand", 2009, section 5); news and jumps are as likely up as down on average.
#[derive(Debug, Clone)]
pub(super) struct EfficientPrice {
    model: PriceModel,
    ticks: f64,
    start: f64,
    /// Standard deviations as a share of the price: of a piece of news at pace one, of a trade of mean size.
    news: f64,
    impact: f64,
    /// Mean of what jumps add in a step, taken off again.
    drift: f64,
    /// Share of the distance from the start that is gone back in a step.
    reverts: f64,
    was_closed: bool,
    /// By what factor the price has changed since somebody asked, by what was learned here.
    learned: f64,
    turmoil: Turmoil,
}

/// What a market's price is made of: how many trades a second tell something, how much of their variance is news to everybody, and which
/// share of the price's variance is learned in this market; the rest is heard from others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sources {
    pub(super) trades: f64,
    pub(super) unforeseen: f64,
    pub(super) own_share: f64,
}

/// Short-run variance as a multiple of what is expected, and what providers make of it.
#[derive(Debug, Clone)]
struct Turmoil {
    level: f64,
    from: f64,
    withdrawal: f64,
    /// Share kept in a step.
    kept: f64,
    /// Square of relative moves that is expected within its memory.
    expected: f64,
    liquidity: f64,
    /// 1 / liquidity - 1.
    fright: f64,
}

impl EfficientPrice {
    /// The price at the start, in ticks.
    pub(super) fn new(model: &PriceModel, providers: &ProviderModel, start: f64, sources: Sources) -> Self {
        let variance = model.volatility_bps_per_day * model.volatility_bps_per_day / 1e8 / DAY_SECONDS;
        let half_life = model.reversion_half_life_hours * 3_600.0;
        // What others learn jumps too, over night as well.
        let model = PriceModel {
            jumps_per_day: model.jumps_per_day * sources.own_share,
            overnight_bps: model.overnight_bps * libm::sqrt(sources.own_share),
            ..model.clone()
        };
        let jumps = model.jumps_per_day / DAY_SECONDS * STEP_SECONDS;
        let own = variance * sources.own_share;
        Self {
            ticks: start,
            start,
            news: libm::sqrt(own * (1.0 - model.flow_share) / model.news_per_second),
            impact: libm::sqrt(own * model.flow_share / sources.trades / sources.unforeseen),
            drift: jumps * (model.jump_up_bps - model.jump_down_bps) / 2.0 / 1e4,
            reverts: if half_life > 0.0 { 1.0 - libm::exp(-LN_2 * STEP_SECONDS / half_life) } else { 0.0 },
            was_closed: false,
            learned: 1.0,
            turmoil: Turmoil::new(providers, variance),
            model,
        }
    }

    #[inline]
    pub(super) fn ticks(&self) -> f64 {
        self.ticks
    }

    /// Standard deviation of what a second at pace one moves it, in ticks.
    #[inline]
    pub(super) fn ticks_a_root_second(&self) -> f64 {
        self.ticks * self.model.volatility_bps_per_day / 1e4 / libm::sqrt(DAY_SECONDS)
    }

    /// How much of their liquidity providers give, above 0 to 1.
    #[inline]
    pub(super) fn liquidity(&self) -> f64 {
        self.turmoil.liquidity
    }

    /// How afraid providers are: 0 where all liquidity is given, 1 where half of it is.
    #[inline]
    pub(super) fn fright(&self) -> f64 {
        self.turmoil.fright
    }

    /// The price has been as volatile as now for long: the turmoil of its usual moves is at its mean.
    pub(super) fn settle(&mut self, volatility: f64) {
        self.turmoil.level = volatility * volatility;
        self.turmoil.weigh();
    }

    /// A piece of news, good with a probability of one half and half of `towards` more: some have heard of it and have left the side that it is about to hit.
    /// Told the wrong way round, since the queue is there first; who sees the queue sees the same.
    #[inline]
    pub(super) fn news(&mut self, towards: Option<f64>, pace: &Multiples, rng: &mut Rng) {
        let deviation = self.model.news_deviation;
        let size = libm::exp(deviation * normal(rng) - deviation * deviation);
        // There is more news when it is busy: what one of them moves is the rest of what volatility asks for.
        let drawn = normal(rng);
        let told = towards.map_or(drawn, |towards| drawn.abs() * leaning(towards, rng).sign() as f64);
        self.shift(self.news * size * told * pace.volatility / libm::sqrt(pace.market));
    }

    /// A trade whose sign was `surprise` more than expected; `weight` is 1 for one of mean size.
    #[inline]
    pub(super) fn trade(&mut self, surprise: f64, weight: f64, pace: &Multiples) {
        self.shift(self.impact * weight * surprise * pace.volatility / libm::sqrt(pace.market));
    }

    /// A shock multiplies the price by the exponential of `log`.
    pub(super) fn scripted(&mut self, log: f64) {
        // No bound on one fall: what a script takes it can give back.
        self.multiply(libm::exp(log));
        self.turmoil.stir(libm::expm1(log).max(DEEPEST_FALL));
    }

    /// A step of the slow layers. True where the price has jumped.
    #[inline]
    pub(super) fn step(&mut self, pace: &Multiples, rng: &mut Rng, overnight: &mut Rng) -> bool {
        self.turmoil.fade();
        let back = self.reverts * (self.start - self.ticks) / self.ticks;
        let mut change = back - self.drift * pace.volatility;
        let likely = self.model.jumps_per_day / DAY_SECONDS * STEP_SECONDS * pace.volatility;
        let jumps = unit(rng) < likely;
        if jumps {
            let mean = if rng.ratio(1, 2) { self.model.jump_up_bps } else { -self.model.jump_down_bps };
            change += exponential(rng) * mean / 1e4;
        }
        let closed = pace.volatility == 0.0;
        let opens = self.was_closed && !closed;
        if opens {
            change += normal(overnight) * self.model.overnight_bps / 1e4;
        }
        self.was_closed = closed;
        if !closed {
            self.shift(change);
        }
        jumps || opens
    }

    /// Changes by `share` of itself.
    #[inline]
    fn shift(&mut self, share: f64) {
        assert!(share.is_finite(), "a price of {} ticks changes by {share}", self.ticks);
        // A product of 1 + share and no exponential: so that the price itself is a martingale, not its logarithm.
        let factor = 1.0 + share.max(DEEPEST_FALL);
        self.multiply(factor);
        self.turmoil.stir(share);
    }

    /// The price changes by `factor`, within its bounds: who hears of it hears of what it has come to.
    #[inline]
    fn multiply(&mut self, factor: f64) {
        let (before, wanted) = (self.ticks, self.ticks * factor);
        self.ticks = wanted.clamp(LOWEST, HIGHEST);
        self.learned *= if self.ticks == wanted { factor } else { self.ticks / before };
    }

    /// By what factor the price has changed since this was asked last, by what was learned in this market.
    #[inline]
    pub(super) fn take_learned(&mut self) -> f64 {
        std::mem::replace(&mut self.learned, 1.0)
    }

    /// What others have learned changes the price by `factor`.
    #[inline]
    pub(super) fn heard(&mut self, factor: f64) {
        assert!(factor.is_finite() && factor > 0.0, "a price of {} ticks changes by a factor of {factor}", self.ticks);
        self.ticks = (self.ticks * factor).clamp(LOWEST, HIGHEST);
        self.turmoil.stir((factor - 1.0).max(DEEPEST_FALL));
    }
}

impl Turmoil {
    fn new(model: &ProviderModel, variance: f64) -> Self {
        Self {
            level: 1.0,
            from: model.turmoil_from,
            withdrawal: model.withdrawal,
            kept: libm::exp(-LN_2 * STEP_SECONDS / model.turmoil_half_life_seconds),
            expected: variance * model.turmoil_half_life_seconds / LN_2,
            liquidity: 1.0,
            fright: 0.0,
        }
    }

    #[inline]
    fn stir(&mut self, share: f64) {
        self.level += share * share / self.expected;
        self.weigh();
    }

    #[inline]
    fn fade(&mut self) {
        self.level *= self.kept;
        self.weigh();
    }

    #[inline]
    fn weigh(&mut self) {
        let excess = (self.level - self.from).max(0.0);
        self.fright = self.withdrawal * libm::sqrt(excess);
        self.liquidity = 1.0 / (1.0 + self.fright);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Streams;
    use crate::synth::flow::tests::model;

    const CALM: Multiples = Multiples::ONE;
    const ALONE: Sources = Sources { trades: 5.0, unforeseen: 1.0, own_share: 1.0 };

    /// Closed form: the variance of news over a day is the configured one, and none of it is left for trades.
    #[test]
    fn news_alone_have_the_variance_of_a_day() {
        let mut model = model();
        model.price.flow_share = 0.0;
        model.price.news_per_second = 0.5;
        let mut rng = Streams::new(9).stream("news");
        let mut squares = 0.0;
        let days = 60;
        let mut price = EfficientPrice::new(&model.price, &model.providers, 600_000.0, ALONE);
        for _ in 0..days * 43_200 {
            let before = price.ticks();
            price.news(None, &CALM, &mut rng);
            let change = price.ticks() / before - 1.0;
            squares += change * change;
        }
        let found = libm::sqrt(squares / f64::from(days)) * 1e4;
        assert!((found / model.price.volatility_bps_per_day - 1.0).abs() < 0.02, "{found} bps a day");
    }

    /// Closed form of exponential jumps: the mean square of one is twice the square of its mean.
    #[test]
    fn jumps_come_as_often_and_as_large_as_said_and_drift_nowhere() {
        let mut model = model();
        (model.price.jumps_per_day, model.price.jump_up_bps, model.price.jump_down_bps) = (2_000.0, 10.0, 20.0);
        let mut rng = Streams::new(9).stream("jumps");
        let mut night = Streams::new(9).stream("overnight");
        let mut price = EfficientPrice::new(&model.price, &model.providers, 600_000.0, ALONE);
        let (mut jumps, mut squares, mut sum) = (0_u32, 0.0, 0.0);
        for _ in 0..1_000_000 {
            let before = price.ticks();
            let change = |price: &EfficientPrice| (price.ticks() / before - 1.0) * 1e4;
            if price.step(&CALM, &mut rng, &mut night) {
                jumps += 1;
                squares += change(&price) * change(&price);
            }
            sum += change(&price);
        }
        let often = f64::from(jumps) / 1e6 * 86_400.0;
        assert!((often / 2_000.0 - 1.0).abs() < 0.03, "{often} a day");
        let mean_square = squares / f64::from(jumps);
        assert!((mean_square / 500.0 - 1.0).abs() < 0.06, "mean square of a jump {mean_square}");
        let error = 3.0 * libm::sqrt(squares);
        assert!(libm::fabs(sum) < error, "drifted by {sum} bps, three standard errors are {error}");
    }

    #[test]
    fn providers_withdraw_in_turmoil_and_come_back() {
        let model = model();
        let mut price = EfficientPrice::new(&model.price, &model.providers, 600_000.0, ALONE);
        assert_eq!(price.liquidity(), 1.0);
        price.shift(-0.01);
        let frightened = price.liquidity();
        assert!(frightened < 0.5, "{frightened} after a hundredth");
        let mut rng = Streams::new(9).stream("steps");
        let mut night = Streams::new(9).stream("overnight");
        for _ in 0..1_000 {
            price.step(&Multiples { volatility: 1e-9, ..CALM }, &mut rng, &mut night);
        }
        assert_eq!(price.liquidity(), 1.0, "a thousand seconds later");
    }
}
