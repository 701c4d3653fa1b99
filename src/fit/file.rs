//! The model as a file that says of each parameter where it comes from.

use super::estimate::Fitted;
use super::parameter::{Figure, Mark, Parameter};
use super::reasons::reason;
use crate::synth::FlowModel;
use std::collections::BTreeMap;

/// Longest line of a comment.
const WIDTH: usize = 120;

/// One line of a model in TOML.
enum Line<'a> {
    /// A parameter: its whole key, and its value.
    Parameter(String, &'a str),
    Other,
}

/// The parameters of a model in the order of its file.
pub(super) fn parameters(model: &FlowModel, marks: &BTreeMap<String, Mark>) -> Vec<Parameter> {
    let text = text_of(model);
    let parameter = |(_, line): (&str, Line)| match line {
        Line::Parameter(key, value) => {
            let mark = mark_of(&key, marks);
            Some(Parameter { key, value: value.to_owned(), mark })
        }
        Line::Other => None,
    };
    lines(&text).filter_map(parameter).collect()
}

/// The mark of a parameter, or of what it is a part of.
fn mark_of(key: &str, marks: &BTreeMap<String, Mark>) -> Mark {
    let whole = marks.get(key).or_else(|| marks.get(key.split('[').next().unwrap_or(key)));
    whole.cloned().unwrap_or_else(|| Mark::Prior { reason: reason(key).to_owned() })
}

fn text_of(model: &FlowModel) -> String {
    toml::to_string(model).unwrap_or_else(|error| panic!("{model:?} is no TOML: {error}"))
}

/// Lines of a model, with the keys of parameters; members of a list of tables are numbered from 0.
fn lines(text: &str) -> impl Iterator<Item = (&str, Line<'_>)> {
    let mut table = String::new();
    let mut members: BTreeMap<String, usize> = BTreeMap::new();
    text.lines().map(move |line| {
        if let Some(name) = line.strip_prefix("[[").and_then(|line| line.strip_suffix("]]")) {
            let count = members.entry(name.to_owned()).or_default();
            table = format!("{name}[{count}]");
            *count += 1;
        } else if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut table);
        } else if let Some((key, value)) = line.split_once(" = ") {
            return (line, Line::Parameter(format!("{table}.{key}"), value));
        }
        (line, Line::Other)
    })
}

/// A fitted model as a file: `tape synth` and scenarios read it as it is. `preset` is what its priors were taken from.
#[must_use]
pub fn model_file(fitted: &Fitted, preset: &str) -> String {
    let header = &fitted.header;
    let mut text = format!(
        "# A market like {} on {}, fitted to a tape of {} rows, {} to {} ({} minutes with a price).\n",
        header.instrument.symbol, header.instrument.venue, header.rows, header.first_at, header.last_at, fitted.minutes
    );
    text += &format!("# Tape: content {}\n", header.content_hash);
    text += &format!("# By: seatrial {}, priors of {preset}\n", env!("CARGO_PKG_VERSION"));
    text += "# identified: estimate, standard error and 95 % interval hold under this model. prior: the preset's, and why.\n\n";
    let model = text_of(&fitted.model);
    let marks: BTreeMap<&str, &Mark> =
        fitted.parameters.iter().map(|parameter| (parameter.key.as_str(), &parameter.mark)).collect();
    for (line, kind) in lines(&model) {
        if let Line::Parameter(key, _) = &kind
            && let Some(mark) = marks.get(key.as_str())
        {
            text += &comment(&words(mark));
        }
        text += line;
        text.push('\n');
    }
    text
}

/// What stands above a parameter.
fn words(mark: &Mark) -> String {
    match mark {
        Mark::Prior { reason } => format!("prior: {reason}"),
        Mark::Identified { figures, estimator, .. } if figures.is_empty() => format!("identified: {estimator}"),
        Mark::Identified { figures, observations, estimator } => {
            let figures: Vec<String> = figures.iter().map(figure_words).collect();
            format!("identified: {}; n {observations}; {estimator}", figures.join(", "))
        }
    }
}

fn figure_words(figure: &Figure) -> String {
    let show = |value: f64| super::estimate::rounded(value).to_string();
    let Figure { estimate, standard_error, low, high } = figure;
    format!("{} (s.e. {}, {} to {})", show(*estimate), show(*standard_error), show(*low), show(*high))
}

/// Lines of a comment, broken between words.
fn comment(words: &str) -> String {
    let (mut text, mut length) = (String::new(), WIDTH);
    for word in words.split(' ') {
        if length + 1 + word.len() > WIDTH {
            text.push_str(if text.is_empty() { "#" } else { "\n#  " });
            length = 1;
        }
        text.push(' ');
        text.push_str(word);
        length += 1 + word.len();
    }
    text + "\n"
}
