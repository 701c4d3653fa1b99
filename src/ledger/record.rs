use super::{Account, Cause, Entry};
use crate::model::{Booking as Trade, Side};
use crate::units::{Money, Timestamp};
use std::fmt::Write;

/// What happened. Nothing is ever edited: what was wrong is set right by a later event that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The books were opened.
    Opened,
    /// A fill.
    Filled(Trade),
    /// Cash moved without a fill.
    Received {
        /// Why.
        cause: Cause,
        /// How much came in; negative went out.
        amount: Money,
        /// In words; an adjustment has to have some.
        reason: String,
    },
    /// A fill was busted: it counts no more. FIX ExecType "Trade Cancel".
    Busted {
        /// Number of the record with the fill.
        of: u64,
    },
    /// A fill was corrected. FIX ExecType "Trade Correct".
    Corrected {
        /// Number of the record with the fill.
        of: u64,
        /// The fill as it should have been.
        trade: Trade,
    },
}

impl Event {
    /// As it stands in a line of the ledger.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Filled(_) => "fill",
            Self::Received { cause: Cause::Funding, .. } => "funding",
            Self::Received { cause: Cause::Allocation, .. } => "allocation",
            Self::Received { cause: Cause::Fee, .. } => "fee",
            Self::Received { cause: Cause::Adjustment, .. } => "adjustment",
            Self::Busted { .. } => "bust",
            Self::Corrected { .. } => "correction",
        }
    }

    /// The record it sets right.
    #[must_use]
    pub const fn of(&self) -> Option<u64> {
        match self {
            Self::Busted { of } | Self::Corrected { of, .. } => Some(*of),
            _ => None,
        }
    }
}

/// One line of a ledger: an event, what it moved, and the hash that ties it to the line before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Number, from 0.
    pub number: u64,
    /// When it happened, venue clock.
    pub at: Timestamp,
    /// Number of the journal's entry it was made from; `None` for what no journal holds.
    pub source: Option<u64>,
    /// What happened.
    pub event: Event,
    /// What it moved.
    pub entry: Entry,
    /// BLAKE3 of the digest before (32 zero bytes for the first) and of [`content`](Self::content).
    pub digest: [u8; 32],
}

impl Record {
    /// Names of the fields of a [`line`](Self::line).
    pub const COLUMNS: [&str; 18] = [
        "number",
        "at_ns",
        "entry",
        "event",
        "of",
        "detail",
        "cash",
        "position_cost",
        "realized",
        "fees",
        "opening_equity",
        "inventory",
        "counterparty",
        "funding",
        "allocations",
        "adjustments",
        "reason",
        "digest",
    ];

    /// Everything but the digest, as it is hashed: fields with commas between, amounts exact.
    #[must_use]
    pub fn content(&self) -> String {
        let or_empty = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let Self { number, at, source, event, entry, .. } = self;
        let (source, of) = (or_empty(*source), or_empty(event.of()));
        let mut text = format!("{number},{},{source},{},{of},{}", at.nanos(), event.name(), detail(event));
        for account in Account::ALL {
            // Writing to a string does not fail.
            let _ = write!(text, ",{}", entry.amount(account));
        }
        text.push(',');
        if let Event::Received { reason, .. } = event {
            text.push_str(&quoted(reason));
        }
        text
    }

    /// The digest that ties `content` to the digest before it.
    #[must_use]
    pub fn digest_of(before: &[u8; 32], content: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(before);
        hasher.update(content.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The line of a ledger's file.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{},{}", self.content(), hex(&self.digest))
    }
}

/// The digest in hexadecimal digits.
pub(super) fn hex(digest: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*digest).to_hex().to_string()
}

/// `buy 3 @ 600001`: steps and ticks.
fn detail(event: &Event) -> String {
    match event {
        Event::Filled(trade) | Event::Corrected { trade, .. } => {
            let side = if trade.side == Side::Buy { "buy" } else { "sell" };
            format!("{side} {} @ {}", trade.quantity.steps(), trade.price.ticks())
        }
        _ => String::new(),
    }
}

/// A text that stays in its field and in its line.
fn quoted(text: &str) -> String {
    let line: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    if line.is_empty() { line } else { format!("\"{}\"", line.replace('"', "\"\"")) }
}
