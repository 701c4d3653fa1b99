use super::entry::Entry;
use super::{Account, Asset};
use crate::units::{Money, Overflow};

/// Balances of the accounts that neither fills nor a venue's schedule move: they stand beside the others, so that a fill does not
/// carry them along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ByHand {
    allocations: Money,
    adjustments: Money,
}

impl ByHand {
    /// Marks them in a digest, where there are any.
    const TAG: &[u8] = b"by hand";

    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// After the postings of an entry to these accounts.
    pub fn after(&self, entry: &Entry) -> Result<Self, Overflow> {
        Ok(Self {
            allocations: self.allocations.checked_add(entry.amount(Account::Allocations))?,
            adjustments: self.adjustments.checked_add(entry.amount(Account::Adjustments))?,
        })
    }

    pub fn all(&self) -> impl Iterator<Item = (Account, Money)> {
        [(Account::Allocations, self.allocations), (Account::Adjustments, self.adjustments)].into_iter()
    }

    /// What the other balances of `asset` sum to, and these.
    pub fn sum(&self, asset: Asset, others: i128) -> i128 {
        let of_asset = self.all().filter(|(account, _)| account.asset() == asset);
        of_asset.fold(others, |sum, (_, balance)| sum.wrapping_add(balance.atto()))
    }

    /// Nothing where there are none: books of fills alone have the digest they always had.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        if self.is_zero() {
            return;
        }
        hasher.update(Self::TAG);
        for (_, balance) in self.all() {
            hasher.update(&balance.atto().to_le_bytes());
        }
    }
}
