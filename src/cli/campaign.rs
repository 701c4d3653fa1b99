//! Many seeds of one scenario: `run --seeds`.

use super::args::Run;
use super::console::{print, progress_bar, say};
use super::exit::ExitStatus;
use super::facts::run_command;
use super::failure::Failure;
use super::grid::grid;
use super::resume::{Stopped, campaign_folder};
use super::run::{bind, program_hash};
use super::seeds::seeds_of;
use crate::readiness::Verdict;
use crate::scenario::{
    CAMPAIGN, CAMPAIGN_FIGURES, CAMPAIGN_SEEDS_MAX, Campaign, CampaignError, Existing, KeptSeeds, MANIFEST, Registry,
    RunFolder, Scenario, SeedOutcome, run_campaign,
};
use rayon::ThreadPoolBuilder;
use serde_json::json;
use std::path::Path;

/// Seeds that failed which are printed one by one; all of them are in the file.
const SHOWN: usize = 20;

/// Runs the scenario under each seed and judges all together.
/// Seeds that had ended before the campaign was interrupted are not run again.
pub fn run_seeds(
    arguments: &Run,
    scenario: &Scenario,
    stopped: Option<Stopped>,
    registry: &Registry,
) -> Result<ExitStatus, Failure> {
    refuse_arguments(arguments, scenario)?;
    let (first, last) = seeds_of(arguments.seeds.as_deref().unwrap_or_default(), CAMPAIGN_SEEDS_MAX)?;
    let seeds: Vec<u64> = (first..=last).collect();
    // What is wrong with the scenario is said before anything runs; a seed changes nothing of that.
    let of_seed = |seed: u64| scenario.with_seed(seed);
    let trial = bind(&of_seed(first), registry)?;
    let begin = || begin_folder(arguments, scenario, (first, last));
    let folder = campaign_folder(arguments, &trial, begin, stopped, registry)?;
    if scenario.file.resources.is_some() {
        say("resources: what seeds take beside each other is not observed; run one by itself for that");
    }
    let kept = KeptSeeds::of(folder.temporary()).map_err(Failure::write)?;
    if kept.count() > 0 {
        say(&format!("going on: {} of {} seeds have ended already", kept.count(), seeds.len()));
    }
    let bar = progress_bar(seeds.len() as u64, &scenario.name);
    let done = |outcome: &SeedOutcome| {
        if outcome.verdict == Verdict::NoGo {
            bar.suspend(|| {
                say(&format!(
                    "seed {} {}: {}; {}",
                    outcome.seed,
                    outcome.verdict,
                    outcome.reason,
                    again(scenario, outcome.seed)
                ))
            });
        }
        bar.inc(1);
    };
    let pool = ThreadPoolBuilder::new().num_threads(arguments.jobs.map_or(0, usize::from)).build();
    let pool = pool.map_err(|error| Failure::usage(format!("--jobs: {error}")))?;
    let campaign = pool.install(|| run_campaign(&of_seed, registry, &seeds, (&folder, &kept), &done));
    bar.finish_and_clear();
    let campaign = campaign.map_err(campaign_failure)?;
    let object = object(scenario, &campaign);
    folder.write(CAMPAIGN, format!("{object:#}\n").as_bytes())?;
    folder.write(
        MANIFEST,
        format!("{:#}\n", json!({ "kind": "campaign", "scenario": scenario.name, "seeds": [first, last] })).as_bytes(),
    )?;
    if let Some(figures) = campaign.figures(&scenario.name, program_hash()) {
        folder.write(CAMPAIGN_FIGURES, figures.to_json().map_err(Failure::write)?.as_bytes())?;
    }
    let target = folder.finish()?;
    print(&if arguments.json { format!("{object}\n") } else { text(scenario, &campaign) })?;
    say(&format!("wrote {}", target.join(CAMPAIGN).display()));
    Ok(campaign.verdict.into())
}

fn campaign_failure(error: CampaignError) -> Failure {
    match error {
        CampaignError::Folder(error) => error.into(),
        error @ (CampaignError::Remove(_) | CampaignError::Keep(_)) => Failure::write(error),
        error => Failure::data(error),
    }
}

/// What means nothing of many runs.
fn refuse_arguments(arguments: &Run, scenario: &Scenario) -> Result<(), Failure> {
    let given = [
        ("--seed", arguments.seed.is_some()),
        ("--kills", arguments.kills.is_some()),
        ("--checkpoint-every", arguments.checkpoint_every.is_some()),
        ("--check-determinism", arguments.check_determinism),
        ("--no-audit", arguments.no_audit),
        ("--no-drills", arguments.no_drills),
    ];
    if let Some((name, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
        return Err(Failure::usage(format!("--seeds with {name}; give one of them")));
    }
    if scenario.is_of_several_bots() {
        return Err(Failure::usage("--seeds with several bots; for one of them add `--set run.bot=NAME`"));
    }
    if scenario.file.stability.is_some() {
        return Err(Failure::usage("--seeds with `[stability]`, which has seeds of its own: `stability.seeds`"));
    }
    if scenario.file.volatility.is_some() {
        return Err(Failure::usage("--seeds with `[volatility]`, which has seeds of its own: `volatility.seeds`"));
    }
    Ok(())
}

fn begin_folder(arguments: &Run, scenario: &Scenario, (first, last): (u64, u64)) -> Result<RunFolder, Failure> {
    let (target, existing) = match &arguments.out {
        Some(out) if arguments.force => (out.clone(), Existing::Replace),
        Some(out) => (out.clone(), Existing::Keep),
        None => {
            let target = Path::new("reports").join(format!("{}-seeds-{first}-{last}", scenario.name));
            // One that was interrupted stays, unless it is to be replaced.
            (target, if arguments.force { Existing::Replace } else { Existing::Same })
        }
    };
    Ok(RunFolder::begin(&target, existing)?)
}

/// The command that runs one seed by itself.
fn again(scenario: &Scenario, seed: u64) -> String {
    let file = scenario.origin.as_deref().map(|path| path.display().to_string());
    let scenario = scenario.with_seed(seed);
    let mut settings = scenario.settings();
    settings.retain(|setting| setting.source != "--seed");
    let tape = |key: &str| settings_value(&scenario, key);
    format!("{} --seed {seed}", run_command(file.as_deref(), &settings, &tape))
}

/// What a key is set to, as it is given on the command line.
fn settings_value(scenario: &Scenario, key: &str) -> String {
    let settings = scenario.settings();
    let found =
        settings.iter().find(|setting| setting.key == key).map(|setting| setting.value.trim_matches('"').to_owned());
    found.unwrap_or_default()
}

fn object(scenario: &Scenario, campaign: &Campaign) -> serde_json::Value {
    let failed: Vec<String> = campaign
        .seeds
        .iter()
        .filter(|seed| seed.verdict != Verdict::Go)
        .map(|seed| again(scenario, seed.seed))
        .collect();
    json!({
        "scenario": scenario.name,
        "verdict": campaign.verdict,
        "seeds": campaign.seeds,
        "go": campaign.count(Verdict::Go),
        "no_go": campaign.count(Verdict::NoGo),
        "insufficient": campaign.count(Verdict::InsufficientEvidence),
        "no_go_at_most": rule_of_three(campaign),
        "faults": campaign.faults,
        "reached": campaign.reached,
        "unreached": campaign.unreached,
        "again": failed,
    })
}

/// With no failure in n independent seeds the chance of one is below 3 / n with 95 % (rule of three: Hanley and Lippman-Hand, JAMA 1983); nothing
/// where there was one.
fn rule_of_three(campaign: &Campaign) -> Option<String> {
    // A seed of which too little is known is no pass.
    let seeds = campaign.count(Verdict::Go);
    (campaign.count(Verdict::NoGo) == 0 && seeds > 3).then(|| {
        let permyriad = (3 * 10_000_usize).div_ceil(seeds);
        format!("{}.{:02} %", permyriad / 100, permyriad % 100)
    })
}

fn text(scenario: &Scenario, campaign: &Campaign) -> String {
    let count = |verdict| campaign.count(verdict);
    let seeds = campaign.seeds.len();
    let mut text = format!(
        "{}: {} of {seeds} seeds GO, {} NO-GO, {} INSUFFICIENT EVIDENCE\n",
        campaign.verdict,
        count(Verdict::Go),
        count(Verdict::NoGo),
        count(Verdict::InsufficientEvidence)
    );
    if let Some(most) = rule_of_three(campaign) {
        text.push_str(&format!(
            "no seed of {seeds} was NO-GO: of further seeds at most {most} are, with 95 % (3 / n)\n"
        ));
    }
    text.push_str(&figures(campaign));
    let failed: Vec<Vec<String>> = campaign
        .seeds
        .iter()
        .filter(|seed| seed.verdict != Verdict::Go)
        .take(SHOWN)
        .map(|seed| {
            vec![seed.seed.to_string(), seed.verdict.to_string(), seed.broken.join(", "), again(scenario, seed.seed)]
        })
        .collect();
    if !failed.is_empty() {
        text.push_str(&format!("\n{}", grid(&["seed", "verdict", "broken", "run it again"], &[0], &failed)));
    }
    if !campaign.faults.is_empty() {
        let rows: Vec<Vec<String>> =
            campaign.faults.iter().map(|(name, fired)| vec![name.clone(), fired.to_string()]).collect();
        text.push_str(&format!("\n{}", grid(&["fault", "fired"], &[1], &rows)));
    }
    if !campaign.reached.is_empty() {
        let rows: Vec<Vec<String>> =
            campaign.reached.iter().map(|(name, seeds)| vec![name.clone(), seeds.to_string()]).collect();
        text.push_str(&format!("\n{}", grid(&["rare state", "reached in seeds"], &[1], &rows)));
    }
    if !campaign.unreached.is_empty() {
        text.push_str(&format!("had to be reached and were not: {}\n", campaign.unreached.join(", ")));
    }
    text
}

/// Lowest, median and highest of what can be ranked.
fn figures(campaign: &Campaign) -> String {
    let rows = vec![
        spread("orders", campaign.seeds.iter().map(|seed| seed.orders)),
        spread("fills", campaign.seeds.iter().map(|seed| seed.fills)),
        spread("profit", campaign.seeds.iter().map(|seed| seed.profit)),
    ];
    grid(&["figure", "lowest", "median", "highest"], &[1, 2, 3], &rows)
}

fn spread<T: Ord + Copy + ToString>(name: &str, values: impl Iterator<Item = T>) -> Vec<String> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    let at = |place: usize| values.get(place).map_or_else(String::new, T::to_string);
    vec![name.to_owned(), at(0), at(values.len() / 2), at(values.len().saturating_sub(1))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Money;
    use std::collections::BTreeMap;

    fn campaign(go: u64, no_go: u64, insufficient: u64) -> Campaign {
        let verdicts = [(Verdict::Go, go), (Verdict::NoGo, no_go), (Verdict::InsufficientEvidence, insufficient)];
        let seed = |verdict| SeedOutcome {
            seed: 1,
            verdict,
            reason: String::new(),
            digest: String::new(),
            orders: 0,
            fills: 0,
            profit: Money::ZERO,
            found: 0,
            broken: Vec::new(),
            faults: BTreeMap::new(),
            reached: BTreeMap::new(),
            figures: None,
            units: BTreeMap::new(),
        };
        let seeds = verdicts.into_iter().flat_map(|(verdict, count)| (0..count).map(move |_| seed(verdict)));
        Campaign {
            seeds: seeds.collect(),
            faults: BTreeMap::new(),
            reached: BTreeMap::new(),
            unreached: Vec::new(),
            verdict: Verdict::Go,
            tried: None,
        }
    }

    #[test]
    fn three_by_n_is_rounded_up_and_counts_passes_alone() {
        let bound = |go, no_go, insufficient| rule_of_three(&campaign(go, no_go, insufficient));
        assert_eq!(bound(1_000, 0, 0).as_deref(), Some("0.30 %"));
        assert_eq!(bound(7, 0, 0).as_deref(), Some("42.86 %"));
        assert_eq!(bound(7, 0, 93).as_deref(), Some("42.86 %"), "of which too little is known is no pass");
        assert_eq!(bound(999, 1, 0), None);
        assert_eq!([bound(3, 0, 0), bound(0, 0, 9)], [None, None], "a bound of everything says nothing");
    }
}
