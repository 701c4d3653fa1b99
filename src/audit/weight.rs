//! Whether what a bot keeps grows with the length of its run.

use crate::units::{Span, Timestamp};

/// Fewer figures say nothing of a trend.
const LEAST: usize = 24;

/// In its last third a run may keep a quarter more than in its second, and so many bytes: the number of orders that live is not always the same.
const SLACK_BYTES: u64 = 4_096;

/// Figures kept apart; beyond that each is the larger of two neighbours.
const MOST: usize = 4_096;

/// What a bot keeps, in bytes, as it was noted on its way: the most of each stretch of as many figures, with the first instant of the stretch.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    noted: Vec<(Timestamp, u64)>,
    stretch: usize,
    count: usize,
}

impl Default for Weights {
    fn default() -> Self {
        Self { noted: Vec::new(), stretch: 1, count: 0 }
    }
}

impl Weights {
    pub fn note(&mut self, at: Timestamp, bytes: u64) {
        match self.noted.last_mut().filter(|_| !self.count.is_multiple_of(self.stretch)) {
            Some((_, most)) => *most = bytes.max(*most),
            None => self.noted.push((at, bytes)),
        }
        self.count += 1;
        if self.noted.len() == MOST && self.count.is_multiple_of(self.stretch) {
            let two = |pair: &[(Timestamp, u64)]| (pair[0].0, pair[0].1.max(pair[1].1));
            self.noted = self.noted.chunks_exact(2).map(two).collect();
            self.stretch *= 2;
        }
    }

    /// What has grown, and when it was seen; nothing where nothing has. In its first third a bot may fill whatever windows it has: the most of the
    /// second third is held against the most of the last.
    ///
    /// # Errors
    /// Why nobody can say.
    pub fn judge(&self) -> Result<Option<(Timestamp, String)>, &'static str> {
        let (Some((first, _)), Some((last, _))) = (self.noted.first(), self.noted.last()) else {
            return Err(
                "what the bot keeps was never noted: it never heard of what it had missed, or its strategy cannot be saved",
            );
        };
        let third = |part: i64| first.plus(Span::from_nanos(last.since(*first).nanos() / 3 * part));
        let most = |from: Timestamp, until: Timestamp| {
            let within = self.noted.iter().filter(|(at, _)| from <= *at && *at < until);
            within.map(|(_, bytes)| *bytes).max()
        };
        let (second, end) = (most(third(1), third(2)), most(third(2), Timestamp::MAX));
        let Some((before, after)) = second.zip(end).filter(|_| LEAST <= self.count) else {
            return Err("what the bot keeps was noted too seldom to say whether it grows");
        };
        let allowed = before.saturating_add(before / 4).saturating_add(SLACK_BYTES);
        let text = format!("it keeps up to {after} bytes in the last third of the run, {before} in the second");
        Ok((allowed < after).then_some((*last, text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;
    use proptest::prelude::*;

    fn weights(bytes: impl IntoIterator<Item = u64>) -> Weights {
        let mut weights = Weights::default();
        for (second, bytes) in (0..).zip(bytes) {
            weights.note(Timestamp::from_nanos(0).plus(SECOND.times(second)), bytes);
        }
        weights
    }

    /// What the bot keeps at each figure.
    type Bytes = fn(u64) -> u64;

    /// How many figures there are, and what is kept at each: whether that grows; nothing where nobody can say.
    #[test]
    fn what_grows_with_the_run_is_found_and_what_fills_up_is_not() {
        let table: [(&str, u64, Bytes, Option<bool>); 9] = [
            ("nothing was noted", 0, |_| 0, None),
            ("too little", 23, |_| 9, None),
            ("always the same", 24, |_| 9_000, Some(false)),
            ("every event for good", 300, |number| 9_000 + 200 * number, Some(true)),
            ("slowly, in a run that is not long enough for it", 30_000, |number| 9_000 + number, Some(false)),
            ("slowly, in a long run", 90_000, |number| 9_000 + number, Some(true)),
            ("a window that fills up", 300, |number| 9_000 + 1_000 * number.min(90), Some(false)),
            ("up and down", 300, |number| 9_000 + 3_000 * (number % 7), Some(false)),
            ("less and less", 300, |number| 900_000 - 1_000 * number, Some(false)),
        ];
        for (what, count, bytes, expected) in table {
            let judged = weights((0..count).map(bytes)).judge();
            assert_eq!(judged.ok().map(|found| found.is_some()), expected, "{what}");
        }
    }

    /// Memory does not follow the length of the run, and nothing that was noted is lost from the most.
    #[test]
    fn a_long_run_is_kept_in_stretches() {
        let weights = weights((0..100_000).map(|number| number % 4_999));
        assert!(weights.noted.len() < MOST, "{} figures kept", weights.noted.len());
        assert_eq!(weights.noted.iter().map(|(_, bytes)| *bytes).max(), Some(4_998));
        assert_eq!((weights.stretch, weights.count), (32, 100_000));
    }

    proptest! {
        /// Held against the plainest way to say it.
        #[test]
        fn the_most_of_two_thirds_is_compared(bytes in proptest::collection::vec(0_u64..100_000, 24..200)) {
            let last = bytes.len() as i64 - 1;
            let place = |number: usize| number as i64 * 3_000_000_000 / 3;
            let (one, two) = (last * 1_000_000_000 / 3, last * 1_000_000_000 / 3 * 2);
            let most = |from: i64, until: i64| {
                let within = bytes.iter().enumerate().filter(|(number, _)| from <= place(*number) && place(*number) < until);
                within.map(|(_, bytes)| *bytes).max().unwrap_or(0)
            };
            let (before, after) = (most(one, two), most(two, i64::MAX));
            let grows = before + before / 4 + SLACK_BYTES < after;
            prop_assert_eq!(weights(bytes.iter().copied()).judge().map(|found| found.is_some()), Ok(grows));
        }
    }
}
