use super::model::{PlacedShock, ShockModel, ShockStart};
use super::multiple::Multiple;
use super::script::{Moment, NamedSizes, Script};
use super::seen::{
    CalmMarket, PLATEAU_SECONDS, Seen, grid, longest_silence, mean_change, median, plateau, recent, trades,
};
use crate::model::Side;
use crate::rng::Streams;
use crate::synth::flow::{FlowModel, FlowRecipe};
use crate::synth::watch::MarketSecond;
use crate::units::{MINUTE, Span, Timestamp};

/// How long the market runs before the shock.
const BEFORE: Span = MINUTE.times(30);
/// How long a script is looked at for its sizes, after its last phase has begun to fade.
const AFTER: Span = MINUTE.times(60);
/// Least that is seen after something has come.
const ON: Span = MINUTE.times(10);
const MINUTE_SECONDS: usize = 60;

/// What a shock names, and what was found in a market with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// In words.
    pub name: &'static str,
    /// As the script has it; `None` where it names nothing.
    pub named: Option<f64>,
    /// As it was found; `None` where it could not be measured.
    pub found: Option<f64>,
}

impl Measured {
    /// Both figures to three decimals; a dash for none.
    #[must_use]
    pub fn words(&self) -> [String; 2] {
        [self.named, self.found].map(|figure| figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.3}")))
    }
}

/// Runs `model` with a shock and compares what was found with what it names, from half an hour before it until all has been seen.
///
/// Price: lowest and highest trade from the start of the shock on, over the mid at its start. Spread and depth: the median over the
/// seconds at which the script has them farthest from what they were, half an hour of them at most, over what was there
/// before, which comes and goes by itself: the mean of the last minutes, a second of five minutes ago counting e times less, and a spread that is wide for a
/// moment no more than one twice the mean. Depth is what rests within 10 basis points of the best price. Seconds at which the script moves the price do not
/// count where there are others: quotes do not keep up with a price that moves by percents a minute, and nobody has named that.
/// Volatility (mean size of the changes over ten seconds, without what the script moves; where a tick is more than ten seconds move, of those over five minutes,
/// without what six in a row have in the middle) and messages with trades: over the same seconds, and over those of
/// the same seed without the shock. Tick: the step on which all best prices stand. Halt: the longest stretch without a row.
///
/// # Panics
/// When model or shock break their rules.
#[must_use]
pub fn measure(model: &FlowModel, shock: &ShockModel, severity: Multiple, seed: u64) -> Vec<Measured> {
    let plan = Plan::new(shock, severity, seed);
    measure_beside(model, shock, severity, &CalmMarket::new(model, seed, plan.duration()))
}

/// The same, beside a market without the shock that is there already; what is longer than it counts as far as it goes.
///
/// # Panics
/// When model or shock break their rules.
#[must_use]
pub fn measure_beside(model: &FlowModel, shock: &ShockModel, severity: Multiple, calm: &CalmMarket) -> Vec<Measured> {
    let plan = Plan::new(shock, severity, calm.seed);
    let (start_at, shocks) = (Seen::start(), vec![plan.placed.clone()]);
    let recipe = FlowRecipe { model: model.clone(), shocks, start_at, duration: plan.duration(), seed: calm.seed };
    plan.sizes(&Seen::of(recipe), calm, Some(&plan.script))
}

/// The same of a market in which the shock that is asked for does not come: what chance alone makes of each size. What is within a tolerance
/// here is not shown by being within it with the shock.
///
/// # Panics
/// When the shock breaks its rules.
#[must_use]
pub fn measure_absent(shock: &ShockModel, severity: Multiple, calm: &CalmMarket) -> Vec<Measured> {
    Plan::new(shock, severity, calm.seed).sizes(&calm.seen, calm, None)
}

/// What is to be seen, and until when.
struct Plan {
    placed: PlacedShock,
    script: Script,
    named: NamedSizes,
    /// Where the shock begins, and where all has been seen, nanoseconds since 1970.
    from: i64,
    until: i64,
}

impl Plan {
    fn new(shock: &ShockModel, severity: Multiple, seed: u64) -> Self {
        let start_at = Seen::start();
        let placed = PlacedShock { shock: shock.clone(), severity, start: ShockStart::At(BEFORE) };
        let script = Script::new(std::slice::from_ref(&placed), start_at.nanos(), Streams::new(seed));
        let from = start_at.plus(BEFORE).nanos();
        let end = from + shock.lasts().nanos() + AFTER.nanos();
        let named = script.named(from, end);
        let until = last_news(&script, &named, from, end).saturating_add(ON.nanos()).min(end);
        Self { placed, script, named, from, until }
    }

    /// `script`: what has moved the price, if anything has.
    fn sizes(&self, seen: &Seen, calm: &CalmMarket, script: Option<&Script>) -> Vec<Measured> {
        let seconds = &seen.seconds[..self.seconds().1.min(seen.seconds.len())];
        let mut rows = self.prices(seen);
        rows.push(self.spread(seconds));
        Side::BOTH.into_iter().for_each(|side| rows.extend(self.depth(seconds, side)));
        rows.extend(self.pace(seconds, calm, script));
        rows.extend(self.rules(seconds));
        rows
    }

    fn duration(&self) -> Span {
        Timestamp::from_nanos(self.until).since(Seen::start())
    }

    /// Places of the seconds from the shock's start on.
    fn seconds(&self) -> (usize, usize) {
        let second = |at: i64| ((at - Seen::start().nanos()) / 1_000_000_000) as usize;
        (second(self.from), second(self.until))
    }

    /// What a figure was when the shock began; nothing without a market.
    fn lately(&self, seconds: &[MarketSecond], of: &dyn Fn(&MarketSecond) -> i64, most: f64) -> Option<f64> {
        let (from, _) = self.seconds();
        Some(recent(&seconds[..from.min(seconds.len())], of, most)).filter(|mean| *mean > 0.0)
    }

    fn plateau(&self, multiple: &dyn Fn(&Moment) -> f64, extreme: f64) -> Vec<usize> {
        plateau(&self.script, self.seconds(), false, multiple, extreme)
    }

    fn prices(&self, seen: &Seen) -> Vec<Measured> {
        let (from, _) = self.seconds();
        let opening = seen.seconds.get(from - 1).map_or(0.0, |second| second.mid_x2 as f64 / 2.0);
        let names = ["lowest price, percent", "highest price, percent"];
        let row = |place: usize| Measured {
            name: names[place],
            named: Some((self.named.price[place] - 1.0) * 100.0).filter(|percent| *percent != 0.0),
            found: seen.traded(self.seconds()).map(|traded| (traded[place] as f64 / opening - 1.0) * 100.0),
        };
        vec![row(0), row(1)]
    }

    fn spread(&self, seconds: &[MarketSecond]) -> Measured {
        let spread = |second: &MarketSecond| second.spread;
        let wide = self.plateau(&|moment| moment.spread, self.named.spread);
        let calm = self.lately(seconds, &spread, 1.0);
        let found = median(seconds, &wide, &spread).zip(calm).map(|(wide, calm)| wide / calm);
        Measured {
            name: "spread, multiple",
            named: Some(self.named.spread).filter(|spread| *spread > 1.0),
            found: found.filter(|_| self.named.spread > 1.0),
        }
    }

    fn depth(&self, seconds: &[MarketSecond], side: Side) -> [Measured; 2] {
        let names = match side {
            Side::Buy => ["bids, multiple", "half of the bids are back, min"],
            Side::Sell => ["asks, multiple", "half of the asks are back, min"],
        };
        let low = self.named.depth[side.index()];
        let depth = |second: &MarketSecond| second.depth[side.index()];
        let calm = self.lately(seconds, &depth, f64::INFINITY).filter(|_| low < 1.0);
        let thin = self.plateau(&|moment| moment.depth[side.index()], low);
        let found = median(seconds, &thin, &depth).zip(calm).map(|(thin, calm)| thin / calm);
        let half = half_back(&self.script, side, low, self.from, self.until);
        let is_back = |minute: usize| {
            let places: Vec<usize> = (minute..minute + MINUTE_SECONDS).collect();
            median(seconds, &places, &depth).zip(calm).is_some_and(|(now, calm)| now / calm >= f64::midpoint(1.0, low))
        };
        let back = half.and_then(|(begins, _)| {
            let first = ((begins - Seen::start().nanos()) / 1_000_000_000) as usize;
            let mut minutes = (first..seconds.len()).step_by(MINUTE_SECONDS);
            minutes.position(is_back).map(|minutes| minutes as f64 + 0.5)
        });
        [
            Measured { name: names[0], named: Some(low).filter(|low| *low < 1.0), found },
            Measured { name: names[1], named: half.map(|(_, minutes)| minutes), found: back },
        ]
    }

    /// Beside the same seed without the shock: its volatility and its orders come and go by chance.
    fn pace(&self, seconds: &[MarketSecond], calm: &CalmMarket, script: Option<&Script>) -> [Measured; 2] {
        let [volatility, orders] = [self.named.volatility, self.named.orders];
        let (without, spans) = (&calm.seen.seconds, calm.spans);
        let both = |mut places: Vec<usize>| {
            places.retain(|place| *place < seconds.len().min(without.len()));
            places
        };
        let wild = both(plateau(&self.script, self.seconds(), spans.all, &|moment| moment.volatility, volatility));
        let changes = mean_change(seconds, &wild, script, spans).zip(mean_change(without, &wild, None, spans));
        let busy = both(self.plateau(&|moment| moment.orders, orders));
        let (with, without) = (trades(seconds, &busy), trades(without, &busy));
        [
            Measured {
                name: "volatility, multiple",
                named: Some(volatility).filter(|multiple| *multiple != 1.0),
                found: changes.filter(|(_, without)| *without > 0.0).map(|(with, without)| with / without),
            },
            Measured {
                name: "orders, multiple",
                named: Some(orders).filter(|multiple| *multiple != 1.0),
                found: (without > 0.0).then(|| with / without),
            },
        ]
    }

    fn rules(&self, seconds: &[MarketSecond]) -> [Measured; 2] {
        let coarse = self.plateau(&|moment| moment.grid as f64, self.named.grid as f64);
        let halted = self.named.halted as f64 / MINUTE.nanos() as f64;
        let (from, _) = self.seconds();
        let silence = longest_silence(seconds.get(from..).unwrap_or_default());
        [
            Measured {
                name: "tick, multiple",
                named: Some(self.named.grid as f64).filter(|multiple| *multiple > 1.0),
                found: grid(seconds, &coarse).map(|step| step as f64),
            },
            Measured {
                name: "halt, min",
                named: Some(halted).filter(|minutes| *minutes > 0.0),
                found: Some(silence as f64 / MINUTE_SECONDS as f64),
            },
        ]
    }
}

/// When the last thing that is named has been there for half an hour, or has come back by half: nanoseconds since 1970.
fn last_news(script: &Script, named: &NamedSizes, from: i64, end: i64) -> i64 {
    let far = |here: f64, extreme: f64| extreme != 1.0 && libm::log(here) / libm::log(extreme) >= 0.98;
    let mut seen = [0_i64; 8];
    let mut last = from;
    let mut now = from;
    while now <= end {
        let moment = script.at(now);
        let price = libm::exp(moment.log_price);
        let here = [
            far(price, named.price[0]),
            far(price, named.price[1]),
            far(moment.spread, named.spread),
            far(moment.depth[0], named.depth[0]),
            far(moment.depth[1], named.depth[1]),
            far(moment.volatility, named.volatility),
            far(moment.orders, named.orders),
            moment.grid > 1,
        ];
        let first_half_hour = |seconds: &i64| *seconds < PLATEAU_SECONDS as i64;
        for (seconds, _) in seen.iter_mut().zip(here).filter(|(seconds, is_far)| *is_far && first_half_hour(seconds)) {
            *seconds += 1;
            last = last.max(now);
        }
        if moment.halted {
            last = last.max(now);
        }
        now += 1_000_000_000;
    }
    let backs = Side::BOTH.map(|side| half_back(script, side, named.depth[side.index()], from, end));
    let back = |(begins, minutes): (i64, f64)| begins + (2.0 * minutes * MINUTE.nanos() as f64) as i64;
    backs.into_iter().flatten().map(back).fold(last, i64::max)
}

/// When a side's depth begins to come back, nanoseconds since 1970, and minutes until half of what went is there.
fn half_back(script: &Script, side: Side, low: f64, from: i64, end: i64) -> Option<(i64, f64)> {
    let (mut now, mut last_low) = (from, None);
    while now <= end && low < 1.0 {
        let depth = script.at(now).depth[side.index()];
        if depth <= low * 1.001 {
            last_low = Some(now);
        } else if let Some(at) = last_low.filter(|_| depth >= f64::midpoint(1.0, low)) {
            return Some((at, (now - at) as f64 / MINUTE.nanos() as f64));
        }
        now = script.next(now);
    }
    None
}
