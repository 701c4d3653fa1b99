use super::entry::{Entry, Posting};
use super::{Account, book::Scales};
use crate::model::ContractKind;
use crate::units::{Money, Overflow, Price, Quantity};

/// What the account holds before the first fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opening {
    /// Quote asset at hand (linear: the wallet, without the open position's profit).
    pub quote: Money,
    /// Base held in steps (linear: the signed position).
    pub position: Quantity,
    /// Price the position was entered at. `None` gives it no cost, so that its whole value counts as profit once sold.
    pub at: Option<Price>,
}

impl Opening {
    /// What the opening position cost.
    pub(super) fn basis(&self, scales: &Scales) -> Result<Money, Overflow> {
        scales.notional(self.at.unwrap_or_default(), self.position)
    }

    /// A spot position was paid for before the books opened; a linear one is paid for now, out of the wallet.
    pub(super) fn entry(&self, kind: ContractKind, scales: &Scales) -> Result<Entry, Overflow> {
        let basis = self.basis(scales)?;
        let cash = match kind {
            ContractKind::Spot => self.quote,
            ContractKind::Linear => self.quote.checked_sub(basis)?,
        };
        let base = scales.base(self.position)?;
        let source = Money::ZERO.checked_sub(cash.checked_add(basis)?)?;
        Ok(Entry::new([
            Posting::new(Account::Cash, cash),
            Posting::new(Account::PositionCost, basis),
            Posting::new(Account::OpeningEquity, source),
            Posting::new(Account::Realized, Money::ZERO),
            Posting::new(Account::Inventory, base),
            Posting::new(Account::Counterparty, Money::ZERO.checked_sub(base)?),
        ]))
    }
}
