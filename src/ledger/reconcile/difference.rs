use crate::units::{Money, Timestamp};
use serde::{Deserialize, Serialize};

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// The bot, by the reports it heard.
    Bot,
    /// The ledger, by the fills reported.
    Ledger,
    /// The venue's account.
    Venue,
    /// The journal: a mark, or the entries at the start.
    Journal,
    /// What the run recorded of itself beside its journal.
    Run,
}

impl View {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Ledger => "ledger",
            Self::Venue => "venue",
            Self::Journal => "journal",
            Self::Run => "run",
        }
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Signed position in base.
    Position,
    /// Quote at hand, the position counted as paid for.
    Cash,
    /// Fees paid, in quote.
    Fees,
    /// Realised profit - basis of the position, in quote: the same by every cost method.
    Gain,
    /// Cash + position at mid, in quote; of the whole account where markets share one.
    Equity,
    /// Number of the market that an order belongs to.
    Market,
}

impl Figure {
    /// What accounts have after a fill, in this order.
    pub(super) const OF_FILLS: [Self; 4] = [Self::Position, Self::Cash, Self::Fees, Self::Gain];

    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Position => "position",
            Self::Cash => "cash",
            Self::Fees => "fees",
            Self::Gain => "realised - basis",
            Self::Equity => "equity",
            Self::Market => "market",
        }
    }
}

/// Two accounts that say different things, at the entry that made them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Number of the journal entry, from 0.
    pub entry: u64,
    /// The entry's instant, venue clock.
    pub at: Timestamp,
    /// Symbol of the market; `None` for the whole account.
    pub market: Option<String>,
    /// Client order id, where one order is to blame.
    pub order: Option<u64>,
    /// What differs.
    pub figure: Figure,
    /// Who says one thing, and what.
    pub left: (View, Money),
    /// Who says another, and what.
    pub right: (View, Money),
    /// The last mark before that agreed, where only a mark shows the difference: what made it is an entry in between.
    pub since: Option<u64>,
}

/// `entry 12 at ...: BTCUSDT, order 7: fees: ledger 0.5, venue 0.6 (0.1 apart)`.
impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "entry {} at {}", self.entry, self.at)?;
        self.since.map_or(Ok(()), |since| write!(f, ", made after entry {since}"))?;
        match &self.market {
            Some(symbol) => write!(f, ": {symbol}")?,
            None => write!(f, ": the account")?,
        }
        self.order.map_or(Ok(()), |order| write!(f, ", order {order}"))?;
        let ((left, here), (right, there)) = (self.left, self.right);
        write!(f, ": {}: {} {here}, {} {there}", self.figure.name(), left.name(), right.name())?;
        match here.checked_sub(there) {
            Ok(apart) if self.figure != Figure::Market => write!(f, " ({} apart)", apart.abs()),
            _ => Ok(()),
        }
    }
}
