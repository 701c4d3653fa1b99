use super::execute::journal_name;
use super::file::ScenarioFile;
use super::manifest::Manifest;
use super::problem::Problem;
use super::text::SpanText;
use crate::journal::{JournalError, JournalReader};
use crate::notify::{Message, Sink, SinkKind, messages};
use crate::units::{MINUTE, SECOND};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// A sink to which a run's alerts are delivered once it has ended. Sinks are no part of what happens in a run, and not of its id.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SinkFile {
    /// Its name in the outbox; unique.
    pub name: String,
    /// What it is.
    pub kind: SinkWord,
    /// File to append to, for `file`; relative to where the program is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Program and its arguments, for `command`; no shell reads them. `${NAME}` is a variable of the environment when an alert is delivered, `$${` is `${`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub program: Vec<String>,
    /// Where to post to, for `webhook`: `http`, on a loopback address. `${NAME}` as in `program`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How long a program or webhook may take for one alert.
    #[serde(default = "ten_seconds")]
    pub timeout: SpanText,
}

/// Kinds of sinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SinkWord {
    /// A line on standard error.
    Log,
    /// A line of JSON at the end of a file.
    File,
    /// A program that reads one line of JSON from its standard input.
    Command,
    /// A POST of JSON to a program of this machine.
    Webhook,
}

impl SinkWord {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::File => "file",
            Self::Command => "command",
            Self::Webhook => "webhook",
        }
    }
}

const fn ten_seconds() -> SpanText {
    SpanText(SECOND.times(10))
}

impl SinkFile {
    fn sink(&self) -> Sink {
        let timeout = Duration::from_nanos(self.timeout.0.nanos().unsigned_abs());
        let kind = match self.kind {
            SinkWord::Log => SinkKind::Log,
            SinkWord::File => SinkKind::File { path: self.path.clone().unwrap_or_default().into() },
            SinkWord::Command => SinkKind::Command { program: self.program.clone(), timeout },
            SinkWord::Webhook => SinkKind::Webhook { url: self.url.clone().unwrap_or_default(), timeout },
        };
        Sink { name: self.name.clone(), kind }
    }

    /// What is wrong with it; `key` is where it stands.
    fn problems(&self, key: &str) -> Vec<Problem> {
        let at = |name: &str| format!("{key}.{name}");
        let mut found = Vec::new();
        if self.name.trim().is_empty() {
            found.push(Problem::new(at("name"), "nothing", "a name"));
        }
        let own = [
            ("path", SinkWord::File, self.path.as_deref(), "the file to append to"),
            ("program", SinkWord::Command, self.program.first().map(String::as_str), "a program and its arguments"),
            ("url", SinkWord::Webhook, self.url.as_deref(), "where to post to, as `http://127.0.0.1:8080/alerts`"),
        ];
        for (name, kind, value, expected) in own {
            match (self.kind == kind, value.map(str::trim)) {
                (true, None | Some("")) => found.push(Problem::new(at(name), "nothing", expected)),
                (false, Some(_)) => {
                    let word = kind.as_str();
                    found.push(Problem::new(at(name), format!("a {name}"), format!("a {name} beside `{word}` alone")));
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        let url = self.url.as_deref().filter(|_| self.kind == SinkWord::Webhook);
        if let Some(reason) = url.and_then(SinkKind::forbids) {
            let allowed = "`http` on 127.0.0.1, [::1] or localhost";
            let hint = "alerts leave this machine by a `command` alone";
            found.push(Problem::new(at("url"), reason, allowed).hint(hint));
        }
        let program = self.program.iter().enumerate().map(|(place, text)| (format!("program[{place}]"), text));
        for (name, text) in program.chain(self.url.iter().map(|text| ("url".to_owned(), text))) {
            if let Some(wrong) = SinkKind::misnames(text) {
                let problem = Problem::new(at(&name), wrong, "`${NAME}` for a variable of the environment");
                found.push(problem.hint("`$${` stands for `${` itself"));
            }
        }
        if !(SECOND..=MINUTE).contains(&self.timeout.0) {
            found.push(Problem::new(at("timeout"), format!("found {}", self.timeout), "1s to 1min"));
        }
        found
    }
}

/// Everything wrong with the sinks of a scenario.
pub(super) fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found = Vec::new();
    for (place, sink) in file.sinks.iter().enumerate() {
        found.extend(sink.problems(&format!("sinks[{place}]")));
        if file.sinks[..place].iter().any(|other| other.name == sink.name) {
            let problem =
                Problem::new(format!("sinks[{place}].name"), format!("`{}` a second time", sink.name), "unique names");
            found.push(problem.hint("the outbox knows a sink by its name"));
        }
    }
    found
}

/// The alerts of a finished run, which cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum RunAlertsError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is no journal.
    #[error(
        "the journal was kept as a digest only, and so its alerts are not known; run with `run.journal = \"windows\"` or `\"full\"`"
    )]
    NotKept,
}

/// The alerts of a finished run's own lane, in order.
///
/// # Errors
/// [`RunAlertsError`] when its journal cannot be read, or was not kept.
pub fn run_alerts(folder: &Path, manifest: &Manifest) -> Result<Vec<Message>, RunAlertsError> {
    if manifest.journals().next().is_none() {
        return Err(RunAlertsError::NotKept);
    }
    let lane = &manifest.primary().preset;
    let symbols: Vec<String> = manifest.headers().map(|header| header.instrument.symbol.clone()).collect();
    let reader = JournalReader::open(&folder.join(journal_name(lane)))?.over_gaps();
    Ok(messages(reader, (&manifest.run_id, lane), &symbols)?)
}

impl Manifest {
    /// The sinks that the run's scenario names, in order.
    #[must_use]
    pub fn sinks(&self) -> Vec<Sink> {
        #[derive(Deserialize)]
        struct Sinks {
            #[serde(default)]
            sinks: Vec<SinkFile>,
        }
        let (mut text, mut table) = (String::new(), "");
        for setting in &self.settings {
            let Some((own, key)) = setting.key.split_once("].").filter(|(own, _)| own.starts_with("sinks[")) else {
                continue;
            };
            if own != table {
                text.push_str("[[sinks]]\n");
                table = own;
            }
            text.push_str(&format!("{key} = {}\n", setting.value));
        }
        let sinks = toml::from_str(&text).map(|found: Sinks| found.sinks).unwrap_or_default();
        sinks.iter().map(SinkFile::sink).collect()
    }
}
