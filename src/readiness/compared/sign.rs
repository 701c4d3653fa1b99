//! The sign test, and the interval of a median that comes with it. Neither asks how differences are distributed.
//!
//! W. J. Conover, Practical Nonparametric Statistics, 3rd ed. 1999, sections 3.4 (the sign test) and 3.2 (interval of a quantile).

/// Probability that of `n` fair coins at most `most` show heads.
fn at_most(most: u64, n: u64) -> f64 {
    let ways =
        |k: u64| libm::lgamma(n as f64 + 1.0) - libm::lgamma(k as f64 + 1.0) - libm::lgamma((n - k) as f64 + 1.0);
    let half = n as f64 * std::f64::consts::LN_2;
    (0..=most.min(n)).map(|k| libm::exp(ways(k) - half)).sum()
}

/// How likely as many signs of one kind, or more, are where neither is likelier; both sides. Nothing without any sign.
#[must_use]
pub fn sign_test(fewer: u64, more: u64) -> Option<f64> {
    let (least, n) = (fewer.min(more), fewer + more);
    (n > 0).then(|| (2.0 * at_most(least, n)).min(1.0))
}

/// Places, from 0, of the order statistics between which the median of `n` values lies with 95 % or more. Nothing below six values.
#[must_use]
pub fn median_interval(n: usize) -> Option<(usize, usize)> {
    let values = n as u64;
    let mut below = 0.0;
    let mut place = None;
    for k in 0..values / 2 {
        below += at_most(k, values) - if k == 0 { 0.0 } else { at_most(k - 1, values) };
        if 2.0 * below > 0.05 {
            break;
        }
        place = usize::try_from(k).ok();
    }
    place.map(|low| (low, n - 1 - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the tables of the binomial with p = 1/2.
    #[test]
    fn as_in_the_tables() {
        let close = |found: Option<f64>, expected: f64| assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?}");
        close(sign_test(0, 6), 2.0 / 64.0);
        close(sign_test(1, 9), 22.0 / 1024.0);
        close(sign_test(9, 1), 22.0 / 1024.0);
        close(sign_test(5, 5), 1.0);
        assert_eq!(sign_test(0, 0), None);
        // From the 2nd to the 9th of ten (97.9 %), from the 6th to the 15th of twenty (95.9 %), as in every table of the sign test.
        let table = [
            (5, None),
            (6, Some((0, 5))),
            (8, Some((0, 7))),
            (9, Some((1, 7))),
            (10, Some((1, 8))),
            (20, Some((5, 14))),
            (100, Some((39, 60))),
        ];
        for (n, expected) in table {
            assert_eq!(median_interval(n), expected, "{n}");
        }
    }
}
