use crate::journal::Entry;
use crate::model::{MarketId, REINVESTMENT};
use crate::units::{Money, Timestamp};
use serde::Serialize;
use std::collections::{BTreeSet, VecDeque};

/// Entries kept at either end of a run; all are counted.
pub const MOVED_KEPT: usize = 10;

/// Something that moved the account without a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// When, venue clock.
    pub at: Timestamp,
    /// At which market.
    pub market: MarketId,
    /// What: the entry's word.
    pub kind: &'static str,
    /// Quote received; negative is paid.
    pub amount: Money,
    /// What the owner wanted to move, where that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Money>,
    /// Which event of the scenario, from 1; 0 is a reinvestment.
    pub line: u32,
}

/// What moved the account without a fill: the first, the last, and how many.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MovedStatistics {
    /// Entries.
    pub count: u64,
    /// The first ten.
    pub first: Vec<Moved>,
    /// The last ten of those after them.
    pub last: VecDeque<Moved>,
    /// Numbers of the scenario's events that came.
    #[serde(skip)]
    pub lines: BTreeSet<u32>,
}

impl MovedStatistics {
    /// Nothing did.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn take(&mut self, entry: &Entry) {
        let moved = match *entry {
            Entry::Charged { at, market, charge, amount, line } => {
                Moved { at, market, kind: charge.as_str(), amount, refused: None, line }
            }
            Entry::Allocated { at, market, asked, amount, line } => {
                let refused = (asked != amount).then_some(asked);
                let kind = if line == REINVESTMENT { "reinvestment" } else { "allocation" };
                Moved { at, market, kind, amount, refused, line }
            }
            _ => return,
        };
        self.count += 1;
        self.lines.insert(moved.line);
        if self.first.len() < MOVED_KEPT {
            return self.first.push(moved);
        }
        if self.last.len() == MOVED_KEPT {
            self.last.pop_front();
        }
        self.last.push_back(moved);
    }
}
