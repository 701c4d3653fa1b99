use crate::units::{Span, Timestamp};
use std::collections::VecDeque;

/// Ends that fit before a queue has to grow.
const ROOM: usize = 64;

/// When the markout horizons of fills end: at each of these instants the best prices are journalled, so that a markout
/// is exact wherever the risk clock ticks.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Horizons {
    horizons: Vec<Horizon>,
    next: Timestamp,
}

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Horizon {
    /// Time after a fill.
    span: Span,
    /// When that is over for the fills so far, soonest first.
    ends: VecDeque<Timestamp>,
    /// The first of those; the end of time when there is none.
    next: Timestamp,
}

impl Horizons {
    pub(super) fn new(spans: &[Span]) -> Self {
        let horizon = |&span| Horizon { span, ends: VecDeque::with_capacity(ROOM), next: Timestamp::MAX };
        Self { horizons: spans.iter().map(horizon).collect(), next: Timestamp::MAX }
    }

    /// Ends that are awaited.
    pub(super) fn waiting(&self) -> usize {
        self.horizons.iter().map(|horizon| horizon.ends.len()).sum()
    }

    /// The soonest end; the end of time when there is none.
    #[inline]
    pub(super) const fn next(&self) -> Timestamp {
        self.next
    }

    /// There was a fill, no sooner than the fills before.
    pub(super) fn fill(&mut self, at: Timestamp) {
        for horizon in &mut self.horizons {
            let end = at.plus(horizon.span);
            if horizon.ends.back() != Some(&end) {
                horizon.ends.push_back(end);
            }
            horizon.next = horizon.next.min(end);
            self.next = self.next.min(end);
        }
    }

    /// Everything that ends up to and at `until` is over.
    #[inline]
    pub(super) fn pass(&mut self, until: Timestamp) {
        if until < self.next {
            return;
        }
        self.next = Timestamp::MAX;
        for horizon in &mut self.horizons {
            if horizon.next <= until {
                while horizon.ends.pop_front_if(|end| *end <= until).is_some() {}
                horizon.next = horizon.ends.front().copied().unwrap_or(Timestamp::MAX);
            }
            self.next = self.next.min(horizon.next);
        }
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
