use crate::units::{Span, Timestamp};

/// The last instants at which something was counted, as many as a window may hold: the oldest of them decides alone whether one
/// more fits. No half-open stretch as long as the window holds more; a clock that runs backwards opens nothing.
#[derive(Debug, Clone)]
pub(super) struct Window {
    length: Span,
    /// Most that the window holds, at least 1.
    most: usize,
    counted: Vec<Timestamp>,
    oldest: usize,
}

impl Window {
    /// All the room it will ever need is taken here.
    pub fn new(length: Span, most: usize) -> Self {
        assert!(most > 0, "a window that holds {most}, expected 1 at least");
        Self { length, most, counted: Vec::with_capacity(most), oldest: 0 }
    }

    pub const fn most(&self) -> usize {
        self.most
    }

    /// True when one more at `now` would be one too many; exactly a window later the oldest has left.
    #[inline]
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.counted.len() == self.most && now.since(self.counted[self.oldest]) < self.length
    }

    #[inline]
    pub fn count(&mut self, now: Timestamp) {
        if self.counted.len() < self.most {
            self.counted.push(now);
        } else {
            self.counted[self.oldest] = now;
            self.oldest = if self.oldest + 1 == self.most { 0 } else { self.oldest + 1 };
        }
    }

    /// Forgets what was counted.
    pub fn clear(&mut self) {
        self.counted.clear();
        self.oldest = 0;
    }

    /// What was counted, oldest first.
    pub fn save(&self) -> Vec<Timestamp> {
        self.in_order().collect()
    }

    /// Takes what [`save`](Self::save) gave; of more than it holds, the newest.
    pub fn restore(&mut self, state: &[Timestamp]) {
        let surplus = state.len().saturating_sub(self.most);
        self.counted.clear();
        self.counted.extend_from_slice(&state[surplus..]);
        self.oldest = 0;
    }

    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&(self.counted.len() as u64).to_le_bytes());
        for counted in self.in_order() {
            hasher.update(&counted.nanos().to_le_bytes());
        }
    }

    fn in_order(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let (newer, older) = self.counted.split_at(self.oldest);
        older.iter().chain(newer).copied()
    }
}
