//! Stops an order that is not expected to earn its costs.
//!
//! The edge that the strategy expects (a fraction of notional, before costs) must reach the fee of this order plus the smallest
//! edge to be left, a safety margin and a buffer for slippage. The fee is the maker's for a post-only order and the taker's
//! for any other, of the schedule the instrument has; a rebate lowers what is needed. Exactly that much passes. An order whose
//! strategy expects nothing in particular is refused, or passes where `without_edge = "pass"` says so; an amend that does more
//! than shrink an order says no edge either. Each order is judged anew: no day, no latch, no state to restore.
//!
//! In a refusal the limit is the least that would have passed, and the value is unknown where the strategy said none.
//!
//! Known limits: one fee, that of this order: who enters and leaves at a fee says the edge of the whole trade less one of them.
//! The edge is the strategy's own word.

use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{GateSpec, LimitSpec, ONE_BPS, Row, UNKNOWN, Unit};
use super::{BasisPoints, RiskView};
use crate::model::{GateId, Instrument};
use crate::units::Rate;

const fn part(key: &'static str, bps: i128, words: &'static str) -> LimitSpec {
    let unit = Unit::BasisPoints;
    LimitSpec { key, unit, default: Some(bps * ONE_BPS), optional: false, min: 0, max: 10_000 * ONE_BPS, words }
}

const MIN_EDGE: LimitSpec = part("min_edge_bps", 10, "least edge to be left after costs");
const SAFETY: LimitSpec = part("safety_bps", 5, "safety margin on top");
const SLIPPAGE: LimitSpec = part("slippage_bps", 10, "buffer for slippage on top");

/// What becomes of an order whose strategy does not say what it expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WithoutEdge {
    /// It is refused.
    #[default]
    Refuse,
    /// It passes.
    Pass,
}

/// Limits of the gate `fee_coverage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "FeeCoverageLimits")]
pub struct Limits {
    /// Least edge to be left after costs, in basis points.
    pub min_edge_bps: BasisPoints,
    /// Safety margin on top, in basis points.
    pub safety_bps: BasisPoints,
    /// Buffer for slippage on top, in basis points.
    pub slippage_bps: BasisPoints,
    /// What becomes of an order whose strategy does not say what it expects.
    pub without_edge: WithoutEdge,
}

impl Default for Limits {
    fn default() -> Self {
        let bps = |limit: LimitSpec| BasisPoints::from_ppb(limit.default_value() as i64);
        Self {
            min_edge_bps: bps(MIN_EDGE),
            safety_bps: bps(SAFETY),
            slippage_bps: bps(SLIPPAGE),
            without_edge: WithoutEdge::Refuse,
        }
    }
}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        let value = |ratio: BasisPoints| Some(i128::from(ratio.ppb()));
        vec![
            (MIN_EDGE, value(self.min_edge_bps)),
            (SAFETY, value(self.safety_bps)),
            (SLIPPAGE, value(self.slippage_bps)),
        ]
    }
}

/// Least edges in parts per billion.
#[derive(Debug, Clone)]
pub(super) struct FeeCoverage {
    maker: i128,
    taker: i128,
    without_edge: WithoutEdge,
}

impl Gate for FeeCoverage {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(13),
        name: "fee_coverage",
        words: "an order whose expected edge does not cover its costs",
        reset: "judges every order anew",
        row: Row::RISK_LIMIT,
        unit: Unit::BasisPoints,
        limits: &[MIN_EDGE, SAFETY, SLIPPAGE],
        armed: false,
        items: &["L4:40", "L4:41", "L4:42", "L4:144", "L4:189"],
        example: "[gates.fee_coverage]\nmin_edge_bps = 10\nsafety_bps = 5\nslippage_bps = 10\nwithout_edge = \"refuse\"\n",
    };

    fn new(limits: &Limits, _: &Scales, instrument: &Instrument) -> Self {
        let parts = [limits.min_edge_bps, limits.safety_bps, limits.slippage_bps];
        let margin: i128 = parts.iter().map(|part| i128::from(part.ppb())).sum();
        let least = |fee: Rate| i128::from(fee.ppb()) + margin;
        let fees = &instrument.fees;
        Self { maker: least(fees.maker), taker: least(fees.taker), without_edge: limits.without_edge }
    }

    #[inline(always)]
    fn check(&self, ask: &Ask, _: &RiskView) -> Result<(), Found> {
        let limit = if ask.new.is_some_and(|order| order.post_only) { self.maker } else { self.taker };
        let edge = ask.new.and_then(|order| order.edge).map(|edge| i128::from(edge.ppb()));
        match edge {
            Some(edge) if limit <= edge => Ok(()),
            None if self.without_edge == WithoutEdge::Pass => Ok(()),
            edge => Err(Found { value: edge.unwrap_or(UNKNOWN), limit }),
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}
