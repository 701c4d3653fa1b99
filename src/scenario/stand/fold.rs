use super::order::Order;
use super::show::{EntryShown, MarketStand, Stand};
use super::wire::WireLine;
use crate::gates::catalogue;
use crate::journal::Entry;
use crate::ledger::{Account, Books, Cause, CostMethod, Opening};
use crate::model::{
    BestPrices, BotStatus, ClientOrderId, ExecutionReport, GateId, Instrument, Mark, ReportKind, Side, WireEvent,
};
use crate::scenario::ledger::{FillProblem, RunLedgerError, known_market, posted};
use crate::scenario::manifest::LaneRecord;
use crate::units::{Fixed, Money, Overflow, Price, Quantity, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// One market while entries are taken.
struct Market {
    instrument: Instrument,
    books: Books,
    orders: BTreeMap<ClientOrderId, Order>,
    /// Steps the bot has heard of, and those it will, by when.
    known: i64,
    due: Vec<(Timestamp, i64)>,
    fills: u64,
    best: BestPrices,
    status: BotStatus,
    tripped: BTreeSet<GateId>,
    is_halted: bool,
    line: WireLine,
}

impl Market {
    fn new(instrument: &Instrument, opening: &Opening) -> Result<Self, Overflow> {
        Ok(Self {
            instrument: instrument.clone(),
            books: Books::new(instrument, opening)?,
            orders: BTreeMap::new(),
            known: opening.position.steps(),
            due: Vec::new(),
            fills: 0,
            best: BestPrices::default(),
            status: BotStatus::Running,
            tripped: BTreeSet::new(),
            is_halted: false,
            line: WireLine::default(),
        })
    }

    /// What has reached the bot by `now` it knows; orders of which it knows the end are forgotten.
    fn pass(&mut self, now: Timestamp) {
        let heard: i64 = self.due.iter().filter(|(at, _)| *at <= now).map(|(_, steps)| steps).sum();
        self.known = self.known.saturating_add(heard);
        self.due.retain(|(at, _)| now < *at);
        self.orders.retain(|_, order| !order.is_over(now));
    }

    fn report(&mut self, report: &ExecutionReport) -> Result<(), FillProblem> {
        let id = report.client_order_id;
        if report.kind.sets_right() {
            self.set_right(report)?;
        } else if let Some(order) = self.orders.get_mut(&id) {
            order.report(report);
        } else if !matches!(report.kind, ReportKind::RequestRejected(_)) {
            // A request about an order that is over says nothing of it.
            self.orders.entry(id).or_insert_with(|| Order::reported(report)).report(report);
        }
        if let ReportKind::Filled(fill) = &report.kind {
            self.books.trade(&crate::model::Booking::of(report.side, fill))?;
            self.fills += 1;
        }
        if matches!(report.kind, ReportKind::Rejected(_) | ReportKind::Ended(_)) {
            self.line.ends(id);
        }
        let moved: i128 = report.kind.bookings(report.side).map(|booking| booking.signed()).sum();
        if moved != 0 {
            self.due.push((report.reported_at, i64::try_from(moved).unwrap_or_default()));
        }
        Ok(())
    }

    fn set_right(&mut self, report: &ExecutionReport) -> Result<(), FillProblem> {
        match &report.kind {
            ReportKind::Busted(bust) => drop(self.books.bust(report.side, bust)?),
            ReportKind::Corrected(correction) => drop(self.books.correct(report.side, correction)?),
            _ => {}
        }
        Ok(())
    }

    fn wire(&mut self, at: Timestamp, id: ClientOrderId, event: WireEvent) {
        if let WireEvent::ResentAs(other) = event
            && let Some(order) = self.orders.get(&id)
        {
            let again = order.again();
            self.orders.insert(ClientOrderId(other), again);
        }
        self.line.take(at, id, event);
    }

    fn stand(&self, now: Timestamp) -> Result<MarketStand, Overflow> {
        let (tick, step) = (self.instrument.tick_size, self.instrument.step_size);
        let decimal =
            |count: i64, unit: Fixed| Fixed::format_exact(i128::from(count) * i128::from(unit.mantissa), unit.scale);
        let price = |price: Price| decimal(price.ticks(), tick);
        let base = |quantity: Quantity| decimal(quantity.steps(), step);
        let order =
            |(id, order): (&ClientOrderId, &Order)| order.stand(*id, (now, self.line.is_unknown(*id)), (&price, &base));
        let best = |side| self.best.side(side).map(|level| price(level.price));
        let name = |id: &GateId| {
            let gate = catalogue().iter().find(|gate| gate.id == *id);
            gate.map_or_else(|| format!("gate {}", id.0), |gate| gate.name.to_owned())
        };
        Ok(MarketStand {
            symbol: self.instrument.symbol.clone(),
            base: self.instrument.base.clone(),
            position: base(self.books.position()),
            position_known: decimal(self.known, step),
            cash: self.books.balance(Account::Cash)?,
            fees: self.books.fees()?,
            realized: self.books.realized(CostMethod::Average),
            fills: self.fills,
            best: [best(Side::Buy), best(Side::Sell)],
            status: self.status,
            tripped: self.tripped.iter().map(name).collect(),
            is_halted: self.is_halted,
            orders: self.orders.iter().map(order).collect(),
            wire: self.line.stand(now),
        })
    }
}

/// The fold.
pub(super) struct StandFold {
    markets: Vec<Market>,
    now: Timestamp,
    entry: u64,
    equity: Money,
    marked_at: Timestamp,
    last: VecDeque<(u64, Entry)>,
    count: usize,
}

impl StandFold {
    pub fn new(markets: &[(Instrument, Opening)], count: usize) -> Result<Self, Overflow> {
        let markets = markets.iter().map(|(instrument, opening)| Market::new(instrument, opening));
        Ok(Self {
            markets: markets.collect::<Result<_, _>>()?,
            now: Timestamp::MIN,
            entry: 0,
            equity: Money::ZERO,
            marked_at: Timestamp::MIN,
            last: VecDeque::new(),
            count,
        })
    }

    /// Takes the next entry; reports say when the bot hears of them.
    pub fn take(&mut self, number: u64, entry: &Entry) -> Result<(), FillProblem> {
        (self.entry, self.now) = (number, self.now.max(entry.at()));
        self.last.push_back((number, *entry));
        if self.count < self.last.len() {
            self.last.pop_front();
        }
        // Refuses what no ledger takes, before the books would.
        posted(entry, self.markets.len())?;
        let place = known_market(entry.market(), self.markets.len())?;
        let market = &mut self.markets[place];
        match *entry {
            Entry::Start { at, equity, .. } => (self.equity, self.marked_at) = (equity, at),
            Entry::Mark(mark) => self.mark(&mark, place),
            Entry::OrderSent { intent, .. } => {
                market.orders.insert(intent.client_order_id, Order::sent(&intent));
            }
            Entry::CancelSent { client_order_id, .. } => {
                market.orders.get_mut(&client_order_id).into_iter().for_each(Order::cancels);
            }
            Entry::Venue(report) => market.report(&report)?,
            Entry::Wire { at, client_order_id, event, .. } => market.wire(at, client_order_id, event),
            Entry::Charged { charge, amount, .. } => drop(market.books.receive(Cause::from(charge), amount)?),
            Entry::Allocated { amount: Money::ZERO, .. } => {}
            Entry::Allocated { amount, .. } => drop(market.books.receive(Cause::Allocation, amount)?),
            Entry::Command { status, .. } => market.status = status,
            Entry::Tripped { refusal, .. } => drop(market.tripped.insert(refusal.gate)),
            Entry::Cleared { gate, .. } => drop(market.tripped.remove(&gate)),
            Entry::Status { status, .. } => market.is_halted = status.is_halted,
            _ => {}
        }
        Ok(())
    }

    fn mark(&mut self, mark: &Mark, place: usize) {
        (self.equity, self.marked_at) = (mark.equity, mark.at);
        let market = &mut self.markets[place];
        market.best = mark.best;
        market.pass(mark.at);
    }

    /// How it stands after the last entry that was taken.
    pub fn finish(mut self, (run_id, lane, start): (&str, &LaneRecord, Timestamp)) -> Result<Stand, RunLedgerError> {
        let now = self.now;
        self.markets.iter_mut().for_each(|market| market.pass(now));
        let stands = self.markets.iter().map(|market| market.stand(now)).collect::<Result<Vec<_>, Overflow>>();
        let problem = |source: Overflow| RunLedgerError::Fill {
            lane: lane.preset.clone(),
            entry: self.entry,
            source: source.into(),
        };
        let markets = stands.map_err(problem)?;
        let shown = |(number, entry): &(u64, Entry)| EntryShown {
            number: *number,
            fields: entry.fields().iter().map(|(name, text)| (name, text.to_owned())).collect(),
        };
        Ok(Stand {
            run_id: run_id.to_owned(),
            preset: lane.preset.clone(),
            entry: self.entry,
            entries: lane.entries,
            at: now,
            after_ns: now.since(start).nanos(),
            quote: self.markets.first().map_or_else(String::new, |market| market.instrument.quote.clone()),
            equity: self.equity,
            marked_at: self.marked_at,
            markets,
            last: self.last.iter().map(shown).collect(),
        })
    }
}
