use crate::metrics::{FillPoint, Point};

/// At most about `limit` points: of every stretch of points the lowest and the highest, in order.
pub fn thin(points: &[Point], limit: usize) -> Vec<Point> {
    if points.len() <= limit {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil((limit / 2).max(1));
    points.chunks(stretch).flat_map(extremes).collect()
}

/// At most about `limit` fills, and of how many one is left: a power of two. Which ones is decided by mixed numbers, so that no
/// rhythm of buys and sells falls in step with the stride.
pub fn thin_fills(fills: &[FillPoint], limit: usize) -> (Vec<&FillPoint>, u64) {
    let stride = fills.len().div_ceil(limit.max(1)).max(1).next_power_of_two() as u64;
    // Fibonacci hashing: the high bits of the product depend on every bit of the number.
    let mixed = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let numbered = (0_u64..).zip(fills);
    let kept = numbered.filter(|(number, _)| mixed(*number) & (stride - 1) == 0);
    (kept.map(|(_, fill)| fill).collect(), stride)
}

fn extremes(points: &[Point]) -> Vec<Point> {
    let by_value = |a: &usize, b: &usize| points[*a].value.total_cmp(&points[*b].value);
    let low = (0..points.len()).min_by(by_value);
    let high = (0..points.len()).max_by(by_value);
    let (Some(low), Some(high)) = (low, high) else { return Vec::new() };
    match low.cmp(&high) {
        std::cmp::Ordering::Less => vec![points[low], points[high]],
        std::cmp::Ordering::Equal => vec![points[low]],
        std::cmp::Ordering::Greater => vec![points[high], points[low]],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Liquidity, Side};
    use crate::units::Timestamp;

    #[test]
    fn both_sides_of_an_alternating_bot_stay() {
        let side = |number: i64| if number % 2 == 0 { Side::Buy } else { Side::Sell };
        let fill = |number| {
            let at = Timestamp::from_nanos(number);
            FillPoint { at, price: 1.0, side: side(number), liquidity: Liquidity::Maker }
        };
        let fills: Vec<FillPoint> = (0..4_000).map(fill).collect();
        let (kept, stride) = thin_fills(&fills, 1_500);
        let buys = kept.iter().filter(|fill| fill.side == Side::Buy).count();
        assert_eq!(stride, 4);
        assert!((800..=1_200).contains(&kept.len()), "{} kept", kept.len());
        assert!((kept.len() * 2 / 5..=kept.len() * 3 / 5).contains(&buys), "{buys} buys of {}", kept.len());
        assert_eq!(thin_fills(&fills[..10], 1_500).0.len(), 10);
    }

    #[test]
    fn extremes_stay_and_length_is_bounded() {
        let value = |index: i64| if index == 54_321 { 1e9 } else { (index % 7) as f64 };
        let points: Vec<Point> =
            (0..100_000).map(|index| Point { at: Timestamp::from_nanos(index), value: value(index) }).collect();
        let thinned = thin(&points, 2_000);
        assert!(thinned.len() <= 2_000, "{} points", thinned.len());
        assert!(thinned.iter().any(|point| point.value == 1e9));
        assert!(thinned.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!(thin(&points[..10], 2_000).len(), 10);
    }
}
