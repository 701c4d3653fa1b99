use super::book::Worth;
use crate::units::{Money, Overflow, Quantity};

/// What a fill does to a basis: how much of it a close releases, how much an opening adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Move {
    /// Signed basis that leaves with the closed quantity.
    pub released: Money,
    /// Signed basis of the quantity opened.
    pub added: Money,
    /// Profit of the closed quantity, before fees.
    pub realized: Money,
}

impl Move {
    /// Closes what is worth `closed` against the `released` basis, and opens the rest.
    #[inline]
    pub fn of(worth: &Worth, released: Money) -> Result<Self, Overflow> {
        let proceeds = Money::ZERO.checked_sub(worth.closed)?;
        Ok(Self { released, added: worth.opened, realized: proceeds.checked_sub(released)? })
    }
}

/// The part of `basis` that closing `closed` of `position` releases, toward zero; a full close releases all.
/// The quantities have opposite signs.
#[inline]
pub(super) fn release(basis: Money, position: Quantity, closed: Quantity) -> Money {
    if closed.is_zero() {
        Money::ZERO
    } else if closed.steps() == position.steps().wrapping_neg() {
        basis
    } else {
        release_part(basis, position.steps(), -i128::from(closed.steps()))
    }
}

/// `basis` x `part` / `whole`, toward zero; `part` is at most `whole`, with its sign.
fn release_part(basis: Money, whole: i64, part: i128) -> Money {
    let (quotient, remainder) = basis.divided(whole);
    let rest = i128::from(remainder) * part;
    // The rest is below position x position: a division of 64 bits nearly always does.
    let rest = match i64::try_from(rest) {
        Ok(rest) => i128::from(rest / whole),
        Err(_) => rest / i128::from(whole),
    };
    Money::from_atto(quotient.atto() * part + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn release_plainly(basis: i128, whole: i128, part: i128) -> i128 {
        let quotient = basis / whole;
        quotient * part + (basis - quotient * whole) * part / whole
    }

    fn steps() -> impl Strategy<Value = i64> {
        prop_oneof![3 => 1_i64..20, 2 => 1_i64..1_000_000_000_000, 1 => 1..i64::MAX]
    }

    fn amounts() -> impl Strategy<Value = i128> {
        prop_oneof![2 => any::<i64>().prop_map(i128::from), 2 => any::<i128>().prop_map(|amount| amount >> 50), 1 => any::<i128>()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn a_part_is_released_as_the_long_way_does(basis in amounts(), whole in steps(), part in steps(), short in any::<bool>()) {
            let (whole, part) = if short { (-whole, -(part % whole)) } else { (whole, part % whole) };
            let released = release(Money::from_atto(basis), Quantity::new(whole), Quantity::new(-part));
            prop_assert_eq!(released.atto(), release_plainly(basis, i128::from(whole), i128::from(part)));
            let all = release(Money::from_atto(basis), Quantity::new(whole), Quantity::new(-whole));
            prop_assert_eq!(all.atto(), basis);
        }

        #[test]
        fn amounts_divide_as_integers_do(amount in amounts(), parts in steps(), negative in any::<bool>()) {
            let parts = if negative { -parts } else { parts };
            let wide = i128::from(parts);
            let (quotient, remainder) = Money::from_atto(amount).divided(parts);
            prop_assert_eq!((quotient.atto(), i128::from(remainder)), (amount / wide, amount % wide));
        }
    }
}
