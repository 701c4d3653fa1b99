//! Orders that shocks lay over a recording: drawn from what it has traded lately itself.

use crate::model::Side;
use crate::rng::{Rng, Streams};
use std::collections::{BTreeMap, VecDeque};

/// Recorded trades that are drawn from: the last so many.
const REMEMBERED: usize = 256;
/// Most orders that are added for one of the recording.
pub(super) const MOST_ADDED: f64 = 20.0;
/// An added order comes within so long of the recorded one that it goes with: two seconds.
const WITHIN: i64 = 2_000_000_000;
/// Parts that a share is drawn in.
const PARTS: u64 = 1 << 32;
/// What it took is there again so much later: 100 ms.
const BACK_AFTER: i64 = 100_000_000;

/// Orders beside those of a recording.
#[derive(Debug)]
pub(super) struct Extra {
    draws: Rng,
    recent: VecDeque<(Side, i64)>,
    /// Orders that the recording has fallen short of what the script says.
    owed: f64,
    /// When they come, and how many; nanoseconds since 1970.
    due: BTreeMap<i64, u32>,
    /// Levels that are to be looked at again.
    taken: VecDeque<(i64, Side, i64)>,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// An order of this side and quantity, as one of the recording had.
    Order(Side, i64),
    /// A level of a side shows again what is recorded there.
    Back(Side, i64),
}

impl Extra {
    pub(super) fn new(streams: Streams) -> Self {
        let draws = streams.stream("synth/overlay/orders");
        Self { draws, recent: VecDeque::new(), owed: 0.0, due: BTreeMap::new(), taken: VecDeque::new() }
    }

    /// The recording's own trade, of any moment.
    pub(super) fn remember(&mut self, side: Side, quantity: i64) {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((side, quantity));
    }

    /// An order of the recording trades while there are `orders` times as many: whether it stays. Others are laid beside it, within
    /// two seconds; with fewer than one, some of the recording's own do not come.
    pub(super) fn hear(&mut self, now: i64, orders: f64) -> bool {
        if orders < 1.0 {
            return (self.draws.below(PARTS) as f64) < orders * PARTS as f64;
        }
        self.owed += (orders - 1.0).min(MOST_ADDED);
        while self.owed >= 1.0 {
            self.owed -= 1.0;
            *self.due.entry(now + self.draws.range(1..=WITHIN)).or_default() += 1;
        }
        true
    }

    /// The script has made a trade of its own: one less is to be added. False where none was.
    pub(super) fn settle(&mut self) -> bool {
        let Some(mut last) = self.due.last_entry() else { return false };
        *last.get_mut() -= 1;
        if *last.get() == 0 {
            last.remove();
        }
        true
    }

    /// A level was traded at: what was taken of it comes back.
    pub(super) fn took(&mut self, now: i64, side: Side, price: i64) {
        self.taken.push_back((now.saturating_add(BACK_AFTER), side, price));
    }

    /// When something comes next; the end of time when nothing does.
    pub(super) fn next_at(&self) -> i64 {
        let order = self.due.first_key_value().map_or(i64::MAX, |(at, _)| *at);
        self.taken.front().map_or(order, |(at, ..)| order.min(*at))
    }

    /// What comes at [`Extra::next_at`].
    pub(super) fn take(&mut self) -> Option<Added> {
        let order_at = self.due.first_key_value().map_or(i64::MAX, |(at, _)| *at);
        if let Some((_, side, price)) = self.taken.pop_front_if(|(at, ..)| *at <= order_at) {
            return Some(Added::Back(side, price));
        }
        let mut first = self.due.first_entry()?;
        *first.get_mut() -= 1;
        if *first.get() == 0 {
            first.remove();
        }
        let place = self.draws.range(0..=self.recent.len().checked_sub(1)? as i64) as usize;
        self.recent.get(place).map(|(side, quantity)| Added::Order(*side, *quantity))
    }
}
