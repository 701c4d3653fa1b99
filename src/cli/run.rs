use super::args::Run;
use super::campaign::run_seeds;
use super::config::config_text;
use super::console::{print, progress_bar, say, stderr_colour, stdout_colour};
use super::exit::ExitStatus;
use super::facts::{accounts, colour, report_input};
use super::failure::Failure;
use super::kills::kills_failure;
use super::notify::deliver_after_run;
use super::resources::{self, Observing};
use super::resume::{Checkpointed, Stopped, folder_of, stopped};
use super::run_stability::run_stability;
use super::run_user::run_user;
use super::run_volatility::run_volatility;
use crate::readiness::{AuditEvidence, Verdict};
use crate::report::{Rendered, render, run_object, terminal};
use crate::scenario::drill::{DrillRecord, drill_unexercised};
use crate::scenario::{
    self, BindError, Determinism, Done, Executed, Existing, FinishedRun, Held, Keeping, KillPlan, MANIFEST, Manifest,
    Overrides, Progress, Registry, ResourceRecord, RunFolder, SCENARIO, Scenario, Trial, audit_played, believability,
    check_kills, execute_watched, kill_drill, lacking, peak_load, reconcile_trial, repeat, without_feed, write_frames,
};
use crate::synth::without_effect;
use crate::units::{SECOND, Timestamp};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Runs a scenario and judges it.
pub fn run(arguments: &Run, registry: &Registry) -> Result<ExitStatus, Failure> {
    match &arguments.resume {
        None => run_from(arguments, None, registry),
        Some(folder) => {
            let (arguments, stopped) = stopped(folder, arguments.json)?;
            run_from(&arguments, Some(stopped), registry)
        }
    }
}

/// Runs a scenario from its start, or from where it was stopped.
fn run_from(arguments: &Run, stopped: Option<Stopped>, registry: &Registry) -> Result<ExitStatus, Failure> {
    let scenario = load(arguments, registry)?;
    if arguments.print_config {
        return print(&config_text(&scenario, registry)).map(|()| ExitStatus::Go);
    }
    if arguments.seeds.is_some() {
        return run_seeds(arguments, &scenario, stopped, registry);
    }
    if scenario.file.stability.is_some() {
        return run_stability(arguments, &scenario, stopped, registry);
    }
    if arguments.jobs.is_some() {
        return Err(Failure::usage(
            "--jobs: one run is one thread; it belongs to --seeds, or to a scenario with `[stability]`",
        ));
    }
    if scenario.file.volatility.is_some() {
        return run_volatility(arguments, &scenario, registry);
    }
    if scenario.is_of_several_bots() {
        return run_user(arguments, &scenario, stopped, registry);
    }
    let trial = bind(&scenario, registry)?;
    let plan = kill_plan(arguments, &trial)?;
    let (folder, mut kept) = folder_of(arguments, &[&trial], "", stopped, registry)?;
    let started = Instant::now();
    let keeping = kept.as_mut().map(Checkpointed::keeping);
    let mut observing = Observing::begin(&trial, folder.temporary());
    let executed = play(&trial, &folder, keeping, observing.as_mut())?;
    let elapsed = started.elapsed();
    let recovery = kept.as_ref().and_then(Checkpointed::tell);
    let rows = executed.rows;
    let finished = conclude(arguments, (&trial, plan, observing.as_mut()), executed, &folder, registry)?;
    write(&folder, &trial.scenario, &finished)?;
    let took = observing.map(|observing| observing.judged(&finished.manifest, &trial));
    took.iter().try_for_each(|took| resources::write(&folder, took))?;
    let target = folder.finish()?;
    announce(
        arguments,
        &finished,
        (&target, Beside { recovery, took: took.as_ref() }),
        rows_per_second(rows, elapsed),
    )?;
    deliver_after_run(&target, &finished.manifest);
    Ok(Verdict::worst(took.map(|took| took.verdict).into_iter().chain([finished.assessment.verdict])).into())
}

/// Plays a run beside a bar of its time, and beside somebody who looks at what it takes.
fn play(
    trial: &Trial,
    folder: &RunFolder,
    keeping: Option<&mut Keeping>,
    mut observing: Option<&mut Observing>,
) -> Result<Executed, Failure> {
    let watch = observing.as_ref().map(|observing| observing.watch().clone());
    let (first_at, _) = trial.span();
    observing.iter_mut().for_each(|observing| {
        observing.start(Progress { rows: 0, at: first_at, held: Held::default(), is_start: true })
    });
    let mut held = Held::default();
    let executed = with_bar(trial, |progress| {
        let mut progress = |at: Progress| {
            held = at.held;
            progress(at);
            observing.iter_mut().for_each(|observing| observing.take(at));
        };
        execute_watched(trial, Some(folder.temporary()), keeping, watch.as_ref(), &mut progress)
    });
    let executed = executed?;
    observing
        .iter_mut()
        .for_each(|observing| observing.end(Progress { rows: executed.rows, at: executed.end, held, is_start: false }));
    Ok(executed)
}

/// What a run that has just left its journals in `folder` comes to.
pub fn conclude(
    arguments: &Run,
    (trial, plan, observing): (&Trial, Option<KillPlan>, Option<&mut Observing>),
    executed: Executed,
    folder: &RunFolder,
    registry: &Registry,
) -> Result<FinishedRun, Failure> {
    let determinism =
        if arguments.check_determinism { check(trial, &executed, folder)? } else { Determinism::NotChecked };
    let mut manifest = Manifest::of(trial, &executed, registry.identity(), program_hash());
    manifest.determinism = determinism;
    audit_and_peak((arguments, observing), trial, &executed, &mut manifest, (folder.temporary(), registry))?;
    manifest.believability = believability(trial, &executed)?;
    if !arguments.no_drills {
        manifest.drills = drills(trial, &manifest)?;
    }
    manifest.kill_drill = plan.map(|plan| kill_drill(trial, &plan)).transpose().map_err(kills_failure)?;
    manifest.accounts = reconcile_trial(trial, &manifest, folder.temporary())?;
    say(&format!("accounts: {}", accounts(&manifest).words()));
    let summaries = executed.lanes.into_iter().map(|lane| lane.summary).collect();
    Ok(FinishedRun::new(manifest, summaries))
}

fn load(arguments: &Run, registry: &Registry) -> Result<Scenario, Failure> {
    let overrides = Overrides {
        set: arguments.overrides.clone(),
        seed: arguments.seed,
        tapes: arguments.tapes.clone(),
        no_band: arguments.no_band,
        ci: arguments.ci,
    };
    let scenario = match &arguments.scenario {
        Some(path) => Scenario::load(path, &overrides, registry),
        None => Scenario::builtin(&overrides, registry),
    };
    scenario.map_err(|problems| Failure::scenario(&problems, stderr_colour()))
}

/// A market that cannot be read, or what of a scenario does not fit it.
pub fn bind_failure(error: BindError) -> Failure {
    match error {
        BindError::Tape(error) => error.into(),
        BindError::Scenario(problems) => Failure::scenario(&problems, stderr_colour()),
    }
}

/// Binds the scenario to its markets.
pub fn bind(scenario: &Scenario, registry: &Registry) -> Result<Trial, Failure> {
    let bound = scenario::bind(scenario, registry).map_err(bind_failure);
    bound.inspect(|trial| {
        let idle = trial.markets.iter().filter_map(|market| without_effect(&market.header.format));
        idle.for_each(|idle| say(&format!("shocks: nothing can act as {idle} in this market")));
        without_feed(trial).into_iter().chain(lacking(&trial.scenario)).for_each(|text| say(&text));
    })
}

/// A folder the user named is replaced only with `--force`; the default one is named after the run, so that what is in it
/// is an earlier copy of the same.
pub fn begin_folder(arguments: &Run, trial: &Trial, more: &str) -> Result<RunFolder, Failure> {
    let named = || Path::new("reports").join(format!("{}-{}{more}", trial.scenario.name, trial.short_id()));
    let target = arguments.out.clone().unwrap_or_else(named);
    Ok(RunFolder::begin(&target, existing(arguments))?)
}

/// What becomes of results that are there already.
pub const fn existing(arguments: &Run) -> Existing {
    match &arguments.out {
        _ if arguments.force => Existing::Replace,
        Some(_) => Existing::Keep,
        None => Existing::Same,
    }
}

/// Plays the markets of a trial beside a bar of their time.
pub fn with_bar<T>(trial: &Trial, play: impl FnOnce(&mut dyn FnMut(Progress)) -> T) -> T {
    let (first_at, last_at) = trial.span();
    let seconds = |at: Timestamp| u64::try_from(at.since(first_at).nanos() / SECOND.nanos()).unwrap_or(0);
    let bar = progress_bar(seconds(last_at), &trial.scenario.name);
    let played = play(&mut |progress| bar.set_position(seconds(progress.at)));
    bar.finish_and_clear();
    played
}

fn check(trial: &Trial, executed: &Executed, folder: &RunFolder) -> Result<Determinism, Failure> {
    let differing = repeat(trial, executed, folder.temporary())?;
    differing.iter().for_each(|differing| say(&format!("not repeatable: {}", differing.place())));
    Ok(match differing.first() {
        Some(first) => Determinism::Differs { digest: first.digest.to_string(), place: first.place() },
        None => Determinism::Repeated,
    })
}

/// Audits the run, and plays the peak of its market meanwhile: that needs nothing of the run but when it ended.
fn audit_and_peak(
    (arguments, observing): (&Run, Option<&mut Observing>),
    trial: &Trial,
    executed: &Executed,
    manifest: &mut Manifest,
    (folder, registry): (&Path, &Registry),
) -> Result<(), Failure> {
    let (readiness, until) = (manifest.readiness.clone(), executed.end);
    let is_wanted = !arguments.no_drills && trial.scenario.file.peak_load.is_some();
    let clock = observing.is_some().then(Observing::clock);
    std::thread::scope(|scope| {
        let peak = is_wanted.then(|| scope.spawn(|| peak_load(trial, (&readiness, until), registry, clock)));
        if !arguments.no_audit {
            manifest.audit = audit(trial, manifest, (folder, executed.done.as_ref()), registry)?;
        }
        let Some(peak) = peak else { return Ok(()) };
        match peak.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)) {
            Ok(played) => {
                let (peak, times) = played.unzip();
                manifest.peak_load = peak;
                observing.zip(times.flatten()).into_iter().for_each(|(observing, times)| observing.take_peak(times));
            }
            // Without its peak the run is what it is: the verdict says that it is missing.
            Err(error) => say(&format!("peak load: not played: {error}")),
        }
        let told = manifest.peak_load.iter();
        told.for_each(|peak| say(&format!("peak load: {} orders at {} times the pace", peak.orders_in_it, peak.pace)));
        Ok(())
    })
}

/// What the controls had to do, recomputed from the journals that the run has just left in `folder`.
fn audit(
    trial: &Trial,
    manifest: &Manifest,
    (folder, done): (&Path, Option<&Done>),
    registry: &Registry,
) -> Result<AuditEvidence, Failure> {
    let bar = progress_bar(manifest.lanes.iter().map(|lane| lane.entries).sum(), "audit");
    let audit = audit_played(folder, manifest, (trial, registry), done, &|entries| bar.inc(entries));
    bar.finish_and_clear();
    Ok(audit?)
}

/// Drills of mandatory controls that the run did not exercise.
fn drills(trial: &Trial, manifest: &Manifest) -> Result<Vec<DrillRecord>, Failure> {
    let drills = drill_unexercised(trial, manifest)?;
    for drill in &drills {
        let reason = if drill.reason.is_empty() { String::new() } else { format!(": {}", drill.reason) };
        say(&format!("drill {}: {}{reason}", drill.control, drill.result));
    }
    Ok(drills)
}

/// The kill drill that the user asks for, once it is known that it can be held.
pub fn kill_plan(arguments: &Run, trial: &Trial) -> Result<Option<KillPlan>, Failure> {
    let Some(count) = arguments.kills else { return Ok(None) };
    let plan = KillPlan { count, seed: trial.scenario.file.seed, flatten: arguments.flatten };
    check_kills(trial, &plan).map_err(kills_failure)?;
    Ok(Some(plan))
}

/// Hash of the program's own file: names the build where nothing else does. Computed once.
pub fn program_hash() -> Option<String> {
    static HASH: OnceLock<Option<String>> = OnceLock::new();
    HASH.get_or_init(hash_of_program).clone()
}

fn hash_of_program() -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    let program = std::fs::File::open(std::env::current_exe().ok()?).ok()?;
    hasher.update_reader(program).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

/// Writes everything but the journals, which are there.
pub fn write(folder: &RunFolder, scenario: &Scenario, finished: &FinishedRun) -> Result<(), Failure> {
    let rendered: Rendered = render(&report_input(finished))?;
    rendered.write(folder.temporary())?;
    folder.write(SCENARIO, scenario.to_toml_in(folder.target()).as_bytes())?;
    let mut manifest = finished.manifest.clone();
    let mut names: Vec<String> = rendered.files().map(|(name, _)| name.to_owned()).into();
    names.push(SCENARIO.to_owned());
    names.extend(manifest.journals().map(str::to_owned));
    if manifest.keeps_every_entry() {
        names.extend(write_frames(folder, &manifest.primary().journal)?);
    }
    for name in names {
        let hash = folder.hash(&name)?;
        manifest.files.insert(name, hash);
    }
    folder.write(MANIFEST, manifest.to_json().as_bytes())?;
    Ok(())
}

/// What is said beside a report and does not stand in it.
struct Beside<'a> {
    recovery: Option<serde_json::Value>,
    took: Option<&'a ResourceRecord>,
}

fn announce(
    arguments: &Run,
    finished: &FinishedRun,
    (target, beside): (&Path, Beside<'_>),
    speed: u64,
) -> Result<(), Failure> {
    let input = report_input(finished);
    if arguments.json {
        let object = with_recovery(run_object(&input, speed)?, beside.recovery)?;
        let object = with_resources(object, beside.took)?;
        return print(&format!("{object}\n"));
    }
    print(&terminal(&input, colour(stdout_colour())))?;
    beside.took.iter().for_each(|took| say(&resources::line(took)));
    say(&format!("report {}  ({speed} rows/s)", target.join("report.html").display()));
    Ok(())
}

/// The object of a run that was gone on with says so, as it says how fast it was: neither is in its report.
pub fn with_recovery(object: String, recovery: Option<serde_json::Value>) -> Result<String, Failure> {
    let Some(recovery) = recovery else { return Ok(object) };
    let mut value: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&object).map_err(Failure::write)?;
    value.insert("recovery".to_owned(), recovery);
    serde_json::to_string(&value).map_err(Failure::write)
}

/// So does one that was watched say how that ended.
fn with_resources(object: String, took: Option<&ResourceRecord>) -> Result<String, Failure> {
    let Some(took) = took else { return Ok(object) };
    let mut value: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&object).map_err(Failure::write)?;
    let found = serde_json::json!({ "verdict": took.verdict, "findings": took.findings, "times": took.observed.times, "peak": took.observed.peak });
    value.insert("resources".to_owned(), found);
    serde_json::to_string(&value).map_err(Failure::write)
}

pub fn rows_per_second(rows: u64, elapsed: Duration) -> u64 {
    let per_second = u128::from(rows) * 1_000_000_000 / elapsed.as_nanos().max(1);
    u64::try_from(per_second).unwrap_or(u64::MAX)
}
