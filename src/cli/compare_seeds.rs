//! `compare` of two folders of many seeds.

use super::compare::{begin_folder, program, status_of, write};
use super::compare_args::Compare;
use super::console::{print, say, stdout_colour};
use super::exit::ExitStatus;
use super::facts::colour;
use super::failure::Failure;
use super::thresholds::tolerances;
use crate::readiness::{compare_campaigns, market_metric_names};
use crate::report::{CampaignFacts, CampaignsInput, render_campaigns, terminal_campaigns};
use crate::scenario::{CAMPAIGN, CampaignFigures, campaign_differences};
use std::path::Path;

/// Two campaigns with their folders.
pub type Campaigns<'a> = [(&'a Path, CampaignFigures); 2];

/// Both folders as campaigns; nothing where neither is one.
pub fn both_campaigns<'a>(base: &'a Path, candidate: &'a Path) -> Result<Option<Campaigns<'a>>, Failure> {
    let folders = [base, candidate];
    match folders.map(|folder| folder.join(CAMPAIGN).is_file()) {
        [false, false] => Ok(None),
        [true, true] => {
            Ok(Some([(base, CampaignFigures::read(base)?), (candidate, CampaignFigures::read(candidate)?)]))
        }
        [is_base, _] => {
            let [one, many] = if is_base { [candidate, base] } else { [base, candidate] };
            let (one, many) = (one.display(), many.display());
            Err(Failure::usage(format!(
                "{many} holds many seeds (`run --seeds`) and {one} does not; expected two of a kind"
            )))
        }
    }
}

/// Compares two campaigns seed by seed.
pub fn compare_seeds(arguments: &Compare, campaigns: Campaigns<'_>) -> Result<ExitStatus, Failure> {
    let folder = arguments.out.as_deref().map(|out| begin_folder(out, arguments.force)).transpose()?;
    let markets = campaigns.iter().map(|(_, figures)| figures.tried.markets()).max().unwrap_or_default();
    let limits = tolerances(arguments.thresholds.as_deref(), &arguments.regressions, &market_metric_names(markets))?;
    let [(base_folder, base), (candidate_folder, candidate)] = &campaigns;
    let differences = campaign_differences(base, candidate);
    let paired = compare_campaigns((&base.sides(), &candidate.sides()), &differences, &limits, arguments.unlike);
    let status = status_of(paired.verdict);
    let input = CampaignsInput {
        campaigns: [facts(base_folder, base), facts(candidate_folder, candidate)],
        differences,
        unlike_is_meant: arguments.unlike,
        tolerances: limits,
        paired,
        program: program(),
    };
    let rendered = render_campaigns(&input)?;
    let target = folder.map(|folder| write(folder, &rendered)).transpose()?;
    print(&if arguments.json { rendered.json } else { terminal_campaigns(&input, colour(stdout_colour())) })?;
    target.iter().for_each(|path| say(&format!("report {}", path.display())));
    Ok(status)
}

fn facts(folder: &Path, figures: &CampaignFigures) -> CampaignFacts {
    CampaignFacts {
        folder: folder.display().to_string(),
        scenario: figures.scenario.clone(),
        bot: figures.tried.bot_words(),
        is_dirty: figures.tried.is_dirty(),
        markets: figures.tried.market_words(),
        seeds: figures.seeds.len() as u64,
    }
}
