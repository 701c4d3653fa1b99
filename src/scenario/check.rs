//! The ranges of every value of a scenario, and what only the instrument can decide.

use super::closed;
use super::command;
use super::disturbance;
use super::document::closest;
use super::event;
use super::feed;
use super::file::{OneMarketFile, OpeningFile, ScenarioFile, SyntheticFile};
use super::flow::FlowFile;
use super::peak;
use super::problem::Problem;
use super::registry::Registry;
use super::reinvest;
use super::remix::RemixFile;
use super::sink;
use super::stability;
use super::text::{Decimal, SpanText};
use super::volatility;
use super::wire;
use crate::alert::AlertError;
use crate::engine::MARKETS_MAX;
use crate::gates::{ConfigError, catalogue};
use crate::readiness::{ReadinessError, market_metric_names, metric_names};
use crate::units::{DAY, MILLISECOND, MINUTE, Money, Span};

/// Most rows a `[ci]` cut may replay: well within 5 s of computing.
const CI_ROWS_MAX: u64 = 2_000_000;

/// Everything in `file` that is out of range or does not go together. Places are looked up by the caller.
pub(super) fn problems(file: &ScenarioFile, registry: &Registry) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(mode(file));
    found.extend(market(file));
    found.extend(venue(file));
    found.extend(strategy(file, registry));
    found.extend(opening_of("opening", &file.opening));
    found.extend(run(file));
    found.extend(file.gates.validate().err().unwrap_or_default().iter().map(gate_problem));
    found.extend(unheard_heartbeats(file));
    let alerts = file.alerts.as_ref().and_then(|alerts| alerts.validate().err());
    found.extend(alerts.unwrap_or_default().iter().map(alert_problem));
    found.extend(command::problems(file));
    found.extend(disturbance::problems(file));
    found.extend(wire::problems(file));
    found.extend(feed::problems(file));
    found.extend(closed::problems(file));
    found.extend(event::problems(file));
    found.extend(volatility::problems(file));
    found.extend(peak::problems(file));
    found.extend(stability::problems(file));
    found.extend(reinvest::problems(file));
    found.extend(sink::problems(file));
    found.extend(resources(file));
    found.extend(readiness(file));
    found
}

fn resources(file: &ScenarioFile) -> Vec<Problem> {
    let Some(limits) = &file.resources else { return Vec::new() };
    let problem =
        |(key, found, expected): (&str, String, &str)| Problem::new(format!("resources.{key}"), found, expected);
    let mut found: Vec<Problem> = limits.problems().into_iter().map(problem).collect();
    if !file.bots.is_empty() {
        let problem = Problem::new("resources", "several `bots`", "one bot");
        found.push(
            problem.hint("what a process takes is not told apart by its bots; a checklist may have asked for it"),
        );
    }
    let many = [("`[volatility]`", file.volatility.is_some()), ("`[stability]`", file.stability.is_some())];
    for (found_beside, _) in many.into_iter().filter(|(_, is_there)| *is_there) {
        let problem = Problem::new("resources", found_beside, "one run");
        found.push(problem.hint("what many runs take at once is not observed; a checklist may have asked for it"));
    }
    found
}

fn mode(file: &ScenarioFile) -> Option<Problem> {
    let missing = Problem::new("mode", "nothing", "`mode = \"paper\"`");
    file.mode.is_none().then(|| missing.hint("a run is paper because its scenario says so: add the line at the top"))
}

fn market(file: &ScenarioFile) -> Vec<Problem> {
    let market = &file.market;
    let named = (market.tape.is_some(), market.remix.as_ref());
    let mut found = market_source("market", named, market.synthetic.as_ref(), market.flow.as_ref());
    let is_there = market.tape.is_some()
        || market.remix.is_some()
        || market.synthetic.is_some()
        || market.flow.is_some()
        || !market.shocks.is_empty();
    if file.family.is_some() && is_there {
        let problem = Problem::new("market", "both `market` and `family`", "one of them");
        found.push(problem.hint("the markets of a family are named as `[[markets]]`, each by its `member`"));
    }
    let long =
        file.family.as_ref().map(|family| span_in_range("family.duration", family.duration, MINUTE, DAY.times(366)));
    found.extend(long.flatten());
    if !file.markets.is_empty() && is_there {
        let problem = Problem::new("market", "both `market` and `markets`", "one of them");
        found.push(problem.hint("make `market` the first of the `[[markets]]`"));
    }
    if file.markets.len() > MARKETS_MAX {
        found.push(Problem::new(
            "markets",
            format!("found {} markets", file.markets.len()),
            format!("at most {MARKETS_MAX}"),
        ));
    }
    for (place, one) in file.markets.iter().enumerate() {
        let key = format!("markets[{place}]");
        let named = (one.tape.is_some(), one.remix.as_ref());
        found.extend(market_source(&key, named, one.synthetic.as_ref(), one.flow.as_ref()));
        found.extend(member_alone(&key, one));
        found.extend(one.opening.iter().flat_map(|opening| opening_of(&format!("{key}.opening"), opening)));
        let words = [("symbol", &one.symbol), ("base", &one.base), ("quote", &one.quote), ("venue", &one.venue)];
        let generated =
            words.map(|(name, word)| (name, word.is_some())).into_iter().chain([("seed", one.seed.is_some())]);
        for (name, _) in generated.filter(|(_, is_given)| *is_given && one.tape.is_some()) {
            let problem = Problem::new(format!("{key}.{name}"), "a value beside `tape`", "no value");
            found.push(problem.hint("a tape knows its instrument; only a generated market is told"));
        }
        for (name, word) in words {
            let is_blank = word.as_ref().is_some_and(|word| word.trim().is_empty());
            found.extend(is_blank.then(|| Problem::new(format!("{key}.{name}"), "nothing", "a name")));
        }
    }
    found
}

/// A market of a family knows all that it is.
fn member_alone(key: &str, one: &OneMarketFile) -> Option<Problem> {
    one.member.as_ref()?;
    let given = [
        ("tape", one.tape.is_some()),
        ("remix", one.remix.is_some()),
        ("synthetic", one.synthetic.is_some()),
        ("flow", one.flow.is_some()),
        ("seed", one.seed.is_some()),
        ("symbol", one.symbol.is_some()),
        ("base", one.base.is_some()),
        ("quote", one.quote.is_some()),
        ("venue", one.venue.is_some()),
    ];
    let (name, _) = given.into_iter().find(|(_, is_given)| *is_given)?;
    let problem = Problem::new(format!("{key}.{name}"), "a value beside `member`", "no value");
    Some(problem.hint("the family says what its markets are"))
}

/// What is wrong with where one market's data come from.
fn market_source(
    key: &str,
    (has_tape, remix): (bool, Option<&RemixFile>),
    simple: Option<&SyntheticFile>,
    flow: Option<&FlowFile>,
) -> Vec<Problem> {
    let given =
        [("tape", has_tape), ("remix", remix.is_some()), ("synthetic", simple.is_some()), ("flow", flow.is_some())];
    let given: Vec<String> = given.iter().filter(|(_, given)| *given).map(|(name, _)| format!("`{name}`")).collect();
    let several = (given.len() > 1).then(|| {
        let problem = Problem::new(key, format!("both {}", given.join(" and ")), "one of them");
        problem.hint("a market is a tape or generated: remove the other")
    });
    let lasts =
        |name: &str, duration| span_in_range(&format!("{key}.{name}.duration"), duration, MINUTE, DAY.times(366));
    let duration = simple.and_then(|simple| lasts("synthetic", simple.duration));
    let long = flow.and_then(|flow| lasts("flow", flow.duration));
    let misfit = simple.and_then(|simple| simple.config(&format!("{key}.synthetic")).err());
    let misfit = misfit.filter(|_| duration.is_none());
    let mixed = remix.map_or_else(Vec::new, |remix| remix.problems(&format!("{key}.remix")));
    several.into_iter().chain(duration).chain(long).chain(misfit.map(|misfit| *misfit)).chain(mixed).collect()
}

fn venue(file: &ScenarioFile) -> Vec<Problem> {
    let venue = &file.venue;
    let mut found: Vec<Problem> = Vec::new();
    found.extend(venue.latency.problems());
    found.extend(whole("venue.assumed_half_spread_ticks", u64::from(venue.assumed_half_spread_ticks), 0, 1_000_000));
    found.extend(venue.leverage_max.and_then(|times| whole("venue.leverage_max", u64::from(times), 1, 1_000)));
    if let Some(fees) = &venue.fees {
        found.extend(in_range("venue.fees.maker", fees.maker, "-0.1", "0.1"));
        found.extend(in_range("venue.fees.taker", fees.taker, "-0.1", "0.1"));
        found.extend(whole("venue.fees.decimals", u64::from(fees.decimals), 0, 18));
    }
    found.extend(
        venue.assumed_queue_ahead.and_then(|ahead| in_range("venue.assumed_queue_ahead", ahead, "0", MONEY_MAX)),
    );
    found
}

/// More than any account holds, and far from overflow.
const MONEY_MAX: &str = "1000000000000000";

fn strategy(file: &ScenarioFile, registry: &Registry) -> Option<Problem> {
    let name = &file.bot.strategy;
    if registry.knows(name) {
        return None;
    }
    let names: Vec<String> = registry.names().map(str::to_owned).collect();
    let allowed = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut problem = Problem::new("bot.strategy", format!("unknown strategy `{name}`"), format!("one of {allowed}"));
    problem.hint = closest(name, &names).map(|known| format!("did you mean `{known}`?"));
    Some(problem)
}

fn opening_of(key: &str, opening: &OpeningFile) -> Vec<Problem> {
    let at = |name: &str| format!("{key}.{name}");
    let mut found: Vec<Problem> = Vec::new();
    found.extend(in_range(&at("quote"), opening.quote, "0", MONEY_MAX));
    found.extend(in_range(&at("position"), opening.position, "-1000000000000", "1000000000000"));
    found.extend(opening.position_price.and_then(|price| in_range(&at("position_price"), price, "0", MONEY_MAX)));
    found
}

fn run(file: &ScenarioFile) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    found.extend(span_in_range("run.risk_clock", file.run.risk_clock, MILLISECOND, MINUTE.times(60)));
    found
        .extend(file.run.duration.and_then(|time| span_in_range("run.duration", time, MILLISECOND, DAY.times(36_600))));
    found.extend(file.run.max_rows.and_then(|rows| whole("run.max_rows", rows, 1, i64::MAX as u64)));
    found.extend(whole("ci.max_rows", file.ci.max_rows, 1, CI_ROWS_MAX));
    found
}

/// A heartbeat comes with every tick of the risk clock, and not in between.
fn unheard_heartbeats(file: &ScenarioFile) -> Option<Problem> {
    let most = MILLISECOND.times(i64::from(file.gates.heartbeat.as_ref()?.max_silence_ms));
    let clock = file.run.risk_clock.0;
    let problem = || {
        let found = format!("a limit of {most} with `run.risk_clock` at {clock}");
        Problem::new("gates.heartbeat.max_silence_ms", found, format!("{} or more", clock.nanos() / 1_000_000))
            .hint("whoever watches the bot says so at every tick of the risk clock: make the limit longer or the clock faster")
    };
    (most < clock).then(problem)
}

fn gate_problem(error: &ConfigError) -> Problem {
    let key = format!("gates.{}", error.key());
    match error {
        ConfigError::OutOfRange { found, allowed, hint, .. } => {
            Problem::new(key, format!("found {found}"), allowed.clone()).hint(hint.clone())
        }
        ConfigError::Limitless { gate, limits } => {
            let problem = Problem::new(key, "every limit is off", format!("one of {limits}"));
            problem.hint(format!("to trade without the gate write `{gate} = \"off\"`"))
        }
    }
}

fn alert_problem(error: &AlertError) -> Problem {
    let AlertError { key, found, allowed, hint } = error;
    Problem::new(format!("alerts.{key}"), format!("found {found}"), allowed.clone()).hint(hint.clone())
}

fn readiness(file: &ScenarioFile) -> Vec<Problem> {
    let gates: Vec<&str> = catalogue().iter().map(|gate| gate.name).collect();
    let of_markets = market_metric_names(file.markets.len());
    let metrics: Vec<&str> = metric_names().into_iter().chain(of_markets.iter().map(String::as_str)).collect();
    file.readiness.check(&metrics, &gates).iter().map(readiness_problem).collect()
}

fn readiness_problem(error: &ReadinessError) -> Problem {
    match error {
        ReadinessError::Blank { place } => Problem::new(format!("readiness.{place}"), "nothing", "a text"),
        ReadinessError::Duplicate { index, name } => {
            Problem::new(format!("readiness.criteria[{index}].name"), format!("`{name}` a second time"), "unique names")
        }
        ReadinessError::Unknown { place, what, found, hint } => {
            let problem =
                Problem::new(format!("readiness.{place}"), format!("unknown {what} `{found}`"), format!("a {what}"));
            if hint.is_empty() { problem } else { problem.hint(hint.trim_start_matches("; ")) }
        }
        ReadinessError::WaivedTwice { index, criterion } => {
            let key = format!("readiness.waivers[{index}].criterion");
            Problem::new(key, format!("a second waiver for `{criterion}`"), "one waiver a criterion")
        }
    }
}

/// What is wrong with a span that is not between `low` and `high`.
pub(super) fn span_in_range(key: &str, value: SpanText, low: Span, high: Span) -> Option<Problem> {
    let inside = low <= value.0 && value.0 <= high;
    (!inside).then(|| Problem::new(key, format!("found {value}"), format!("{low} to {high}")))
}

fn whole(key: &str, value: u64, low: u64, high: u64) -> Option<Problem> {
    let inside = low <= value && value <= high;
    (!inside).then(|| Problem::new(key, format!("found {value}"), format!("{low} to {high}")))
}

/// What is wrong with a decimal that is not between `low` and `high`.
pub(super) fn in_range(key: &str, value: Decimal, low: &str, high: &str) -> Option<Problem> {
    let limit = |text: &str| Money::parse(text).unwrap_or_default();
    let inside = value.money().is_ok_and(|value| limit(low) <= value && value <= limit(high));
    (!inside).then(|| Problem::new(key, format!("found {value}"), format!("{low} to {high}")))
}
