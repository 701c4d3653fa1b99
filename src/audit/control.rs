//! What each control had to do. A control is its file and its row in [`CONTROLS`].

mod book_state;
mod breakers;
mod concurrent_positions;
mod consecutive_losses;
mod daily_loss;
mod daily_orders;
mod daily_turnover;
mod drawdown;
mod error_rate;
mod exposure;
mod extreme_move;
mod fee_coverage;
mod heartbeat;
mod idempotency;
mod kill_switch;
mod latch;
mod lately;
mod leverage;
mod loss;
mod message_rate;
mod open_orders;
mod order_burst;
mod order_quantity;
mod order_value;
mod paper_mode;
mod period_collar;
mod position;
mod position_ramp;
mod price_collar;
mod prices;
mod repeated_executions;
mod self_trade;
mod single_trade_loss;
mod stale_data;
mod stop_loss;
#[cfg(test)]
mod tests;
mod total_loss;
mod trade;
mod user_orders;
mod venue_filters;

use super::hearing::Heard;
use super::request::{Effect, Seen};
use super::setup::{Armed, AuditGate, Limits, Worth};
use crate::model::{Command, ExecutionReport, GateId, Instrument, Intent, Mark};
use crate::units::{Money, Timestamp};
use breakers::Breakers;
pub(super) use daily_orders::DailyOrders;
use heartbeat::Pulse;
use idempotency::Used;
pub(super) use kill_switch::KillSwitch;
pub(super) use message_rate::Messages;
pub(super) use order_burst::Burst;
use paper_mode::Session;
use position_ramp::Ramp;
pub(super) use trade::Trades;

/// A value that could not be computed.
pub(super) const UNKNOWN: i128 = i128::MAX;

/// What a control compared, in its own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figures {
    pub value: i128,
    pub limit: i128,
}

/// Which requests a control looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Those that may add risk.
    AtRisk,
    /// All orders, but for those that reduce risk and are protective.
    AtOrders,
    /// All orders.
    EveryOrder,
}

/// All that a request is judged by.
pub(super) struct Case<'a> {
    pub now: Timestamp,
    pub seen: Seen,
    pub heard: Heard,
    pub worth: Worth,
    pub memory: &'a Memory,
    /// Amends of which it is not known whether they counted did.
    pub doubtful_count: bool,
    /// Other markets in which the bot is.
    pub elsewhere: i128,
    /// New orders of the bot on this UTC day so far, and of the user's other bots.
    pub sent_today: u64,
    pub instrument: &'a Instrument,
    /// Atto of quote that the bot has, as it knows; `None` where a position may be valued at a mid of which the journal does not say
    /// when it was heard.
    pub equity: Option<i128>,
    /// What the gate in question said, where one refused.
    pub said: Option<Figures>,
}

/// What the controls of one market remember.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    pub kill_switch: KillSwitch,
    pub breakers: Breakers,
    pub burst: Burst,
    pub session: Session,
    pub pulse: Pulse,
    pub used: Used,
    pub daily_orders: DailyOrders,
    pub messages: Messages,
    pub ramp: Ramp,
}

/// One control.
pub(super) struct Control {
    pub id: GateId,
    /// Its unit in findings.
    pub unit: Unit,
    looks: Looks,
    /// What it refuses with; `None` lets the request pass. Asked with its own limits alone.
    judge: fn(&Limits, &Case<'_>) -> Option<Figures>,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Quote,
    Steps,
    Nanoseconds,
    Orders,
    Percent,
    Losses,
    Errors,
    Executions,
    Switch,
    Ticks,
    Positions,
    Session,
    Number,
    Book,
    Reason,
    /// Parts per billion, shown as per cent.
    /// Parts per billion, shown as times.
    Multiple,
    /// Parts per billion, shown as basis points.
    BasisPoints,
    Messages,
}

/// Every control that is audited.
pub(super) const CONTROLS: [Control; 33] = [
    Control { id: GateId(1), unit: Unit::Switch, looks: Looks::AtRisk, judge: kill_switch::judge },
    Control { id: GateId(2), unit: Unit::Nanoseconds, looks: Looks::AtOrders, judge: stale_data::judge },
    Control { id: GateId(3), unit: Unit::Quote, looks: Looks::AtRisk, judge: daily_loss::judge },
    Control { id: GateId(4), unit: Unit::Quote, looks: Looks::AtRisk, judge: order_value::judge },
    Control { id: GateId(5), unit: Unit::Steps, looks: Looks::AtRisk, judge: position::judge },
    Control { id: GateId(6), unit: Unit::Orders, looks: Looks::AtOrders, judge: order_burst::judge },
    Control { id: GateId(7), unit: Unit::Steps, looks: Looks::AtRisk, judge: order_quantity::judge },
    Control { id: GateId(8), unit: Unit::Orders, looks: Looks::AtRisk, judge: open_orders::judge },
    Control { id: GateId(9), unit: Unit::Book, looks: Looks::AtOrders, judge: book_state::judge },
    Control { id: GateId(10), unit: Unit::Number, looks: Looks::EveryOrder, judge: idempotency::judge },
    Control { id: GateId(11), unit: Unit::Percent, looks: Looks::AtRisk, judge: exposure::judge },
    Control { id: GateId(12), unit: Unit::Multiple, looks: Looks::AtRisk, judge: leverage::judge },
    Control { id: GateId(13), unit: Unit::BasisPoints, looks: Looks::AtRisk, judge: fee_coverage::judge },
    Control { id: GateId(14), unit: Unit::Orders, looks: Looks::AtRisk, judge: daily_orders::judge },
    Control { id: GateId(15), unit: Unit::Messages, looks: Looks::AtOrders, judge: message_rate::judge },
    Control { id: GateId(16), unit: Unit::Reason, looks: Looks::EveryOrder, judge: venue_filters::judge },
    Control { id: GateId(17), unit: Unit::Percent, looks: Looks::AtOrders, judge: price_collar::judge },
    Control { id: GateId(18), unit: Unit::Quote, looks: Looks::AtRisk, judge: drawdown::judge },
    Control { id: GateId(19), unit: Unit::Quote, looks: Looks::AtRisk, judge: total_loss::judge },
    Control { id: GateId(20), unit: Unit::Percent, looks: Looks::AtRisk, judge: extreme_move::judge },
    Control { id: GateId(21), unit: Unit::Losses, looks: Looks::AtRisk, judge: consecutive_losses::judge },
    Control { id: GateId(22), unit: Unit::Quote, looks: Looks::AtRisk, judge: single_trade_loss::judge },
    Control { id: GateId(23), unit: Unit::Errors, looks: Looks::AtRisk, judge: error_rate::judge },
    Control { id: GateId(24), unit: Unit::Executions, looks: Looks::AtRisk, judge: repeated_executions::judge },
    Control { id: GateId(25), unit: Unit::Quote, looks: Looks::AtRisk, judge: daily_turnover::judge },
    Control { id: GateId(26), unit: Unit::Ticks, looks: Looks::AtOrders, judge: self_trade::judge },
    Control { id: GateId(27), unit: Unit::Positions, looks: Looks::AtRisk, judge: concurrent_positions::judge },
    Control { id: GateId(28), unit: Unit::Session, looks: Looks::EveryOrder, judge: paper_mode::judge },
    Control { id: GateId(29), unit: Unit::Nanoseconds, looks: Looks::AtRisk, judge: heartbeat::judge },
    Control { id: GateId(30), unit: Unit::Orders, looks: Looks::AtRisk, judge: user_orders::judge },
    Control { id: GateId(31), unit: Unit::Percent, looks: Looks::AtOrders, judge: period_collar::judge },
    Control { id: GateId(32), unit: Unit::Percent, looks: Looks::AtRisk, judge: stop_loss::judge },
    Control { id: GateId(33), unit: Unit::Steps, looks: Looks::AtRisk, judge: position_ramp::judge },
];

impl Control {
    /// The control of a gate; `None` where nobody knows what it had to do.
    pub fn of(id: GateId) -> Option<&'static Self> {
        CONTROLS.iter().find(|control| control.id == id)
    }

    fn looks_at(&self, seen: &Seen) -> bool {
        match (self.looks, seen.effect) {
            (_, Effect::Cancels) | (Looks::AtRisk, Effect::Reduces) => false,
            (_, Effect::Increases) | (Looks::EveryOrder, Effect::Reduces) => true,
            (Looks::AtOrders, Effect::Reduces) => !seen.protective,
        }
    }
}

/// What `gate` had to refuse the request with; `None` when it had to let it pass.
pub(super) fn verdict(gate: &AuditGate, case: &Case<'_>) -> Option<Figures> {
    let Armed::With(limits) = &gate.armed else { return None };
    let control = Control::of(gate.id)?;
    if control.looks_at(&case.seen) { (control.judge)(limits, case) } else { None }
}

/// Something that a breaker had to do at a mark, at a report or at a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Trips(Figures),
    Opens,
}

impl Memory {
    /// What a market's controls remember at the start, under these limits.
    pub fn under(gates: &[AuditGate]) -> Self {
        let limits = |wanted: fn(&Limits) -> bool| {
            gates.iter().find_map(|gate| match &gate.armed {
                Armed::With(limits) if wanted(limits) => Some(limits),
                _ => None,
            })
        };
        Self {
            burst: Burst::holding(limits(|limits| matches!(limits, Limits::OrderBurst { .. }))),
            messages: Messages::holding(limits(|limits| matches!(limits, Limits::MessageRate { .. }))),
            ..Self::default()
        }
    }

    /// An order was sent.
    pub fn ordered(&mut self, at: Timestamp, intent: &Intent) {
        self.used.note(intent);
        self.daily_orders.note(at);
    }

    /// The account before the first mark; a position was entered at `price` ticks.
    pub fn open(&mut self, mark: &Mark, price: i128, worth: &Worth) {
        self.breakers.open(mark, price, worth);
        self.pulse.open(mark.at);
    }

    /// The owner put money in (took it out, if negative): what was there before each loss moves with it.
    pub fn allocated(&mut self, amount: Money) {
        self.breakers.allocated(amount);
    }

    /// What a command had to do, with the kill switch armed or not.
    pub fn told(&mut self, gates: &[AuditGate], command: Command, at: Timestamp) -> Vec<(GateId, Turn)> {
        self.session.told(command);
        let pulse = self.pulse.told(command, at).map(|turn| (heartbeat::ID, turn));
        let turn = is_armed(gates).then(|| self.kill_switch.told(command)).flatten();
        turn.into_iter().map(|turn| (kill_switch::ID, turn)).chain(pulse).collect()
    }

    /// Something has tripped, whatever had to.
    pub const fn tripped(&mut self) {
        self.ramp.tripped();
    }

    /// The kill switch tripped, and not because of a breaker that is audited: what it had to do, unless it was engaged before.
    pub fn killed(&mut self, gate: GateId) -> Option<(GateId, Turn)> {
        (gate == kill_switch::ID && self.kill_switch.engage()).then_some((gate, Turn::Trips(kill_switch::ENGAGED)))
    }

    /// The venue has done what a report says, whenever the bot hears of it.
    pub fn matched(&mut self, report: &ExecutionReport, worth: &Worth) {
        self.breakers.matched(report, worth);
    }

    /// What the breakers had to do at a mark, in the order in which they had to.
    pub fn on_mark(&mut self, gates: &[AuditGate], mark: &Mark) -> Vec<(GateId, Turn)> {
        self.ramp.on_mark(mark.at);
        let mut turns = self.turned(gates, |breakers, limits| breakers.on_mark(limits, mark));
        for gate in gates {
            let Armed::With(Limits::Heartbeat(most)) = gate.armed else { continue };
            turns.extend(self.pulse.on_mark(most, mark.at).map(|turn| (gate.id, turn)));
        }
        turns
    }

    /// What the breakers had to do when the bot heard of a report.
    pub fn on_report(&mut self, gates: &[AuditGate], report: &ExecutionReport, worth: &Worth) -> Vec<(GateId, Turn)> {
        let traded = self.breakers.book(report, worth);
        self.turned(gates, |breakers, limits| breakers.on_report(limits, report, traded))
    }

    /// What a breaker had to do when somebody re-enabled it.
    pub fn reenable(&mut self, gates: &[AuditGate], id: GateId) -> Option<(GateId, Turn)> {
        let gate = gates.iter().find(|gate| gate.id == id)?;
        let Armed::With(limits) = &gate.armed else { return None };
        self.breakers.reenable(limits).map(|turn| (id, turn))
    }

    /// What each breaker had to do, and the kill switch where one had to engage it.
    fn turned(
        &mut self,
        gates: &[AuditGate],
        act: impl Fn(&mut Breakers, &Limits) -> Option<Turn>,
    ) -> Vec<(GateId, Turn)> {
        let mut turns = Vec::new();
        for gate in gates {
            let Armed::With(limits) = &gate.armed else { continue };
            let Some(turn) = act(&mut self.breakers, limits) else { continue };
            turns.push((gate.id, turn));
            let kills = limits.engages_kill_switch() && matches!(turn, Turn::Trips(_)) && is_armed(gates);
            if kills && self.kill_switch.engage() {
                turns.push((kill_switch::ID, Turn::Trips(kill_switch::ENGAGED)));
            }
        }
        turns
    }
}

/// True when the kill switch is.
fn is_armed(gates: &[AuditGate]) -> bool {
    gates.iter().any(|gate| gate.armed == Armed::With(Limits::KillSwitch))
}
