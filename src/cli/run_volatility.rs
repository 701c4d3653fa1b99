use super::args::Run;
use super::console::{print, progress_bar, stdout_colour};
use super::exit::ExitStatus;
use super::facts::{build_id, colour, option_row, run_command};
use super::failure::Failure;
use super::many_runs::{files_of, sample_of, write_report};
use super::run::program_hash;
use crate::readiness::{VolatilityResult, judge_volatility};
use crate::report::{
    Assumption, BotFacts, MarketFacts, ScenarioFacts, ShockFacts, VolatilityInput, render_volatility,
    terminal_volatility,
};
use crate::scenario::{
    Existing, JudgedAgain, MANIFEST, Registry, RunFolder, Scenario, Verification, VolatilityFile, VolatilityManifest,
    VolatilityRuns, calm_market, run_volatility as run_all, scenario_hash, verify_volatility,
};
use crate::score::{MarketClass, Score, ScoreVerdict, observe, score_as};
use crate::units::{DAY, Span};
use std::path::Path;

/// How much of the market without shocks is scored: of two days the variance ratio is mostly chance.
const SCORED: Span = DAY.times(7);

/// Runs a bot over many violent markets and judges all of them together.
pub fn run_volatility(arguments: &Run, scenario: &Scenario, registry: &Registry) -> Result<ExitStatus, Failure> {
    let Some(volatility) = &scenario.file.volatility else {
        return Err(Failure::usage("the scenario has no `[volatility]`"));
    };
    refuse_arguments(arguments)?;
    let folder = begin_folder(arguments, scenario)?;
    let bar = progress_bar(volatility.cells(scenario.file.seed).len() as u64, &scenario.name);
    let runs = run_all(scenario, registry, &|| bar.inc(1));
    bar.finish_and_clear();
    let runs = runs.map_err(Failure::data)?;
    // A short cut has no time for it.
    let score = market_score(scenario, !arguments.ci)?;
    let result = judge_volatility(&volatility.criteria, &runs.runs, &doubt(score.as_ref()));
    let outcome = (result.verdict, score.is_some());
    let mut manifest = VolatilityManifest::of((scenario, registry), &runs, program_hash(), outcome);
    let input = input(&manifest, scenario, volatility, &runs, (&result, score.as_ref(), folder.target()));
    let rendered = render_volatility(&input)?;
    let text =
        if arguments.json { rendered.json.clone() } else { terminal_volatility(&input, colour(stdout_colour())) };
    manifest.files = write_report(&folder, scenario, &rendered)?;
    folder.write(MANIFEST, manifest.to_json().as_bytes())?;
    folder.finish()?;
    print(&text)?;
    Ok(result.verdict.into())
}

/// Checks the folder of many runs: repeats them, all or a sample, judges and renders them again.
pub fn check_volatility(
    (folder, manifest): (&Path, &VolatilityManifest),
    sample: Option<u64>,
    registry: &Registry,
) -> Result<Verification, Failure> {
    let (sample, count) = sample_of(sample, manifest.runs.len())?;
    let bar = progress_bar(count, &manifest.scenario.name);
    let mut found = verify_volatility((folder, manifest), registry, sample, &rendered_again, &|| bar.inc(1));
    bar.finish_and_clear();
    if !manifest.is_scored {
        found.unchecked.push(format!("that the market is sound: {NOT_SCORED}"));
    }
    Ok(found)
}

/// Verdict and report files as they follow from runs that were repeated.
fn rendered_again(
    manifest: &VolatilityManifest,
    scenario: &Scenario,
    runs: &VolatilityRuns,
) -> Result<JudgedAgain, String> {
    let Some(volatility) = &scenario.file.volatility else {
        return Err("a scenario without `[volatility]`".to_owned());
    };
    let score = market_score(scenario, manifest.is_scored).map_err(|failure| failure.message)?;
    let result = judge_volatility(&volatility.criteria, &runs.runs, &doubt(score.as_ref()));
    let input = input(manifest, scenario, volatility, runs, (&result, score.as_ref(), Path::new("")));
    let rendered = render_volatility(&input).map_err(|error| error.to_string())?;
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
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => Err(Failure::usage(format!("{name}: not with `[volatility]`, which runs many markets"))),
        None => Ok(()),
    }
}

fn begin_folder(arguments: &Run, scenario: &Scenario) -> Result<RunFolder, Failure> {
    let (target, existing) = match &arguments.out {
        Some(out) if arguments.force => (out.clone(), Existing::Replace),
        Some(out) => (out.clone(), Existing::Keep),
        None => {
            let hash = scenario_hash(scenario);
            let name = format!("{}-{}", scenario.name, &hash[..12]);
            (Path::new("reports").join(name), Existing::Replace)
        }
    };
    Ok(RunFolder::begin(&target, existing)?)
}

/// The scorecard of the market without shocks, where it is wanted.
fn market_score(scenario: &Scenario, is_wanted: bool) -> Result<Option<Score>, Failure> {
    let Some(mut market) = calm_market(scenario, SCORED).filter(|_| is_wanted) else { return Ok(None) };
    // Bands are those of the class that the market is of; a market of its own is held against a large one.
    let name = scenario.file.market.flow.as_ref().and_then(|flow| flow.name.as_deref()).unwrap_or_default();
    let class = MarketClass::named(name.trim_end_matches(", changed")).unwrap_or_default();
    Ok(Some(score_as(class, &observe(market.as_mut())?, None)))
}

/// What makes the market itself unfit to conclude from.
fn doubt(score: Option<&Score>) -> String {
    match score {
        Some(score) if matches!(score.verdict, ScoreVerdict::Trend | ScoreVerdict::Unsound) => {
            format!("the market itself is not sound: {}", score.words)
        }
        _ => String::new(),
    }
}

fn input<'a>(
    manifest: &VolatilityManifest,
    scenario: &Scenario,
    volatility: &VolatilityFile,
    runs: &'a VolatilityRuns,
    (result, score, folder): (&'a VolatilityResult, Option<&'a Score>, &Path),
) -> VolatilityInput<'a> {
    let VolatilityManifest { program, bot, settings, .. } = manifest;
    let (hash, file) = (manifest.program_hash.as_deref(), &manifest.scenario.file);
    let flow = scenario.file.market.flow.as_ref();
    VolatilityInput {
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
            model: flow.and_then(|flow| flow.name.clone()).unwrap_or_else(|| "a model of its own".to_owned()),
            symbol: runs.instrument.symbol.clone(),
            base: runs.instrument.base.clone(),
            quote: runs.instrument.quote.clone(),
            start: runs.start,
        },
        regimes: volatility.regimes.iter().map(|regime| (regime.name.clone(), regime.volatility.to_string())).collect(),
        severities: volatility.severities.iter().map(|severity| severity.0).collect(),
        seeds: volatility.seeds,
        shocks: shocks(volatility),
        runs: &runs.runs,
        tracks: &runs.tracks,
        believability: &runs.believability,
        result,
        score,
        fill_words: match flow.is_some_and(|flow| flow.closed_loop) {
            true => "every run in the queues of the market itself: nothing about fills is assumed".to_owned(),
            false => format!("every run under the fill preset `{}`", runs.preset),
        },
        assumptions: assumptions(runs, flow.is_some_and(|flow| flow.closed_loop)),
        not_shown: not_shown(score, runs),
        options: settings.iter().filter(|setting| !is_of_a_model(&setting.key)).map(option_row).collect(),
        rerun: vec![format!("{} --out again", run_command(file.as_deref(), settings, &|_| String::new()))],
        folder: folder.join("report.html").display().to_string(),
    }
}

/// What the page does not show, and why.
fn not_shown(score: Option<&Score>, runs: &VolatilityRuns) -> Vec<String> {
    let unscored = score.is_none().then(|| format!("whether the market itself is sound: {NOT_SCORED}"));
    let one_way = if runs.believability.is_empty() { ONE_WAY } else { SOME_BOTH_WAYS };
    [one_way].iter().chain(&NOT_SHOWN).map(|words| (*words).to_owned()).chain(unscored).collect()
}

/// A hundred figures that the model's own file explains.
fn is_of_a_model(key: &str) -> bool {
    key.contains("flow.model.")
}

fn shocks(volatility: &VolatilityFile) -> Vec<ShockFacts> {
    let facts = |shock: crate::synth::ShockModel| ShockFacts {
        name: shock.name,
        about: shock.about,
        anchor: if shock.anchor.is_empty() { "synthetic".to_owned() } else { shock.anchor },
        source: shock.source,
    };
    volatility.shocks().into_iter().map(facts).collect()
}

fn assumptions(runs: &VolatilityRuns, is_closed: bool) -> Vec<Assumption> {
    let row =
        |what: &str, value: String, basis: &str| Assumption { what: what.to_owned(), value, basis: basis.to_owned() };
    vec![
        row(
            "the market",
            runs.instrument.symbol.clone(),
            "generated: nobody traded in it; the scorecard says how real it looks",
        ),
        match is_closed {
            true => row("fills", "none".to_owned(), "the closed loop: the bot stands in the queues of the market"),
            false => row("fills", format!("preset {}", runs.preset), "where a queue is not known it is a model's"),
        },
    ]
}

/// Why a trial's market has no scorecard.
const NOT_SCORED: &str = "it was not scored, as in a cut for tests";

const ONE_WAY: &str =
    "How far fills are off: every run is had one way, so that a verdict that hangs on how fills are judged is not seen";
const SOME_BOTH_WAYS: &str = "The verdict the other way: the table of believability has some of the markets both ways, as a tape and in the closed loop; criteria are held against \
     runs of the scenario's own way alone";
const NOT_SHOWN: [&str; 4] = [
    "Faults of venue, network and machine: these markets are violent, the connection is sound",
    "Reopening auctions: a market that was halted goes on where it stood",
    "Shocks at several venues at once: every run has one market",
    "What an audit needs the tape for: these runs are audited from their journals alone",
];
