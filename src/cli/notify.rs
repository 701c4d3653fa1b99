use super::args::{DeliverAlerts, ShowAlerts};
use super::console::{print, say};
use super::exit::ExitStatus;
use super::failure::Failure;
use crate::scenario::{Delivered, Manifest, Message, Outbox, Patience, Sink, Wall, deliver, read_manifest, run_alerts};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Attempts at a sink until it is left alone: 100 ms, 200 ms and 400 ms apart.
const PATIENCE: Patience =
    Patience { attempts: 4, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(5) };

/// Delivers what is outstanding of a finished run.
pub fn deliver_alerts(arguments: &DeliverAlerts) -> Result<ExitStatus, Failure> {
    let manifest = read_manifest(&arguments.run).map_err(Failure::data)?;
    let sinks = chosen(&manifest, &arguments.sinks)?;
    let done = delivered(&arguments.run, &manifest, &sinks)?;
    for sink in &done {
        print(&format!("{}\n", line(sink)))?;
    }
    Ok(if done.iter().all(|sink| sink.outstanding == 0) { ExitStatus::Go } else { ExitStatus::NoGo })
}

/// Delivers the alerts of a run that has just ended, and says what came of it. Nothing of the run depends on it.
pub fn deliver_after_run(run: &Path, manifest: &Manifest) {
    let sinks = manifest.sinks();
    if sinks.is_empty() {
        return;
    }
    match delivered(run, manifest, &sinks) {
        Ok(done) => done.iter().for_each(|sink| say(&format!("alerts {}", line(sink)))),
        Err(failure) => say(&format!("alerts: not delivered: {}", failure.message)),
    }
}

fn chosen(manifest: &Manifest, names: &[String]) -> Result<Vec<Sink>, Failure> {
    let sinks = manifest.sinks();
    if sinks.is_empty() {
        return Err(Failure::usage("the scenario of this run names no sink; give it `[[sinks]]`"));
    }
    let known: Vec<&str> = sinks.iter().map(|sink| sink.name.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::usage(format!("unknown sink `{unknown}`; expected one of {}", known.join(", "))));
    }
    Ok(sinks.into_iter().filter(|sink| names.is_empty() || names.contains(&sink.name)).collect())
}

fn delivered(run: &Path, manifest: &Manifest, sinks: &[Sink]) -> Result<Vec<Delivered>, Failure> {
    let messages = run_alerts(run, manifest).map_err(Failure::data)?;
    let now_ms = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    };
    let log = |line: &str| writeln!(std::io::stderr(), "{line}").map_err(|error| format!("standard error: {error}"));
    let variable = |name: &str| std::env::var(name).ok();
    let wall = Wall { now_ms: &now_ms, sleep: &|time| std::thread::sleep(time), log: &log, variable: &variable };
    deliver(run, &messages, sinks, (&wall, PATIENCE)).map_err(Failure::write)
}

fn line(sink: &Delivered) -> String {
    let Delivered { sink, now, before, outstanding, error } = sink;
    let error = error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
    let rest = if *outstanding == 0 { String::new() } else { format!(", {outstanding} outstanding{error}") };
    format!("{sink}: {now} delivered, {before} before{rest}")
}

/// Shows the alerts of a finished run, and what became of each.
pub fn show_alerts(arguments: &ShowAlerts) -> Result<ExitStatus, Failure> {
    let manifest = read_manifest(&arguments.run).map_err(Failure::data)?;
    let messages = run_alerts(&arguments.run, &manifest).map_err(Failure::data)?;
    let records = Outbox::read(&arguments.run).map_err(Failure::data)?;
    let delivered = records.iter().filter(|record| record.delivered_at_ms.is_some());
    let delivered: BTreeSet<(&str, &str)> =
        delivered.map(|record| (record.id.as_str(), record.sink.as_str())).collect();
    let confirmed = |message: &Message, sink: &Sink| delivered.contains(&(message.id.as_str(), sink.name.as_str()));
    let sinks = manifest.sinks();
    let mut text = String::new();
    for message in &messages {
        let to: Vec<(&str, bool)> = sinks.iter().map(|sink| (sink.name.as_str(), confirmed(message, sink))).collect();
        text += &if arguments.json { format!("{}\n", object(message, &to)) } else { shown(message, &to) };
    }
    if messages.is_empty() && !arguments.json {
        text += "no alerts\n";
    }
    print(&text).map(|()| ExitStatus::Go)
}

fn shown(message: &Message, to: &[(&str, bool)]) -> String {
    let Message { at, severity, alert, phase, market, text, .. } = message;
    let word = |(sink, is_delivered): &(&str, bool)| format!("{sink} {}", if *is_delivered { "yes" } else { "no" });
    let to: Vec<String> = to.iter().map(word).collect();
    let to = if to.is_empty() { String::new() } else { format!("  [{}]", to.join(", ")) };
    format!("{at}  {severity}  {alert} {phase}  {market}  {text}{to}\n")
}

fn object(message: &Message, to: &[(&str, bool)]) -> Value {
    let delivered: serde_json::Map<String, Value> =
        to.iter().map(|(sink, is_delivered)| ((*sink).to_owned(), json!(is_delivered))).collect();
    json!({ "alert": message, "delivered": delivered })
}
