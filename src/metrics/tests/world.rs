//! A tiny account that writes consistent entries: cash, position and equity by plain arithmetic.

use crate::journal::{Entry, EntrySink};
use crate::metrics::{MetricsFold, MetricsOptions, Summary};
use crate::model::*;
use crate::units::{Fixed, Money, Price, Quantity, Rate, Rounding, Timestamp};

/// Tick 0.1, step 0.001: one tick x one step is worth 0.0001.
pub fn instrument() -> Instrument {
    Instrument {
        symbol: "ABCUSD".to_owned(),
        venue: "test".to_owned(),
        kind: ContractKind::Linear,
        base: "ABC".to_owned(),
        quote: "USD".to_owned(),
        tick_size: Fixed::new(1, 1),
        step_size: Fixed::new(1, 3),
        multiplier: Fixed::new(1, 0),
        fees: FeeSchedule { maker: Rate::ZERO, taker: Rate::ZERO, rounding: Rounding::TowardVenue, decimals: 8 },
        filters: Filters::lot_only(Quantity::new(1)),
        inferred: Vec::new(),
    }
}

/// Atto of quote in half a tick x step.
pub const HALF: i128 = 50_000_000_000_000;

pub fn usd(text: &str) -> Money {
    Money::parse(text).expect("a decimal")
}

pub fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_nanos(milliseconds * 1_000_000)
}

pub fn best(bid: i64, ask: i64) -> BestPrices {
    let level = |ticks| Some(Level { price: Price::new(ticks), quantity: Quantity::new(5) });
    BestPrices { bid: level(bid), ask: level(ask) }
}

/// The account. Stamps are milliseconds since 1970.
pub struct World {
    pub entries: Vec<Entry>,
    pub cash: Money,
    pub position: i64,
    next_id: u64,
}

/// One fill.
#[derive(Debug, Clone, Copy)]
pub struct Deal {
    pub side: Side,
    pub price: i64,
    pub quantity: i64,
    pub liquidity: Liquidity,
    pub fee: Money,
    pub best: BestPrices,
}

impl World {
    pub fn new(milliseconds: i64, equity: Money) -> Self {
        let start = Entry::Start { at: at(milliseconds), market: MarketId::FIRST, equity, position: Quantity::ZERO };
        Self { entries: vec![start], cash: equity, position: 0, next_id: 0 }
    }

    pub fn fill(&mut self, milliseconds: i64, deal: Deal) {
        let Deal { side, price, quantity, liquidity, fee, best } = deal;
        self.position += side.sign() * quantity;
        let paid = i128::from(side.sign() * price * quantity) * 2 * HALF;
        self.cash = self.cash - Money::from_atto(paid) - fee;
        let (price, quantity) = (Price::new(price), Quantity::new(quantity));
        let fill = Fill { price, quantity, liquidity, fee, best };
        self.report(milliseconds, side, ReportKind::Filled(fill));
    }

    pub fn report(&mut self, milliseconds: i64, side: Side, kind: ReportKind) {
        self.next_id += 1;
        let quantity = if let ReportKind::Filled(fill) = kind { fill.quantity } else { Quantity::ZERO };
        self.entries.push(Entry::Venue(ExecutionReport {
            market: MarketId::FIRST,
            client_order_id: ClientOrderId(self.next_id),
            order_id: OrderId(self.next_id),
            side,
            kind,
            executed: quantity,
            open: Quantity::ZERO,
            sent_at: at(milliseconds - 2),
            arrived_at: at(milliseconds),
            matched_at: at(milliseconds),
            reported_at: at(milliseconds + 3),
        }));
    }

    pub fn equity(&self, bid: i64, ask: i64) -> Money {
        self.cash + Money::from_atto(i128::from(self.position) * i128::from(bid + ask) * HALF)
    }

    pub fn mark(&mut self, milliseconds: i64, bid: i64, ask: i64) {
        let equity = self.equity(bid, ask);
        self.mark_at_equity(milliseconds, best(bid, ask), equity);
    }

    pub fn quote(&mut self, milliseconds: i64, bid: i64, ask: i64) {
        let (at, market) = (at(milliseconds), MarketId::FIRST);
        self.entries.push(Entry::Quote { at, market, best: best(bid, ask) });
    }

    pub fn mark_at_equity(&mut self, milliseconds: i64, best: BestPrices, equity: Money) {
        self.entries.push(Entry::Mark(Mark {
            market: MarketId::FIRST,
            at: at(milliseconds),
            best,
            position: Quantity::new(self.position),
            equity,
            open_orders: 2,
            feed_latency_ns: 1_500_000,
        }));
    }

    pub fn end(&mut self, milliseconds: i64) {
        self.entries.push(Entry::End { at: at(milliseconds), rows: 70, messages: 7 });
    }

    pub fn summary(&self) -> Summary {
        fold(&self.entries).expect("a consistent journal")
    }
}

pub fn fold(entries: &[Entry]) -> Result<Summary, crate::metrics::MetricsError> {
    let mut fold = MetricsFold::new(&instrument(), &MetricsOptions::default()).expect("exact scales");
    entries.iter().for_each(|entry| fold.record(entry));
    fold.finish()
}
