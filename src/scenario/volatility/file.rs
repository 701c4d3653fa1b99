use crate::readiness::{MEASURES, VolatilityCriterion};
use crate::scenario::file::ScenarioFile;
use crate::scenario::problem::Problem;
use crate::scenario::shock::shock_called;
use crate::scenario::text::SpanText;
use crate::synth::{Multiple, PlacedShock, SHOCKS, ShockModel, ShockStart};
use crate::units::{DAY, MINUTE, Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most runs of a trial by volatility.
const RUNS_MAX: usize = 100_000;
/// Shocks of a short cut.
const CUT: usize = 3;
/// Most seeds, severities, regimes.
const EACH_MAX: usize = 1_000;

/// A regime of volatility: in place of the model's own regimes, for the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegimeFile {
    /// What it is called.
    pub name: String,
    /// Multiple of the model's mean volatility: 0.1 to 10.
    pub volatility: Multiple,
}

/// Runs over regimes x shocks x severities x seeds, each over a market of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VolatilityFile {
    /// Regimes; each also has runs without a shock.
    pub regimes: Vec<RegimeFile>,
    /// Names of shocks that come with seatrial; without any all of them.
    pub shocks: Vec<String>,
    /// Severities.
    pub severities: Vec<Multiple>,
    /// How many markets of each kind: seeds count up from the scenario's.
    pub seeds: u64,
    /// When a shock begins, after the start of the market.
    pub at: SpanText,
    /// How long a run goes on after the shock's last phase has begun to fade.
    pub after: SpanText,
    /// Longest run: of a shock that lasts longer the rest is not seen.
    pub longest: SpanText,
    /// Length of a run without a shock.
    pub calm: SpanText,
    /// What has to hold over all runs.
    pub criteria: Vec<VolatilityCriterion>,
}

impl Default for VolatilityFile {
    fn default() -> Self {
        let regime = |name: &str, volatility| RegimeFile { name: name.to_owned(), volatility: Multiple(volatility) };
        Self {
            regimes: vec![regime("normal", 1.0), regime("stressed", 2.5)],
            shocks: Vec::new(),
            severities: [0.25, 0.5, 1.0, 2.0, 4.0].map(Multiple).to_vec(),
            seeds: 2,
            at: SpanText(MINUTE.times(20)),
            after: SpanText(MINUTE.times(20)),
            longest: SpanText(MINUTE.times(360)),
            calm: SpanText(MINUTE.times(240)),
            criteria: Vec::new(),
        }
    }
}

/// One run of many.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Which regime.
    pub regime: RegimeFile,
    /// Which shock; none for a calm market.
    pub shock: Option<PlacedShock>,
    /// Seed of the market.
    pub seed: u64,
    /// How long it lasts.
    pub duration: Span,
}

impl Cell {
    /// When its shock begins, in a market that begins at `start`.
    pub fn begins(&self, start: Timestamp) -> Option<Timestamp> {
        self.shock.as_ref().map(|placed| match placed.start {
            ShockStart::At(after) | ShockStart::Between(after, _) => start.plus(after),
        })
    }
}

impl VolatilityFile {
    /// A short cut: the first regime, three shocks at severity 1, one seed, a few minutes each.
    pub fn cut(&mut self) {
        self.regimes.truncate(1);
        self.shocks = self.shocks().into_iter().take(CUT).map(|shock| shock.name).collect();
        self.severities = vec![Multiple::ONE];
        self.seeds = 1;
        self.at = SpanText(MINUTE.times(2));
        self.after = SpanText(MINUTE.times(2));
        (self.longest, self.calm) = (SpanText(MINUTE.times(15)), SpanText(MINUTE.times(15)));
    }

    /// The shocks, in order.
    #[must_use]
    pub fn shocks(&self) -> Vec<ShockModel> {
        let named = |name: &str| ShockModel::called(name);
        if self.shocks.is_empty() {
            return SHOCKS.iter().filter_map(|(name, _)| named(name)).collect();
        }
        self.shocks.iter().filter_map(|name| named(name)).collect()
    }

    /// Every run: calm ones first, then by shock, severity, regime and seed.
    #[must_use]
    pub fn cells(&self, seed: u64) -> Vec<Cell> {
        let seeds = || (0..self.seeds).map(move |place| seed.wrapping_add(place));
        let mut cells = Vec::new();
        for regime in &self.regimes {
            let calm = |seed| Cell { regime: regime.clone(), shock: None, seed, duration: self.calm.0 };
            cells.extend(seeds().map(calm));
        }
        for shock in self.shocks() {
            let lasts = shock.lasts();
            let whole = self.at.0.nanos() + lasts.nanos() + self.after.0.nanos();
            let duration = Span::from_nanos(whole.min(self.longest.0.nanos()));
            for severity in &self.severities {
                let placed =
                    PlacedShock { shock: shock.clone(), severity: *severity, start: ShockStart::At(self.at.0) };
                for regime in &self.regimes {
                    let cell = |seed| Cell { regime: regime.clone(), shock: Some(placed.clone()), seed, duration };
                    cells.extend(seeds().map(cell));
                }
            }
        }
        cells
    }
}

/// What is wrong with it.
pub fn problems(file: &ScenarioFile) -> Vec<Problem> {
    let Some(volatility) = &file.volatility else { return Vec::new() };
    let mut found = place_problems(file);
    found.extend(volatility.list_problems());
    found.extend(volatility.count_problems());
    found.extend(volatility.span_problems());
    found.extend(volatility.criterion_problems());
    if found.is_empty() {
        found.extend(volatility.too_many());
    }
    found
}

fn wrong(key: &str, found: String, allowed: impl Into<String>) -> Problem {
    let key = if key.is_empty() { "volatility".to_owned() } else { format!("volatility.{key}") };
    Problem::new(key, found, allowed)
}

/// It brings markets of its own making.
fn place_problems(file: &ScenarioFile) -> Vec<Problem> {
    let mut found = Vec::new();
    if file.market.flow.as_ref().is_none_or(|flow| flow.bars.is_some()) {
        let allowed = "a market of single orders: `[market.flow]`, without bars";
        found.push(wrong("", "found another market".to_owned(), allowed));
    }
    if !file.bots.is_empty() || !file.market.shocks.is_empty() {
        let allowed = "one bot, and no `[[market.shocks]]`: the runs bring their own";
        found.push(wrong("", "found several bots, or shocks of the market".to_owned(), allowed));
    }
    found
}

impl VolatilityFile {
    fn list_problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        for (place, name) in self.shocks.iter().enumerate() {
            if self.shocks[..place].contains(name) {
                found.push(wrong(&format!("shocks[{place}]"), format!("found `{name}` again"), "each one once"));
            }
            if let Err(problem) = shock_called(name) {
                found.push(wrong(&format!("shocks[{place}]"), format!("found `{name}`"), problem.allowed.clone()));
            }
        }
        for (place, severity) in self.severities.iter().enumerate() {
            if self.severities[..place].contains(severity) {
                found.push(wrong(&format!("severities[{place}]"), format!("found {severity} again"), "each one once"));
            }
            if !severity.is_within(0.01, 10.0) {
                found.push(wrong(&format!("severities[{place}]"), format!("found {severity}"), "0.01 to 10"));
            }
        }
        for (place, regime) in self.regimes.iter().enumerate() {
            if !regime.volatility.is_within(0.1, 10.0) || regime.name.trim().is_empty() {
                let text = format!("found `{}`, {}", regime.name, regime.volatility);
                found.push(wrong(&format!("regimes[{place}]"), text, "a name, and a multiple of 0.1 to 10"));
            }
        }
        found
    }

    fn count_problems(&self) -> Vec<Problem> {
        let seeds = usize::try_from(self.seeds).unwrap_or(usize::MAX);
        let counts = [("regimes", self.regimes.len()), ("severities", self.severities.len()), ("seeds", seeds)];
        let odd = counts.into_iter().filter(|(_, count)| !(1..=EACH_MAX).contains(count));
        odd.map(|(key, count)| wrong(key, format!("found {count}"), format!("1 to {EACH_MAX} of them"))).collect()
    }

    fn span_problems(&self) -> Vec<Problem> {
        let spans = [("at", self.at), ("after", self.after), ("longest", self.longest), ("calm", self.calm)];
        let odd = spans.into_iter().filter(|(_, span)| !(MINUTE..=DAY.times(60)).contains(&span.0));
        let mut found: Vec<Problem> =
            odd.map(|(key, span)| wrong(key, format!("found {}", span.0), "1min to 60d")).collect();
        if self.longest.0 <= self.at.0 && found.is_empty() {
            let problem = wrong("at", format!("found {}", self.at.0), format!("before `longest`, {}", self.longest.0));
            found.push(problem.hint("every run would end before its shock: make `at` earlier or `longest` longer"));
        }
        found
    }

    fn criterion_problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        for (place, criterion) in self.criteria.iter().enumerate() {
            let key = |name: &str| format!("criteria[{place}].{name}");
            if !MEASURES.iter().any(|(name, ..)| *name == criterion.measure) {
                let names: Vec<&str> = MEASURES.iter().map(|(name, ..)| *name).collect();
                let allowed = format!("one of {}", names.join(", "));
                found.push(wrong(&key("measure"), format!("found `{}`", criterion.measure), allowed));
            }
            if !(0.01..=1.0).contains(&criterion.share) {
                found.push(wrong(&key("share"), format!("found {}", criterion.share), "0.01 to 1"));
            }
            if !(0.0..=10.0).contains(&criterion.severity_at_most) {
                let text = format!("found {}", criterion.severity_at_most);
                found.push(wrong(&key("severity_at_most"), text, "0 to 10"));
            }
        }
        found
    }

    fn too_many(&self) -> Option<Problem> {
        let shocks = if self.shocks.is_empty() { SHOCKS.len() } else { self.shocks.len() };
        let each = self.severities.len().saturating_mul(shocks).saturating_add(1);
        let runs = each.saturating_mul(self.regimes.len()).saturating_mul(self.seeds as usize);
        let allowed = format!("at most {RUNS_MAX} runs: fewer regimes, shocks, severities or seeds");
        (runs > RUNS_MAX).then(|| wrong("", format!("found {runs} runs"), allowed))
    }
}
