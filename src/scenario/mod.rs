//! From a file to a checked scenario to a run to a folder of evidence.
//!
//! A [`Scenario`] is read from layers of TOML ([`Document`]), checked whole, and bound to a market ([`Trial`]). [`execute`]
//! runs all its lanes in one pass; the [`Manifest`] and the journals are the evidence, from which [`FinishedRun`] computes
//! figures and verdict, right after the run and years later alike.
//!
//! Order rule: a later layer of values wins over an earlier one: defaults, file, `--tape`, `--seed`, `--no-band`, `--set`.
//! Invariants: nothing runs unless `mode = "paper"` is written; every value in a run was checked; every problem has its
//! place; a folder of results appears whole or not at all; a manifest holds no clock time and no machine's name.
//! Known limits: one strategy a bot; venue rules, fees and gates are the same for every market.

mod audit;
mod believability;
mod bots;
mod campaign;
mod campaign_figures;
mod campaign_kept;
mod check;
mod checklist;
mod checkpoint;
mod closed;
mod command;
mod compare;
mod defaults;
mod delisting;
mod derived;
mod disturbance;
mod document;
#[cfg(test)]
mod document_tests;
pub mod drill;
mod event;
mod event_fill;
mod evidence;
mod execute;
mod family;
mod feed;
mod file;
mod flow;
mod folder;
mod forbidden;
mod frames;
mod kills;
mod latency;
mod ledger;
mod likeness;
mod load;
mod manifest;
mod market;
mod mode;
mod other_journals;
mod pattern;
mod peak;
mod preset;
mod problem;
mod queue_test;
mod read_ahead;
mod registry;
mod reinvest;
mod remix;
mod repeat;
mod replay;
mod resources;
mod saved;
mod secret;
mod session;
mod shock;
mod shrink;
mod sink;
mod stability;
mod stand;
mod text;
mod trial;
mod unfold;
mod user;
mod volatility;
mod watched;
mod wire;

pub use crate::alert::{AlertRule, RULES};
pub use crate::audit::{FOLLOWED, Kill, KillFigures, Times};
pub use crate::bot::gateway::Nonces;
pub use crate::engine::{Held, Progress};
pub use crate::gates::{GateSpec, LimitSpec, catalogue as gate_catalogue};
pub use crate::ledger::{Candidate, CopyProblem, CostMethod, DayRow, Policy, Reinvestment, Transfer};
pub use crate::notify::{Delivered, Message, NotifyError, Outbox, Patience, Sink, Wall, deliver};
pub use audit::{
    Heard, RunAudit, RunAuditError, audit_alerts, audit_event, audit_played, audit_run, audit_setup, audit_trial, wakes,
};
pub use believability::believability;
pub use bots::OneBotFile;
pub use campaign::{CAMPAIGN, Campaign, CampaignError, SEEDS_MAX as CAMPAIGN_SEEDS_MAX, SeedOutcome, run_campaign};
pub use campaign_figures::{CAMPAIGN_FIGURES, CampaignFigures, ControlFigures, SeedFigures};
pub use campaign_kept::KeptSeeds;
pub use checklist::{Checklist, checklists};
pub use checkpoint::{Begun, CHECKPOINTS, CheckpointError, Identity, Keeping, Recovery, refusal as checkpoint_refusal};
pub use closed::{ClosedLoop, Done};
pub use command::{CommandFile, ConditionFile, Kept, Word};
pub use compare::{Difference, compare};
pub use delisting::DelistingFile;
pub use disturbance::{DisturbanceFile, Fault};
pub use document::{Document, closest};
pub use event::{EventFile, EventKind};
pub use evidence::judge;
pub use execute::{
    Executed, LaneRun, RunError, execute, execute_kept, execute_user, execute_user_kept, execute_watched, journal_name,
};
pub use family::{FamilyFile, family_called, read_family};
pub use feed::{FeedFile, without_feed};
pub use file::{
    BotFile, CiFile, FeesFile, MarketFile, Mode, OneMarketFile, OpeningFile, RulesFile, RunFile, ScenarioFile,
    SyntheticFile, VenueFile,
};
pub use flow::{FlowFile, changed_model, model_called, read_model};
pub use folder::{Existing, FolderError, MANIFEST, RunFolder};
pub use frames::write_frames;
pub use kills::{KillPlan, KillsError, check_kills, kill_drill, kills};
pub use latency::{LatencyFile, LatencyModel};
pub use ledger::{
    AccountsRecord, ChainedMarket, Daily, DayReinvestment, FillProblem, LaneChoice, LaneReconciliation,
    MarketStatement, Reinvested, RunChain, RunLedgerError, RunReconciliation, RunReinvestment, RunStatement, TimeOfDay,
    chain_run, export_ledger, reconcile_entries, reconcile_run, reconcile_trial, reinvest_runs, reinvested_in_run,
    statement_entries, statement_of_run, verify_copy,
};
pub use likeness::{Tried, campaign_differences, trial_differences, trial_side};
pub use load::{DEFAULT_FOR_TAPES, DEFAULT_SCENARIO, Overrides, Scenario, Setting, TEMPLATE, canonical, schema};
pub use manifest::{
    Determinism, GateRecord, LaneRecord, MANIFEST_FORMAT, Manifest, MarketRecord, Replayed, ScenarioRecord, gates_hash,
};
pub use market::{FoundMarket, MarketPlan, open_markets, rows_within};
pub use mode::{ModeFile, ModeWord};
pub use pattern::{PatternFile, PatternName};
pub use peak::{PeakLoadFile, peak_load};
pub use preset::{Preset, presets};
pub use problem::{Colour, Excerpt, Problem, Problems};
pub use queue_test::{ModelErrors, PROBE_FOLLOWED, QueueTest, queue_test};
pub use registry::{BotIdentity, Factory, MarketsFactory, ParamError, Parameters, Registry};
pub use reinvest::ReinvestFile;
pub use repeat::{Differing, hourly, repeat};
pub use replay::{BindError, Replay, ReplayError, SCENARIO, bind};
pub use resources::{RESOURCES, RESOURCES_PAGE, ResourceRecord};
pub use saved::{FinishedRun, JudgedAgain, Render, SavedError, Verification, read_manifest, verify};
pub use session::{SessionError, SimulatedLane, SimulatedSession, session_market, simulated_session};
pub use shock::{ShockFile, read_shock, shock_called};
pub use shrink::{FailsBy, ShrinkError, Shrunk, Step, shrink_run};
pub use sink::{RunAlertsError, SinkFile, SinkWord, run_alerts};
pub use stability::{
    KeptRuns, Plan, PlannedAxis, Proofs, ProvedRun, STABILITY_FORMAT, SkewText, StabilityCell, StabilityError,
    StabilityFile, StabilityManifest, StabilityRecord, StabilityRun, StabilityRuns, run_stability, stability_plan,
    verify_stability,
};
pub use stand::{
    AnsweredAs, EntryShown, LastFault, MarketStand, OrderKnown, OrderStand, Stand, StandError, UnknownFate, Until,
    WireStand, stand_at,
};
pub use text::{Decimal, Moment, SpanText, day_start};
pub use trial::{SEMANTICS, Trial, TrialMarket, UserTrials, preset_name, run_id};
pub use unfold::lacking;
pub use user::{BotLane, BotRecord, JudgedRecord, USER_FORMAT, UserManifest, UserRecord};
pub use volatility::{
    Cell, RegimeFile, RunRecord, VOLATILITY_FORMAT, VolatilityError, VolatilityFile, VolatilityManifest,
    VolatilityRuns, calm_market, run_volatility, sampled, scenario_hash, verify_volatility,
};
pub use watched::{BotWatch, CpuClock, RunWatch};
pub use wire::{Connection, FaultsFile, GatewayFile, GatewayName, PolicyName, ScriptedFaultFile};
