use std::fmt;

/// An integer operation left the range of its type. Carries the operation and both operands, so that the message names the
/// culprit.
///
/// One pointer wide: every sum and product can come back as this, and hardly ever does.
#[derive(Clone, PartialEq, Eq)]
pub struct Overflow(Box<Operation>);

/// What did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// What was computed, in words: `notional`, `fee`, `position`.
    pub what: &'static str,
    /// Left operand.
    pub left: i128,
    /// Right operand.
    pub right: i128,
}

impl Overflow {
    /// Names the failed operation and both operands.
    #[cold]
    #[must_use]
    pub fn new(what: &'static str, left: impl Into<i128>, right: impl Into<i128>) -> Self {
        Self(Box::new(Operation { what, left: left.into(), right: right.into() }))
    }
}

impl std::ops::Deref for Overflow {
    type Target = Operation;
    fn deref(&self) -> &Operation {
        &self.0
    }
}

impl fmt::Debug for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Operation { what, left, right } = *self.0;
        f.debug_struct("Overflow").field("what", &what).field("left", &left).field("right", &right).finish()
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} overflows with operands {} and {}", self.what, self.left, self.right)
    }
}

impl std::error::Error for Overflow {}
