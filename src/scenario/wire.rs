//! What travels between bot and venue: the tables `[gateway]` and `[faults]` of a scenario. On markets of rows requests and reports travel
//! on a wire with the bot's gateway at its end; with either table it is one that can lose them, without it is a sound one.

use super::check::span_in_range;
use super::command::{CommandFile, Kept, Word};
use super::document::closest;
use super::file::ScenarioFile;
use super::manifest::Manifest;
use super::pattern::{PatternFile, PatternName};
use super::problem::Problem;
use super::text::{Moment, SpanText};
use crate::audit::AuditWire;
use crate::bot::gateway::{BalancePolicy, LogPolicy, OnLostMemory, OnUnknown, Policy};
use crate::fault;
use crate::fault::wire::{
    FamilySpec, FaultPlan, Pause, Profile, QUERY_LAG, REQUEST_DELAY_MAX, Scripted, ScriptedFault, VENUES,
};
use crate::metrics::Sometimes;
use crate::model::WireFault;
use crate::tape::TapeKind;
use crate::units::{DAY, MILLISECOND, MINUTE, SECOND, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How the bot's end of a connection behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PolicyName {
    /// Asks before it sends again, and believes nothing twice.
    #[default]
    Careful,
    /// Sends blindly again under new ids, believes everything twice, asks for nothing: to see that such a bot is found out.
    Naive,
}

/// Which gateway the bot has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GatewayName {
    /// Asks before it sends again, and believes nothing twice.
    #[default]
    Careful,
    /// Sends blindly again under new ids, believes everything twice, asks for nothing: to see that such a bot is found out.
    Naive,
    /// It has none: a request arrives and a report is heard, always.
    None,
}

impl GatewayName {
    /// Its word in scenarios.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Careful => "careful",
            Self::Naive => "naive",
            Self::None => "none",
        }
    }
}

/// The bot's end of the wire: a named policy, and departures from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayFile {
    /// The policy.
    pub policy: GatewayName,
    /// A call without an answer after so long is unknown; at most 10 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<SpanText>,
    /// Most attempts of one request, the first included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// "Not found" is believed when the last attempt is so long ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<SpanText>,
    /// Most requests sent again within a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries_per_minute: Option<u32>,
    /// What was missed is asked for so often, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconcile_every: Option<SpanText>,
    /// What is done about an unknown outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_unknown: Option<OnUnknown>,
    /// Reports that are known already are dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drops_duplicates: Option<bool>,
    /// What was missed is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconciles: Option<bool>,
    /// Nothing is sent before the venue wants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub honours_waits: Option<bool>,
    /// No new order while reports cannot be heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_when_blind: Option<bool>,
    /// What becomes of the gateway when the bot's process ends without its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_lost_memory: Option<OnLostMemory>,
    /// After the first failure no order goes out any more: to see that such a bot is found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stops_after_failure: Option<bool>,
    /// Every report that was heard is kept for good: to see that such a bot is found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keeps_everything: Option<bool>,
    /// The venue is asked so often what the account holds; without it never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance_every: Option<SpanText>,
    /// When it has given no balance that was believed for so long, nothing that adds risk goes out; five minutes where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance_stale_after: Option<SpanText>,
    /// That rule is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_when_unbalanced: Option<bool>,
    /// The bytes of what the bot keeps are noted whenever it has asked for what it missed, and may not grow with the run.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub weighs: bool,
    /// The venue ends every order when it has not heard of the bot for so long; without it, it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_mans_switch: Option<SpanText>,
    /// It stops for good when another instance has taken its lease over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_lease: Option<bool>,
    /// The bot keeps a log of its own: what it is about to send is written down before; without it, it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogPolicy>,
}

impl GatewayFile {
    /// What becomes of it when the bot's process ends without its state, where nothing is said: with a log it ends too, and the new one reads
    /// it, or forgets.
    const fn on_lost_memory(&self) -> OnLostMemory {
        match (self.on_lost_memory, self.log) {
            (Some(given), _) => given,
            (None, Some(LogPolicy::Careful)) => OnLostMemory::Adopts,
            (None, Some(LogPolicy::Naive)) => OnLostMemory::Forgets,
            (None, None) => OnLostMemory::Survives,
        }
    }

    /// How balances are asked for, if they are.
    fn balances(&self) -> Option<BalancePolicy> {
        let stale_after = self.balance_stale_after.map_or(MINUTE.times(5), |given| given.0);
        let holds = self.holds_when_unbalanced.unwrap_or(self.policy == GatewayName::Careful);
        self.balance_every.map(|every| BalancePolicy { every: every.0, stale_after, holds, lag: QUERY_LAG })
    }

    /// The policy that comes of it.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let base = match self.policy {
            GatewayName::Naive => Policy::NAIVE,
            GatewayName::Careful | GatewayName::None => Policy::CAREFUL,
        };
        let span = |given: Option<SpanText>, own: Span| given.map_or(own, |given| given.0);
        Policy {
            timeout: span(self.timeout, base.timeout),
            attempts: self.attempts.unwrap_or(base.attempts),
            quiet: span(self.quiet, base.quiet),
            retries_per_minute: self.retries_per_minute.unwrap_or(base.retries_per_minute),
            reconcile_every: span(self.reconcile_every, base.reconcile_every),
            on_unknown: self.on_unknown.unwrap_or(base.on_unknown),
            drops_duplicates: self.drops_duplicates.unwrap_or(base.drops_duplicates),
            reconciles: self.reconciles.unwrap_or(base.reconciles),
            honours_waits: self.honours_waits.unwrap_or(base.honours_waits),
            holds_when_blind: self.holds_when_blind.unwrap_or(base.holds_when_blind),
            balances: self.balances(),
            on_lost_memory: self.on_lost_memory(),
            log: self.log,
            stops_after_failure: self.stops_after_failure.unwrap_or(base.stops_after_failure),
            keeps_everything: self.keeps_everything.unwrap_or(base.keeps_everything),
            dead_mans_switch: self.dead_mans_switch.map(|after| after.0),
            holds_lease: self.holds_lease.unwrap_or(base.holds_lease),
            ..base
        }
    }
}

/// A fault that fires because the scenario says so: at an instant, or at an occasion.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptedFaultFile {
    /// Which.
    pub fault: WireFault,
    /// At the first occasion from then on: a span after the start, or an instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// At the occasion with this number, from 1: the n-th reply, request or report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How long it lasts, or by how much it delays; without it that is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<SpanText>,
    /// On the wire to this market alone: its place among the run's, from 0; without it on each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<usize>,
}

/// What goes wrong on the wire.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FaultsFile {
    /// How bad it is.
    pub profile: Profile,
    /// Each family of the profile is on or off, by the seed.
    pub swarm: bool,
    /// From then on nothing goes wrong; by default when three quarters of the run are over, or a minute more than `recovers_within` before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heals_at: Option<Moment>,
    /// By then after the faults have healed, the bot has reconciled and trades, or has declared a halt.
    pub recovers_within: SpanText,
    /// Rare states that one seed at least of many (`run --seeds`) has to reach.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub must_reach: Vec<Sometimes>,
    /// Chances of faults a million occasions, in place of the profile's; of `stream-disconnect`, a million seconds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rates: BTreeMap<WireFault, u32>,
    /// Faults by the script.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<ScriptedFaultFile>,
    /// Faults that come together, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pattern: Vec<PatternFile>,
    /// The venue, by name and product, as which the faults answer in their place; without it no codes are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// Those that have become parts of the scenario.
    #[serde(skip)]
    pub unfolded: Vec<PatternName>,
}

impl Default for FaultsFile {
    fn default() -> Self {
        Self {
            profile: Profile::None,
            swarm: false,
            heals_at: None,
            recovers_within: SpanText(MINUTE.times(5)),
            must_reach: Vec::new(),
            rates: BTreeMap::new(),
            script: Vec::new(),
            pattern: Vec::new(),
            venue: None,
            unfolded: Vec::new(),
        }
    }
}

impl FaultsFile {
    /// The plan of the wire to a market in a run that lasts from `start` to `end`.
    #[must_use]
    pub fn plan(&self, market: usize, (start, end): (Timestamp, Timestamp)) -> FaultPlan {
        let when = |scripted: &ScriptedFaultFile| match (scripted.at, scripted.nth) {
            (Some(at), _) => Scripted::At(at.after(start)),
            (None, nth) => Scripted::Nth(nth.unwrap_or(1)),
        };
        let is_here = |scripted: &ScriptedFaultFile| scripted.market.is_none_or(|other| other == market);
        let patterns = self.pattern.iter().flat_map(|pattern| pattern.script(start));
        let all = self.script.iter().cloned().chain(patterns);
        let fault = |scripted: ScriptedFaultFile| ScriptedFault {
            fault: scripted.fault,
            when: when(&scripted),
            lasts: scripted.lasts.map(|lasts| lasts.0),
        };
        FaultPlan {
            profile: self.profile,
            rates_ppm: self.rates.clone(),
            swarm: self.swarm,
            script: all.filter(is_here).map(fault).collect(),
            heals_at: heals_at(self, start, end),
        }
    }
}

/// When the faults of a run heal that lasts from `start` to `end`.
pub(super) fn heals_at(faults: &FaultsFile, start: Timestamp, end: Timestamp) -> Timestamp {
    let length = end.since(start).nanos();
    // Early enough for what is judged after it, where the run is long enough for that.
    let in_time = length - faults.recovers_within.0.nanos() - MINUTE.nanos();
    let healed = Span::from_nanos((length / 4 * 3).min(in_time.max(length / 2)));
    faults.heals_at.map_or_else(|| start.plus(healed), |at| at.after(start))
}

/// When the bot's process does not run, in a run over markets from `first` to `last`.
pub(super) fn pauses(file: &ScenarioFile, (first, last): (Timestamp, Timestamp)) -> Vec<Pause> {
    let end = file.run.duration.map_or(last, |duration| last.min(first.plus(duration.0)));
    let plan = file.faults.as_ref().map(|faults| faults.plan(0, (first, end)));
    plan.map(|plan| fault::wire::pauses(&plan, file.seed, first)).unwrap_or_default()
}

/// When the faults of a run over markets from `first` to `last` heal, and how long after that the bot has to have recovered.
pub(super) fn recovery(file: &ScenarioFile, first: Timestamp, last: Timestamp) -> Option<(Timestamp, Span)> {
    let faults = file.faults.as_ref()?;
    let end = file.run.duration.map_or(last, |duration| last.min(first.plus(duration.0)));
    // What a disturbance keeps from the bot it cannot have recovered from before that is over.
    let disturbed = file.disturbances.iter().map(|wrong| wrong.at.after(first).plus(wrong.lasts.0));
    let healed = disturbed.fold(heals_at(faults, first, end), Timestamp::max);
    Some((healed, faults.recovers_within.0))
}

/// What an audit knows of the wires of a run over markets from `first` to `last`; nothing where no message can be lost.
pub(super) fn audit_wire(file: &ScenarioFile, first: Timestamp, last: Timestamp) -> Option<AuditWire> {
    let gateway = file.gateway.clone().unwrap_or_default();
    is_wired(file).then(|| AuditWire {
        recovery: recovery(file, first, last),
        loses_memory: gateway.policy().on_lost_memory != OnLostMemory::Survives,
        weighs: gateway.weighs,
        logs: gateway.log.is_some(),
        balance_stale_after: gateway.policy().balances.map(|balances| balances.stale_after),
    })
}

/// What stands between a bot's gates and its venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Nothing, because the scenario says so.
    Plain,
    /// Nothing: the market is one of bars, of which a bot hears at closes only.
    OnBars,
    /// The careful gateway, on a wire on which nothing can be lost.
    Sound,
    /// The gateway that the scenario asks for, or that its faults want, on a wire that can lose messages.
    Wired(GatewayName),
}

impl Connection {
    /// The one of a run under this scenario on such markets.
    #[must_use]
    pub fn of(file: &ScenarioFile, kind: TapeKind) -> Self {
        Self::chosen(file.gateway.as_ref().map(|gateway| gateway.policy), file.faults.is_some(), kind)
    }

    /// The one of a run that has written down its settings.
    #[must_use]
    pub fn written(manifest: &Manifest) -> Self {
        let policy = manifest.value("gateway.policy");
        let asked = [GatewayName::Careful, GatewayName::Naive, GatewayName::None];
        let has_faults = manifest.settings.iter().any(|setting| setting.key.starts_with("faults."));
        let kind = manifest.market.header.kind;
        Self::chosen(asked.into_iter().find(|name| name.as_str() == policy), has_faults, kind)
    }

    fn chosen(asked: Option<GatewayName>, has_faults: bool, kind: TapeKind) -> Self {
        match asked {
            Some(GatewayName::None) if !has_faults => Self::Plain,
            Some(name) => Self::Wired(name),
            None if has_faults => Self::Wired(GatewayName::default()),
            None if kind == TapeKind::Bars => Self::OnBars,
            None => Self::Sound,
        }
    }

    /// What a listing and a report say of it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Plain => "none".to_owned(),
            Self::OnBars => "none, on bars".to_owned(),
            Self::Sound => "careful, by default".to_owned(),
            Self::Wired(name) => name.as_str().to_owned(),
        }
    }
}

/// A run under this scenario has wires that can lose messages.
pub(super) fn is_wired(file: &ScenarioFile) -> bool {
    let asked = file.gateway.as_ref().is_some_and(|gateway| gateway.policy != GatewayName::None);
    asked || file.faults.is_some()
}

/// Most scripted faults.
const SCRIPT_MAX: usize = 10_000;

/// What is wrong with both tables, whatever the markets are.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found = file.gateway.as_ref().map(gateway_problems).unwrap_or_default();
    found.extend(slower_than_patience(file));
    found.extend(file.gateway.as_ref().and_then(|gateway| of_none(gateway, file.faults.is_some())));
    found.extend(switchless(file));
    found.extend(diskless(file));
    found.extend(order_budget(file));
    found.extend(file.faults.iter().flat_map(fault_problems));
    found
}

/// A gateway that is not there, and something that wants it to be.
fn of_none(gateway: &GatewayFile, has_faults: bool) -> Option<Problem> {
    if gateway.policy != GatewayName::None {
        return None;
    }
    let wrong = |found: &str, allowed: &str| Problem::new("gateway.policy", format!("`none` {found}"), allowed);
    let own = GatewayFile { policy: GatewayName::None, ..GatewayFile::default() };
    if has_faults {
        let problem = wrong("beside `[faults]`", "`careful` or `naive`");
        return Some(
            problem.hint("what is lost on a wire is for a gateway to find out: leave `policy` out, or the faults"),
        );
    }
    (*gateway != own).then(|| {
        let problem = wrong("beside other keys of `[gateway]`", "it alone, or `careful` or `naive`");
        problem.hint("there is no gateway that they could be about: leave them out")
    })
}

/// A dead man's switch that is to go off, and that nobody has set.
fn switchless(file: &ScenarioFile) -> Option<Problem> {
    let faults = file.faults.as_ref()?;
    let is_set = file.gateway.as_ref().is_some_and(|gateway| gateway.dead_mans_switch.is_some());
    let fault = WireFault::DeadMansSwitch;
    let script = faults.script.iter().position(|one| one.fault == fault);
    let script = script.map(|place| format!("faults.script[{place}].fault"));
    let rate = || faults.rates.get(&fault).filter(|rate| 0 < **rate).map(|_| format!("faults.rates.{fault}"));
    let key = script.or_else(rate).filter(|_| !is_set)?;
    let problem = Problem::new(key, format!("`{fault}`, and no switch is set"), "it beside `gateway.dead_mans_switch`");
    Some(problem.hint("write `dead_mans_switch = \"60s\"` under `[gateway]`: what nobody has set does not go off"))
}

/// The bot keeps a log of its own.
pub(super) fn keeps_log(file: &ScenarioFile) -> bool {
    file.gateway.as_ref().is_some_and(|gateway| gateway.log.is_some())
}

/// A fault of a disk that nobody writes to.
pub(super) fn without_log(key: String, name: &str) -> Problem {
    let problem = Problem::new(key, format!("`{name}`, and no log is kept"), "it beside `gateway.log`");
    problem.hint("write `log = \"careful\"` under `[gateway]`: a bot that writes nothing has no use for a disk")
}

/// Faults of the bot's own disk that can never fire: nobody writes to it, or no process ends in a write.
fn diskless(file: &ScenarioFile) -> Option<Problem> {
    let faults = file.faults.as_ref()?;
    // What a pattern has become is said of the pattern.
    let unfolded = faults.unfolded.contains(&PatternName::DripDisk);
    let is_it = |fault: WireFault| fault.is_of_disk() && !unfolded;
    let torn = WireFault::TornWrite;
    let script =
        faults.script.iter().enumerate().map(|(place, one)| (format!("faults.script[{place}].fault"), one.fault));
    let rates = faults.rates.iter().filter(|(_, rate)| 0 < **rate);
    let rates = rates.map(|(fault, _)| (format!("faults.rates.{fault}"), *fault));
    let mut all = script.chain(rates).filter(|(_, fault)| is_it(*fault));
    if !keeps_log(file) {
        return all.next().map(|(key, fault)| without_log(key, fault.as_str()));
    }
    let (key, _) = all.find(|(_, fault)| *fault == torn)?;
    let is_lost = |command: &CommandFile| command.r#do == Word::Restart && command.state == Some(Kept::Lost);
    let ends = file.commands.iter().any(is_lost);
    let survives = file.gateway.clone().unwrap_or_default().policy().on_lost_memory == OnLostMemory::Survives;
    let (found, allowed, hint) = match (survives, ends) {
        (true, _) => (
            format!("`{torn}`, and the gateway survives"),
            "it beside another `gateway.on_lost_memory`",
            "leave `on_lost_memory` out: with a log it is `adopts`",
        ),
        (false, false) => (
            format!("`{torn}`, and no restart that loses the bot's memory"),
            "it beside one in `[[commands]]`",
            "write `do = \"restart\"` with `state = \"lost\"` under `[[commands]]`: what was written last is torn when the process ends",
        ),
        (false, true) => return None,
    };
    Some(Problem::new(key, found, allowed).hint(hint))
}

/// Limits of a venue's budget of orders, which wants a wire: its refusals are replies.
fn order_budget(file: &ScenarioFile) -> Vec<Problem> {
    let Some(budget) = &file.venue.order_budget else { return Vec::new() };
    let mut found: Vec<Problem> =
        span_in_range("venue.order_budget.within", budget.within, SECOND, DAY).into_iter().collect();
    if !(1..=1_000_000).contains(&budget.orders) {
        let text = format!("found {}", budget.orders);
        found.push(Problem::new("venue.order_budget.orders", text, "1 to 1000000"));
    }
    if !is_wired(file) {
        let allowed = "it beside `[gateway]` or `[faults]`";
        let problem = Problem::new("venue.order_budget", "it where nothing can be refused on the wire", allowed);
        found.push(problem.hint("the venue's reply asks to wait: write `[gateway]` to say how the bot does"));
    }
    found
}

const PATIENCE: &str = "a request can be 8s on its way and overlooked for 3s: \"not found\" means nothing before";

/// The longest that an order which is there, or will be, can be unseen at a venue that is slower by `extra`.
fn longest_unseen(extra: Span) -> Span {
    Span::from_nanos(REQUEST_DELAY_MAX.nanos() + QUERY_LAG.nanos() + extra.nanos())
}

/// A venue that a disturbance slows down answers later than a gateway waits for what it does not know.
fn slower_than_patience(file: &ScenarioFile) -> Option<Problem> {
    let policy = file.gateway.clone().unwrap_or_default().policy();
    let slowest = file.disturbances.iter().filter_map(|wrong| wrong.extra).map(|extra| extra.0).max()?;
    let least = longest_unseen(slowest);
    let is_wrong = is_wired(file) && policy.on_unknown == OnUnknown::Query && policy.quiet < least;
    let found = format!("found {} beside a venue slowed by {}", SpanText(policy.quiet), SpanText(slowest));
    is_wrong.then(|| Problem::new("gateway.quiet", found, format!("{} or more", SpanText(least))).hint(PATIENCE))
}

fn gateway_problems(gateway: &GatewayFile) -> Vec<Problem> {
    let spans = [
        ("timeout", gateway.timeout, MILLISECOND, Policy::TIMEOUT_MAX),
        ("quiet", gateway.quiet, Span::ZERO, MINUTE.times(10)),
        ("reconcile_every", gateway.reconcile_every, SECOND, DAY),
        ("balance_every", gateway.balance_every, SECOND, DAY),
        ("balance_stale_after", gateway.balance_stale_after, SECOND, DAY),
        ("dead_mans_switch", gateway.dead_mans_switch, SECOND, MINUTE.times(10)),
    ];
    let out_of = |(name, value, low, high): (&str, Option<SpanText>, Span, Span)| {
        span_in_range(&format!("gateway.{name}"), value?, low, high)
    };
    let mut found: Vec<Problem> = spans.into_iter().filter_map(out_of).collect();
    let counts =
        [("attempts", gateway.attempts, 1, 100), ("retries_per_minute", gateway.retries_per_minute, 1, 100_000)];
    found.extend(counts.into_iter().filter_map(|(name, value, low, high)| {
        let value = value.filter(|value| *value < low || high < *value)?;
        Some(Problem::new(format!("gateway.{name}"), format!("found {value}"), format!("{low} to {high}")))
    }));
    let policy = gateway.policy();
    let least = longest_unseen(Span::ZERO);
    if policy.on_unknown == OnUnknown::Query && policy.quiet < least {
        let problem = Problem::new(
            "gateway.quiet",
            format!("found {}", SpanText(policy.quiet)),
            format!("{} or more", SpanText(least)),
        );
        found.push(problem.hint(PATIENCE));
    }
    found.extend(stale_too_soon(gateway, &policy));
    found.extend(without_effect(gateway, &policy));
    found
}

/// A balance that is stale before the answer to the next question can be there.
fn stale_too_soon(gateway: &GatewayFile, policy: &Policy) -> Option<Problem> {
    let balances = policy.balances?;
    let least = Span::from_nanos(balances.every.nanos().saturating_add(policy.timeout.nanos()));
    let by = if gateway.balance_stale_after.is_some() { "" } else { ", where nothing is said" };
    let found = format!("found {}{by}", SpanText(balances.stale_after));
    let allowed = format!("more than {}, up to {}", SpanText(least), SpanText(DAY));
    let problem = Problem::new("gateway.balance_stale_after", found, allowed);
    let is_wrong = balances.stale_after <= least;
    is_wrong.then(|| problem.hint("`balance_every` and `timeout` have to fit in: else every balance is stale at times"))
}

/// Keys that do nothing beside the others.
fn without_effect(gateway: &GatewayFile, policy: &Policy) -> Vec<Problem> {
    let no_balance = gateway.balance_every.is_none();
    let beside = [
        ("balance_stale_after", gateway.balance_stale_after.map(|after| after.to_string())),
        ("holds_when_unbalanced", gateway.holds_when_unbalanced.map(|holds| holds.to_string())),
    ];
    let beside = beside.into_iter().filter_map(|(key, value)| Some((key, value.filter(|_| no_balance)?)));
    let mut found: Vec<Problem> = beside
        .map(|(key, value)| {
            let found = format!("`{value}` without `balance_every`");
            let problem = Problem::new(format!("gateway.{key}"), found, "it beside `gateway.balance_every`");
            problem.hint("nobody asks for a balance: write `balance_every = \"1min\"` beside it, or leave it out")
        })
        .collect();
    let wants = [
        ("weighs", gateway.weighs.then_some("true"), "the bot is weighed when it has asked for what it missed"),
        (
            "on_lost_memory",
            (policy.on_lost_memory == OnLostMemory::Adopts).then_some("adopts"),
            "what is taken over is what was missed, and that has to be asked for",
        ),
    ];
    let wants = wants.into_iter().filter_map(|(key, value, why)| Some((key, value?, why)));
    found.extend(wants.filter(|_| !policy.reconciles).map(|(key, value, why)| {
        let found = format!("`{value}` of a gateway that does not reconcile");
        let problem = Problem::new(format!("gateway.{key}"), found, "it beside `reconciles = true`");
        problem.hint(format!("{why}: write `reconciles = true`, which the policy `naive` is without, or leave it out"))
    }));
    let is_never_read = gateway.log == Some(LogPolicy::Careful) && policy.on_lost_memory == OnLostMemory::Forgets;
    found.extend(is_never_read.then(|| {
        let problem = Problem::new(
            "gateway.log",
            "`careful` of a gateway that forgets",
            "it beside `on_lost_memory = \"adopts\"`",
        );
        problem.hint("nobody reads that log: leave `on_lost_memory` out, or write `log = \"naive\"`")
    }));
    found
}

/// A venue that has no profile.
fn unknown_venue(faults: &FaultsFile) -> Option<Problem> {
    let name = faults.venue.as_ref()?;
    let names = VENUES.map(|(known, _)| known);
    let problem =
        || Problem::new("faults.venue", format!("unknown venue `{name}`"), format!("one of {}", names.join(", ")));
    let hint = match closest(name, &names.map(ToOwned::to_owned)) {
        Some(known) => format!("did you mean `{known}`? `seatrial faults venues` prints them all"),
        None => "`seatrial faults venues` prints what each replies".to_owned(),
    };
    (!names.contains(&name.as_str())).then(|| problem().hint(hint))
}

fn fault_problems(faults: &FaultsFile) -> Vec<Problem> {
    let mut found: Vec<Problem> =
        span_in_range("faults.recovers_within", faults.recovers_within, SECOND, DAY).into_iter().collect();
    found.extend(unknown_venue(faults));
    for (fault, rate) in faults.rates.iter().filter(|(_, rate)| 1_000_000 < **rate) {
        found.push(Problem::new(format!("faults.rates.{fault}"), format!("found {rate}"), "0 to 1000000"));
    }
    if faults.script.len() > SCRIPT_MAX {
        let count = faults.script.len();
        found.push(Problem::new("faults.script", format!("found {count} faults"), format!("at most {SCRIPT_MAX}")));
    }
    for (place, scripted) in faults.script.iter().enumerate() {
        let key = |name: &str| format!("faults.script[{place}].{name}");
        found.extend(match (scripted.at, scripted.nth) {
            (None, None) => Some(Problem::new(key("at"), "neither `at` nor `nth`", "one of them")),
            (Some(_), Some(_)) => Some(Problem::new(key("nth"), "both `at` and `nth`", "one of them")),
            (None, Some(0)) => Some(Problem::new(key("nth"), "found 0", "1 or more").hint("occasions count from 1")),
            (None, Some(_)) if scripted.fault.is_at_instant() => {
                let problem = Problem::new(key("nth"), format!("`nth` of `{}`", scripted.fault), "`at`");
                Some(problem.hint("it strikes at an instant; there are no occasions to count"))
            }
            _ => None,
        });
        found.extend(scripted.market.filter(|_| scripted.fault.is_of_process()).map(|market| {
            let problem = Problem::new(key("market"), format!("found {market}"), "nothing");
            problem.hint(format!("`{}` strikes the bot's process, and so all of its markets", scripted.fault))
        }));
        found.extend(scripted.lasts.and_then(|lasts| length_problem(scripted.fault, key("lasts"), lasts)));
    }
    found
}

/// A length that the family does not have.
fn length_problem(fault: WireFault, key: String, lasts: SpanText) -> Option<Problem> {
    let most = *FamilySpec::of(fault).lasts.end();
    if most != Span::ZERO {
        return span_in_range(&key, lasts, Span::ZERO, most);
    }
    let problem = || Problem::new(key, format!("found {lasts}"), format!("no `lasts` of `{fault}`"));
    (lasts.0 != Span::ZERO).then(|| problem().hint("it happens at an instant"))
}

/// Faults on the wire to a market that the run does not have.
pub(super) fn elsewhere(faults: &FaultsFile, markets: usize) -> Vec<Problem> {
    let script = faults.script.iter().enumerate().map(|(place, one)| (format!("faults.script[{place}]"), one.market));
    let patterns = faults.pattern.iter().enumerate();
    let patterns = patterns.map(|(place, one)| (format!("faults.pattern[{place}]"), one.market));
    let strange = script.chain(patterns).filter_map(|(key, market)| Some((key, market.filter(|at| markets <= *at)?)));
    let problem = |(key, market): (String, usize)| {
        let allowed = format!("0 to {}", markets.saturating_sub(1));
        let problem = Problem::new(format!("{key}.market"), format!("found {market}"), allowed);
        problem.hint("markets count from 0, in the order of the scenario")
    };
    strange.map(problem).collect()
}

/// Faults that can never fire: before the start, after the healing, after the end.
pub(super) fn never(faults: &FaultsFile, start: Timestamp, end: Timestamp) -> Vec<Problem> {
    let heals_at = heals_at(faults, start, end);
    let mut found = Vec::new();
    if heals_at < start || end < heals_at {
        let problem = Problem::new("faults.heals_at", format!("found {heals_at}"), format!("{start} to {end}"));
        found.push(problem.hint("what recovers after the faults is judged: leave it time before the end"));
    } else if faults.heals_at.is_some() && end < heals_at.plus(faults.recovers_within.0) {
        let left = SpanText(end.since(heals_at));
        let found_text = format!("found {}", faults.recovers_within);
        let problem = Problem::new("faults.recovers_within", found_text, format!("{left} or less"));
        found.push(problem.hint("the run ends before that is over, and nobody would know whether the bot recovers"));
    }
    let script = faults.script.iter().enumerate();
    let script = script.filter_map(|(place, one)| Some((format!("faults.script[{place}].at"), one.at?)));
    let patterns = faults.pattern.iter().enumerate();
    let patterns = patterns.map(|(place, one)| (format!("faults.pattern[{place}].at"), one.at));
    for (key, at) in script.chain(patterns) {
        let at = at.after(start);
        if at < start || heals_at <= at {
            let allowed = format!("{start} up to {heals_at}, when faults heal");
            let problem = Problem::new(key, format!("found {at}"), allowed);
            found.push(problem.hint("it would never fire"));
        }
    }
    found
}
