use super::args::Run;
use super::console::{print, say, stdout_colour};
use super::exit::ExitStatus;
use super::facts::{bot_row, colour, limit_together};
use super::failure::Failure;
use super::notify::deliver_after_run;
use super::resume::{Checkpointed, Stopped, folder_of};
use super::run::{bind, conclude, rows_per_second, with_bar, with_recovery, write};
use crate::readiness::{AuditEvidence, Verdict};
use crate::report::{JudgedBot, ReinvestedBot, ReinvestedDay, UserReport};
use crate::scenario::{
    Executed, FinishedRun, JudgedRecord, Keeping, MANIFEST, Manifest, Registry, Reinvested, Replay, RunFolder,
    Scenario, Trial, USER_FORMAT, UserManifest, UserTrials, execute_user_kept, reinvested_in_run,
};
use crate::units::Money;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Runs all bots of a user together and judges each of them; the worst verdict is the user's.
pub fn run_user(
    arguments: &Run,
    scenario: &Scenario,
    stopped: Option<Stopped>,
    registry: &Registry,
) -> Result<ExitStatus, Failure> {
    if arguments.kills.is_some() {
        let text = "`--kills` with several bots: a kill drill is held with one of them; add `--set run.bot=NAME`";
        return Err(Failure::usage(text));
    }
    let trials = scenario.bots().iter().map(|bot| bind(bot, registry)).collect::<Result<Vec<_>, _>>()?;
    let Some(user) = trials.first().and_then(|trial| trial.user.as_ref()) else {
        return Err(Failure::usage("a scenario without bots; add `[[bots]]`"));
    };
    let bots: Vec<&Trial> = trials.iter().collect();
    let (folder, mut kept) = folder_of(arguments, &bots, "-bots", stopped, registry)?;
    let folders = trials.iter().map(|trial| folder.within(name(trial))).collect::<Result<Vec<_>, _>>()?;
    let started = Instant::now();
    let executed = replay(user, &folders, kept.as_mut().map(Checkpointed::keeping))?;
    let elapsed = started.elapsed();
    let recovery = kept.as_ref().and_then(Checkpointed::tell);
    let rows = executed.first().map_or(0, |executed| executed.rows);
    let finished = judge(arguments, &trials, executed, &folders, registry)?;
    for ((trial, finished), folder) in trials.iter().zip(&finished).zip(&folders) {
        write(folder, &trial.scenario, finished)?;
    }
    let written: Vec<PathBuf> = folders.iter().map(|folder| folder.temporary().to_path_buf()).collect();
    let report = report(&finished, reinvested(&written, &finished, Replay { registry, tapes: &[] }));
    write_over_all(&folder, &report)?;
    let target = folder.finish()?;
    if arguments.json {
        let object = with_recovery(serde_json::to_string(&report).map_err(Failure::write)?, recovery)?;
        print(&format!("{object}\n"))?;
    } else {
        print(&report.terminal(colour(stdout_colour())))?;
        say(&format!("report {}  ({} rows/s)", target.join(PAGE).display(), rows_per_second(rows, elapsed)));
    }
    finished.iter().for_each(|finished| deliver_after_run(&target.join(own_name(finished)), &finished.manifest));
    Ok(report.verdict.into())
}

/// The page over all bots.
const PAGE: &str = "report.html";

fn name(trial: &Trial) -> &str {
    trial.scenario.file.run.bot.as_deref().unwrap_or_default()
}

fn own_name(finished: &FinishedRun) -> &str {
    finished.manifest.user.as_ref().map_or("", |user| user.own_name())
}

fn replay(user: &UserTrials, folders: &[RunFolder], keeping: Option<&mut Keeping>) -> Result<Vec<Executed>, Failure> {
    let folder =
        |place: usize| -> Option<PathBuf> { folders.get(place).map(|folder| folder.temporary().to_path_buf()) };
    Ok(with_bar(&user.bots[0], |progress| execute_user_kept(user, folder, keeping, progress))?)
}

fn judge(
    arguments: &Run,
    trials: &[Trial],
    executed: Vec<Executed>,
    folders: &[RunFolder],
    registry: &Registry,
) -> Result<Vec<FinishedRun>, Failure> {
    let bots = trials.iter().zip(executed).zip(folders);
    bots.map(|((trial, executed), folder)| {
        say(&format!("bot {}", name(trial)));
        conclude(arguments, (trial, None, None), executed, folder, registry)
    })
    .collect()
}

fn report(finished: &[FinishedRun], reinvestments: Vec<ReinvestedDay>) -> UserReport {
    let first = &finished[0].manifest;
    let symbols: Vec<&str> = first.headers().map(|header| header.instrument.symbol.as_str()).collect();
    UserReport {
        scenario: first.scenario.name.clone(),
        description: first.scenario.description.clone(),
        verdict: Verdict::worst(finished.iter().map(|finished| finished.assessment.verdict)),
        markets: symbols.join(" and "),
        start: first.replayed.start,
        end: first.replayed.end,
        limit: limit_together(first),
        quote: first.market.header.instrument.quote.clone(),
        program: format!("{} {}", first.program.name, first.program.version),
        bots: finished.iter().filter_map(judged).collect(),
        reinvestments,
    }
}

/// What moved money between the bots, day by day: none where nothing does, and where the journals were not kept whole.
fn reinvested(folders: &[PathBuf], runs: &[FinishedRun], with: Replay<'_>) -> Vec<ReinvestedDay> {
    let Ok(threshold) = Money::parse(&runs[0].manifest.value("reinvest.threshold")) else { return Vec::new() };
    let bot = |(folder, run): (&PathBuf, &FinishedRun)| {
        Some((own_name(run).to_owned(), reinvested_in_run(folder, with).ok()?))
    };
    let Some(bots) = folders.iter().zip(runs).map(bot).collect::<Option<Vec<(String, Vec<Reinvested>)>>>() else {
        return Vec::new();
    };
    let count = bots.iter().map(|(_, days)| days.len()).min().unwrap_or_default();
    let day = |day: usize| {
        let part = |(name, days): &(String, Vec<Reinvested>)| {
            let Reinvested { result, asked, amount, .. } = days[day];
            ReinvestedBot { name: name.clone(), result, asked, amount }
        };
        let parts: Vec<ReinvestedBot> = bots.iter().map(part).collect();
        let profit = parts.iter().try_fold(Money::ZERO, |sum, part| sum.checked_add(part.result)).unwrap_or_default();
        ReinvestedDay { at: bots[0].1[day].at, profit, threshold, bots: parts }
    };
    (0..count).map(day).collect()
}

fn judged(finished: &FinishedRun) -> Option<JudgedBot> {
    let user = finished.manifest.user.as_ref()?;
    let bot = bot_row(user.bots.get(user.own)?)?;
    Some(JudgedBot {
        verdict: finished.assessment.verdict,
        reason: finished.assessment.reason(),
        audit: audit_words(&finished.manifest.audit),
        report: format!("{}/report.html", bot.name),
        bot,
    })
}

fn audit_words(audit: &AuditEvidence) -> String {
    match audit {
        AuditEvidence::NotAudited { reason } => format!("not audited: {reason}"),
        AuditEvidence::Audited { .. } => match audit.disagreements().count() {
            0 => "clean".to_owned(),
            count => format!("{count} disagree"),
        },
    }
}

/// The files over all bots.
fn files(report: &UserReport) -> Result<[(&'static str, String); 3], Failure> {
    let json = serde_json::to_string_pretty(report).map_err(Failure::write)? + "\n";
    Ok([(PAGE, report.html()?), ("report.md", report.markdown()), ("report.json", json)])
}

/// What stands over all bots, with the hashes of their manifests in order.
fn manifest(report: &UserReport, files: &[(&str, String)], manifests: Vec<String>) -> UserManifest {
    let bot = |(judged, manifest): (&JudgedBot, String)| {
        let (name, run_id) = (judged.bot.name.clone(), judged.bot.run_id.clone());
        JudgedRecord { name, run_id, verdict: judged.verdict, manifest }
    };
    let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
    UserManifest {
        user_format: USER_FORMAT,
        scenario: report.scenario.clone(),
        verdict: report.verdict,
        bots: report.bots.iter().zip(manifests).map(bot).collect(),
        files: files.iter().map(|(name, text)| ((*name).to_owned(), hash(text))).collect(),
    }
}

fn write_over_all(folder: &RunFolder, report: &UserReport) -> Result<(), Failure> {
    let files = files(report)?;
    for (name, text) in &files {
        folder.write(name, text.as_bytes())?;
    }
    let hash = |judged: &JudgedBot| folder.hash(&format!("{}/{MANIFEST}", judged.bot.name));
    let manifests = report.bots.iter().map(hash).collect::<Result<_, _>>()?;
    Ok(folder.write(MANIFEST, manifest(report, &files, manifests).to_json().as_bytes())?)
}

/// What over the folders of a user's bots does not follow from them, once each of them has been found sound.
pub fn problems_over_all(user: &UserManifest, folder: &Path, with: Replay<'_>) -> Result<Vec<String>, Failure> {
    if user.bots.is_empty() {
        return Ok(vec![format!("{MANIFEST}: no bots")]);
    }
    let folders = user.folders(folder);
    let runs = folders.iter().map(|folder| FinishedRun::load(folder, with)).collect::<Result<Vec<_>, _>>()?;
    let report = report(&runs, reinvested(&folders, &runs, with));
    let files = files(&report)?;
    let hash = |run: &PathBuf| std::fs::read(run.join(MANIFEST)).map(|bytes| blake3::hash(&bytes).to_hex().to_string());
    let manifests = folders.iter().map(hash).collect::<Result<_, _>>().map_err(Failure::data)?;
    let expected = manifest(&report, &files, manifests);
    let rendered: Vec<(String, Vec<u8>)> =
        files.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into())).collect();
    let manifests: Vec<&Manifest> = runs.iter().map(|run| &run.manifest).collect();
    Ok(user.problems(folder, &manifests, &expected, &rendered))
}
