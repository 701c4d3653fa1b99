use super::by_hand::ByHand;
use super::entry::Balances;
use super::lots::{Lot, Lots};
use super::{Account, Ledger};
use crate::units::{Money, Price, Quantity};

/// The books as plain data, for a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerState {
    balances: Vec<Money>,
    #[serde(default, skip_serializing_if = "ByHand::is_zero")]
    by_hand: ByHand,
    position: i64,
    lots: Vec<(i64, i64)>,
    realized_fifo: Money,
    traded_notional: Money,
}

/// A saved state that contradicts itself or does not fit this instrument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Another number of accounts.
    #[error("expected {count} balances, found {0}", count = Account::OF_FILLS)]
    Balances(usize),
    /// Lots and position differ, or lots of both signs.
    #[error("lots hold {lots} steps but the position is {position}")]
    Lots {
        /// Steps in lots.
        lots: i128,
        /// Steps of position.
        position: i64,
    },
    /// The saved books do not balance, or belong to another instrument.
    #[error("books do not balance: {0}")]
    Unbalanced(String),
}

impl Ledger {
    /// The books as plain data.
    #[must_use]
    pub fn save(&self) -> LedgerState {
        LedgerState {
            balances: self.balances.to_array().to_vec(),
            by_hand: self.by_hand,
            position: self.position.steps(),
            lots: self.lots.iter().map(|lot| (lot.price.ticks(), lot.quantity.steps())).collect(),
            realized_fifo: self.realized_fifo,
            traded_notional: self.traded_notional,
        }
    }

    /// Takes books that [`save`](Self::save) gave, of the same instrument.
    ///
    /// # Errors
    /// [`RestoreError`] when they contradict themselves; then nothing has changed.
    pub fn restore(&mut self, state: &LedgerState) -> Result<(), RestoreError> {
        let balances =
            state.balances.as_slice().try_into().map_err(|_| RestoreError::Balances(state.balances.len()))?;
        let lots = Lots::from_saved(&state.lots, state.position)?;
        let restored = Self {
            scales: self.scales,
            balances: Balances::from_array(balances),
            by_hand: state.by_hand,
            position: Quantity::new(state.position),
            lots_basis: lots
                .basis(&self.scales)
                .map_err(|_| RestoreError::Unbalanced("the cost of the lots overflows".to_owned()))?,
            lots,
            realized_fifo: state.realized_fifo,
            traded_notional: state.traded_notional,
        };
        restored.audit().map_err(RestoreError::Unbalanced)?;
        *self = restored;
        Ok(())
    }

    /// Folds the books into `hasher`: equal books give equal bytes.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        for balance in self.balances.to_array() {
            hasher.update(&balance.atto().to_le_bytes());
        }
        hasher.update(&self.position.steps().to_le_bytes());
        hasher.update(&self.realized_fifo.atto().to_le_bytes());
        hasher.update(&self.traded_notional.atto().to_le_bytes());
        for lot in self.lots.iter() {
            hasher.update(&lot.price.ticks().to_le_bytes());
            hasher.update(&lot.quantity.steps().to_le_bytes());
        }
        self.by_hand.digest(hasher);
    }
}

impl Lots {
    fn from_saved(lots: &[(i64, i64)], position: i64) -> Result<Self, RestoreError> {
        let sum = lots.iter().map(|&(_, steps)| i128::from(steps)).sum();
        let one_sign = lots.iter().all(|&(_, steps)| 0 < i128::from(steps) * i128::from(position));
        if sum != i128::from(position) || !one_sign {
            return Err(RestoreError::Lots { lots: sum, position });
        }
        let lot = |&(ticks, steps): &(i64, i64)| Lot { price: Price::new(ticks), quantity: Quantity::new(steps) };
        Ok(Self::from_lots(lots.iter().map(lot)))
    }
}
