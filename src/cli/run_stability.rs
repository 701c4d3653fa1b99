//! Many runs of one bot over seeds, and with one thing moved at a time: `run` of a scenario with `[stability]`.

use super::args::Run;
use super::console::{print, progress_bar, say, stdout_colour};
use super::exit::ExitStatus;
use super::facts::{build_id, colour, option_row, run_command};
use super::failure::Failure;
use super::many_runs::{files_of, sample_of, write_report};
use super::resume::{Stopped, campaign_folder};
use super::run::{bind_failure, existing, program_hash};
use crate::readiness::{StabilityEvidence, StabilityResult, judge_stability};
use crate::report::{
    Assumption, BotFacts, MarketFacts, ProofFacts, ProofRow, ScenarioFacts, StabilityInput, render_stability,
    terminal_stability,
};
use crate::scenario::{
    JudgedAgain, KeptRuns, MANIFEST, ProvedRun, Registry, RunFolder, Scenario, StabilityError, StabilityFile,
    StabilityManifest, StabilityRuns, Verification, run_stability as run_all, scenario_hash, stability_plan,
    verify_stability,
};
use rayon::ThreadPoolBuilder;
use std::path::Path;

/// Where proofs have their files, within the folder of results, until they are done.
const SCRATCH: &str = "proofs";

/// Runs a bot over seeds and everything that is moved, and judges all of it together. Runs that had ended before it was interrupted are not run
/// again.
pub fn run_stability(
    arguments: &Run,
    scenario: &Scenario,
    stopped: Option<Stopped>,
    registry: &Registry,
) -> Result<ExitStatus, Failure> {
    let Some(stability) = &scenario.file.stability else {
        return Err(Failure::usage("the scenario has no `[stability]`"));
    };
    refuse_arguments(arguments)?;
    let (plan, trial) = stability_plan(scenario, registry).map_err(bind_failure)?;
    let folder = campaign_folder(arguments, &trial, || begin_folder(arguments, scenario), stopped, registry)?;
    let kept = KeptRuns::of(folder.temporary()).map_err(Failure::write)?;
    let count = plan.cells().len();
    if kept.count() > 0 {
        say(&format!("going on: {} of {count} runs have ended already", kept.count()));
    }
    let bar = progress_bar(count as u64, &scenario.name);
    let pool = ThreadPoolBuilder::new().num_threads(arguments.jobs.map_or(0, usize::from)).build();
    let pool = pool.map_err(|error| Failure::usage(format!("--jobs: {error}")))?;
    let scratch = folder.path(SCRATCH)?;
    let runs = pool.install(|| run_all(scenario, registry, (Some(&kept), &scratch), &|| bar.inc(1)));
    bar.finish_and_clear();
    let runs = runs.map_err(run_failure)?;
    drop(kept);
    remove(&scratch)?;
    let evidence = runs.evidence();
    let result = judge_stability(&stability.criteria, &evidence);
    let mut manifest = StabilityManifest::of((scenario, registry), &runs, program_hash(), result.verdict);
    let input = input(&manifest, stability, &runs, (&evidence, &result, folder.target()));
    let rendered = render_stability(&input)?;
    let text = match arguments.json {
        true => rendered.json.clone(),
        false => terminal_stability(&input, colour(stdout_colour()))?,
    };
    manifest.files = write_report(&folder, scenario, &rendered)?;
    folder.write(MANIFEST, manifest.to_json().as_bytes())?;
    folder.finish()?;
    print(&text)?;
    Ok(result.verdict.into())
}

/// What of a plan does not fit the strategy.
pub fn check_stability_plan(scenario: &Scenario, registry: &Registry) -> Result<(), Failure> {
    stability_plan(scenario, registry).map(|_| ()).map_err(bind_failure)
}

fn run_failure(error: StabilityError) -> Failure {
    match error {
        StabilityError::Bind(error) => bind_failure(error),
        StabilityError::Folder(error) => error.into(),
        error @ StabilityError::Keep(_) => Failure::write(error),
        error => Failure::data(error),
    }
}

fn remove(scratch: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::write(error)),
        _ => Ok(()),
    }
}

/// Checks the folder of a report on stability: repeats its runs, all or a sample, judges and renders them again.
pub fn check_stability(
    (folder, manifest): (&Path, &StabilityManifest),
    sample: Option<u64>,
    registry: &Registry,
) -> Result<Verification, Failure> {
    let (sample, count) = sample_of(sample, manifest.runs.len())?;
    let bar = progress_bar(count, &manifest.scenario.name);
    let scratch = tempfile::tempdir().map_err(Failure::write)?;
    let found =
        verify_stability((folder, manifest), registry, (sample, scratch.path()), &rendered_again, &|| bar.inc(1));
    bar.finish_and_clear();
    Ok(found)
}

/// Verdict and report files as they follow from runs that were repeated.
fn rendered_again(
    manifest: &StabilityManifest,
    scenario: &Scenario,
    runs: &StabilityRuns,
) -> Result<JudgedAgain, String> {
    let Some(stability) = &scenario.file.stability else {
        return Err("a scenario without `[stability]`".to_owned());
    };
    let evidence = runs.evidence();
    let result = judge_stability(&stability.criteria, &evidence);
    let input = input(manifest, stability, runs, (&evidence, &result, Path::new("")));
    let rendered = render_stability(&input).map_err(|error| error.to_string())?;
    Ok((result.verdict, files_of(&rendered)))
}

/// What belongs to one run.
fn refuse_arguments(arguments: &Run) -> Result<(), Failure> {
    let given = [
        ("--kills", arguments.kills.is_some()),
        ("--checkpoint-every", arguments.checkpoint_every.is_some()),
        ("--check-determinism", arguments.check_determinism),
        ("--tape", !arguments.tapes.is_empty()),
        ("--no-audit", arguments.no_audit),
        ("--no-drills", arguments.no_drills),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(Failure::usage(format!("{name}: not with `[stability]`, which runs many settings"))),
        None => Ok(()),
    }
}

fn begin_folder(arguments: &Run, scenario: &Scenario) -> Result<RunFolder, Failure> {
    let named = || {
        let hash = scenario_hash(scenario);
        Path::new("reports").join(format!("{}-{}", scenario.name, &hash[..12]))
    };
    let target = arguments.out.clone().unwrap_or_else(named);
    Ok(RunFolder::begin(&target, existing(arguments))?)
}

fn input<'a>(
    manifest: &StabilityManifest,
    stability: &StabilityFile,
    runs: &StabilityRuns,
    (evidence, result, folder): (&'a StabilityEvidence, &'a StabilityResult, &Path),
) -> StabilityInput<'a> {
    let StabilityManifest { program, bot, settings, .. } = manifest;
    let (hash, file) = (manifest.program_hash.as_deref(), &manifest.scenario.file);
    let seeds = &runs.plan.seeds;
    StabilityInput {
        scenario: ScenarioFacts {
            name: manifest.scenario.name.clone(),
            description: manifest.scenario.description.clone(),
            file: file.clone().unwrap_or_else(|| "built-in".to_owned()),
            hash: manifest.scenario.hash.clone(),
        },
        run_id: runs.run_id.clone(),
        digest: runs.digest.clone(),
        program: format!("{} {}", program.name, program.version),
        build_id: build_id(program, hash),
        semantics: manifest.semantics,
        bot: BotFacts {
            name: runs.strategy.name.clone(),
            parameters: runs.strategy.parameters.clone(),
            build_id: build_id(bot, hash),
            is_dirty: bot.dirty.unwrap_or(false),
        },
        market: MarketFacts {
            model: model_of(manifest),
            symbol: runs.instrument.symbol.clone(),
            base: runs.instrument.base.clone(),
            quote: runs.instrument.quote.clone(),
            start: runs.start,
        },
        seeds: (seeds.first().copied().unwrap_or_default(), seeds.last().copied().unwrap_or_default()),
        length: runs.plan.groups[0].length,
        period: runs.plan.groups[runs.plan.base].length,
        runs: runs.runs.len(),
        measure: stability.measure.clone(),
        evidence,
        result,
        proofs: proofs(runs),
        findings: runs.findings().map(|(group, seed, text)| (group.to_owned(), seed, text.to_owned())).collect(),
        assumptions: assumptions(runs, manifest),
        not_shown: runs.plan.left_out.iter().cloned().chain(NOT_SHOWN.map(str::to_owned)).collect(),
        options: settings.iter().filter(|setting| !setting.key.contains("flow.model.")).map(option_row).collect(),
        rerun: vec![format!("{} --out again", run_command(file.as_deref(), settings, &|_| String::new()))],
        folder: folder.join("report.html").display().to_string(),
    }
}

fn setting<'a>(manifest: &'a StabilityManifest, key: &str) -> Option<&'a str> {
    let found = manifest.settings.iter().find(|setting| setting.key == key);
    found.map(|setting| setting.value.trim_matches('"'))
}

fn model_of(manifest: &StabilityManifest) -> String {
    let is_flow = manifest.settings.iter().any(|setting| setting.key.starts_with("market.flow."));
    match setting(manifest, "market.flow.name") {
        Some(name) => name.to_owned(),
        None if is_flow => "a model of its own".to_owned(),
        None => "simple generator".to_owned(),
    }
}

fn proofs(runs: &StabilityRuns) -> ProofFacts {
    let row = |run: &ProvedRun| ProofRow { how: run.how.clone(), digest: run.digest.clone(), is_same: run.is_same };
    let proofs = &runs.proofs;
    ProofFacts {
        run: proofs.run.clone(),
        digest: proofs.digest.clone(),
        determinism: proofs.determinism.iter().map(row).collect(),
        resume: proofs.resume.iter().map(row).collect(),
        no_resume_because: proofs.no_resume_because.clone(),
    }
}

fn assumptions(runs: &StabilityRuns, manifest: &StabilityManifest) -> Vec<Assumption> {
    let row =
        |what: &str, value: String, basis: &str| Assumption { what: what.to_owned(), value, basis: basis.to_owned() };
    let is_closed = setting(manifest, "market.flow.closed_loop") == Some("true");
    vec![
        row(
            "The market",
            runs.instrument.symbol.clone(),
            "generated: nobody traded in it; seeds make others of the same kind, not other kinds",
        ),
        match is_closed {
            true => row("Fills", "none".to_owned(), "the closed loop: the bot stands in the queues of the market"),
            false => row("Fills", format!("preset {}", runs.preset), "where a queue is not known it is a model’s"),
        },
        row(
            "Clock skew",
            "1 s ahead, 5 s behind".to_owned(),
            "the window of Binance; only the stamps of requests are shifted, not what the bot reads off its clock: age of data, midnight",
        ),
    ]
}

const NOT_SHOWN: [&str; 3] = [
    "Two things moved at once: each was moved alone, and what holds along every axis may break between them",
    "Other markets than those that the seeds make: another regime, another coin, a shock; `[volatility]` runs over those",
    "Drills of controls that no run exercised: a run of the scenario without `[stability]` holds them",
];
