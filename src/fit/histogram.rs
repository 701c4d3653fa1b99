//! Counts of whole numbers from 0 on: exact when they are small, within 3 % when they are large.

use super::parameter::Figure;

/// Numbers below this have a place of their own.
const EXACT: u64 = 64;
/// Places an octave above that.
const PLACES: u64 = 32;

/// Counts by size; a few thousand numbers whatever is counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    pub total: u64,
    pub least: Option<u64>,
    pub most: Option<u64>,
}

impl Histogram {
    pub fn add(&mut self, value: u64) {
        let place = place_of(value);
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
        self.total += 1;
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.most = Some(self.most.map_or(value, |most| most.max(value)));
    }

    /// (first number, number after the last, count) of every place that has one.
    pub fn bins(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let held = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        held.map(|(place, count)| (first_of(place), first_of(place + 1), *count))
    }
}

fn place_of(value: u64) -> usize {
    if value < EXACT {
        return value as usize;
    }
    let octave = u64::from(value.ilog2());
    let within = (value >> (octave - 5)) - PLACES;
    (EXACT + (octave - 6) * PLACES + within) as usize
}

fn first_of(place: usize) -> u64 {
    let place = place as u64;
    match place.checked_sub(EXACT) {
        None => place,
        Some(large) => (PLACES + large % PLACES) << (large / PLACES + 1),
    }
}

/// Quantiles at shares in parts per million with their intervals; the ends are the least and the most there was.
pub(super) fn points(counts: &Histogram, shares: &[u32]) -> Vec<Figure> {
    let mut spread: Vec<(f64, f64, f64)> =
        counts.bins().map(|(low, high, count)| (low as f64, high as f64, count as f64)).collect();
    let total = counts.total as f64;
    let mut at = |share: f64| quantile(&mut spread, share.clamp(0.0, 1.0)).unwrap_or(0.0);
    let mut point = |share: u32| {
        let ends = [counts.least, counts.most].map(|end| end.unwrap_or(0) as f64);
        let share = f64::from(share) / 1e6;
        // What chance does to a quantile is what it does to its rank; a place of the histogram is a few percent wide.
        let chance = (share * (1.0 - share) / total).sqrt() + 3.0 / total;
        let estimate = if share <= 0.0 {
            ends[0]
        } else if share >= 1.0 {
            ends[1]
        } else {
            at(share)
        };
        let wide = if estimate < EXACT as f64 { 1.0 } else { estimate / PLACES as f64 / 4.0 };
        let error = (at(share + chance) - at(share - chance)) / 2.0 + wide;
        Figure::plain(estimate, error)
    };
    shares.iter().map(|share| point(*share)).collect()
}

/// The value below which `share` of the weight lies, of (low, high, weight) spread evenly between their ends.
pub(super) fn quantile(spread: &mut [(f64, f64, f64)], share: f64) -> Option<f64> {
    spread.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = spread.iter().map(|(.., weight)| weight).sum();
    let mut left = share * total;
    for (low, high, weight) in spread.iter() {
        if left <= *weight && *weight > 0.0 {
            return Some(low + (high - low) * left / weight);
        }
        left -= weight;
    }
    spread.last().map(|(_, high, _)| *high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_counted_between_the_ends_of_its_place() {
        for value in (0..5_000).chain([65_535, 65_536, 1 << 40, (1 << 60) - 1]) {
            let place = place_of(value);
            let (first, next) = (first_of(place), first_of(place + 1));
            assert!(first <= value && value < next, "{value}: {first} to {next}");
            assert!((next - first) * 32 <= first.max(32), "{value}: {first} to {next}");
        }
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        let mut spread = [(10.0, 20.0, 2.0), (0.0, 10.0, 2.0)];
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&mut spread, share));
        assert_eq!(found, [0.0, 5.0, 10.0, 15.0, 20.0].map(Some));
        assert_eq!(quantile(&mut [], 0.5), None);
    }
}
