//! How long a request travels to the venue and a report back.
//!
//! Order rule: requests of one bot arrive in the order sent, reports in the order made; a message that would overtake an
//! earlier one arrives together with it. Invariants: no span is negative; integers only; the same seed and calls give the
//! same spans. Known limits: one connection; no loss (faults belong elsewhere).

use crate::checkpoint::kept;
use crate::rng::{Quantiles, QuantilesError, Rng, Streams};
use crate::units::{Rate, Span, Timestamp};

/// Which model, with its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatencyConfig {
    /// Always the same.
    Constant {
        /// Request, from the bot to the venue.
        entry: Span,
        /// Report, from the venue to the bot.
        response: Span,
    },
    /// Follows the feed latency that the tape recorded at that moment, in both directions.
    Recorded {
        /// Order latency as a multiple of feed latency.
        factor: Rate,
        /// Never less than this.
        floor: Span,
    },
    /// Independent draws around a median with a heavy tail, and bursts during which everything is slow.
    HeavyTailed {
        /// Half of all messages take at most this long.
        median: Span,
        /// 99 of 100 messages take at most this long; one in a million takes about sixteen times its excess over the median.
        tail: Span,
        /// Chance that a message starts a burst.
        burst_probability: Rate,
        /// How long a burst lasts.
        burst_length: Span,
        /// What a burst multiplies latencies with.
        burst_factor: u32,
    },
}

/// Why a latency model cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LatencyError {
    /// A figure is out of its range.
    #[error("{name} is {found}; expected {expected}")]
    OutOfRange {
        /// Which figure.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Median and tail make no distribution.
    #[error("latency quantiles: {0}")]
    Quantiles(#[from] QuantilesError),
}

/// A stretch in which the venue answers slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slow {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// What it adds to every message that sets out within it, in each direction.
    pub extra: Span,
}

/// A stretch in which no report reaches the bot: those made within it set out when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

/// Latency of one bot's connection in both directions.
#[derive(Debug, Clone)]
pub struct Latency {
    /// Stretches in which everything takes longer.
    slow: Vec<Slow>,
    /// Stretches in which no report sets out.
    silent: Vec<Silence>,
    model: Model,
    entry: Direction,
    response: Direction,
}

#[derive(Debug, Clone)]
enum Model {
    Constant { entry: Span, response: Span },
    Recorded { factor: Rate, floor: Span },
    HeavyTailed { quantiles: Quantiles, burst: Burst },
}

#[derive(Debug, Clone, Copy)]
struct Burst {
    probability_ppb: u32,
    length: Span,
    factor: i64,
}

/// One direction: its randomness, its burst, and when its last message arrives.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Direction {
    rng: Rng,
    burst_until: Timestamp,
    last_arrival: Timestamp,
}

impl Latency {
    /// A model with its own random streams of `seed`.
    ///
    /// # Errors
    /// [`LatencyError`] names the figure that is out of range.
    pub fn new(config: &LatencyConfig, seed: u64) -> Result<Self, LatencyError> {
        let streams = Streams::new(seed);
        Ok(Self {
            slow: Vec::new(),
            silent: Vec::new(),
            model: Model::new(config)?,
            entry: Direction::new(streams.stream("order-entry-latency")),
            response: Direction::new(streams.stream("order-response-latency")),
        })
    }

    /// The same time for every message; a negative one counts as none.
    #[must_use]
    pub fn constant(entry: Span, response: Span) -> Self {
        let streams = Streams::new(0);
        Self {
            slow: Vec::new(),
            silent: Vec::new(),
            model: Model::Constant { entry: entry.max(Span::ZERO), response: response.max(Span::ZERO) },
            entry: Direction::new(streams.stream("order-entry-latency")),
            response: Direction::new(streams.stream("order-response-latency")),
        }
    }

    /// The same, but slower by a stretch's `extra` for every message that sets out within it.
    #[must_use]
    pub fn slowed(mut self, slow: Vec<Slow>) -> Self {
        self.slow = slow;
        self
    }

    /// The same, but reports made within a stretch set out at its end.
    #[must_use]
    pub fn silenced(mut self, silent: Vec<Silence>) -> Self {
        self.silent = silent;
        self
    }

    /// How long a report made `at` waits until it sets out.
    fn waits(&self, at: Timestamp) -> Span {
        let within = |silence: &&Silence| silence.from <= at && at < silence.until;
        let until = self.silent.iter().filter(within).map(|silence| silence.until).max();
        until.map_or(Span::ZERO, |until| until.since(at))
    }

    /// What stretches add to a message that sets out `at`.
    fn extra(&self, at: Timestamp) -> Span {
        let within = |slow: &&Slow| slow.from <= at && at < slow.until;
        let extra = self.slow.iter().filter(within).map(|slow| slow.extra.nanos().max(0));
        Span::from_nanos(extra.fold(0, i64::saturating_add))
    }

    /// Latencies depend on the feed's; the other models ignore what they are told of it.
    #[must_use]
    pub const fn follows_feed(&self) -> bool {
        matches!(self.model, Model::Recorded { .. })
    }

    /// How long a request sent `at` travels to the venue. Call in the order of sending.
    pub fn entry(&mut self, at: Timestamp, feed_latency: Span) -> Span {
        let span = match self.model {
            Model::Constant { entry, .. } => entry,
            _ => self.model.draw(at, feed_latency, &mut self.entry),
        };
        let extra = if self.slow.is_empty() { Span::ZERO } else { self.extra(at) };
        self.entry.in_order(at, Span::from_nanos(span.nanos().saturating_add(extra.nanos())))
    }

    /// How long a report made `at` travels to the bot. Call in the order of reporting.
    #[inline]
    pub fn response(&mut self, at: Timestamp, feed_latency: Span) -> Span {
        let span = match self.model {
            Model::Constant { response, .. } => response,
            _ => self.model.draw(at, feed_latency, &mut self.response),
        };
        let extra = if self.slow.is_empty() { Span::ZERO } else { self.extra(at) };
        let waits = if self.silent.is_empty() { Span::ZERO } else { self.waits(at) };
        let nanos = span.nanos().saturating_add(extra.nanos()).saturating_add(waits.nanos());
        self.response.in_order(at, Span::from_nanos(nanos))
    }
}

impl Direction {
    const fn new(rng: Rng) -> Self {
        Self { rng, burst_until: Timestamp::MIN, last_arrival: Timestamp::MIN }
    }

    /// `span`, longer if the message would overtake the one before.
    fn in_order(&mut self, at: Timestamp, span: Span) -> Span {
        self.last_arrival = self.last_arrival.max(at.plus(span));
        self.last_arrival.since(at)
    }
}

impl Model {
    fn new(config: &LatencyConfig) -> Result<Self, LatencyError> {
        match *config {
            LatencyConfig::Constant { entry, response } => Ok(Self::Constant {
                entry: not_negative("entry", entry)?,
                response: not_negative("response", response)?,
            }),
            LatencyConfig::Recorded { factor, floor } => {
                if factor < Rate::ZERO {
                    return Err(out_of_range("factor", factor, "zero or more"));
                }
                Ok(Self::Recorded { factor, floor: not_negative("floor", floor)? })
            }
            LatencyConfig::HeavyTailed { median, tail, burst_probability, burst_length, burst_factor } => {
                let ppb = u32::try_from(burst_probability.ppb()).ok().filter(|&ppb| i64::from(ppb) <= Rate::ONE);
                let burst = Burst {
                    probability_ppb: ppb
                        .ok_or_else(|| out_of_range("burst_probability", burst_probability, "between 0 and 1"))?,
                    length: not_negative("burst_length", burst_length)?,
                    factor: i64::from(burst_factor.max(1)),
                };
                not_negative("median", median)?;
                Ok(Self::HeavyTailed { quantiles: heavy_tail(median, tail)?, burst })
            }
        }
    }

    fn draw(&self, at: Timestamp, feed_latency: Span, direction: &mut Direction) -> Span {
        match self {
            Self::Constant { entry, .. } => *entry,
            Self::Recorded { factor, floor } => scaled(feed_latency, *factor).max(*floor),
            Self::HeavyTailed { quantiles, burst } => {
                let quiet = Span::from_nanos(quantiles.sample(&mut direction.rng));
                if direction.rng.ratio(burst.probability_ppb, Rate::ONE as u32) {
                    direction.burst_until = at.plus(burst.length);
                }
                if at < direction.burst_until { quiet.times(burst.factor) } else { quiet }
            }
        }
    }
}

/// `span` times `factor`, rounded down; saturates.
fn scaled(span: Span, factor: Rate) -> Span {
    let nanos = i128::from(span.nanos().max(0)) * i128::from(factor.ppb()) / i128::from(Rate::ONE);
    Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// A distribution by median and 99 % quantile. Below the median it falls to 60 % of it; above, the excess over the median
/// grows with the quantiles of a lognormal variable, in sixteenths of the excess at 99 %.
fn heavy_tail(median: Span, tail: Span) -> Result<Quantiles, LatencyError> {
    const ABOVE: [(u32, i64); 8] = [
        (750_000, 3),
        (900_000, 6),
        (950_000, 9),
        (990_000, 16),
        (999_000, 35),
        (999_900, 80),
        (999_999, 256),
        (1_000_000, 512),
    ];
    let excess = tail.nanos().checked_sub(median.nanos()).filter(|&excess| excess >= 0);
    let excess = excess.ok_or_else(|| out_of_range("tail", tail, "at least the median"))?;
    let low = median.nanos() / 5 * 3;
    let mut points = vec![(0, low), (100_000, low + (median.nanos() - low) / 2), (500_000, median.nanos())];
    for (ppm, sixteenths) in ABOVE {
        let above = i128::from(excess) * i128::from(sixteenths) / 16 + i128::from(median.nanos());
        points.push((ppm, i64::try_from(above).map_err(|_| out_of_range("tail", tail, "a span of days at most"))?));
    }
    Ok(Quantiles::new(&points)?)
}

fn not_negative(name: &'static str, span: Span) -> Result<Span, LatencyError> {
    if span < Span::ZERO { Err(out_of_range(name, span, "zero or more")) } else { Ok(span) }
}

fn out_of_range(name: &'static str, found: impl std::fmt::Display, expected: &'static str) -> LatencyError {
    LatencyError::OutOfRange { name, found: found.to_string(), expected }
}

kept!(Latency {
    state: entry, response;
    parts: ;
    left: slow, silent, model;
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{MILLISECOND, SECOND};

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    fn heavy(burst: Rate) -> LatencyConfig {
        LatencyConfig::HeavyTailed {
            median: MILLISECOND,
            tail: MILLISECOND.times(10),
            burst_probability: burst,
            burst_length: SECOND,
            burst_factor: 20,
        }
    }

    #[test]
    fn constant_is_constant_in_both_directions() {
        let config = LatencyConfig::Constant { entry: MILLISECOND, response: SECOND };
        let mut latency = Latency::new(&config, 1).unwrap();
        assert_eq!(latency.entry(at(5), SECOND), MILLISECOND);
        assert_eq!(latency.response(at(5), Span::ZERO), SECOND);
    }

    #[test]
    fn a_slow_stretch_adds_to_what_sets_out_within_it_and_nothing_overtakes() {
        let second = SECOND.nanos();
        let slow = Slow { from: at(second), until: at(2 * second), extra: SECOND.times(3) };
        let mut latency = Latency::constant(MILLISECOND, MILLISECOND.times(2)).slowed(vec![slow, slow]);
        let entries = [(second - 1, 1), (second, 6_001), (2 * second - 1, 6_001)]
            .map(|(sent, millis)| (latency.entry(at(sent), Span::ZERO), MILLISECOND.times(millis)));
        entries.iter().for_each(|(found, expected)| assert_eq!(found, expected));
        // Sent after the stretch, it waits for what was sent within it.
        assert_eq!(latency.entry(at(2 * second), Span::ZERO).nanos(), MILLISECOND.times(6_001).nanos() - 1);
        assert_eq!(latency.entry(at(20 * second), Span::ZERO), MILLISECOND);
        assert_eq!(latency.response(at(second), Span::ZERO), MILLISECOND.times(6_002));
    }

    #[test]
    fn reports_made_in_a_silence_set_out_when_it_is_over_and_requests_do_not_wait() {
        let second = SECOND.nanos();
        let silence = |from: i64, until: i64| Silence { from: at(from * second), until: at(until * second) };
        let quiet = vec![silence(1, 3), silence(2, 5)];
        let mut latency = Latency::constant(MILLISECOND, MILLISECOND.times(2)).silenced(quiet);
        assert_eq!(latency.entry(at(second), Span::ZERO), MILLISECOND);
        let heard = [second - 1, second, 3 * second - 1, 5 * second - 1, 5 * second]
            .map(|made| made + latency.response(at(made), Span::ZERO).nanos());
        let (own, first, last) = (2_000_000, 3 * second + 2_000_000, 5 * second + 2_000_000);
        assert_eq!(heard, [second - 1 + own, first, last, last, last]);
    }

    #[test]
    fn recorded_follows_the_feed_with_a_floor_and_never_overtakes() {
        let factor = Rate::from_ppb(1_500_000_000);
        let mut latency = Latency::new(&LatencyConfig::Recorded { factor, floor: Span::from_nanos(10) }, 1).unwrap();
        assert_eq!(latency.entry(at(0), Span::from_nanos(100)).nanos(), 150);
        assert_eq!(latency.entry(at(20), Span::from_nanos(2)).nanos(), 130, "arrives with the one before");
        assert_eq!(latency.entry(at(400), Span::from_nanos(2)).nanos(), 10);
        assert_eq!(latency.entry(at(1000), Span::from_nanos(i64::MAX)).nanos(), i64::MAX - 1000);
    }

    #[test]
    fn heavy_tail_has_the_asked_quantiles_and_repeats() {
        let draw = || {
            let mut latency = Latency::new(&heavy(Rate::ZERO), 9).unwrap();
            (0..20_000).map(|index| latency.entry(at(index * SECOND.nanos()), Span::ZERO).nanos()).collect::<Vec<_>>()
        };
        let mut spans = draw();
        assert_eq!(spans, draw());
        spans.sort_unstable();
        assert!(spans[0] >= 600_000, "{}", spans[0]);
        assert!(spans[10_000].abs_diff(1_000_000) < 60_000, "median {}", spans[10_000]);
        assert!(spans[19_800].abs_diff(10_000_000) < 1_500_000, "99 % {}", spans[19_800]);
    }

    #[test]
    fn bursts_slow_everything_and_order_is_kept() {
        let mut latency = Latency::new(&heavy(Rate::from_ppb(Rate::ONE / 100)), 4).unwrap();
        let (mut last, mut slow) = (0, 0);
        for index in 0..20_000 {
            let sent = index * 1_000_000;
            let span = latency.response(at(sent), Span::ZERO).nanos();
            assert!(sent + span >= last, "report {index} overtakes");
            last = sent + span;
            slow += i64::from(span > 11_000_000);
        }
        assert!(slow > 10_000, "{slow} of 20000 are slow");
    }

    #[test]
    fn nonsense_is_named() {
        let negative = LatencyConfig::Constant { entry: Span::from_nanos(-1), response: Span::ZERO };
        assert_eq!(Latency::new(&negative, 1).unwrap_err().to_string(), "entry is -1ns; expected zero or more");
        let tail = LatencyConfig::HeavyTailed {
            median: SECOND,
            tail: MILLISECOND,
            burst_probability: Rate::ZERO,
            burst_length: SECOND,
            burst_factor: 1,
        };
        assert_eq!(Latency::new(&tail, 1).unwrap_err().to_string(), "tail is 1ms; expected at least the median");
        let often = heavy(Rate::from_ppb(Rate::ONE + 1));
        assert!(Latency::new(&often, 1).unwrap_err().to_string().starts_with("burst_probability is 1.000000001"));
    }
}
