use std::fmt;

/// An integer operation left the range of its type. Carries both operands, so that the message names the culprit.
///
/// A pointer wide, so that results without a value come back in a register: nearly all of them are `Ok`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overflow(Box<Operation>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Operation {
    what: &'static str,
    left: i128,
    right: i128,
}

impl Overflow {
    /// Names the failed operation and both operands.
    #[cold]
    #[must_use]
    pub fn new(what: &'static str, left: impl Into<i128>, right: impl Into<i128>) -> Self {
        Self(Box::new(Operation { what, left: left.into(), right: right.into() }))
    }

    /// What was computed, in words: `notional`, `fee`, `position`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.0.what
    }

    /// Left operand.
    #[must_use]
    pub fn left(&self) -> i128 {
        self.0.left
    }

    /// Right operand.
    #[must_use]
    pub fn right(&self) -> i128 {
        self.0.right
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} overflows with operands {} and {}", self.what(), self.left(), self.right())
    }
}

impl std::error::Error for Overflow {}
