use super::scale::{Scale, accumulate, accumulate_narrow, half_ticks_below, number};
use super::{Markout, MarkoutFigures, Metric, MetricsOptions};
use crate::model::{Fill, Liquidity, Side};
use crate::units::{Overflow, Span, Timestamp};
use std::collections::VecDeque;

/// Compares fill prices with the last mid at or before fill time + horizon: the journal has a quote there. Where it has none,
/// and no mark either since the fill, nothing is known of what the market did, and the fill is left out. Fills wait in a
/// queue for the longest horizon, and then until the next fill.
#[derive(Debug, Clone)]
pub(super) struct MarkoutFold {
    waiting: VecDeque<Waiting>,
    /// Number of the fill at the front of the queue.
    first: u64,
    horizons: Vec<Horizon>,
    /// The first instant at which a horizon of a waiting fill ends.
    next_end: Timestamp,
    /// A horizon may have measured all fills that wait.
    any_idle: bool,
    /// The last mid, doubled, and when it was seen.
    seen: Option<(Timestamp, i64)>,
    /// How long after its stamp a fill is over: on bars the close is a nanosecond after the last instant inside.
    known_after: Span,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    at: Timestamp,
    price: i64,
    /// Steps bought (positive) or sold.
    signed: i64,
    liquidity: Liquidity,
}

#[derive(Debug, Clone)]
struct Horizon {
    span: Span,
    /// When it ends for the first fill not measured yet.
    end: Timestamp,
    /// Number of the first fill not measured yet.
    next: u64,
    maker: Sums,
    taker: Sums,
    dropped: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    fills: u64,
    /// Half ticks x steps.
    halves: i128,
    weighted: f64,
    weight: f64,
}

impl MarkoutFold {
    pub(super) fn new(options: &MetricsOptions) -> Self {
        let horizons = &options.markout_horizons;
        let horizon = |&span| Horizon {
            span,
            end: Timestamp::MAX,
            next: 0,
            maker: Sums::default(),
            taker: Sums::default(),
            dropped: 0,
        };
        Self {
            waiting: VecDeque::new(),
            first: 0,
            horizons: horizons.iter().map(horizon).collect(),
            next_end: Timestamp::MAX,
            any_idle: true,
            seen: None,
            known_after: if options.on_bars { Span::from_nanos(1) } else { Span::ZERO },
        }
    }

    /// A mid was seen: fills whose horizon ended before are measured with the mid before.
    #[inline]
    pub(super) fn observe(&mut self, at: Timestamp, mid_x2: i64) -> Result<(), Overflow> {
        if self.next_end < at {
            self.measure(at)?;
        }
        self.seen = Some((at, mid_x2));
        Ok(())
    }

    pub(super) fn fill(&mut self, at: Timestamp, side: Side, fill: &Fill) {
        if self.horizons.is_empty() {
            return;
        }
        let at = at.plus(self.known_after);
        let signed = side.sign().saturating_mul(fill.quantity.steps());
        if self.any_idle {
            self.begin(at);
        }
        self.forget();
        self.waiting.push_back(Waiting { at, price: fill.price.ticks(), signed, liquidity: fill.liquidity });
    }

    /// A fill at `at` is the first that horizons wait for which have measured all others.
    #[inline(never)]
    fn begin(&mut self, at: Timestamp) {
        self.any_idle = false;
        for horizon in self.horizons.iter_mut().filter(|horizon| horizon.end == Timestamp::MAX) {
            horizon.end = at.plus(horizon.span);
            self.next_end = self.next_end.min(horizon.end);
        }
    }

    /// Measures the fills whose horizon ended before `at`.
    #[inline(never)]
    fn measure(&mut self, at: Timestamp) -> Result<(), Overflow> {
        let Self { waiting, first, horizons, seen, .. } = self;
        let mut next_end = Timestamp::MAX;
        for horizon in horizons.iter_mut() {
            if horizon.end < at {
                horizon.pass(waiting, *first, *seen, |end| end < at)?;
                self.any_idle |= horizon.end == Timestamp::MAX;
            }
            next_end = next_end.min(horizon.end);
        }
        self.next_end = next_end;
        Ok(())
    }

    /// Lets go of the fills that every horizon has measured.
    #[inline]
    fn forget(&mut self) {
        while self.horizons.iter().all(|horizon| horizon.next > self.first) && self.waiting.pop_front().is_some() {
            self.first += 1;
        }
    }

    pub(super) fn finish(mut self, end: Timestamp, scale: &Scale) -> Result<Vec<Markout>, Overflow> {
        let last = end.plus(self.known_after);
        let Self { waiting, first, horizons, seen, .. } = &mut self;
        horizons.iter_mut().try_for_each(|horizon| horizon.pass(waiting, *first, *seen, |end| end <= last))?;
        let seen = self.first + self.waiting.len() as u64;
        let finish = |horizon: &Horizon| horizon.finish(horizon.dropped + (seen - horizon.next), scale);
        self.horizons.iter().map(finish).collect()
    }
}

impl Horizon {
    /// Measures the fills for which it is over. `first` is the number of the first one waiting.
    #[inline(never)]
    fn pass(
        &mut self,
        waiting: &VecDeque<Waiting>,
        first: u64,
        seen: Option<(Timestamp, i64)>,
        is_over: impl Fn(Timestamp) -> bool,
    ) -> Result<(), Overflow> {
        loop {
            let Some(fill) = waiting.get((self.next - first) as usize) else {
                self.end = Timestamp::MAX;
                return Ok(());
            };
            self.end = fill.at.plus(self.span);
            if !is_over(self.end) {
                return Ok(());
            }
            self.next += 1;
            self.measure(fill, seen)?;
        }
    }

    #[inline(always)]
    fn measure(&mut self, fill: &Waiting, seen: Option<(Timestamp, i64)>) -> Result<(), Overflow> {
        let Some((_, mid_x2)) = seen.filter(|(at, _)| *at > fill.at && fill.price > 0) else {
            self.dropped += 1;
            return Ok(());
        };
        let sums = match fill.liquidity {
            Liquidity::Maker => &mut self.maker,
            Liquidity::Taker => &mut self.taker,
        };
        sums.fills += 1;
        let moved = match half_ticks_below(fill.price, mid_x2) {
            Some(move_x2) => {
                sums.halves = accumulate_narrow("markout", sums.halves, move_x2, fill.signed)?;
                move_x2 as f64
            }
            None => sums.add_wide(i128::from(mid_x2) - 2 * i128::from(fill.price), fill.signed)?,
        };
        sums.weighted += moved / 2.0 / fill.price as f64 * fill.signed as f64;
        sums.weight += (fill.signed as f64).abs();
        Ok(())
    }

    fn finish(&self, dropped: u64, scale: &Scale) -> Result<Markout, Overflow> {
        let all = self.maker.plus(&self.taker)?;
        Ok(Markout {
            horizon: self.span,
            all: all.finish(scale)?,
            maker: self.maker.finish(scale)?,
            taker: self.taker.finish(scale)?,
            dropped,
        })
    }
}

impl Sums {
    /// Adds a move beyond 64 bits; returns it as a number.
    #[cold]
    #[inline(never)]
    fn add_wide(&mut self, move_x2: i128, signed: i64) -> Result<f64, Overflow> {
        self.halves = accumulate("markout", self.halves, move_x2, i128::from(signed))?;
        Ok(number(move_x2))
    }

    fn plus(&self, other: &Self) -> Result<Self, Overflow> {
        Ok(Self {
            fills: self.fills + other.fills,
            halves: accumulate("markout", self.halves, other.halves, 1)?,
            weighted: self.weighted + other.weighted,
            weight: self.weight + other.weight,
        })
    }

    fn finish(&self, scale: &Scale) -> Result<MarkoutFigures, Overflow> {
        let reason = (self.fills == 0).then_some("no fill was measured");
        let money = scale.quote_of_halves(self.halves)?;
        Ok(MarkoutFigures {
            fills: self.fills,
            basis_points: match reason {
                Some(reason) => Metric::undefined(reason),
                None => Metric::ratio(self.weighted * 10_000.0, self.weight, "fills without quantity"),
            },
            money: reason.map_or(Metric::Value(money), Metric::undefined),
        })
    }
}
