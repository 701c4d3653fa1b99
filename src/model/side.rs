use crate::units::Price;

/// Buy or sell; for a book level bid or ask; for a trade the aggressor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Buyer, bid.
    Buy,
    /// Seller, ask.
    Sell,
}

impl Side {
    /// Both sides, buy first.
    pub const BOTH: [Self; 2] = [Self::Buy, Self::Sell];

    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// +1 for buy, -1 for sell: the sign of the position change.
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }

    /// 0 for buy, 1 for sell.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// True when `a` has strictly better priority than `b` for an order resting on this side (a higher bid, a lower ask).
    #[must_use]
    pub fn improves(self, a: Price, b: Price) -> bool {
        match self {
            Self::Buy => a > b,
            Self::Sell => a < b,
        }
    }

    /// Where a price stands on this side, in ticks: the better its priority, the larger. A bid's rank is its price; an ask's is
    /// turned round, so that one comparison serves both sides. [`price_at`](Self::price_at) turns it back.
    #[inline]
    #[must_use]
    pub const fn rank(self, price: Price) -> i64 {
        price.ticks() ^ -(self as i64)
    }

    /// The price of a [`rank`](Self::rank).
    #[inline]
    #[must_use]
    pub const fn price_at(self, rank: i64) -> Price {
        Price::new(rank ^ -(self as i64))
    }

    /// True when an order of this side with limit `limit` can trade at `price`.
    #[must_use]
    pub fn accepts(self, limit: Price, price: Price) -> bool {
        match self {
            Self::Buy => price <= limit,
            Self::Sell => price >= limit,
        }
    }

    /// `price` moved by `ticks` away from the market: down for a bid, up for an ask.
    #[must_use]
    pub const fn away(self, price: Price, ticks: i64) -> Price {
        price.offset(-self.sign() * ticks)
    }

    /// The nearest multiple of `increment` ticks that is no closer to the market than `price`: at or below for a bid, at or above for
    /// an ask.
    #[inline]
    #[must_use]
    pub const fn on_grid(self, price: Price, increment: i64) -> Price {
        if increment <= 1 { price } else { self.away(price, (self.sign() * price.ticks()).rem_euclid(increment)) }
    }

    /// `buy` or `sell`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_grid_moves_a_quote_away_from_the_market_and_by_less_than_a_step(
            ticks in -1_000_000_i64..1_000_000, increment in 1_i64..500, is_buy in any::<bool>(),
        ) {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let found = side.on_grid(Price::new(ticks), increment);
            prop_assert_eq!(found.ticks() % increment, 0);
            let away = side.sign() * (ticks - found.ticks());
            prop_assert!((0..increment).contains(&away), "{} of {} on {}", found.ticks(), ticks, increment);
        }
    }
}
