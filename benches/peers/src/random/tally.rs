//! What was compared, counted.

use super::outcome::{End, Side};
use super::trader::{Kind, Wish};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

#[derive(Default)]
pub struct Tally {
    seeds: u64,
    /// Orders by kind, and how they ended.
    ends: BTreeMap<(Kind, End), u64>,
    cancels: u64,
    amends: u64,
    /// Amended orders that were filled, resting or taking.
    amended_fills: [u64; 2],
}

impl Tally {
    pub fn add(&mut self, side: &Side) {
        self.seeds += 1;
        let mut kinds = BTreeMap::new();
        let mut amended = BTreeSet::new();
        for logged in &side.log {
            match logged.wish {
                Wish::Submit { id, kind, .. } => {
                    kinds.insert(id, kind);
                }
                Wish::Cancel { .. } => self.cancels += 1,
                Wish::Amend { id, .. } => {
                    amended.insert(id);
                    self.amends += 1;
                }
            }
        }
        for (id, outcome) in &side.outcomes {
            *self.ends.entry((kinds[id], outcome.end)).or_default() += 1;
            if let (End::Filled { maker }, true) = (outcome.end, amended.contains(id)) {
                self.amended_fills[usize::from(!maker)] += 1;
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let orders: u64 = self.ends.values().sum();
        writeln!(f, "{} seeds, {orders} orders, {} cancels, {} amends", self.seeds, self.cancels, self.amends)?;
        for kind in Kind::ALL {
            let count = |end| self.ends.get(&(kind, end)).copied().unwrap_or(0);
            let (maker, taker) = (count(End::Filled { maker: true }), count(End::Filled { maker: false }));
            let (cancelled, expired, open) = (count(End::Cancelled), count(End::Expired), count(End::Open));
            let kind = format!("{kind:?}");
            writeln!(
                f,
                "  {kind:17} filled {maker} as maker, {taker} as taker; {cancelled} cancelled, {expired} expired, {open} open"
            )?;
        }
        write!(f, "  filled after an amend: {} as maker, {} as taker", self.amended_fills[0], self.amended_fills[1])
    }
}
