use crate::units::{Money, Price, Rate};
use std::fmt;

/// Why a venue moves quote of an account without a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Charge {
    /// Funding of a perpetual contract.
    Funding,
    /// A fee charged or refunded after the fill.
    Fee,
    /// A correction by hand, for a reason that the scenario gives: credited, or debited if negative.
    Adjustment,
}

impl Charge {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Funding, Self::Fee, Self::Adjustment];

    /// Its word in scenarios, journals and ledgers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Funding => "funding",
            Self::Fee => "fee",
            Self::Adjustment => "adjustment",
        }
    }
}

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Number in the journal of what a day's reinvestment moves, or would have: those of a scenario's events begin at 1.
pub const REINVESTMENT: u32 = 0;

/// What a script has happen to an account at a market without a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum AccountEvent {
    /// Quote is received; negative is paid.
    Charge(Charge, Money),
    /// Funding of the position at the mid of that instant, at this rate of its value: a positive one is paid by who is long and received by
    /// who is short. The value is that of equity (half an atto rounded down), the payment is rounded as the instrument's fees are.
    FundingAt(Rate),
    /// The account's owner puts quote in, or takes it out (negative). More than is free is not taken out in part, but not at all.
    Allocate(Money),
    /// The venue takes a fill back. Where there is no such fill, nothing happens.
    Bust(WhichFill),
    /// The venue gives a fill another price, and works out its fee anew. Where there is no such fill, nothing happens.
    Correct(WhichFill, NewPrice),
}

/// A fill of the account at a market, of those that were made before the instant and still stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum WhichFill {
    /// The last one.
    Last,
    /// The one with this number, from 1.
    Number(u64),
}

/// The price a corrected fill stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum NewPrice {
    /// This one.
    At(Price),
    /// So many ticks above the price it stood at; below, negative. At least one tick is left.
    Moved(i64),
}

impl NewPrice {
    /// The price in place of `price`.
    #[must_use]
    pub fn of(self, price: Price) -> Price {
        match self {
            Self::At(price) => price,
            Self::Moved(ticks) => Price::new(price.ticks().saturating_add(ticks).max(1)),
        }
    }
}
