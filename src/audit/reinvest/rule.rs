//! What a reinvestment has to move, by the words of the scenario's documentation and without a line of the engine's.

use super::setup::AuditReinvest;

/// What each bot receives and gives together, in atto, of what each has realised; `None` where that leaves its range.
///
/// From the threshold on, a share of what all made together is given by those that made something, in proportion to it, the best
/// first: after each of them so much has been given as is their part so far, rounded down. It goes to the best in equal parts; the
/// atto that do not divide go to the first of them, one each. Of two with one result the one whose name comes first is the better.
pub(super) fn nets(rule: &AuditReinvest, results: &[i128]) -> Option<Vec<i128>> {
    let mut nets = vec![0; results.len()];
    let profit = results.iter().try_fold(0_i128, |sum, result| sum.checked_add(*result))?;
    if profit <= 0 || profit < rule.threshold.atto() {
        return Some(nets);
    }
    let mut winners: Vec<usize> = (0..results.len()).filter(|bot| 0 < results[*bot]).collect();
    winners.sort_by_key(|bot| (std::cmp::Reverse(results[*bot]), &rule.bots[*bot].name));
    let made = winners.iter().try_fold(0_i128, |sum, bot| sum.checked_add(results[*bot]))?;
    let moved = share(profit, rule.percent.into(), 100);
    let mut so_far = 0;
    for &bot in &winners {
        let before = share(moved, so_far, made);
        so_far += results[bot];
        nets[bot] -= share(moved, so_far, made) - before;
    }
    let count = winners.len().min(rule.top as usize);
    for (rank, &bot) in winners[..count].iter().enumerate() {
        let (each, rest) = (moved / count as i128, moved % count as i128);
        nets[bot] += each + i128::from((rank as i128) < rest);
    }
    Some(nets)
}

/// The largest number that, times `of`, is not more than `whole` times `part`; `part` is at most `of`, none is negative. Found by
/// halving, since the products may need 256 bits.
fn share(whole: i128, part: i128, of: i128) -> i128 {
    let [whole, part, of] = [whole, part, of].map(i128::unsigned_abs);
    let most = product(whole, part);
    let (mut low, mut high) = (0, whole);
    while low < high {
        let middle = high - (high - low) / 2;
        if product(middle, of) <= most { low = middle } else { high = middle - 1 }
    }
    i128::try_from(low).unwrap_or(i128::MAX)
}

/// The product, as its high and low 128 bits.
const fn product(one: u128, other: u128) -> (u128, u128) {
    const HALF: u128 = u64::MAX as u128;
    let (a, b, c, d) = (one >> 64, one & HALF, other >> 64, other & HALF);
    let (low, cross, other_cross) = (b * d, a * d, b * c);
    let middle = (low >> 64) + (cross & HALF) + (other_cross & HALF);
    (a * c + (cross >> 64) + (other_cross >> 64) + (middle >> 64), (middle << 64) | (low & HALF))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_share_is_what_the_long_way_says(whole in 0..i64::MAX, part in 0..i64::MAX, of in 1..i64::MAX) {
            let [whole, part, of] = [whole, part, of].map(i128::from);
            let part = part % (of + 1);
            prop_assert_eq!(share(whole, part, of), whole * part / of);
        }

        #[test]
        fn products_are_those_of_their_digits(one in any::<u128>(), other in any::<u128>()) {
            let (high, low) = product(one, other);
            prop_assert_eq!(low, one.wrapping_mul(other));
            // One less of the one takes the other off.
            if let Some(less) = one.checked_sub(1) {
                let (before, rest) = product(less, other);
                let (sum, carries) = rest.overflowing_add(other);
                prop_assert_eq!((before + u128::from(carries), sum), (high, low));
            }
        }
    }
}
