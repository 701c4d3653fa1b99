use super::document::Document;
use super::problem::Problem;
use crate::model::Instrument;
use crate::strategy::Strategy;
use crate::strategy::builtin::{
    Breakout, DoNothing, HedgedMaker, MarketMaker, MeanReversion, MovingAverageCross, ParameterError,
};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Builds a strategy from a scenario's `[bot.parameters]` for one instrument: that of the first market.
pub type Factory = fn(&Parameters, &Instrument) -> Result<Box<dyn Strategy>, ParamError>;

/// Builds a strategy for the instruments of all markets of a run, in order; there is always one.
pub type MarketsFactory = fn(&Parameters, &[Instrument]) -> Result<Box<dyn Strategy>, ParamError>;

/// How a strategy is built.
#[derive(Debug, Clone, Copy)]
pub(super) enum Builder {
    First(Factory),
    All(MarketsFactory),
}

impl Builder {
    pub(super) fn build(self, given: &Parameters, instruments: &[Instrument]) -> Result<Box<dyn Strategy>, ParamError> {
        match self {
            Self::First(factory) => factory(given, &instruments[0]),
            Self::All(factory) => factory(given, instruments),
        }
    }
}

/// The strategies a program can put on trial, by the name that scenarios use, and who the program is.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    factories: BTreeMap<String, Builder>,
    identity: Option<BotIdentity>,
}

impl Registry {
    /// No strategies.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The strategies that come with seatrial.
    #[must_use]
    pub fn builtin() -> Self {
        Self::empty()
            .with("market-maker", |given, instrument| Ok(Box::new(MarketMaker::new(given.read()?, instrument)?)))
            .with("moving-average-cross", |given, instrument| {
                Ok(Box::new(MovingAverageCross::new(given.read()?, instrument)?))
            })
            .with("mean-reversion", |given, instrument| Ok(Box::new(MeanReversion::new(given.read()?, instrument)?)))
            .with("breakout", |given, instrument| Ok(Box::new(Breakout::new(given.read()?, instrument)?)))
            .with_markets("hedged-maker", |given, instruments| {
                Ok(Box::new(HedgedMaker::new(given.read()?, instruments)?))
            })
            .with("do-nothing", |given, _| {
                given.read::<NoParameters>()?;
                Ok(Box::new(DoNothing))
            })
    }

    /// The same with one more strategy. A name that is already there is taken over.
    #[must_use]
    pub fn with(mut self, name: &str, factory: Factory) -> Self {
        self.factories.insert(name.to_owned(), Builder::First(factory));
        self
    }

    /// The same with one more strategy, which trades several markets. A name that is already there is taken over.
    #[must_use]
    pub fn with_markets(mut self, name: &str, factory: MarketsFactory) -> Self {
        self.factories.insert(name.to_owned(), Builder::All(factory));
        self
    }

    /// The same with the identity of the crate that holds the strategies: `seatrial::bot_identity!()`.
    #[must_use]
    pub fn identified(mut self, identity: BotIdentity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(String::as_str)
    }

    /// True when there is a strategy of that name.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.factories.contains_key(name)
    }

    pub(super) fn builder(&self, name: &str) -> Option<Builder> {
        self.factories.get(name).copied()
    }

    /// Who the program is; seatrial itself unless the caller said otherwise.
    #[must_use]
    pub fn identity(&self) -> BotIdentity {
        self.identity.clone().unwrap_or_else(BotIdentity::of_seatrial)
    }
}

/// Which crate the strategies under test come from. Recorded in the manifest of every run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BotIdentity {
    /// Name of the crate.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it was built from: a commit, or whatever names a build. `None`: the manifest holds a hash of the program.
    pub build: Option<String>,
    /// Whether the source had changes that no commit holds; `None` when nobody knows.
    pub dirty: Option<bool>,
}

impl BotIdentity {
    /// seatrial itself, for the built-in strategies.
    #[must_use]
    pub fn of_seatrial() -> Self {
        let known = |text: &str| (text != "unknown").then(|| text.to_owned());
        Self {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: known(env!("SEATRIAL_BUILD_COMMIT")),
            dirty: known(env!("SEATRIAL_BUILD_DIRTY")).map(|dirty| dirty == "true"),
        }
    }

    /// What `bot_identity!` saw while the caller was compiled.
    #[must_use]
    pub fn new(name: &str, version: &str, build: Option<&str>, dirty: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            build: build.map(str::to_owned),
            dirty: dirty.map(|dirty| dirty == "true"),
        }
    }
}

/// The identity of the crate this stands in: its name and version, and, where its build script sets `BOT_BUILD_ID` and
/// `BOT_BUILD_DIRTY` (`true` or `false`), what it was built from.
#[macro_export]
macro_rules! bot_identity {
    () => {
        $crate::cli::BotIdentity::new(
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION"),
            option_env!("BOT_BUILD_ID"),
            option_env!("BOT_BUILD_DIRTY"),
        )
    };
}

/// What a scenario says under `[bot.parameters]`.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    document: Document,
    at: &'static str,
}

impl Parameters {
    pub(super) const AT: &'static str = "bot.parameters";

    pub(super) fn of(document: &Document) -> Self {
        Self { document: document.clone(), at: Self::AT }
    }

    /// Parameters from a TOML text of their own, for tests of a strategy.
    ///
    /// # Errors
    /// What is no TOML.
    pub fn parse(text: &str) -> Result<Self, ParamError> {
        let mut document = Document::default();
        document.add("parameters", text).map_err(ParamError)?;
        Ok(Self { document, at: "" })
    }

    /// Reads the parameters as `T`. Give `T` `#[serde(deny_unknown_fields)]`, so that a misspelt name is an error, and
    /// `#[serde(default)]` where a parameter may be left out.
    ///
    /// # Errors
    /// Everything that does not fit `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ParamError> {
        let mut problems = Vec::new();
        match self.document.read(self.at, &mut problems) {
            Some(read) if problems.is_empty() => Ok(read),
            _ => Err(ParamError(problems)),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

/// Parameters that a strategy cannot work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamError(pub Vec<Problem>);

impl std::fmt::Display for ParamError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::problem::Problems(self.0.clone()).fmt(f)
    }
}

impl std::error::Error for ParamError {}

impl From<ParameterError> for ParamError {
    fn from(error: ParameterError) -> Self {
        let key = format!("{}.{}", Parameters::AT, error.name);
        Self(vec![Problem::new(key, format!("found {}", error.found), error.expected)])
    }
}
