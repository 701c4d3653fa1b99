//! Whether a series rises, without any assumption on how it is distributed.

/// A line through points.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Slope {
    /// Change of y for one of x.
    pub slope: f64,
    /// y at x = 0.
    pub intercept: f64,
}

/// The Theil-Sen line: the median of the slopes of all pairs of points, through the median of what is left. Nearly a third of the points may
/// lie anywhere without moving it (Theil 1950; Sen 1968). `None` of fewer than two different x.
///
/// Pairs are as many as half the square of the points: give it some hundreds.
#[must_use]
pub fn theil_sen(points: &[(f64, f64)]) -> Option<Slope> {
    let pairs = points.iter().enumerate().flat_map(|(place, &first)| {
        points[place + 1..].iter().map(move |&second| (second.0 - first.0, second.1 - first.1))
    });
    let mut slopes: Vec<f64> = pairs.filter(|(x, _)| *x != 0.0).map(|(x, y)| y / x).collect();
    let slope = median(&mut slopes)?;
    let mut rest: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
    Some(Slope { slope, intercept: median(&mut rest)? })
}

/// Probability, of a series whose values come in any order, of rises outweighing falls by this much or more: the one-sided test of Mann (1945) and
/// Kendall (1975) with the correction for ties and for continuity. 1 where nothing can be told: fewer than three values, or all the same.
///
/// Known limit: values that remember the ones before make it too sure of itself. A series of hours does so less than one of seconds.
#[must_use]
pub fn mann_kendall(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let rises = values.iter().enumerate().map(|(place, first)| {
        values[place + 1..]
            .iter()
            .map(|second| f64::from(i8::from(second > first) - i8::from(second < first)))
            .sum::<f64>()
    });
    let score: f64 = rises.sum();
    let variance = (count * (count - 1.0) * (2.0 * count + 5.0) - ties(values)) / 18.0;
    if values.len() < 3 || variance <= 0.0 {
        return 1.0;
    }
    // One step towards zero, since the score moves by two.
    let corrected = if score > 0.0 {
        score - 1.0
    } else if score < 0.0 {
        score + 1.0
    } else {
        0.0
    };
    let z = corrected / libm::sqrt(variance);
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

/// What equal values take from the variance.
fn ties(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let groups = sorted.chunk_by(|left, right| left == right).map(|group| group.len() as f64);
    groups.map(|size| size * (size - 1.0) * (2.0 * size + 5.0)).sum()
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[middle - 1], upper) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_sen_does_not_mind_a_wild_point() {
        let mut points: Vec<(f64, f64)> = (0..20).map(|x| (f64::from(x), 3.0 + 0.5 * f64::from(x))).collect();
        points[7].1 = 1e9;
        let line = theil_sen(&points).unwrap();
        assert!((line.slope - 0.5).abs() < 1e-9 && (line.intercept - 3.0).abs() < 1e-9, "{line:?}");
        assert_eq!(theil_sen(&[(1.0, 2.0), (1.0, 3.0)]), None);
    }

    /// Precipitation of Hirsch, Slack and Smith's kind of table, worked by hand: ten values without ties have a variance of 125.
    #[test]
    fn the_test_of_kendall_by_hand() {
        let rising: Vec<f64> = (0..10).map(f64::from).collect();
        // Score 45, z = 44 / sqrt(125) = 3.9355.
        assert!((mann_kendall(&rising) - 4.151e-5).abs() < 1e-7, "{}", mann_kendall(&rising));
        let falling: Vec<f64> = (0..10).rev().map(f64::from).collect();
        assert!(mann_kendall(&falling) > 0.9999);
        // One pair the other way round: score 43, z = 42 / sqrt(125) = 3.7566.
        let mut nearly = rising;
        nearly.swap(3, 4);
        assert!((mann_kendall(&nearly) - 8.613e-5).abs() < 1e-7, "{}", mann_kendall(&nearly));
        // 1 2 2 3: score 5, variance (4 x 3 x 13 - 2 x 1 x 9) / 18 = 7.667, z = 4 / 2.769 = 1.4446.
        assert!((mann_kendall(&[1.0, 2.0, 2.0, 3.0]) - 0.0743).abs() < 1e-4);
        assert_eq!(mann_kendall(&[5.0; 40]), 1.0);
        assert_eq!(mann_kendall(&[1.0, 2.0]), 1.0);
    }
}
