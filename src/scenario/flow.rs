//! Markets of single orders, as a scenario names them.

use super::document::closest;
use super::file::ScenarioFile;
use super::load::read_bounded;
use super::problem::Problem;
use super::text::{SpanText, day_start};
use crate::synth::{
    FlowBars, FlowMarket, FlowModel, FlowModelError, FlowRecipe, PRESETS, PlacedShock, SimpleMarketConfig,
};
use crate::tape::BatchSource;
use crate::units::{DAY, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A generated market of single orders: one that comes with seatrial, or a model file; with some figures changed.
///
/// When a scenario is read, file and changes become a `model`, so that what is kept of a run needs no file beside it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FlowFile {
    /// How much market to generate.
    pub duration: SpanText,
    /// The market goes on as the bot acts in it: its orders stand in the queues of others, who answer to them. Without, it is read as a tape.
    pub closed_loop: bool,
    /// Run the bot both ways, in the closed loop and on the market's tape under each fill preset, and report how far the tape is off.
    pub believability: bool,
    /// Bars of this length instead of orders.
    pub bars: Option<SpanText>,
    /// First day or instant, UTC; without one a Monday, 5 January 2026.
    pub start: Option<String>,
    /// What a model is called: of a preset its name. Changes nothing.
    pub name: Option<String>,
    /// One of the markets that come with seatrial.
    pub preset: Option<String>,
    /// A model file; relative to the folder of the scenario file.
    pub file: Option<String>,
    /// Figures in place of those of the preset or the file, as tables and keys of a model.
    #[serde(skip_serializing_if = "toml::Table::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub change: toml::Table,
    /// The whole model.
    pub model: Option<FlowModel>,
}

impl Default for FlowFile {
    fn default() -> Self {
        Self {
            duration: SpanText(DAY),
            closed_loop: false,
            believability: true,
            bars: None,
            start: None,
            name: None,
            preset: None,
            file: None,
            change: toml::Table::new(),
            model: None,
        }
    }
}

/// Every market of single orders of a scenario, with its key.
fn all(file: &mut ScenarioFile) -> Vec<(String, &mut FlowFile)> {
    let several = file.markets.iter_mut().enumerate();
    let several = several.filter_map(|(place, market)| Some((format!("markets[{place}].flow"), market.flow.as_mut()?)));
    file.market.flow.as_mut().map(|flow| ("market.flow".to_owned(), flow)).into_iter().chain(several).collect()
}

/// Puts the models in place of files and changes. `path_at` is where a file named at a key lies.
pub(super) fn resolve(file: &mut ScenarioFile, path_at: &dyn Fn(&str, &str) -> PathBuf) -> Vec<Problem> {
    let resolved = all(file).into_iter().map(|(key, flow)| flow.resolve(&key, path_at));
    resolved.filter_map(Result::err).map(|problem| *problem).collect()
}

impl FlowFile {
    fn resolve(&mut self, key: &str, path_at: &dyn Fn(&str, &str) -> PathBuf) -> Result<(), Box<Problem>> {
        let at = |name: &str| format!("{key}.{name}");
        let misfit = |error: FlowModelError| boxed(&at(error.key), format!("found {}", error.found), &error.expected);
        self.bars.map_or(Ok(()), |period| FlowBars::check_period(period.0)).map_err(misfit)?;
        let changed = !self.change.is_empty();
        let file = self.file.as_deref().map(|file| path_at(&at("file"), file));
        let named = ModelAt { preset: self.preset.as_deref(), file, model: self.model.as_ref() };
        self.model = Some(merge_model(key, &named, std::mem::take(&mut self.change))?);
        // A file is called by its name alone: where it lies is of one machine.
        let file = self.file.take();
        let file = file
            .as_deref()
            .and_then(|file| Path::new(file).file_name())
            .map(|name| name.to_string_lossy().into_owned());
        let called = self.preset.take().or(file).or(self.name.take());
        self.name = called.map(|name| if changed { format!("{name}, changed") } else { name });
        self.check_span(&at)
    }

    /// Bars fit into the duration, and the market into the calendar.
    fn check_span(&self, at: &dyn Fn(&str) -> String) -> Result<(), Box<Problem>> {
        if let Some(bars) = self.bars.filter(|bars| bars.0 > self.duration.0) {
            let allowed = format!("at most the duration, {}", self.duration.0);
            return Err(boxed(&at("bars"), format!("found bars of {}", bars.0), &allowed));
        }
        let start_at = self.start_at().map_err(|problem| {
            let (found, allowed) = problem.split_once("; expected ").unwrap_or((&problem, "another time"));
            boxed(&at("start"), found.to_owned(), allowed)
        })?;
        let Some(model) = self.model.clone() else { return Ok(()) };
        let checked =
            FlowRecipe { model, shocks: Vec::new(), start_at, duration: self.duration.0, seed: 0 }.check_span();
        checked.map_err(|error| boxed(&at(error.key), format!("found {}", error.found), &error.expected))
    }

    fn start_at(&self) -> Result<Timestamp, String> {
        self.start.as_deref().map_or(Ok(SimpleMarketConfig::default().start_at), day_start)
    }

    /// Which market it is, by `seed`. Everything has been checked.
    pub(super) fn recipe(&self, shocks: Vec<PlacedShock>, seed: u64) -> FlowRecipe {
        let Some(model) = self.model.clone() else { panic!("a market of orders without a model: {self:?}") };
        let Ok(start_at) = self.start_at() else { panic!("a market that begins at no time: {self:?}") };
        FlowRecipe { model, shocks, start_at, duration: self.duration.0, seed }
    }

    /// The market, by `seed`. Everything has been checked.
    pub(super) fn market(&self, shocks: Vec<PlacedShock>, seed: u64) -> Box<dyn BatchSource> {
        let recipe = self.recipe(shocks, seed);
        match self.bars {
            Some(period) => Box::new(FlowBars::new(recipe, period.0)),
            None => Box::new(FlowMarket::new(recipe)),
        }
    }
}

/// Where a model comes from: one of the three.
pub(super) struct ModelAt<'a> {
    pub preset: Option<&'a str>,
    pub file: Option<PathBuf>,
    pub model: Option<&'a FlowModel>,
}

impl ModelAt<'_> {
    /// Under which key it is, below the market's.
    fn place(&self, key: &str) -> Result<&'static str, Box<Problem>> {
        let named = [("preset", self.preset.is_some()), ("file", self.file.is_some()), ("model", self.model.is_some())];
        let named: Vec<&'static str> = named.iter().filter(|(_, is_named)| *is_named).map(|(name, _)| *name).collect();
        match named.as_slice() {
            [one] => Ok(one),
            [] => Err(one_of_three(key, "no model".to_owned())),
            several => Err(one_of_three(key, format!("both `{}`", several.join("` and `")))),
        }
    }
}

fn one_of_three(key: &str, found: String) -> Box<Problem> {
    let hint = format!("presets are {}", names().join(", "));
    Box::new(Problem::new(key, found, "one of `preset`, `file` and `model`").hint(hint))
}

/// The model that is named at `key`, with figures changed.
pub(super) fn merge_model(key: &str, named: &ModelAt<'_>, change: toml::Table) -> Result<FlowModel, Box<Problem>> {
    let place = named.place(key)?;
    let at = format!("{key}.{place}");
    let mut table = match (named.model, &named.file, named.preset) {
        (Some(model), ..) => as_table(&at, model)?,
        (None, Some(file), _) => read(&at, file)?,
        (None, None, name) => parse(&at, preset(&at, name.unwrap_or_default())?)?,
    };
    let at = if change.is_empty() { at } else { format!("{key}.change") };
    merge(&mut table, change);
    model_of(&at, table)
}

fn names() -> Vec<String> {
    PRESETS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

fn preset(key: &str, name: &str) -> Result<&'static str, Box<Problem>> {
    let known = PRESETS.iter().find(|(known, _)| *known == name);
    known.map(|(_, text)| *text).ok_or_else(|| {
        let problem = Problem::new(key, format!("found `{name}`"), format!("one of {}", names().join(", ")));
        Box::new(match closest(name, &names()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("a model of your own is named by `file`"),
        })
    })
}

/// The model in a file, for commands.
///
/// # Errors
/// The file, and what is wrong with it.
pub fn read_model(path: &Path) -> Result<FlowModel, Box<Problem>> {
    let name = path.display().to_string();
    model_of(&name, read(&name, path)?)
}

/// The preset called `name`, for commands.
///
/// # Errors
/// The names that there are.
pub fn model_called(name: &str) -> Result<FlowModel, Box<Problem>> {
    model_of("PRESET", parse("PRESET", preset("PRESET", name)?)?)
}

/// `model` with figures changed: each a dotted key and a TOML value, with `=` between.
///
/// # Errors
/// The argument that is none, or makes no market.
pub fn changed_model(model: &FlowModel, arguments: &[String]) -> Result<FlowModel, Box<Problem>> {
    let mut table = as_table("model", model)?;
    for argument in arguments {
        let change: toml::Table = argument.parse().map_err(|error: toml::de::Error| {
            boxed("--set", format!("found `{argument}`: {}", error.message()), "KEY=VALUE, a value in TOML")
        })?;
        merge(&mut table, change);
    }
    model_of("model", table)
}

pub(super) fn read(key: &str, path: &Path) -> Result<toml::Table, Box<Problem>> {
    let text = read_bounded(path)
        .map_err(|error| boxed(key, format!("cannot read {}: {error}", path.display()), "a model file"))?;
    parse(key, &text)
}

pub(super) fn parse(key: &str, text: &str) -> Result<toml::Table, Box<Problem>> {
    text.parse().map_err(|error: toml::de::Error| boxed(key, error.to_string(), "a model in TOML"))
}

fn as_table(key: &str, model: &FlowModel) -> Result<toml::Table, Box<Problem>> {
    toml::Table::try_from(model).map_err(|error| boxed(key, error.to_string(), "a model"))
}

fn model_of(key: &str, table: toml::Table) -> Result<FlowModel, Box<Problem>> {
    let read: Result<FlowModel, _> = serde_path_to_error::deserialize(table);
    let model = read.map_err(|error| {
        let inner = error.path().to_string();
        let key = if inner == "." { key.to_owned() } else { format!("{key}.{inner}") };
        boxed(&key, error.inner().message().to_owned(), "a figure of a model: see docs/markets.md")
    })?;
    model
        .check()
        .map_err(|error| boxed(&format!("{key}.{}", error.key), format!("found {}", error.found), &error.expected))?;
    Ok(model)
}

/// Values of `changes` in place of those of `table`, table by table.
fn merge(table: &mut toml::Table, changes: toml::Table) {
    for (key, change) in changes {
        match (table.get_mut(&key), change) {
            (Some(toml::Value::Table(below)), toml::Value::Table(change)) => merge(below, change),
            (_, change) => drop(table.insert(key, change)),
        }
    }
}

fn boxed(key: &str, found: String, allowed: &str) -> Box<Problem> {
    Box::new(Problem::new(key, found, allowed))
}
