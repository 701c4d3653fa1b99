//! Numbers that look drawn and are always the same.

/// A congruential generator: good enough to spread prices.
pub struct Draw(u64);

impl Draw {
    /// Begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 up to `bound`, without it.
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % bound
    }
}
