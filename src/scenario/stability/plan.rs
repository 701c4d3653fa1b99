//! What is run: groups of runs that differ by their seed alone, and the axes whose points they are.

use super::file::{SkewText, StabilityFile, loss_ppm, market_length};
use super::parameters::{Moved, choose, moved, parameter_layer};
use crate::metrics::Window;
use crate::model::{FeeSchedule, WireFault};
use crate::readiness::{AxisKind, RETURN_PER_DAY};
use crate::scenario::closed::is_closed;
use crate::scenario::file::{FeesFile, ScenarioFile};
use crate::scenario::latency::{LatencyFile, LatencyModel};
use crate::scenario::load::Scenario;
use crate::scenario::problem::Problem;
use crate::scenario::registry::Registry;
use crate::scenario::text::{Decimal, Moment, SpanText};
use crate::scenario::trial::{Trial, preset_name};
use crate::scenario::wire::GatewayName;
use crate::units::{DAY, Fixed, MINUTE, Rate, SECOND, Span, Timestamp};
use crate::venue::FillPreset;

/// A venue refuses a request whose stamp is further ahead of its own clock than this (Binance).
const AHEAD_MAX: Span = SECOND;
/// Or further behind it: the default of its `recvWindow`.
const BEHIND_MAX: Span = Span::from_nanos(SECOND.nanos() * 5);

/// At the end of a run nothing is lost or refused for as long as a bot may need to recover, and a minute.
const RECOVERS: Span = Span::from_nanos(MINUTE.nanos() * 5);

/// What is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Nothing.
    None,
    /// A parameter of the strategy.
    Parameter(String, toml::Value),
    /// Both legs.
    Latency(Span),
    /// The market is read as a tape, under these fill rules.
    Tape(FillPreset),
    /// Maker and taker.
    Fees(Rate, Rate),
    /// The market is read as a tape, over a supervised feed that loses so many messages of a million.
    DataLoss(u32),
    /// Requests travel on a wire, and so many of a million are refused for their stamp.
    ClockSkew(u32),
}

/// Runs that differ by their seed alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// How long its market is.
    pub length: Span,
    /// What is changed.
    pub change: Change,
}

/// Where the figures of a point come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The runs of a group.
    Group(usize),
    /// A part of the runs of the first group, by its place.
    Part(usize),
}

/// One point of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedPoint {
    pub label: String,
    pub note: String,
    pub moved: Option<i64>,
    pub is_base: bool,
    pub source: Source,
}

/// One axis.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedAxis {
    pub kind: AxisKind,
    pub name: String,
    pub about: String,
    pub measure: String,
    pub points: Vec<PlannedPoint>,
    pub reference: usize,
}

/// Everything that is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The first is the bot as it is over the whole market.
    pub groups: Vec<Group>,
    /// The group that what was moved is held against.
    pub base: usize,
    pub axes: Vec<PlannedAxis>,
    /// Parts of the whole run, from its start: from, until.
    pub parts: Vec<(Span, Span)>,
    /// Seeds of every group.
    pub seeds: Vec<u64>,
    /// What is not moved, and why.
    pub left_out: Vec<String>,
}

/// One run of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StabilityCell {
    /// Place of its group.
    pub group: usize,
    /// Its seed.
    pub seed: u64,
}

impl Plan {
    /// What `scenario` asks for; `trial` is the scenario bound to its market.
    ///
    /// # Errors
    /// A parameter that the strategy has not.
    pub fn of(scenario: &Scenario, registry: &Registry, trial: &Trial) -> Result<Self, Box<Problem>> {
        let file = &scenario.file;
        let (Some(stability), Some(length)) = (&file.stability, market_length(file)) else {
            return Err(Box::new(Problem::new("stability", "nothing", "a `[stability]` and a generated market")));
        };
        let mut groups = vec![Group { name: "base".to_owned(), length, change: Change::None }];
        if stability.period.0 < length {
            let name = format!("base, {}", stability.period.0);
            groups.push(Group { name, length: stability.period.0, change: Change::None });
        }
        let base = groups.len() - 1;
        let seeds = (0..stability.seeds).map(|place| file.seed.wrapping_add(place) & i64::MAX as u64).collect();
        let (axes, parts, left_out) = (Vec::new(), Vec::new(), Vec::new());
        let plan = Self { groups, base, axes, parts, seeds, left_out };
        let mut planner = Planner { plan, file, stability };
        planner.parameters((scenario, registry), trial)?;
        planner.latency();
        planner.fills(preset_name(trial.presets[0]));
        planner.fees(trial.markets[0].header.instrument.fees);
        planner.data_loss();
        planner.clock_skew();
        planner.halves(length);
        planner.days(length);
        let skipped = stability.skip.iter().map(|kind| format!("{}: left out by `stability.skip`", kind.as_str()));
        planner.plan.left_out.extend(skipped);
        Ok(planner.plan)
    }

    /// Every run, group by group.
    #[must_use]
    pub fn cells(&self) -> Vec<StabilityCell> {
        let one = |group| self.seeds.iter().map(move |seed| StabilityCell { group, seed: *seed });
        (0..self.groups.len()).flat_map(one).collect()
    }

    /// Parts of a run that begins at `start`: the whole of it first, behind it those of the first group.
    pub(super) fn windows(&self, group: usize, start: Timestamp) -> Vec<Window> {
        let window = |from: Span, until: Span| Window { from: start.plus(from), until: start.plus(until) };
        let whole = window(Span::ZERO, self.groups[group].length);
        let parts = self.parts.iter().filter(|_| group == 0).map(|(from, until)| window(*from, *until));
        std::iter::once(whole).chain(parts).collect()
    }
}

struct Planner<'a> {
    plan: Plan,
    file: &'a ScenarioFile,
    stability: &'a StabilityFile,
}

impl Planner<'_> {
    fn group(&mut self, name: String, change: Change) -> Source {
        self.plan.groups.push(Group { name, length: self.stability.period.0, change });
        Source::Group(self.plan.groups.len() - 1)
    }

    fn base(&self, label: String) -> PlannedPoint {
        let source = Source::Group(self.plan.base);
        PlannedPoint { label, note: "as configured".to_owned(), moved: None, is_base: true, source }
    }

    fn point(&mut self, axis: &str, label: String, change: Change) -> PlannedPoint {
        let source = self.group(format!("{axis} {label}"), change);
        PlannedPoint { label, note: String::new(), moved: None, is_base: false, source }
    }

    fn axis(&mut self, kind: AxisKind, (name, about): (&str, String), points: Vec<PlannedPoint>, reference: usize) {
        let measure = self.stability.measure.clone();
        self.plan.axes.push(PlannedAxis { kind, name: name.to_owned(), about, measure, points, reference });
    }

    /// Points with the base among them, by what `order` says of each.
    fn around(
        &mut self,
        kind: AxisKind,
        words: (&str, String),
        mut points: Vec<(i128, PlannedPoint)>,
        own: (i128, String),
    ) {
        let base = (own.0, self.base(own.1));
        points.push(base);
        points.sort_by_key(|(place, _)| *place);
        let points: Vec<PlannedPoint> = points.into_iter().map(|(_, point)| point).collect();
        let reference = points.iter().position(|point| point.is_base).unwrap_or(0);
        self.axis(kind, words, points, reference);
    }

    fn parameters(&mut self, with: (&Scenario, &Registry), trial: &Trial) -> Result<(), Box<Problem>> {
        if !self.stability.moves(AxisKind::Parameters) {
            return Ok(());
        }
        let (chosen, left) = choose(&trial.strategy, &self.stability.only)
            .map_err(|problem| Box::new(with.0.document.located(*problem)))?;
        if !left.is_empty() {
            self.plan.left_out.push(format!("parameters that are no numbers, or 0: {}", left.join(", ")));
        }
        for name in chosen {
            self.parameter(with, trial, &name);
        }
        Ok(())
    }

    fn parameter(&mut self, with: (&Scenario, &Registry), trial: &Trial, name: &str) {
        let instrument = &trial.markets[0].header.instrument;
        let own = trial.strategy.parameters.iter().find(|(known, _)| known == name);
        let own = own.map_or_else(String::new, |(_, value)| value.clone());
        let (mut points, mut same) = (Vec::new(), Vec::new());
        for &percent in &self.stability.parameters {
            let label = |text: &str| format!("{text} ({} %)", signed(percent));
            match moved(with, (&trial.strategy, instrument), name, percent) {
                Moved::To(value, text) => {
                    let point = self.point(name, label(&text), Change::Parameter(name.to_owned(), value));
                    points.push((i128::from(percent), PlannedPoint { moved: Some(percent), ..point }));
                }
                Moved::Same(_) => same.push(format!("{} % is the same value, rounded", signed(percent))),
                Moved::Refused(text, why) => same.push(format!("{} is refused: {why}", label(&text))),
            }
        }
        if points.is_empty() {
            self.plan.left_out.push(format!("parameter {name} ({own}): {}", same.join("; ")));
            return;
        }
        let rest = if same.is_empty() { String::new() } else { format!(" {}.", same.join("; ")) };
        let about = format!("The parameter alone; all others as they are.{rest}");
        self.around(AxisKind::Parameters, (name, about), points, (0, own));
        if let Some(base) =
            self.plan.axes.last_mut().and_then(|axis| axis.points.iter_mut().find(|point| point.is_base))
        {
            base.moved = Some(0);
        }
    }

    fn latency(&mut self) {
        if !self.stability.moves(AxisKind::Latency) {
            return;
        }
        let own = own_latency(&self.file.venue.latency);
        let others = self.stability.latency.iter().filter(|span| own != Some(span.0));
        let others: Vec<Span> = others.map(|span| span.0).collect();
        let points = others.into_iter().map(|span| {
            let point = self.point("latency", milliseconds(span), Change::Latency(span));
            (i128::from(span.nanos()), point)
        });
        let points = points.collect();
        let about = "From the bot to the venue, and as long back.".to_owned();
        let own = match own {
            Some(span) => (i128::from(span.nanos()), milliseconds(span)),
            None => (-1, "as configured".to_owned()),
        };
        self.around(AxisKind::Latency, ("latency", about), points, own);
    }

    fn fills(&mut self, own: &str) {
        if !self.stability.moves(AxisKind::Fills) {
            return;
        }
        let is_closed = is_closed(self.file);
        let others: Vec<FillPreset> = self
            .stability
            .fills
            .iter()
            .copied()
            .filter(|preset| is_closed || *preset != self.file.venue.fills)
            .collect();
        let mut points = vec![self.base(if is_closed { "closed loop".to_owned() } else { own.to_owned() })];
        points.extend(
            others
                .into_iter()
                .map(|preset| self.point("fills", preset_name(preset).to_owned(), Change::Tape(preset)))
                .collect::<Vec<_>>(),
        );
        let about = if is_closed {
            "In the closed loop the bot stands in the true queue; on the tape of the same market fills are judged by a preset."
        } else {
            "How fills are judged where the tape leaves them open."
        };
        self.axis(AxisKind::Fills, ("fills", about.to_owned()), points, 0);
    }

    fn fees(&mut self, own: FeeSchedule) {
        if !self.stability.moves(AxisKind::Fees) {
            return;
        }
        let words = |multiple: &str, maker: Rate, taker: Rate| {
            format!("×{multiple} ({} / {} bp)", basis_points(maker), basis_points(taker))
        };
        let others: Vec<Decimal> =
            self.stability.fees.iter().copied().filter(|fee| thousandths(*fee) != 1_000).collect();
        let points = others.into_iter().map(|multiple| {
            let [maker, taker] = [own.maker, own.taker].map(|rate| times(rate, multiple));
            let label = words(&multiple.to_string(), maker, taker);
            (i128::from(thousandths(multiple)), self.point("fees", label, Change::Fees(maker, taker)))
        });
        let points = points.collect();
        let about = "Multiples of the venue’s fees, maker / taker: better and worse fee tiers.".to_owned();
        self.around(AxisKind::Fees, ("fees", about), points, (1_000, words("1", own.maker, own.taker)));
    }

    fn data_loss(&mut self) {
        if !self.stability.moves(AxisKind::DataLoss) {
            return;
        }
        let mut points = vec![self.point("data loss", "0 %".to_owned(), Change::DataLoss(0))];
        let mut losses: Vec<(u32, Decimal)> =
            self.stability.data_loss.iter().filter_map(|loss| Some((loss_ppm(*loss)?, *loss))).collect();
        losses.sort_by_key(|(ppm, _)| *ppm);
        points.extend(
            losses
                .into_iter()
                .map(|(ppm, loss)| self.point("data loss", format!("{loss} %"), Change::DataLoss(ppm)))
                .collect::<Vec<_>>(),
        );
        let preset = preset_name(self.file.venue.fills);
        let about = format!(
            "Messages of a supervised feed that are lost, held against the same feed without a loss. On the market as a tape, under `{preset}`: a market that answers to the bot has no such feed."
        );
        self.axis(AxisKind::DataLoss, ("data loss", about), points, 0);
    }

    fn clock_skew(&mut self) {
        if !self.stability.moves(AxisKind::ClockSkew) {
            return;
        }
        let own = [SkewText(0)];
        let mut skews: Vec<SkewText> = self.stability.clock_skew.iter().chain(&own).copied().collect();
        skews.sort_by_key(|skew| skew.0);
        let reference = skews.iter().position(|skew| skew.0 == 0).unwrap_or(0);
        let points = skews.into_iter().map(|skew| {
            let refused = if is_refused(skew, &self.file.venue.latency) { 1_000_000 } else { 0 };
            let sign = if skew.0 > 0 { "+" } else { "" };
            let note = if refused > 0 { "every request is refused for its stamp" } else { "" };
            let label = if skew.0 == 0 { "0s".to_owned() } else { format!("{sign}{skew}").replace('-', "−") };
            let point = self.point("clock skew", label, Change::ClockSkew(refused));
            PlannedPoint { note: note.to_owned(), ..point }
        });
        let points = points.collect();
        let about = "The bot’s clock ahead of the venue’s (+) or behind it (−), held against the same wire with clocks that agree. A request is refused whose stamp arrives more than 1 s ahead or 5 s behind (Binance, default `recvWindow`).";
        self.axis(AxisKind::ClockSkew, ("clock skew", about.to_owned()), points, reference);
    }

    fn part(&mut self, label: String, from: Span, until: Span) -> PlannedPoint {
        self.plan.parts.push((from, until));
        let source = Source::Part(self.plan.parts.len());
        PlannedPoint { label, note: String::new(), moved: None, is_base: false, source }
    }

    /// Axes of parts of a run: what grows with its length is no measure of them.
    fn part_axis(&mut self, kind: AxisKind, words: (&str, &str), points: Vec<PlannedPoint>, reference: usize) {
        self.axis(kind, (words.0, words.1.to_owned()), points, reference);
        let is_of_part = ["max_drawdown", "daily_sharpe"].contains(&self.stability.measure.as_str());
        if let Some(axis) = self.plan.axes.last_mut().filter(|_| !is_of_part) {
            RETURN_PER_DAY.clone_into(&mut axis.measure);
        }
    }

    fn halves(&mut self, length: Span) {
        if !self.stability.moves(AxisKind::Halves) {
            return;
        }
        let middle = Span::from_nanos(length.nanos() / 2);
        let points = vec![
            self.part(format!("first half, {middle}"), Span::ZERO, middle),
            self.part(format!("second half, {middle}"), middle, length),
        ];
        let about = "The two halves of the whole run; the bot goes into the second as the first has left it.";
        self.part_axis(AxisKind::Halves, ("halves", about), points, 0);
    }

    fn days(&mut self, length: Span) {
        if !self.stability.moves(AxisKind::Days) {
            return;
        }
        let day = |days: u32| DAY.times(i64::from(days));
        let mut lengths: Vec<u32> = self.stability.days.iter().copied().filter(|days| day(*days) <= length).collect();
        lengths.sort_unstable();
        let late: Vec<String> =
            self.stability.days.iter().filter(|days| length < day(**days)).map(u32::to_string).collect();
        if !late.is_empty() {
            self.plan.left_out.push(format!("the run after {} days: the market lasts {length}", late.join(" and ")));
        }
        let plural = |days: u32| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let points: Vec<PlannedPoint> =
            lengths.iter().map(|days| self.part(plural(*days), Span::ZERO, day(*days))).collect();
        let reference = points.len().saturating_sub(1);
        self.part_axis(
            AxisKind::Days,
            ("length", "The whole run as it stood after so many days, held against the longest."),
            points,
            reference,
        );
        let whole = u32::try_from(length.nanos() / DAY.nanos()).unwrap_or(0);
        if whole > 1 {
            let points = (0..whole)
                .map(|number| self.part(format!("day {}", number + 1), day(number), day(number + 1)))
                .collect();
            self.part_axis(
                AxisKind::Days,
                ("single days", "Each day of the whole run by itself, held against the first."),
                points,
                0,
            );
        }
    }
}

/// With a sign, as it is printed.
fn signed(percent: i64) -> String {
    format!("{percent:+}").replace('-', "−")
}

fn thousandths(multiple: Decimal) -> i64 {
    multiple.multiple_of(Fixed::new(1, 3)).unwrap_or(0)
}

fn times(rate: Rate, multiple: Decimal) -> Rate {
    let ppb = i128::from(rate.ppb()) * i128::from(thousandths(multiple));
    let rounded = (ppb.abs() + 500) / 1_000 * ppb.signum();
    Rate::from_ppb(i64::try_from(rounded).unwrap_or(rate.ppb()))
}

/// `10` of a rate of 0.001.
fn basis_points(rate: Rate) -> String {
    let text = Fixed::format_exact(i128::from(rate.ppb()), 5);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `0.1 ms`, `500 ms`.
fn milliseconds(span: Span) -> String {
    let text = Fixed::format_exact(i128::from(span.nanos()), 6);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} ms")
}

/// Both legs, where they are the same and always so.
fn own_latency(latency: &LatencyFile) -> Option<Span> {
    let [order, report] = [latency.order?.0, latency.report?.0];
    (latency.model == LatencyModel::Constant && order == report).then_some(order)
}

/// A request with such a stamp is outside of the venue's window when it arrives.
fn is_refused(skew: SkewText, latency: &LatencyFile) -> bool {
    let way = latency.order.or(latency.median).map_or(0, |way| way.0.nanos());
    let ahead = skew.0 - way;
    AHEAD_MAX.nanos() < ahead || ahead < -BEHIND_MAX.nanos()
}

impl Group {
    /// The scenario of one run of the group.
    #[must_use]
    pub fn scenario(&self, scenario: &Scenario, seed: u64) -> Scenario {
        let mut changed = scenario.clone();
        let file = &mut changed.file;
        file.stability = None;
        file.seed = seed;
        file.run.band = false;
        match &mut file.market.flow {
            Some(flow) => (flow.duration, flow.believability) = (SpanText(self.length), false),
            None => file.market.synthetic.get_or_insert_default().duration = SpanText(self.length),
        }
        match &self.change {
            Change::None => {}
            Change::Parameter(name, value) => {
                file.bot.parameters.insert(name.clone(), value.clone());
                let layer = parameter_layer(name, value);
                let added = changed.document.add("stability", &layer);
                assert!(added.is_ok(), "a generated layer must be TOML, found {added:?}");
            }
            Change::Latency(span) => {
                let both = Some(SpanText(*span));
                file.venue.latency = LatencyFile { order: both, report: both, ..LatencyFile::default() }.resolved();
            }
            Change::Tape(preset) => as_tape(file, *preset),
            Change::Fees(maker, taker) => file.venue.fees = Some(fees(file, *maker, *taker)),
            Change::DataLoss(ppm) => {
                let preset = file.venue.fills;
                as_tape(file, preset);
                file.feed.get_or_insert_default();
                fault(file, (WireFault::SequenceGap, *ppm), self.length);
            }
            Change::ClockSkew(ppm) => {
                file.gateway.get_or_insert_default();
                fault(file, (WireFault::ClockSkew, *ppm), self.length);
            }
        }
        changed
    }
}

fn as_tape(file: &mut ScenarioFile, preset: FillPreset) {
    file.venue.fills = preset;
    file.market.flow.iter_mut().for_each(|flow| flow.closed_loop = false);
}

fn fees(file: &ScenarioFile, maker: Rate, taker: Rate) -> FeesFile {
    let exact = |rate: Rate| Decimal(Fixed::new(rate.ppb(), 9));
    let own = file.venue.fees.clone();
    let (rounding, decimals) = own.map_or((Default::default(), 8), |fees| (fees.rounding, fees.decimals));
    FeesFile { maker: exact(maker), taker: exact(taker), rounding, decimals }
}

/// A fault with so many chances in a million, up to the time that the bot needs to recover before the end.
fn fault(file: &mut ScenarioFile, (fault, ppm): (WireFault, u32), length: Span) {
    // A bot that has no gateway cannot be tried on what one is there for.
    let gateway = file.gateway.iter_mut().filter(|gateway| gateway.policy == GatewayName::None);
    gateway.for_each(|gateway| gateway.policy = GatewayName::Careful);
    let faults = file.faults.get_or_insert_default();
    faults.rates.insert(fault, ppm);
    let third = Span::from_nanos(length.nanos() / 3);
    faults.recovers_within.0 = faults.recovers_within.0.min(RECOVERS).min(third);
    let quiet = faults.recovers_within.0.nanos() + MINUTE.nanos();
    faults.heals_at = Some(Moment::After(Span::from_nanos(length.nanos() - quiet)));
}
