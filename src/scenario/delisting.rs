//! Markets that their venues take away: from one instant on they take what reduces a position alone, from another nothing any more.

use super::command::{CommandFile, Word};
use super::file::ScenarioFile;
use super::mode::with_access;
use super::problem::Problem;
use super::text::Moment;
use crate::model::{Access, Instrument, StatusChange};
use crate::units::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A market that is taken away.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DelistingFile {
    /// From then on it takes cancels, and orders that bring a position closer to zero: a span after the start, or an instant.
    pub reduces_from: Moment,
    /// From then on it takes nothing: every open order ends, and what is held stays held.
    pub closes_at: Moment,
    /// Symbol of the market; without one it is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// The bot is told to pause and to flatten there at `reduces_from`, as a careful owner does. When the scenario is read this becomes a command.
    #[serde(default = "yes")]
    pub unwinds: bool,
}

const fn yes() -> bool {
    true
}

/// What careful owners tell their bots becomes commands of the scenario.
pub(super) fn unfold(file: &mut ScenarioFile) {
    for delisting in file.delistings.iter_mut().filter(|delisting| delisting.unwinds) {
        delisting.unwinds = false;
        file.commands.push(CommandFile {
            at: Some(delisting.reduces_from),
            when: None,
            after: None,
            each: false,
            r#do: Word::Pause,
            market: delisting.market.clone(),
            venue: None,
            bot: None,
            flatten: true,
            state: None,
            to: None,
            gate: None,
            confirm: None,
            reason: "the market is taken away".to_owned(),
        });
    }
}

/// Markets that are not there, instants out of order, and two ends of one market.
pub(super) fn problems(delistings: &[DelistingFile], markets: &[Instrument], start: Timestamp) -> Vec<Problem> {
    let mut found = Vec::new();
    for (place, one) in delistings.iter().enumerate() {
        let key = |name: &str| format!("delistings[{place}].{name}");
        let (from, until) = (one.reduces_from.after(start), one.closes_at.after(start));
        if until <= from || from < start {
            let problem = Problem::new(key("closes_at"), format!("found {until}"), format!("an instant after {from}"));
            found.push(problem.hint("a market that is taken away lets positions be closed first"));
        }
        if let Some(symbol) =
            one.market.as_deref().filter(|symbol| markets.iter().all(|market| market.symbol != *symbol))
        {
            let symbols: Vec<String> = markets.iter().map(|market| format!("`{}`", market.symbol)).collect();
            let allowed = format!("one of {}", symbols.join(", "));
            found.push(Problem::new(key("market"), format!("unknown market `{symbol}`"), allowed));
        }
        let is_again =
            |other: &DelistingFile| other.market.is_none() || one.market.is_none() || other.market == one.market;
        if delistings[..place].iter().any(is_again) {
            let problem = Problem::new(key("market"), "a market that is taken away before", "each market once");
            found.push(problem.hint("a market ends once: keep one of the two"));
        }
    }
    found
}

/// The statuses of a market, of which `changes` come from elsewhere, in a run that starts at `start`.
pub(super) fn statuses(
    delistings: &[DelistingFile],
    symbol: &str,
    start: Timestamp,
    changes: Vec<StatusChange>,
) -> Vec<StatusChange> {
    let here = delistings.iter().find(|one| one.market.as_deref().is_none_or(|only| only == symbol));
    let Some(here) = here else { return changes };
    let turns = [(here.reduces_from.after(start), Access::ReducesAlone), (here.closes_at.after(start), Access::Closed)];
    let access = |at: Timestamp| turns.iter().rev().find(|(from, _)| *from <= at).map(|(_, access)| *access);
    with_access(changes, turns.iter().map(|(from, _)| *from), access)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TradingStatus;
    use crate::units::SECOND;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(SECOND.times(number))
    }

    #[test]
    fn a_halt_goes_on_while_the_market_is_taken_away() {
        let halt =
            |at, is_halted| StatusChange { at: second(at), status: TradingStatus { is_halted, ..TradingStatus::OPEN } };
        let one = DelistingFile {
            reduces_from: Moment::After(SECOND.times(10)),
            closes_at: Moment::After(SECOND.times(30)),
            market: None,
            unwinds: false,
        };
        let found = statuses(&[one], "X", second(0), vec![halt(5, true), halt(20, false), halt(40, true)]);
        let found: Vec<_> =
            found.iter().map(|change| (change.at, change.status.is_halted, change.status.access)).collect();
        let expected = [
            (5, true, Access::All),
            (10, true, Access::ReducesAlone),
            (20, false, Access::ReducesAlone),
            (30, false, Access::Closed),
            (40, true, Access::Closed),
        ];
        assert_eq!(found, expected.map(|(at, halted, access)| (second(at), halted, access)));
        assert_eq!(statuses(&[], "X", second(0), vec![halt(5, true)]).len(), 1);
    }
}
