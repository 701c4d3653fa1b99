use crate::model::Side;
use crate::units::Price;
use crate::venue::Watch;

/// What the row loop has to stop for: the union of what all lanes watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Interest {
    /// By side of a level, the lowest rank of one that matters: a bid at or above the lowest limit of an own resting sell, an
    /// ask at or below the highest of an own resting buy. See [`Side::rank`].
    pub(super) reach: [i64; 2],
    /// A trade at or below this price matters.
    pub(super) trade_lo: i64,
    /// A trade at or above this price matters.
    pub(super) trade_hi: i64,
    /// Somebody watches the best prices.
    pub(super) best: bool,
    /// Somebody wants to hear of the end of any message.
    pub(super) message_end: bool,
    /// Best bid plus best ask at or below which a breaker trips.
    pub(super) mid_x2_lo: i64,
    /// Best bid plus best ask at or above which a breaker trips.
    pub(super) mid_x2_hi: i64,
}

impl Interest {
    pub(super) const NONE: Self = Self {
        reach: [i64::MAX; 2],
        trade_lo: i64::MIN,
        trade_hi: i64::MAX,
        best: false,
        message_end: false,
        mid_x2_lo: i64::MIN,
        mid_x2_hi: i64::MAX,
    };

    /// Adds what one lane watches: its orders and triggers, and the mids at which its breaker trips.
    pub(super) fn add(&mut self, watch: &Watch, trip: (i64, i64)) {
        let met = [Side::Buy.rank(Price::new(watch.sell_lo)), Side::Sell.rank(Price::new(watch.buy_hi))];
        for (reach, met) in self.reach.iter_mut().zip(met) {
            *reach = met.min(*reach);
        }
        self.trade_lo = self.trade_lo.max(watch.buy_hi).max(watch.last_at_or_below);
        self.trade_hi = self.trade_hi.min(watch.sell_lo).min(watch.last_at_or_above);
        self.best |= watch.best_triggers;
        self.message_end |= watch.message_end;
        self.mid_x2_lo = self.mid_x2_lo.max(trip.0);
        self.mid_x2_hi = self.mid_x2_hi.min(trip.1);
    }

    /// On a market of trades alone the last trade stands for both best prices: a breaker's mid is a trade's price.
    pub(super) fn watch_trades(&mut self) {
        self.trade_lo = self.trade_lo.max(self.mid_x2_lo.div_euclid(2));
        self.trade_hi = self.trade_hi.min(self.mid_x2_hi.div_euclid(2) + self.mid_x2_hi.rem_euclid(2));
    }

    /// True when best prices `bid` and `ask` are of consequence to somebody.
    #[inline]
    pub(super) const fn wants(&self, bid: i64, ask: i64) -> bool {
        let mid_x2 = bid.saturating_add(ask);
        self.best
            || Side::Buy.rank(Price::new(bid)) >= self.reach[Side::Buy.index()]
            || Side::Sell.rank(Price::new(ask)) >= self.reach[Side::Sell.index()]
            || (mid_x2 <= self.mid_x2_lo && bid != i64::MIN)
            || (mid_x2 >= self.mid_x2_hi && ask != i64::MAX)
    }
}
