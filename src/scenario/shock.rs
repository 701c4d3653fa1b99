//! Violent things that happen in a market, as a scenario names them.

use super::document::closest;
use super::file::ScenarioFile;
use super::load::{read_bounded, seed_of_market};
use super::problem::Problem;
use super::text::SpanText;
use crate::engine::ScriptedEvent;
use crate::model::{AccountEvent, MarketId};
use crate::rng::Streams;
use crate::synth::{Multiple, PlacedShock, SHOCKS, Script, ShockModel, ShockStart};
use crate::units::{MINUTE, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Most shocks of a market.
const SHOCKS_MAX: usize = 20;
/// When a shock begins that does not say: late enough for a bot to have quotes.
const USUAL_START: Span = MINUTE.times(10);

/// A shock of a market: one that comes with seatrial, or a file; how strong, and when.
///
/// When a scenario is read the shock's figures become a `model`, so that what is kept of a run needs no file beside it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ShockFile {
    /// One of the shocks that come with seatrial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A shock file; relative to the folder of the scenario file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How strong: 1 is what the shock says, 0.25 a quarter of its moves.
    pub severity: Multiple,
    /// When it begins, after the start of the market; without one ten minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<SpanText>,
    /// Instead: the first and the last moment at which it may begin; the seed draws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub between: Option<[SpanText; 2]>,
    /// The whole shock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ShockModel>,
}

impl Default for ShockFile {
    fn default() -> Self {
        Self { name: None, file: None, severity: Multiple::ONE, at: None, between: None, model: None }
    }
}

/// Every shock of a scenario, with its key.
fn all(file: &mut ScenarioFile) -> Vec<(String, &mut ShockFile)> {
    let own = file.market.shocks.iter_mut().enumerate();
    let own = own.map(|(place, shock)| (format!("market.shocks[{place}]"), shock));
    let several = file.markets.iter_mut().enumerate().flat_map(|(market, one)| {
        let shocks = one.shocks.iter_mut().enumerate();
        shocks.map(move |(place, shock)| (format!("markets[{market}].shocks[{place}]"), shock))
    });
    let of_family = file.family.iter_mut().flat_map(|family| &mut family.shocks).flat_map(|(symbol, shocks)| {
        let shocks = shocks.iter_mut().enumerate();
        shocks.map(move |(place, shock)| (format!("family.shocks.{symbol}[{place}]"), shock))
    });
    own.chain(several).chain(of_family).collect()
}

/// Puts the models in place of names and files. `path_at` is where a file named at a key lies.
pub(super) fn resolve(file: &mut ScenarioFile, path_at: &dyn Fn(&str, &str) -> PathBuf) -> Vec<Problem> {
    let resolved = all(file).into_iter().map(|(key, shock)| shock.resolve(&key, path_at));
    let mut problems: Vec<Problem> = resolved.filter_map(Result::err).map(|problem| *problem).collect();
    let lists = std::iter::once(&file.market.shocks).chain(file.markets.iter().map(|market| &market.shocks));
    let lists = lists.chain(file.family.iter().flat_map(|family| family.shocks.values()));
    if let Some(count) = lists.map(Vec::len).find(|count| *count > SHOCKS_MAX) {
        let expected = format!("at most {SHOCKS_MAX} of a market");
        problems.push(Problem::new("market.shocks", format!("found {count} shocks"), expected));
    }
    problems
}

/// Shocks that cannot come before their market ends; `spans` are first and last instants of the markets, in order. The markets of a family have one span.
pub(super) fn never(file: &ScenarioFile, spans: &[(Timestamp, Timestamp)]) -> Vec<Problem> {
    let one = std::iter::once(("market.shocks".to_owned(), &file.market.shocks, 0));
    let several = (0..).zip(&file.markets);
    let several = several.map(|(place, market)| (format!("markets[{place}].shocks"), &market.shocks, place));
    let of_family = file.family.iter().flat_map(|family| &family.shocks);
    let of_family = of_family.map(|(symbol, shocks)| (format!("family.shocks.{symbol}"), shocks, 0));
    let mut found = Vec::new();
    for (key, shocks, place) in one.chain(several).chain(of_family) {
        let Some((first, last)) = spans.get(place).copied() else { continue };
        for (index, shock) in shocks.iter().enumerate() {
            let (name, starts) =
                (if shock.between.is_some() { "between" } else { "at" }, shock.placed().latest_start());
            if last <= first.plus(starts) {
                let allowed = format!("before the market ends, {} after its start", last.since(first));
                let problem = Problem::new(format!("{key}[{index}].{name}"), format!("found {starts}"), allowed);
                found.push(problem.hint("the shock would never come: let it begin earlier, or the market last longer"));
            }
        }
    }
    found
}

impl ShockFile {
    /// A shock that is in place already.
    pub(super) fn of(placed: &PlacedShock) -> Self {
        let (at, between) = match placed.start {
            ShockStart::At(at) => (Some(SpanText(at)), None),
            ShockStart::Between(first, last) => (None, Some([first, last].map(SpanText))),
        };
        let model = Some(placed.shock.clone());
        Self { name: None, file: None, severity: placed.severity, at, between, model }
    }

    fn resolve(&mut self, key: &str, path_at: &dyn Fn(&str, &str) -> PathBuf) -> Result<(), Box<Problem>> {
        let at = |name: &str| format!("{key}.{name}");
        let named = [self.name.is_some(), self.file.is_some(), self.model.is_some()].iter().filter(|is| **is).count();
        if named != 1 {
            let found = if named == 0 { "no shock" } else { "more than one shock" };
            return Err(boxed(key, found.to_owned(), "one of `name`, `file` and `model`"));
        }
        if let (Some(_), Some(_)) = (&self.at, &self.between) {
            return Err(boxed(&at("between"), "found a value beside `at`".to_owned(), "one of the two"));
        }
        let model = match (self.model.take(), self.file.take(), self.name.take()) {
            (Some(model), ..) => model,
            (None, Some(file), _) => read_shock_at(&at("file"), &path_at(&at("file"), &file))?,
            (None, None, name) => shock_at(&at("name"), &name.unwrap_or_default())?,
        };
        self.model = Some(model);
        let misfit =
            |error: crate::synth::ShockError| boxed(&at(&error.key), format!("found {}", error.found), &error.expected);
        self.placed().check().map_err(misfit)
    }

    /// The shock with its start. It has been resolved.
    pub(super) fn placed(&self) -> PlacedShock {
        let Some(shock) = self.model.clone() else { panic!("a shock without a model: {self:?}") };
        let start = match self.between {
            Some([first, last]) => ShockStart::Between(first.0, last.0),
            None => ShockStart::At(self.at.map_or(USUAL_START, |at| at.0)),
        };
        PlacedShock { shock, severity: self.severity, start }
    }
}

/// Funding that the shocks of a scenario charge, after `lines` events of its own.
pub(super) fn funding(file: &ScenarioFile, start: Timestamp, lines: u32) -> Vec<ScriptedEvent> {
    let own = (0, &file.market.shocks, file.seed);
    let several = (0_u8..).zip(&file.markets).map(|(place, market)| {
        // A family has one seed.
        let by_place = || if market.member.is_some() { file.seed } else { seed_of_market(file.seed, u64::from(place)) };
        let seed = market.seed.unwrap_or_else(by_place);
        (place, &market.shocks, seed)
    });
    let mut events = Vec::new();
    for (market, shocks, seed) in std::iter::once(own).chain(several) {
        let placed: Vec<PlacedShock> = shocks.iter().map(ShockFile::placed).collect();
        let starts = Script::new(&placed, start.nanos(), Streams::new(seed));
        for (placed, begins) in placed.iter().zip(starts.starts()) {
            for (after, rate) in placed.funding() {
                let (at, what) = (Timestamp::from_nanos(*begins).plus(after), AccountEvent::FundingAt(rate));
                let line = lines + events.len() as u32 + 1;
                events.push(ScriptedEvent { at, every: None, market: MarketId(market), what, line });
            }
        }
    }
    events
}

/// The shock called `name`, for commands.
///
/// # Errors
/// The names that there are.
pub fn shock_called(name: &str) -> Result<ShockModel, Box<Problem>> {
    shock_at("NAME", name)
}

/// The shock in a file, for commands.
///
/// # Errors
/// The file, and what is wrong with it.
pub fn read_shock(path: &Path) -> Result<ShockModel, Box<Problem>> {
    read_shock_at(&path.display().to_string(), path)
}

fn shock_at(key: &str, name: &str) -> Result<ShockModel, Box<Problem>> {
    ShockModel::called(name).ok_or_else(|| {
        let names: Vec<String> = SHOCKS.iter().map(|(known, _)| (*known).to_owned()).collect();
        let problem = Problem::new(key, format!("found `{name}`"), format!("one of {}", names.join(", ")));
        Box::new(match closest(name, &names) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("a shock of your own is named by `file`"),
        })
    })
}

fn read_shock_at(key: &str, path: &Path) -> Result<ShockModel, Box<Problem>> {
    let text = read_bounded(path)
        .map_err(|error| boxed(key, format!("cannot read {}: {error}", path.display()), "a shock file"))?;
    ShockModel::parse(&text).map_err(|error| boxed(key, error, "a shock in TOML: see docs/shocks.md"))
}

fn boxed(key: &str, found: String, allowed: &str) -> Box<Problem> {
    Box::new(Problem::new(key, found, allowed))
}
