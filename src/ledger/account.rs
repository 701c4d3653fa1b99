/// What an account counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asset {
    /// The asset prices are in.
    Quote,
    /// The asset (or contract) that is bought and sold.
    Base,
}

/// One account of the books. Each counts one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// Quote at hand: opening balance, minus bought, plus sold, minus fees. Also for a linear contract, whose position
    /// counts as paid for, so that equity is cash + position x mid in both.
    Cash,
    /// Average-cost basis of the position.
    PositionCost,
    /// Realised profit by average cost, before fees; a profit stands negative.
    Realized,
    /// Fees paid; a rebate stands negative.
    Fees,
    /// Where the opening equity came from.
    OpeningEquity,
    /// The position in base.
    Inventory,
    /// Where the position came from: everybody else.
    Counterparty,
    /// Funding received stands negative, as income does; funding paid positive.
    Funding,
    /// What the account's owner put in stands negative, what was taken out positive.
    Allocations,
    /// Corrections by hand, each with its reason; what they brought in stands negative.
    Adjustments,
}

impl Account {
    /// Number of accounts.
    pub const COUNT: usize = 10;
    /// Number of accounts that an opening, fills, funding and fees can move: the first ones.
    pub const OF_FILLS: usize = 8;

    /// Every account, in the order of a statement.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Cash,
        Self::PositionCost,
        Self::Realized,
        Self::Fees,
        Self::OpeningEquity,
        Self::Inventory,
        Self::Counterparty,
        Self::Funding,
        Self::Allocations,
        Self::Adjustments,
    ];

    /// The asset it counts.
    #[must_use]
    pub const fn asset(self) -> Asset {
        match self {
            Self::Inventory | Self::Counterparty => Asset::Base,
            _ => Asset::Quote,
        }
    }

    /// As it stands in a statement.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::PositionCost => "position cost",
            Self::Realized => "realised profit",
            Self::Fees => "fees",
            Self::OpeningEquity => "opening equity",
            Self::Inventory => "inventory",
            Self::Counterparty => "counterparty",
            Self::Funding => "funding",
            Self::Allocations => "allocations",
            Self::Adjustments => "adjustments",
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}
