use crate::model::Filters;
use crate::units::{Price, Quantity};

/// The filters of quantity and price as edges that are always there: what keeps them is let in by a few comparisons. Which
/// filter a quantity breaks is worked out when one does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    lot: i64,
    /// Least and most.
    quantity: [Quantity; 2],
    /// Lowest and highest.
    price: [Price; 2],
}

impl Bounds {
    /// Zero and less are refused whatever the filters say.
    pub(super) fn of(filters: &Filters) -> Self {
        let (least, lowest) = (Quantity::new(1), Price::new(1));
        Self {
            lot: filters.lot.steps(),
            quantity: [
                filters.min_quantity.map_or(least, |min| min.max(least)),
                filters.max_quantity.unwrap_or(Quantity::new(i64::MAX)),
            ],
            price: [
                filters.min_price.map_or(lowest, |min| min.max(lowest)),
                filters.max_price.unwrap_or(Price::new(i64::MAX)),
            ],
        }
    }

    #[inline]
    pub(super) fn hold_quantity(&self, quantity: Quantity) -> bool {
        let [least, most] = self.quantity;
        least <= quantity && quantity <= most && (self.lot <= 1 || quantity.steps() % self.lot == 0)
    }

    #[inline]
    pub(super) fn hold_price(&self, price: Price) -> bool {
        let [lowest, highest] = self.price;
        lowest <= price && price <= highest
    }
}
