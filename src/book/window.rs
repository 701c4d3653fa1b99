use super::bits::{Bits, SLOTS, fill, nonempty, zeroed};
use crate::model::Side;
use std::collections::BTreeMap;

/// Where a best price may lie in the window before the window moves after it.
const MARGIN: usize = SLOTS / 16;

/// Quantities and marks by side and tick: near the market in a window of slots, one a tick, the others in maps.
///
/// Knows nothing of best prices but where the window should lie.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// For each slot the quantity of both sides, doubled; the lowest bit says that somebody watches the tick. Both sides of
    /// a tick lie together, so that a row's side is an offset and no branch.
    cells: Box<[[i64; 2]; SLOTS]>,
    /// By side, the slots that hold quantity, and some that did: a level that goes leaves its bit behind, for whoever looks
    /// for the next best price to clear away. Most that go come back before that.
    occupied: Bits,
    /// How many watch each slot.
    marks: Box<[u32; SLOTS]>,
    /// Slots with marks.
    marked: usize,
    /// Tick of slot 0.
    base: i64,
    far: [BTreeMap<i64, i64>; 2],
    far_marks: BTreeMap<i64, u32>,
}

impl Window {
    pub(super) fn new() -> Self {
        Self {
            cells: zeroed(),
            occupied: Bits::new(),
            marks: zeroed(),
            marked: 0,
            base: 0,
            far: [BTreeMap::new(), BTreeMap::new()],
            far_marks: BTreeMap::new(),
        }
    }

    #[inline]
    fn slot(&self, tick: i64) -> Option<usize> {
        let slot = tick.wrapping_sub(self.base) as u64;
        if slot < SLOTS as u64 { Some(slot as usize) } else { None }
    }

    fn tick(&self, slot: usize) -> i64 {
        self.base + slot as i64
    }

    /// Stores a level; zero deletes it. Returns the cell before: quantity doubled, and the bit of those who watch the tick.
    #[inline(always)]
    pub(super) fn replace(&mut self, side: Side, tick: i64, quantity: i64) -> i64 {
        let Some(slot) = self.slot(tick) else { return self.replace_far(side, tick, quantity) };
        let cell = &mut self.cells[slot][side.index()];
        let old = *cell;
        *cell = doubled(quantity, tick) | (old & 1);
        if old < 2 && quantity != 0 {
            self.occupied.insert(side, slot);
        }
        old
    }

    #[cold]
    fn replace_far(&mut self, side: Side, tick: i64, quantity: i64) -> i64 {
        doubled(quantity, tick);
        let far = &mut self.far[side.index()];
        let previous = if quantity == 0 { far.remove(&tick) } else { far.insert(tick, quantity) };
        (previous.unwrap_or(0) << 1) | i64::from(self.far_marks.contains_key(&tick))
    }

    #[inline]
    pub(super) fn quantity(&self, side: Side, tick: i64) -> i64 {
        match self.slot(tick) {
            Some(slot) => self.cells[slot][side.index()] >> 1,
            None => self.far[side.index()].get(&tick).copied().unwrap_or(0),
        }
    }

    /// The level behind `tick`, if any: the next lower bid, the next higher ask.
    pub(super) fn behind(&self, side: Side, tick: i64) -> Option<i64> {
        let near = std::iter::successors(self.slot(tick), |&slot| self.bit_behind(side, slot));
        // A map's levels lie outside the window, so none is between the tick and a slot of the window.
        let near = near.skip(1).find(|&slot| self.holds(side, slot));
        near.map(|slot| self.tick(slot)).or_else(|| self.behind_far(side, tick))
    }

    /// As [`behind`](Self::behind), clearing away on its way what levels that are gone have left.
    #[inline]
    pub(super) fn settle_behind(&mut self, side: Side, tick: i64) -> Option<i64> {
        if let Some(from) = self.slot(tick) {
            while let Some(slot) = self.bit_behind(side, from) {
                if self.holds(side, slot) {
                    return Some(self.tick(slot));
                }
                self.occupied.remove(side, slot);
            }
        }
        self.behind_far(side, tick)
    }

    #[inline]
    fn bit_behind(&self, side: Side, slot: usize) -> Option<usize> {
        match side {
            Side::Buy => self.occupied.below(side, slot),
            Side::Sell => self.occupied.above(side, slot),
        }
    }

    /// Below 2 a cell holds no quantity, with or without the bit of those who watch.
    #[inline]
    fn holds(&self, side: Side, slot: usize) -> bool {
        self.cells[slot][side.index()] >= 2
    }

    /// The level behind `tick`, by the slow way that also works outside the window.
    #[cold]
    fn behind_far(&self, side: Side, tick: i64) -> Option<i64> {
        let (far, mut near) = (&self.far[side.index()], self.occupied_ticks(side).into_iter());
        let (far, near) = match side {
            Side::Buy => (far.range(..tick).next_back(), near.rfind(|&level| level < tick)),
            Side::Sell => (far.range(tick.saturating_add(1)..).next(), near.find(|&level| level > tick)),
        };
        let far = far.map(|(&level, _)| level);
        match side {
            Side::Buy => far.max(near),
            Side::Sell => far.into_iter().chain(near).min(),
        }
    }

    fn occupied_ticks(&self, side: Side) -> Vec<i64> {
        let slots = self.occupied.slots(side).into_iter();
        slots.filter(|&slot| self.holds(side, slot)).map(|slot| self.tick(slot)).collect()
    }

    /// True when a best price at `tick` has the window around it.
    #[inline]
    pub(super) fn surrounds(&self, tick: i64) -> bool {
        let slot = tick.wrapping_sub(self.base) as u64;
        slot.wrapping_sub(MARGIN as u64) < (SLOTS - 2 * MARGIN) as u64
    }

    /// Moves the window so that `tick` is in its middle, if that is far from where it is now: two best prices too far apart
    /// for one window would otherwise move it with every row.
    #[cold]
    pub(super) fn center(&mut self, tick: i64) {
        let base = tick.saturating_sub(SLOTS as i64 / 2).min(i64::MAX - SLOTS as i64);
        if base.abs_diff(self.base) < MARGIN as u64 {
            return;
        }
        let levels = Side::BOTH.map(|side| self.take(side));
        let marks = self.take_marks();
        self.base = base;
        for (side, levels) in Side::BOTH.into_iter().zip(levels) {
            for (tick, quantity) in levels {
                self.replace(side, tick, quantity);
            }
        }
        marks.into_iter().for_each(|(tick, count)| self.add_marks(tick, count));
    }

    /// Takes all levels of a side out; marks stay.
    fn take(&mut self, side: Side) -> Vec<(i64, i64)> {
        let slots = self.occupied.slots(side);
        let take = |slot: usize| {
            self.occupied.remove(side, slot);
            let cell = &mut self.cells[slot][side.index()];
            let quantity = *cell >> 1;
            *cell &= 1;
            (self.base + slot as i64, quantity)
        };
        let near: Vec<(i64, i64)> = slots.into_iter().map(take).collect();
        let near = near.into_iter().filter(|(_, quantity)| *quantity != 0);
        near.chain(std::mem::take(&mut self.far[side.index()])).collect()
    }

    /// Forgets all levels of a side; marks stay.
    pub(super) fn clear(&mut self, side: Side) {
        self.take(side);
    }

    fn take_marks(&mut self) -> Vec<(i64, u32)> {
        let mut marks: Vec<(i64, u32)> = std::mem::take(&mut self.far_marks).into_iter().collect();
        if self.marked == 0 {
            return marks;
        }
        self.marked = 0;
        for (slot, count) in self.marks.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
            self.cells[slot].iter_mut().for_each(|cell| *cell &= !1);
            marks.push((self.base + slot as i64, std::mem::take(count)));
        }
        marks
    }

    #[inline]
    pub(super) fn is_marked(&self, tick: i64) -> bool {
        match self.slot(tick) {
            Some(slot) => self.marks[slot] > 0,
            None => self.far_marks.contains_key(&tick),
        }
    }

    pub(super) fn add_marks(&mut self, tick: i64, count: u32) {
        let Some(slot) = self.slot(tick) else {
            *self.far_marks.entry(tick).or_insert(0) += count;
            return;
        };
        self.marked += usize::from(self.marks[slot] == 0);
        self.marks[slot] += count;
        self.cells[slot].iter_mut().for_each(|cell| *cell |= 1);
    }

    /// # Panics
    /// When there is no mark.
    pub(super) fn remove_mark(&mut self, tick: i64) {
        let Some(slot) = self.slot(tick) else { return self.remove_far_mark(tick) };
        assert!(self.marks[slot] > 0, "mark at tick {tick} removed more often than set, window base {}", self.base);
        self.marks[slot] -= 1;
        if self.marks[slot] == 0 {
            self.marked -= 1;
            self.cells[slot].iter_mut().for_each(|cell| *cell &= !1);
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

/// A window as a list of what is in it: most of its slots are empty.
#[derive(serde::Serialize, serde::Deserialize)]
struct Filled {
    cells: Vec<(u32, [i64; 2])>,
    bits: Vec<(u32, [u64; 2])>,
    marks: Vec<(u32, u32)>,
    base: i64,
    far: [BTreeMap<i64, i64>; 2],
    far_marks: BTreeMap<i64, u32>,
}

impl Window {
    /// Cells that are not empty: a quantity has its bit, and who watches a tick its mark.
    fn cells_at(&self, bits: &[(u32, [u64; 2])], marks: &[(u32, u32)]) -> Vec<(u32, [i64; 2])> {
        let in_word = |(word, sides): &(u32, [u64; 2])| {
            let (first, either) = (*word * 64, sides[0] | sides[1]);
            (0..64).filter(move |bit| either >> bit & 1 != 0).map(move |bit| first + bit)
        };
        let mut slots: Vec<u32> = bits.iter().flat_map(in_word).chain(marks.iter().map(|(slot, _)| *slot)).collect();
        slots.sort_unstable();
        slots.dedup();
        let cells = slots.into_iter().filter_map(|slot| Some((slot, *self.cells.get(slot as usize)?)));
        cells.filter(|(_, cell)| *cell != [0; 2]).collect()
    }
}

impl serde::Serialize for Window {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bits = self.occupied.filled();
        // Most of the window is backed by nothing: looking for what it holds must not touch it.
        let marks: Vec<(u32, u32)> = nonempty(self.marks.as_slice()).take(self.marked).collect();
        let filled = Filled {
            cells: self.cells_at(&bits, &marks),
            bits,
            marks,
            base: self.base,
            far: self.far.clone(),
            far_marks: self.far_marks.clone(),
        };
        filled.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Window {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let filled = Filled::deserialize(deserializer)?;
        let mut window = Self { base: filled.base, far: filled.far, far_marks: filled.far_marks, ..Self::new() };
        window.marked = filled.marks.len();
        let is_whole = fill(window.cells.as_mut_slice(), &filled.cells)
            && fill(window.marks.as_mut_slice(), &filled.marks)
            && window.occupied.fill(&filled.bits);
        is_whole.then_some(window).ok_or_else(|| serde::de::Error::custom("a slot beyond the window"))
    }
}

#[cfg(test)]
impl Window {
    /// Hashes of all that it holds, slot by slot.
    pub(super) fn fingerprint(&self) -> impl std::fmt::Debug {
        let hash = |words: &mut dyn Iterator<Item = i64>| {
            let mut hasher = blake3::Hasher::new();
            for word in words {
                hasher.update(&word.to_le_bytes());
            }
            hasher.finalize()
        };
        let cells = hash(&mut self.cells.iter().flatten().copied());
        let marks = hash(&mut self.marks.iter().map(|mark| i64::from(*mark)));
        (cells, marks, self.occupied.filled(), self.marked, self.base, self.far.clone(), self.far_marks.clone())
    }
}
