use crate::model::Side;

/// Ticks in a window: enough for a liquid market with a fine tick, lazily backed by memory.
pub(super) const SLOTS: usize = 1 << 17;
const WORDS: usize = SLOTS / 64;
const SUMMARY: usize = WORDS / 64;

/// By side, which slots of a window may hold quantity: one bit a slot and one bit a word, so that the next level is found in a
/// few steps however sparse the book is. Both sides of a word lie together, so that a side is an offset and no choice.
#[derive(Debug, Clone)]
pub(super) struct Bits {
    words: Box<[[u64; 2]; WORDS]>,
    summary: Box<[[u64; 2]; SUMMARY]>,
}

impl Bits {
    pub(super) fn new() -> Self {
        Self { words: zeroed(), summary: zeroed() }
    }

    /// Words that are not empty.
    pub(super) fn filled(&self) -> Vec<(u32, [u64; 2])> {
        nonempty(self.words.as_slice()).collect()
    }

    /// Puts words back into an empty window; false where one lies beyond it.
    pub(super) fn fill(&mut self, words: &[(u32, [u64; 2])]) -> bool {
        for (place, sides) in words.iter().filter(|(place, _)| (*place as usize) < WORDS) {
            let bit = 1 << (*place % 64);
            let summary = &mut self.summary[(*place as usize / 64) % SUMMARY];
            summary.iter_mut().zip(sides).filter(|(_, word)| **word != 0).for_each(|(summary, _)| *summary |= bit);
        }
        fill(self.words.as_mut_slice(), words)
    }

    #[inline]
    pub(super) fn insert(&mut self, side: Side, slot: usize) {
        let word = (slot / 64) % WORDS;
        let bits = &mut self.words[word][side.index()];
        let before = *bits;
        *bits = before | (1 << (slot % 64));
        if before == 0 {
            self.summary[(word / 64) % SUMMARY][side.index()] |= 1 << (word % 64);
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, side: Side, slot: usize) {
        let word = (slot / 64) % WORDS;
        let bits = &mut self.words[word][side.index()];
        *bits &= !(1 << (slot % 64));
        if *bits == 0 {
            self.summary[(word / 64) % SUMMARY][side.index()] &= !(1 << (word % 64));
        }
    }

    /// The nearest set slot above `slot`.
    #[inline]
    pub(super) fn above(&self, side: Side, slot: usize) -> Option<usize> {
        let word = (slot / 64) % WORDS;
        let rest = self.words[word][side.index()] & above_mask(slot % 64);
        if rest != 0 {
            return Some(word * 64 + rest.trailing_zeros() as usize);
        }
        let group = word / 64;
        let first = self.summary[group % SUMMARY][side.index()] & above_mask(word % 64);
        let (group, bits) = if first != 0 {
            (group, first)
        } else {
            let next = (group + 1..SUMMARY).find(|&group| self.summary[group][side.index()] != 0)?;
            (next, self.summary[next][side.index()])
        };
        let word = group * 64 + bits.trailing_zeros() as usize;
        Some(word * 64 + self.words[word % WORDS][side.index()].trailing_zeros() as usize)
    }

    /// The nearest set slot below `slot`.
    #[inline]
    pub(super) fn below(&self, side: Side, slot: usize) -> Option<usize> {
        let word = (slot / 64) % WORDS;
        let rest = self.words[word][side.index()] & below_mask(slot % 64);
        if rest != 0 {
            return Some(word * 64 + highest(rest));
        }
        let group = word / 64;
        let first = self.summary[group % SUMMARY][side.index()] & below_mask(word % 64);
        let (group, bits) = if first != 0 {
            (group, first)
        } else {
            let next = (0..group).rev().find(|&group| self.summary[group][side.index()] != 0)?;
            (next, self.summary[next][side.index()])
        };
        let word = group * 64 + highest(bits);
        Some(word * 64 + highest(self.words[word % WORDS][side.index()]))
    }

    /// The lowest set slot.
    pub(super) fn first(&self, side: Side) -> Option<usize> {
        if self.words[0][side.index()] & 1 == 1 { Some(0) } else { self.above(side, 0) }
    }

    /// The highest set slot.
    pub(super) fn last(&self, side: Side) -> Option<usize> {
        let end = SLOTS - 1;
        if self.words[WORDS - 1][side.index()] >> 63 == 1 { Some(end) } else { self.below(side, end) }
    }

    /// The set slots in rising order.
    pub(super) fn slots(&self, side: Side) -> Vec<usize> {
        let mut slots = Vec::new();
        let mut next = self.first(side);
        while let Some(slot) = next {
            slots.push(slot);
            next = self.above(side, slot);
        }
        slots
    }
}

/// A boxed array of zeros that the operating system backs with memory only where it is touched.
pub(super) fn zeroed<T: Copy + Default, const N: usize>() -> Box<[T; N]> {
    let boxed: Result<Box<[T; N]>, _> = vec![T::default(); N].into_boxed_slice().try_into();
    match boxed {
        Ok(array) => array,
        Err(slice) => unreachable!("a vector of {N} elements has {} elements", slice.len()),
    }
}

const fn above_mask(bit: usize) -> u64 {
    if bit == 63 { 0 } else { u64::MAX << (bit + 1) }
}

const fn below_mask(bit: usize) -> u64 {
    (1 << bit) - 1
}

const fn highest(bits: u64) -> usize {
    63 - bits.leading_zeros() as usize
}

/// What of a large array is not empty, with its places.
pub(super) fn nonempty<T: Copy + Default + PartialEq>(slots: &[T]) -> impl Iterator<Item = (u32, T)> {
    (0_u32..).zip(slots).filter(|(_, slot)| **slot != T::default()).map(|(place, slot)| (place, *slot))
}

/// Puts [`nonempty`] places back into an empty array; false where one lies beyond it.
pub(super) fn fill<T: Copy>(slots: &mut [T], filled: &[(u32, T)]) -> bool {
    filled.iter().all(|(place, value)| slots.get_mut(*place as usize).map(|slot| *slot = *value).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn neighbours_agree_with_a_sorted_set() {
        let mut bits = Bits::new();
        let mut sets = [BTreeSet::new(), BTreeSet::new()];
        let mut state = 7_u64;
        for step in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let spread = if step % 3 == 0 { SLOTS } else { 300 };
            let slot = (state >> 33) as usize % spread;
            let side = Side::BOTH[(state >> 32) as usize & 1];
            let set = &mut sets[side.index()];
            if (state >> 31) & 1 == 0 {
                bits.insert(side, slot);
                set.insert(slot);
            } else {
                bits.remove(side, slot);
                set.remove(&slot);
            }
            assert_eq!(bits.above(side, slot), set.range(slot + 1..).next().copied(), "above {slot}");
            assert_eq!(bits.below(side, slot), set.range(..slot).next_back().copied(), "below {slot}");
        }
        for (side, set) in Side::BOTH.into_iter().zip(sets) {
            assert_eq!(bits.slots(side), set.into_iter().collect::<Vec<_>>(), "{side:?}");
        }
    }
}
