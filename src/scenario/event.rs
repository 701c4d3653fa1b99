//! What a scenario's venues charge or give without a fill: funding, fees afterwards.

use super::check::in_range;
use super::command::market_of;
use super::file::ScenarioFile;
use super::problem::Problem;
use super::text::{Decimal, Moment};
use crate::engine::ScriptedCharge;
use crate::model::{Charge, Instrument, MarketId};
use crate::units::Timestamp;
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
    pub amount: Decimal,
    /// Symbol of the market whose venue does it; a run of several markets has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
}

/// What moves an account without a fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// Funding of a perpetual contract.
    Funding,
    /// A fee charged (negative) or refunded afterwards.
    Fee,
}

impl EventKind {
    const fn charge(self) -> Charge {
        match self {
            Self::Funding => Charge::Funding,
            Self::Fee => Charge::Fee,
        }
    }
}

/// Most events of a scenario.
const EVENTS_MAX: usize = 10_000;

/// What is wrong with the events, whatever the markets are.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    if file.events.len() > EVENTS_MAX {
        let count = file.events.len();
        found.push(Problem::new("events", format!("found {count} events"), format!("at most {EVENTS_MAX}")));
    }
    let amounts = file.events.iter().enumerate().filter_map(|(place, event)| {
        in_range(&format!("events[{place}].amount"), event.amount, "-1000000000000", "1000000000000")
    });
    found.extend(amounts);
    found
}

/// All events as the engine takes them.
pub(super) fn bind(
    events: &[EventFile],
    start: Timestamp,
    markets: &[Instrument],
    problems: &mut Vec<Problem>,
) -> Vec<ScriptedCharge> {
    (1..).zip(events).map(|(line, event)| event.bind(line, start, markets, problems)).collect()
}

impl EventFile {
    fn bind(&self, line: u32, start: Timestamp, markets: &[Instrument], problems: &mut Vec<Problem>) -> ScriptedCharge {
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
        let amount = self.amount.money().unwrap_or_default();
        ScriptedCharge { at: self.at.after(start), market, charge: self.kind.charge(), amount, line }
    }
}
