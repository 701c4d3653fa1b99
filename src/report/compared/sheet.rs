//! The page of a comparison.

use super::{ComparedInput, tables};
use crate::readiness::{ComparedVerdict, Part, Sense};
use crate::report::number;
use crate::report::section::{Card, sentence};
use crate::report::sheet::{Section, Sheet};
use crate::report::table::Tone;
use crate::report::text::plain;

const RULES: &str = "Always a regression: a worse verdict; a criterion that was met and is not; a control that missed, fired without a \
    reason, came late or had wrong figures more often; one that was armed and is off; a mandatory control that is not exercised any more; \
    an invariant broken more often; no audit where there was one. A metric is one where a limit was set and it is worse by more.";

/// Everything.
pub fn sheet(input: &ComparedInput) -> Sheet {
    built(input, true)
}

/// What differs alone, for a terminal.
pub fn short(input: &ComparedInput) -> Sheet {
    built(input, false)
}

fn built(input: &ComparedInput, is_whole: bool) -> Sheet {
    let verdict = input.compared.verdict;
    Sheet {
        title: plain(&format!("{} · {} against {}", verdict.words(), input.runs[1].bot, input.runs[0].bot)),
        headline: verdict.words().to_owned(),
        tone: tone(verdict),
        reason: reason(input),
        scope: scope(input),
        warnings: warnings(input),
        reasons: reasons(input),
        cards: cards(input),
        sections: sections(input, is_whole),
        footer: plain(&format!(
            "{} · base {} · candidate {} · JSON schema version {}",
            input.program,
            input.runs[0].run_id,
            input.runs[1].run_id,
            super::COMPARED_SCHEMA_VERSION
        )),
    }
}

pub const fn tone(verdict: ComparedVerdict) -> Tone {
    match verdict {
        ComparedVerdict::NoRegression => Tone::Good,
        ComparedVerdict::Regression => Tone::Bad,
        ComparedVerdict::NotComparable => Tone::Doubt,
    }
}

fn unlike(input: &ComparedInput) -> usize {
    input.differences.iter().filter(|difference| difference.part == Part::Trial).count()
}

/// The verdict's reason in one sentence.
pub fn reason(input: &ComparedInput) -> String {
    let compared = &input.compared;
    let limits = match input.tolerances.len() {
        0 => "no limit was set for a metric".to_owned(),
        count => format!("every metric is within its limit ({count} set)"),
    };
    let text = match (compared.verdict, compared.regressions.as_slice()) {
        (ComparedVerdict::NoRegression, _) => {
            format!("verdict, criteria and controls are no worse than the base’s; {limits}")
        }
        (ComparedVerdict::Regression, [only]) => only.to_string(),
        (ComparedVerdict::Regression, all) => {
            format!("{}; {} in all", all[0], number::counted(all.len() as u64, "regression"))
        }
        (ComparedVerdict::NotComparable, _) if unlike(input) > 0 && !input.unlike_is_meant => {
            "the two were not tried on the same; with --unlike they are compared all the same".to_owned()
        }
        (ComparedVerdict::NotComparable, _) => "a limit could not be judged".to_owned(),
    };
    sentence(&text)
}

fn warnings(input: &ComparedInput) -> Vec<String> {
    let unlike = unlike(input);
    let mut found = Vec::new();
    if unlike > 0 {
        let names = input.differences.iter().filter(|difference| difference.part == Part::Trial);
        let names: Vec<&str> = names.take(6).map(|difference| difference.what.as_str()).collect();
        let more = if unlike > names.len() { ", ..." } else { "" };
        found.push(plain(&format!(
            "these are unlike trials: what the bot was tried on differs in {} ({}{more}). A difference of figures may come from that \
             and not from the bot.",
            number::counted(unlike as u64, "thing"),
            names.join(", ")
        )));
    }
    if input.differences.iter().all(|difference| difference.part == Part::Trial) {
        found.push("the bot is the same on both sides: strategy, parameters, gateway and build.".to_owned());
    }
    let dirty = input.runs.iter().zip(["base", "candidate"]).filter(|(run, _)| run.is_dirty).map(|(_, side)| side);
    let dirty: Vec<&str> = dirty.collect();
    if !dirty.is_empty() {
        found.push(format!("built with changes that no commit holds: {}.", dirty.join(" and ")));
    }
    found
}

fn reasons(input: &ComparedInput) -> Vec<String> {
    let regressions = input.compared.regressions.iter().map(|regression| sentence(&regression.to_string()));
    let unjudged = input.compared.unjudged.iter();
    let unjudged =
        unjudged.map(|row| sentence(&format!("the limit of “{}” was not judged: {}", row.metric, row.reason)));
    let all: Vec<String> = regressions.chain(unjudged).collect();
    // One alone is the reason already.
    if all.len() == 1 && input.compared.unjudged.is_empty() && unlike(input) == 0 { Vec::new() } else { all }
}

fn scope(input: &ComparedInput) -> Vec<String> {
    let [base, candidate] = &input.runs;
    let [left, right] = &input.sides;
    vec![
        plain(&format!("Base: {} ({}), {}", base.bot, left.headline, base.folder)),
        plain(&format!("Candidate: {} ({}), {}", candidate.bot, right.headline, candidate.folder)),
        plain(&format!("{}, seed {}; {}", base.scenario, base.seed, base.period())),
    ]
}

fn cards(input: &ComparedInput) -> Vec<Card> {
    let count = |sense| input.compared.metrics.iter().filter(|pair| pair.sense() == sense).count() as u64;
    let card = |label: &str, value: u64, note: &str| Card {
        label: label.to_owned(),
        value: number::count(value),
        note: note.to_owned(),
    };
    let differing = input.differences.len() - unlike(input);
    vec![
        card("Regressions", input.compared.regressions.len() as u64, "worse than is allowed"),
        card("Metrics better", count(Sense::Better), "where the direction is known"),
        card("Metrics worse", count(Sense::Worse), "where the direction is known"),
        card("Changed of the bot", differing as u64, "parameters, gateway, build"),
    ]
}

fn sections(input: &ComparedInput, is_whole: bool) -> Vec<Section> {
    let mut sections = vec![
        Section::new("tried", "What was tried")
            .lead("Anything but the bot that differs makes the trials unlike.")
            .titled("Unlike", "differences", tables::differences(&input.differences, Part::Trial))
            .titled("Of the bot", "differences", tables::differences(&input.differences, Part::Candidate))
            .or("Nothing differs: the same bot on the same trial."),
        Section::new("findings", "Criteria")
            .table("findings", tables::findings(input))
            .or("The scenarios state no criteria."),
        metrics(input, is_whole),
        controls(input, is_whole),
    ];
    if is_whole {
        sections.push(Section::new("runs", "The two runs").table("", tables::runs(input)));
        sections.push(Section::new("rules", "What counts as a regression").lead(RULES).lead(limits(input)));
    }
    sections
}

fn limits(input: &ComparedInput) -> String {
    let limits: Vec<String> =
        input.tolerances.iter().map(|limit| format!("{} {}", limit.metric, limit.amount)).collect();
    if limits.is_empty() {
        return "No limit was set for a metric.".to_owned();
    }
    plain(&format!("Limits that were set, of how much worse than the base’s a metric may be: {}.", limits.join(", ")))
}

fn metrics(input: &ComparedInput, is_whole: bool) -> Section {
    let same = input.compared.metrics.iter().filter(|pair| pair.sense() == Sense::Same).count() as u64;
    let mut section = Section::new("metrics", "Metrics")
        .lead(format!(
            "Of the scenario’s own fill preset; the difference is the candidate’s figure less the base’s, its bar its share of the \
             base’s. {} the same on both sides.",
            if same == 1 { "1 is".to_owned() } else { format!("{} are", number::count(same)) }
        ))
        .or("No metric differs.");
    let mut subjects: Vec<&str> = input.compared.metrics.iter().map(|pair| pair.subject.as_str()).collect();
    subjects.dedup();
    for subject in subjects {
        section = section.titled(subject, "metrics", tables::metrics(input, subject, is_whole));
    }
    section
}

fn controls(input: &ComparedInput, is_whole: bool) -> Section {
    Section::new("controls", "Controls")
        .lead("Over all fill presets, as the audit recomputed them: how often each had to fire, fired, and failed.")
        .table("controls", tables::controls(input, is_whole))
        .titled("Invariants broken", "", tables::invariants(input))
        .or("No control differs, and none failed.")
}
