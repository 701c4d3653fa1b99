//! A strategy beside whom somebody stands with a clock: how long its calls take, and how large what it remembers has become.

use crate::engine::Rebuild;
use crate::model::{Bar, ExecutionReport, Trade};
use crate::readiness::CallTimes;
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
}

#[derive(Debug)]
struct Seen {
    calls: u64,
    times: Histogram<u64>,
    state_bytes: u64,
    open_orders: u64,
    weighed_at: Timestamp,
}

impl BotWatch {
    /// Nothing seen yet; `clock` is read around calls.
    ///
    /// # Panics
    /// Never: the bounds of the histogram are in order.
    #[must_use]
    pub fn new(clock: CpuClock) -> Self {
        let times = match Histogram::new_with_bounds(1, LONGEST, 3) {
            Ok(times) => times,
            Err(error) => panic!("bounds 1 and {LONGEST} are refused: {error}"),
        };
        let seen = Seen { calls: 0, times, state_bytes: 0, open_orders: 0, weighed_at: Timestamp::MIN };
        Self { seen: Rc::new(RefCell::new(seen)), clock }
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
        let seen = self.seen.borrow();
        let at = |quantile| seen.times.value_at_quantile(quantile);
        let timed = seen.times.len();
        CallTimes { timed, calls: seen.calls, p50_ns: at(0.5), p99_ns: at(0.99), max_ns: seen.times.max() }
    }

    /// Bytes of what it would have saved, and open orders that it knew of, as weighed at most an hour before its last call.
    #[must_use]
    pub fn weight(&self) -> (u64, u64) {
        let seen = self.seen.borrow();
        (seen.state_bytes, seen.open_orders)
    }

    fn begin(&self) -> Option<Span> {
        let mut seen = self.seen.borrow_mut();
        seen.calls += 1;
        (seen.calls <= ALL_UP_TO || seen.calls.is_multiple_of(STRIDE)).then(|| (self.clock)())
    }

    fn end(&self, began: Option<Span>) {
        let Some(began) = began else { return };
        let took = (self.clock)().nanos().saturating_sub(began.nanos());
        self.seen.borrow_mut().times.saturating_record(u64::try_from(took).unwrap_or(0));
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
        seen.open_orders = view.orders.len() as u64;
        seen.state_bytes = self.strategy.save().to_string().len() as u64;
    }

    fn call(&mut self, view: &View<'_>, call: impl FnOnce(&mut dyn Strategy)) {
        let began = self.watch.begin();
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

    fn save(&self) -> serde_json::Value {
        self.strategy.save()
    }

    fn restore(&mut self, state: &serde_json::Value) -> Result<(), String> {
        self.strategy.restore(state)
    }
}
