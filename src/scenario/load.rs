use super::bots;
use super::check;
use super::checklist;
use super::delisting;
use super::document::Document;
use super::file::{BotFile, Mode, ScenarioFile};
use super::latency::forget_other_models;
use super::market::MarketPlan;
use super::preset;
use super::problem::{Problem, Problems};
use super::registry::{Parameters, Registry};
use super::stability;
use super::volatility::VolatilityFile;
use super::{family, flow, shock, unfold};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A commented scenario to start from.
pub const TEMPLATE: &str = include_str!("template.toml");

/// The scenario that runs when nobody names one: seven days on paper.
pub const DEFAULT_SCENARIO: &str = include_str!("../../scenarios/soak-7d.toml");

/// The scenario that runs on tapes when nobody names one: a recording has its own length, and answers to nobody.
pub const DEFAULT_FOR_TAPES: &str = include_str!("../../scenarios/backtest.toml");

/// What the command line says beside the scenario file. It wins over the file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--set key=value`, in order; a new strategy first. It does not take over the file's parameters of another one.
    pub set: Vec<String>,
    /// `--seed`.
    pub seed: Option<u64>,
    /// `--tape`, as often as given.
    pub tapes: Vec<PathBuf>,
    /// `--no-band`.
    pub no_band: bool,
    /// `--ci`.
    pub ci: bool,
}

/// A scenario whose every value is in range. What depends on the instrument is checked when it is bound to a market.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Name in reports and folder names.
    pub name: String,
    /// File it came from; `None` for the built-in one.
    pub origin: Option<PathBuf>,
    /// The resolved values.
    pub file: ScenarioFile,
    pub(super) document: Document,
}

/// One resolved value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Setting {
    /// Dotted key.
    pub key: String,
    /// Value as TOML.
    pub value: String,
    /// `default`, `file:line`, `--set`, ...
    pub source: String,
}

impl Scenario {
    /// Reads the built-in scenario: the one for tapes, where the overrides name one.
    ///
    /// # Errors
    /// Problems that the overrides brought in.
    pub fn builtin(overrides: &Overrides, registry: &Registry) -> Result<Self, Problems> {
        if !overrides.tapes.is_empty() {
            return Self::backtest(overrides, registry);
        }
        Self::parse("scenarios/soak-7d.toml", DEFAULT_SCENARIO, None, overrides, registry)
    }

    /// Reads the built-in scenario for tapes: that of drills and proofs too, whose limits stand in nobody's way.
    ///
    /// # Errors
    /// Problems that the overrides brought in.
    pub fn backtest(overrides: &Overrides, registry: &Registry) -> Result<Self, Problems> {
        Self::parse("scenarios/backtest.toml", DEFAULT_FOR_TAPES, None, overrides, registry)
    }

    /// Reads and checks a scenario file.
    ///
    /// # Errors
    /// Everything wrong with it, each with its place.
    pub fn load(path: &Path, overrides: &Overrides, registry: &Registry) -> Result<Self, Problems> {
        let text = read_bounded(path).map_err(|error| {
            let problem = Problem::new(path.display().to_string(), format!("cannot read: {error}"), "a scenario file");
            Problems(vec![problem.hint("`seatrial scenario new NAME` writes one to start from")])
        })?;
        Self::parse(&path.display().to_string(), &text, Some(path), overrides, registry)
    }

    /// Reads and checks the text of a scenario. `name` is how messages call it.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(
        name: &str,
        text: &str,
        origin: Option<&Path>,
        overrides: &Overrides,
        registry: &Registry,
    ) -> Result<Self, Problems> {
        let mut document = Document::default();
        document.add(name, text).map_err(Problems::sorted)?;
        let mut problems = overrides.apply(&mut document).err().unwrap_or_default();
        let mut document = preset::below(document).map_err(|problem| Problems::sorted(vec![*problem]))?;
        forget_other_models(&mut document);
        let mut file = document.read::<ScenarioFile>("", &mut problems);
        if let Some(file) = &mut file {
            let mut misfits = unfold::problems(file);
            misfits.extend(checklist::problems(file));
            unfold::unfold(file);
            checklist::unfold(file);
            delisting::unfold(file);
            // Limits and commands of single bots are looked at one by one.
            let misfits = misfits.into_iter().chain(check::problems(&bots::in_common(file), registry));
            let misfits = misfits.chain(name_problem(file, origin));
            problems.extend(misfits.map(|problem| document.located(problem)));
            if problems.is_empty() {
                problems = bots::read(&document, file, &|file| check::problems(file, registry));
            }
            match bots::own_place(file) {
                Some(place) if problems.is_empty() => {
                    bots::put_on_trial(file, place);
                    document = bots::as_bot(&document, place);
                }
                None if !file.bots.is_empty() => file.bot = BotFile::nobody(),
                _ => {}
            }
        }
        match file {
            Some(file) if problems.is_empty() => Self::resolved(file, document, origin, overrides).modelled(),
            _ => Err(Problems::sorted(problems)),
        }
    }

    /// With the models of its markets in place.
    fn modelled(mut self) -> Result<Self, Problems> {
        let mut file = self.file.clone();
        let path_at = |key: &str, path: &str| self.path_at(key, path);
        let mut problems = flow::resolve(&mut file, &path_at);
        problems.extend(shock::resolve(&mut file, &path_at));
        problems.extend(family::resolve(&mut file, &path_at));
        self.file = file;
        if problems.is_empty() {
            return Ok(self);
        }
        let located = problems.into_iter().map(|problem| self.document.located(problem));
        Err(Problems::sorted(located.collect()))
    }

    fn resolved(mut file: ScenarioFile, mut document: Document, origin: Option<&Path>, overrides: &Overrides) -> Self {
        if overrides.ci {
            file.volatility.iter_mut().for_each(VolatilityFile::cut);
            let rows = file.ci.max_rows.min(file.run.max_rows.unwrap_or(u64::MAX));
            // Many runs that are parts of each other are cut by time.
            let is_cut_by_time = stability::cut(&mut file);
            file.run.max_rows = if is_cut_by_time { None } else { Some(rows) };
            let told = document.source_of("seed").is_some_and(|source| source.starts_with("--"));
            let mut cut = if is_cut_by_time { String::new() } else { format!("run.max_rows = {rows}") };
            if let Some(seed) = file.ci.seed.filter(|_| !told) {
                file.seed = seed;
                cut = format!("seed = {seed}\n{cut}");
            }
            let layer = document.add("--ci", &cut);
            assert!(layer.is_ok(), "a generated layer must be TOML, found {layer:?}");
        }
        file.venue.latency = file.venue.latency.resolved();
        let (opening, seed) = (file.opening.clone(), file.seed);
        let is_common = file.bots.is_empty();
        for (place, market) in (0_u64..).zip(&mut file.markets) {
            if is_common {
                market.opening.get_or_insert_with(|| opening.clone());
            }
            if market.tape.is_none() && market.member.is_none() {
                if market.flow.is_none() && market.remix.is_none() {
                    market.synthetic.get_or_insert_default();
                }
                market.seed.get_or_insert(seed_of_market(seed, place));
            }
        }
        let market = &file.market;
        let is_named =
            market.tape.is_some() || market.flow.is_some() || market.remix.is_some() || file.family.is_some();
        if !is_named && file.markets.is_empty() {
            file.market.synthetic.get_or_insert_default();
        }
        let name = name_of(&file, origin);
        Self { name: folder_name(&name), origin: origin.map(Path::to_path_buf), file, document }
    }

    /// The strategy's parameters.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        Parameters::of(&self.document)
    }

    /// Its markets, in order.
    #[must_use]
    pub fn markets(&self) -> Vec<MarketPlan> {
        MarketPlan::all(self)
    }

    /// A file that the scenario names: relative to the scenario's own folder, unless an argument names it.
    pub(super) fn path_at(&self, key: &str, path: &str) -> PathBuf {
        let from_argument = self.document.source_of(key).is_some_and(|source| source.starts_with("--"));
        match self.origin.as_deref().and_then(Path::parent) {
            Some(folder) if !from_argument => folder.join(path),
            _ => PathBuf::from(path),
        }
    }

    /// Every resolved value with its source, by key.
    ///
    /// # Panics
    /// Never: a scenario that was read from TOML can be written as TOML.
    #[must_use]
    pub fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        flatten(String::new(), &self.value(), &mut settings);
        for setting in &mut settings {
            setting.source = self.source_of(&setting.key);
            if setting.source == "default"
                && (setting.key.contains("flow.model.") || setting.key.starts_with("family.model."))
            {
                "the market's model".clone_into(&mut setting.source);
            }
            if setting.source == "default" && setting.key.contains(".shocks[") {
                "the shock".clone_into(&mut setting.source);
            }
        }
        settings
    }

    /// The whole scenario, resolved. Run ids follow from it: nothing of it may get lost in silence.
    fn value(&self) -> toml::Value {
        let value = toml::Value::try_from(&self.file);
        value.unwrap_or_else(|error| panic!("the scenario `{}` has no TOML: {error}", self.name))
    }

    /// Gates that are armed and have nothing to be set: no value says so, and a text without them would leave them off.
    ///
    /// # Panics
    /// Never: as [`settings`](Self::settings).
    #[must_use]
    pub fn armed_without_settings(&self) -> Vec<Setting> {
        let value = self.value();
        let gates = value.get("gates").and_then(toml::Value::as_table).into_iter().flatten();
        let is_armed = |gate: &toml::Value| gate.as_table().is_some_and(toml::Table::is_empty);
        let armed = gates.filter(|(_, gate)| is_armed(gate)).map(|(name, _)| format!("gates.{name}"));
        armed.map(|key| Setting { source: self.source_of(&key), value: "{}".to_owned(), key }).collect()
    }

    fn source_of(&self, key: &str) -> String {
        self.document.source_of(key).unwrap_or_else(|| "default".to_owned())
    }
}

/// What names a trial: every resolved value that can change what happens or how it is judged, and no name, path, word meant
/// for people only, or how much is kept. Settings are in order of key, so that equal scenarios give equal texts.
#[must_use]
pub fn canonical(settings: &[Setting]) -> String {
    let told_apart = |setting: &&Setting| {
        let key = setting.key.as_str();
        let paths = ["].tape", "].flow.name", "].remix.tape"];
        let is_path = key.starts_with("markets[") && paths.iter().any(|path| key.ends_with(path));
        let is_reason = key.starts_with("commands[") && key.ends_with("].reason");
        let words = [
            "name",
            "description",
            "market.tape",
            "market.remix.tape",
            "market.flow.name",
            "family.name",
            "run.journal",
        ];
        let is_word = words.contains(&key) || is_reason;
        let is_sink = key.starts_with("sinks[");
        !is_word && !is_path && !is_sink && !key.starts_with("ci.")
    };
    settings.iter().filter(told_apart).map(|setting| format!("{} = {}\n", setting.key, setting.value)).collect()
}

impl Overrides {
    /// The tapes as a layer of the scenario: one is its market, several are its markets.
    fn tape_layer(&self) -> String {
        let text = |tape: &PathBuf| toml::Value::String(tape.display().to_string()).to_string();
        match self.tapes.as_slice() {
            [tape] => format!("market.tape = {}", text(tape)),
            tapes => tapes.iter().map(|tape| format!("[[markets]]\ntape = {}\n", text(tape))).collect(),
        }
    }

    fn apply(&self, document: &mut Document) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        if !self.tapes.is_empty() {
            document.forget("market");
            document.forget("markets");
            document.forget("family");
            problems.extend(document.add("--tape", &self.tape_layer()).err());
        }
        if let Some(seed) = self.seed {
            problems.extend(document.add("--seed", &format!("seed = {seed}")).err());
        }
        if self.no_band {
            problems.extend(document.add("--no-band", "run.band = false").err());
        }
        let (strategy, others): (Vec<_>, Vec<_>) = self.set.iter().partition(|set| set.starts_with("bot.strategy="));
        let before = document.text_at("bot.strategy").map(str::to_owned);
        problems.extend(strategy.into_iter().filter_map(|argument| document.set(argument).err()));
        if document.text_at("bot.strategy") != before.as_deref() {
            // The file's parameters are those of the strategy that it names.
            document.forget("bot.parameters");
        }
        problems.extend(others.into_iter().filter_map(|argument| document.set(argument).err()));
        if problems.is_empty() { Ok(()) } else { Err(problems.into_iter().flatten().collect()) }
    }
}

/// Seed of a generated market that has none of its own: never one that TOML cannot write.
pub(super) const fn seed_of_market(seed: u64, place: u64) -> u64 {
    seed.wrapping_add(place) & i64::MAX as u64
}

/// Keys and values below `value`, arrays of plain values as one.
fn flatten(key: String, value: &toml::Value, settings: &mut Vec<Setting>) {
    let join = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(name, value)| flatten(join(name), value, settings)),
        toml::Value::Array(items) if items.iter().any(toml::Value::is_table) => {
            let numbered = items.iter().enumerate();
            numbered.for_each(|(index, item)| flatten(format!("{key}[{index}]"), item, settings));
        }
        leaf => settings.push(Setting { key, value: leaf.to_string(), source: String::new() }),
    }
}

/// The values in the text of a resolved scenario, without sources; `None` when it is no TOML.
pub(super) fn settings_of(text: &str) -> Option<Vec<Setting>> {
    let value: toml::Value = toml::from_str(text).ok()?;
    let mut settings = Vec::new();
    flatten(String::new(), &value, &mut settings);
    Some(settings)
}

/// The name of a scenario: its own, else that of its file.
fn name_of(file: &ScenarioFile, origin: Option<&Path>) -> String {
    let stem = origin.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
    file.name.clone().or(stem).unwrap_or_else(|| "default".to_owned())
}

/// Longest name: with what is added to it, a folder can still be called so.
const NAME_BYTES_MAX: usize = 200;

fn name_problem(file: &ScenarioFile, origin: Option<&Path>) -> Option<Problem> {
    let bytes = name_of(file, origin).len();
    let hint = match file.name {
        Some(_) => "the folder of a run is called after it; `description` has room for words",
        None => "without a `name` the scenario is called as its file; give it a `name`",
    };
    let problem = || Problem::new("name", format!("found {bytes} bytes"), format!("at most {NAME_BYTES_MAX} bytes"));
    (NAME_BYTES_MAX < bytes).then(|| problem().hint(hint))
}

/// `name` as a part of a folder's name: letters, digits, dots, dashes and underscores.
fn folder_name(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = name.chars().map(kept).collect();
    let name = name.trim_matches('.');
    if name.is_empty() { "scenario".to_owned() } else { name.to_owned() }
}

/// The JSON schema of scenario files.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(ScenarioFile)
}

impl Mode {
    /// As in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
        }
    }
}

/// Most bytes of a scenario.
const BYTES_MAX: u64 = 1 << 24;

/// The text of a scenario file. Devices without an end have one here.
pub(super) fn read_bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    match read as u64 <= BYTES_MAX {
        true => Ok(text),
        false => Err(std::io::Error::other(format!("more than {BYTES_MAX} bytes"))),
    }
}
