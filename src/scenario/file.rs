//! A scenario as it stands in its file: every key, its default, its words. Ranges are checked in `check`.

use super::bots::OneBotFile;
use super::command::CommandFile;
use super::delisting::DelistingFile;
use super::disturbance::DisturbanceFile;
use super::event::EventFile;
use super::family::FamilyFile;
use super::feed::FeedFile;
use super::flow::FlowFile;
use super::latency::LatencyFile;
use super::mode::ModeFile;
use super::peak::PeakLoadFile;
use super::problem::Problem;
use super::reinvest::ReinvestFile;
use super::remix::RemixFile;
use super::shock::ShockFile;
use super::sink::SinkFile;
use super::stability::StabilityFile;
use super::text::{Decimal, SpanText};
use super::volatility::VolatilityFile;
use super::wire::{FaultsFile, GatewayFile};
use crate::alert::AlertConfig;
use crate::engine::ViewMode;
use crate::gates::{GateConfig, Setting};
use crate::journal::Detail;
use crate::model::{SelfTradePrevention, TriggerSource};
use crate::readiness::{Readiness, ResourceLimits};
use crate::synth::SimpleMarketConfig;
use crate::units::{Price, Rounding, SECOND};
use crate::venue::{BarPath, Crossing, FillPreset, QueueModel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A trial: which market, which venue, which bot, which gates, how long, and what has to hold in the end.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScenarioFile {
    /// Must be `paper`: there is no other way to run.
    #[schemars(required)]
    pub mode: Option<Mode>,
    /// Name of the scenario, in reports and folder names. By default the name of the file.
    pub name: Option<String>,
    /// What it is for, in a sentence or two.
    pub description: String,
    /// Limits named after a checklist (`seatrial gates presets`), which the scenario's own go over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Seed of every random stream.
    pub seed: u64,
    /// Where market data come from.
    pub market: MarketFile,
    /// Several markets in one run, in place of `market`: one bot sees and trades all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub markets: Vec<OneMarketFile>,
    /// Generated markets that hang together: `markets` says which of them are traded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<FamilyFile>,
    /// The simulated venue.
    pub venue: VenueFile,
    /// The bot on trial.
    #[serde(skip_serializing_if = "BotFile::is_nobody")]
    pub bot: BotFile,
    /// Several bots of one user, in place of `bot`: each has an account of its own at all markets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bots: Vec<OneBotFile>,
    /// What the account holds at the start.
    pub opening: OpeningFile,
    /// How the run goes.
    pub run: RunFile,
    /// Limits of the gates between bot and venue.
    pub gates: GateConfig,
    /// Many runs over violent markets in place of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volatility: Option<VolatilityFile>,
    /// Many runs over seeds, and with one thing moved at a time, in place of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stability: Option<StabilityFile>,
    /// What a person hears of while it trades, or `"off"`.
    pub alerts: Setting<AlertConfig>,
    /// What the bot is told to do: pause, stop, kill, flatten, restart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandFile>,
    /// What goes wrong around it: feeds that stall, venues that answer slowly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disturbances: Vec<DisturbanceFile>,
    /// Markets that their venues take away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delistings: Vec<DelistingFile>,
    /// Markets that take post-only or limit orders, or cancels, alone for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<ModeFile>,
    /// The bot's end of a wire that can lose messages; without `gateway` and `faults` none is lost, and a careful one is there all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayFile>,
    /// How the bot supervises its market data; without it, and without a fault of the feed, they come as the tape has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<FeedFile>,
    /// What goes wrong on that wire, and on that feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<FaultsFile>,
    /// What its venues charge or give without a fill: funding, fees afterwards, corrections by hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventFile>,
    /// Once a day, what the `bots` have realised moves money between them; without the table nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reinvest: Option<ReinvestFile>,
    /// Where its alerts are delivered once it has ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sinks: Vec<SinkFile>,
    /// What the run may take of the machine; judged beside the run, since another machine gives other figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourceLimits>,
    /// The busiest hour of its market once more beyond the market's highest rates, as a part of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_load: Option<PeakLoadFile>,
    /// What has to hold, which controls must have acted, what is waived.
    pub readiness: Readiness,
    /// The short cut that tests run.
    pub ci: CiFile,
}

/// How orders are executed. Paper is all there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Simulated against market data.
    Paper,
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "paper" => Ok(Self::Paper),
            _ => Err(serde::de::Error::custom(format!(
                "found `{text}`, expected `paper`: seatrial has no code path to a real venue"
            ))),
        }
    }
}

/// A tape or settings of a generator; without any, the simple generator with its defaults.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarketFile {
    /// Tape to replay; relative to the folder of the scenario file.
    pub tape: Option<String>,
    /// A generated market, the simple one.
    pub synthetic: Option<SyntheticFile>,
    /// A generated market of single orders.
    pub flow: Option<FlowFile>,
    /// A tape in another order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remix: Option<RemixFile>,
    /// Violent things that happen in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shocks: Vec<ShockFile>,
}

/// One of several markets: a tape or settings of the generator, and what the account holds there.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OneMarketFile {
    /// Tape to replay; relative to the folder of the scenario file.
    pub tape: Option<String>,
    /// A generated market, the simple one.
    pub synthetic: Option<SyntheticFile>,
    /// A generated market of single orders.
    pub flow: Option<FlowFile>,
    /// Symbol of a market of the `family`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// A tape in another order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remix: Option<RemixFile>,
    /// Violent things that happen in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shocks: Vec<ShockFile>,
    /// Seed of a generated market; without one the scenario's seed plus the market's place.
    pub seed: Option<u64>,
    /// Symbol of a generated market.
    pub symbol: Option<String>,
    /// Base asset of a generated market.
    pub base: Option<String>,
    /// Quote asset of a generated market.
    pub quote: Option<String>,
    /// Name of the venue of a generated market; without one `synthetic`.
    pub venue: Option<String>,
    /// What the account holds in this market at the start; without it the scenario's `opening`.
    pub opening: Option<OpeningFile>,
}

/// The simple generator: a random walk with a book around it. A test load, not a model of any real market.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyntheticFile {
    /// How much market to generate.
    pub duration: SpanText,
    /// Tick in quote per base.
    pub tick_size: Decimal,
    /// Quantity step in base.
    pub step_size: Decimal,
    /// Price at the start.
    pub start_price: Decimal,
    /// Market events a second on average.
    pub messages_per_second: u32,
    /// Standard deviation of a day's price change, in basis points.
    pub volatility_bps_per_day: u32,
}

impl Default for SyntheticFile {
    fn default() -> Self {
        let simple = SimpleMarketConfig::default();
        Self {
            duration: SpanText(simple.duration),
            tick_size: Decimal(simple.tick_size),
            step_size: Decimal(simple.step_size),
            start_price: Decimal::whole(60_000),
            messages_per_second: simple.messages_per_second,
            volatility_bps_per_day: simple.volatility_bps_per_day,
        }
    }
}

impl SyntheticFile {
    /// The generator's settings. `key` is where they stand in the scenario.
    ///
    /// # Errors
    /// What is wrong with the first one out of range.
    pub(super) fn config(&self, key: &str) -> Result<SimpleMarketConfig, Box<Problem>> {
        let ticks = self.start_price.multiple_of(self.tick_size.0).map_err(|allowed| {
            Box::new(Problem::new(format!("{key}.start_price"), format!("found {}", self.start_price), allowed))
        })?;
        let config = SimpleMarketConfig {
            duration: self.duration.0,
            tick_size: self.tick_size.0,
            step_size: self.step_size.0,
            start_price: Price::new(ticks),
            messages_per_second: self.messages_per_second,
            volatility_bps_per_day: self.volatility_bps_per_day,
            ..SimpleMarketConfig::default()
        };
        config.check().map(|()| config).map_err(|error| {
            let key = format!("{key}.{}", error.key);
            Box::new(Problem::new(key, format!("found {}", error.found), error.expected))
        })
    }
}

/// The simulated venue: what is assumed where the data leave a fill open.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VenueFile {
    /// Named fill rules. With a band, the other two of `optimistic`, `neutral` and `pessimistic` run beside it.
    pub fills: FillPreset,
    /// Departures from the named fill rules, one by one. A run with departures has no band.
    pub rules: RulesFile,
    /// Time between bot and venue.
    pub latency: LatencyFile,
    /// Fees other than the instrument's own.
    pub fees: Option<FeesFile>,
    /// Which price fires stop and take-profit orders.
    pub trigger: TriggerSource,
    /// What happens when two own orders would meet.
    pub self_trade: SelfTradePrevention,
    /// In which order a bar's prices were reached (bar tapes).
    pub bar_path: BarPath,
    /// Ticks that a taking order pays beyond the last price where no book is known (trade and bar tapes).
    pub assumed_half_spread_ticks: u32,
    /// Quantity assumed ahead of a resting order where no book is known (trade tapes); without it a trade at the very
    /// price never reaches the order.
    pub assumed_queue_ahead: Option<Decimal>,
    /// Largest worst-case position as a multiple of equity (linear contracts); without it there is no check.
    pub leverage_max: Option<u32>,
    /// How many orders of which nothing was filled the venue takes within a while; cancels give nothing back, first fills do. Without it there is no
    /// such budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_budget: Option<OrderBudgetFile>,
}

/// A venue's budget of orders.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBudgetFile {
    /// Most orders.
    pub orders: u32,
    /// Within so long.
    pub within: SpanText,
}

/// Single fill rules; a rule that is not given is the preset's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RulesFile {
    /// Who is ahead of a resting order.
    pub queue: Option<QueueModel>,
    /// A trade at the very price of a resting order can fill it.
    pub at_price: Option<bool>,
    /// What a best price at or through a resting order does.
    pub crossing: Option<Crossing>,
    /// A bar that only touches a limit price fills it.
    pub touch_fills: Option<bool>,
    /// Orders can fill in parts.
    pub partial_fills: Option<bool>,
    /// What the bot took stays taken until the level gains.
    pub liquidity_memory: Option<bool>,
    /// One print is shared among own orders.
    pub shared_prints: Option<bool>,
    /// Own orders meet each other.
    pub own_orders_meet: Option<bool>,
    /// A post-only order whose amend would take is left as it was; off: the amend ends it.
    pub refused_amends_spare: Option<bool>,
    /// Balance and leverage are checked.
    pub funds_checked: Option<bool>,
}

/// Fees as fractions of notional.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeesFile {
    /// For a resting order; negative is a rebate.
    pub maker: Decimal,
    /// For an order that takes.
    pub taker: Decimal,
    /// Which way a fee is rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Decimals a fee is rounded to.
    #[serde(default = "fee_decimals")]
    pub decimals: u8,
}

fn fee_decimals() -> u8 {
    8
}

/// The bot on trial.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BotFile {
    /// Name of the strategy.
    pub strategy: String,
    /// It does not heed a kill: to see that such a bot is found out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignores_kill: bool,
    /// The strategy's own parameters.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    pub parameters: toml::Table,
}

impl BotFile {
    /// In the place of one bot, where there are several and none of them is on trial.
    pub(super) fn nobody() -> Self {
        Self { strategy: String::new(), ..Self::default() }
    }

    fn is_nobody(&self) -> bool {
        self.strategy.is_empty()
    }
}

impl Default for BotFile {
    fn default() -> Self {
        Self { strategy: "market-maker".to_owned(), parameters: toml::Table::new(), ignores_kill: false }
    }
}

/// What the account holds at the start.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpeningFile {
    /// Amount of the quote asset.
    pub quote: Decimal,
    /// Position in base units (or contracts); for spot the base held.
    pub position: Decimal,
    /// Price the position was entered at; without one it is valued at the market's first mid.
    pub position_price: Option<Decimal>,
}

impl Default for OpeningFile {
    fn default() -> Self {
        Self { quote: Decimal::whole(10_000), position: Decimal::whole(0), position_price: None }
    }
}

/// How the run goes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RunFile {
    /// Distance of the risk clock's ticks, at which equity is marked and breakers are evaluated.
    pub risk_clock: SpanText,
    /// How the bot sees the market.
    pub view: ViewMode,
    /// Stop after this many market rows (or bars).
    pub max_rows: Option<u64>,
    /// Stop after this much venue time.
    pub duration: Option<SpanText>,
    /// How much of each journal is kept: `full`, `windows` (the blocks around what mattered), or `digest`. Digest, figures and
    /// verdict are the same; what was not kept is had again by replay.
    pub journal: Detail,
    /// Run the other fill presets beside the scenario's own where the data leave fills open.
    pub band: bool,
    /// Of several bots, the one on trial; the others run beside it. Without it each of them is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<String>,
}

impl Default for RunFile {
    fn default() -> Self {
        Self {
            risk_clock: SpanText(SECOND),
            view: ViewMode::Auto,
            max_rows: None,
            duration: None,
            journal: Detail::Full,
            band: true,
            bot: None,
        }
    }
}

/// The short cut that tests run: at most 5 s of computing.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CiFile {
    /// Stop after this many market rows (or bars).
    pub max_rows: u64,
    /// Seed of the cut, where the scenario's own shows little in so few rows.
    pub seed: Option<u64>,
}

impl Default for CiFile {
    fn default() -> Self {
        Self { max_rows: 200_000, seed: None }
    }
}

impl Default for ScenarioFile {
    fn default() -> Self {
        Self {
            mode: None,
            name: None,
            description: String::new(),
            preset: None,
            seed: 1,
            market: MarketFile::default(),
            markets: Vec::new(),
            family: None,
            volatility: None,
            stability: None,
            resources: None,
            peak_load: None,
            venue: VenueFile::default(),
            bot: BotFile::default(),
            bots: Vec::new(),
            opening: OpeningFile::default(),
            run: RunFile::default(),
            gates: GateConfig::default(),
            alerts: Setting::default(),
            commands: Vec::new(),
            disturbances: Vec::new(),
            delistings: Vec::new(),
            modes: Vec::new(),
            gateway: None,
            feed: None,
            faults: None,
            events: Vec::new(),
            reinvest: None,
            sinks: Vec::new(),
            readiness: Readiness::default(),
            ci: CiFile::default(),
        }
    }
}
