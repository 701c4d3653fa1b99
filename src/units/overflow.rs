use std::fmt;

/// An integer operation left the range of its type. Carries both operands, so that the message names the culprit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow {
    /// What was computed, in words: `notional`, `fee`, `position`.
    pub what: &'static str,
    /// Left operand.
    pub left: i128,
    /// Right operand.
    pub right: i128,
}

impl Overflow {
    /// Names the failed operation and both operands.
    #[must_use]
    pub fn new(what: &'static str, left: impl Into<i128>, right: impl Into<i128>) -> Self {
        Self { what, left: left.into(), right: right.into() }
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} overflows with operands {} and {}", self.what, self.left, self.right)
    }
}

impl std::error::Error for Overflow {}
