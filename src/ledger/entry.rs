use super::{Account, Asset};
use crate::units::{Money, Overflow};

/// An amount that an account receives (negative: gives).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// How much of the account's asset.
    pub amount: Money,
}

impl Posting {
    pub(super) const fn new(account: Account, amount: Money) -> Self {
        Self { account, amount }
    }

    /// The asset moved.
    #[must_use]
    pub const fn asset(&self) -> Asset {
        self.account.asset()
    }
}

/// What one event moved: one posting for every account it touched. Sums to zero per asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    postings: [Posting; Self::POSTINGS],
    /// Of those, how many there are.
    used: u8,
}

impl Entry {
    const POSTINGS: usize = 6;

    pub(super) fn new(postings: [Posting; Self::POSTINGS]) -> Self {
        Self::balanced(postings, Self::POSTINGS as u8)
    }

    /// Cash receives `amount` out of `source`.
    pub(super) fn received(amount: Money, source: Account) -> Result<Self, Overflow> {
        let given = Posting::new(source, Money::ZERO.checked_sub(amount)?);
        Ok(Self::balanced([Posting::new(Account::Cash, amount), given, given, given, given, given], 2))
    }

    /// Both in one: the amounts of the other of the same kind are added to these.
    pub(super) fn with(mut self, other: &Self) -> Result<Self, Overflow> {
        for (posting, more) in self.postings.iter_mut().zip(&other.postings) {
            assert!(posting.account == more.account, "{posting:?} and {more:?} are of different kinds of entry");
            posting.amount = posting.amount.checked_add(more.amount)?;
        }
        Ok(Self::balanced(self.postings, self.used))
    }

    fn balanced(postings: [Posting; Self::POSTINGS], used: u8) -> Self {
        let entry = Self { postings, used };
        for asset in [Asset::Quote, Asset::Base] {
            let sum = entry.sum(asset);
            assert!(sum == 0, "postings of {asset:?} sum to {sum} instead of 0: {entry:?}");
        }
        entry
    }

    /// The postings, in a fixed order; an amount may be zero.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings[..usize::from(self.used)]
    }

    /// What `account` receives.
    #[must_use]
    pub fn amount(&self, account: Account) -> Money {
        let posting = self.postings().iter().find(|posting| posting.account == account);
        posting.map_or(Money::ZERO, |posting| posting.amount)
    }

    /// The entry of a fill.
    pub(super) fn of(moved: &Moved) -> Self {
        Self::new(moved.postings())
    }

    // Wrapping, so that amounts at the edge of i128 cancel as they would without an edge.
    fn sum(&self, asset: Asset) -> i128 {
        let amounts =
            self.postings().iter().filter(|posting| posting.asset() == asset).map(|posting| posting.amount.atto());
        amounts.fold(0, i128::wrapping_add)
    }
}

/// What a fill moves: its entry, without the names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub cash: Money,
    pub cost: Money,
    pub realized: Money,
    pub fees: Money,
    /// What the inventory receives.
    pub received: Money,
    /// The same from the counterparty.
    pub given: Money,
}

impl Moved {
    /// Which account receives what.
    #[inline(always)]
    const fn postings(&self) -> [Posting; Entry::POSTINGS] {
        [
            Posting::new(Account::Cash, self.cash),
            Posting::new(Account::PositionCost, self.cost),
            Posting::new(Account::Realized, self.realized),
            Posting::new(Account::Fees, self.fees),
            Posting::new(Account::Inventory, self.received),
            Posting::new(Account::Counterparty, self.given),
        ]
    }

    /// Asserts what holds for every entry: it sums to zero per asset.
    #[inline]
    pub fn check(&self) {
        let mut sums = [0_i128; 2];
        for posting in self.postings() {
            let sum = &mut sums[posting.asset() as usize];
            *sum = sum.wrapping_add(posting.amount.atto());
        }
        assert!(sums == [0, 0], "quote and base of a fill sum to {sums:?} instead of 0: {self:?}");
    }
}

/// The balances of the first accounts. Move by whole entries only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Balances<const COUNT: usize = { Account::OF_FILLS }>([Money; COUNT]);

impl<const COUNT: usize> serde::Serialize for Balances<COUNT> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0)
    }
}

impl<'de, const COUNT: usize> serde::Deserialize<'de> for Balances<COUNT> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let balances = <Vec<Money> as serde::Deserialize>::deserialize(deserializer)?;
        let unlike =
            |found: Vec<Money>| serde::de::Error::custom(format!("{} balances, expected {COUNT}", found.len()));
        balances.try_into().map(Self).map_err(unlike)
    }
}

impl<const COUNT: usize> Default for Balances<COUNT> {
    fn default() -> Self {
        Self([Money::ZERO; COUNT])
    }
}

impl<const COUNT: usize> Balances<COUNT> {
    /// Every one of them with its account.
    pub fn all(&self) -> impl Iterator<Item = (Account, Money)> + '_ {
        Account::ALL.into_iter().zip(self.0)
    }

    pub const fn of(&self, account: Account) -> Money {
        self.0[account.index()]
    }

    /// After an entry, as far as these accounts are concerned: others keep their balances elsewhere.
    pub fn after(mut self, entry: &Entry) -> Result<Self, Overflow> {
        for posting in entry.postings() {
            if let Some(balance) = self.0.get_mut(posting.account.index()) {
                *balance = balance.checked_add(posting.amount)?;
            }
        }
        Ok(self)
    }

    /// As [`after`](Self::after) the entry of a fill.
    #[inline]
    pub fn after_fill(&self, moved: &Moved) -> Result<Self, Overflow> {
        let mut after = *self;
        for posting in moved.postings() {
            let balance = &mut after.0[posting.account.index()];
            *balance = balance.checked_add(posting.amount)?;
        }
        Ok(after)
    }

    /// Sum of all balances of `asset`: zero, always.
    pub fn sum(&self, asset: Asset) -> i128 {
        let of_asset = self.all().filter(|(account, _)| account.asset() == asset);
        of_asset.fold(0, |sum, (_, balance)| sum.wrapping_add(balance.atto()))
    }

    pub const fn from_array(balances: [Money; COUNT]) -> Self {
        Self(balances)
    }

    pub const fn to_array(self) -> [Money; COUNT] {
        self.0
    }
}
