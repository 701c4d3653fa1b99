//! What a scenario tells the bot to do: when, where, what.

use super::bots::is_meant;
use super::check::in_range;
use super::document::closest;
use super::file::ScenarioFile;
use super::problem::Problem;
use super::text::{Decimal, Moment, SpanText};
use crate::engine::{Condition, Scope, Scripted, When};
use crate::gates::catalogue;
use crate::model::{Command, GateId, Instrument, MarketId};
use crate::units::{DAY, Money, Price, Quantity, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One command to the bot, from whoever runs it: at an instant, or once a mark shows something.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandFile {
    /// When: a span after the start, or an instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// What the first mark must show at which it is carried out, in place of `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<ConditionFile>,
    /// How long after such a mark, as somebody needs who has to come and look (`when = { tripped = ... }`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SpanText>,
    /// After each trip, not only after the first (`when = { tripped = ... }`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub each: bool,
    /// What.
    pub r#do: Word,
    /// Symbol of the market it is for; without one it is for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// Name of the venue at all of whose markets it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// Name of the bot it is for, of several; without one it is for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<String>,
    /// Bring the position to nothing as well (`pause`, `stop`, `kill`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flatten: bool,
    /// Whether the process comes back with the state it had (`restart`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Kept>,
    /// What the session is connected to (`connect`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Peer>,
    /// Which breaker, by the name of its gate (`reenable`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// The market's symbol, the venue's name, or `all`, a second time: nobody releases a kill switch by a slip (`release`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
    /// Why, for whoever reads the report.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// What a command says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Add no more risk until `resume`.
    Pause,
    /// End a pause.
    Resume,
    /// Call the strategy no more until `start`.
    Stop,
    /// End a stop.
    Start,
    /// Engage the kill switch.
    Kill,
    /// Release the kill switch.
    Release,
    /// Cancel everything and bring the position to nothing.
    Flatten,
    /// The process ends and comes back at once.
    Restart,
    /// Re-enable a breaker that stays tripped until a person does.
    Reenable,
    /// Say what the bot's session is connected to (gate `paper_mode`).
    Connect,
    /// Nobody watches the bot any more: no heartbeats (gate `heartbeat`).
    Silence,
    /// Somebody watches it again.
    Heartbeat,
}

/// What a session is said to be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// A paper venue.
    Paper,
    /// A live venue. The run's own stays simulated.
    Live,
}

/// What of its state a process comes back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// All that strategy and gates had saved.
    Saved,
    /// Nothing: both begin anew.
    Lost,
}

/// What a mark can show, of the command's market or, of several, of the first. One of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConditionFile {
    /// Equity of the account at or below this much quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equity_at_most: Option<Decimal>,
    /// Equity of the account at or above this much quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equity_at_least: Option<Decimal>,
    /// A position of this much base or more, long or short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_at_least: Option<Decimal>,
    /// A mid price at or below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_at_most: Option<Decimal>,
    /// A mid price at or above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_at_least: Option<Decimal>,
    /// So many orders sent, at all markets together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders_sent: Option<u64>,
    /// So many fills, at all markets together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fills: Option<u64>,
    /// A gate of this name has tripped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tripped: Option<String>,
}

/// Most commands of a scenario.
const COMMANDS_MAX: usize = 10_000;
/// Most days from a trip to a command.
const AFTER_DAYS_MAX: i64 = 365;

/// What is wrong with the commands, whatever the markets are.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    if file.commands.len() > COMMANDS_MAX {
        let count = file.commands.len();
        found.push(Problem::new("commands", format!("found {count} commands"), format!("at most {COMMANDS_MAX}")));
    }
    for (place, command) in file.commands.iter().enumerate() {
        let key = |name: &str| format!("commands[{place}].{name}");
        found.extend(command.misfits(&key));
        // Of several bots each has gates of its own, and hears what is meant for it.
        let is_of_one = file.bots.is_empty() || file.run.bot.is_some();
        if is_of_one && is_meant(file, command.bot.as_ref()) {
            found.extend(command.unheld(file, &key));
        }
    }
    found
}

impl CommandFile {
    fn misfits(&self, key: &dyn Fn(&str) -> String) -> Vec<Problem> {
        let word = self.r#do;
        let mut found: Vec<Problem> = Vec::new();
        match (&self.at, &self.when) {
            (None, None) => {
                let problem = Problem::new(key("at"), "neither `at` nor `when`", "one of them");
                found.push(problem.hint("write `at = \"10min\"`, or `when = { equity_at_most = \"9900\" }`"));
            }
            (Some(_), Some(_)) => found.push(Problem::new(key("when"), "both `at` and `when`", "one of them")),
            (None, Some(condition)) => found.extend(condition.misfits(&|name: &str| key(&format!("when.{name}")))),
            (Some(_), None) => {}
        }
        found.extend(self.misplaced(key));
        let only = |name: &str, is_given: bool, fits: bool, words: &str| {
            let problem = || Problem::new(key(name), format!("`{name}` with `do = \"{}\"`", word.as_str()), words);
            (is_given && !fits).then(problem)
        };
        let holds = matches!(word, Word::Pause | Word::Stop | Word::Kill);
        found.extend(only("flatten", self.flatten, holds, "it beside `pause`, `stop` or `kill`"));
        found.extend(only("state", self.state.is_some(), word == Word::Restart, "it beside `restart`"));
        found.extend(only("gate", self.gate.is_some(), word == Word::Reenable, "it beside `reenable`"));
        found.extend(only("to", self.to.is_some(), word == Word::Connect, "it beside `connect`"));
        found.extend(only("confirm", self.confirm.is_some(), word == Word::Release, "it beside `release`"));
        let whole =
            matches!(word, Word::Stop | Word::Start | Word::Restart | Word::Connect | Word::Silence | Word::Heartbeat);
        for (name, is_given) in [("market", self.market.is_some()), ("venue", self.venue.is_some())] {
            let problem = only(name, is_given, !whole, "nothing: it is about the whole bot");
            found.extend(problem.map(|problem| problem.hint("`pause` and `kill` can be said of one market or venue")));
        }
        if self.market.is_some() && self.venue.is_some() {
            found.push(Problem::new(key("venue"), "both `market` and `venue`", "one of them"));
        }
        if word == Word::Restart && self.state.is_none() {
            found.push(Problem::new(key("state"), "nothing", "`saved` or `lost`"));
        }
        if word == Word::Connect && self.to.is_none() {
            found.push(Problem::new(key("to"), "nothing", "`paper` or `live`"));
        }
        found.extend(match (&self.gate, word) {
            (None, Word::Reenable) => Some(Problem::new(key("gate"), "nothing", "a gate of `seatrial gates list`")),
            (Some(gate), Word::Reenable) => unknown_gate(&key("gate"), gate),
            _ => None,
        });
        found.extend(self.unconfirmed(key));
        found
    }

    /// Who comes to look does so after a trip, within days.
    fn misplaced(&self, key: &dyn Fn(&str) -> String) -> Option<Problem> {
        let is_of_trip = self.when.as_ref().is_some_and(|when| when.tripped.is_some());
        let hint = "write `when = { tripped = \"consecutive_losses\" }` with it";
        match (self.after, self.each) {
            (Some(after), _) if !is_of_trip => {
                let found = format!("`after = \"{after}\"` without a trip");
                Some(Problem::new(key("after"), found, "it beside `when.tripped`").hint(hint))
            }
            (Some(after), _) if !(Span::ZERO..=DAY.times(AFTER_DAYS_MAX)).contains(&after.0) => {
                Some(Problem::new(key("after"), format!("found {after}"), format!("0s to {AFTER_DAYS_MAX}d")))
            }
            (_, true) if !is_of_trip => {
                Some(Problem::new(key("each"), "`each = true` without a trip", "it beside `when.tripped`").hint(hint))
            }
            _ => None,
        }
    }

    /// A kill switch is released by who says twice of what.
    fn unconfirmed(&self, key: &dyn Fn(&str) -> String) -> Option<Problem> {
        let what = self.market.as_deref().or(self.venue.as_deref()).unwrap_or("all");
        if self.r#do != Word::Release || self.confirm.as_deref() == Some(what) {
            return None;
        }
        let found = self.confirm.as_ref().map_or_else(|| "nothing".to_owned(), |confirm| format!("found `{confirm}`"));
        let problem = Problem::new(key("confirm"), found, format!("`{what}`"));
        Some(problem.hint("releasing the kill switch wants to be confirmed: name what is released once more"))
    }

    /// Nothing but the kill switch can hold a bot, and nobody else hears of sessions and heartbeats.
    fn unheld(&self, file: &ScenarioFile, key: &dyn Fn(&str) -> String) -> Option<Problem> {
        let gates = &file.gates;
        let (gate, is_armed) = match self.r#do {
            Word::Flatten | Word::Restart | Word::Reenable => return None,
            Word::Connect => ("paper_mode", gates.paper_mode.as_ref().is_some()),
            Word::Silence | Word::Heartbeat => ("heartbeat", gates.heartbeat.as_ref().is_some()),
            _ => ("kill_switch", gates.kill_switch.as_ref().is_some()),
        };
        let problem = || {
            let found = format!("`{}` with the gate `{gate}` off", self.r#do.as_str());
            let hint = match gate {
                "kill_switch" => "remove `kill_switch = \"off\"` from [gates]".to_owned(),
                _ => format!("add a table `[gates.{gate}]`"),
            };
            Problem::new(key("do"), found, format!("an armed `{gate}`")).hint(hint)
        };
        (!is_armed).then(problem)
    }

    /// Which markets it is about.
    fn scope(&self, markets: &[Instrument]) -> Result<Scope, Box<Problem>> {
        let unknown = |what: &str, name: &str| {
            let found = format!("unknown {what} `{name}`");
            let what = what.to_owned();
            move |allowed| Box::new(Problem::new(what, found, allowed))
        };
        match (self.market.as_deref(), self.venue.as_deref()) {
            (Some(symbol), _) => market_of(symbol, markets).map(Scope::Market).map_err(unknown("market", symbol)),
            (None, Some(venue)) => markets_at(venue, markets).map(Scope::Markets).map_err(unknown("venue", venue)),
            (None, None) => Ok(Scope::All),
        }
    }

    fn commands(&self) -> Vec<Command> {
        let command = match (self.r#do, self.state) {
            (Word::Pause, _) => Command::Pause,
            (Word::Resume, _) => Command::Resume,
            (Word::Stop, _) => Command::Stop,
            (Word::Start, _) => Command::Start,
            (Word::Kill, _) => Command::Kill,
            (Word::Release, _) => Command::Release,
            (Word::Flatten, _) => Command::Flatten,
            (Word::Reenable, _) => Command::Reenable,
            (Word::Connect, _) if self.to == Some(Peer::Live) => Command::ConnectLive,
            (Word::Connect, _) => Command::ConnectPaper,
            (Word::Silence, _) => Command::Silence,
            (Word::Heartbeat, _) => Command::Heartbeat,
            (Word::Restart, Some(Kept::Lost)) => Command::RestartWithoutState,
            (Word::Restart, _) => Command::RestartWithState,
        };
        if self.flatten { vec![command, Command::Flatten] } else { vec![command] }
    }

    /// When it comes so long after a trip, or after each.
    fn after_trip(&self, shown: Condition) -> Option<When> {
        let Condition::Tripped(gate) = shown else { return None };
        let after = self.after.map_or(Span::ZERO, |after| after.0);
        match (self.each, self.after) {
            (true, _) => Some(When::Each { gate, after, times: u64::MAX }),
            (false, Some(_)) => Some(When::Each { gate, after, times: 1 }),
            (false, None) => None,
        }
    }

    /// The command as the engine takes it.
    fn bind(&self, line: u32, start: Timestamp, markets: &[Instrument], problems: &mut Vec<Problem>) -> Scripted {
        let place = line - 1;
        let key = |name: &str| format!("commands[{place}].{name}");
        let scope = self.scope(markets).unwrap_or_else(|problem| {
            problems.push(Problem { key: key(&problem.key), ..*problem });
            Scope::All
        });
        let instrument = &markets[scope.first().index()];
        let when = match (&self.at, &self.when) {
            (Some(at), _) => When::At(at.after(start)),
            (None, Some(condition)) => {
                let shown = condition.bind(instrument, &|name: &str| key(&format!("when.{name}")), problems);
                self.after_trip(shown).unwrap_or(When::Once(shown))
            }
            (None, None) => When::At(start),
        };
        let gate = self.gate.as_deref().and_then(gate_named);
        Scripted { when, scope, commands: self.commands(), gate, line }
    }
}

/// The markets at a venue, or what is allowed.
fn markets_at(venue: &str, markets: &[Instrument]) -> Result<Vec<MarketId>, String> {
    let there = (0..).zip(markets).filter(|(_, instrument)| instrument.venue == venue);
    let found: Vec<MarketId> = there.map(|(place, _)| MarketId(place)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let mut venues: Vec<String> = markets.iter().map(|market| format!("`{}`", market.venue)).collect();
    venues.sort();
    venues.dedup();
    Err(format!("one of {}", venues.join(", ")))
}

/// The market of a symbol, or what is allowed.
pub(super) fn market_of(symbol: &str, markets: &[Instrument]) -> Result<MarketId, String> {
    let mut named = (0..).zip(markets).filter(|(_, instrument)| instrument.symbol == symbol).map(|(place, _)| place);
    match (named.next(), named.next()) {
        (Some(place), None) => Ok(MarketId(place)),
        (Some(_), Some(_)) => Err("a symbol that only one market has".to_owned()),
        (None, _) => {
            let symbols: Vec<String> = markets.iter().map(|market| format!("`{}`", market.symbol)).collect();
            Err(format!("one of {}", symbols.join(", ")))
        }
    }
}

/// All commands for the bot on trial, as the engine takes them.
pub(super) fn bind(
    file: &ScenarioFile,
    start: Timestamp,
    markets: &[Instrument],
    problems: &mut Vec<Problem>,
) -> Vec<Scripted> {
    let own = (1..).zip(&file.commands).filter(|(_, command)| is_meant(file, command.bot.as_ref()));
    own.map(|(line, command)| command.bind(line, start, markets, problems)).collect()
}

impl Word {
    /// The word as it stands in a scenario.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Kill => "kill",
            Self::Release => "release",
            Self::Flatten => "flatten",
            Self::Restart => "restart",
            Self::Reenable => "reenable",
            Self::Connect => "connect",
            Self::Silence => "silence",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// Names of the conditions, in the order in which they are declared.
const CONDITIONS: [&str; 8] = [
    "equity_at_most",
    "equity_at_least",
    "position_at_least",
    "price_at_most",
    "price_at_least",
    "orders_sent",
    "fills",
    "tripped",
];

impl ConditionFile {
    fn given(&self) -> Vec<&'static str> {
        let is_given = [
            self.equity_at_most.is_some(),
            self.equity_at_least.is_some(),
            self.position_at_least.is_some(),
            self.price_at_most.is_some(),
            self.price_at_least.is_some(),
            self.orders_sent.is_some(),
            self.fills.is_some(),
            self.tripped.is_some(),
        ];
        CONDITIONS.into_iter().zip(is_given).filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    fn misfits(&self, key: &dyn Fn(&str) -> String) -> Vec<Problem> {
        let given = self.given();
        if given.len() != 1 {
            let found = if given.is_empty() { "nothing".to_owned() } else { given.join(" and ") };
            let place = key(given.last().copied().unwrap_or_default());
            return vec![Problem::new(place.trim_end_matches('.'), found, format!("one of {}", CONDITIONS.join(", ")))];
        }
        let mut found: Vec<Problem> = Vec::new();
        let decimals = [
            ("equity_at_most", self.equity_at_most, "-1000000000000000"),
            ("equity_at_least", self.equity_at_least, "-1000000000000000"),
            ("position_at_least", self.position_at_least, "0.000000000000000001"),
            ("price_at_most", self.price_at_most, "-1000000000000000"),
            ("price_at_least", self.price_at_least, "-1000000000000000"),
        ];
        for (name, value, low) in decimals {
            found.extend(value.and_then(|value| in_range(&key(name), value, low, "1000000000000000")));
        }
        found.extend(self.tripped.as_ref().and_then(|gate| unknown_gate(&key("tripped"), gate)));
        found
    }

    fn bind(&self, instrument: &Instrument, key: &dyn Fn(&str) -> String, problems: &mut Vec<Problem>) -> Condition {
        let money = |value: Decimal| value.money().unwrap_or(Money::ZERO);
        let mut units = |name: &str, value: Decimal, unit| {
            value.multiple_of(unit).unwrap_or_else(|allowed| {
                problems.push(Problem::new(key(name), format!("found {value}"), allowed));
                0
            })
        };
        let (tick, step) = (instrument.tick_size, instrument.step_size);
        if let Some(value) = self.equity_at_most {
            Condition::EquityAtMost(money(value))
        } else if let Some(value) = self.equity_at_least {
            Condition::EquityAtLeast(money(value))
        } else if let Some(value) = self.position_at_least {
            Condition::PositionAtLeast(Quantity::new(units("position_at_least", value, step)))
        } else if let Some(value) = self.price_at_most {
            Condition::PriceAtMost(Price::new(units("price_at_most", value, tick)))
        } else if let Some(value) = self.price_at_least {
            Condition::PriceAtLeast(Price::new(units("price_at_least", value, tick)))
        } else if let Some(count) = self.orders_sent {
            Condition::OrdersSent(count)
        } else if let Some(count) = self.fills {
            Condition::Fills(count)
        } else {
            let gate = self.tripped.as_deref().and_then(gate_named);
            Condition::Tripped(gate.unwrap_or(catalogue()[0].id))
        }
    }
}

fn gate_named(name: &str) -> Option<GateId> {
    catalogue().iter().find(|spec| spec.name == name).map(|spec| spec.id)
}

fn unknown_gate(key: &str, name: &str) -> Option<Problem> {
    let names: Vec<String> = catalogue().iter().map(|spec| spec.name.to_owned()).collect();
    if names.iter().any(|known| known == name) {
        return None;
    }
    let mut problem = Problem::new(key, format!("unknown gate `{name}`"), "a gate of `seatrial gates list`");
    problem.hint = closest(name, &names).map(|known| format!("did you mean `{known}`?"));
    Some(problem)
}
