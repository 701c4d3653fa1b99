use super::outcome::NOT_ON_BARS;
use super::setup::AlertSetup;
use crate::audit::control::Unit;
use crate::model::AlertId;

pub(super) const POSITION_VALUE: AlertId = AlertId(1);
pub(super) const TRADE_RATE: AlertId = AlertId(2);
pub(super) const TRADE_LOSS: AlertId = AlertId(3);
pub(super) const DAILY_LOSS: AlertId = AlertId(4);
pub(super) const LEVERAGE: AlertId = AlertId(5);
pub(super) const NETWORK_LATENCY: AlertId = AlertId(6);
pub(super) const VENUE_REPLY: AlertId = AlertId(7);
pub(super) const FEED_DISCONNECTED: AlertId = AlertId(8);
pub(super) const PRICE_AGE: AlertId = AlertId(9);
pub(super) const EXTREME_MOVE: AlertId = AlertId(10);
pub(super) const BOOK_ANOMALY: AlertId = AlertId(11);
pub(super) const RECONNECT_FAILURES: AlertId = AlertId(12);
pub(super) const GATE_TRIPPED: AlertId = AlertId(13);
pub(super) const KILL_SWITCH: AlertId = AlertId(14);

/// What has to be known for an alert to be recomputed, beside the journal's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// What the bot heard of the market.
    Feed,
    /// The venue's prices at every look.
    Prices,
}

/// One alert as the audit knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub id: AlertId,
    pub severity: &'static str,
    pub unit: Unit,
    needs: Needs,
    on_bars: bool,
}

const fn rule(id: AlertId, severity: &'static str, unit: Unit, needs: Needs, on_bars: bool) -> Rule {
    Rule { id, severity, unit, needs, on_bars }
}

const WARNING: &str = "warning";
const CRITICAL: &str = "critical";

const RULES: [Rule; 14] = [
    rule(POSITION_VALUE, WARNING, Unit::Quote, Needs::Prices, true),
    rule(TRADE_RATE, WARNING, Unit::Orders, Needs::Nothing, true),
    rule(TRADE_LOSS, WARNING, Unit::Percent, Needs::Nothing, true),
    rule(DAILY_LOSS, CRITICAL, Unit::Percent, Needs::Prices, true),
    rule(LEVERAGE, WARNING, Unit::Multiple, Needs::Prices, true),
    rule(NETWORK_LATENCY, WARNING, Unit::Nanoseconds, Needs::Feed, false),
    rule(VENUE_REPLY, WARNING, Unit::Nanoseconds, Needs::Nothing, false),
    rule(FEED_DISCONNECTED, CRITICAL, Unit::Nanoseconds, Needs::Feed, false),
    rule(PRICE_AGE, CRITICAL, Unit::Nanoseconds, Needs::Feed, false),
    rule(EXTREME_MOVE, CRITICAL, Unit::Percent, Needs::Prices, true),
    rule(BOOK_ANOMALY, CRITICAL, Unit::Book, Needs::Feed, false),
    rule(RECONNECT_FAILURES, CRITICAL, Unit::Number, Needs::Feed, false),
    rule(GATE_TRIPPED, CRITICAL, Unit::Number, Needs::Nothing, true),
    rule(KILL_SWITCH, CRITICAL, Unit::Switch, Needs::Nothing, true),
];

impl Rule {
    /// What the audit knows of an alert; `None` for one that it does not know.
    pub fn of(id: AlertId) -> Option<Self> {
        RULES.into_iter().find(|rule| rule.id == id)
    }

    /// Its limit in words; nothing where it has none.
    pub fn limit(&self, limit: i128) -> String {
        if matches!(self.id, BOOK_ANOMALY | GATE_TRIPPED | KILL_SWITCH) { String::new() } else { self.unit.show(limit) }
    }

    /// Why it cannot be recomputed in a run like this; `None` where it can.
    pub fn hidden(&self, setup: &AlertSetup, has_tapes: bool, on_bars: bool) -> Option<&'static str> {
        match self.needs {
            _ if on_bars && !self.on_bars => Some(NOT_ON_BARS),
            _ if on_bars && !has_tapes => Some("every close is looked at, and the tapes are not at hand"),
            Needs::Feed if !has_tapes => Some("it depends on what the bot heard, and the tapes are not at hand"),
            Needs::Prices if !on_bars && setup.looks_between() => Some(
                "it is looked for between two ticks of the risk clock too, at prices that the journal does not hold",
            ),
            _ => None,
        }
    }
}
