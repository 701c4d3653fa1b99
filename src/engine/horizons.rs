use crate::units::{Span, Timestamp};
use std::collections::VecDeque;

/// Ends that fit before a queue has to grow.
const ROOM: usize = 64;

/// When the markout horizons of fills end: at each of these instants the best prices are journalled, so that a markout
/// is exact wherever the risk clock ticks.
#[derive(Debug)]
pub(super) struct Horizons {
    /// Time after a fill, and when that is over for the fills so far, soonest first.
    ends: Vec<(Span, VecDeque<Timestamp>)>,
    next: Timestamp,
}

impl Horizons {
    pub(super) fn new(spans: &[Span]) -> Self {
        let ends = spans.iter().map(|&span| (span, VecDeque::with_capacity(ROOM))).collect();
        Self { ends, next: Timestamp::MAX }
    }

    /// The soonest end; the end of time when there is none.
    #[inline]
    pub(super) const fn next(&self) -> Timestamp {
        self.next
    }

    /// There was a fill, no sooner than the fills before.
    pub(super) fn fill(&mut self, at: Timestamp) {
        for (span, ends) in &mut self.ends {
            let end = at.plus(*span);
            if ends.back() != Some(&end) {
                ends.push_back(end);
            }
        }
        self.refresh();
    }

    /// Everything that ends up to and at `until` is over.
    pub(super) fn pass(&mut self, until: Timestamp) {
        for (_, ends) in &mut self.ends {
            while ends.pop_front_if(|end| *end <= until).is_some() {}
        }
        self.refresh();
    }

    fn refresh(&mut self) {
        let soonest = self.ends.iter().filter_map(|(_, ends)| ends.front()).min();
        self.next = soonest.copied().unwrap_or(Timestamp::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    #[test]
    fn ends_come_in_order_of_time_and_once_an_instant() {
        let mut horizons = Horizons::new(&[Span::from_nanos(10), Span::from_nanos(25)]);
        assert_eq!(horizons.next(), Timestamp::MAX);
        [0, 0, 15, 15].into_iter().for_each(|fill| horizons.fill(at(fill)));
        let mut seen = Vec::new();
        while horizons.next() < Timestamp::MAX {
            seen.push(horizons.next().nanos());
            horizons.pass(horizons.next());
        }
        assert_eq!(seen, [10, 25, 40]);
    }

    #[test]
    fn what_is_passed_over_is_gone() {
        let mut horizons = Horizons::new(&[Span::from_nanos(10)]);
        (0..5).for_each(|fill| horizons.fill(at(fill)));
        horizons.pass(at(12));
        assert_eq!(horizons.next(), at(13));
    }
}
