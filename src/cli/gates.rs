use super::args::{ExplainGate, GatePresets, Gates as Command, ListGates};
use super::console::print;
use super::exit::ExitStatus;
use super::failure::Failure;
use crate::scenario::{GateSpec, LimitSpec, Preset, closest, gate_catalogue, presets};
use serde_json::{Value, json};

/// Prints what the catalogue of gates says.
pub fn gates(command: &Command) -> Result<ExitStatus, Failure> {
    match command {
        Command::List(arguments) => list(arguments),
        Command::Explain(arguments) => explain(arguments),
        Command::Presets(arguments) => presets_of(arguments),
    }
}

fn presets_of(arguments: &GatePresets) -> Result<ExitStatus, Failure> {
    let text = match (&arguments.name, arguments.json) {
        (None, false) => presets().iter().map(|preset| format!("{:24} {}\n", preset.name, preset.about())).collect(),
        (None, true) => format!("{}\n", Value::from_iter(presets().iter().map(preset_object))),
        (Some(name), json) => {
            let preset = Preset::named(name).ok_or_else(|| unknown_preset(name))?;
            if json { format!("{}\n", preset_object(preset)) } else { preset.text.to_owned() }
        }
    };
    print(&text).map(|()| ExitStatus::Go)
}

fn preset_object(preset: &Preset) -> Value {
    json!({ "name": preset.name, "about": preset.about(), "toml": preset.text })
}

fn unknown_preset(name: &str) -> Failure {
    let names: Vec<String> = presets().iter().map(|preset| preset.name.to_owned()).collect();
    let hint = closest(name, &names).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
    Failure::usage(format!("unknown preset `{name}`; expected one of {}{hint}", names.join(", ")))
}

fn list(arguments: &ListGates) -> Result<ExitStatus, Failure> {
    let gates = gate_catalogue();
    let text = if arguments.json {
        format!("{}\n", Value::from_iter(gates.iter().map(object)))
    } else {
        table(&gates.iter().flat_map(rows).collect::<Vec<_>>())
    };
    print(&text).map(|()| ExitStatus::Go)
}

fn explain(arguments: &ExplainGate) -> Result<ExitStatus, Failure> {
    let gate = GateSpec::named(&arguments.name).ok_or_else(|| unknown(&arguments.name))?;
    let text = if arguments.json { format!("{}\n", object(gate)) } else { page(gate) };
    print(&text).map(|()| ExitStatus::Go)
}

fn unknown(name: &str) -> Failure {
    let names: Vec<String> = gate_catalogue().iter().map(|gate| gate.name.to_owned()).collect();
    let hint = closest(name, &names).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default();
    Failure::usage(format!("unknown gate `{name}`; expected one of {}{hint}", names.join(", ")))
}

const HEADINGS: [&str; 7] = ["gate", "armed", "limit", "default", "range", "stops what", "checklists"];

/// One row a limit; a gate without limits has one.
fn rows(gate: &GateSpec) -> Vec<[String; 7]> {
    let row = |limit: [String; 3], first: bool| {
        let [key, default, range] = limit;
        let of_gate = |text: String| if first { text } else { String::new() };
        let [name, armed] = [gate.name, armed(gate)].map(|text| of_gate(text.to_owned()));
        [name, armed, key, default, range, of_gate(gate.row.words()), of_gate(gate.items.join(" "))]
    };
    if gate.limits.is_empty() {
        return vec![row([String::new(), String::new(), String::new()], true)];
    }
    let limit = |limit: &LimitSpec| [limit.key.to_owned(), limit.default_words(), limit.allowed()];
    gate.limits.iter().enumerate().map(|(place, spec)| row(limit(spec), place == 0)).collect()
}

const fn armed(gate: &GateSpec) -> &'static str {
    if gate.armed { "yes" } else { "on request" }
}

fn table(rows: &[[String; 7]]) -> String {
    let headings = HEADINGS.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    all().map(line).collect()
}

/// Everything there is to know of one gate.
fn page(gate: &GateSpec) -> String {
    let facts = [
        ("gate", gate.name.to_owned()),
        ("stops", gate.words.to_owned()),
        ("armed", if gate.armed { "unless `\"off\"`" } else { "on request, by a table of its own" }.to_owned()),
        ("row", format!("stops what {}", gate.row.words())),
        ("reset", gate.reset.to_owned()),
        (
            "precedence",
            format!("{} of {}; of several that refuse the first is reported", place(gate), gate_catalogue().len()),
        ),
        ("refusals", unit_words(gate)),
        ("checklists", if gate.items.is_empty() { "none asks for it".to_owned() } else { gate.items.join(" ") }),
    ];
    let mut text: String = facts.iter().map(|(name, fact)| format!("{name:11} {fact}\n")).collect();
    for limit in gate.limits {
        text += &format!("limit       {}: {}\n", limit.key, limit.words);
        text += &format!("            default {}, allowed {}", limit.default_words(), limit.allowed());
        text += if limit.optional { ", or \"off\"\n" } else { "\n" };
    }
    text + &format!("\n{}\n{}", gate.semantics(), gate.example)
}

fn unit_words(gate: &GateSpec) -> String {
    match gate.unit.words() {
        "" => "say value and limit in words".to_owned(),
        words => format!("say value and limit in {words}"),
    }
}

/// Its place in the order in which gates judge, from 1.
fn place(gate: &GateSpec) -> usize {
    1 + gate_catalogue().iter().take_while(|other| other.id != gate.id).count()
}

fn object(gate: &GateSpec) -> Value {
    let [increases, reduces, cancels] = gate.row.cells().map(|cell| cell.words());
    json!({
        "name": gate.name,
        "id": gate.id.0,
        "precedence": place(gate),
        "stops": gate.words,
        "armed_by_default": gate.armed,
        "row": { "increases": increases, "reduces": reduces, "cancels": cancels },
        "reset": gate.reset,
        "unit": gate.unit.words(),
        "limits": gate.limits.iter().map(limit_object).collect::<Vec<_>>(),
        "checklists": gate.items,
        "semantics": gate.semantics(),
        "example": gate.example,
    })
}

fn limit_object(limit: &LimitSpec) -> Value {
    json!({
        "key": limit.key,
        "limits": limit.words,
        "unit": limit.unit.words(),
        "default": limit.default.map(|value| limit.unit.show(value)),
        "may_be_off": limit.optional,
        "min": limit.unit.show(limit.min),
        "max": limit.unit.show(limit.max),
    })
}
