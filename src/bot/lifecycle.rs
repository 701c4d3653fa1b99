use super::flatten::Flatten;
use super::{Account, Decision, Request};
use crate::gates::{AmendedOrder, Execution, GateCounter, GateEvent, Gates, RiskView};
use crate::ledger::{Ledger, Opening};
use crate::model::{
    AmendOrder, Bar, BestPrices, Charge, ClientOrderId, ExecutionReport, Instrument, Intent, Mark, MarketId, OrderType,
    RejectReason, ReportKind, Side, Trade,
};
use crate::strategy::{Action, Actions, DepthView, MarketView, OpenOrder, Strategy, Subscriptions, View};
use crate::units::{Money, Overflow, Quantity, Span, Timestamp};

/// Why the strategy is called.
#[derive(Debug, Clone, Copy)]
pub enum Wake<'a> {
    /// Its timer rang.
    Timer,
    /// A bar is complete.
    Bar(MarketId, &'a Bar),
    /// The best prices changed.
    Book(MarketId),
    /// A public trade arrived.
    Trade(MarketId, &'a Trade),
    /// An execution report arrived.
    Report(&'a ExecutionReport),
}

impl Wake<'_> {
    /// The market it comes from; a timer comes from none and says the first.
    #[must_use]
    pub const fn market(&self) -> MarketId {
        match self {
            Self::Timer => MarketId::FIRST,
            Self::Bar(market, _) | Self::Trade(market, _) | Self::Book(market) => *market,
            Self::Report(report) => report.market,
        }
    }
}

/// What the market looks like from where the bot sits.
#[derive(Clone, Copy)]
pub struct MarketKnowledge<'a> {
    /// Best prices as last heard.
    pub best: BestPrices,
    /// When the last market message arrived.
    pub market_at: Option<Timestamp>,
    /// The feed takes its book for sound: while it does not, nothing of the market can be acted on.
    pub is_synchronised: bool,
    /// How long that message was on its way.
    pub market_latency: Span,
    /// Last public trade heard of.
    pub last_trade: Option<Trade>,
    /// The bot's own book, if it keeps one.
    pub depth: Option<&'a dyn DepthView>,
}

impl MarketKnowledge<'_> {
    /// When the last message arrived that can be acted on; nothing while the feed takes its book for broken.
    #[must_use]
    pub fn usable_at(&self) -> Option<Timestamp> {
        self.market_at.filter(|_| self.is_synchronised)
    }
}

/// What a bot is set up with in one market.
pub struct BotMarket {
    /// The instrument traded there.
    pub instrument: Instrument,
    /// The gates of its orders there.
    pub gates: Gates,
    /// What it holds there at the start.
    pub opening: Opening,
}

/// One market as the bot keeps it.
pub(super) struct Desk {
    pub(super) gates: Gates,
    pub(super) instrument: Instrument,
    /// It is being brought to nothing.
    pub(super) flatten: Option<Flatten>,
    /// Ticks between two prices that the venue takes.
    price_increment: i64,
    /// Last mid heard, doubled; marks the bot's equity while a side of the book is empty.
    mid_x2: i64,
}

impl Desk {
    /// What was heard last: the distance of prices, and the mid.
    pub(super) const fn heard(&self) -> (i64, i64) {
        (self.price_increment, self.mid_x2)
    }

    pub(super) const fn hear(&mut self, (price_increment, mid_x2): (i64, i64)) {
        (self.price_increment, self.mid_x2) = (price_increment, mid_x2);
    }
}

/// The bot under test.
pub struct Bot {
    pub(super) strategy: Box<dyn Strategy>,
    subscriptions: Subscriptions,
    pub(super) account: Account,
    pub(super) actions: Actions,
    /// One a market, in order.
    pub(super) desks: Vec<Desk>,
    /// A gate at one of them hears of reports.
    hears_reports: bool,
    /// Its strategy is not called: it is stopped, or on its way to nothing.
    pub(super) is_silent: bool,
    /// What gates did whose process ended without saving its state.
    pub(super) forgotten: Vec<GateCounter>,
}

impl Bot {
    /// Puts strategy and gates together, for one market or several.
    ///
    /// # Errors
    /// [`Overflow`] when an opening position cannot be valued.
    pub fn new(strategy: Box<dyn Strategy>, markets: Vec<BotMarket>) -> Result<Self, Overflow> {
        let account = Account::new(markets.iter().map(|market| (&market.instrument, &market.opening)))?;
        let desk = |market: BotMarket| Desk {
            gates: market.gates,
            instrument: market.instrument,
            flatten: None,
            price_increment: 1,
            mid_x2: market.opening.at.map_or(0, |price| 2 * price.ticks()),
        };
        let mut desks: Vec<Desk> = markets.into_iter().map(desk).collect();
        // All markets of a bot are one user's, the first market's.
        let user = desks.first().and_then(|desk| desk.gates.user());
        user.iter().for_each(|user| desks.iter_mut().for_each(|desk| desk.gates.join(user)));
        Ok(Self {
            subscriptions: strategy.subscriptions(),
            strategy,
            account,
            actions: Actions::default(),
            hears_reports: desks.iter().any(|desk| desk.gates.hears_reports()),
            desks,
            is_silent: false,
            forgotten: Vec::new(),
        })
    }

    /// What wakes the strategy.
    #[must_use]
    pub const fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// What the bot believes of its account.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The gates of a market, for counters and digests.
    #[must_use]
    pub fn gates(&self, market: MarketId) -> &Gates {
        &self.desks[market.index()].gates
    }

    /// The gates of a market, for the risk clock.
    pub fn gates_mut(&mut self, market: MarketId) -> &mut Gates {
        &mut self.desks[market.index()].gates
    }

    /// What each gate has done so far, all markets together, in catalogue order.
    #[must_use]
    pub fn gate_counters(&self) -> Vec<GateCounter> {
        let mut sums = self.forgotten.clone();
        self.desks.iter().for_each(|desk| add(&mut sums, desk.gates.counters()));
        sums
    }

    /// The strategy, for its description and its state.
    #[must_use]
    pub fn strategy(&self) -> &dyn Strategy {
        self.strategy.as_ref()
    }

    /// Takes into the account what the venue moved without a fill.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn charge(&mut self, market: MarketId, charge: Charge, amount: Money) -> Result<(), Overflow> {
        self.account.charge(market, charge, amount)
    }

    /// Takes into the account what its owner put in (took out, if negative) at a market, and tells the gates of every market, which hold
    /// the equity of the whole account against an earlier one.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn allocate(&mut self, market: MarketId, amount: Money) -> Result<(), Overflow> {
        self.desks.iter_mut().for_each(|desk| desk.gates.allocated(amount));
        self.account.allocate(market, amount)
    }

    /// A venue has announced that from now on it takes prices so many ticks apart.
    pub fn announce(&mut self, market: MarketId, price_increment: i64) {
        let desk = self.desks.get_mut(market.index());
        desk.into_iter().for_each(|desk| desk.price_increment = price_increment);
    }

    /// Takes a report into the account and lets its market's gates hear of it, which append to `out` what changed. Call before
    /// waking the strategy with it.
    ///
    /// # Errors
    /// [`Overflow`] when a balance leaves its range.
    pub fn learn(&mut self, report: &ExecutionReport, out: &mut Vec<GateEvent>) -> Result<(), Overflow> {
        match report.kind {
            ReportKind::Rejected(RejectReason::Unavailable | RejectReason::NotPlaced) => self.excuse(report),
            ReportKind::Rejected(reason) if reason.is_of_the_moment() => self.excuse(report),
            ReportKind::RequestRejected(RejectReason::Unavailable | RejectReason::NotPlaced) => self.put_off(report),
            _ => {}
        }
        if !self.hears_reports {
            return self.account.learn(report);
        }
        let before = Books::of(self.account.ledger(report.market))?;
        self.account.learn(report)?;
        let after = Books::of(self.account.ledger(report.market))?;
        let execution = match report.kind {
            // A correction is one execution, which leaves the position as it is.
            ReportKind::Filled(_) | ReportKind::Busted(_) | ReportKind::Corrected(_) => Some(after.since(&before)?),
            _ => None,
        };
        self.gates_mut(report.market).on_report(report, execution.as_ref(), out);
        Ok(())
    }

    /// Calls the strategy and judges its wishes; `out` takes each decision as it is made. `markets` says what is known of each
    /// market.
    ///
    /// # Errors
    /// [`Overflow`] when an amount leaves its range.
    pub fn wake(
        &mut self,
        wake: Wake<'_>,
        now: Timestamp,
        markets: &[MarketKnowledge<'_>],
        out: impl FnMut(Decision),
    ) -> Result<(), Overflow> {
        if self.is_silent {
            return Ok(());
        }
        let equity = self.equity(markets)?;
        let others = others(&self.desks, &self.account, markets);
        let (first, market) = (&self.desks[0], &markets[0]);
        let ledger = self.account.ledger(MarketId::FIRST);
        let view = View {
            now,
            woken: wake.market(),
            others: &others,
            instrument: &first.instrument,
            price_increment: first.price_increment,
            best: market.best,
            market_at: market.usable_at(),
            last_trade: market.last_trade,
            position: ledger.position(),
            average_cost: self.account.average_cost(MarketId::FIRST),
            equity,
            orders: self.account.orders(),
            depth: market.depth,
        };
        let actions = &mut self.actions;
        actions.clear();
        match wake {
            Wake::Timer => self.strategy.on_timer(&view, actions),
            Wake::Bar(_, bar) => self.strategy.on_bar(bar, &view, actions),
            Wake::Book(_) => self.strategy.on_book(&view, actions),
            Wake::Trade(_, trade) => self.strategy.on_trade(trade, &view, actions),
            Wake::Report(report) => self.strategy.on_report(report, &view, actions),
        }
        self.judge(now, markets, equity, out)
    }

    /// Equity of the whole account at the mids as last heard.
    #[inline]
    fn equity(&mut self, markets: &[MarketKnowledge<'_>]) -> Result<Money, Overflow> {
        let mut equity = Money::ZERO;
        for ((place, desk), market) in (0..).zip(&mut self.desks).zip(markets) {
            desk.mid_x2 = market.best.mid_x2().unwrap_or(desk.mid_x2);
            equity = equity.checked_add(self.account.ledger(MarketId(place)).equity(desk.mid_x2)?)?;
        }
        Ok(equity)
    }

    fn judge(
        &mut self,
        now: Timestamp,
        markets: &[MarketKnowledge<'_>],
        equity: Money,
        mut out: impl FnMut(Decision),
    ) -> Result<(), Overflow> {
        let wishes = self.actions.take();
        let judged = self.judge_each(&wishes, now, markets, equity, &mut out);
        self.actions.give_back(wishes);
        judged
    }

    fn judge_each(
        &mut self,
        wishes: &[Action],
        now: Timestamp,
        markets: &[MarketKnowledge<'_>],
        equity: Money,
        out: &mut impl FnMut(Decision),
    ) -> Result<(), Overflow> {
        let Some(first) = wishes.first() else { return Ok(()) };
        let mut at = self.market_of(first);
        let mut risk = self.risk(at, now, &markets[at.index()], equity);
        for action in wishes {
            let market = self.market_of(action);
            if market == at {
                self.recount(market, &mut risk);
            } else {
                (at, risk) = (market, self.risk(market, now, &markets[market.index()], equity));
            }
            let decision = match action {
                Action::Submit(intent) => self.submit(market, intent, &risk)?,
                Action::Cancel(client_order_id) => self.cancel(market, *client_order_id, &risk),
                Action::Amend { client_order_id, price, quantity } => {
                    let (client_order_id, price, quantity) = (*client_order_id, *price, *quantity);
                    self.amend(market, AmendOrder { client_order_id, price, quantity, sent_at: now }, &risk)?
                }
            };
            out(decision);
        }
        self.strategy.on_judged();
        Ok(())
    }

    /// Where a wish goes: to the market it names or its order is at. What names no market of this run goes to the first,
    /// whose venue will say so.
    #[inline]
    fn market_of(&self, action: &Action) -> MarketId {
        if self.desks.len() == 1 {
            return MarketId::FIRST;
        }
        let market = match action {
            Action::Submit(intent) => Some(intent.market),
            Action::Cancel(client_order_id) | Action::Amend { client_order_id, .. } => {
                self.account.order(*client_order_id).map(|order| order.market)
            }
        };
        market.filter(|market| market.index() < self.desks.len()).unwrap_or(MarketId::FIRST)
    }

    pub(super) fn risk(&self, id: MarketId, now: Timestamp, market: &MarketKnowledge<'_>, equity: Money) -> RiskView {
        let mut risk = RiskView {
            now,
            position: self.account.ledger(id).position(),
            open_buy: self.account.open(id, Side::Buy),
            open_sell: self.account.open(id, Side::Sell),
            reduce_only_buy: self.account.reduce_only(id, Side::Buy),
            reduce_only_sell: self.account.reduce_only(id, Side::Sell),
            open_orders: self.account.open_orders(id),
            own_bid: None,
            own_ask: None,
            other_positions: 0,
            best: market.best,
            market_at: market.usable_at(),
            equity,
        };
        self.look_around(id, &mut risk);
        risk
    }

    /// Looks up what only some gates want to know.
    #[inline]
    fn look_around(&self, id: MarketId, risk: &mut RiskView) {
        let gates = self.gates(id);
        if gates.wants_own_prices() || gates.wants_other_positions() {
            self.look_around_for(id, risk);
        }
    }

    #[cold]
    fn look_around_for(&self, id: MarketId, risk: &mut RiskView) {
        let nearest = |side| self.account.price_nearest(id, side);
        (risk.own_bid, risk.own_ask) = (nearest(Side::Buy), nearest(Side::Sell));
        risk.other_positions = self.other_positions(id);
    }

    /// Brings the part of a risk view up to date that a wish before can have changed.
    #[inline]
    fn recount(&self, id: MarketId, risk: &mut RiskView) {
        risk.open_buy = self.account.open(id, Side::Buy);
        risk.open_sell = self.account.open(id, Side::Sell);
        risk.reduce_only_buy = self.account.reduce_only(id, Side::Buy);
        risk.reduce_only_sell = self.account.reduce_only(id, Side::Sell);
        risk.open_orders = self.account.open_orders(id);
        self.look_around(id, risk);
    }

    /// In how many other markets the bot is.
    fn other_positions(&self, id: MarketId) -> u32 {
        let others = (0..self.desks.len()).map(|place| MarketId(place as u8)).filter(|market| *market != id);
        others.filter(|market| self.account.is_engaged(*market)).count() as u32
    }

    #[inline]
    pub(super) fn submit(&mut self, market: MarketId, intent: &Intent, risk: &RiskView) -> Result<Decision, Overflow> {
        match self.gates_mut(market).clear_order(*intent, risk) {
            Ok(cleared) => {
                self.account.sent(intent)?;
                Ok(Decision::Send(market, Request::New(cleared)))
            }
            Err(refusal) => Ok(Decision::OrderRefused(*intent, refusal)),
        }
    }

    pub(super) fn cancel(&mut self, market: MarketId, client_order_id: ClientOrderId, risk: &RiskView) -> Decision {
        match self.gates_mut(market).clear_cancel(client_order_id, risk) {
            Ok(cleared) => {
                self.account.cancelling(client_order_id);
                Decision::Send(market, Request::Cancel(cleared))
            }
            Err(refusal) => Decision::RequestRefused(market, client_order_id, refusal),
        }
    }

    fn amend(&mut self, market: MarketId, amend: AmendOrder, risk: &RiskView) -> Result<Decision, Overflow> {
        let client_order_id = amend.client_order_id;
        let order = amended(self.account.order(client_order_id));
        match self.gates_mut(market).clear_amend(amend, &order, risk) {
            Ok(cleared) => {
                self.account.amending(client_order_id, amend.price, amend.quantity)?;
                Ok(Decision::Send(market, Request::Amend(cleared)))
            }
            Err(refusal) => Ok(Decision::RequestRefused(market, client_order_id, refusal)),
        }
    }

    /// Shows a market's gates a tick of the risk clock. Where they want what is held closed, the bot begins to bring it to nothing.
    pub fn on_mark(&mut self, mark: &Mark, out: &mut Vec<GateEvent>) {
        let desk = &mut self.desks[mark.market.index()];
        desk.gates.on_mark(mark, out);
        if desk.gates.wants_closed() && !mark.position.is_zero() && desk.flatten.is_none() {
            desk.flatten = Some(Flatten::default());
            self.refresh_silence();
        }
    }

    /// When a market's gates demand it: a cancel for every order sent there up to their trip that has none on its way, but
    /// for those that can only bring the position closer to zero: without its stop an open position is worse off.
    pub fn cancel_all(
        &mut self,
        id: MarketId,
        now: Timestamp,
        market: &MarketKnowledge<'_>,
        mut out: impl FnMut(Decision),
    ) {
        let Some(last) = self.gates(id).cancel_up_to() else { return };
        let risk = self.risk(id, now, market, Money::ZERO);
        let pending: Vec<ClientOrderId> = self
            .account
            .orders()
            .iter()
            .filter(|order| order.market == id && !order.cancelling && order.client_order_id <= last)
            .filter(|order| !guards(order, risk.position))
            .map(|order| order.client_order_id)
            .collect();
        pending.into_iter().for_each(|client_order_id| out(self.cancel(id, client_order_id, &risk)));
    }
}

/// Counts what gates did into `sums`, gate by gate.
pub(super) fn add(sums: &mut Vec<GateCounter>, counters: Vec<GateCounter>) {
    if sums.is_empty() {
        *sums = counters;
        return;
    }
    for (sum, counter) in sums.iter_mut().zip(counters) {
        sum.evaluated += counter.evaluated;
        sum.refused += counter.refused;
        sum.tripped += counter.tripped;
    }
}

/// What a ledger says before and after a fill.
struct Books {
    position: Quantity,
    /// Realised, fees taken off.
    result: Money,
}

impl Books {
    fn of(ledger: &Ledger) -> Result<Self, Overflow> {
        Ok(Self { position: ledger.position(), result: ledger.realized().checked_sub(ledger.fees())? })
    }

    fn since(&self, before: &Self) -> Result<Execution, Overflow> {
        let result = self.result.checked_sub(before.result)?;
        Ok(Execution { before: before.position, after: self.position, result })
    }
}

/// True when the order only guards `position`: against it, and reduce-only or protective and no larger.
fn guards(order: &OpenOrder, position: Quantity) -> bool {
    let held = -order.side.sign() * position.steps();
    held > 0 && (order.reduce_only || (order.protective && order.open_max().steps() <= held))
}

/// The markets after the first, as the strategy sees them. A bot of one market allocates nothing here.
#[inline(always)]
fn others<'a>(desks: &'a [Desk], account: &'a Account, markets: &'a [MarketKnowledge<'a>]) -> Vec<MarketView<'a>> {
    let seen = |((place, desk), market): ((u8, &'a Desk), &'a MarketKnowledge<'a>)| {
        let id = MarketId(place);
        MarketView {
            id,
            instrument: &desk.instrument,
            price_increment: desk.price_increment,
            best: market.best,
            market_at: market.usable_at(),
            last_trade: market.last_trade,
            position: account.ledger(id).position(),
            average_cost: account.average_cost(id),
            depth: market.depth,
        }
    };
    if desks.len() == 1 { Vec::new() } else { (0..).zip(desks).zip(markets).skip(1).map(seen).collect() }
}

/// The order as the gates want to see it. One the bot does not know (any more) has nothing open; the venue will say so.
fn amended(known: Option<&OpenOrder>) -> AmendedOrder {
    match known {
        Some(order) => AmendedOrder {
            side: order.side,
            order_type: order.order_type,
            executed: order.executed,
            open: order.open_max(),
            reduce_only: order.reduce_only,
            protective: order.protective,
        },
        None => AmendedOrder {
            side: Side::Buy,
            order_type: OrderType::Market,
            executed: Quantity::ZERO,
            open: Quantity::ZERO,
            reduce_only: true,
            protective: false,
        },
    }
}
