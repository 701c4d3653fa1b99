use super::setup::AuditBot;
use crate::audit::clearance::Clearances;
use crate::audit::control::Trades;
use crate::audit::events::Free;
use crate::audit::purse::Purse;
use crate::audit::setup::{AuditMarket, AuditSetup, Worth};
use crate::journal::Entry;
use crate::model::{ContractKind, MarketId, REINVESTMENT};
use crate::units::{Money, Timestamp};

/// One bot's account as its journal makes it: what it has realised so far, and what of it is free.
pub(super) struct Account {
    worth: Vec<Worth>,
    trades: Vec<Trades>,
    opening_prices: Vec<Option<i128>>,
    /// What the venues charged or gave without a fill, less what opening positions had cost: the owner's money is none of it.
    beside: i128,
    kind: ContractKind,
    purse: Purse,
    clearances: Clearances,
    /// An opening position whose cost nobody knows.
    pub has_unknown_cost: bool,
}

/// What a journal says of a reinvestment, and what the account was when it said so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub at: Timestamp,
    pub market: MarketId,
    pub asked: Money,
    pub amount: Money,
    /// Realised since the start, in atto.
    pub realised: i128,
    pub free: Free,
}

impl Account {
    pub fn new(setup: &AuditSetup, worth: &[Worth], bot: &AuditBot) -> Self {
        let price = |place: usize| bot.opening_prices.get(place).copied().flatten();
        let market = |(place, market): (usize, &AuditMarket)| AuditMarket {
            instrument: market.instrument.clone(),
            opening_price: price(place),
            rows: None,
        };
        let markets = setup.markets.iter().enumerate().map(market).collect();
        let own = AuditSetup { markets, ..AuditSetup::default() };
        Self {
            worth: worth.to_vec(),
            trades: vec![Trades::default(); worth.len()],
            opening_prices: (0..worth.len()).map(|place| price(place).map(|price| price.ticks().into())).collect(),
            beside: 0,
            kind: setup.markets.first().map_or(ContractKind::Linear, |market| market.instrument.kind),
            purse: Purse::new(&own, worth),
            clearances: Clearances::new(worth.len(), crate::units::Span::ZERO),
            has_unknown_cost: false,
        }
    }

    /// Realised since the start, in atto, at average cost and after fees.
    pub fn realised(&self) -> i128 {
        self.trades.iter().fold(self.beside, |sum, trades| sum.saturating_add(trades.profit()))
    }

    /// Takes the next entry; what it says of a reinvestment, where it is about one. What was moved counts for what comes after it.
    pub fn take(&mut self, entry: &Entry) -> Option<Told> {
        match *entry {
            Entry::Start { market, equity, position, .. } if market.index() < self.worth.len() => {
                let (place, steps) = (market.index(), i128::from(position.steps()));
                let price = self.opening_prices[place];
                self.has_unknown_cost |= steps != 0 && price.is_none();
                self.trades[place] = Trades::opened(steps, price.unwrap_or(0), &self.worth[place]);
                self.beside = self.beside.saturating_sub(self.trades[place].profit());
                self.clearances.opens_with(market, position);
                self.purse.open(market, steps, equity);
            }
            Entry::OrderSent { intent, .. } => drop(self.clearances.sent(&intent)),
            Entry::Venue(report) if report.market.index() < self.worth.len() => {
                let place = report.market.index();
                self.clearances.report(&report, &mut Vec::new());
                self.purse.report(&report);
                let _ = self.trades[place].book(&report, &self.worth[place]);
            }
            Entry::Mark(mark) => drop(self.purse.mark(&mark)),
            Entry::Charged { amount, .. } => {
                self.beside = self.beside.saturating_add(amount.atto());
                self.purse.charge(amount);
            }
            Entry::Allocated { at, market, asked, amount, line } => {
                let free = self.purse.free(self.kind, self.clearances.is_idle());
                let told = Told { at, market, asked, amount, realised: self.realised(), free };
                self.purse.charge(amount);
                return (line == REINVESTMENT).then_some(told);
            }
            _ => {}
        }
        None
    }
}

impl Told {
    /// It was moved; nothing to move is neither moved nor refused.
    pub fn outcome(&self) -> Option<bool> {
        (self.asked != Money::ZERO).then(|| self.amount != Money::ZERO)
    }
}
