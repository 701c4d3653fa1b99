//! Markets that hang together, as a scenario names them.

use super::document::closest;
use super::file::{OneMarketFile, ScenarioFile};
use super::flow::{ModelAt, merge_model, parse, read};
use super::problem::Problem;
use super::shock::ShockFile;
use super::text::{SpanText, day_start};
use crate::engine::ScriptedEvent;
use crate::model::{AccountEvent, MarketId};
use crate::synth::{
    FAMILIES, FamilyModel, FamilyRecipe, FlowModel, FlowModelError, LinkModel, MemberModel, PerpetualModel,
    PlacedShock, Share, SimpleMarketConfig,
};
use crate::units::{DAY, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Several generated markets that hang together: those that come with seatrial, or a family file. The scenario's `[[markets]]` say which of
/// them the account trades; without any it trades all.
///
/// When a scenario is read the file becomes a `model`, so that what is kept of a run needs no file beside it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FamilyFile {
    /// How much market to generate.
    pub duration: SpanText,
    /// The markets go on as the bot acts in them: its orders stand in the queues of others, who answer to them. Without, they are read as tapes.
    pub closed_loop: bool,
    /// Run the bot both ways, in the closed loop and on the markets' tapes under each fill preset, and report how far the tapes are off.
    pub believability: bool,
    /// First day or instant, UTC; without one a Monday, 5 January 2026.
    pub start: Option<String>,
    /// What the family is called: of those that come with seatrial the name. Changes nothing.
    pub name: Option<String>,
    /// One of the families that come with seatrial.
    pub preset: Option<String>,
    /// A family file; relative to the folder of the scenario file.
    pub file: Option<String>,
    /// Violent things that happen in markets that the account does not trade, by symbol.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub shocks: BTreeMap<String, Vec<ShockFile>>,
    /// The whole family.
    pub model: Option<FamilyModel>,
}

impl Default for FamilyFile {
    fn default() -> Self {
        Self {
            duration: SpanText(DAY),
            closed_loop: false,
            believability: true,
            start: None,
            name: None,
            preset: None,
            file: None,
            shocks: BTreeMap::new(),
            model: None,
        }
    }
}

/// A family as it stands in a file: each member a market that comes with seatrial, one of a file, or written out, with figures changed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyDocument {
    members: Vec<MemberDocument>,
    #[serde(default)]
    links: Vec<LinkModel>,
    #[serde(default)]
    pace_of: Option<String>,
    #[serde(default)]
    delay_ms: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberDocument {
    #[serde(default)]
    preset: Option<String>,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    market: Option<FlowModel>,
    #[serde(default)]
    change: toml::Table,
    #[serde(default)]
    own_share: Option<Share>,
    #[serde(default)]
    perpetual: Option<PerpetualModel>,
}

/// Puts the models in place of names and files, and the members in place of markets that nobody names. `path_at` is where a file named at
/// a key lies.
pub(super) fn resolve(file: &mut ScenarioFile, path_at: &dyn Fn(&str, &str) -> PathBuf) -> Vec<Problem> {
    let Some(mut family) = file.family.take() else {
        let stray = file.markets.iter().position(|market| market.member.is_some());
        let problem = |place: usize| {
            let problem = Problem::new(format!("markets[{place}].member"), "a member of no family", "no value");
            problem.hint("name the family under `[family]`")
        };
        return stray.map(problem).into_iter().collect();
    };
    let resolved = family.resolve(path_at);
    let problems = match (resolved, &family.model) {
        (Err(problem), _) => vec![*problem],
        (Ok(()), Some(model)) => {
            if file.markets.is_empty() {
                let opening = file.bots.is_empty().then(|| file.opening.clone());
                let market = |member: &MemberModel| OneMarketFile {
                    member: Some(member.symbol().to_owned()),
                    opening: opening.clone(),
                    ..OneMarketFile::default()
                };
                file.markets = model.members.iter().map(market).collect();
            }
            misfits(file, &family, model)
        }
        (Ok(()), None) => Vec::new(),
    };
    file.family = Some(family);
    problems
}

/// What does not go together: members that are none, or that are traded twice, and markets beside the family.
fn misfits(file: &ScenarioFile, family: &FamilyFile, model: &FamilyModel) -> Vec<Problem> {
    let names: Vec<String> = model.members.iter().map(|member| member.symbol().to_owned()).collect();
    let allowed = format!("one of {}", names.join(", "));
    let mut found = Vec::new();
    for (place, market) in file.markets.iter().enumerate() {
        let key = format!("markets[{place}].member");
        let Some(symbol) = &market.member else {
            found.push(Problem::new(key, "nothing, beside a `[family]`", allowed.clone()));
            continue;
        };
        if !names.contains(symbol) {
            let problem = Problem::new(key, format!("found `{symbol}`"), allowed.clone());
            found.push(match closest(symbol, &names) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem,
            });
        } else if file.markets[..place].iter().any(|other| other.member.as_ref() == Some(symbol)) {
            found.push(Problem::new(key, format!("`{symbol}` a second time"), "each member once"));
        }
    }
    for symbol in family.shocks.keys() {
        let key = format!("family.shocks.{symbol}");
        if !names.contains(symbol) {
            found.push(Problem::new(key, format!("found `{symbol}`"), allowed.clone()));
        } else if file.markets.iter().any(|market| market.member.as_ref() == Some(symbol)) {
            let problem = Problem::new(key, format!("shocks of `{symbol}`, which the account trades"), "no value");
            found.push(problem.hint("write them as `[[markets.shocks]]` of that market"));
        }
    }
    found
}

impl FamilyFile {
    fn resolve(&mut self, path_at: &dyn Fn(&str, &str) -> PathBuf) -> Result<(), Box<Problem>> {
        let named = [("preset", self.preset.is_some()), ("file", self.file.is_some()), ("model", self.model.is_some())];
        let named: Vec<&str> = named.iter().filter(|(_, is_named)| *is_named).map(|(name, _)| *name).collect();
        if named.len() != 1 {
            let found =
                if named.is_empty() { "no family".to_owned() } else { format!("both `{}`", named.join("` and `")) };
            let hint = format!("families that come with seatrial are {}", names().join(", "));
            return Err(Box::new(Problem::new("family", found, "one of `preset`, `file` and `model`").hint(hint)));
        }
        let model = match (self.model.take(), self.file.take(), &self.preset) {
            (Some(model), ..) => checked("family.model", model)?,
            (None, Some(file), _) => {
                let path = path_at("family.file", &file);
                self.name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                family_in("family.file", &path)?
            }
            (None, None, preset) => family_named("family.preset", preset.as_deref().unwrap_or_default())?,
        };
        self.model = Some(model);
        self.name = self.preset.take().or(self.name.take());
        let start = self.start_at().map_err(|problem| {
            let (found, allowed) = problem.split_once("; expected ").unwrap_or((&problem, "another time"));
            Box::new(Problem::new("family.start", found.to_owned(), allowed))
        });
        start?;
        let misfit = |error: FlowModelError| {
            Box::new(Problem::new(format!("family.{}", error.key), format!("found {}", error.found), error.expected))
        };
        let without_shocks = Self { shocks: BTreeMap::new(), ..self.clone() };
        without_shocks.recipe(&[], 0).check_span().map_err(misfit)
    }

    fn start_at(&self) -> Result<Timestamp, String> {
        self.start.as_deref().map_or(Ok(SimpleMarketConfig::default().start_at), day_start)
    }

    /// Which family it is, by `seed`, with the shocks of `markets` in them. Everything has been checked.
    pub(super) fn recipe(&self, markets: &[OneMarketFile], seed: u64) -> FamilyRecipe {
        let Some(model) = self.model.clone() else { panic!("a family without a model: {self:?}") };
        let Ok(start_at) = self.start_at() else { panic!("a family that begins at no time: {self:?}") };
        let shocks = |member: &MemberModel| -> Vec<PlacedShock> {
            let traded = markets.iter().filter(|market| market.member.as_deref() == Some(member.symbol()));
            let own = traded.flat_map(|market| &market.shocks);
            own.chain(self.shocks.get(member.symbol()).into_iter().flatten()).map(ShockFile::placed).collect()
        };
        let shocks = model.members.iter().map(shocks).collect();
        FamilyRecipe { model, shocks, start_at, duration: self.duration.0, seed }
    }
}

/// Funding of the perpetuals that a scenario trades, after `lines` events of its own.
pub(super) fn funding(file: &ScenarioFile, lines: u32) -> Vec<ScriptedEvent> {
    let Some(family) = &file.family else { return Vec::new() };
    let recipe = family.recipe(&file.markets, file.seed);
    let charges = (0..).zip(&file.markets).flat_map(|(market, one)| {
        let place = one.member.as_deref().and_then(|symbol| recipe.model.place(symbol));
        let charges = place.map(|place| recipe.funding(place)).unwrap_or_default();
        charges.into_iter().map(move |charge| (MarketId(market), charge))
    });
    let event = |(line, (market, charge)): (u32, (MarketId, crate::synth::FundingCharge))| ScriptedEvent {
        at: charge.at,
        every: None,
        market,
        what: AccountEvent::FundingAt(charge.rate),
        line,
    };
    (lines + 1..).zip(charges).map(event).collect()
}

fn names() -> Vec<String> {
    FAMILIES.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn family_named(key: &str, name: &str) -> Result<FamilyModel, Box<Problem>> {
    let Some((_, text)) = FAMILIES.iter().find(|(known, _)| *known == name) else {
        let problem = Problem::new(key, format!("found `{name}`"), format!("one of {}", names().join(", ")));
        return Err(Box::new(match closest(name, &names()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("a family of your own is named by `file`"),
        }));
    };
    family_of(key, parse(key, text)?, Path::new(""))
}

fn family_in(key: &str, path: &Path) -> Result<FamilyModel, Box<Problem>> {
    family_of(key, read(key, path)?, path.parent().unwrap_or(Path::new("")))
}

/// The family that a table says; files in it are named as seen from `folder`.
fn family_of(key: &str, table: toml::Table, folder: &Path) -> Result<FamilyModel, Box<Problem>> {
    let read: Result<FamilyDocument, _> = serde_path_to_error::deserialize(table);
    let document = read.map_err(|error| {
        let place = format!("{key}.{}", error.path());
        Box::new(Problem::new(place, error.inner().message().to_owned(), "a key of a family: see docs/families.md"))
    })?;
    let member = |(place, member): (usize, MemberDocument)| -> Result<MemberModel, Box<Problem>> {
        let key = format!("{key}.members[{place}]");
        let file = member.file.as_deref().map(|file| folder.join(file));
        let named = ModelAt { preset: member.preset.as_deref(), file, model: member.market.as_ref() };
        let market = merge_model(&key, &named, member.change)?;
        Ok(MemberModel { market, own_share: member.own_share.map(|share| share.0), perpetual: member.perpetual })
    };
    let members = document.members.into_iter().enumerate().map(member).collect::<Result<_, _>>()?;
    let (links, pace_of) = (document.links, document.pace_of);
    let delay_ms = document.delay_ms.unwrap_or(FamilyModel::USUAL_DELAY_MS);
    checked(key, FamilyModel { members, links, pace_of, delay_ms }.with_common_pace())
}

fn checked(key: &str, model: FamilyModel) -> Result<FamilyModel, Box<Problem>> {
    let misfit = |error: FlowModelError| {
        Box::new(Problem::new(format!("{key}.{}", error.key), format!("found {}", error.found), error.expected))
    };
    model.check().map(|()| model.clone()).map_err(misfit)
}

/// The family called `name`, for commands; `None` where none is called so.
///
/// # Errors
/// What is wrong with it.
pub fn family_called(name: &str) -> Option<Result<FamilyModel, Box<Problem>>> {
    names().iter().any(|known| known == name).then(|| family_named("PRESET", name))
}

/// The family in a file, for commands; `None` where the file says it is none.
///
/// # Errors
/// The file, and what is wrong with it.
pub fn read_family(path: &Path) -> Option<Result<FamilyModel, Box<Problem>>> {
    let name = path.display().to_string();
    let is_family = read(&name, path).is_ok_and(|table| table.contains_key("members"));
    is_family.then(|| family_in(&name, path))
}
