use super::args::Prove;
use super::console::{print, say};
use super::drill::{load, names};
use super::exit::ExitStatus;
use super::failure::Failure;
use super::grid::grid;
use super::run::bind;
use crate::scenario::Registry;
use crate::scenario::drill::{Proof, ProofOutcome, Rig, prove as proofs};
use serde_json::json;

/// Breaks controls and holds what the audit says against what was broken.
pub fn prove(arguments: &Prove, registry: &Registry) -> Result<ExitStatus, Failure> {
    let names = names(&arguments.names)?;
    let scenario = load(&arguments.of, registry)?;
    let proofs = proofs(&Rig::of(&bind(&scenario, registry)?)?, &names);
    print(&if arguments.json { object(&proofs) } else { table(&proofs) })?;
    proofs.iter().filter(|proof| proof.is_open()).for_each(|proof| say(&format!("error: {}", proof.row().join(": "))));
    Ok(status(&proofs, !arguments.names.is_empty()))
}

fn object(proofs: &[Proof]) -> String {
    let proved: Vec<_> = proofs.iter().map(Proof::to_json).collect();
    format!("{}\n", json!({ "clean": !proofs.iter().any(Proof::is_open), "proofs": proved }))
}

const HEADINGS: [&str; 4] = ["control", "defect", "the audit says", "result"];

fn table(proofs: &[Proof]) -> String {
    let rows: Vec<Vec<String>> = proofs.iter().map(|proof| proof.row().to_vec()).collect();
    let caught = proofs.iter().filter(|proof| matches!(proof.outcome, ProofOutcome::Caught(_))).count();
    let open = proofs.iter().filter(|proof| proof.is_open()).count();
    let runs: usize = proofs.iter().map(|proof| proof.runs).sum();
    format!("{}\n{caught} defects caught, {open} open, {runs} runs\n", grid(&HEADINGS, &[], &rows))
}

/// What the audit does not know counts against nobody unless it was asked for by name.
fn status(proofs: &[Proof], by_name: bool) -> ExitStatus {
    let is_gap = |proof: &Proof| matches!(proof.outcome, ProofOutcome::NotShown(_));
    let is_hidden = |proof: &Proof| proof.outcome == ProofOutcome::NoTrace;
    let shows = |proof: &Proof| matches!(proof.outcome, ProofOutcome::Caught(_));
    if proofs.iter().any(Proof::is_open) {
        ExitStatus::NoGo
    } else if (by_name && proofs.iter().any(is_gap)) || proofs.iter().any(is_hidden) || !proofs.iter().any(shows) {
        ExitStatus::Insufficient
    } else {
        ExitStatus::Go
    }
}
