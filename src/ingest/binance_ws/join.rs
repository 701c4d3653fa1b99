//! The venue's documented join of a REST snapshot with the stream of level changes.
//!
//! Deltas are held until a snapshot arrives; those it already contains are dropped, the others are applied on top. The
//! snapshot may come late and be older than what was received: the book is never rolled back. A delta covers the update
//! ids after `after` up to `upto`; spot says `after` as `U - 1`, futures say it as `pu`.

/// The ids a delta covers: `after < id <= upto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Covered {
    pub after: u64,
    pub upto: u64,
}

/// What to do with a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDelta {
    /// Apply it.
    Apply,
    /// Everything in it is known already.
    Drop,
    /// Keep it until a snapshot arrives.
    Hold,
    /// Something was lost before it: the book is void. Keep it, as the first of a new chain.
    Gap,
}

/// What to do with a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnSnapshot {
    /// It becomes the book; held deltas that reach beyond it follow.
    Join,
    /// It ends before the held deltas begin: a hole between them.
    TooOld,
    /// The book is newer.
    Ignore,
}

/// Whether a recording has a snapshot to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The book waits for a snapshot.
    Snapshot,
    /// There is none: the book grows from the first delta.
    Cold,
}

/// Knows how far the book is, in update ids.
#[derive(Debug, Clone)]
pub(super) struct Joiner {
    start: Start,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// No book. `chain`: ids covered by the unbroken run of held deltas.
    Waiting { chain: Option<Covered> },
    /// The book holds everything up to this id.
    Synced { upto: u64 },
}

impl Joiner {
    pub fn new(start: Start) -> Self {
        Self { start, state: State::Waiting { chain: None } }
    }

    /// True while there is a book.
    pub fn is_synced(&self) -> bool {
        matches!(self.state, State::Synced { .. })
    }

    pub fn delta(&mut self, delta: Covered) -> OnDelta {
        match (self.state, self.start) {
            (State::Synced { upto }, _) if delta.upto <= upto => OnDelta::Drop,
            (State::Synced { upto }, _) if delta.after <= upto => self.sync(delta.upto),
            (State::Synced { .. }, Start::Snapshot) => {
                self.state = State::Waiting { chain: Some(delta) };
                OnDelta::Gap
            }
            (State::Synced { .. }, Start::Cold) => {
                self.state = State::Synced { upto: delta.upto };
                OnDelta::Gap
            }
            (State::Waiting { .. }, Start::Cold) => self.sync(delta.upto),
            (State::Waiting { chain }, Start::Snapshot) => self.hold(chain, delta),
        }
    }

    pub fn snapshot(&mut self, last_id: u64) -> OnSnapshot {
        match self.state {
            State::Synced { upto } if last_id <= upto => OnSnapshot::Ignore,
            State::Waiting { chain: Some(chain) } if last_id < chain.after => OnSnapshot::TooOld,
            State::Waiting { chain: Some(chain) } => self.join(last_id.max(chain.upto)),
            State::Synced { .. } | State::Waiting { chain: None } => self.join(last_id),
        }
    }

    fn sync(&mut self, upto: u64) -> OnDelta {
        self.state = State::Synced { upto };
        OnDelta::Apply
    }

    fn join(&mut self, upto: u64) -> OnSnapshot {
        self.state = State::Synced { upto };
        OnSnapshot::Join
    }

    fn hold(&mut self, chain: Option<Covered>, delta: Covered) -> OnDelta {
        let (chain, answer) = match chain {
            Some(chain) if delta.upto <= chain.upto => (chain, OnDelta::Drop),
            Some(chain) if delta.after <= chain.upto => (Covered { upto: delta.upto, ..chain }, OnDelta::Hold),
            Some(_) => (delta, OnDelta::Gap),
            None => (delta, OnDelta::Hold),
        };
        self.state = State::Waiting { chain: Some(chain) };
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `5-9` is a delta that covers ids above 5 up to 9; `s7` a snapshot. Answers: apply, drop, hold, gap, join, old, ignore.
    fn check(start: Start, events: &str, expected: &str) {
        let mut joiner = Joiner::new(start);
        let answers: Vec<String> = events
            .split_whitespace()
            .map(|event| match event.strip_prefix('s') {
                Some(id) => format!("{:?}", joiner.snapshot(id.parse().unwrap())),
                None => {
                    let (after, upto) = event.split_once('-').unwrap();
                    let covered = Covered { after: after.parse().unwrap(), upto: upto.parse().unwrap() };
                    format!("{:?}", joiner.delta(covered))
                }
            })
            .collect();
        assert_eq!(answers.join(" ").to_lowercase(), expected, "{events}");
    }

    #[test]
    fn late_and_old_snapshot_joins_without_rolling_back() {
        check(Start::Snapshot, "5-9 9-12 12-20 s10 20-25", "hold hold hold join apply");
        check(Start::Snapshot, "s10 5-9 9-12 12-20", "join drop apply apply");
        check(Start::Snapshot, "5-9 s30 9-12 12-31 31-32", "hold join drop apply apply");
    }

    #[test]
    fn a_snapshot_before_the_first_delta_is_too_old() {
        check(Start::Snapshot, "5-9 s4 9-12 s5", "hold tooold hold join");
        check(Start::Snapshot, "s4 5-9", "join gap");
    }

    #[test]
    fn a_gap_voids_the_book_until_the_next_snapshot() {
        check(Start::Snapshot, "s5 5-9 10-12 12-14 s9 s13 14-15", "join apply gap hold tooold join apply");
        check(Start::Snapshot, "5-9 10-12 s9 s11 12-14", "hold gap tooold join apply");
        check(Start::Cold, "5-9 10-12 12-14", "apply gap apply");
    }

    #[test]
    fn repeated_and_overlapping_messages() {
        check(Start::Snapshot, "s5 5-9 5-9 7-12 s12 s11 s13 12-13", "join apply drop apply ignore ignore join drop");
    }
}
