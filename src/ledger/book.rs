use super::average::{Move, release};
use super::by_hand::ByHand;
use super::entry::{Balances, Entry, Moved};
use super::lots::Lots;
use super::{Account, Asset, Cause, Opening};
use crate::model::{Charge, Instrument, Side};
use crate::units::{Money, Overflow, Price, Quantity};

/// How a close is held against what was bought before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Every step of the position cost the same.
    Average,
    /// The oldest steps are closed first.
    Fifo,
}

impl Method {
    /// Both methods; the entries follow the first.
    pub const ALL: [Self; 2] = [Self::Average, Self::Fifo];
}

/// Values of one tick x one step and of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Scales {
    tick_step: Money,
    step: Money,
}

impl Scales {
    pub fn new(instrument: &Instrument) -> Result<Self, Overflow> {
        Ok(Self { tick_step: instrument.tick_step_value()?, step: instrument.base_amount(Quantity::new(1))? })
    }

    /// Signed price x quantity. Exact.
    #[inline]
    pub fn notional(&self, price: Price, quantity: Quantity) -> Result<Money, Overflow> {
        self.tick_step.times(i128::from(price.ticks()) * i128::from(quantity.steps()))
    }

    /// `quantity` in base. Exact.
    #[inline]
    pub fn base(&self, quantity: Quantity) -> Result<Money, Overflow> {
        self.step.times(i128::from(quantity.steps()))
    }
}

/// A fill cut into what closes the position and what opens one. Quantities carry the fill's sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    pub price: Price,
    pub closed: Quantity,
    pub opened: Quantity,
}

impl Split {
    #[inline]
    pub fn of(position: Quantity, price: Price, signed: Quantity) -> Self {
        let against = position.steps().signum() * signed.steps().signum() < 0;
        let size = signed.steps().unsigned_abs().min(position.steps().unsigned_abs());
        let closed = if against { Quantity::new(signed.steps().signum() * size as i64) } else { Quantity::ZERO };
        Self { price, closed, opened: signed - closed }
    }
}

/// Signed notionals of the two parts of a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worth {
    pub closed: Money,
    pub opened: Money,
}

impl Worth {
    #[inline]
    pub fn of(split: &Split, scales: &Scales) -> Result<Self, Overflow> {
        Ok(Self {
            closed: scales.notional(split.price, split.closed)?,
            opened: scales.notional(split.price, split.opened)?,
        })
    }
}

/// The books of one account in one instrument.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ledger {
    pub(super) scales: Scales,
    pub(super) balances: Balances,
    pub(super) by_hand: ByHand,
    pub(super) position: Quantity,
    pub(super) lots: Lots,
    pub(super) lots_basis: Money,
    pub(super) realized_fifo: Money,
    pub(super) traded_notional: Money,
}

#[inline]
fn magnitude(amount: Money) -> Result<Money, Overflow> {
    if amount < Money::ZERO { Money::ZERO.checked_sub(amount) } else { Ok(amount) }
}

/// Everything a fill changes, computed before anything is changed.
pub(super) struct Posted {
    moved: Moved,
    split: Split,
    balances: Balances,
    position: Quantity,
    lots_basis: Money,
    realized_fifo: Money,
    traded_notional: Money,
}

impl Ledger {
    /// Opens the books.
    ///
    /// # Errors
    /// [`Overflow`] when the opening does not fit the instrument's scales.
    pub fn new(instrument: &Instrument, opening: &Opening) -> Result<Self, Overflow> {
        let scales = Scales::new(instrument)?;
        let entry = opening.entry(instrument.kind, &scales)?;
        let balances = Balances::default().after(&entry)?;
        Ok(Self {
            scales,
            balances,
            by_hand: ByHand::default(),
            position: opening.position,
            lots: Lots::opened(opening.at.unwrap_or_default(), opening.position),
            lots_basis: opening.basis(&scales)?,
            realized_fifo: Money::ZERO,
            traded_notional: Money::ZERO,
        })
    }

    /// Posts a fill. `fee` is what was paid in quote (a rebate is negative), already rounded as the venue states.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn fill(&mut self, side: Side, price: Price, quantity: Quantity, fee: Money) -> Result<(), Overflow> {
        self.moved(side, price, quantity, fee).map(|_| ())
    }

    /// Posts a fill as [`fill`](Self::fill) does, and returns its entry.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn post(&mut self, side: Side, price: Price, quantity: Quantity, fee: Money) -> Result<Entry, Overflow> {
        Ok(Entry::of(&self.moved(side, price, quantity, fee)?))
    }

    /// Posts a fill and returns what it moved. Inlined, so that nothing is handed back where nobody asks for it.
    #[inline(always)]
    fn moved(&mut self, side: Side, price: Price, quantity: Quantity, fee: Money) -> Result<Moved, Overflow> {
        assert!(0 <= quantity.steps(), "fill of {} steps: a side carries the sign", quantity.steps());
        let posted = self.posted(price, Quantity::new(side.sign() * quantity.steps()), fee, release)?;
        Ok(self.keep(posted))
    }

    #[inline(always)]
    pub(super) fn keep(&mut self, posted: Posted) -> Moved {
        self.balances = posted.balances;
        self.position = posted.position;
        self.lots.apply(&posted.split);
        self.lots_basis = posted.lots_basis;
        self.realized_fifo = posted.realized_fifo;
        self.traded_notional = posted.traded_notional;
        posted.moved
    }

    /// What a trade changes; `release` says how much of the basis its closing part takes with it, by average cost.
    #[inline(always)]
    pub(super) fn posted(
        &self,
        price: Price,
        signed: Quantity,
        fee: Money,
        release: impl Fn(Money, Quantity, Quantity) -> Money,
    ) -> Result<Posted, Overflow> {
        let split = Split::of(self.position, price, signed);
        let worth = Worth::of(&split, &self.scales)?;
        let average = Move::of(&worth, release(self.basis(Method::Average), self.position, split.closed))?;
        let fifo = Move::of(&worth, self.lots.release(split.closed, &self.scales)?)?;
        let notional = worth.closed.checked_add(worth.opened)?;
        let moved = self.move_of(&average, notional, signed, fee)?;
        moved.check();
        Ok(Posted {
            moved,
            split,
            balances: self.balances.after_fill(&moved)?,
            position: self.position.checked_add(signed)?,
            lots_basis: self.lots_basis.checked_sub(fifo.released)?.checked_add(fifo.added)?,
            realized_fifo: self.realized_fifo.checked_add(fifo.realized)?,
            traded_notional: self.traded_notional.checked_add(magnitude(notional)?)?,
        })
    }

    #[inline]
    fn move_of(&self, change: &Move, notional: Money, signed: Quantity, fee: Money) -> Result<Moved, Overflow> {
        let received = self.scales.base(signed)?;
        Ok(Moved {
            cash: Money::ZERO.checked_sub(notional)?.checked_sub(fee)?,
            cost: change.added.checked_sub(change.released)?,
            realized: Money::ZERO.checked_sub(change.realized)?,
            fees: fee,
            received,
            given: Money::ZERO.checked_sub(received)?,
        })
    }

    /// Posts `amount` of quote that the venue moved without a fill: received, or paid if negative.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn charge(&mut self, charge: Charge, amount: Money) -> Result<(), Overflow> {
        self.receive(charge.into(), amount)
    }

    /// Posts `amount` of quote that the account's owner put in, or took out if negative.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range; then nothing has changed.
    pub fn allocate(&mut self, amount: Money) -> Result<(), Overflow> {
        self.receive(Cause::Allocation, amount)
    }

    pub(super) fn receive(&mut self, cause: Cause, amount: Money) -> Result<(), Overflow> {
        let entry = Entry::received(amount, cause.account())?;
        let by_hand = self.by_hand.after(&entry)?;
        self.balances = self.balances.after(&entry)?;
        self.by_hand = by_hand;
        Ok(())
    }

    /// Signed position in steps.
    #[must_use]
    pub const fn position(&self) -> Quantity {
        self.position
    }

    /// Quote at hand, the position counted as paid for: see [`Account::Cash`].
    #[must_use]
    pub const fn cash(&self) -> Money {
        self.balances.of(Account::Cash)
    }

    /// Cash plus average-cost basis: for a linear contract the settled wallet balance (opening + realised - fees).
    ///
    /// # Errors
    /// [`Overflow`] when the sum leaves `i128`.
    pub fn wallet(&self) -> Result<Money, Overflow> {
        self.cash().checked_add(self.basis(Method::Average))
    }

    /// Average entry price in quote atto per step, to the nearest, ties away from zero; zero when flat. For display: what
    /// is exact is the [`basis`](Self::basis).
    #[must_use]
    pub fn average_cost(&self) -> Money {
        let steps = self.position.steps();
        if steps == 0 {
            return Money::ZERO;
        }
        let basis = self.basis(Method::Average);
        let (quotient, remainder) = basis.divided(steps);
        let up = steps.unsigned_abs() <= 2 * remainder.unsigned_abs();
        let away = if (basis < Money::ZERO) == (steps < 0) { 1 } else { -1 };
        if up { Money::from_atto(quotient.atto() + away) } else { quotient }
    }

    /// Realised profit by average cost, before fees.
    #[must_use]
    pub fn realized(&self) -> Money {
        self.realized_by(Method::Average)
    }

    /// Realised profit by `method`, before fees.
    #[must_use]
    pub fn realized_by(&self, method: Method) -> Money {
        match method {
            Method::Average => -self.balances.of(Account::Realized),
            Method::Fifo => self.realized_fifo,
        }
    }

    /// Signed cost of the open position by `method`.
    #[must_use]
    pub const fn basis(&self, method: Method) -> Money {
        match method {
            Method::Average => self.balances.of(Account::PositionCost),
            Method::Fifo => self.lots_basis,
        }
    }

    /// Fees paid so far; negative when rebates outweigh them.
    #[must_use]
    pub const fn fees(&self) -> Money {
        self.balances.of(Account::Fees)
    }

    /// Sum of price x quantity of all trades posted, in quote; what sets a fill right is one too.
    #[must_use]
    pub const fn traded_notional(&self) -> Money {
        self.traded_notional
    }

    /// What the account is worth with the position at half of `mid_x2` (best bid + best ask in ticks): cash + position x
    /// mid, exact; a half atto is rounded down.
    ///
    /// # Errors
    /// [`Overflow`] when the value leaves `i128`.
    pub fn equity(&self, mid_x2: i64) -> Result<Money, Overflow> {
        let doubled = self.scales.notional(Price::new(mid_x2), self.position)?;
        self.cash().checked_add(Money::from_atto(doubled.atto() >> 1))
    }

    /// Profit of the open position by `method`, marked as [`equity`](Self::equity) does.
    ///
    /// # Errors
    /// [`Overflow`] when the value leaves `i128`.
    pub fn unrealized(&self, method: Method, mid_x2: i64) -> Result<Money, Overflow> {
        self.equity(mid_x2)?.checked_sub(self.cash())?.checked_sub(self.basis(method))
    }

    /// Balance of every account, in statement order.
    pub fn statement(&self) -> impl Iterator<Item = (Account, Money)> + '_ {
        self.balances.all().chain(self.by_hand.all())
    }

    /// Realised since the start by average cost, after fees: with funding and adjustments, without what the owner put in. An open
    /// position counts for what of it was closed.
    ///
    /// # Errors
    /// [`Overflow`] when the sum leaves `i128`.
    pub fn result(&self) -> Result<Money, Overflow> {
        let is_result = |account: Account| {
            matches!(account, Account::Realized | Account::Fees | Account::Funding | Account::Adjustments)
        };
        let balances = self.statement().filter(|(account, _)| is_result(*account));
        balances.map(|(_, balance)| balance).try_fold(Money::ZERO, |sum, balance| sum.checked_sub(balance))
    }

    /// Number of open FIFO lots.
    #[must_use]
    pub fn lot_count(&self) -> usize {
        self.lots.iter().count()
    }

    /// Asserts the room's invariants: balances sum to zero per asset, inventory is the position, the methods agree.
    /// Walks all lots.
    pub fn check(&self) {
        let audit = self.audit();
        assert!(audit.is_ok(), "books do not balance: {audit:?}");
    }

    pub(super) fn audit(&self) -> Result<(), String> {
        let zero = [Asset::Quote, Asset::Base].map(|asset| self.by_hand.sum(asset, self.balances.sum(asset)));
        same("sums of balances per asset", &zero, &[0, 0])?;
        same("inventory and position", &Ok(self.balances.of(Account::Inventory)), &self.scales.base(self.position))?;
        let lots: i128 = self.lots.iter().map(|lot| i128::from(lot.quantity.steps())).sum();
        same("steps in lots and position", &lots, &i128::from(self.position.steps()))?;
        same("fifo basis and lots", &Ok(self.lots_basis), &self.lots.basis(&self.scales))?;
        let [average, fifo] =
            Method::ALL.map(|method| self.realized_by(method).atto().wrapping_sub(self.basis(method).atto()));
        same("realised - basis by average cost and by fifo", &average, &fifo)
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, left: &T, right: &T) -> Result<(), String> {
    if left == right { Ok(()) } else { Err(format!("{what} differ: {left:?} and {right:?}")) }
}
