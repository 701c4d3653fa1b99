//! A finished run as the report wants it.

use super::answers::venue_answers;
use crate::metrics::{AlertCounts, MovedStatistics, Said, Summary, Told};
use crate::report::{
    self, AlertFacts, AlertItem, AlertRow, Assumption, BandRow, BotFacts, BotRow, ClockFacts, DataFinding, DataGrade,
    DrillResult, FindingSeverity, GateRow, OptionRow, OptionSource, ReportInput, RunFacts, ScenarioFacts, SourceFacts,
    TapeFacts, UserFacts,
};
use crate::scenario::drill::DrillRecord;
use crate::scenario::{
    self, AccountsRecord, AlertRule, BotIdentity, BotRecord, Connection, Determinism, FinishedRun, GateRecord,
    Manifest, RULES, Setting,
};
use crate::synth::without_effect;
use crate::tape::{Fitness, FitnessFinding, Severity, TapeHeader, TapeKind};
use crate::units::Timestamp;
use std::collections::BTreeMap;

/// What no run of this version says anything about.
const NOT_TESTED: [&str; 8] = [
    "faults of feed, order path and venue beyond the scenario's disturbances: lost, doubled or wrong messages, outages",
    "the bot's own failures beyond the scenario's commands: timeouts, retries, reconciliation after a lost connection",
    "shocks: crashes, gaps, halts and dried-up books that the tape does not hold",
    "market impact: recorded participants do not react to the bot's orders",
    "margin and liquidation of contracts, and funding beyond the scenario's events",
    "inverse contracts, trailing stops, one-cancels-other and iceberg orders",
    "queue position by single orders: tapes hold sums of orders a level",
    "drills: controls that had no reason to act in this run",
];

/// The last of them is about controls: what was drilled is no part of it.
fn not_tested(manifest: &Manifest) -> Vec<String> {
    let mut texts = NOT_TESTED.map(str::to_owned).to_vec();
    let drilled: Vec<&str> =
        manifest.drills.iter().filter(|drill| drill.passed()).map(|drill| drill.control.as_str()).collect();
    if let (Some(last), false) = (texts.last_mut(), drilled.is_empty()) {
        last.push_str(&format!(", but for those drilled with the run's own limits: {}", drilled.join(", ")));
    }
    texts
}

/// Commands of the scenario that were never carried out: the run had ended, or no mark showed what they waited for.
fn never_told(run: &FinishedRun, told: &[Told]) -> Option<String> {
    let is_command = |setting: &&Setting| setting.key.starts_with("commands[") && setting.key.ends_with("].do");
    let count = run.manifest.settings.iter().filter(is_command).count();
    let is_missing = |line: &usize| {
        is_meant("commands", *line, &run.manifest) && told.iter().all(|told| told.line as usize != *line)
    };
    let missing: Vec<String> = (1..=count).filter(is_missing).map(|line| line.to_string()).collect();
    let words = "commands of the scenario whose time or condition never came";
    (!missing.is_empty()).then(|| format!("{words}: number {}", missing.join(", ")))
}

/// What the scenario says in line `line` of a list is not meant for another bot.
fn is_meant(list: &str, line: usize, manifest: &Manifest) -> bool {
    let bot = manifest.value(&format!("{list}[{}].bot", line - 1));
    bot == "-" || bot == manifest.value("run.bot")
}

/// How many events the scenario has.
fn count_of_events(manifest: &Manifest) -> usize {
    let is_event = |setting: &&Setting| setting.key.starts_with("events[") && setting.key.ends_with("].kind");
    manifest.settings.iter().filter(is_event).count()
}

/// Why the scenario's events came, where it says so.
fn event_reasons(manifest: &Manifest) -> BTreeMap<u32, String> {
    let lines = (1..).take(count_of_events(manifest));
    lines.filter_map(|line| Some((line, manifest.event_reason(line)?))).collect()
}

/// Events of the scenario that never came: the run had ended.
fn never_came(run: &FinishedRun, moved: &MovedStatistics) -> Option<String> {
    let count = count_of_events(&run.manifest);
    let missing = (1..=count).filter(|line| is_meant("events", *line, &run.manifest));
    let missing = missing.filter(|line| u32::try_from(*line).is_ok_and(|line| !moved.lines.contains(&line)));
    let missing: Vec<usize> = missing.collect();
    let kind = |line: &usize| run.manifest.value(&format!("events[{}].kind", line - 1));
    let sets_right = missing.iter().any(|line| matches!(kind(line).as_str(), "bust" | "correction"));
    let words = match sets_right {
        true => "events of the scenario that never came: there was no such fill, or not the time",
        false => "events of the scenario whose time never came",
    };
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| format!("{words}: number {}", missing.join(", ")))
}

/// Everything a report says, from a run's manifest and figures.
///
/// # Panics
/// When the run has no lane: reading a manifest refuses that.
pub fn report_input(run: &FinishedRun) -> ReportInput {
    let manifest = &run.manifest;
    let Some(summary) = run.summaries.first() else { panic!("a run has 0 lanes, expected 1 or more") };
    ReportInput {
        scenario: scenario_facts(manifest),
        run: run_facts(manifest),
        bot: bot_facts(manifest),
        tapes: manifest.markets().map(|market| tape_facts(&market.name, &market.header)).collect(),
        assessment: run.assessment.clone(),
        summary: summary.clone(),
        band: band(run),
        no_band_because: manifest.no_band_because.clone(),
        believability: manifest.believability.clone(),
        gates: manifest.primary().gates.iter().map(|gate| gate_row(gate, manifest)).collect(),
        audit: manifest.audit.clone(),
        kill_drill: manifest.kill_drill.clone(),
        peak_load: manifest.peak_load.clone(),
        user: user_facts(manifest),
        alerts: alert_facts(manifest, summary),
        assumptions: assumptions(manifest),
        not_tested: not_tested(manifest)
            .into_iter()
            .chain(never_told(run, &summary.commands))
            .chain(never_came(run, &summary.moved))
            .collect(),
        event_reasons: event_reasons(manifest),
        venue_answers: venue_answers(manifest, summary),
        options: manifest.settings.iter().map(option_row).collect(),
        rerun: rerun(manifest),
    }
}

fn user_facts(manifest: &Manifest) -> Option<UserFacts> {
    let user = manifest.user.as_ref()?;
    let bots = user.bots.iter().filter_map(bot_row).collect();
    Some(UserFacts { own: user.own_name().to_owned(), limit: limit_together(manifest), bots })
}

/// What a bot did under the scenario's own fill preset.
pub fn bot_row(bot: &BotRecord) -> Option<BotRow> {
    let lane = bot.lanes.first()?;
    Some(BotRow {
        name: bot.name.clone(),
        strategy: bot.strategy.clone(),
        run_id: bot.run_id.clone(),
        orders: lane.orders,
        fills: lane.fills,
        refused_together: lane.refused_together,
        equity: lane.equity,
    })
}

/// What all bots of a user may do together; empty where nothing is limited.
pub fn limit_together(manifest: &Manifest) -> String {
    let max = manifest.settings.iter().find(|setting| setting.key == "gates.user_orders.max");
    max.map_or_else(String::new, |max| format!("at most {} orders a UTC day", max.value))
}

fn alert_facts(manifest: &Manifest, summary: &Summary) -> AlertFacts {
    let config = manifest.alerts();
    let row = |rule: &AlertRule| {
        let counts = summary.alerts.rules.iter().find(|row| row.rule == rule.id.0);
        let instant = |of: fn(&AlertCounts) -> Timestamp| counts.map(of).unwrap_or_default();
        let count = |of: fn(&AlertCounts) -> u64| counts.map_or(0, of);
        AlertRow {
            name: rule.name.to_owned(),
            severity: rule.severity.to_string(),
            limit: config.limit(rule.id).map_or_else(String::new, |limit| rule.show_limit(limit)),
            is_watched: config.limit(rule.id).is_some(),
            raised: count(|counts| counts.raised),
            reminders: count(|counts| counts.reminders),
            resolved: count(|counts| counts.resolved),
            longest_delay: counts.map(|counts| counts.longest_delay).unwrap_or_default(),
            first_at: instant(|counts| counts.first_at),
            last_at: instant(|counts| counts.last_at),
        }
    };
    AlertFacts {
        within: config.within(),
        rules: RULES.iter().map(row).collect(),
        said: summary.alerts.said,
        first: summary.alerts.first.iter().map(|said| alert_item(said, manifest)).collect(),
    }
}

fn alert_item(said: &Said, manifest: &Manifest) -> AlertItem {
    let rule = RULES.iter().find(|rule| rule.id.0 == said.rule);
    let symbol = manifest.headers().nth(said.market.index()).map(|header| header.instrument.symbol.clone());
    AlertItem {
        at: said.at,
        rule: rule.map_or_else(|| said.rule.to_string(), |rule| rule.name.to_owned()),
        market: symbol.unwrap_or_default(),
        phase: said.phase,
        cause_at: said.cause_at,
        value: rule.map_or_else(String::new, |rule| rule.show(said.value)),
        limit: rule.map_or_else(String::new, |rule| rule.show_limit(said.limit)),
    }
}

/// The report's word for colour.
pub const fn colour(colour: scenario::Colour) -> report::Colour {
    match colour {
        scenario::Colour::On => report::Colour::On,
        scenario::Colour::Off => report::Colour::Off,
    }
}

fn scenario_facts(manifest: &Manifest) -> ScenarioFacts {
    let scenario = &manifest.scenario;
    ScenarioFacts {
        name: scenario.name.clone(),
        description: scenario.description.clone(),
        file: scenario.file.clone().unwrap_or_else(|| "built-in".to_owned()),
        hash: scenario.hash.clone(),
    }
}

fn run_facts(manifest: &Manifest) -> RunFacts {
    RunFacts {
        run_id: manifest.run_id.clone(),
        digest: manifest.primary().digest.to_string(),
        seed: manifest.scenario.seed,
        mode: manifest.scenario.mode.clone(),
        preset: manifest.primary().preset.clone(),
        program: format!("{} {}", manifest.program.name, manifest.program.version),
        build_id: build_id(&manifest.program, manifest.program_hash.as_deref()),
        semantics: manifest.semantics,
        journal_detail: manifest.journal_detail.name().to_owned(),
        gateway: Connection::written(manifest).words(),
        determinism: match &manifest.determinism {
            Determinism::NotChecked => report::Determinism::NotChecked,
            Determinism::Repeated => report::Determinism::Repeated,
            Determinism::Differs { digest, place } => {
                report::Determinism::Differs { digest: digest.clone(), place: place.clone() }
            }
        },
        accounts: accounts(manifest),
    }
}

/// Whether the accounts of the run agree.
pub fn accounts(manifest: &Manifest) -> report::Accounts {
    match &manifest.accounts {
        None => report::Accounts::NotCompared,
        Some(AccountsRecord { fills, first: None, .. }) => report::Accounts::Agree { fills: *fills },
        Some(AccountsRecord { differences, first: Some(first), .. }) => {
            report::Accounts::Differ { differences: *differences, first: first.clone() }
        }
    }
}

fn bot_facts(manifest: &Manifest) -> BotFacts {
    let strategy = &manifest.strategy.name;
    let name = manifest.user.as_ref().map(|user| format!("{} ({strategy})", user.own_name()));
    BotFacts {
        name: name.unwrap_or_else(|| strategy.clone()),
        parameters: manifest.strategy.parameters.clone(),
        build_id: build_id(&manifest.bot, manifest.program_hash.as_deref()),
        is_dirty: manifest.bot.dirty.unwrap_or(false),
    }
}

/// `seatrial 0.1.0 (0123abcd)`: the commit where it is known, a hash of the program elsewhere.
pub fn build_id(identity: &BotIdentity, program_hash: Option<&str>) -> String {
    let short = |text: &str| text.chars().take(12).collect::<String>();
    let build = match (&identity.build, program_hash) {
        (Some(build), _) => short(build),
        (None, Some(hash)) => format!("program {}", short(hash)),
        (None, None) => "unknown build".to_owned(),
    };
    let dirty = if identity.dirty == Some(true) { ", with uncommitted changes" } else { "" };
    format!("{} {} ({build}{dirty})", identity.name, identity.version)
}

fn band(run: &FinishedRun) -> Vec<BandRow> {
    if run.manifest.lanes.len() < 2 {
        return Vec::new();
    }
    let lanes = run.manifest.lanes.iter().zip(&run.summaries);
    lanes.map(|(lane, summary)| BandRow::from_summary(&lane.preset, summary)).collect()
}

fn tape_facts(name: &str, header: &TapeHeader) -> TapeFacts {
    TapeFacts {
        name: name.to_owned(),
        symbol: header.instrument.symbol.clone(),
        venue: header.instrument.venue.clone(),
        kind: kind_words(header.kind).to_owned(),
        format: header.format.clone(),
        rows: header.rows,
        first_at: header.first_at,
        last_at: header.last_at,
        content_hash: header.content_hash.clone(),
        grade: grade(header.fitness()),
        findings: header.findings.iter().map(data_finding).collect(),
        clock: header.clock.as_ref().map(|clock| ClockFacts {
            rule: clock.rule.clone(),
            shift: clock.shift,
            latency_min_before: clock.latency_min_before,
            negative: clock.negative,
        }),
        sources: header
            .sources
            .iter()
            .map(|source| SourceFacts { name: source.name.clone(), bytes: source.bytes, sha256: source.sha256.clone() })
            .collect(),
        inferred: header.instrument.inferred.clone(),
    }
}

/// What a tape holds, in words.
pub const fn kind_words(kind: TapeKind) -> &'static str {
    match kind {
        TapeKind::L2 => "L2",
        TapeKind::Trades => "trades",
        TapeKind::Bars => "bars",
    }
}

const fn grade(fitness: Fitness) -> DataGrade {
    match fitness {
        Fitness::Fit => DataGrade::Fit,
        Fitness::FitWithFindings => DataGrade::FitWithFindings,
        Fitness::Unfit => DataGrade::Unfit,
    }
}

fn data_finding(finding: &FitnessFinding) -> DataFinding {
    DataFinding {
        code: finding.code.clone(),
        severity: match finding.severity {
            Severity::Note => FindingSeverity::Note,
            Severity::Finding => FindingSeverity::Finding,
            Severity::Unfit => FindingSeverity::Unfit,
        },
        count: finding.count,
        first: finding.first.clone(),
        detail: finding.detail.clone(),
        forbids: finding.forbids.clone(),
    }
}

fn gate_row(gate: &GateRecord, manifest: &Manifest) -> GateRow {
    GateRow {
        name: gate.name.clone(),
        is_armed: gate.armed,
        is_mandatory: manifest.readiness.mandatory_controls.contains(&gate.name),
        limit: limit_words(&gate.name, manifest),
        evaluated: gate.evaluated,
        refused: gate.refused,
        tripped: gate.tripped,
        drill: manifest.drills.iter().find(|drill| drill.control == gate.name).map(drill_result),
    }
}

fn drill_result(drill: &DrillRecord) -> DrillResult {
    match (drill.passed(), drill.failed()) {
        (true, _) => DrillResult::Passed,
        (_, true) => DrillResult::Failed(drill.reason.clone()),
        _ if drill.reason.is_empty() => DrillResult::NotShown(drill.result.clone()),
        _ => DrillResult::NotShown(drill.reason.clone()),
    }
}

/// The gate's settings: `max_value 50000, max_quantity off`.
fn limit_words(gate: &str, manifest: &Manifest) -> String {
    let start = format!("gates.{gate}");
    let limit = |setting: &Setting| {
        let key = setting.key.strip_prefix(&start)?;
        let value = setting.value.trim_matches('"');
        match key.strip_prefix('.') {
            Some(key) => Some(format!("{key} {value}")),
            None => key.is_empty().then(|| value.to_owned()),
        }
    };
    manifest.settings.iter().filter_map(limit).collect::<Vec<_>>().join(", ")
}

/// What was configured or assumed, not observed.
fn assumptions(manifest: &Manifest) -> Vec<Assumption> {
    let row =
        |what: &str, value: String, basis: &str| Assumption { what: what.to_owned(), value, basis: basis.to_owned() };
    let mut rows = latency_assumptions(manifest);
    rows.push(row(
        "fills",
        manifest.primary().preset.clone(),
        "named fill rules where the data leave a fill open; `optimistic` means more fills, not more profit",
    ));
    rows.extend(manifest.headers().flat_map(|header| market_assumptions(header, manifest)));
    rows.extend(disturbances(manifest));
    rows.extend(events(manifest));
    rows.extend(reinvestments(manifest));
    rows
}

/// What the scenario made go wrong, in its order.
fn disturbances(manifest: &Manifest) -> Vec<Assumption> {
    let is_kind = |setting: &&Setting| setting.key.starts_with("disturbances[") && setting.key.ends_with("].kind");
    let count = manifest.settings.iter().filter(is_kind).count();
    let row = |place: usize| {
        let value = |name: &str| manifest.value(&format!("disturbances[{place}].{name}"));
        let optional = |name: &str, words: &str| match value(name).as_str() {
            "-" => String::new(),
            text => format!("{words}{text}"),
        };
        let (extra, market) = (optional("extra", ", by "), optional("market", ", at "));
        Assumption {
            what: format!("disturbance {}", place + 1),
            value: format!("{} at {} for {}{extra}{market}", value("kind"), value("at"), value("lasts")),
            basis: "made by the scenario".to_owned(),
        }
    };
    (0..count).map(row).collect()
}

/// What the scenario made its venues charge or give without a fill, in its order.
fn events(manifest: &Manifest) -> Vec<Assumption> {
    let row = |place: usize| {
        let value = |name: &str| manifest.value(&format!("events[{place}].{name}"));
        let optional = |name: &str, words: &str| match value(name).as_str() {
            "-" => String::new(),
            text => format!("{words}{text}"),
        };
        let (again, market) = (optional("every", " and every "), optional("market", ", by "));
        let reason = optional("reason", ": ");
        let how = match (value("kind").as_str(), value("rate_bps").as_str()) {
            ("bust" | "correction", _) => set_right(value),
            (_, "-") => format!("of {}", value("amount")),
            (_, rate) => format!("at {rate} bps of the position"),
        };
        Assumption {
            what: format!("event {}", place + 1),
            value: format!("{} {how} at {}{again}{market}{reason}", value("kind"), value("at")),
            basis: "made by the scenario; none where the run had ended".to_owned(),
        }
    };
    (0..count_of_events(manifest)).map(row).collect()
}

/// Which fill a bust or correction is about, and what becomes of it.
fn set_right(value: impl Fn(&str) -> String) -> String {
    let fill = match value("fill").as_str() {
        "-" => "of the last fill that stands".to_owned(),
        number => format!("of fill {number}"),
    };
    match (value("price").as_str(), value("ticks").as_str()) {
        ("-", "-") => fill,
        ("-", ticks) => format!("{fill} by {ticks} ticks"),
        (price, _) => format!("{fill} to {price}"),
    }
}

/// What moves money between the bots of a user.
fn reinvestments(manifest: &Manifest) -> Option<Assumption> {
    let value = |name: &str| manifest.value(&format!("reinvest.{name}"));
    (manifest.user.is_some() && value("at") != "-").then(|| Assumption {
        what: "reinvestment".to_owned(),
        value: format!(
            "daily at {} UTC, from a profit of {} on, {} % to the best {}",
            value("at"),
            value("threshold"),
            value("percent"),
            value("top")
        ),
        basis: "made by the scenario; all or nothing, where what each bot gives is free at its first market".to_owned(),
    })
}

/// The model of the time between bot and venue, with its figures.
fn latency_assumptions(manifest: &Manifest) -> Vec<Assumption> {
    let value = |key: &str| manifest.value(&format!("venue.latency.{key}"));
    let row = |what: &str, value: String, basis: &str| Assumption {
        what: format!("{what} latency"),
        value,
        basis: basis.to_owned(),
    };
    const NOT_RECORDED: &str = "no tape records the bot's own orders";
    match value("model").as_str() {
        "recorded" => {
            let figures = format!("{} x feed latency, at least {}", value("factor"), value("floor"));
            let corrected = manifest.headers().any(|header| header.clock.is_some());
            let basis = match corrected {
                true => "configured, follows feed latency after the tape's clock was corrected",
                false => "configured, follows the tape's feed latency at that moment",
            };
            vec![row("order and report", figures, &format!("{basis}; {NOT_RECORDED}"))]
        }
        "heavy-tailed" => {
            let figures = format!(
                "median {}, 99 % within {}, bursts of {} x {} (chance {})",
                value("median"),
                value("tail"),
                value("burst_factor"),
                value("burst_length"),
                value("burst_probability")
            );
            vec![row("order and report", figures, &format!("configured, drawn from the seed; {NOT_RECORDED}"))]
        }
        _ => vec![
            row("order", value("order"), &format!("configured, constant; {NOT_RECORDED}")),
            row("report", value("report"), "configured, constant"),
        ],
    }
}

/// Where the fees of a market come from.
fn fee_basis(header: &TapeHeader, manifest: &Manifest) -> &'static str {
    if manifest.settings.iter().any(|setting| setting.key.starts_with("venue.fees.")) {
        "configured in the scenario"
    } else if header.instrument.inferred.iter().any(|field| field.contains("fee")) {
        "inferred when the tape was imported: nobody stated them"
    } else {
        "stated by the tape's instrument"
    }
}

/// What is assumed of one market; of several, each row names its own.
fn market_assumptions(header: &TapeHeader, manifest: &Manifest) -> Vec<Assumption> {
    let symbol = &header.instrument.symbol;
    let of = if manifest.other_markets.is_empty() { String::new() } else { format!(", {symbol}") };
    let row = |what: &str, value: String, basis: &str| Assumption {
        what: format!("{what}{of}"),
        value,
        basis: basis.to_owned(),
    };
    let mut rows = vec![row(
        "fees",
        format!("maker {}, taker {}", header.instrument.fees.maker, header.instrument.fees.taker),
        fee_basis(header, manifest),
    )];
    let is_model = |format: &&str| header.format.starts_with(*format);
    if ["synthetic-flow", "synthetic-bars", "synthetic-family"].iter().any(is_model) {
        let key = |key: &str| manifest.value(key) == "true";
        let basis = match key("market.flow.closed_loop") || key("family.closed_loop") {
            true => "a model of a market of single orders, which answers to those of the bot",
            false => "a model of a market of single orders, which does not react to those of the bot",
        };
        rows.push(row("market", "generated".to_owned(), basis));
    } else if header.format.starts_with("synthetic") {
        rows.push(row("market", "generated".to_owned(), "a test load, not a model of any real market"));
    }
    if let Some(idle) = without_effect(&header.format) {
        let basis = "laid over a market whose orders cannot react: what is named here does nothing in it";
        rows.push(row("shocks", format!("without {idle}"), basis));
    }
    if header.kind == TapeKind::Bars {
        rows.push(row(
            "path inside a bar",
            manifest.value("venue.bar_path"),
            "only open, high, low and close are known",
        ));
        rows.push(row(
            "volume of a bar",
            "no limit".to_owned(),
            "an order fills whole whatever the volume of its bar; only where there is none and the price stands still, nobody \
             traded and nothing fills",
        ));
        rows.push(row(
            "latency on bars",
            "none below one bar".to_owned(),
            "an order sent at a close meets the next open: latency below one bar has no effect",
        ));
    }
    if header.kind != TapeKind::L2 {
        let ticks = manifest.value("venue.assumed_half_spread_ticks");
        rows.push(row("half spread", format!("{ticks} ticks"), "no book is known"));
    }
    rows
}

pub fn option_row(setting: &Setting) -> OptionRow {
    let source = match setting.source.as_str() {
        "default" => OptionSource::Default,
        source if source.starts_with("--") => OptionSource::Argument,
        _ => OptionSource::File,
    };
    OptionRow { key: setting.key.clone(), value: setting.value.clone(), source }
}

/// The commands that repeat the run and compare both.
fn rerun(manifest: &Manifest) -> Vec<String> {
    let tape = |key: &str| tape_name(key, manifest).to_owned();
    let command = run_command(manifest.scenario.file.as_deref(), &manifest.settings, &tape);
    vec![format!("{command} --out again"), "seatrial verify again".to_owned()]
}

/// The command that runs a scenario with what arguments said; `tape` is the file name of the tape at a key.
pub fn run_command(file: Option<&str>, settings: &[Setting], tape: &dyn Fn(&str) -> String) -> String {
    let mut command = "seatrial run".to_owned();
    if let Some(file) = file {
        command.push_str(&format!(" {file}"));
    }
    for setting in settings.iter().filter(|setting| setting.source.starts_with("--")) {
        command.push_str(&match setting.source.as_str() {
            "--seed" => format!(" --seed {}", setting.value),
            "--tape" => format!(" --tape {}", tape(&setting.key)),
            "--no-band" | "--ci" => format!(" {}", setting.source),
            _ => format!(" --set '{}={}'", setting.key, setting.value),
        });
    }
    command
}

/// File name of the tape that a key names: `market.tape`, or `markets[1].tape`.
fn tape_name<'a>(key: &str, manifest: &'a Manifest) -> &'a str {
    let place = key.strip_prefix("markets[").and_then(|rest| rest.split(']').next()?.parse().ok());
    manifest.markets().nth(place.unwrap_or(0)).map_or("", |market| market.name.as_str())
}
