//! The bot's feed of market data: the table `[feed]` of a scenario. With it, or with a fault of the feed in `[faults]`, market data come
//! as numbered messages that a supervisor at the bot's end makes a book of.

use super::check::span_in_range;
use super::closed::is_closed;
use super::disturbance::stalls;
use super::file::ScenarioFile;
use super::pattern::PatternFile;
use super::problem::Problem;
use super::text::SpanText;
use super::trial::Trial;
use super::wire::{FaultsFile, PolicyName};
use crate::audit::AuditFeed;
use crate::bot::feed::FeedPolicy;
use crate::engine::{FeedSetup, LaneSetup};
use crate::tape::{TapeHeader, TapeKind};
use crate::units::{DAY, MILLISECOND, SECOND, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a bot supervises its feed: a named policy, and departures from it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeedFile {
    /// The policy.
    pub policy: PolicyName,
    /// Messages are applied in the order of their numbers, once each, and none may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks_sequence: Option<bool>,
    /// The venue's checksums are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks_checksum: Option<bool>,
    /// A book whose bid is at or above its ask is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks_crossed: Option<bool>,
    /// A snapshot that is older than the differences at hand is not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuses_old_snapshots: Option<bool>,
    /// Levels that the venue does not serve are forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trims_depth: Option<bool>,
    /// A print far from the market is believed when the next one confirms it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirms_ticks: Option<bool>,
    /// Nothing is shown while it is told later than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delay: Option<SpanText>,
    /// Nothing is shown after so long without a message, heartbeats included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stale_after: Option<SpanText>,
    /// With nothing to show for a second, a second source of data is listened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_source: Option<bool>,
}

impl FeedFile {
    /// The policy that comes of it.
    #[must_use]
    pub fn policy(&self) -> FeedPolicy {
        let base = match self.policy {
            PolicyName::Careful => FeedPolicy::CAREFUL,
            PolicyName::Naive => FeedPolicy::NAIVE,
        };
        let span = |given: Option<SpanText>, own: Span| given.map_or(own, |given| given.0);
        let fails_over_after = match self.second_source {
            None => base.fails_over_after,
            Some(true) => FeedPolicy::CAREFUL.fails_over_after,
            Some(false) => None,
        };
        FeedPolicy {
            checks_sequence: self.checks_sequence.unwrap_or(base.checks_sequence),
            checks_checksum: self.checks_checksum.unwrap_or(base.checks_checksum),
            checks_crossed: self.checks_crossed.unwrap_or(base.checks_crossed),
            refuses_old_snapshots: self.refuses_old_snapshots.unwrap_or(base.refuses_old_snapshots),
            trims_depth: self.trims_depth.unwrap_or(base.trims_depth),
            confirms_ticks: self.confirms_ticks.unwrap_or(base.confirms_ticks),
            max_delay: span(self.max_delay, base.max_delay),
            stale_after: span(self.stale_after, base.stale_after),
            fails_over_after,
            ..base
        }
    }
}

/// A feed of this market is supervised in a run under this scenario: its tape shows a book, and something is said of feeds.
pub(super) fn is_supervised(file: &ScenarioFile, header: &TapeHeader) -> bool {
    let faults = || file.faults.as_ref().is_some_and(has_feed_faults);
    header.kind == TapeKind::L2 && !is_closed(file) && (file.feed.is_some() || faults())
}

fn has_feed_faults(faults: &FaultsFile) -> bool {
    // Whatever the market and the length of the run.
    let start = Timestamp::from_nanos(0);
    let patterns = faults.pattern.iter().flat_map(|pattern| pattern.script(start));
    let mut script = faults.script.iter().cloned().chain(patterns);
    faults.plan(0, (start, start.plus(DAY))).has_feed() || script.any(|one| one.fault.is_of_feed())
}

/// The feeds of a trial's markets, in order; nothing where a market is heard of as its tape says. Firings are noted where those of the wire
/// to the same market are.
pub(super) fn setups(trial: &Trial, lane: Option<&LaneSetup>) -> Vec<Option<FeedSetup>> {
    let file = &trial.scenario.file;
    let (start, end) = (trial.span().0, trial.ends_at());
    let firings = |place: usize| lane?.markets.get(place)?.wire.as_ref()?.firings.clone();
    let setup = |(place, header): (usize, &TapeHeader)| {
        is_supervised(file, header).then(|| FeedSetup {
            policy: file.feed.clone().unwrap_or_default().policy(),
            plan: file.faults.clone().unwrap_or_default().plan(place, (start, end)),
            stalls: stalls(&file.disturbances, &header.instrument.symbol, start),
            seed: file.seed,
            name: place.to_string(),
            firings: firings(place),
        })
    };
    trial.markets.iter().map(|market| &market.header).enumerate().map(setup).collect()
}

/// What an audit knows of the feeds of a run; nothing where none is supervised.
pub(super) fn audit_feed<'a>(
    file: &ScenarioFile,
    headers: impl Iterator<Item = &'a TapeHeader>,
    recovery: Option<(Timestamp, Span)>,
) -> Option<AuditFeed> {
    let supervised: Vec<bool> = headers.map(|header| is_supervised(file, header)).collect();
    // Who allows for more has said so; who does not look at it has not.
    let allowed = file.feed.as_ref().and_then(|feed| feed.max_delay);
    let judges_delay = allowed.is_none_or(|allowed| allowed.0 <= SECOND);
    let is_any = supervised.contains(&true);
    is_any.then_some(AuditFeed { supervised, judges_delay, recovery })
}

/// What is wrong with the table, whatever the markets are.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let Some(feed) = &file.feed else { return Vec::new() };
    let spans = [("max_delay", feed.max_delay, MILLISECOND), ("stale_after", feed.stale_after, SECOND.times(2))];
    let out_of =
        |(name, value, low): (&str, Option<SpanText>, Span)| span_in_range(&format!("feed.{name}"), value?, low, DAY);
    spans.into_iter().filter_map(out_of).collect()
}

/// Feeds that are named and cannot be had: of a market without a book, or one that answers to the bot.
pub(super) fn unfed<'a>(file: &ScenarioFile, mut headers: impl Iterator<Item = &'a TapeHeader>) -> Option<Problem> {
    let named = |faults: &FaultsFile| {
        let script = faults.script.iter().position(|one| one.fault.is_of_feed());
        let rate = || faults.rates.iter().find(|(fault, rate)| fault.is_of_feed() && 0 < **rate);
        let is_of_feed = |one: &PatternFile| one.script(Timestamp::from_nanos(0)).any(|one| one.fault.is_of_feed());
        let pattern = || faults.pattern.iter().position(is_of_feed);
        script
            .map(|place| format!("faults.script[{place}].fault"))
            .or_else(|| rate().map(|(fault, _)| format!("faults.rates.{fault}")))
            .or_else(|| pattern().map(|place| format!("faults.pattern[{place}].name")))
    };
    let key = file.feed.as_ref().map(|_| "feed".to_owned()).or_else(|| file.faults.as_ref().and_then(named))?;
    if is_closed(file) {
        let problem = Problem::new(key, "a supervised feed in a closed loop", "a market that is only read");
        return Some(problem.hint("a market that answers to the bot is heard of as it is made"));
    }
    let other = headers.find(|header| header.kind != TapeKind::L2)?;
    let found = format!("a supervised feed with `{}`, whose tape shows no book", other.instrument.symbol);
    Some(Problem::new(key, found, "tapes of books").hint("messages of a feed are numbered changes of a book"))
}
