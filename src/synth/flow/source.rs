use super::market::{Flow, Stepped, Ties};
use super::model::{FlowModel, FlowModelError};
use crate::model::{Instrument, row};
use crate::rng::{Quantiles, Rng, Streams};
use crate::synth::batches::{Row, Sink};
use crate::synth::shock::PlacedShock;
use crate::synth::source::{Generated, Market, Recipe};
use crate::units::{Span, Timestamp};

/// Raised with every change of what a seed gives.
const VERSION: u32 = 3;
/// Nanoseconds in a microsecond.
const MICRO: i64 = 1_000;

/// A market of single orders, as level changes and trades; see [`FlowModel`].
pub type FlowMarket = Generated<FlowRecipe>;

/// Which market of single orders, when, and by which seed.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRecipe {
    /// What it is like.
    pub model: FlowModel,
    /// What violent things happen in it.
    pub shocks: Vec<PlacedShock>,
    /// First instant, venue clock.
    pub start_at: Timestamp,
    /// How long it lasts.
    pub duration: Span,
    /// Seed of all its streams.
    pub seed: u64,
}

impl FlowMarket {
    /// The market of a recipe.
    ///
    /// # Panics
    /// When the model breaks a rule of [`FlowModel::check`], or the span one of [`FlowRecipe::check_span`].
    #[must_use]
    pub fn new(recipe: FlowRecipe) -> Self {
        let checked = recipe.model.check();
        assert!(checked.is_ok(), "unchecked model: {checked:?}");
        let checked = recipe.check_span();
        assert!(checked.is_ok(), "unchecked span: {checked:?}");
        let checked = recipe.shocks.iter().try_for_each(PlacedShock::check);
        assert!(checked.is_ok(), "unchecked shocks: {checked:?}");
        Self::of(recipe)
    }
}

impl FlowRecipe {
    /// Whether a tape can hold it.
    ///
    /// # Errors
    /// Whether `start` or `duration` is wrong, and what is allowed.
    pub fn check_span(&self) -> Result<(), FlowModelError> {
        let (first, end) = (Timestamp::from_nanos(946_684_800_000_000_000), 7_258_118_400_000_000_000);
        let wrong =
            |key, found: String, expected: &str| Err(FlowModelError { key, found, expected: expected.to_owned() });
        if self.start_at < first {
            return wrong("start", self.start_at.to_string(), "a time from the year 2000 on");
        }
        let over = self.start_at.nanos().checked_add(self.duration.nanos()).is_none_or(|last| last >= end);
        if self.duration <= Span::ZERO || over {
            return wrong("duration", self.duration.to_string(), "above 0, ending before 2200");
        }
        Ok(())
    }
}

impl Recipe for FlowRecipe {
    type Market = Broadcast;

    fn open(&self, sink: &mut dyn Sink) -> Broadcast {
        let mut broadcast = Broadcast::open(self);
        sink.widen();
        broadcast.send(sink);
        broadcast
    }

    fn format(&self) -> &'static str {
        "synthetic-flow"
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn instrument(&self) -> Instrument {
        self.model.instrument.instrument()
    }

    fn span(&self) -> (Timestamp, Span) {
        (self.start_at, self.duration)
    }

    fn words(&self) -> String {
        format!("{} {VERSION}\n{self:?}", self.format())
    }
}

/// A market and the feed that tells of it.
#[derive(Debug)]
pub struct Broadcast {
    pub(super) flow: Flow,
    pub(super) message: Vec<Row>,
    pub(super) last_at: i64,
    local_at: i64,
    latency: Quantiles,
    feed: Rng,
}

impl Broadcast {
    /// Opens with a snapshot of the whole book, which is still to be sent.
    pub(super) fn open(recipe: &FlowRecipe) -> Self {
        Self::open_tied(recipe, &Ties::NONE)
    }

    /// The same of a market that hangs together with others.
    pub(super) fn open_tied(recipe: &FlowRecipe, ties: &Ties) -> Self {
        let (start, streams) = (recipe.start_at.nanos(), Streams::new(recipe.seed));
        let latency: Vec<(u32, i64)> =
            recipe.model.feed.latency_us.iter().map(|(ppm, us)| (*ppm, us * MICRO)).collect();
        let mut broadcast = Self {
            flow: Flow::new(&recipe.model, &recipe.shocks, (start, start + recipe.duration.nanos()), streams, ties),
            message: Vec::with_capacity(1024),
            last_at: start,
            local_at: start,
            latency: Quantiles::new(&latency).unwrap_or_else(|error| panic!("latencies were checked, found {error}")),
            feed: streams.stream(&format!("synth/flow/{}/feed", recipe.model.instrument.symbol)),
        };
        broadcast.flow.snapshot(&mut broadcast.message);
        broadcast.message.iter_mut().for_each(|row| row.flags |= row::SNAPSHOT);
        broadcast
    }

    /// Delivers the message, after those before it.
    #[inline]
    pub(super) fn send(&mut self, sink: &mut dyn Sink) {
        let (venue_at, local_at) = self.stamps();
        sink.write(&mut self.message, venue_at, local_at);
    }

    /// When the message was made and when it arrives.
    #[inline]
    pub(super) fn stamps(&mut self) -> (i64, i64) {
        let latency = self.latency.sample(&mut self.feed);
        self.arrives(self.flow.now(), latency)
    }

    /// When a message of the venue's own doing arrives, by a stream that no other message draws from.
    #[inline]
    pub(super) fn own_stamps(&mut self, at: i64, rng: &mut Rng) -> (i64, i64) {
        let latency = self.latency.sample(rng);
        self.arrives(at, latency)
    }

    #[inline]
    fn arrives(&mut self, at: i64, latency: i64) -> (i64, i64) {
        self.last_at = at;
        self.local_at = self.local_at.max(at + latency);
        (self.last_at, self.local_at)
    }
}

impl Market for Broadcast {
    #[inline]
    fn step(&mut self, sink: &mut dyn Sink) -> bool {
        let goes_on = self.flow.step(i64::MAX, &mut self.message) == Stepped::Message;
        if goes_on {
            self.send(sink);
        }
        goes_on
    }

    fn last_at(&self) -> i64 {
        self.last_at
    }
}
