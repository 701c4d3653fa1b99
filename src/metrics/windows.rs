//! Parts of a run: its halves, its first days. From the journal of the run as a whole, so that the bot comes into each part as it was.

use crate::journal::Entry;
use crate::model::ReportKind;
use crate::units::{DAY, Timestamp};

/// From an instant on, up to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First instant.
    pub from: Timestamp,
    /// First instant behind it.
    pub until: Timestamp,
}

/// What a part of a run came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowFigures {
    /// Equity at its last mark over that at its start, less one.
    pub total_return: f64,
    /// The same over its length in days.
    pub return_per_day: f64,
    /// Largest fall of equity below its peak within the part, at marks, as a share of the peak.
    pub max_drawdown: f64,
    /// Mean over standard deviation (n - 1) of the returns of its whole days of 24 hours; none below two, or where they do not differ.
    pub daily_sharpe: Option<f64>,
    /// Fills.
    pub fills: u64,
    /// Orders sent.
    pub orders_sent: u64,
}

/// Folds one part.
struct Part {
    window: Window,
    start: Option<f64>,
    last: f64,
    peak: f64,
    drawdown: f64,
    /// Equity at the start of the day that goes on, and that day's number within the part.
    day: (f64, i64),
    days: Vec<f64>,
    fills: u64,
    orders: u64,
}

/// The figures of each part of a run; nothing for one without a mark.
#[must_use]
pub fn windows(entries: &[Entry], windows: &[Window]) -> Vec<Option<WindowFigures>> {
    let mut equity = 0.0;
    let mut parts: Vec<Part> = windows.iter().map(|window| Part::new(*window)).collect();
    for entry in entries {
        match entry {
            Entry::Start { equity: opening, .. } => equity = opening.to_f64(),
            Entry::Mark(mark) => {
                let now = mark.equity.to_f64();
                parts.iter_mut().for_each(|part| part.mark(mark.at, equity, now));
                equity = now;
            }
            Entry::OrderSent { at, .. } => within(&mut parts, *at).for_each(|part| part.orders += 1),
            Entry::Venue(report) if matches!(report.kind, ReportKind::Filled(_)) => {
                within(&mut parts, report.matched_at).for_each(|part| part.fills += 1);
            }
            _ => {}
        }
    }
    parts.into_iter().map(Part::figures).collect()
}

fn within(parts: &mut [Part], at: Timestamp) -> impl Iterator<Item = &mut Part> {
    parts.iter_mut().filter(move |part| part.window.from <= at && at < part.window.until)
}

impl Part {
    const fn new(window: Window) -> Self {
        let day = (0.0, 0);
        Self { window, start: None, last: 0.0, peak: 0.0, drawdown: 0.0, day, days: Vec::new(), fills: 0, orders: 0 }
    }

    /// Equity was `before` up to now.
    fn mark(&mut self, at: Timestamp, before: f64, now: f64) {
        if at < self.window.from || self.window.until <= at {
            return;
        }
        if self.start.is_none() {
            (self.start, self.last, self.peak, self.day.0) = (Some(before), before, before, before);
        }
        let day = at.since(self.window.from).nanos() / DAY.nanos();
        if self.day.1 < day {
            self.close_day();
            self.day = (self.last, day);
        }
        self.last = now;
        self.peak = self.peak.max(now);
        if self.peak > 0.0 {
            self.drawdown = self.drawdown.max(1.0 - now / self.peak);
        }
    }

    fn close_day(&mut self) {
        if self.day.0 > 0.0 {
            self.days.push(self.last / self.day.0 - 1.0);
        }
    }

    fn figures(mut self) -> Option<WindowFigures> {
        let start = self.start.filter(|start| *start > 0.0)?;
        // The last day counts where it is whole but for the mark at its end.
        let length = self.window.until.since(self.window.from).nanos();
        if length % DAY.nanos() == 0 && self.day.1 + 1 == length / DAY.nanos() {
            self.close_day();
        }
        let total_return = self.last / start - 1.0;
        let days = length as f64 / DAY.nanos() as f64;
        Some(WindowFigures {
            total_return,
            return_per_day: if days > 0.0 { total_return / days } else { 0.0 },
            max_drawdown: self.drawdown,
            daily_sharpe: sharpe(&self.days),
            fills: self.fills,
            orders_sent: self.orders,
        })
    }
}

fn sharpe(days: &[f64]) -> Option<f64> {
    let n = days.len() as f64;
    let mean = days.iter().sum::<f64>() / n;
    let squares: f64 = days.iter().map(|day| (day - mean) * (day - mean)).sum();
    let deviation = libm::sqrt(squares / (n - 1.0));
    (days.len() > 1 && deviation > 0.0).then(|| mean / deviation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BestPrices, Mark, MarketId};
    use crate::units::{MINUTE, Money, Quantity};

    fn mark(hour: i64, equity: i64) -> Entry {
        let best = BestPrices { bid: None, ask: None };
        Entry::Mark(Mark {
            market: MarketId::FIRST,
            at: Timestamp::from_nanos(MINUTE.times(60 * hour).nanos()),
            best,
            position: Quantity::ZERO,
            equity: Money::from_atto(i128::from(equity) * Money::ONE.atto()),
            open_orders: 0,
            feed_latency_ns: 0,
        })
    }

    /// Three days by hand: 100, 110, 99, 108.9.
    #[test]
    fn parts_are_what_they_are_by_hand() {
        let start = Entry::Start {
            at: Timestamp::from_nanos(0),
            market: MarketId::FIRST,
            equity: Money::from_atto(100 * Money::ONE.atto()),
            position: Quantity::ZERO,
        };
        let entries = [start, mark(12, 100), mark(23, 110), mark(30, 121), mark(47, 99), mark(60, 110), mark(71, 108)];
        let hours = |from: i64, until: i64| Window {
            from: Timestamp::from_nanos(MINUTE.times(60 * from).nanos()),
            until: Timestamp::from_nanos(MINUTE.times(60 * until).nanos()),
        };
        let found = windows(&entries, &[hours(0, 24), hours(0, 48), hours(24, 48), hours(0, 36), hours(96, 120)]);
        let [first, two, second, half, none] = [0, 1, 2, 3, 4].map(|place| found[place]);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        let (first, two, second, half) = (first.unwrap(), two.unwrap(), second.unwrap(), half.unwrap());
        close(first.total_return, 0.1);
        close(first.max_drawdown, 0.0);
        close(two.total_return, -0.01);
        close(two.return_per_day, -0.005);
        close(two.max_drawdown, 1.0 - 99.0 / 121.0);
        // Days of +10 % and -10 %: a mean of nothing.
        close(two.daily_sharpe.unwrap(), 0.0);
        close(second.total_return, -0.1);
        close(half.total_return, 0.21);
        assert_eq!((first.daily_sharpe, half.daily_sharpe, none), (None, None, None));
    }
}
