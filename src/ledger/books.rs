use super::average::Move;
use super::book::{Scales, Split, Worth};
use super::entry::{Balances, Entry};
use super::lots::Lots;
use super::{Account, Ledger, Method, Opening};
use crate::model::{Booking as Trade, Bust, Charge, Correction, Instrument, Side};
use crate::units::{Money, Overflow, Quantity};

/// How a close is held against what was bought before, in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CostMethod {
    /// Every step of the position cost the same.
    Average,
    /// The oldest steps are closed first.
    Fifo,
    /// The newest steps are closed first.
    Lifo,
}

impl CostMethod {
    /// All methods; entries follow the first.
    pub const ALL: [Self; 3] = [Self::Average, Self::Fifo, Self::Lifo];

    /// As it is asked for and printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Fifo => "fifo",
            Self::Lifo => "lifo",
        }
    }
}

/// Why cash moves without a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Funding of a perpetual contract.
    Funding,
    /// The owner puts money in, or takes it out.
    Allocation,
    /// A fee charged or refunded afterwards.
    Fee,
    /// A correction by hand.
    Adjustment,
}

impl From<Charge> for Cause {
    fn from(charge: Charge) -> Self {
        match charge {
            Charge::Funding => Self::Funding,
            Charge::Fee => Self::Fee,
            Charge::Adjustment => Self::Adjustment,
        }
    }
}

impl Cause {
    pub(super) const fn account(self) -> Account {
        match self {
            Self::Funding => Account::Funding,
            Self::Allocation => Account::Allocations,
            Self::Fee => Account::Fees,
            Self::Adjustment => Account::Adjustments,
        }
    }
}

/// The books that statements are made from: a [`Ledger`], the position by LIFO beside it, and what moves cash without a fill.
///
/// A running bot needs none of that per fill and keeps a [`Ledger`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    ledger: Ledger,
    scales: Scales,
    newest_first: Newest,
    /// What came without fills.
    other: Balances<{ Account::COUNT }>,
}

/// The position by LIFO.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Newest {
    lots: Lots,
    basis: Money,
    realized: Money,
}

impl Newest {
    /// Basis and realised profit after a fill; changes nothing.
    fn after(&self, split: &Split, scales: &Scales) -> Result<(Money, Money), Overflow> {
        let worth = Worth::of(split, scales)?;
        let change = Move::of(&worth, self.lots.release_newest(split.closed, scales)?)?;
        let basis = self.basis.checked_sub(change.released)?.checked_add(change.added)?;
        Ok((basis, self.realized.checked_add(change.realized)?))
    }
}

impl Books {
    /// Opens the books.
    ///
    /// # Errors
    /// [`Overflow`] when the opening does not fit the instrument's scales.
    pub fn new(instrument: &Instrument, opening: &Opening) -> Result<Self, Overflow> {
        let scales = Scales::new(instrument)?;
        let lots = Lots::opened(opening.at.unwrap_or_default(), opening.position);
        let newest_first = Newest { lots, basis: opening.basis(&scales)?, realized: Money::ZERO };
        Ok(Self { ledger: Ledger::new(instrument, opening)?, scales, newest_first, other: Balances::default() })
    }

    /// Posts a trade and returns its entry.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    ///
    /// # Panics
    /// When the quantity is negative: the side carries the sign.
    pub fn trade(&mut self, trade: &Trade) -> Result<Entry, Overflow> {
        let Trade { side, price, quantity, fee } = *trade;
        let signed = Quantity::new(side.sign() * quantity.steps());
        let split = Split::of(self.ledger.position(), price, signed);
        let (basis, realized) = self.newest_first.after(&split, &self.scales)?;
        let entry = self.ledger.post(side, price, quantity, fee)?;
        self.newest_first.lots.apply_newest(&split);
        (self.newest_first.basis, self.newest_first.realized) = (basis, realized);
        Ok(entry)
    }

    /// Takes back a fill of an order of `side`; LIFO takes it as a trade.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn bust(&mut self, side: Side, bust: &Bust) -> Result<Entry, Overflow> {
        let back = bust.booking(side);
        let signed = Quantity::new(back.side.sign() * back.quantity.steps());
        let split = Split::of(self.ledger.position(), back.price, signed);
        let (basis, realized) = self.newest_first.after(&split, &self.scales)?;
        let entry = self.ledger.bust(side, bust)?;
        self.newest_first.lots.apply_newest(&split);
        (self.newest_first.basis, self.newest_first.realized) = (basis, realized);
        Ok(entry)
    }

    /// Gives a fill of an order of `side` another price; to LIFO the difference is realised.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn correct(&mut self, side: Side, correction: &Correction) -> Result<Entry, Overflow> {
        let signed = Quantity::new(side.sign() * correction.was.quantity.steps());
        let worth = |price| self.scales.notional(price, signed);
        let paid = worth(correction.price)?.checked_sub(worth(correction.was.price)?)?;
        let realized = self.newest_first.realized.checked_sub(paid)?;
        let entry = self.ledger.correct(side, correction)?;
        self.newest_first.realized = realized;
        Ok(entry)
    }

    /// Posts `amount` of quote received without a fill (paid, if negative), and returns its entry.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn receive(&mut self, cause: Cause, amount: Money) -> Result<Entry, Overflow> {
        let entry = Entry::received(amount, cause.account())?;
        self.other = self.other.after(&entry)?;
        Ok(entry)
    }

    /// Balance of an account.
    ///
    /// # Errors
    /// [`Overflow`] when the balance leaves `i128`.
    pub fn balance(&self, account: Account) -> Result<Money, Overflow> {
        let fills = self.ledger.statement().find(|(of_fills, _)| *of_fills == account);
        fills.map_or(Money::ZERO, |(_, balance)| balance).checked_add(self.other.of(account))
    }

    /// Signed position in steps.
    #[must_use]
    pub const fn position(&self) -> Quantity {
        self.ledger.position()
    }

    /// Realised profit by `method`, before fees.
    #[must_use]
    pub fn realized(&self, method: CostMethod) -> Money {
        match method {
            CostMethod::Average => self.ledger.realized_by(Method::Average),
            CostMethod::Fifo => self.ledger.realized_by(Method::Fifo),
            CostMethod::Lifo => self.newest_first.realized,
        }
    }

    /// Signed cost of the open position by `method`.
    #[must_use]
    pub const fn basis(&self, method: CostMethod) -> Money {
        match method {
            CostMethod::Average => self.ledger.basis(Method::Average),
            CostMethod::Fifo => self.ledger.basis(Method::Fifo),
            CostMethod::Lifo => self.newest_first.basis,
        }
    }

    /// Fees paid, those charged or refunded afterwards included.
    ///
    /// # Errors
    /// [`Overflow`] when the sum leaves `i128`.
    pub fn fees(&self) -> Result<Money, Overflow> {
        self.balance(Account::Fees)
    }

    /// Cash + position at half of `mid_x2` ticks; a half atto is rounded down.
    ///
    /// # Errors
    /// [`Overflow`] when the value leaves `i128`.
    pub fn equity(&self, mid_x2: i64) -> Result<Money, Overflow> {
        self.ledger.equity(mid_x2)?.checked_add(self.other.of(Account::Cash))
    }

    /// Profit of the open position by `method`, marked as [`equity`](Self::equity) does.
    ///
    /// # Errors
    /// [`Overflow`] when the value leaves `i128`.
    pub fn unrealized(&self, method: CostMethod, mid_x2: i64) -> Result<Money, Overflow> {
        self.ledger.equity(mid_x2)?.checked_sub(self.ledger.cash())?.checked_sub(self.basis(method))
    }

    /// Asserts the room's invariants; walks all lots.
    ///
    /// # Panics
    /// When balances do not sum to zero, or two methods disagree.
    pub fn check(&self) {
        self.ledger.check();
        let lots: i128 = self.newest_first.lots.iter().map(|lot| i128::from(lot.quantity.steps())).sum();
        let position = i128::from(self.position().steps());
        assert!(lots == position, "lots of lifo hold {lots} steps and the position is {position}");
        let basis = self.newest_first.lots.basis(&self.scales);
        assert!(
            basis == Ok(self.newest_first.basis),
            "basis of lifo {:?}, its lots {basis:?}",
            self.newest_first.basis
        );
        let [average, fifo, lifo] =
            CostMethod::ALL.map(|method| self.realized(method).atto().wrapping_sub(self.basis(method).atto()));
        assert!(average == fifo && fifo == lifo, "realised - basis by method: {average}, {fifo}, {lifo}");
        let other = self.other.sum(super::Asset::Quote);
        assert!(other == 0, "what came without fills sums to {other}");
    }
}
