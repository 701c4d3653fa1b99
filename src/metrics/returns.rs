use super::{DayReturn, Metric, MetricsOptions, Returns, statistics};
use crate::units::{DAY, Day, Money, Overflow, Span, Timestamp};

const NOT_POSITIVE: &str = "equity was not positive";
const TOO_SHORT: &str = "too few whole days for a figure per year";

/// Closes of UTC days. A mark at midnight closes the day before; the opening instant belongs to the first day.
#[derive(Debug, Clone)]
pub(super) struct DailyCloses {
    start: Timestamp,
    start_day: Day,
    start_equity: Money,
    lowest: Money,
    closes: Vec<(Day, Money)>,
}

impl DailyCloses {
    pub(super) fn new(start: Timestamp, start_equity: Money) -> Self {
        Self { start, start_day: start.day(), start_equity, lowest: start_equity, closes: Vec::new() }
    }

    pub(super) fn mark(&mut self, at: Timestamp, equity: Money) {
        let day = at.plus(Span::from_nanos(-1)).day().max(self.start_day);
        self.lowest = self.lowest.min(equity);
        match self.closes.last_mut() {
            Some((last, close)) if *last == day => *close = equity,
            _ => self.closes.push((day, equity)),
        }
    }

    pub(super) fn finish(
        &self,
        end: Timestamp,
        end_equity: Money,
        options: &MetricsOptions,
    ) -> Result<Returns, Overflow> {
        let days = self.days(end)?;
        let whole = days.iter().filter(|day| !day.partial);
        let returns: Option<Vec<f64>> = whole.clone().map(|day| day.fraction.value().copied()).collect();
        let periods = whole.count() as u32;
        let is_long = periods >= options.headline_days;
        let known = |figure: fn(&[f64]) -> Metric<f64>| match &returns {
            Some(returns) => figure(returns),
            None => Metric::undefined(NOT_POSITIVE),
        };
        let yearly = |figure: Metric<f64>| match is_long || figure.value().is_none() {
            true => statistics::annualised(figure, options.periods_per_year),
            false => Metric::undefined(TOO_SHORT),
        };
        let daily_volatility = known(statistics::deviation);
        let (daily_sharpe, daily_sortino) = (known(statistics::sharpe), known(statistics::sortino));
        let profit = end_equity.checked_sub(self.start_equity)?;
        Ok(Returns {
            start_equity: self.start_equity,
            end_equity,
            lowest_equity: self.lowest.min(end_equity),
            profit,
            total_return: fraction(profit, self.start_equity),
            days,
            periods,
            annualised_is_headline: is_long,
            daily_volatility,
            volatility: yearly(daily_volatility),
            daily_sharpe,
            sharpe: yearly(daily_sharpe),
            daily_sharpe_error: known(statistics::sharpe_error),
            daily_sortino,
            sortino: yearly(daily_sortino),
        })
    }

    fn days(&self, end: Timestamp) -> Result<Vec<DayReturn>, Overflow> {
        let mut previous = self.start_equity;
        let row = |(day, close): &(Day, Money)| {
            let profit = close.checked_sub(previous)?;
            let row = DayReturn {
                day: day.to_string(),
                close: *close,
                profit,
                fraction: fraction(profit, previous),
                partial: self.start > day.start() || end < day.start().plus(DAY),
            };
            previous = *close;
            Ok(row)
        };
        self.closes.iter().map(row).collect()
    }
}

/// `profit / base`; undefined unless `base` is positive.
fn fraction(profit: Money, base: Money) -> Metric<f64> {
    if base > Money::ZERO {
        Metric::ratio(profit.to_f64(), base.to_f64(), NOT_POSITIVE)
    } else {
        Metric::undefined(NOT_POSITIVE)
    }
}
