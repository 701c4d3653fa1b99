use super::events::Free;
use super::posted::Posted;
use super::setup::{AuditSetup, Worth};
use crate::model::{ContractKind, ExecutionReport, FeeSchedule, Mark, MarketId};
use crate::units::{Money, Rate};

/// The account as fills make it, to hold marks against: cash of the whole account, and each market's position at its last mid.
#[derive(Debug, Clone)]
pub(super) struct Purse {
    /// In atto of quote, positions counted as paid for. `None` until a mark says what an opening position of unknown price is worth.
    cash: Option<i128>,
    /// What fills have moved since the start.
    moved: i128,
    /// Of that, what the venue charged or gave without a fill.
    charged: i128,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    tick_step: i128,
    position: i128,
    mid_x2: i128,
    priced: bool,
}

impl Row {
    /// What is held here, at the last mid; half an atto is rounded down.
    fn value(&self) -> Option<i128> {
        Some(self.tick_step.checked_mul(self.mid_x2)?.checked_mul(self.position)? >> 1)
    }
}

impl Purse {
    pub fn new(setup: &AuditSetup, worth: &[Worth]) -> Self {
        let row = |(market, worth): (&super::AuditMarket, &Worth)| Row {
            tick_step: worth.tick_step,
            position: 0,
            mid_x2: market.opening_price.map_or(0, |price| 2 * i128::from(price.ticks())),
            priced: market.opening_price.is_some(),
        };
        Self { cash: None, moved: 0, charged: 0, rows: setup.markets.iter().zip(worth).map(row).collect() }
    }

    /// Every market has said what it opens with.
    pub fn open(&mut self, market: MarketId, position: i128, equity: Money) {
        let row = &mut self.rows[market.index()];
        row.position = position;
        row.priced |= position == 0;
        if market.index() + 1 == self.rows.len() && self.rows.iter().all(|row| row.priced) {
            self.settle(equity);
        }
    }

    /// Works out the cash from what the account is worth.
    fn settle(&mut self, equity: Money) {
        let held = self.rows.iter().try_fold(0_i128, |sum, row| sum.checked_add(row.value()?));
        self.cash = held.and_then(|held| equity.atto().checked_sub(held)?.checked_sub(self.moved));
    }

    /// What the account had beside its positions before the first fill, once that is known, and what came without fills since.
    pub fn funds(&self) -> Option<i128> {
        self.cash?.checked_add(self.charged)
    }

    /// The doubled price a market was opened at, where one is known.
    pub fn price_x2(&self, market: MarketId) -> Option<i64> {
        self.rows.get(market.index()).filter(|row| row.priced).and_then(|row| i64::try_from(row.mid_x2).ok())
    }

    /// Signed steps held in a market.
    pub fn position(&self, market: MarketId) -> i128 {
        self.rows.get(market.index()).map_or(0, |row| row.position)
    }

    /// What the account is worth at these doubled mids, in atto; where a market has none, at the last one marked.
    pub fn equity(&self, mid_x2: impl Fn(MarketId) -> Option<i64>) -> Option<i128> {
        let value = |(market, row): (u8, &Row)| {
            let mid_x2 = mid_x2(MarketId(market)).map_or(row.mid_x2, i128::from);
            Row { mid_x2, ..*row }.value()
        };
        let held = (0..).zip(&self.rows).try_fold(0_i128, |sum, row| sum.checked_add(value(row)?))?;
        self.cash?.checked_add(held)?.checked_add(self.moved)
    }

    /// Quote moved without a fill.
    pub fn charge(&mut self, amount: Money) {
        self.charged = self.charged.saturating_add(amount.atto());
        self.moved = self.moved.saturating_add(amount.atto());
    }

    /// What the owner can take out. With several markets nobody says which of them has the cash; and what open orders reserve or a
    /// position's margin comes to is the venue's to say: at most everything is free, and with neither no less.
    pub fn free(&self, kind: ContractKind, is_idle: bool) -> Free {
        let [row] = self.rows.as_slice() else { return (None, None) };
        let cash = self.cash.and_then(|cash| cash.checked_add(self.moved));
        match kind {
            ContractKind::Spot => (cash.filter(|_| is_idle), cash),
            ContractKind::Linear => {
                let equity = cash.zip(row.value()).and_then(|(cash, held)| cash.checked_add(held));
                (equity.filter(|_| is_idle && row.position == 0), equity)
            }
        }
    }

    /// What funding at a rate in parts per billion brings in: the value of what is held at the last mid, rounded as fees are.
    pub fn funding(&self, market: MarketId, ppb: i64, fees: &FeeSchedule) -> Option<i128> {
        let held = self.rows.get(market.index())?.value()?;
        let paid = Rate::from_ppb(ppb).of(Money::from_atto(held), fees.decimals, fees.rounding).ok()?;
        paid.atto().checked_neg()
    }

    pub fn report(&mut self, report: &ExecutionReport) {
        let (Some(posted), Some(row)) = (Posted::of(report), self.rows.get_mut(report.market.index())) else { return };
        row.position += posted.steps;
        let notional = row.tick_step.saturating_mul(posted.tick_steps);
        self.moved = self.moved.saturating_sub(notional).saturating_sub(posted.fee);
    }

    /// Holds a mark against fills; its equity once every market of its tick is marked.
    pub fn mark(&mut self, mark: &Mark) -> Option<String> {
        let row = self.rows.get_mut(mark.market.index())?;
        if let Some(mid_x2) = mark.best.mid_x2() {
            (row.mid_x2, row.priced) = (mid_x2.into(), true);
        }
        let found = i128::from(mark.position.steps());
        if found != row.position {
            return Some(format!("marked with {found} steps, {} by fills", row.position));
        }
        let is_last = mark.market.index() + 1 == self.rows.len();
        if !is_last || !self.rows.iter().all(|row| row.priced || row.position == 0) {
            return None;
        }
        if self.cash.is_none() {
            self.settle(mark.equity);
            return None;
        }
        let held = self.rows.iter().try_fold(0_i128, |sum, row| sum.checked_add(row.value()?));
        let equity = held.and_then(|held| self.cash?.checked_add(held)?.checked_add(self.moved)).map(Money::from_atto);
        let wrong = equity.filter(|equity| *equity != mark.equity);
        wrong.map(|equity| format!("marked with equity {}, {equity} by fills", mark.equity))
    }
}
