use super::rule::{self, AlertRule, RULES};
use crate::gates::{Amount, LimitSpec, Multiple, Percent, Setting, Unit};
use crate::model::AlertId;
use crate::units::{MILLISECOND, Money, Span};

/// Whether a rule without a limit is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AlertWatch")]
pub enum Watch {
    /// It is.
    #[default]
    On,
    /// It is not.
    Off,
}

/// Which alerts are raised, over what limits. Every rule is on where a configuration does not mention it; `"off"` silences one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertConfig {
    /// How long after its cause an alert may be raised at most, in milliseconds. The clock by which causes are looked for ticks
    /// four times as often, or as often as the risk clock.
    pub within_ms: u32,
    /// How long a cause lasts until its alert is repeated, in milliseconds.
    pub remind_after_ms: u32,
    /// Value of a position in the quote asset.
    pub position_value: Setting<Amount>,
    /// Orders that execute within a minute.
    pub trade_rate: Setting<u32>,
    /// Loss of one round trip, in per cent of what was paid to enter it.
    pub trade_loss_percent: Setting<Percent>,
    /// Loss since the start of the UTC day, in per cent of equity then.
    pub daily_loss_percent: Setting<Percent>,
    /// Value of all positions as a multiple of equity.
    pub leverage: Setting<Multiple>,
    /// One way between bot and venue, in milliseconds.
    pub network_latency_ms: Setting<u32>,
    /// Time from sending a request to its answer, in milliseconds.
    pub venue_reply_ms: Setting<u32>,
    /// Time since the last message of a market arrived, in milliseconds, from which its feed counts as disconnected.
    pub feed_silence_ms: Setting<u32>,
    /// Age of the newest price known, in milliseconds.
    pub price_age_ms: Setting<u32>,
    /// Move of the price within a minute, in per cent.
    pub extreme_move_percent: Setting<Percent>,
    /// An empty, one-sided, locked or crossed book.
    pub book_anomaly: Watch,
    /// Attempts to reconnect a feed that may fail.
    pub reconnect_failures: Setting<u32>,
    /// A breaker that trips.
    pub gate_tripped: Watch,
    /// The kill switch.
    pub kill_switch: Watch,
}

/// A setting out of its range. The key is relative to the table of alerts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` must be {allowed}, found {found}; {hint}")]
pub struct AlertError {
    /// `venue_reply_ms`.
    pub key: &'static str,
    /// Value found.
    pub found: String,
    /// Range allowed, with unit.
    pub allowed: String,
    /// What to do.
    pub hint: String,
}

const WITHIN: LimitSpec = LimitSpec {
    key: "within_ms",
    unit: Unit::Milliseconds,
    default: Some(5_000),
    optional: false,
    min: 100,
    max: 3_600_000,
    words: "delay of an alert",
};

const REMIND_AFTER: LimitSpec = LimitSpec {
    key: "remind_after_ms",
    unit: Unit::Milliseconds,
    default: Some(300_000),
    optional: false,
    min: 1_000,
    max: 86_400_000,
    words: "time until an alert is repeated",
};

/// Ticks of the clock within the longest delay allowed: a price is settled by the second, and what is not looked for at a tick is at
/// the next.
const TICKS: i64 = 4;

impl Default for AlertConfig {
    fn default() -> Self {
        Self {
            within_ms: default_ms(&WITHIN),
            remind_after_ms: default_ms(&REMIND_AFTER),
            position_value: Setting::On(Amount::new(Money::from_atto(default_of(rule::POSITION_VALUE)))),
            trade_rate: count(rule::TRADE_RATE),
            trade_loss_percent: percent(rule::TRADE_LOSS),
            daily_loss_percent: percent(rule::DAILY_LOSS),
            leverage: Setting::On(Multiple::from_ppb(default_of(rule::LEVERAGE) as i64)),
            network_latency_ms: count(rule::NETWORK_LATENCY),
            venue_reply_ms: count(rule::VENUE_REPLY),
            feed_silence_ms: count(rule::FEED_DISCONNECTED),
            price_age_ms: count(rule::PRICE_AGE),
            extreme_move_percent: percent(rule::EXTREME_MOVE),
            book_anomaly: Watch::On,
            reconnect_failures: count(rule::RECONNECT_FAILURES),
            gate_tripped: Watch::On,
            kill_switch: Watch::On,
        }
    }
}

fn default_of(id: AlertId) -> i128 {
    AlertRule::of(id).and_then(|rule| rule.limit?.default).unwrap_or_default()
}

const fn default_ms(spec: &LimitSpec) -> u32 {
    match spec.default {
        Some(value) => value as u32,
        None => 0,
    }
}

fn count(id: AlertId) -> Setting<u32> {
    Setting::On(default_of(id) as u32)
}

fn percent(id: AlertId) -> Setting<Percent> {
    Setting::On(Percent::from_ppb(default_of(id) as i64))
}

impl AlertConfig {
    /// No rule watched.
    #[must_use]
    pub fn off() -> Self {
        Self {
            position_value: Setting::Off,
            trade_rate: Setting::Off,
            trade_loss_percent: Setting::Off,
            daily_loss_percent: Setting::Off,
            leverage: Setting::Off,
            network_latency_ms: Setting::Off,
            venue_reply_ms: Setting::Off,
            feed_silence_ms: Setting::Off,
            price_age_ms: Setting::Off,
            extreme_move_percent: Setting::Off,
            book_anomaly: Watch::Off,
            reconnect_failures: Setting::Off,
            gate_tripped: Watch::Off,
            kill_switch: Watch::Off,
            ..Self::default()
        }
    }

    /// True when some rule is watched.
    #[must_use]
    pub fn watches(&self) -> bool {
        RULES.iter().any(|rule| self.limit(rule.id).is_some())
    }

    /// How long after its cause an alert may be raised at most.
    #[must_use]
    pub const fn within(&self) -> Span {
        MILLISECOND.times(self.within_ms as i64)
    }

    /// How long a cause lasts until its alert is repeated.
    #[must_use]
    pub const fn remind_after(&self) -> Span {
        MILLISECOND.times(self.remind_after_ms as i64)
    }

    /// Distance of the ticks at which causes are looked for, in a run with that risk clock.
    #[must_use]
    pub fn clock(&self, risk_clock: Span) -> Span {
        risk_clock.min(Span::from_nanos(self.within().nanos() / TICKS))
    }

    /// The limit of a rule as the configuration holds it; 0 for a rule that is on without one, `None` for one that is off.
    #[must_use]
    pub fn configured(&self, id: AlertId) -> Option<i128> {
        let whole = |setting: &Setting<u32>| setting.as_ref().map(|value| i128::from(*value));
        let share = |setting: &Setting<Percent>| setting.as_ref().map(|value| i128::from(value.ppb()));
        let on = |watch: Watch| (watch == Watch::On).then_some(0);
        match id {
            rule::POSITION_VALUE => self.position_value.as_ref().map(|amount| amount.money().atto()),
            rule::TRADE_RATE => whole(&self.trade_rate),
            rule::TRADE_LOSS => share(&self.trade_loss_percent),
            rule::DAILY_LOSS => share(&self.daily_loss_percent),
            rule::LEVERAGE => self.leverage.as_ref().map(|value| i128::from(value.ppb())),
            rule::NETWORK_LATENCY => whole(&self.network_latency_ms),
            rule::VENUE_REPLY => whole(&self.venue_reply_ms),
            rule::FEED_DISCONNECTED => whole(&self.feed_silence_ms),
            rule::PRICE_AGE => whole(&self.price_age_ms),
            rule::EXTREME_MOVE => share(&self.extreme_move_percent),
            rule::BOOK_ANOMALY => on(self.book_anomaly),
            rule::RECONNECT_FAILURES => whole(&self.reconnect_failures),
            rule::GATE_TRIPPED => on(self.gate_tripped),
            rule::KILL_SWITCH => on(self.kill_switch),
            _ => None,
        }
    }

    /// The limit of a rule in the unit of its alerts: milliseconds as nanoseconds.
    #[must_use]
    pub fn limit(&self, id: AlertId) -> Option<i128> {
        let is_span = AlertRule::of(id).is_some_and(|rule| rule.unit == Unit::Nanoseconds);
        let factor = if is_span { i128::from(MILLISECOND.nanos()) } else { 1 };
        self.configured(id).map(|limit| limit * factor)
    }

    /// Everything out of range, in the order of the catalogue.
    ///
    /// # Errors
    /// One [`AlertError`] for every setting out of range.
    pub fn validate(&self) -> Result<(), Vec<AlertError>> {
        let spans = [(WITHIN, self.within_ms), (REMIND_AFTER, self.remind_after_ms)];
        let mut found: Vec<AlertError> =
            spans.iter().filter_map(|(spec, value)| misfit(spec, i128::from(*value), "it has no `\"off\"`")).collect();
        for rule in &RULES {
            let hint = format!("to run without the alert write `{} = \"off\"`", rule.key);
            let value = rule.limit.zip(self.configured(rule.id));
            found.extend(value.and_then(|(spec, value)| misfit(&spec, value, &hint)));
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

fn misfit(spec: &LimitSpec, value: i128, hint: &str) -> Option<AlertError> {
    let fits = (spec.min..=spec.max).contains(&value);
    (!fits).then(|| AlertError {
        key: spec.key,
        found: spec.unit.show(value),
        allowed: spec.allowed(),
        hint: format!("it limits the {}; {hint}", spec.words),
    })
}
