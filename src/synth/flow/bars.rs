use super::draw::{exponential, mean, mean_square, normal, unit};
use super::model::{FlowModel, FlowModelError};
use super::pace::Pace;
use super::price::{DEEPEST_FALL, HIGHEST, LOWEST};
use super::source::FlowRecipe;
use crate::model::Bar;
use crate::rng::{Rng, Streams};
use crate::tape::{
    BATCH_ROWS, BarBatch, Batch, BatchSource, IntColumn, TapeError, TapeHeader, TapeKind, TapeSpec, TapeWriter,
};
use crate::units::{DAY, MINUTE, Price, Quantity, SECOND, Span, Timestamp};
use std::collections::VecDeque;

#[cfg(test)]
mod moments_tests;

/// Raised with every change of what a seed gives.
const VERSION: u32 = 3;
const FORMAT: &str = "synthetic-bars";
/// Batches kept for readers that trail.
const KEPT: usize = 4;
const DAY_SECONDS: f64 = 86_400.0;

/// Bars of a market of single orders, without the orders: its efficient price, pace and volume alone, millions of bars a second.
///
/// Drawn by the minute, or by the bar where it is shorter. The high and the low of a step are those of a Brownian path between its
/// ends, each by itself (P. Glasserman, "Monte Carlo Methods in Financial Engineering", 2003, section 6.4); volume follows the pace and not the bar's own move. While
/// the market is closed there is no bar.
#[derive(Debug)]
pub struct FlowBars {
    recipe: FlowRecipe,
    period: Span,
    header: TapeHeader,
    path: Path,
    kept: VecDeque<BarBatch>,
    /// Number of the first batch that is kept.
    first: usize,
    rows: u64,
    ended: bool,
}

impl FlowBars {
    /// The bars of a recipe.
    ///
    /// # Panics
    /// When the model or the span of the recipe break their rules, or the period is none of [`check_period`](Self::check_period).
    #[must_use]
    pub fn new(recipe: FlowRecipe, period: Span) -> Self {
        let checked = (recipe.model.check(), recipe.check_span(), Self::check_period(period));
        assert!(checked.0.is_ok() && checked.1.is_ok() && checked.2.is_ok(), "unchecked bars: {checked:?}");
        let (header, path) = (header(&recipe, period), Path::new(&recipe, period));
        Self { recipe, period, header, path, kept: VecDeque::new(), first: 0, rows: 0, ended: false }
    }

    /// Bars are drawn by the minute: longer ones hold whole minutes, and a minute holds whole shorter ones.
    ///
    /// # Errors
    /// What is allowed.
    pub fn check_period(period: Span) -> Result<(), FlowModelError> {
        let (nanos, minute) = (period.nanos(), MINUTE.nanos());
        let within = (SECOND..=DAY).contains(&period) && DAY.nanos() % nanos == 0;
        let whole = within && (nanos % minute == 0 || minute % nanos == 0);
        let expected = "1s to 1d, a part of a day, and whole minutes or a part of a minute";
        let error = || FlowModelError { key: "bars", found: period.to_string(), expected: expected.to_owned() };
        if whole { Ok(()) } else { Err(error()) }
    }

    /// What a tape of them begins with.
    #[must_use]
    pub fn tape_spec(&self) -> TapeSpec {
        TapeSpec {
            kind: TapeKind::Bars,
            instrument: self.header.instrument.clone(),
            period: Some(self.period),
            format: FORMAT.to_owned(),
            importer_version: VERSION,
        }
    }

    /// Writes them to a tape. `passed` is told the time that was reached, now and then.
    ///
    /// # Errors
    /// [`TapeError`] of the writer.
    pub fn write_to(&mut self, writer: &mut TapeWriter, passed: &mut dyn FnMut(Timestamp)) -> Result<(), TapeError> {
        let mut path = Path::new(&self.recipe, self.period);
        for count in 1_u64.. {
            let Some(bar) = path.next() else { break };
            writer.push_bar(&bar)?;
            if count.is_multiple_of(BATCH_ROWS as u64) {
                passed(bar.open_at);
            }
        }
        Ok(())
    }

    fn fill(&mut self) {
        let bars: Vec<Bar> = self.path.by_ref().take(BATCH_ROWS).collect();
        self.rows += bars.len() as u64;
        if let Some(last) = bars.last() {
            self.kept.push_back(batch(&bars));
            self.header.last_at = last.open_at;
        }
        if bars.len() < BATCH_ROWS {
            self.ended = true;
            self.header.rows = self.rows;
        }
        if self.kept.len() > KEPT {
            self.kept.pop_front();
            self.first += 1;
        }
    }
}

impl BatchSource for FlowBars {
    fn header(&self) -> &TapeHeader {
        &self.header
    }

    fn batch(&mut self, index: usize) -> Result<Option<Batch>, TapeError> {
        if index < self.first {
            *self = Self::new(self.recipe.clone(), self.period);
        }
        while self.first + self.kept.len() <= index && !self.ended {
            self.fill();
        }
        Ok(self.kept.get(index - self.first).cloned().map(Batch::Bars))
    }
}

fn batch(bars: &[Bar]) -> BarBatch {
    let ticks = |of: fn(&Bar) -> Price| IntColumn::Wide(bars.iter().map(|bar| of(bar).ticks()).collect());
    BarBatch {
        open_at: bars.iter().map(|bar| bar.open_at.nanos()).collect(),
        open: ticks(|bar| bar.open),
        high: ticks(|bar| bar.high),
        low: ticks(|bar| bar.low),
        close: ticks(|bar| bar.close),
        volume: IntColumn::Wide(bars.iter().map(|bar| bar.volume.steps()).collect()),
    }
}

fn header(recipe: &FlowRecipe, period: Span) -> TapeHeader {
    let named = format!("{FORMAT} {VERSION}\n{recipe:?}\n{period:?}");
    TapeHeader {
        kind: TapeKind::Bars,
        instrument: recipe.model.instrument.instrument(),
        period: Some(period),
        rows: 0,
        first_at: recipe.start_at,
        last_at: recipe.start_at.plus(recipe.duration),
        reordered: false,
        starts_with_snapshot: false,
        format: FORMAT.to_owned(),
        importer_version: VERSION,
        sources: Vec::new(),
        clock: None,
        findings: Vec::new(),
        content_hash: blake3::hash(named.as_bytes()).to_hex().to_string(),
    }
}

/// The bars one by one.
#[derive(Debug)]
struct Path {
    period: Span,
    /// Length of a step, and how many make a bar.
    step: Span,
    steps: i64,
    now: Timestamp,
    end: Timestamp,
    ticks: f64,
    start_ticks: f64,
    was_closed: bool,
    pace: Pace,
    /// Variance of a step at pace one, as a square of a share of the price.
    variance: f64,
    /// Jumps in a step at pace one; mean sizes up and down as shares of the price.
    jumps: f64,
    jump: [f64; 2],
    overnight: f64,
    reverts: f64,
    /// Volume of a step at pace one, in steps of quantity, and the variance of its logarithm times the number of trades.
    volume: f64,
    trades: f64,
    dispersion: f64,
    moves: Rng,
    shapes: Rng,
    volumes: Rng,
    slow: Rng,
}

impl Path {
    fn new(recipe: &FlowRecipe, period: Span) -> Self {
        let FlowModel { instrument, price, pace, orders, .. } = &recipe.model;
        let stream =
            |layer: &str| Streams::new(recipe.seed).stream(&format!("synth/bars/{}/{layer}", instrument.symbol));
        let step = if period < MINUTE { period } else { MINUTE };
        let seconds = step.nanos() as f64 / SECOND.nanos() as f64;
        let half_life = price.reversion_half_life_hours * 3_600.0;
        let mut slow = stream("pace");
        // An aligned start: bars begin at multiples of their period.
        let late = recipe.start_at.nanos().rem_euclid(period.nanos());
        let start =
            if late == 0 { recipe.start_at } else { recipe.start_at.plus(Span::from_nanos(period.nanos() - late)) };
        let trades = orders.market_per_second * seconds;
        let size = mean(&orders.market_sizes);
        // Variance of a count of clusters over its mean, in the long run: A. Hawkes, D. Oakes, 1974.
        let clusters = 1.0 / ((1.0 - orders.market_by_market) * (1.0 - orders.market_by_market));
        Self {
            period,
            step,
            steps: period.nanos() / step.nanos(),
            now: start,
            end: recipe.start_at.plus(recipe.duration),
            ticks: instrument.start_ticks as f64,
            start_ticks: instrument.start_ticks as f64,
            was_closed: false,
            pace: Pace::new(pace, start.nanos(), seconds, &mut slow),
            variance: price.volatility_bps_per_day * price.volatility_bps_per_day / 1e8 * seconds / DAY_SECONDS,
            jumps: price.jumps_per_day * seconds / DAY_SECONDS,
            jump: [price.jump_up_bps / 1e4, -price.jump_down_bps / 1e4],
            overnight: price.overnight_bps / 1e4,
            reverts: if half_life > 0.0 { 1.0 - libm::exp2(-seconds / half_life) } else { 0.0 },
            volume: trades * size,
            trades,
            dispersion: mean_square(&orders.market_sizes) / (size * size) - 1.0 + clusters,
            moves: stream("moves"),
            shapes: stream("shapes"),
            volumes: stream("volumes"),
            slow,
        }
    }

    /// One step, unless the market is closed in it: prices at its ends, its highest and lowest, and its volume.
    fn next_step(&mut self) -> Option<[f64; 5]> {
        self.pace.step(self.now.nanos(), &mut self.slow);
        self.now = self.now.plus(self.step);
        let at = self.pace.now();
        let closed = at.volatility == 0.0;
        let opens = self.was_closed && !closed;
        self.was_closed = closed;
        if closed {
            return None;
        }
        let gap = if opens { self.overnight * normal(&mut self.moves) } else { 0.0 };
        let open = self.moved(self.ticks, gap);
        let variance = self.variance * at.volatility * at.volatility;
        let back = self.reverts * (self.start_ticks - open) / open;
        let walk = libm::sqrt(variance) * normal(&mut self.moves) + back + self.jump(at.volatility);
        self.ticks = self.moved(open, walk);
        let (up, down) = (self.reach(walk, variance), self.reach(-walk, variance));
        let volume = self.volume_of(at.market, at.market_size);
        Some([open, self.moved(open, up), self.moved(open, -down), self.ticks, volume])
    }

    fn moved(&self, ticks: f64, share: f64) -> f64 {
        (ticks * (1.0 + share.max(DEEPEST_FALL))).clamp(LOWEST, HIGHEST)
    }

    /// A jump now and then; its mean is taken off in every step.
    fn jump(&mut self, volatility: f64) -> f64 {
        let likely = self.jumps * volatility;
        let mean = likely * (self.jump[0] + self.jump[1]) / 2.0;
        if unit(&mut self.moves) >= likely {
            return -mean;
        }
        let up = self.moves.ratio(1, 2);
        exponential(&mut self.moves) * self.jump[usize::from(!up)] - mean
    }

    /// How far a Brownian path goes beyond its start that ends `walk` away from it: above 0, and above `walk`.
    fn reach(&mut self, walk: f64, variance: f64) -> f64 {
        (walk + libm::sqrt(walk * walk + 2.0 * variance * exponential(&mut self.shapes))) / 2.0
    }

    fn volume_of(&mut self, market: f64, size: f64) -> f64 {
        let variance = libm::log(1.0 + self.dispersion / (self.trades * market));
        let noise = libm::exp(libm::sqrt(variance) * normal(&mut self.volumes) - variance / 2.0);
        self.volume * market * size * noise
    }
}

impl Iterator for Path {
    type Item = Bar;

    fn next(&mut self) -> Option<Bar> {
        while self.now.plus(self.period) <= self.end {
            let open_at = self.now;
            let mut bar: Option<[f64; 5]> = None;
            for _ in 0..self.steps {
                let Some(step) = self.next_step() else { continue };
                bar = Some(bar.map_or(step, |[open, high, low, _, volume]| {
                    [open, high.max(step[1]), low.min(step[2]), step[3], volume + step[4]]
                }));
            }
            if let Some(bar) = bar {
                return Some(rounded(open_at, self.period, bar));
            }
        }
        None
    }
}

/// To the nearest tick, all alike: what is highest stays it. Somebody traded in every bar.
fn rounded(open_at: Timestamp, period: Span, [open, high, low, close, volume]: [f64; 5]) -> Bar {
    let [open, high, low, close] = [open, high, low, close].map(|ticks| Price::new(libm::round(ticks) as i64));
    let volume = Quantity::new((volume.min(1e15) as i64).max(1));
    Bar { open_at, period, open, high, low, close, volume }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::flow::tests::model;

    const START: Timestamp = Timestamp::from_nanos(1_767_571_200_000_000_000);

    fn plain() -> FlowModel {
        let mut model = model();
        model.price.jumps_per_day = 0.0;
        model.pace.factors.clear();
        model.pace.regimes.truncate(1);
        model.pace.regimes[0].volatility = 1.0;
        model
    }

    fn bars(model: FlowModel, days: i64, period: Span, seed: u64) -> Vec<Bar> {
        Path::new(&FlowRecipe { model, shocks: Vec::new(), start_at: START, duration: DAY.times(days), seed }, period)
            .collect()
    }

    /// Closed form: a year of days has the variance that was asked for, whatever the hours and minutes of a week.
    #[test]
    fn days_have_the_configured_variance() {
        let closes: Vec<f64> = bars(plain(), 1_400, DAY, 3).iter().map(|bar| bar.close.ticks() as f64).collect();
        let squares: f64 = closes.windows(2).map(|pair| (pair[1] / pair[0] - 1.0) * (pair[1] / pair[0] - 1.0)).sum();
        let found = (squares / (closes.len() - 1) as f64).sqrt() * 1e4;
        assert!((found / plain().price.volatility_bps_per_day - 1.0).abs() < 0.06, "{found} bps a day");
    }

    /// Closed form of M. Parkinson, 1980: the mean square of ln(high / low) is 4 ln 2 times the variance of a Brownian path.
    #[test]
    fn ranges_are_those_of_a_brownian_path() {
        let (mut ranges, mut moves) = (0.0, 0.0);
        for bar in bars(plain(), 40, MINUTE, 5) {
            let log = |a: Price, b: Price| (a.ticks() as f64 / b.ticks() as f64).ln();
            ranges += log(bar.high, bar.low) * log(bar.high, bar.low);
            moves += log(bar.close, bar.open) * log(bar.close, bar.open);
        }
        // High and low are drawn each by itself, which widens the range: 4 ln 2 = 2.77 becomes 3.0.
        let ratio = ranges / moves;
        assert!((2.7..3.2).contains(&ratio), "{ratio}");
    }

    #[test]
    fn bars_are_whole_and_touch_where_the_market_is_open() {
        let equity = FlowModel::preset("equity").unwrap_or_else(|| panic!("no market"));
        for (model, days, period) in [(model(), 30, MINUTE), (equity, 30, MINUTE.times(30)), (model(), 1, SECOND)] {
            let bars = bars(model, days, period, 9);
            assert!(bars.len() > 200, "{} bars", bars.len());
            for pair in bars.windows(2) {
                let [before, bar] = pair else { unreachable!() };
                assert!(before.open_at.plus(period) <= bar.open_at && bar.open_at.nanos() % period.nanos() == 0);
                assert!(before.open_at.plus(period) < bar.open_at || before.close == bar.open, "{before:?} {bar:?}");
                let (top, bottom) = (bar.open.max(bar.close), bar.open.min(bar.close));
                assert!(bar.high >= top && bar.low <= bottom && bar.volume.steps() > 0, "{bar:?}");
            }
        }
    }

    #[test]
    fn batches_can_be_asked_for_again_and_are_the_same_bars() {
        let recipe =
            FlowRecipe { model: model(), shocks: Vec::new(), start_at: START, duration: DAY.times(300), seed: 4 };
        let mut source = FlowBars::new(recipe.clone(), MINUTE);
        let mut opens = Vec::new();
        for index in 0.. {
            let Some(Batch::Bars(batch)) = source.batch(index).unwrap() else { break };
            opens.extend((0..batch.len()).map(|bar| batch.bar(bar, MINUTE)));
        }
        assert_eq!(source.header().rows, opens.len() as u64);
        assert_eq!(opens, Path::new(&recipe, MINUTE).collect::<Vec<_>>());
        let Some(Batch::Bars(first)) = source.batch(0).unwrap() else { panic!("no bars") };
        assert_eq!(first.bar(0, MINUTE), opens[0]);
    }

    #[test]
    fn periods_that_are_no_parts_of_a_day_are_refused() {
        for period in [SECOND, SECOND.times(20), MINUTE, MINUTE.times(15), DAY] {
            assert_eq!(FlowBars::check_period(period), Ok(()));
        }
        for period in
            [Span::ZERO, Span::from_nanos(-1), SECOND.times(7), SECOND.times(90), MINUTE.times(7), DAY.times(2)]
        {
            assert!(FlowBars::check_period(period).unwrap_err().to_string().contains("expected 1s to 1d"), "{period}");
        }
    }
}
