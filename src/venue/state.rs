use super::account::Account;
use super::bounds::Bounds;
use super::config::{Funds, MarketKind, VenueConfig, Watch};
use super::expiry::Expiries;
use super::memory::Memory;
use super::order::{Slot, Stage};
use super::orders::Orders;
use super::resting::Resting;
use super::shared::Shared;
use super::status::Calendar;
use super::step::Step;
use super::taking::Move;
use super::triggers::{Fired, Triggers};
use crate::book::Ladder;
use crate::checkpoint::kept;
use crate::model::{
    Access, Booking, ClientOrderId, ExecutionReport, Filters, Instrument, Liquidity, MarketId, Side, StatusChange,
    TriggerSource,
};
use crate::units::{Money, Overflow, Price, Quantity, Rate, Timestamp};

/// A stretch in which the venue answers every request that arrives with an error and looks at none. What is open stays open, and
/// goes on filling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// One account's side of one instrument: its orders, and how market data fill them. The book it matches against is the
/// recorded one and is passed in; it never holds own orders.
///
/// Every call takes the venue's clock `at`, which must not go back, and appends what happened to `out` in order.
#[derive(Debug, Clone)]
pub struct Venue {
    pub(super) market: MarketId,
    pub(super) kind: MarketKind,
    pub(super) config: VenueConfig,
    pub(super) filters: Filters,
    pub(super) bounds: Bounds,
    pub(super) orders: Orders,
    /// Own resting orders, buys and sells.
    pub(super) resting: [Resting; 2],
    pub(super) triggers: Triggers,
    pub(super) expiries: Expiries,
    pub(super) memory: Memory,
    pub(super) account: Account,
    /// Price of the last trade, or of the bar's path so far.
    pub(super) last: Option<Price>,
    /// Orders accepted so far.
    pub(super) accepted: u64,
    /// Bars: orders that wait for the next open, oldest first.
    pub(super) pending: Vec<Slot>,
    /// Bars seen so far.
    pub(super) bars: u64,
    /// Inside a bar taking is possible; between bars orders wait.
    pub(super) in_bar: bool,
    /// The end of the next message must look: the book may stand at or through an own order.
    pub(super) message_end: bool,
    /// When it is down.
    pub(super) outages: Vec<Outage>,
    /// When the market is halted, and at which prices orders are taken.
    pub(super) calendar: Calendar,
    /// Where orders stand among those of others; `None` where data are recorded.
    pub(super) shared: Option<Shared>,
    /// Steps that the order being matched has taken in the shared book.
    pub(super) taking: i64,
    /// Scratch: what the order being matched meets.
    pub(super) plan: Vec<Move>,
    /// Scratch: triggers that fired together.
    pub(super) fired: Vec<Fired>,
}

impl Venue {
    /// The same, but down for a while.
    #[must_use]
    pub fn with_outages(mut self, outages: Vec<Outage>) -> Self {
        self.outages = outages;
        self
    }

    /// The same, with a market whose status is another from each of these instants on; open before the first.
    ///
    /// # Panics
    /// When they are not in the order of time.
    #[must_use]
    pub fn with_statuses(mut self, changes: Vec<StatusChange>) -> Self {
        let closes = changes.iter().find(|change| change.status.access == Access::Closed).map(|change| change.at);
        closes.into_iter().for_each(|at| self.expiries.close_at(at));
        self.calendar = Calendar::new(changes);
        self
    }

    /// Which orders the market takes; the caller has brought the calendar up to now.
    pub(super) const fn access(&self) -> Access {
        self.calendar.now.access
    }

    /// An order with this id may come although later ones have: its request was lost on the way, and is sent again.
    pub fn admit_late(&mut self, id: ClientOrderId) {
        self.orders.admit_late(id);
    }

    /// True while nothing trades and nobody may enter.
    #[inline]
    pub(super) fn is_halted(&mut self, at: Timestamp) -> bool {
        self.calendar.turn_to(at);
        self.calendar.now.is_halted
    }

    /// True while it answers with errors alone.
    #[inline]
    pub(super) fn is_down(&self, at: Timestamp) -> bool {
        !self.outages.is_empty() && self.outages.iter().any(|outage| outage.from <= at && at < outage.until)
    }

    /// A venue without orders.
    ///
    /// # Errors
    /// [`Overflow`] when the instrument's scales do not fit.
    pub fn new(
        instrument: &Instrument,
        config: &VenueConfig,
        kind: MarketKind,
        opening: &Funds,
    ) -> Result<Self, Overflow> {
        let checked = config.fills.funds_checked;
        Ok(Self {
            market: MarketId::FIRST,
            kind,
            config: *config,
            filters: instrument.filters.clone(),
            bounds: Bounds::of(&instrument.filters),
            orders: Orders::default(),
            resting: [Resting::new(Side::Buy), Resting::new(Side::Sell)],
            triggers: Triggers::default(),
            expiries: Expiries::default(),
            memory: Memory::default(),
            account: Account::new(instrument, opening, config.leverage_max, checked)?,
            last: None,
            accepted: 0,
            pending: Vec::new(),
            bars: 0,
            in_bar: false,
            outages: Vec::new(),
            calendar: Calendar::open(),
            message_end: false,
            shared: None,
            taking: 0,
            plan: Vec::new(),
            fired: Vec::new(),
        })
    }

    /// The same as the venue of another of the run's markets; without this it is that of the first.
    #[must_use]
    pub const fn of_market(mut self, market: MarketId) -> Self {
        self.market = market;
        self
    }

    /// Moves quote of the account without a fill: received, or paid if negative. What orders were accepted stays.
    ///
    /// # Errors
    /// [`Overflow`] when the cash leaves its range.
    pub fn charge(&mut self, amount: Money) -> Result<(), Overflow> {
        self.account.charge(amount)
    }

    /// Puts `asked` of quote into the account, or takes it out (negative) if it is free, the position being worth half of `mid_x2`
    /// ticks. Returns what was moved: all of it, or nothing.
    ///
    /// What is free is, of a spot account, the cash that no open order has reserved. Of a linear contract it is the equity beyond what the
    /// largest leverage demands of the position and all open orders of either side; without a largest leverage, all equity.
    ///
    /// # Errors
    /// [`Overflow`] when the cash leaves its range.
    pub fn allocate(&mut self, asked: Money, mid_x2: i64) -> Result<Money, Overflow> {
        let moved = if self.can_give(asked, mid_x2)? { asked } else { Money::ZERO };
        self.account.charge(moved)?;
        Ok(moved)
    }

    /// True when [`allocate`](Self::allocate) would move `asked`.
    ///
    /// # Errors
    /// As there.
    pub fn can_give(&self, asked: Money, mid_x2: i64) -> Result<bool, Overflow> {
        self.account.can_give(asked, mid_x2)
    }

    /// Posts what sets a fill right: a bust, or either half of a correction. It is not asked whether the account can afford it: one that has
    /// sold since what is taken back now is short of it.
    ///
    /// # Errors
    /// [`Overflow`] when cash or position leave their range.
    pub fn book(&mut self, booking: &Booking) -> Result<(), Overflow> {
        self.account.book(booking)
    }

    /// Fee of a trade at this price, rounded as the venue does.
    ///
    /// # Errors
    /// [`Overflow`] when the fee leaves its range.
    pub fn fee(&self, price: Price, quantity: Quantity, liquidity: Liquidity) -> Result<Money, Overflow> {
        self.account.fee(price, quantity, liquidity)
    }

    /// What funding at `rate` brings in at a mid of half of `mid_x2` ticks; negative is paid. Nothing is moved.
    ///
    /// # Errors
    /// [`Overflow`] when the amount leaves its range.
    pub fn funding(&self, rate: Rate, mid_x2: i64) -> Result<Money, Overflow> {
        self.account.funding(rate, mid_x2)
    }

    /// Tells the venue the last trade price. The venue is not called for trades that reach no own order, so the engine
    /// says this before [`submit`](Self::submit) and [`amend`](Self::amend).
    pub fn set_last_trade(&mut self, price: Price) {
        self.last = Some(price);
    }

    /// Ends every good-til-date order whose instant is at or before `now`, each stamped with its own instant.
    ///
    /// Every other call does this first, so an order has ended before anything later matches.
    pub fn expire(&mut self, now: Timestamp, book: &mut Ladder, out: &mut Vec<ExecutionReport>) {
        let mut step = self.step(now, book, out);
        self.expire_due(&mut step);
    }

    /// The instant of the next good-til-date order; [`Timestamp::MAX`] if none.
    #[inline]
    #[must_use]
    pub fn next_expiry(&self) -> Timestamp {
        self.expiries.next()
    }

    /// Where the next market event can matter.
    #[inline]
    #[must_use]
    pub fn watch(&self) -> Watch {
        // In a shared book no row fills anything.
        let watched = self.shared.is_none();
        let best = |side: Side| self.resting[side.index()].best().filter(|_| watched).map(|level| level.price.ticks());
        let watch = Watch {
            buy_hi: best(Side::Buy).unwrap_or(i64::MIN),
            sell_lo: best(Side::Sell).unwrap_or(i64::MAX),
            message_end: self.message_end,
            ..Watch::default()
        };
        if self.triggers.is_empty() { watch } else { self.watch_triggers(watch) }
    }

    #[inline(never)]
    fn watch_triggers(&self, orders: Watch) -> Watch {
        let nearest = |like| self.triggers.nearest(like).map(|(price, _)| price.ticks());
        match self.trigger_source() {
            TriggerSource::Best => Watch { best_triggers: true, ..orders },
            TriggerSource::Last => Watch {
                last_at_or_above: nearest(Side::Sell).unwrap_or(i64::MAX),
                last_at_or_below: nearest(Side::Buy).unwrap_or(i64::MIN),
                ..orders
            },
        }
    }

    /// The end of the next message must come here: part of [`watch`](Self::watch), the one that a row alone can change.
    #[must_use]
    pub const fn watches_message_end(&self) -> bool {
        self.message_end
    }

    /// A trigger watches the best prices.
    pub(super) fn best_triggers(&self) -> bool {
        self.trigger_source() == TriggerSource::Best && !self.triggers.is_empty()
    }

    /// Orders accepted and not ended, waiting stops included.
    #[must_use]
    pub fn open_orders(&self) -> u32 {
        self.orders.len() as u32
    }

    /// Steps that the queue model takes to be ahead of a resting order; `None` where it does not rest.
    #[must_use]
    pub fn queue_ahead(&self, id: ClientOrderId) -> Option<Quantity> {
        let order = &self.orders[self.orders.find(id)?];
        (order.stage == Stage::Resting).then(|| Quantity::new(order.ahead))
    }

    /// Signed position in steps.
    #[must_use]
    pub const fn position(&self) -> Quantity {
        self.account.position()
    }

    /// A call's surroundings; without level-2 data the book is out of sight.
    #[inline]
    pub(super) fn step<'a>(&self, at: Timestamp, book: &'a mut Ladder, out: &'a mut Vec<ExecutionReport>) -> Step<'a> {
        Step::new(at, (self.kind == MarketKind::L2).then_some(book), out)
    }

    /// Where triggers look: without a book there is only the last trade. In a shared book the best prices, whatever is configured: a
    /// trade is a row in the middle of a message there, after which the book is not what the ladder still shows.
    pub(super) fn trigger_source(&self) -> TriggerSource {
        if self.shared.is_some() {
            return TriggerSource::Best;
        }
        if self.kind == MarketKind::L2 { self.config.trigger } else { TriggerSource::Last }
    }

    pub(super) fn lot(&self) -> i64 {
        self.filters.lot.steps()
    }
}

kept!(Venue {
    state: orders, resting, triggers, expiries, memory, last, accepted, pending, bars, in_bar, message_end, calendar, taking;
    parts: account;
    left: market, kind, config, filters, bounds, outages, shared, plan, fired;
});
