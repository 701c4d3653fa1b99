//! Modes in which a venue takes some orders alone for a while, as around a maintenance: post-only, limit-only, cancel-only.

use super::delisting;
use super::file::ScenarioFile;
use super::problem::Problem;
use super::text::{Moment, SpanText};
use crate::model::{Access, Instrument, StatusChange, TradingStatus};
use crate::tape::{TapeHeader, TapeKind};
use crate::units::{Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A market that takes some orders alone for a while.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModeFile {
    /// Which orders it takes.
    pub mode: ModeWord,
    /// When it begins: a span after the start, or an instant.
    pub at: Moment,
    /// How long it lasts.
    pub lasts: SpanText,
    /// Symbol of the market; without one it is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
}

/// Modes of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModeWord {
    /// Post-only orders, and amends of such.
    PostOnly,
    /// Limit orders.
    LimitOnly,
    /// Cancels: no order, no amend.
    CancelOnly,
}

impl ModeWord {
    const fn access(self) -> Access {
        match self {
            Self::PostOnly => Access::PostOnly,
            Self::LimitOnly => Access::LimitOnly,
            Self::CancelOnly => Access::CancelOnly,
        }
    }
}

impl ModeFile {
    fn span(&self, start: Timestamp) -> (Timestamp, Timestamp) {
        let at = self.at.after(start);
        (at, at.plus(self.lasts.0))
    }

    fn is_at(&self, symbol: &str) -> bool {
        self.market.as_deref().is_none_or(|only| only == symbol)
    }
}

/// Markets that are not there or are bars, modes without a length or before the start, and two of them at once.
pub(super) fn problems<'a>(
    modes: &[ModeFile],
    markets: &[Instrument],
    headers: impl Iterator<Item = &'a TapeHeader> + Clone,
    start: Timestamp,
) -> Vec<Problem> {
    let last = headers.clone().map(|header| header.last_at).max().unwrap_or(start);
    let mut found = Vec::new();
    let bars = headers.filter(|header| header.kind == TapeKind::Bars).map(|header| &header.instrument.symbol);
    let bars: Vec<&String> = bars.collect();
    for (place, one) in modes.iter().enumerate() {
        let key = |name: &str| format!("modes[{place}].{name}");
        let (from, until) = one.span(start);
        if from < start {
            found.push(Problem::new(key("at"), format!("found {from}"), format!("an instant from {start} on")));
        }
        if start < last && last <= from {
            found.push(Problem::new(key("at"), format!("found {from}"), format!("an instant before the end, {last}")));
        }
        if one.lasts.0 <= Span::ZERO {
            found.push(Problem::new(key("lasts"), format!("found {}", one.lasts), "a span above 0"));
        }
        if let Some(symbol) =
            one.market.as_deref().filter(|symbol| markets.iter().all(|market| market.symbol != *symbol))
        {
            let symbols: Vec<String> = markets.iter().map(|market| format!("`{}`", market.symbol)).collect();
            let allowed = format!("one of {}", symbols.join(", "));
            found.push(Problem::new(key("market"), format!("unknown market `{symbol}`"), allowed));
        }
        if let Some(symbol) = bars.iter().find(|symbol| one.is_at(symbol)) {
            let problem =
                Problem::new(key("mode"), format!("a mode of `{symbol}`, a tape of bars"), "a market of rows");
            found.push(problem.hint("within a bar nobody knows what came first"));
        }
        let meets = |other: &&ModeFile| {
            let same = other.market.is_none() || one.market.is_none() || other.market == one.market;
            let (other_from, other_until) = other.span(start);
            same && from < other_until && other_from < until
        };
        if let Some(other) = modes[..place].iter().find(meets) {
            let text = format!("found {from}, within one that begins at {}", other.span(start).0);
            found.push(Problem::new(key("at"), text, "one mode of a market at a time"));
        }
    }
    found
}

impl ScenarioFile {
    /// The statuses of a market, of which `changes` come from elsewhere, in a run that starts at `start`.
    pub(super) fn statuses(&self, symbol: &str, start: Timestamp, changes: Vec<StatusChange>) -> Vec<StatusChange> {
        delisting::statuses(&self.delistings, symbol, start, statuses(&self.modes, symbol, start, changes))
    }
}

/// The statuses of a market, of which `changes` come from elsewhere, in a run that starts at `start`. A halt within a mode halts.
pub(super) fn statuses(
    modes: &[ModeFile],
    symbol: &str,
    start: Timestamp,
    changes: Vec<StatusChange>,
) -> Vec<StatusChange> {
    let here: Vec<&ModeFile> = modes.iter().filter(|mode| mode.is_at(symbol)).collect();
    if here.is_empty() {
        return changes;
    }
    let turns = here.iter().map(|mode| mode.span(start)).flat_map(|(from, until)| [from, until]);
    with_access(changes, turns, |at| {
        let within = |mode: &&&ModeFile| {
            let (from, until) = mode.span(start);
            from <= at && at < until
        };
        here.iter().find(within).map(|mode| mode.mode.access())
    })
}

/// Statuses of a market that takes other orders from some instants on: `access` says which, or nothing where it takes what `changes` say.
pub(super) fn with_access(
    changes: Vec<StatusChange>,
    turns: impl Iterator<Item = Timestamp>,
    access: impl Fn(Timestamp) -> Option<Access>,
) -> Vec<StatusChange> {
    let mut instants: Vec<Timestamp> = changes.iter().map(|change| change.at).chain(turns).collect();
    instants.sort_unstable();
    instants.dedup();
    let status = |at: Timestamp| {
        let before = changes.iter().rev().find(|change| change.at <= at);
        let other = before.map_or(TradingStatus::OPEN, |change| change.status);
        StatusChange { at, status: TradingStatus { access: access(at).unwrap_or(other.access), ..other } }
    };
    instants.into_iter().map(status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_nanos(0).plus(SECOND.times(number))
    }

    fn mode(mode: ModeWord, at: i64, lasts: i64) -> ModeFile {
        ModeFile { mode, at: Moment::After(SECOND.times(at)), lasts: SpanText(SECOND.times(lasts)), market: None }
    }

    #[test]
    fn modes_follow_each_other_and_a_halt_goes_through_them() {
        let halt =
            |at, is_halted| StatusChange { at: second(at), status: TradingStatus { is_halted, ..TradingStatus::OPEN } };
        let modes = [mode(ModeWord::CancelOnly, 10, 10), mode(ModeWord::PostOnly, 20, 5)];
        let found = statuses(&modes, "X", second(0), vec![halt(15, true), halt(22, false)]);
        let found: Vec<_> =
            found.iter().map(|change| (change.at, change.status.is_halted, change.status.access)).collect();
        let expected = [
            (10, false, Access::CancelOnly),
            (15, true, Access::CancelOnly),
            (20, true, Access::PostOnly),
            (22, false, Access::PostOnly),
            (25, false, Access::All),
        ];
        assert_eq!(found, expected.map(|(at, halted, access)| (second(at), halted, access)));
        let elsewhere = ModeFile { market: Some("Y".to_owned()), ..mode(ModeWord::PostOnly, 1, 1) };
        assert_eq!(statuses(&[elsewhere], "X", second(0), vec![halt(5, true)]), [halt(5, true)]);
    }
}
