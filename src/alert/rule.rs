use crate::gates::{LimitSpec, UNKNOWN, Unit, catalogue};
use crate::model::AlertId;
use std::fmt;

/// How soon a person has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Soon.
    Warning,
    /// At once.
    Critical,
}

impl Severity {
    /// Its word in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What there is to know of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertRule {
    /// Number, stable for good: journals hold it.
    pub id: AlertId,
    /// Name in reports and messages.
    pub name: &'static str,
    /// What it says.
    pub words: &'static str,
    /// How soon a person has to look.
    pub severity: Severity,
    /// Unit of value and limit in its alerts.
    pub unit: Unit,
    /// Its key in the configuration with default and range; `None` for a rule that is on or off.
    pub limit: Option<LimitSpec>,
    /// Key in the configuration.
    pub key: &'static str,
    /// How exactly it judges: what is measured, from where, when it ends.
    pub semantics: &'static str,
    /// Items of the production checklists that it answers, as list and line.
    pub items: &'static [&'static str],
    /// It is watched on tapes of bars too.
    pub on_bars: bool,
}

impl AlertRule {
    /// The rule of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// The rule with that number; `None` for a number that no rule has.
    #[must_use]
    pub fn of(id: AlertId) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// A value of an alert as a person writes it, with its unit; of a gate its name.
    #[must_use]
    pub fn show(&self, value: i128) -> String {
        match self.id {
            GATE_TRIPPED => gate_name(value),
            _ if value == UNKNOWN => "unknown".to_owned(),
            // A person reads milliseconds; up, so that what is over a limit does not look as if it were at it.
            _ if self.unit == Unit::Nanoseconds => {
                self.unit.show_with_unit(value.div_euclid(MS) * MS + if value % MS > 0 { MS } else { 0 })
            }
            _ => self.unit.show_with_unit(value),
        }
    }

    /// The limit of an alert in words; nothing where a rule has none.
    #[must_use]
    pub fn show_limit(&self, limit: i128) -> String {
        if self.limit.is_some() { self.unit.show_with_unit(limit) } else { String::new() }
    }

    /// The default in words: `10000 quote`, `500 ms`, `on`.
    #[must_use]
    pub fn default_words(&self) -> String {
        self.limit.map_or_else(|| "on".to_owned(), |limit| limit.default_words())
    }

    /// What is allowed, in words: `1 to 86400000 ms`.
    #[must_use]
    pub fn allowed(&self) -> String {
        self.limit.map_or_else(|| "`\"on\"`".to_owned(), |limit| limit.allowed())
    }
}

fn gate_name(value: i128) -> String {
    let gate = catalogue().iter().find(|gate| i128::from(gate.id.0) == value);
    gate.map_or_else(|| format!("gate {value}"), |gate| gate.name.to_owned())
}

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

/// A millisecond in nanoseconds.
const MS: i128 = 1_000_000;
const ONE_PERCENT: i128 = 10_000_000;
const QUOTE: i128 = 1_000_000_000_000_000_000;

const fn limit(key: &'static str, unit: Unit, default: i128, range: (i128, i128), words: &'static str) -> LimitSpec {
    LimitSpec { key, unit, default: Some(default), optional: true, min: range.0, max: range.1, words }
}

const fn percent(key: &'static str, default: i128, words: &'static str) -> LimitSpec {
    limit(key, Unit::Percent, default * ONE_PERCENT, (ONE_PERCENT / 10, 100 * ONE_PERCENT), words)
}

const fn milliseconds(key: &'static str, default: i128, words: &'static str) -> LimitSpec {
    limit(key, Unit::Milliseconds, default, (1, 86_400_000), words)
}

/// Every rule, in the order in which they speak.
pub const RULES: [AlertRule; 14] = [
    AlertRule {
        id: POSITION_VALUE,
        name: "position_value",
        words: "a position is worth too much",
        severity: Severity::Warning,
        unit: Unit::Quote,
        limit: Some(limit(
            "position_value",
            Unit::Quote,
            10_000 * QUOTE,
            (1, 1_000_000_000_000_000 * QUOTE),
            "value of a position",
        )),
        key: "position_value",
        semantics: "The position of one market at the mid, long or short, at each tick of the clock; while a side of the book is \
                    missing, at the mid before. Ends with the first tick at which it is worth the limit or less.",
        items: &["L1:92"],
        on_bars: true,
    },
    AlertRule {
        id: TRADE_RATE,
        name: "trade_rate",
        words: "the bot trades too often",
        severity: Severity::Warning,
        unit: Unit::Orders,
        limit: Some(limit("trade_rate", Unit::Orders, 10, (1, 1_000), "orders that execute within a minute")),
        key: "trade_rate",
        semantics: "Orders of one market that executed, in whole or for the first part, within the last 60 s of the bot's clock, as \
                    the bot hears of it; an execution exactly 60 s old has left. Ends with the first tick at which they are the limit \
                    or fewer.",
        items: &["L1:93"],
        on_bars: true,
    },
    AlertRule {
        id: TRADE_LOSS,
        name: "trade_loss",
        words: "one trade has lost too much",
        severity: Severity::Warning,
        unit: Unit::Percent,
        limit: Some(percent(
            "trade_loss_percent",
            5,
            "loss of one round trip, in per cent of what was paid to enter it",
        )),
        key: "trade_loss_percent",
        semantics: "A round trip from nothing held until nothing is held or the position turns: realised at average cost, fees of all its fills \
                    taken off, in per cent of the value of all entries, after each fill that reduces, as the bot hears of it. What a position \
                    loses while it is held is not a trade's loss yet. Ends when a minute has passed without another such fill.",
        items: &["L1:94"],
        on_bars: true,
    },
    AlertRule {
        id: DAILY_LOSS,
        name: "daily_loss",
        words: "the day has lost too much",
        severity: Severity::Critical,
        unit: Unit::Percent,
        limit: Some(percent(
            "daily_loss_percent",
            10,
            "loss since the start of the UTC day, in per cent of equity then",
        )),
        key: "daily_loss_percent",
        semantics: "Equity of the whole account at the last tick before the UTC day (on the first day the opening equity) minus equity \
                    now, realised, unrealised and fees together; of a baseline of nothing or less every loss is over the limit. Ends with \
                    the first tick at which the loss is the limit or less, or of the next day.",
        items: &["L1:95"],
        on_bars: true,
    },
    AlertRule {
        id: LEVERAGE,
        name: "leverage",
        words: "positions are too large a multiple of equity",
        severity: Severity::Warning,
        unit: Unit::Multiple,
        limit: Some(limit(
            "leverage",
            Unit::Multiple,
            3_000_000_000,
            (10_000_000, 1_000_000_000_000),
            "value of all positions, as a multiple of equity",
        )),
        key: "leverage",
        semantics: "The positions of all markets at their mids, long and short added, over the equity of the whole account, at each tick \
                    of the clock; with an equity of nothing or less any position is over it. Ends with the first tick at which it is the limit or less.",
        items: &["L1:96"],
        on_bars: true,
    },
    AlertRule {
        id: NETWORK_LATENCY,
        name: "network_latency",
        words: "something took too long on its way between bot and venue",
        severity: Severity::Warning,
        unit: Unit::Nanoseconds,
        limit: Some(milliseconds("network_latency_ms", 500, "one way between bot and venue")),
        key: "network_latency_ms",
        semantics: "Each way alone, by the stamps: a request's to the venue and a report's to the bot, when the bot hears of it; the feed's, of \
                    the last message that has arrived, at each tick of the clock. What has not arrived has no latency yet: `venue_reply` \
                    and `feed_disconnected` say what is missing. Ends when a minute has passed without another one.",
        items: &["L1:103"],
        on_bars: false,
    },
    AlertRule {
        id: VENUE_REPLY,
        name: "venue_reply",
        words: "the venue takes too long to answer, or does not",
        severity: Severity::Warning,
        unit: Unit::Nanoseconds,
        limit: Some(milliseconds("venue_reply_ms", 2_000, "time from sending a request to its answer")),
        key: "venue_reply_ms",
        semantics: "From sending an order, an amend or a cancel until the bot hears what became of it as it arrived. One that has no \
                    answer yet counts at each tick of the clock. Ends when none is waited for too long and a minute has passed without another one.",
        items: &["L1:104"],
        on_bars: false,
    },
    AlertRule {
        id: FEED_DISCONNECTED,
        name: "feed_disconnected",
        words: "nothing is heard of a market",
        severity: Severity::Critical,
        unit: Unit::Nanoseconds,
        limit: Some(milliseconds("feed_silence_ms", 10_000, "time since the last message of a market arrived")),
        key: "feed_silence_ms",
        semantics: "Since the last message of the market arrived at the bot, or since the start of the run. Ends with the first tick \
                    after another one arrived. A quiet market looks the same as a dead connection: nothing is heard.",
        items: &["L1:108"],
        on_bars: false,
    },
    AlertRule {
        id: PRICE_AGE,
        name: "price_age",
        words: "the price that the bot knows is old",
        severity: Severity::Critical,
        unit: Unit::Nanoseconds,
        limit: Some(milliseconds("price_age_ms", 60_000, "age of the newest price known")),
        key: "price_age_ms",
        semantics: "Since the last message of the market arrived at the bot: what the gate `stale_data` refuses orders by. Before the first \
                    message there is no price to be old. Ends with the first tick after another one arrived.",
        items: &["L1:109"],
        on_bars: false,
    },
    AlertRule {
        id: EXTREME_MOVE,
        name: "extreme_move",
        words: "the price has moved too far within a minute",
        severity: Severity::Critical,
        unit: Unit::Percent,
        limit: Some(percent("extreme_move_percent", 5, "move of the price within a minute")),
        key: "extreme_move_percent",
        semantics: "The mid at ticks of the clock, at least one tick apart, settled: the median of the last three, so that one wild print changes nothing. From the lowest \
                    settled price of the last 60 s up to the present one in per cent of the lowest, or from the highest down in per cent of the \
                    highest; a price exactly 60 s old has left. While there is no mid nothing is said, and a \
                    move begins with the next one. On bars each close as it is, also against the close before. Ends with the first tick at which the move is the limit or less.",
        items: &["L1:110"],
        on_bars: true,
    },
    AlertRule {
        id: BOOK_ANOMALY,
        name: "book_anomaly",
        words: "the book is no market: empty, one-sided, locked or crossed",
        severity: Severity::Critical,
        unit: Unit::Book,
        limit: None,
        key: "book_anomaly",
        semantics: "The best prices as the bot has heard them, at each tick of the clock, once it has heard anything; on tapes with a book. \
                    Ends with the first tick at which there are two sides with the bid below the ask.",
        items: &["L1:111"],
        on_bars: false,
    },
    AlertRule {
        id: RECONNECT_FAILURES,
        name: "reconnect_failures",
        words: "a feed that is gone does not come back",
        severity: Severity::Critical,
        unit: Unit::Number,
        limit: Some(limit("reconnect_failures", Unit::Number, 4, (1, 1_000), "attempts to reconnect that may fail")),
        key: "reconnect_failures",
        semantics: "An attempt every 5 s from when a feed counts as disconnected: one after which nothing has arrived 5 s later has failed. \
                    Ends with the first tick after a message arrived. Off where `feed_silence_ms` is.",
        items: &["L1:112"],
        on_bars: false,
    },
    AlertRule {
        id: GATE_TRIPPED,
        name: "gate_tripped",
        words: "a breaker has tripped",
        severity: Severity::Critical,
        unit: Unit::Number,
        limit: None,
        key: "gate_tripped",
        semantics: "Every gate that trips, each of its own, as it does; the value is the gate. Ends when that gate opens again. The kill switch has \
                    a rule of its own.",
        items: &["L3:94"],
        on_bars: true,
    },
    AlertRule {
        id: KILL_SWITCH,
        name: "kill_switch",
        words: "the kill switch is engaged",
        severity: Severity::Critical,
        unit: Unit::Switch,
        limit: None,
        key: "kill_switch",
        semantics: "When the kill switch is engaged, by a command or by a breaker; a pause or a stop is none. Ends when it is released.",
        items: &["L1:144"],
        on_bars: true,
    },
];
