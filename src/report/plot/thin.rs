use crate::metrics::Point;

/// At most about `limit` points: of every stretch of points the lowest and the highest, in order.
pub fn thin(points: &[Point], limit: usize) -> Vec<Point> {
    if points.len() <= limit {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil((limit / 2).max(1));
    points.chunks(stretch).flat_map(extremes).collect()
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
    use crate::units::Timestamp;

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
