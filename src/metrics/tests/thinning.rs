use crate::metrics::FillPoint;
use crate::metrics::banded::Banded;
use crate::metrics::series::{Thinned, ThinnedFills};
use crate::model::{Liquidity, Side};
use crate::units::Timestamp;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_thinned_series_keeps_ends_and_extremes_in_order(
        values in proptest::collection::vec(-1_000_000_i64..1_000_000, 1..20_000),
    ) {
        let mut thinned = Thinned::new();
        values.iter().enumerate().for_each(|(at, value)| thinned.add(Timestamp::from_nanos(at as i64), *value));
        let points = thinned.points(|value| value as f64);
        prop_assert!(points.len() <= 4_000, "{} points", points.len());
        prop_assert!(points.is_sorted_by_key(|point| point.at));
        let kept = |value: &i64| points.iter().any(|point| point.value == *value as f64);
        prop_assert!(kept(values.iter().max().expect("not empty")) && kept(values.iter().min().expect("not empty")));
        let ends = (points[0].value, points[points.len() - 1].value);
        prop_assert_eq!(ends, (values[0] as f64, values[values.len() - 1] as f64));
        if values.len() <= 1_900 {
            let flat = values.windows(3).filter(|three| three[0] == three[1] && three[1] == three[2]).count();
            prop_assert_eq!(points.len(), values.len() - flat, "a short series is whole");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_band_holds_every_sample(values in samples()) {
        let mut banded = Banded::new();
        values.iter().enumerate().for_each(|(at, value)| banded.add(Timestamp::from_nanos(at as i64), *value));
        let points = banded.points();
        prop_assert!(points.len() <= 600 && points.is_sorted_by_key(|point| point.at), "{} points", points.len());
        let starts: Vec<usize> = points.iter().map(|point| point.at.nanos() as usize).collect();
        let ends = starts.iter().copied().skip(1).chain([values.len()]);
        for ((point, start), end) in points.iter().zip(&starts).zip(ends) {
            let part = &values[*start..end];
            let mean = part.iter().sum::<i64>() as f64 / part.len() as f64;
            let expected = (part.iter().min().copied(), mean, part.iter().max().copied());
            prop_assert_eq!((Some(point.low as i64), point.mean, Some(point.high as i64)), expected);
        }
    }
}

/// Samples that hardly ever repeat, and samples that mostly do.
fn samples() -> impl Strategy<Value = Vec<i64>> {
    let (wild, few) = (-1_000_000_i64..1_000_000, prop_oneof![20 => Just(7_i64), 1 => -2_i64..9]);
    prop_oneof![proptest::collection::vec(wild, 1..20_000), proptest::collection::vec(few, 1..20_000)]
}

#[test]
fn a_flat_stretch_keeps_its_ends() {
    let mut thinned = Thinned::new();
    [5, 5, 5, 7, 7, 6].iter().zip(0..).for_each(|(value, at)| thinned.add(Timestamp::from_nanos(at), *value));
    let points = thinned.points(|value: i64| value as f64);
    let plain: Vec<_> = points.iter().map(|point| (point.at.nanos(), point.value as i64)).collect();
    assert_eq!(plain, [(0, 5), (2, 5), (3, 7), (4, 7), (5, 6)]);
}

/// A bot that buys and sells in turn, in any rhythm, keeps both sides in proportion.
#[test]
fn thinned_fills_keep_both_sides() {
    for period in [2, 3, 4, 8, 64] {
        let mut thinned = ThinnedFills::new();
        for number in 0..100_000_i64 {
            let side = if number % period == 0 { Side::Buy } else { Side::Sell };
            let at = Timestamp::from_nanos(number);
            thinned.add(|| FillPoint { at, price: 1.0, side, liquidity: Liquidity::Maker });
        }
        let (kept, stride) = thinned.finish();
        assert!(stride.is_power_of_two() && (1_000..=4_000).contains(&kept.len()), "{} of {stride}", kept.len());
        assert!(kept.is_sorted_by_key(|fill| fill.at));
        let buys = kept.iter().filter(|fill| fill.side == Side::Buy).count() as f64;
        let (share, expected) = (buys / kept.len() as f64, 1.0 / period as f64);
        assert!((share / expected - 1.0).abs() < 0.3, "every {period}th is a buy: {share} of the fills shown");
    }
}
