//! The bot's feed of market data: the table `[feed]` of a scenario. With it, or with a fault of the feed in `[faults]`, market data come
//! as numbered messages that a supervisor at the bot's end makes a book of.

use super::check::span_in_range;
use super::closed::is_closed;
use super::disturbance::{DisturbanceFile, Fault, stalls};
use super::file::ScenarioFile;
use super::pattern::PatternFile;
use super::problem::Problem;
use super::text::SpanText;
use super::trial::Trial;
use super::wire::{FaultsFile, PolicyName, ScriptedFaultFile};
use crate::audit::{AuditFeed, AuditLine, AuditStall};
use crate::bot::feed::FeedPolicy;
use crate::engine::{FeedSetup, LaneSetup, ViewMode};
use crate::fault::Stall;
use crate::fault::wire::{FaultPlan, Profile};
use crate::model::WireFault;
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
            stalls: stalls(file, &header.instrument.symbol, trial.span()),
            seed: file.seed,
            name: place.to_string(),
            firings: firings(place),
        })
    };
    trial.markets.iter().map(|market| &market.header).enumerate().map(setup).collect()
}

/// What an audit knows of the feeds of a run over markets within `span`; nothing where none is supervised.
pub(super) fn audit_feed<'a>(
    file: &ScenarioFile,
    (headers, span): (impl Iterator<Item = &'a TapeHeader>, (Timestamp, Timestamp)),
    recovery: Option<(Timestamp, Span)>,
) -> Option<AuditFeed> {
    let line = |header: &TapeHeader| {
        let stalls = stalls(file, &header.instrument.symbol, span);
        let stalls = stalls.into_iter().map(|Stall { from, until, loses }| AuditStall { from, until, loses });
        AuditLine { ends_at: header.last_at, stalls: stalls.collect() }
    };
    let supervised: Vec<Option<AuditLine>> =
        headers.map(|header| is_supervised(file, header).then(|| line(header))).collect();
    // Who allows for more has said so; who does not look at it has not.
    let max_delay = file.feed.as_ref().and_then(|feed| feed.max_delay);
    let judges_delay = max_delay.is_none_or(|allowed| allowed.0 <= SECOND);
    let stale_after = file.feed.as_ref().and_then(|feed| feed.stale_after);
    let more = |after: SpanText| (after.0.nanos() - FeedPolicy::CAREFUL.stale_after.nanos()).max(0);
    let allowed = Span::from_nanos(stale_after.map_or(0, more));
    let is_any = supervised.iter().any(Option::is_some);
    is_any.then_some(AuditFeed { supervised, judges_delay, allowed, recovery })
}

/// What is wrong with what is said of feeds, whatever the markets are.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let spans = file.feed.iter().flat_map(|feed| {
        [("max_delay", feed.max_delay, MILLISECOND), ("stale_after", feed.stale_after, SECOND.times(2))]
    });
    let out_of =
        |(name, value, low): (&str, Option<SpanText>, Span)| span_in_range(&format!("feed.{name}"), value?, low, DAY);
    spans.filter_map(out_of).chain(violent(file)).chain(unasked(file)).chain(idle_second(file)).collect()
}

/// A second source that nothing would ever turn to.
fn idle_second(file: &ScenarioFile) -> Option<Problem> {
    let feed = file.feed.as_ref().filter(|feed| feed.second_source == Some(true))?;
    let policy = feed.policy();
    let hides = policy.checks_sequence || policy.checks_checksum || policy.checks_crossed;
    let spans = |policy: FeedPolicy| (policy.max_delay, policy.stale_after);
    let never = !hides && spans(policy) == spans(FeedPolicy::NAIVE);
    let problem =
        || Problem::new("feed.second_source", "found true, where no check ever hides the first", "false, or a check");
    never.then(|| {
        problem().hint("a second source is listened to where the first shows nothing: let the bot check its feed")
    })
}

/// Feeds that are named for runs over violent markets, which have none.
fn violent(file: &ScenarioFile) -> Option<Problem> {
    file.volatility.as_ref()?;
    let problem = Problem::new(named(file)?, "a supervised feed with `volatility`", "one of the two");
    Some(problem.hint("runs over violent markets have perfect feeds: try the feed in a scenario of its own"))
}

/// Old snapshots that nobody would ask for: nothing that is named, or comes with the profile, makes a bot need one.
fn unasked(file: &ScenarioFile) -> Option<Problem> {
    let faults = file.faults.as_ref()?;
    let rate = faults.rates.get(&WireFault::StaleSnapshot).is_some_and(|rate| 0 < *rate);
    let key = rate.then(|| format!("faults.rates.{}", WireFault::StaleSnapshot))?;
    let start = Timestamp::from_nanos(0);
    let plan = FaultPlan { swarm: false, ..faults.plan(0, (start, start.plus(DAY))) };
    let elsewhere = faults.script.iter().cloned().chain(faults.pattern.iter().flat_map(|one| one.script(start)));
    let mut fires = plan.families(0).into_iter().chain(elsewhere.map(|one| one.fault));
    let is_closed = file.disturbances.iter().any(|one| one.kind == Fault::FeedDisconnect);
    if is_closed || fires.any(asks_snapshot) {
        return None;
    }
    let problem =
        Problem::new(key, "old snapshots, and nothing that a snapshot is asked for", "another fault beside it");
    Some(problem.hint(
        "a snapshot is asked for where messages are missing: name `sequence-gap`, or a disturbance `feed-disconnect`",
    ))
}

/// An old snapshot by the script that nobody asks for: nothing that a snapshot is asked for comes shortly before it, or after.
pub(super) fn unasked_script(file: &ScenarioFile, start: Timestamp, end: Timestamp) -> Vec<Problem> {
    let Some(faults) = &file.faults else { return Vec::new() };
    let plan = FaultPlan { swarm: false, ..faults.plan(0, (start, end)) };
    if plan.is_drawn(asks_snapshot) {
        return Vec::new();
    }
    let scripted = || faults.script.iter().cloned().chain(faults.pattern.iter().flat_map(|one| one.script(start)));
    let asked = |from: Timestamp, market: Option<usize>| {
        let is_late = |one: &ScriptedFaultFile| one.at.is_none_or(|at| from < at.after(start).plus(ASKED_WITHIN));
        let is_here = |one: &ScriptedFaultFile| market.is_none() || one.market.is_none() || one.market == market;
        let closed = |one: &DisturbanceFile| {
            one.kind == Fault::FeedDisconnect && from < one.at.after(start).plus(one.lasts.0).plus(ASKED_WITHIN)
        };
        scripted().filter(|one| asks_snapshot(one.fault) && is_here(one)).any(|one| is_late(&one))
            || file.disturbances.iter().any(closed)
    };
    let old = faults.script.iter().enumerate().filter(|(_, one)| one.fault == WireFault::StaleSnapshot);
    let never = old.filter(|(_, one)| !asked(one.at.map_or(start, |at| at.after(start)), one.market));
    let problem = |(place, _): (usize, &ScriptedFaultFile)| {
        let found = "an old snapshot, and nothing that a snapshot is asked for";
        let problem = Problem::new(format!("faults.script[{place}].fault"), found, "another fault shortly before it");
        problem.hint("it would never fire: script a `sequence-gap` at the same instant or later, or a disturbance `feed-disconnect`")
    };
    never.map(problem).collect()
}

/// A snapshot is asked for at most so long after what makes it needed began: the longest of these lasts a minute.
const ASKED_WITHIN: Span = Span::from_nanos(120_000_000_000);

/// Faults of the feed that a profile brings, and that do nothing: of which market, and why.
#[must_use]
pub fn without_feed(trial: &Trial) -> Option<String> {
    let file = &trial.scenario.file;
    let profile = file.faults.as_ref().map(|faults| faults.profile).filter(|profile| *profile != Profile::None)?;
    let headers = trial.markets.iter().map(|market| &market.header);
    let deaf: Vec<&str> =
        headers.filter(|header| !is_supervised(file, header)).map(|header| header.instrument.symbol.as_str()).collect();
    let why = if is_closed(file) { "which answers to the bot" } else { "whose tape shows no book" };
    let name = profile.as_str();
    (!deaf.is_empty())
        .then(|| format!("faults: those of the feed in `{name}` do nothing at {}, {why}", deaf.join(", ")))
}

/// Behind this fault a bot may need a snapshot.
const fn asks_snapshot(fault: WireFault) -> bool {
    matches!(
        fault,
        WireFault::SequenceGap
            | WireFault::OutOfOrder
            | WireFault::ChecksumMismatch
            | WireFault::CrossedBook
            | WireFault::SlowConsumer
            | WireFault::ReconnectStorm
    )
}

/// The key that names a feed, or one of its faults.
fn named(file: &ScenarioFile) -> Option<String> {
    let of_feed = |faults: &FaultsFile| {
        let script = faults.script.iter().position(|one| one.fault.is_of_feed());
        let rate = || faults.rates.iter().find(|(fault, rate)| fault.is_of_feed() && 0 < **rate);
        let is_of_feed = |one: &PatternFile| one.script(Timestamp::from_nanos(0)).any(|one| one.fault.is_of_feed());
        let pattern = || faults.pattern.iter().position(is_of_feed);
        script
            .map(|place| format!("faults.script[{place}].fault"))
            .or_else(|| rate().map(|(fault, _)| format!("faults.rates.{fault}")))
            .or_else(|| pattern().map(|place| format!("faults.pattern[{place}].name")))
    };
    file.feed.as_ref().map(|_| "feed".to_owned()).or_else(|| file.faults.as_ref().and_then(of_feed))
}

/// What of the feeds cannot be had with these markets.
pub(super) fn unfed<'a>(file: &ScenarioFile, headers: impl Iterator<Item = &'a TapeHeader>) -> Vec<Problem> {
    let headers: Vec<&TapeHeader> = headers.collect();
    unread(file, &headers).into_iter().chain(lagged(file, &headers)).collect()
}

/// Feeds that are named and cannot be had: of a market without a book, or one that answers to the bot.
fn unread(file: &ScenarioFile, headers: &[&TapeHeader]) -> Option<Problem> {
    let key = named(file)?;
    if is_closed(file) {
        let problem = Problem::new(key, "a supervised feed in a closed loop", "a market that is only read");
        return Some(problem.hint("a market that answers to the bot is heard of as it is made"));
    }
    let other = headers.iter().find(|header| header.kind != TapeKind::L2)?;
    let found = format!("a supervised feed with `{}`, whose tape shows no book", other.instrument.symbol);
    Some(Problem::new(key, found, "tapes of books").hint("messages of a feed are numbered changes of a book"))
}

/// A view of the market that a supervised feed cannot give, by whatever the feed comes.
fn lagged(file: &ScenarioFile, headers: &[&TapeHeader]) -> Option<Problem> {
    let is_lagged = file.run.view == ViewMode::Lagged;
    let fed = headers.iter().find(|header| is_lagged && is_supervised(file, header))?;
    let found = format!("`lagged` with the supervised feed of `{}`", fed.instrument.symbol);
    let problem = Problem::new("run.view", found, "`auto` or `own-book`");
    Some(problem.hint("`[feed]` and faults of the feed, a profile's as well, make a book of the bot's own"))
}
