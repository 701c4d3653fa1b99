use crate::rng::{Rng, Streams};
use crate::synth::flow::draw::normal;
use crate::synth::flow::model::FlowModelError;
use crate::units::{MINUTE, Rate, SECOND, Span, Timestamp};
use core::f64::consts::LN_2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A step of the basis.
pub(super) const STEP: Span = SECOND;
/// Parts of one of a funding rate: eight decimals, as venues publish it.
const PUBLISHED: f64 = 1e8;

/// A perpetual contract's own: its basis, which reverts, and the funding that comes of it.
///
/// Basis: the price is that of the underlying times the exponential of an Ornstein-Uhlenbeck process that begins at 0. Funding: the mean
/// premium P of the interval, each second weighted by its number, then P + clamp(interest - P, -clamp, clamp), held within the cap (Binance,
/// "Introduction to Binance Futures Funding Rates"). The premium is the basis itself and not read off the book: what a bot does to the
/// market does not move its funding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerpetualModel {
    /// Symbol of the member that it is a contract on.
    pub of: String,
    /// Basis points to which the basis reverts.
    #[serde(default)]
    pub basis_bps: f64,
    /// Its standard deviation in basis points.
    pub basis_deviation_bps: f64,
    /// Minutes after which half of it is gone.
    pub basis_half_life_minutes: f64,
    /// Hours between two fundings; those of a day begin at midnight, UTC.
    #[serde(default = "usual_hours")]
    pub funding_hours: u32,
    /// Basis points of interest in such an interval.
    #[serde(default = "usual_interest")]
    pub interest_bps: f64,
    /// How far a premium near the interest is pulled to it, in basis points.
    #[serde(default = "usual_clamp")]
    pub clamp_bps: f64,
    /// Highest rate of one funding in basis points, either way.
    #[serde(default = "usual_cap")]
    pub cap_bps: f64,
}

const fn usual_hours() -> u32 {
    8
}

const fn usual_interest() -> f64 {
    1.0
}

const fn usual_clamp() -> f64 {
    5.0
}

const fn usual_cap() -> f64 {
    200.0
}

/// A funding: whoever is long pays this share of the position's value to whoever is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FundingCharge {
    /// When.
    pub at: Timestamp,
    /// Eight decimals, rounded half away from zero.
    pub rate: Rate,
}

impl PerpetualModel {
    pub(super) fn check(&self) -> Result<(), FlowModelError> {
        let bounds = [
            ("members.perpetual.basis_bps", self.basis_bps, -1_000.0, 1_000.0),
            ("members.perpetual.basis_deviation_bps", self.basis_deviation_bps, 0.0, 1_000.0),
            ("members.perpetual.basis_half_life_minutes", self.basis_half_life_minutes, 0.1, 1e6),
            ("members.perpetual.interest_bps", self.interest_bps, -100.0, 100.0),
            ("members.perpetual.clamp_bps", self.clamp_bps, 0.0, 100.0),
            ("members.perpetual.cap_bps", self.cap_bps, 0.0, 1_000.0),
        ];
        let misfit = |(key, found, low, high): &(&'static str, f64, f64, f64)| FlowModelError {
            key,
            found: found.to_string(),
            expected: format!("{low} to {high}"),
        };
        if let Some(bound) = bounds.iter().find(|(_, found, low, high)| !(*low..=*high).contains(found)) {
            return Err(misfit(bound));
        }
        if self.funding_hours == 0 || !24_u32.is_multiple_of(self.funding_hours) {
            let expected = "a part of a day: 1, 2, 3, 4, 6, 8, 12 or 24".to_owned();
            return Err(FlowModelError {
                key: "members.perpetual.funding_hours",
                found: self.funding_hours.to_string(),
                expected,
            });
        }
        Ok(())
    }

    /// Every funding after `start`, up to `start` and `length`, of the contract `symbol` by `seed`.
    pub(super) fn funding(&self, symbol: &str, seed: u64, start: Timestamp, length: Span) -> Vec<FundingCharge> {
        let mut basis = Basis::new(self, symbol, seed);
        let interval = MINUTE.times(60 * i64::from(self.funding_hours));
        let (mut at, end) = (start, start.plus(length));
        let (mut charges, mut sum, mut weights) = (Vec::new(), 0.0, 0.0);
        while at.plus(STEP) <= end {
            let second = at.nanos().rem_euclid(interval.nanos()) / STEP.nanos();
            at = at.plus(STEP);
            basis.step();
            // An interval that began before the market is weighed from the start on.
            let weight = 1.0 + second as f64;
            sum += weight * basis.premium_bps();
            weights += weight;
            let passed = at.nanos().rem_euclid(interval.nanos());
            if passed < STEP.nanos() {
                let at = at.plus(Span::from_nanos(-passed));
                charges.push(FundingCharge { at, rate: self.rate(sum / weights) });
                (sum, weights) = (0.0, 0.0);
            }
        }
        charges
    }

    /// The rate that a mean premium makes.
    fn rate(&self, premium_bps: f64) -> Rate {
        let pulled = (self.interest_bps - premium_bps).clamp(-self.clamp_bps, self.clamp_bps);
        let rate = (premium_bps + pulled).clamp(-self.cap_bps, self.cap_bps);
        Rate::from_ppb(libm::round(rate / 1e4 * PUBLISHED) as i64 * (Rate::ONE / PUBLISHED as i64))
    }
}

/// A basis as it goes, second by second.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    /// Logarithm of the perpetual's price over its underlying's.
    log: f64,
    mean: f64,
    kept: f64,
    fresh: f64,
    rng: Rng,
}

impl Basis {
    pub(super) fn new(model: &PerpetualModel, symbol: &str, seed: u64) -> Self {
        let kept = libm::exp(-LN_2 / (60.0 * model.basis_half_life_minutes));
        Self {
            log: 0.0,
            mean: model.basis_bps / 1e4,
            kept,
            fresh: model.basis_deviation_bps / 1e4 * libm::sqrt(1.0 - kept * kept),
            rng: Streams::new(seed).stream(&format!("synth/flow/{symbol}/basis")),
        }
    }

    /// A second goes by: by what factor the price changes.
    pub(super) fn step(&mut self) -> f64 {
        let after = self.mean + self.kept * (self.log - self.mean) + self.fresh * normal(&mut self.rng);
        libm::exp(after - std::mem::replace(&mut self.log, after))
    }

    fn premium_bps(&self) -> f64 {
        libm::expm1(self.log) * 1e4
    }
}
