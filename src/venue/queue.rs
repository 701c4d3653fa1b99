//! Where a resting order stands among others, as far as a level-2 tape tells. Integers only; rounding leaves more ahead.

use super::order::Order;
use super::rules::{Curve, FillRules, QueueModel};

/// What one print did to an order resting at its price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Print {
    /// Steps printed.
    pub steps: i64,
    /// Steps of it that own orders ahead have not had.
    pub left: i64,
}

/// Moves the order up the queue and returns the steps it may fill (whole lots; more than its rest when fills are whole).
pub(super) fn after_trade(order: &mut Order, print: Print, lot: i64, rules: &FillRules) -> i64 {
    order.traded = order.traded.saturating_add(print.steps);
    if !rules.partial_fills {
        order.ahead = order.ahead.saturating_sub(print.left);
        // The front of the queue passed the order by half a lot or more: it fills whole.
        return if order.ahead.saturating_mul(-2) >= lot { order.open().steps() } else { 0 };
    }
    let passed = order.ahead.min(print.left);
    order.ahead -= passed;
    whole_lots(print.left - passed, lot)
}

/// Moves the order up the queue when its level goes from `previous` to `new` steps.
#[inline]
pub(super) fn after_change(order: &mut Order, previous: i64, new: i64, rules: &FillRules) {
    let ahead = order.ahead;
    let traded = std::mem::take(&mut order.traded);
    order.ahead = match rules.queue {
        QueueModel::Front => ahead,
        QueueModel::RiskAverse => ahead.min(new),
        QueueModel::Probability(curve) => {
            let standing = previous.saturating_sub(traded).max(0);
            let cancelled = standing.saturating_sub(new);
            (ahead - taken_from_ahead(curve, ahead, standing - ahead, cancelled)).min(new)
        }
    };
}

/// Steps of `cancelled` that were ahead: its share by the curve, and what those behind cannot have lost.
#[inline(never)]
fn taken_from_ahead(curve: Curve, ahead: i64, behind: i64, cancelled: i64) -> i64 {
    if cancelled <= 0 || ahead <= 0 {
        return 0;
    }
    let behind = behind.max(0);
    let (heavy_ahead, heavy_behind) = weights(curve, ahead.unsigned_abs(), behind.unsigned_abs());
    let share = (u128::from(cancelled.unsigned_abs()) * heavy_ahead / (heavy_ahead + heavy_behind)) as i64;
    let excess = (cancelled - share - behind).max(0);
    share.saturating_add(excess).min(ahead)
}

/// f(ahead) and f(behind), both below 2^61; the first is never zero.
fn weights(curve: Curve, ahead: u64, behind: u64) -> (u128, u128) {
    let power = match curve {
        Curve::Power1 => 1,
        Curve::Power2 => 2,
        Curve::Power3 => 3,
        Curve::Log => return (log2_q16(ahead), log2_q16(behind)),
    };
    let bits = 64 - ahead.max(behind).leading_zeros();
    let shift = bits.saturating_sub(60 / power);
    let weight = |steps: u64| u128::from(steps >> shift).pow(power);
    (weight(ahead).max(1), weight(behind))
}

/// log2(1 + x) x 2^16, rounded down.
fn log2_q16(x: u64) -> u128 {
    let value = u128::from(x) + 1;
    let whole = 127 - value.leading_zeros();
    let mut mantissa = (value << (127 - whole)) >> 64; // in [2^63, 2^64)
    let mut log = u128::from(whole);
    for _ in 0..16 {
        mantissa = (mantissa * mantissa) >> 63;
        let carry = mantissa >> 64;
        mantissa >>= carry;
        log = (log << 1) | carry;
    }
    log
}

/// `steps` rounded down to whole lots.
pub(super) const fn whole_lots(steps: i64, lot: i64) -> i64 {
    if lot <= 1 { steps } else { steps - steps % lot }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_is_right_to_the_last_bit() {
        for (x, expected) in [(0, 0), (1, 1 << 16), (2, 103_872), (3, 2 << 16), (9, 217_705), (u64::MAX, 64 << 16)] {
            assert_eq!(log2_q16(x), expected, "x {x}");
        }
    }

    #[test]
    fn curves_split_a_cancel() {
        let cases = [
            // curve, ahead, behind, cancelled -> from ahead
            (Curve::Power1, 30, 10, 8, 6),
            (Curve::Power2, 30, 10, 8, 7),
            (Curve::Power3, 30, 10, 8, 7),
            (Curve::Power1, 10, 30, 8, 2),
            (Curve::Power2, 10, 30, 8, 0),
            (Curve::Log, 3, 1, 9, 3),
            (Curve::Log, 7, 1, 4, 3),
            (Curve::Power1, 10, 0, 4, 4),
            (Curve::Power1, 0, 10, 4, 0),
            (Curve::Power2, 5, 100, 104, 4),
            (Curve::Power3, i64::MAX / 2, i64::MAX / 2, 1000, 500),
            (Curve::Power1, i64::MAX, i64::MAX, i64::MAX, i64::MAX / 2),
        ];
        for (curve, ahead, behind, cancelled, expected) in cases {
            let found = taken_from_ahead(curve, ahead, behind, cancelled);
            assert_eq!(found, expected, "{curve:?} {ahead} {behind} {cancelled}");
        }
    }
}
