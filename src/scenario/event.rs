//! What a scenario's venues charge or give without a fill: funding, fees afterwards, corrections by hand; and what the owner
//! puts in or takes out.

use super::bots::is_meant;
use super::check::in_range;
use super::command::market_of;
use super::family;
use super::file::ScenarioFile;
use super::problem::Problem;
use super::shock;
use super::text::{Decimal, Moment, SpanText};
use crate::engine::ScriptedEvent;
use crate::model::{AccountEvent, Charge, Instrument, MarketId, NewPrice, WhichFill};
use crate::units::{DAY, Fixed, MINUTE, Rate, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One event of the account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventFile {
    /// When: a span after the start, or an instant.
    pub at: Moment,
    /// What.
    pub kind: EventKind,
    /// Quote that the account receives; negative is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Instead of an amount, for funding: basis points of position x mid at that instant, paid by who is long and received by who is short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_bps: Option<Decimal>,
    /// Which fill a bust or correction is about: its number at the market, from 1; without one the last that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<u64>,
    /// Price a corrected fill stands at from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    /// Instead of a price: so many ticks above the one it stood at; below, negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticks: Option<i64>,
    /// Again after so long, until the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<SpanText>,
    /// Symbol of the market whose venue does it; a run of several markets has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// Name of the bot whose account it moves, of several; without one it moves all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<String>,
    /// Why, in words: an adjustment has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What moves an account without a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// Funding of a perpetual contract.
    Funding,
    /// A fee charged (negative) or refunded afterwards.
    Fee,
    /// A correction by hand: credited, or debited if negative.
    Adjustment,
    /// The account's owner puts quote in, or takes it out (negative) where it is free.
    Allocation,
    /// The venue takes a fill back.
    Bust,
    /// The venue gives a fill another price.
    Correction,
}

impl EventKind {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Funding => "funding",
            Self::Fee => "a fee",
            Self::Adjustment => "an adjustment",
            Self::Allocation => "an allocation",
            Self::Bust => "a bust",
            Self::Correction => "a correction",
        }
    }

    /// It is about a fill, and not about an amount.
    pub(super) const fn sets_right(self) -> bool {
        matches!(self, Self::Bust | Self::Correction)
    }
}

/// Most events of a scenario.
const EVENTS_MAX: usize = 10_000;
/// How often an event is repeated: from a minute to ten years.
const EVERY: (Span, Span) = (MINUTE, DAY.times(3650));

/// Longest reason, in characters.
const REASON_MAX: usize = 200;

/// A part per billion, in basis points.
const PPB_IN_BPS: Fixed = Fixed::new(1, 5);

/// What is wrong with the events, whatever the markets are.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    if file.events.len() > EVENTS_MAX {
        let count = file.events.len();
        found.push(Problem::new("events", format!("found {count} events"), format!("at most {EVENTS_MAX}")));
    }
    file.events.iter().enumerate().for_each(|(place, event)| event.check(place, &mut found));
    found
}

/// All events of the account of the bot on trial, as the engine takes them.
pub(super) fn bind(
    file: &ScenarioFile,
    start: Timestamp,
    markets: &[Instrument],
    problems: &mut Vec<Problem>,
) -> Vec<ScriptedEvent> {
    let own = (1..).zip(&file.events).filter(|(_, event)| is_meant(file, event.bot.as_ref()));
    let own = own.map(|(line, event)| event.bind(line, start, markets, problems));
    let own: Vec<ScriptedEvent> = own.collect();
    let of_shocks = shock::funding(file, start, file.events.len() as u32);
    let of_family = family::funding(file, (file.events.len() + of_shocks.len()) as u32);
    own.into_iter().chain(of_shocks).chain(of_family).collect()
}

impl EventFile {
    fn check(&self, place: usize, found: &mut Vec<Problem>) {
        let key = |name: &str| format!("events[{place}].{name}");
        let amount = |amount| in_range(&key("amount"), amount, "-1000000000000", "1000000000000");
        found.extend(self.amount.and_then(amount));
        found.extend(self.reason_problem(&key("reason")));
        self.check_fill(&key, found);
        match (self.amount, self.rate_bps) {
            (None, None) if self.kind.sets_right() => {}
            (None, None) => {
                let problem = Problem::new(key("amount"), "nothing", "an amount of quote, or `rate_bps` for funding");
                found.push(problem.hint("`amount` is what the account receives, negative is paid"));
            }
            (Some(_), Some(rate)) => {
                let problem = Problem::new(key("rate_bps"), format!("found {rate} beside an amount"), "one of the two");
                found.push(problem.hint("drop `amount`, or `rate_bps`"));
            }
            (_, Some(rate)) => found.extend(self.rate_problem(&key("rate_bps"), rate)),
            _ => {}
        }
        if let Some(every) = self.every.filter(|every| every.0 < EVERY.0 || EVERY.1 < every.0) {
            let (least, most) = EVERY;
            found.push(Problem::new(key("every"), format!("found {every}"), format!("{least} to {most}")));
        }
    }

    /// A reason stands in a line of the ledger as it stands in the scenario: what would have to be escaped there is not allowed.
    fn reason_problem(&self, key: &str) -> Option<Problem> {
        let allowed = format!("1 to {REASON_MAX} characters, neither `\"` nor `\\` nor a line break");
        let Some(reason) = &self.reason else {
            let problem = || Problem::new(key, "nothing", allowed).hint("say why the account is corrected by hand");
            return (self.kind == EventKind::Adjustment).then(problem);
        };
        let count = reason.chars().count();
        let is_odd = |character: char| character.is_control() || matches!(character, '"' | '\\');
        match reason.chars().find(|character| is_odd(*character)) {
            Some(odd) => Some(Problem::new(key, format!("found {odd:?}"), allowed)),
            None if reason.trim().is_empty() => Some(Problem::new(key, "no words", allowed)),
            None if REASON_MAX < count => Some(Problem::new(key, format!("found {count} characters"), allowed)),
            None => None,
        }
    }

    fn rate_problem(&self, key: &str, rate: Decimal) -> Option<Problem> {
        if self.kind != EventKind::Funding {
            let problem = Problem::new(key, format!("found {rate}, of {}", self.kind.words()), "`amount`");
            return Some(problem.hint("only funding goes by a rate of the position"));
        }
        let decimals = || {
            rate.multiple_of(PPB_IN_BPS).err().map(|_| Problem::new(key, format!("found {rate}"), "at most 5 decimals"))
        };
        in_range(key, rate, "-10000", "10000").or_else(decimals)
    }

    fn what(&self, new_price: NewPrice) -> AccountEvent {
        let amount = self.amount.and_then(|amount| amount.money().ok()).unwrap_or_default();
        let which = self.fill.map_or(WhichFill::Last, WhichFill::Number);
        match (self.kind, self.rate_bps) {
            (_, Some(bps)) => AccountEvent::FundingAt(Rate::from_ppb(bps.multiple_of(PPB_IN_BPS).unwrap_or_default())),
            (EventKind::Funding, None) => AccountEvent::Charge(Charge::Funding, amount),
            (EventKind::Fee, None) => AccountEvent::Charge(Charge::Fee, amount),
            (EventKind::Adjustment, None) => AccountEvent::Charge(Charge::Adjustment, amount),
            (EventKind::Allocation, None) => AccountEvent::Allocate(amount),
            (EventKind::Bust, None) => AccountEvent::Bust(which),
            (EventKind::Correction, None) => AccountEvent::Correct(which, new_price),
        }
    }

    fn bind(&self, line: u32, start: Timestamp, markets: &[Instrument], problems: &mut Vec<Problem>) -> ScriptedEvent {
        let key = format!("events[{}].market", line - 1);
        let market = match &self.market {
            Some(symbol) => market_of(symbol, markets).unwrap_or_else(|allowed| {
                problems.push(Problem::new(key, format!("unknown market `{symbol}`"), allowed));
                MarketId::FIRST
            }),
            None => {
                if markets.len() > 1 {
                    let problem = Problem::new(key, "nothing", "the symbol of one of the run's markets");
                    problems.push(problem.hint("each market has a venue: say whose account it is"));
                }
                MarketId::FIRST
            }
        };
        let every = self.every.map(|every| every.0);
        let new_price = self.new_price(line, markets.get(market.index()), problems);
        ScriptedEvent { at: self.at.after(start), every, market, what: self.what(new_price), line }
    }
}
