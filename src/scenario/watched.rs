//! A strategy beside whom somebody stands with a clock: how long its calls take, how long gates and gateway take over what it asks for, and how large what it
//! remembers has become.

use crate::engine::Rebuild;
use crate::model::{Bar, ExecutionReport, Trade};
use crate::readiness::{CallTimes, RunTimes};
use crate::strategy::{Actions, Description, Strategy, Subscriptions, View};
use crate::units::{MINUTE, Span, Timestamp};
use hdrhistogram::Histogram;
use std::cell::RefCell;
use std::rc::Rc;

const HOUR: Span = MINUTE.times(60);

/// Every call up to this one is timed, and then one of [`STRIDE`]: reading the clock takes longer than many a call.
const ALL_UP_TO: u64 = 100_000;
const STRIDE: u64 = 16;

/// Longest call that is told from longer ones: a quarter of an hour, in nanoseconds.
const LONGEST: u64 = 900_000_000_000;

/// CPU time that the calling thread has used so far.
pub type CpuClock = fn() -> Span;

/// What was seen of one bot while it ran. The run does not depend on it.
#[derive(Debug, Clone)]
pub struct BotWatch {
    seen: Rc<RefCell<Seen>>,
    clock: CpuClock,
    from: Timestamp,
}

#[derive(Debug)]
struct Seen {
    calls: CpuTimes,
    /// The last call counts.
    is_seen: bool,
    /// When the last call that is timed had asked for something, until that is judged.
    asked_at: Option<Span>,
    judged: CpuTimes,
    state_bytes: u64,
    open_orders: u64,
    weighed_at: Timestamp,
}

/// CPU times of many things of a kind: percentiles to a thousandth, in bounded memory.
#[derive(Debug, Clone)]
struct CpuTimes {
    count: u64,
    times: Histogram<u64>,
}

impl CpuTimes {
    /// None yet.
    fn new() -> Self {
        match Histogram::new_with_bounds(1, LONGEST, 3) {
            Ok(times) => Self { count: 0, times },
            Err(error) => panic!("bounds 1 and {LONGEST} are refused: {error}"),
        }
    }

    /// One more of them, whose time may be taken: true where it should be.
    const fn is_next_timed(&mut self) -> bool {
        self.count += 1;
        self.count <= ALL_UP_TO || self.count.is_multiple_of(STRIDE)
    }

    /// It took from `began` to `ended`.
    fn add(&mut self, began: Span, ended: Span) {
        let took = ended.nanos().saturating_sub(began.nanos());
        self.times.saturating_record(u64::try_from(took).unwrap_or(0));
    }

    /// What was seen.
    fn seen(&self) -> CallTimes {
        let at = |quantile| self.times.value_at_quantile(quantile);
        let timed = self.times.len();
        let calls = self.count.max(timed);
        CallTimes { timed, calls, p50_ns: at(0.5), p99_ns: at(0.99), max_ns: self.times.max() }
    }
}

impl BotWatch {
    /// Nothing seen yet; `clock` is read around calls from the instant `from` on, venue time.
    #[must_use]
    pub fn new(clock: CpuClock, from: Timestamp) -> Self {
        let seen = Seen {
            calls: CpuTimes::new(),
            is_seen: false,
            asked_at: None,
            judged: CpuTimes::new(),
            state_bytes: 0,
            open_orders: 0,
            weighed_at: Timestamp::MIN,
        };
        Self { seen: Rc::new(RefCell::new(seen)), clock, from }
    }

    /// The same strategy, watched.
    #[must_use]
    pub fn over(&self, strategy: Box<dyn Strategy>) -> Box<dyn Strategy> {
        Box::new(Watched { strategy, watch: self.clone() })
    }

    /// The same for a strategy that a restart builds.
    #[must_use]
    pub fn over_rebuilt(&self, rebuild: Rebuild) -> Rebuild {
        let watch = self.clone();
        Box::new(move || rebuild().map(|(strategy, gates)| (watch.over(strategy), gates)))
    }

    /// CPU times of its calls so far.
    #[must_use]
    pub fn call_times(&self) -> CallTimes {
        self.seen.borrow().calls.seen()
    }

    /// CPU times of what came after calls that asked for something: gates, journal and gateway, until all of it was on its way or refused. Timed where the call was.
    #[must_use]
    pub fn judged_times(&self) -> CallTimes {
        self.seen.borrow().judged.seen()
    }

    /// Bytes of what it would have saved, and open orders that it knew of, as weighed at most an hour before its last call.
    #[must_use]
    pub fn weight(&self) -> (u64, u64) {
        let seen = self.seen.borrow();
        (seen.state_bytes, seen.open_orders)
    }

    fn begin(&self, now: Timestamp) -> Option<Span> {
        let mut seen = self.seen.borrow_mut();
        (seen.asked_at, seen.is_seen) = (None, self.from <= now);
        (seen.is_seen && seen.calls.is_next_timed()).then(|| (self.clock)())
    }

    fn end(&self, began: Option<Span>) {
        let Some(began) = began else { return };
        let ended = (self.clock)();
        let mut seen = self.seen.borrow_mut();
        seen.calls.add(began, ended);
        seen.asked_at = Some(ended);
    }

    fn judged(&self) {
        let mut seen = self.seen.borrow_mut();
        if !seen.is_seen {
            return;
        }
        seen.judged.count += 1;
        if let Some(asked_at) = seen.asked_at.take() {
            seen.judged.add(asked_at, (self.clock)());
        }
    }
}

/// What was seen of a run while it went: its bot, and how long its rows took.
#[derive(Debug, Clone)]
pub struct RunWatch {
    bot: BotWatch,
    stretches: CpuTimes,
    /// When the stretch that goes on began; nothing before the first.
    began: Option<Span>,
}

impl RunWatch {
    /// Nothing seen yet; what comes before the instant `from` is not looked at.
    #[must_use]
    pub fn new(clock: CpuClock, from: Timestamp) -> Self {
        Self { bot: BotWatch::new(clock, from), stretches: CpuTimes::new(), began: None }
    }

    /// Who watches the bot.
    #[must_use]
    pub const fn bot(&self) -> &BotWatch {
        &self.bot
    }

    /// The run has come to `at`: a stretch of rows is over, unless it only starts here, and the next one begins. Call it on the thread of the run.
    pub fn reached(&mut self, at: Timestamp, is_start: bool) {
        let ended = (self.bot.clock)();
        let began = self.began.replace(ended);
        if let Some(began) = began.filter(|_| !is_start && self.bot.from <= at) {
            self.stretches.count += 1;
            self.stretches.add(began, ended);
        }
    }

    /// What was done since the last stretch ended is no part of the next.
    pub fn begin_again(&mut self) {
        self.began = Some((self.bot.clock)());
    }

    /// All that was seen.
    #[must_use]
    pub fn times(&self) -> RunTimes {
        RunTimes { calls: self.bot.call_times(), judged: self.bot.judged_times(), stretches: self.stretches.seen() }
    }
}

struct Watched {
    strategy: Box<dyn Strategy>,
    watch: BotWatch,
}

impl Watched {
    fn weigh(&self, view: &View<'_>) {
        let mut seen = self.watch.seen.borrow_mut();
        if view.now.since(seen.weighed_at) < HOUR {
            return;
        }
        seen.weighed_at = view.now;
        // What the weighing takes is nobody's.
        seen.asked_at = None;
        seen.open_orders = view.orders.len() as u64;
        seen.state_bytes = self.strategy.save().to_string().len() as u64;
    }

    fn call(&mut self, view: &View<'_>, call: impl FnOnce(&mut dyn Strategy)) {
        let began = self.watch.begin(view.now);
        call(self.strategy.as_mut());
        self.watch.end(began);
        self.weigh(view);
    }
}

impl Strategy for Watched {
    fn describe(&self) -> Description {
        self.strategy.describe()
    }

    fn subscriptions(&self) -> Subscriptions {
        self.strategy.subscriptions()
    }

    fn on_timer(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.call(view, |strategy| strategy.on_timer(view, actions));
    }

    fn on_bar(&mut self, bar: &Bar, view: &View<'_>, actions: &mut Actions) {
        self.call(view, |strategy| strategy.on_bar(bar, view, actions));
    }

    fn on_book(&mut self, view: &View<'_>, actions: &mut Actions) {
        self.call(view, |strategy| strategy.on_book(view, actions));
    }

    fn on_trade(&mut self, trade: &Trade, view: &View<'_>, actions: &mut Actions) {
        self.call(view, |strategy| strategy.on_trade(trade, view, actions));
    }

    fn on_report(&mut self, report: &ExecutionReport, view: &View<'_>, actions: &mut Actions) {
        self.call(view, |strategy| strategy.on_report(report, view, actions));
    }

    fn on_judged(&mut self) {
        self.watch.judged();
        self.strategy.on_judged();
    }

    fn save(&self) -> serde_json::Value {
        self.strategy.save()
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.strategy.restore(state)
    }
}
