//! Several bots of one user: the same markets for all, a strategy, an account and (where it says so) limits for each, and what the user
//! may do all together counted together.

use super::document::{Document, closest};
use super::file::{BotFile, OpeningFile, ScenarioFile};
use super::load::Scenario;
use super::problem::Problem;
use crate::gates::GateConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of several bots.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneBotFile {
    /// What it is called: in messages, and its folder of results.
    pub name: String,
    /// Name of the strategy.
    pub strategy: String,
    /// The strategy's own parameters.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub parameters: toml::Table,
    /// Limits of its own, over those of the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gates: Option<GateConfig>,
    /// What its account holds at the start, over what the scenario says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<OpeningFile>,
}

/// Most bots of a user in one run.
const BOTS_MAX: usize = 16;
/// Longest name of a bot, in bytes.
const NAME_MAX: usize = 64;

/// Where in a scenario the parts of a bot have their place once it is the one on trial.
const PLACES: [(&str, &[&str]); 4] = [
    ("strategy", &["bot", "strategy"]),
    ("parameters", &["bot", "parameters"]),
    ("gates", &["gates"]),
    ("opening", &["opening"]),
];

/// What the bots say, with all that they leave to the scenario filled in, and everything wrong with it. `check` says what is wrong
/// with a scenario of one bot.
pub(super) fn read(
    document: &Document,
    file: &mut ScenarioFile,
    check: &dyn Fn(&ScenarioFile) -> Vec<Problem>,
) -> Vec<Problem> {
    let mut found: Vec<Problem> = shape(document, file).into_iter().map(|problem| document.located(problem)).collect();
    if !found.is_empty() || file.bots.is_empty() {
        return found;
    }
    let common = check(&in_common(file));
    for place in 0..file.bots.len() {
        let own = as_bot(document, place);
        let Some(mut read) = own.read::<ScenarioFile>("", &mut found) else { continue };
        read.run.bot = Some(file.bots[place].name.clone());
        let is_own = |problem: &Problem| {
            !common.iter().any(|other| (&other.key, &other.found) == (&problem.key, &problem.found))
        };
        found.extend(check(&read).into_iter().filter(is_own).map(|problem| own.located(problem)));
        file.bots[place].gates = Some(read.gates);
        file.bots[place].opening = Some(read.opening);
    }
    found.extend(apart(file).map(|problem| document.located(problem)));
    found
}

/// The scenario with none of its bots on trial.
pub(super) fn in_common(file: &ScenarioFile) -> ScenarioFile {
    let mut common = file.clone();
    if !common.bots.is_empty() {
        common.run.bot = None;
    }
    common
}

/// The layers of a scenario with one of its bots as the one on trial.
pub(super) fn as_bot(document: &Document, place: usize) -> Document {
    document.clone().with_item("bots", place, &PLACES)
}

/// The bot on trial, by its place among the bots.
pub(super) fn own_place(file: &ScenarioFile) -> Option<usize> {
    let name = file.run.bot.as_deref()?;
    file.bots.iter().position(|bot| bot.name == name)
}

/// Puts a bot on trial. Its gates and its account were filled in when the scenario was read.
pub(super) fn put_on_trial(file: &mut ScenarioFile, place: usize) {
    let bot = file.bots[place].clone();
    file.run.bot = Some(bot.name);
    file.bot = BotFile { strategy: bot.strategy, parameters: bot.parameters, ..BotFile::nobody() };
    file.gates = bot.gates.unwrap_or_else(|| file.gates.clone());
    file.opening = bot.opening.unwrap_or_else(|| file.opening.clone());
}

/// True when something that is meant for `bot`, or for all where there is none, is meant for the bot on trial.
pub(super) fn is_meant(file: &ScenarioFile, bot: Option<&String>) -> bool {
    bot.is_none() || bot == file.run.bot.as_ref()
}

impl Scenario {
    /// The scenario once for each of its bots, which is the one on trial there; none where it has no `[[bots]]`.
    #[must_use]
    pub fn bots(&self) -> Vec<Self> {
        (0..self.file.bots.len()).map(|place| self.for_bot(place)).collect()
    }

    fn for_bot(&self, place: usize) -> Self {
        let mut own = self.clone();
        put_on_trial(&mut own.file, place);
        own.document = as_bot(&self.document, place);
        own
    }

    /// It has several bots, and names none of them as the one on trial.
    #[must_use]
    pub fn is_of_several_bots(&self) -> bool {
        !self.file.bots.is_empty() && self.file.run.bot.is_none()
    }
}

/// What has to be mended before single bots can be looked at.
fn shape(document: &Document, file: &ScenarioFile) -> Vec<Problem> {
    let mut found = strangers(file);
    if !file.bots.is_empty() && document.source_of("bot.strategy").is_some() && file.run.bot.is_none() {
        let problem = Problem::new("bot", "both `bot` and `bots`", "one of them");
        found.push(problem.hint("make `bot` the first of the `[[bots]]`, and give it a `name`"));
    }
    if file.bots.len() > BOTS_MAX {
        found.push(Problem::new("bots", format!("found {} bots", file.bots.len()), format!("at most {BOTS_MAX}")));
    }
    found.extend((0..file.bots.len()).filter_map(|place| name_problem(file, place)));
    found
}

/// Bots that something is meant for and that are not there.
fn strangers(file: &ScenarioFile) -> Vec<Problem> {
    let commands = file.commands.iter().map(|command| &command.bot).enumerate();
    let events = file.events.iter().map(|event| &event.bot).enumerate();
    let commands = commands.map(|(place, bot)| (format!("commands[{place}].bot"), bot));
    let events = events.map(|(place, bot)| (format!("events[{place}].bot"), bot));
    let named = std::iter::once(("run.bot".to_owned(), &file.run.bot)).chain(commands).chain(events);
    named.filter_map(|(key, bot)| stranger(&key, bot.as_ref()?, file)).collect()
}

fn name_problem(file: &ScenarioFile, place: usize) -> Option<Problem> {
    let (key, name) = (format!("bots[{place}].name"), &file.bots[place].name);
    if !is_name(name) {
        let allowed = format!("letters, digits, `-` and `_`, a letter or digit first, at most {NAME_MAX} of them");
        let problem = Problem::new(key, format!("found `{name}`"), allowed);
        return Some(problem.hint("a bot's folder of results is called after it"));
    }
    let is_again = file.bots[..place].iter().any(|other| other.name.eq_ignore_ascii_case(name));
    let problem = || Problem::new(key, format!("`{name}` a second time"), "unique names");
    is_again.then(|| problem().hint("on some disks a folder is the same in capital letters"))
}

/// A name that a folder can have anywhere, and that leads nowhere else.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.len() <= NAME_MAX && name.chars().all(fits)
}

fn stranger(key: &str, name: &String, file: &ScenarioFile) -> Option<Problem> {
    let names: Vec<String> = file.bots.iter().map(|bot| bot.name.clone()).collect();
    if names.contains(name) {
        return None;
    }
    let allowed = match names.as_slice() {
        [] => "no bot: the scenario has no `[[bots]]`".to_owned(),
        names => format!("one of {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    let mut problem = Problem::new(key, format!("unknown bot `{name}`"), allowed);
    problem.hint = closest(name, &names).map(|known| format!("did you mean `{known}`?"));
    Some(problem)
}

/// Limits on what all do together that differ: there is one user.
fn apart(file: &ScenarioFile) -> impl Iterator<Item = Problem> + '_ {
    let limit =
        |bot: &OneBotFile| bot.gates.as_ref().and_then(|gates| gates.user_orders.as_ref().map(|limits| limits.max));
    let show = |limit: Option<u32>| limit.map_or_else(|| "off".to_owned(), |max| max.to_string());
    let first = file.bots.first().and_then(limit);
    let others = file.bots.iter().enumerate().filter(move |(_, bot)| limit(bot) != first);
    others.map(move |(place, bot)| {
        let key = format!("bots[{place}].gates.user_orders");
        let allowed = format!("{}, as for `{}`", show(first), file.bots[0].name);
        let problem = Problem::new(key, format!("found {}", show(limit(bot))), allowed);
        problem.hint("it limits all bots of the user together: say it once, in `[gates.user_orders]`")
    })
}

/// One limit that counts for all bots is armed.
pub(super) fn counts_together(gates: &GateConfig) -> bool {
    gates.user_orders.as_ref().is_some()
}
