use crate::units::{Money, Price, Span};

/// What moves money between the bots of a user, once a day: the rule, and who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReinvest {
    /// When, since midnight UTC.
    pub at: Span,
    /// Least that all made together for anything to be moved.
    pub threshold: Money,
    /// Most bots that receive.
    pub top: u32,
    /// Whole percent of what all made together.
    pub percent: u8,
    /// Place of the bot under audit.
    pub own: usize,
    /// All of them, in order.
    pub bots: Vec<AuditBot>,
    /// Why the journals of the others are not at hand, if they are not.
    pub unknown: Option<String>,
}

/// One of the bots of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditBot {
    /// Its name.
    pub name: String,
    /// What its opening positions were entered at, market by market, where that is known.
    pub opening_prices: Vec<Option<Price>>,
}
