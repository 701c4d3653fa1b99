use super::bits::{Bits, SLOTS, zeroed};
use std::collections::BTreeMap;

/// Where a best price may lie in the window before the window moves after it.
const MARGIN: usize = SLOTS / 16;

/// One side of a book. `SELL` turns every comparison round, so that each rule is written once.
///
/// Levels near the best price live in a window of slots, one a tick; the others in a map.
#[derive(Debug, Clone)]
pub(super) struct Half<const SELL: bool> {
    /// Quantity of each slot, doubled; the lowest bit says that somebody watches the tick.
    cells: Box<[i64; SLOTS]>,
    /// How many watch each slot.
    marks: Box<[u32; SLOTS]>,
    /// Slots with marks.
    marked: usize,
    occupied: Bits,
    /// Tick of slot 0.
    base: i64,
    /// Best tick, or the worst imaginable when the side is empty.
    best: i64,
    far: BTreeMap<i64, i64>,
    far_marks: BTreeMap<i64, u32>,
}

impl<const SELL: bool> Half<SELL> {
    /// The best tick of an empty side: worse than any price.
    pub(super) const EMPTY: i64 = if SELL { i64::MAX } else { i64::MIN };

    pub(super) fn new() -> Self {
        Self {
            cells: zeroed(),
            marks: zeroed(),
            marked: 0,
            occupied: Bits::new(),
            base: 0,
            best: Self::EMPTY,
            far: BTreeMap::new(),
            far_marks: BTreeMap::new(),
        }
    }

    #[inline]
    pub(super) const fn best(&self) -> i64 {
        self.best
    }

    #[inline]
    pub(super) const fn improves(a: i64, b: i64) -> bool {
        if SELL { a < b } else { a > b }
    }

    #[inline]
    fn slot(&self, tick: i64) -> Option<usize> {
        let slot = tick.wrapping_sub(self.base) as u64;
        if slot < SLOTS as u64 { Some(slot as usize) } else { None }
    }

    /// Stores a level and moves the best price; `improved` hears of a new best one. Returns the cell before: quantity doubled,
    /// and the bit of those who watch the tick.
    #[inline(always)]
    pub(super) fn set(&mut self, tick: i64, quantity: i64, improved: impl FnOnce(i64)) -> i64 {
        let Some(slot) = self.slot(tick) else { return self.set_far(tick, quantity, improved) };
        let old = self.cells[slot];
        self.cells[slot] = doubled(quantity, tick) | (old & 1);
        // Below 2 the cell held no quantity, with or without its bit.
        if quantity == 0 {
            if old >= 2 {
                self.vanish(slot, tick);
            }
            return old;
        }
        if old < 2 {
            self.occupied.insert(slot);
        }
        if Self::improves(tick, self.best) {
            self.advance(tick);
            improved(tick);
        }
        old
    }

    #[inline]
    fn vanish(&mut self, slot: usize, tick: i64) {
        self.occupied.remove(slot);
        if tick == self.best {
            self.retreat(tick);
        }
    }

    #[inline]
    fn advance(&mut self, tick: i64) {
        self.best = tick;
        self.follow();
    }

    /// Moves the best price to the next level behind `tick`.
    #[inline(never)]
    pub(super) fn retreat(&mut self, tick: i64) {
        let slot = self.slot(tick);
        let near = slot.and_then(|slot| if SELL { self.occupied.above(slot) } else { self.occupied.below(slot) });
        match near {
            Some(slot) => self.best = self.base + slot as i64,
            None => self.best = self.worse_far(tick).unwrap_or(Self::EMPTY),
        }
        self.follow();
    }

    /// The best level behind `tick`, by the slow way that also works outside the window.
    #[cold]
    fn worse_far(&self, tick: i64) -> Option<i64> {
        let far = if SELL {
            self.far.range(tick.saturating_add(1)..).next().map(|(&tick, _)| tick)
        } else {
            self.far.range(..tick).next_back().map(|(&tick, _)| tick)
        };
        let near = self.occupied_behind(tick);
        match (far, near) {
            (Some(far), Some(near)) => Some(if Self::improves(near, far) { near } else { far }),
            (far, near) => far.or(near),
        }
    }

    fn occupied_behind(&self, tick: i64) -> Option<i64> {
        let mut slots = self.occupied.slots().into_iter().map(|slot| self.base + slot as i64);
        if SELL { slots.find(|&level| level > tick) } else { slots.rev().find(|&level| level < tick) }
    }

    /// Keeps the best price well inside the window.
    #[inline]
    fn follow(&mut self) {
        let slot = self.best.wrapping_sub(self.base) as u64;
        if slot.wrapping_sub(MARGIN as u64) >= (SLOTS - 2 * MARGIN) as u64 && self.best != Self::EMPTY {
            self.recenter();
        }
    }

    /// Moves the window so that most of it lies behind the best price, where the levels are.
    #[cold]
    fn recenter(&mut self) {
        let lead = if SELL { SLOTS / 4 } else { SLOTS * 3 / 4 };
        let levels = self.take_window();
        let marks = self.take_marks();
        self.base = self.best.saturating_sub(lead as i64).clamp(i64::MIN, i64::MAX - SLOTS as i64);
        for (tick, quantity) in levels.into_iter().chain(std::mem::take(&mut self.far)) {
            self.store(tick, quantity);
        }
        for (tick, count) in marks {
            self.add_marks(tick, count);
        }
    }

    fn take_window(&mut self) -> Vec<(i64, i64)> {
        let slots = self.occupied.slots();
        let take = |slot: usize| {
            self.occupied.remove(slot);
            let quantity = self.cells[slot] >> 1;
            self.cells[slot] &= 1;
            (self.base + slot as i64, quantity)
        };
        slots.into_iter().map(take).collect()
    }

    fn take_marks(&mut self) -> Vec<(i64, u32)> {
        let mut marks: Vec<(i64, u32)> = std::mem::take(&mut self.far_marks).into_iter().collect();
        if self.marked == 0 {
            return marks;
        }
        self.marked = 0;
        for (slot, count) in self.marks.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
            self.cells[slot] &= !1;
            marks.push((self.base + slot as i64, std::mem::take(count)));
        }
        marks
    }

    fn store(&mut self, tick: i64, quantity: i64) {
        match self.slot(tick) {
            Some(slot) => {
                self.cells[slot] = (quantity << 1) | (self.cells[slot] & 1);
                self.occupied.insert(slot);
            }
            None => {
                self.far.insert(tick, quantity);
            }
        }
    }

    #[cold]
    fn set_far(&mut self, tick: i64, quantity: i64, improved: impl FnOnce(i64)) -> i64 {
        doubled(quantity, tick);
        let previous = match quantity {
            0 => self.far.remove(&tick).unwrap_or(0),
            _ => self.far.insert(tick, quantity).unwrap_or(0),
        };
        let marked = self.far_marks.contains_key(&tick);
        if quantity == 0 && tick == self.best {
            self.retreat(tick);
        }
        if quantity != 0 && Self::improves(tick, self.best) {
            self.advance(tick);
            improved(tick);
        }
        (previous << 1) | i64::from(marked)
    }

    /// Quantity at the best price. The window follows the best price, so it is always inside.
    #[inline]
    pub(super) fn best_quantity(&self) -> i64 {
        let slot = self.best.wrapping_sub(self.base) as u64;
        if slot < SLOTS as u64 { self.cells[slot as usize] >> 1 } else { 0 }
    }

    pub(super) fn quantity(&self, tick: i64) -> i64 {
        match self.slot(tick) {
            Some(slot) => self.cells[slot] >> 1,
            None => self.far.get(&tick).copied().unwrap_or(0),
        }
    }

    /// The level behind `tick`, if any.
    pub(super) fn behind(&self, tick: i64) -> Option<i64> {
        let slot = self.slot(tick);
        let near = slot.and_then(|slot| if SELL { self.occupied.above(slot) } else { self.occupied.below(slot) });
        near.map(|slot| self.base + slot as i64).or_else(|| self.worse_far(tick))
    }

    pub(super) fn clear(&mut self) {
        self.take_window();
        self.far.clear();
        self.best = Self::EMPTY;
    }

    #[inline]
    pub(super) fn is_marked(&self, tick: i64) -> bool {
        match self.slot(tick) {
            Some(slot) => self.cells[slot] & 1 != 0,
            None => self.far_marks.contains_key(&tick),
        }
    }

    pub(super) fn add_marks(&mut self, tick: i64, count: u32) {
        match self.slot(tick) {
            Some(slot) => {
                self.marked += usize::from(self.marks[slot] == 0);
                self.marks[slot] += count;
                self.cells[slot] |= 1;
            }
            None => *self.far_marks.entry(tick).or_insert(0) += count,
        }
    }

    pub(super) fn remove_mark(&mut self, tick: i64) {
        let Some(slot) = self.slot(tick) else { return self.remove_far_mark(tick) };
        assert!(self.marks[slot] > 0, "mark at tick {tick} removed more often than set, window base {}", self.base);
        self.marks[slot] -= 1;
        if self.marks[slot] == 0 {
            self.marked -= 1;
            self.cells[slot] &= !1;
        }
    }

    #[cold]
    fn remove_far_mark(&mut self, tick: i64) {
        let count = self.far_marks.get_mut(&tick);
        assert!(count.is_some(), "mark at tick {tick} removed more often than set, window base {}", self.base);
        if let Some(count) = count {
            *count -= 1;
            if *count == 0 {
                self.far_marks.remove(&tick);
            }
        }
    }
}

/// A quantity as cells hold it.
///
/// # Panics
/// When it has no place beside the bit: tapes refuse such quantities when they are written, so this is a bug.
#[inline(always)]
fn doubled(quantity: i64, tick: i64) -> i64 {
    match quantity.checked_mul(2) {
        Some(doubled) => doubled,
        None => too_large(quantity, tick),
    }
}

#[cold]
fn too_large(quantity: i64, tick: i64) -> ! {
    panic!("quantity {quantity} at tick {tick} does not fit a level; expected at most {}", i64::MAX / 2)
}
