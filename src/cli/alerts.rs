use super::args::{Alerts as Command, ExplainAlert, ListAlerts};
use super::console::print;
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use super::notify::{deliver_alerts, show_alerts};
use crate::scenario::{AlertRule, RULES, closest};
use serde_json::{Value, json};

/// Prints what the catalogue of alerts says, or what a run's alerts came to.
pub fn alerts(command: &Command) -> Result<ExitStatus, Failure> {
    match command {
        Command::List(arguments) => list(arguments),
        Command::Explain(arguments) => explain(arguments),
        Command::Show(arguments) => show_alerts(arguments),
        Command::Deliver(arguments) => deliver_alerts(arguments),
    }
}

fn list(arguments: &ListAlerts) -> Result<ExitStatus, Failure> {
    let text = match arguments.json {
        true => format!("{}\n", Value::from_iter(RULES.iter().map(object))),
        false => grid(&HEADINGS, &[], &RULES.iter().map(row).collect::<Vec<_>>()),
    };
    print(&text).map(|()| ExitStatus::Go)
}

fn explain(arguments: &ExplainAlert) -> Result<ExitStatus, Failure> {
    let rule = AlertRule::named(&arguments.name).ok_or_else(|| unknown(&arguments.name))?;
    let text = if arguments.json { format!("{}\n", object(rule)) } else { page(rule) };
    print(&text).map(|()| ExitStatus::Go)
}

fn unknown(name: &str) -> Failure {
    let names: Vec<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    let hint = closest(name, &names).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
    Failure::usage(format!("unknown alert `{name}`; expected one of {}{hint}", names.join(", ")))
}

const HEADINGS: [&str; 6] = ["alert", "severity", "key", "default", "range", "checklists"];

fn row(rule: &AlertRule) -> Vec<String> {
    let severity = rule.severity.to_string();
    let (name, key) = (rule.name.to_owned(), rule.key.to_owned());
    vec![name, severity, key, rule.default_words(), rule.allowed(), rule.items.join(" ")]
}

/// Everything there is to know of one rule.
fn page(rule: &AlertRule) -> String {
    let limit = rule.limit.map_or("nothing: it is on or off", |limit| limit.words);
    let facts = [
        ("alert", rule.name.to_owned()),
        ("says", rule.words.to_owned()),
        ("severity", rule.severity.to_string()),
        ("key", format!("alerts.{}, or \"off\"", rule.key)),
        ("limits", limit.to_owned()),
        ("default", rule.default_words()),
        ("allowed", rule.allowed()),
        (
            "on bars",
            if rule.on_bars { "watched" } else { "not watched: a bar hides how long anything takes" }.to_owned(),
        ),
        ("checklists", rule.items.join(" ")),
    ];
    let text: String = facts.iter().map(|(name, fact)| format!("{name:11} {fact}\n")).collect();
    format!("{text}\n{}\n\n[alerts]\n{} = {}\n", rule.semantics, rule.key, example(rule))
}

/// A value for the key, as TOML.
fn example(rule: &AlertRule) -> String {
    let limit = rule.limit.and_then(|limit| Some(limit.unit.show(limit.default?)));
    match limit {
        Some(limit) if rule.key.ends_with("_ms") || ["trade_rate", "reconnect_failures"].contains(&rule.key) => limit,
        Some(limit) => format!("\"{limit}\""),
        None => "\"off\"".to_owned(),
    }
}

fn object(rule: &AlertRule) -> Value {
    json!({
        "name": rule.name,
        "id": rule.id.0,
        "says": rule.words,
        "severity": rule.severity.as_str(),
        "key": rule.key,
        "unit": rule.unit.words(),
        "default": rule.default_words(),
        "allowed": rule.allowed(),
        "on_bars": rule.on_bars,
        "semantics": rule.semantics,
        "checklists": rule.items,
    })
}
