use super::{GateTurn, Point};
use crate::model::GateId;
use crate::units::{SECOND, Timestamp};

/// Bins at most: a picture has no more columns that an eye tells apart.
const BINS: usize = 256;

/// Trips and openings kept at most; the first ones.
const TURNS: usize = 200;

/// What gates did over time: refusals counted in bins of equal length, which doubles when the run outgrows them, and the instants at
/// which breakers tripped and opened.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    start: Timestamp,
    bin_ns: i64,
    bins: Vec<u64>,
    turns: Vec<GateTurn>,
}

impl Timeline {
    pub(super) fn starting(start: Timestamp) -> Self {
        Self { start, bin_ns: SECOND.nanos(), bins: Vec::new(), turns: Vec::new() }
    }

    pub(super) fn refused(&mut self, at: Timestamp) {
        let since = at.since(self.start).nanos().max(0);
        while BINS as i64 <= since / self.bin_ns {
            self.bins = self.bins.chunks(2).map(|pair| pair.iter().sum()).collect();
            self.bin_ns *= 2;
        }
        let place = (since / self.bin_ns) as usize;
        self.bins.resize(self.bins.len().max(place + 1), 0);
        self.bins[place] += 1;
    }

    pub(super) fn turned(&mut self, at: Timestamp, gate: GateId, tripped: bool) {
        if self.turns.len() < TURNS {
            self.turns.push(GateTurn { at, gate: gate.0, tripped });
        }
    }

    /// One point a bin, at its start, and an empty one after the last.
    pub(super) fn refusals(&self) -> Vec<Point> {
        let point = |(place, count): (usize, u64)| Point {
            at: Timestamp::from_nanos(self.start.nanos().saturating_add(self.bin_ns.saturating_mul(place as i64))),
            value: count as f64,
        };
        let counts = self.bins.iter().copied().chain((!self.bins.is_empty()).then_some(0));
        counts.enumerate().map(point).collect()
    }

    pub(super) fn turns(&self) -> Vec<GateTurn> {
        self.turns.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_nanos(SECOND.nanos() * number)
    }

    #[test]
    fn bins_double_when_the_run_outgrows_them() {
        let mut line = Timeline::starting(second(10));
        for at in [10, 10, 11, 265] {
            line.refused(second(at));
        }
        let counts = |line: &Timeline| -> Vec<(i64, f64)> {
            let full = line.refusals().into_iter().filter(|point| point.value > 0.0);
            full.map(|point| (point.at.nanos() / SECOND.nanos(), point.value)).collect()
        };
        assert_eq!(counts(&line), [(10, 2.0), (11, 1.0), (265, 1.0)]);
        line.refused(second(266));
        assert_eq!(counts(&line), [(10, 3.0), (264, 1.0), (266, 1.0)]);
    }

    proptest! {
        /// However long the run: nothing is lost, no more bins than a picture has columns, every refusal in its own.
        #[test]
        fn no_refusal_is_lost(mut stamps in proptest::collection::vec(0_i64..20_000_000, 1..200)) {
            stamps.sort_unstable();
            let mut line = Timeline::starting(second(0));
            stamps.iter().for_each(|at| line.refused(second(*at)));
            let points = line.refusals();
            prop_assert!(points.len() <= BINS + 1);
            prop_assert_eq!(points.iter().map(|point| point.value).sum::<f64>(), stamps.len() as f64);
            for pair in points.windows(2) {
                let within = |at: &&i64| pair[0].at <= second(**at) && second(**at) < pair[1].at;
                prop_assert_eq!(stamps.iter().filter(within).count() as f64, pair[0].value);
            }
        }
    }
}
