//! Pre-trade checks, breakers, kill switch: the only door to the venue.
//!
//! A gate is one small file: its limits, its state, its edges. A row in `list.rs` puts it into the configuration, the
//! catalogue and every call. [`Cleared`] is the proof that all gates passed a request; nobody else can make one.
//!
//! Which gate looks at which request is data, the [`Row`] of its [`GateSpec`]:
//!
//! | gate | increases risk | reduces risk | cancels |
//! |---|---|---|---|
//! | kill_switch | checked | passes | passes |
//! | stale_data | checked | checked unless protective | passes |
//! | daily_loss | checked | passes | passes |
//! | order_value | checked | passes | passes |
//! | position | checked | passes | passes |
//! | order_burst | checked | checked unless protective | passes |
//! | idempotency | checked | checked | passes |
//! | book_state | checked | checked unless protective | passes |
//! | venue_filters | checked | checked | passes |
//! | price_collar | checked | checked unless protective | passes |
//! | period_collar | checked | checked unless protective | passes |
//! | order_quantity | checked | passes | passes |
//! | fee_coverage | checked | passes | passes |
//! | exposure | checked | passes | passes |
//! | leverage | checked | passes | passes |
//! | open_orders | checked | passes | passes |
//! | daily_orders | checked | passes | passes |
//! | position_ramp | checked | passes | passes |
//! | message_rate | checked | checked unless protective | passes |
//! | drawdown | checked | passes | passes |
//! | total_loss | checked | passes | passes |
//! | extreme_move | checked | passes | passes |
//! | consecutive_losses | checked | passes | passes |
//! | single_trade_loss | checked | passes | passes |
//! | stop_loss | checked | passes | passes |
//! | error_rate | checked | passes | passes |
//! | repeated_executions | checked | passes | passes |
//! | daily_turnover | checked | passes | passes |
//! | self_trade | checked | checked unless protective | passes |
//! | concurrent_positions | checked | passes | passes |
//! | paper_mode | checked | checked | passes |
//! | heartbeat | checked | passes | passes |
//! | user_orders | checked | passes | passes |
//!
//! The first six are armed where a configuration does not mention them; the others have to be asked for.
//!
//! Order rule: gates judge in the order of the catalogue and the first refusal is reported, the rest not asked; what they
//! count, they count only when all have passed.
//! Invariants: exactly at a limit passes, one unit above is refused; what cannot be computed is refused; what reduces
//! risk is never stopped by a risk limit, and a cancel by nothing; no judgement allocates; a state saved and restored
//! judges as if nothing had happened.
//! Known limits: one instrument (a bot of several markets has a table of gates for each, with the account's equity); a limit on value follows the price only when an order is judged.

mod ask;
pub mod book_state;
mod broken;
mod broken_orders;
mod cleared;
pub mod concurrent_positions;
mod config;
pub mod consecutive_losses;
pub mod daily_loss;
pub mod daily_orders;
pub mod daily_turnover;
mod day_count;
mod defect;
pub mod drawdown;
pub mod error_rate;
pub mod exposure;
pub mod extreme_move;
pub mod fee_coverage;
mod gate;
pub mod heartbeat;
pub mod idempotency;
pub mod kill_switch;
mod latch;
pub mod leverage;
mod list;
mod loss;
pub mod message_rate;
pub mod open_orders;
pub mod order_burst;
pub mod order_quantity;
pub mod order_value;
pub mod paper_mode;
pub mod period_collar;
pub mod position;
pub mod position_ramp;
pub mod price_collar;
pub mod repeated_executions;
mod round_trip;
pub mod self_trade;
mod setting;
mod settled;
pub mod single_trade_loss;
mod spec;
pub mod stale_data;
pub mod stop_loss;
mod streak;
pub mod total_loss;
mod user;
pub mod user_orders;
pub mod venue_filters;
mod view;
mod window;

pub(crate) use book_state::{TWO_SIDES, fault as book_fault};
pub use cleared::Cleared;
pub(crate) use cleared::on_its_way;
pub use config::ConfigError;
pub use defect::Defect;
pub use list::{GateConfig, catalogue};
pub use setting::{Amount, BasisPoints, Multiple, Percent, Ratio, Setting};
pub use spec::{Cell, Effect, GateSpec, LimitSpec, Row, UNKNOWN, Unit};
pub use user::User;
pub use view::{AmendedOrder, Execution, GateCounter, GateEvent, RiskView};

use crate::model::{
    AmendOrder, BotStatus, CancelOrder, ClientOrderId, Command, ExecutionReport, GateId, Instrument, Intent, Mark,
    NewOrder, Refusal, Session,
};
use crate::units::{Money, Overflow, Timestamp};
use ask::Ask;
use broken::Broken;
use gate::{Gate, Scales};
use list::{List, ListState};

/// All gates of one bot.
#[derive(Debug, Clone)]
pub struct Gates {
    list: List,
    /// Some armed gate wants to hear of reports.
    hears_reports: bool,
    last_cleared: ClientOrderId,
    cancel_up_to: Option<ClientOrderId>,
    open_orders: u32,
    /// What is wrong with one of them; nothing, in any bot.
    broken: Option<Box<Broken>>,
}

/// All gates of one bot as plain data, for a checkpoint or a restart in the middle of a day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatesState {
    list: ListState,
    last_cleared: u64,
    cancel_up_to: Option<u64>,
    open_orders: u32,
}

impl Gates {
    /// Arms the gates that `config` asks for. Limits out of range are the business of [`GateConfig::validate`].
    ///
    /// # Errors
    /// [`Overflow`] when the instrument's scales do not fit, or are not positive.
    pub fn new(config: &GateConfig, instrument: &Instrument) -> Result<Self, Overflow> {
        let scales = Scales::new(instrument)?;
        let list = List::new(config, &scales, instrument);
        let hears_reports = list.hears_reports();
        let last_cleared = ClientOrderId(0);
        Ok(Self { list, hears_reports, last_cleared, cancel_up_to: None, open_orders: 0, broken: None })
    }

    /// The same with one gate broken, for whoever has to show that it would be noticed.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn broken(
        config: &GateConfig,
        instrument: &Instrument,
        gate: GateId,
        defect: Defect,
    ) -> Result<Self, Overflow> {
        let whole = Self::new(config, instrument)?;
        let broken = Broken::new(gate, defect, &whole.list, config, instrument);
        Ok(Self { broken: Some(Box::new(broken)), ..whole })
    }

    /// Tells the account's state before the first mark, at the start of a run: its equity is the first day's baseline.
    /// Without it the first mark is. Not to be called after [`restore`](Self::restore).
    pub fn open(&mut self, mark: &Mark) {
        self.list.open(mark);
        self.broken.iter_mut().for_each(|broken| broken.open(mark));
        self.open_orders = mark.open_orders;
    }

    /// The owner put `amount` into the account (took it out, if negative). It is no profit and no loss: the breakers' baselines move
    /// with equity, and what may be lost stays what it was. Call it in the instant in which equity changes, before the next mark.
    pub fn allocated(&mut self, amount: Money) {
        if amount == Money::ZERO {
            return;
        }
        self.list.allocated(amount);
        self.broken.iter_mut().for_each(|broken| broken.allocated(amount));
    }

    /// Judges an intent.
    ///
    /// # Errors
    /// [`Refusal`] of the first gate that refuses.
    pub fn clear_order(&mut self, intent: Intent, risk: &RiskView) -> Result<Cleared<NewOrder>, Refusal> {
        self.pass(&Ask::order(&intent, risk), risk)?;
        self.last_cleared = self.last_cleared.max(intent.client_order_id);
        Ok(Cleared::new(NewOrder { intent, sent_at: risk.now }))
    }

    /// Judges a cancel. No gate of today stops one; `message_rate` counts it.
    ///
    /// # Errors
    /// [`Refusal`] of the first gate that refuses.
    pub fn clear_cancel(
        &mut self,
        client_order_id: ClientOrderId,
        risk: &RiskView,
    ) -> Result<Cleared<CancelOrder>, Refusal> {
        self.pass(&Ask::cancel(), risk)?;
        Ok(Cleared::new(CancelOrder { client_order_id, sent_at: risk.now }))
    }

    /// Judges an amend of `order`, which `risk` counts as open: like a new order for what it would have open afterwards,
    /// or like a cancel when it only shrinks at its price.
    ///
    /// # Errors
    /// [`Refusal`] of the first gate that refuses.
    pub fn clear_amend(
        &mut self,
        amend: AmendOrder,
        order: &AmendedOrder,
        risk: &RiskView,
    ) -> Result<Cleared<AmendOrder>, Refusal> {
        self.pass(&Ask::amend(&amend, order, risk), risk)?;
        Ok(Cleared::new(amend))
    }

    // Written out for each kind of request: of a cancel, which every row exempts, next to nothing is left.
    #[inline(always)]
    fn pass(&mut self, ask: &Ask, risk: &RiskView) -> Result<(), Refusal> {
        if let Some(broken) = &mut self.broken {
            return broken.pass(&mut self.list, ask, risk);
        }
        self.list.check(ask, risk)?;
        self.list.cleared(ask, risk);
        Ok(())
    }

    /// The risk clock ticked: trips and clears breakers, appending what changed to `out`.
    pub fn on_mark(&mut self, mark: &Mark, out: &mut Vec<GateEvent>) {
        let before = out.len();
        self.open_orders = mark.open_orders;
        let kills = match &mut self.broken {
            None => self.list.on_mark(mark, out),
            Some(broken) => self.list.on_mark_broken(broken, mark, out),
        };
        self.note_trips(&out[before..]);
        if kills {
            self.kill(mark.at, out);
            self.open_orders = mark.open_orders;
        }
    }

    /// True when some armed gate wants to hear of reports: without one nobody needs to work out what a fill came to.
    #[inline]
    #[must_use]
    pub const fn hears_reports(&self) -> bool {
        self.hears_reports
    }

    /// The bot has heard of a report and its books have taken it in; `execution` is what they made of a fill. Trips breakers,
    /// appending what changed to `out`.
    pub fn on_report(&mut self, report: &ExecutionReport, execution: Option<&Execution>, out: &mut Vec<GateEvent>) {
        if !self.hears_reports {
            return;
        }
        let before = out.len();
        let kills = match &mut self.broken {
            None => self.list.on_report(report, execution, out),
            Some(broken) => self.list.on_report_broken(broken, report, execution, out),
        };
        if out.len() > before {
            self.open_orders = u32::MAX;
            self.note_trips(&out[before..]);
        }
        if kills {
            self.kill(report.reported_at, out);
        }
    }

    /// A person re-enables a breaker, and only that one, be its pause over or not. Nothing happens when it is not tripped, or when a
    /// day alone opens it. The kill switch has [`unkill`](Self::unkill). The instant is the caller's to journal.
    pub fn reenable(&mut self, gate: GateId, _at: Timestamp, out: &mut Vec<GateEvent>) {
        self.list.reenable(gate, out);
    }

    /// Equity at or below which a breaker counts a mark as over its limit; `None` when none is waiting. Between ticks
    /// the engine watches for it and marks when it is reached.
    #[inline]
    #[must_use]
    pub fn trip_equity(&self) -> Option<Money> {
        self.list.trip_equity()
    }

    /// Engages the kill switch. Nothing happens when it is engaged already, or not armed.
    pub fn kill(&mut self, at: Timestamp, out: &mut Vec<GateEvent>) {
        self.hold(BotStatus::Killed, at, out);
    }

    /// Does what `command` asks of the gates, and says what holds the bot afterwards. Flattening and restarting are the bot's
    /// business, and a breaker is re-enabled by [name](Self::reenable). Without an armed kill switch nothing holds it.
    pub fn command(&mut self, command: Command, at: Timestamp, out: &mut Vec<GateEvent>) -> BotStatus {
        match command {
            Command::Pause => self.hold(BotStatus::Paused, at, out),
            Command::Stop => self.hold(BotStatus::Stopped, at, out),
            Command::Kill => self.hold(BotStatus::Killed, at, out),
            Command::Resume => self.release(BotStatus::Paused, out),
            Command::Start => self.release(BotStatus::Stopped, out),
            Command::Release => self.release(BotStatus::Killed, out),
            Command::ConnectPaper => self.connect(Session::Paper),
            Command::ConnectLive => self.connect(Session::Live),
            Command::Heartbeat => self.heartbeat(at, out),
            Command::Flatten | Command::RestartWithState | Command::RestartWithoutState => {}
            Command::Reenable | Command::Silence => {}
        }
        self.status()
    }

    /// Somebody says what the bot is connected to, here: until then the session is unknown, and again after a restart.
    pub const fn connect(&mut self, session: Session) {
        if let Some(gate) = &mut self.list.paper_mode.gate {
            gate.connect(session);
        }
    }

    /// What the bot is known to be connected to, here. It is not among what is [saved](Self::save): a process that starts again has to be told.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        self.list.paper_mode.gate.as_ref().map(paper_mode::PaperMode::session)
    }

    /// These gates count with all others that have joined `user`, from now on: what they had counted before is left behind.
    pub fn join(&mut self, user: &User) {
        if let Some(gate) = &mut self.list.user_orders.gate {
            gate.join(user);
        }
    }

    /// Whom these gates count with; `None` where no limit of a user is armed.
    #[must_use]
    pub fn user(&self) -> Option<User> {
        self.list.user_orders.gate.as_ref().map(user_orders::UserOrders::user)
    }

    /// Whoever watches the bot is there: a gate that tripped in the silence before opens, which is appended to `out`.
    #[inline]
    pub fn heartbeat(&mut self, at: Timestamp, out: &mut Vec<GateEvent>) {
        const ID: GateId = heartbeat::Heartbeat::SPEC.id;
        if self.broken.as_ref().is_some_and(|broken| broken.is_deaf(ID)) {
            return;
        }
        if self.list.heartbeat.gate.as_mut().is_some_and(|gate| gate.beat(at)) {
            out.push(GateEvent::Cleared(ID));
        }
    }

    /// True when a gate wants to know the prices of own orders: without one nobody needs to look them up.
    #[inline]
    #[must_use]
    pub const fn wants_own_prices(&self) -> bool {
        self.list.self_trade.gate.is_some()
    }

    /// True when a gate wants to know in how many other markets the bot is.
    #[inline]
    #[must_use]
    pub const fn wants_other_positions(&self) -> bool {
        self.list.concurrent_positions.gate.is_some()
    }

    /// True when a gate wants to know what the position was entered for: without one nobody needs to say it.
    #[inline]
    #[must_use]
    pub const fn wants_entered_for(&self) -> bool {
        self.list.stop_loss.gate.is_some()
    }

    /// Quote that the position was entered for at average cost, with the position's sign, in the account that is marked. To be said before each mark, where
    /// a gate [wants](Self::wants_entered_for) it.
    pub fn entered_for(&mut self, amount: Money) {
        self.broken.iter_mut().for_each(|broken| broken.how.entered_for = amount);
        self.list.stop_loss.entered_for(amount);
    }

    /// True while a tripped gate demands that what is held here be closed.
    #[inline]
    #[must_use]
    pub fn wants_closed(&self) -> bool {
        self.list.stop_loss.gate.as_ref().is_some_and(stop_loss::StopLoss::wants_closed)
    }

    /// What holds the bot here, apart from breakers: the strongest if several do.
    #[must_use]
    pub fn status(&self) -> BotStatus {
        self.list.kill_switch.gate.as_ref().map_or(BotStatus::Running, kill_switch::KillSwitch::status)
    }

    /// True while `status` holds the bot here, be it beside a stronger one.
    #[must_use]
    pub fn is_held(&self, status: BotStatus) -> bool {
        self.list.kill_switch.gate.as_ref().is_some_and(|gate| gate.holds(status))
    }

    fn hold(&mut self, status: BotStatus, at: Timestamp, out: &mut Vec<GateEvent>) {
        const ID: GateId = kill_switch::KillSwitch::SPEC.id;
        if self.broken.as_ref().is_some_and(|broken| broken.is_dead(ID)) {
            return;
        }
        let slot = &mut self.list.kill_switch;
        if slot.gate.as_mut().is_some_and(|gate| gate.engage(status, at)) {
            self.broken.iter_mut().for_each(|broken| broken.how.tripped(ID));
            let before = out.len();
            slot.tripped(kill_switch::held(status), out);
            self.open_orders = u32::MAX;
            self.note_trips(&out[before..]);
        }
    }

    /// Releases the kill switch. Nothing happens when it is not engaged. The instant is the caller's to journal.
    pub fn unkill(&mut self, _at: Timestamp, out: &mut Vec<GateEvent>) {
        self.release(BotStatus::Killed, out);
    }

    fn release(&mut self, status: BotStatus, out: &mut Vec<GateEvent>) {
        let slot = &mut self.list.kill_switch;
        if slot.gate.as_mut().is_some_and(|gate| gate.release(status)) {
            out.push(GateEvent::Cleared(kill_switch::KillSwitch::SPEC.id));
        }
    }

    fn note_trips(&mut self, events: &[GateEvent]) {
        if events.iter().any(|event| matches!(event, GateEvent::Tripped(_))) {
            self.cancel_up_to = Some(self.last_cleared);
            self.tell_of_trips();
        }
    }

    /// Some gate counts days without a trip.
    fn tell_of_trips(&mut self) {
        const ID: GateId = position_ramp::PositionRamp::SPEC.id;
        let is_deaf = self.broken.as_ref().is_some_and(|broken| broken.is_deaf(ID));
        self.list.position_ramp.gate.iter_mut().filter(|_| !is_deaf).for_each(position_ramp::PositionRamp::hears_trips);
    }

    /// True while a tripped gate demands that open orders be cancelled and, as far as is known, some are open: right
    /// after [`kill`](Self::kill), and whenever the last mark showed one.
    #[must_use]
    pub fn wants_cancel_all(&self) -> bool {
        self.open_orders != 0 && self.list.engaged()
    }

    /// The last order that a tripped gate demands to be cancelled: that one and every earlier one. Orders cleared after
    /// the trip reduce risk and may stay. `None` while nothing is demanded.
    #[must_use]
    pub fn cancel_up_to(&self) -> Option<ClientOrderId> {
        self.cancel_up_to.filter(|_| self.list.engaged())
    }

    /// What each gate has done so far, in catalogue order.
    #[must_use]
    pub fn counters(&self) -> Vec<GateCounter> {
        self.list.counters()
    }

    /// Everything that must survive a restart.
    #[must_use]
    pub fn save(&self) -> GatesState {
        GatesState {
            list: self.list.save(),
            last_cleared: self.last_cleared.0,
            cancel_up_to: self.cancel_up_to.map(|id| id.0),
            open_orders: self.open_orders,
        }
    }

    /// Takes a state that [`save`](Self::save) gave; limits stay as configured.
    pub fn restore(&mut self, state: GatesState) {
        self.list.restore(state.list);
        if let Some(broken) = &self.broken {
            self.list.forget_broken(broken);
        }
        self.last_cleared = ClientOrderId(state.last_cleared);
        self.cancel_up_to = state.cancel_up_to.map(ClientOrderId);
        self.open_orders = state.open_orders;
    }

    /// Folds counters and state into `hasher`: gates that will judge alike give equal bytes.
    pub fn digest(&self, hasher: &mut blake3::Hasher) {
        self.list.digest(hasher);
        let cancel_up_to = self.cancel_up_to.map_or(u64::MAX, |id| id.0);
        for number in [self.last_cleared.0, cancel_up_to, u64::from(self.open_orders)] {
            hasher.update(&number.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
