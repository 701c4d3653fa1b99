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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Filters;
    use proptest::prelude::*;

    fn edge() -> impl Strategy<Value = Option<i64>> {
        prop_oneof![Just(None), (-3_i64..12).prop_map(Some), Just(Some(i64::MAX))]
    }

    proptest! {
        #[test]
        fn bounds_let_in_what_breaks_no_filter(
            lot in 0_i64..4,
            quantities in [edge(), edge()],
            prices in [edge(), edge()],
            value in prop_oneof![-3_i64..14, Just(i64::MAX), Just(i64::MIN)],
        ) {
            let [min_quantity, max_quantity] = quantities.map(|edge| edge.map(Quantity::new));
            let [min_price, max_price] = prices.map(|edge| edge.map(Price::new));
            let lot_only = Filters::lot_only(Quantity::new(lot));
            let filters = Filters { min_quantity, max_quantity, min_price, max_price, ..lot_only };
            let (bounds, [low, high]) = (Bounds::of(&filters), quantities);
            let within = |[low, high]: [Option<i64>; 2]| low.is_none_or(|low| low <= value) && high.is_none_or(|high| value <= high);
            let whole = lot <= 1 || value % lot == 0;
            prop_assert_eq!(bounds.hold_quantity(Quantity::new(value)), value > 0 && whole && within([low, high]));
            prop_assert_eq!(bounds.hold_price(Price::new(value)), value > 0 && within(prices));
        }
    }
}
