//! The page of two campaigns.

use super::{CampaignsInput, tables};
use crate::readiness::{ComparedVerdict, Part, Sense};
use crate::report::compared::{difference_table, tone};
use crate::report::number;
use crate::report::section::{Card, sentence};
use crate::report::sheet::{Section, Sheet};
use crate::report::text::plain;

const METHOD: &str = "Seeds are compared in pairs: the same market, the other bot. A figure is the median over seeds, and the difference the median of \
    the differences of the pairs, with the interval in which that median lies with 95 % or more by the sign test (order statistics; Conover \
    1999, 3.2 and 3.4), which asks nothing of how differences are distributed. Better and worse count pairs; p is that of the sign test, both \
    sides. Of two middle values the lower is taken.";

const RULES: &str = "A regression is: a seed whose verdict is worse; a criterion met under a seed and not any more; a control that failed more often \
    over all seeds, or was armed and is off; a mandatory control not exercised any more; an invariant broken more often; a metric that is worse by \
    more than its limit in more than half of the pairs.";

/// The page; without `is_whole` what differs alone.
pub fn sheet(input: &CampaignsInput, is_whole: bool) -> Sheet {
    let verdict = input.paired.verdict;
    let [base, candidate] = &input.campaigns;
    Sheet {
        title: plain(&format!("{} · {} against {}", verdict.words(), candidate.bot, base.bot)),
        headline: verdict.words().to_owned(),
        tone: tone(verdict),
        reason: reason(input),
        scope: vec![
            plain(&format!("Base: {}, {}", base.bot, base.folder)),
            plain(&format!("Candidate: {}, {}", candidate.bot, candidate.folder)),
            plain(&format!("{}, {}; {}", base.scenario, number::counted(input.paired.pairs, "seed"), base.markets)),
        ],
        warnings: warnings(input),
        reasons: reasons(input),
        cards: cards(input),
        sections: sections(input, is_whole),
        footer: plain(&format!("{} · JSON schema version {}", input.program, super::CAMPAIGNS_SCHEMA_VERSION)),
    }
}

/// The verdict's reason in one sentence.
pub fn reason(input: &CampaignsInput) -> String {
    let paired = &input.paired;
    let pairs = number::counted(paired.pairs, "pair");
    let text = match (paired.verdict, paired.regressions.as_slice()) {
        (ComparedVerdict::NoRegression, _) => format!("over {pairs} of seeds nothing is worse than is allowed"),
        (ComparedVerdict::Regression, [only]) => only.words.clone(),
        (ComparedVerdict::Regression, all) => {
            format!("{}; {} in all", all[0].words, number::counted(all.len() as u64, "regression"))
        }
        (ComparedVerdict::NotComparable, _) if paired.pairs == 0 => "they have no seed in common".to_owned(),
        (ComparedVerdict::NotComparable, _) if input.unlike() > 0 && !input.unlike_is_meant => {
            "the two were not tried on the same; with --unlike they are compared all the same".to_owned()
        }
        (ComparedVerdict::NotComparable, _) => "a limit could not be judged".to_owned(),
    };
    sentence(&text)
}

fn warnings(input: &CampaignsInput) -> Vec<String> {
    let unlike = input.unlike() as u64;
    let mut found = Vec::new();
    if unlike > 0 {
        let what = number::counted(unlike, "thing");
        found.push(format!("these are unlike trials: what the bot was tried on differs in {what}. A difference of figures may come from that and not from the bot."));
    }
    if input.differences.iter().all(|difference| difference.part == Part::Trial) {
        found.push("the bot is the same on both sides: strategy, parameters, gateway and build.".to_owned());
    }
    if input.paired.alone > 0 {
        found.push(format!("{} of one side alone left out.", number::counted(input.paired.alone, "seed")));
    }
    let sides = input.campaigns.iter().zip(["base", "candidate"]);
    let dirty: Vec<&str> = sides.filter(|(side, _)| side.is_dirty).map(|(_, name)| name).collect();
    if !dirty.is_empty() {
        found.push(format!("built with changes that no commit holds: {}.", dirty.join(" and ")));
    }
    found
}

fn reasons(input: &CampaignsInput) -> Vec<String> {
    let words = |seeds: &[u64]| {
        let named: Vec<String> = seeds.iter().map(ToString::to_string).collect();
        if named.is_empty() { String::new() } else { format!(" (seeds {})", named.join(", ")) }
    };
    let regressions = input.paired.regressions.iter();
    let regressions = regressions.map(|found| sentence(&format!("{}{}", found.words, words(&found.seeds))));
    let unjudged = input.paired.unjudged.iter();
    let unjudged =
        unjudged.map(|row| sentence(&format!("the limit of “{}” was not judged: {}", row.metric, row.reason)));
    regressions.chain(unjudged).collect()
}

fn cards(input: &CampaignsInput) -> Vec<Card> {
    let count = |sense| input.paired.metrics.iter().filter(|metric| metric.sense() == sense).count() as u64;
    let card = |label: &str, value: u64, note: &str| Card {
        label: label.to_owned(),
        value: number::count(value),
        note: note.to_owned(),
    };
    vec![
        card("Regressions", input.paired.regressions.len() as u64, "worse than is allowed"),
        card("Pairs of seeds", input.paired.pairs, "the same market for both"),
        card("Metrics better", count(Sense::Better), "the interval lies on that side"),
        card("Metrics worse", count(Sense::Worse), "the interval lies on that side"),
    ]
}

fn sections(input: &CampaignsInput, is_whole: bool) -> Vec<Section> {
    let mut metrics = Section::new("metrics", "Metrics").lead(METHOD).or("No metric differs.");
    let mut subjects: Vec<&str> = input.paired.metrics.iter().map(|metric| metric.subject.as_str()).collect();
    subjects.dedup();
    for subject in subjects {
        metrics = metrics.titled(subject, "pairs", tables::metrics(input, subject, is_whole));
    }
    let mut sections = vec![
        Section::new("tried", "What was tried")
            .lead("Anything but the bot that differs makes the trials unlike.")
            .titled("Unlike", "differences", difference_table(&input.differences, Part::Trial))
            .titled("Of the bot", "differences", difference_table(&input.differences, Part::Candidate))
            .or("Nothing differs: the same bot on the same trial."),
        Section::new("verdicts", "Verdicts").table("", tables::verdicts(input)),
        metrics,
    ];
    if is_whole {
        sections.push(Section::new("campaigns", "The two campaigns").table("", tables::campaigns(input)));
        sections.push(Section::new("rules", "What counts as a regression").lead(RULES));
    }
    sections
}
