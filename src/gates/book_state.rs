//! Stops orders on a book that is no market.
//!
//! The best prices as last heard must have two sides, and the bid must be below the ask: an empty, one-sided, locked (bid at
//! the ask) or crossed (bid above it) book says that the feed or the market is broken. What reduces risk is stopped as well,
//! since on such a book nobody knows what an order does; only a protective order that reduces passes. Judges every order
//! anew and opens with the first sound book; there is no limit, no state and nothing to restore. Own orders are not taken
//! out of the book.

use super::RiskView;
use super::ask::Ask;
use super::gate::{Found, Gate, Limits as GateLimits, Scales, Stateless};
use super::spec::{GateSpec, LimitSpec, Row, Unit};
use crate::model::{BestPrices, GateId, Instrument};
use std::cmp::Ordering;

/// The gate `book_state` has no limits: it is armed or `"off"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "BookStateLimits")]
pub struct Limits {}

impl GateLimits for Limits {
    fn values(&self) -> Vec<(LimitSpec, Option<i128>)> {
        Vec::new()
    }
}

#[derive(Debug, Clone)]
pub(super) struct BookState;

pub(crate) const TWO_SIDES: i128 = 0;

impl Gate for BookState {
    type Limits = Limits;
    type State = Stateless;
    const SPEC: GateSpec = GateSpec {
        id: GateId(9),
        name: "book_state",
        words: "an order on an empty, one-sided, locked or crossed book",
        reset: "opens with the next sound book",
        row: Row::ALL_ORDERS,
        unit: Unit::Book,
        limits: &[],
        armed: false,
        items: &["L1:111"],
        example: "[gates.book_state]\n",
    };

    fn new(_: &Limits, _: &Scales, _: &Instrument) -> Self {
        Self
    }

    #[inline(always)]
    fn check(&self, _: &Ask, risk: &RiskView) -> Result<(), Found> {
        match fault(&risk.best) {
            TWO_SIDES => Ok(()),
            value => Err(Found { value, limit: TWO_SIDES }),
        }
    }

    fn save(&self) -> Stateless {
        Stateless {}
    }

    fn restore(&mut self, _: Stateless) {}
}

/// What is wrong, in the numbers of [`Unit::Book`].
pub(crate) fn fault(best: &BestPrices) -> i128 {
    match (best.bid, best.ask) {
        (None, None) => 1,
        (Some(_), None) | (None, Some(_)) => 2,
        (Some(bid), Some(ask)) => match bid.price.cmp(&ask.price) {
            Ordering::Less => TWO_SIDES,
            Ordering::Equal => 3,
            Ordering::Greater => 4,
        },
    }
}
