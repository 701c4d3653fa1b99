/// Why the venue refused a request. Declaration order is precedence: when several hold, the first is reported; but an
/// order for an unknown market is looked at no further, a venue that is down looks at nothing, one whose market is halted asks an
/// order or an amend for nothing else, and a price increment comes right behind a price out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum RejectReason {
    /// Cancel, amend or replacement of an order the venue does not have (any more).
    UnknownOrder = 1,
    /// The client order id was used before.
    DuplicateClientOrderId = 2,
    /// Quantity zero or negative.
    InvalidQuantity = 3,
    /// Quantity no multiple of the lot.
    LotSize = 4,
    /// Quantity below the venue's minimum.
    QuantityTooSmall = 5,
    /// Quantity above the venue's maximum.
    QuantityTooLarge = 6,
    /// Price or trigger not positive, or outside the venue's price range.
    PriceOutOfRange = 7,
    /// Time in force or flags do not go with the order type (post-only market, GTD in the past, ...).
    InvalidCombination = 8,
    /// Price x quantity below the venue's minimum.
    MinNotional = 9,
    /// Too many orders open.
    TooManyOrders = 10,
    /// Reduce-only without a position to reduce.
    ReduceOnly = 11,
    /// A stop that the market has already passed.
    WouldTriggerImmediately = 12,
    /// Not enough free balance.
    InsufficientBalance = 13,
    /// Post-only order that would take liquidity.
    PostOnlyWouldTake = 14,
    /// Market order while the opposite side of the book is empty.
    NoLiquidity = 15,
    /// An order for a market that the run does not have; the first market's venue says so.
    UnknownMarket = 16,
    /// The venue is down: it has looked at nothing, and forgets the request.
    Unavailable = 17,
    /// Trading of the market is halted: orders can only be cancelled.
    TradingHalted = 18,
    /// Price or trigger no multiple of the price increment that is in force.
    PriceIncrement = 19,
    /// Not the venue's word, but the bot's own gateway's: the request is not at the venue, and will not be sent again.
    NotPlaced = 20,
    /// Of a replacement only the other half was done: the new order is not placed although the old one has ended, or the old one goes on although the
    /// new one is placed. Binance -2021.
    HalfDone = 21,
    /// The market takes what brings a position closer to zero alone: it is soon taken away.
    ReducesAlone = 22,
    /// The market is no more.
    Delisted = 23,
    /// The market takes post-only orders alone for now.
    PostOnlyMarket = 24,
    /// The market takes limit orders alone for now.
    LimitOnlyMarket = 25,
    /// The market takes cancels alone for now.
    CancelOnlyMarket = 26,
}

impl RejectReason {
    /// All reasons by their numbers.
    pub const ALL: [Self; 26] = [
        Self::UnknownOrder,
        Self::DuplicateClientOrderId,
        Self::InvalidQuantity,
        Self::LotSize,
        Self::QuantityTooSmall,
        Self::QuantityTooLarge,
        Self::PriceOutOfRange,
        Self::InvalidCombination,
        Self::MinNotional,
        Self::TooManyOrders,
        Self::ReduceOnly,
        Self::WouldTriggerImmediately,
        Self::InsufficientBalance,
        Self::PostOnlyWouldTake,
        Self::NoLiquidity,
        Self::UnknownMarket,
        Self::Unavailable,
        Self::TradingHalted,
        Self::PriceIncrement,
        Self::NotPlaced,
        Self::HalfDone,
        Self::ReducesAlone,
        Self::Delisted,
        Self::PostOnlyMarket,
        Self::LimitOnlyMarket,
        Self::CancelOnlyMarket,
    ];

    /// Stable number, used in journals.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The reason with that number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// In words, for reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::UnknownOrder => "unknown order",
            Self::DuplicateClientOrderId => "duplicate client order id",
            Self::InvalidQuantity => "quantity not positive",
            Self::LotSize => "quantity no multiple of the lot",
            Self::QuantityTooSmall => "quantity below minimum",
            Self::QuantityTooLarge => "quantity above maximum",
            Self::PriceOutOfRange => "price out of range",
            Self::InvalidCombination => "order type, time in force and flags do not go together",
            Self::MinNotional => "notional below minimum",
            Self::TooManyOrders => "too many open orders",
            Self::ReduceOnly => "reduce-only without a position to reduce",
            Self::WouldTriggerImmediately => "would trigger immediately",
            Self::InsufficientBalance => "insufficient balance",
            Self::PostOnlyWouldTake => "post-only would take",
            Self::NoLiquidity => "no liquidity",
            Self::UnknownMarket => "no such market in this run",
            Self::Unavailable => "venue unavailable",
            Self::TradingHalted => "trading halted",
            Self::PriceIncrement => "price no multiple of the price increment",
            Self::NotPlaced => "given up by the gateway",
            Self::HalfDone => "only the other half of a replacement was done",
            Self::ReducesAlone => "the market takes what reduces alone",
            Self::Delisted => "delisted",
            Self::PostOnlyMarket => "the market takes post-only orders alone",
            Self::LimitOnlyMarket => "the market takes limit orders alone",
            Self::CancelOnlyMarket => "the market takes cancels alone",
        }
    }

    /// The market does not take such an order for now, whatever is wrong with it besides: halted, or in a mode.
    #[must_use]
    pub const fn is_of_the_moment(self) -> bool {
        matches!(self, Self::TradingHalted | Self::PostOnlyMarket | Self::LimitOnlyMarket | Self::CancelOnlyMarket)
    }
}
