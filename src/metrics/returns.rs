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
    flows: Vec<Flow>,
}

/// The owner put money in, or took it out.
#[derive(Debug, Clone, Copy)]
struct Flow {
    day: Day,
    /// Equity just before.
    before: Money,
    /// Put in; taken out, negative.
    amount: Money,
}

impl DailyCloses {
    pub(super) fn new(start: Timestamp, start_equity: Money) -> Self {
        Self {
            start,
            start_day: start.day(),
            start_equity,
            lowest: start_equity,
            closes: Vec::new(),
            flows: Vec::new(),
        }
    }

    /// The owner put `amount` in (took it out, if negative) when equity was `before`. A day's return is that of its parts before and
    /// after, linked: a time-weighted return, as the GIPS standards (2020) want it where money flows from outside.
    pub(super) fn allocated(&mut self, at: Timestamp, before: Money, amount: Money) -> Result<(), Overflow> {
        let after = before.checked_add(amount)?;
        self.lowest = self.lowest.min(before);
        self.mark(at, after);
        self.flows.push(Flow { day: self.day_of(at), before, amount });
        Ok(())
    }

    fn day_of(&self, at: Timestamp) -> Day {
        at.plus(Span::from_nanos(-1)).day().max(self.start_day)
    }

    pub(super) fn mark(&mut self, at: Timestamp, equity: Money) {
        let day = self.day_of(at);
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
        let all = Part { opening: self.start_equity, flows: &self.flows, closing: end_equity };
        let profit = all.profit()?;
        Ok(Returns {
            start_equity: self.start_equity,
            end_equity,
            lowest_equity: self.lowest.min(end_equity),
            profit,
            allocations: (!self.flows.is_empty()).then(|| all.allocated()).transpose()?,
            total_return: all.fraction()?,
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
            let first = self.flows.partition_point(|flow| flow.day < *day);
            let last = self.flows.partition_point(|flow| flow.day <= *day);
            let part = Part { opening: previous, flows: &self.flows[first..last], closing: *close };
            let row = DayReturn {
                day: day.to_string(),
                close: *close,
                profit: part.profit()?,
                fraction: part.fraction()?,
                partial: self.start > day.start() || end < day.start().plus(DAY),
            };
            previous = *close;
            Ok(row)
        };
        self.closes.iter().map(row).collect()
    }
}

/// A stretch of time with what the owner moved in it.
struct Part<'a> {
    opening: Money,
    flows: &'a [Flow],
    closing: Money,
}

impl Part<'_> {
    fn allocated(&self) -> Result<Money, Overflow> {
        self.flows.iter().try_fold(Money::ZERO, |sum, flow| sum.checked_add(flow.amount))
    }

    fn profit(&self) -> Result<Money, Overflow> {
        self.closing.checked_sub(self.opening)?.checked_sub(self.allocated()?)
    }

    /// Return as a fraction, weighted with time: how much the owner had put in when does not matter.
    fn fraction(&self) -> Result<Metric<f64>, Overflow> {
        let Some(last) = self.flows.last() else { return Ok(fraction(self.profit()?, self.opening)) };
        let mut growth = Some(1.0);
        let mut opening = self.opening;
        for flow in self.flows {
            // What was owed more than there was cannot be grown from: nothing that follows is a return on it.
            growth = grown(growth, opening, flow.before).filter(|growth| *growth >= 0.0);
            opening = flow.before.checked_add(flow.amount)?;
        }
        let growth = grown(growth, last.before.checked_add(last.amount)?, self.closing);
        Ok(growth.map_or(Metric::undefined(NOT_POSITIVE), |growth| Metric::Value(growth - 1.0)))
    }
}

/// Growth so far, and from one equity to another; none where the first is not positive.
fn grown(growth: Option<f64>, from: Money, to: Money) -> Option<f64> {
    growth.filter(|_| from > Money::ZERO).map(|growth| growth * (to.to_f64() / from.to_f64()))
}

/// `profit / base`; undefined unless `base` is positive.
fn fraction(profit: Money, base: Money) -> Metric<f64> {
    if base > Money::ZERO {
        Metric::ratio(profit.to_f64(), base.to_f64(), NOT_POSITIVE)
    } else {
        Metric::undefined(NOT_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The return from 1,000, with what the owner moved (equity before it, amount), to `closing`.
    fn part(flows: &[(i64, i64)], closing: i64) -> Option<f64> {
        let flow = |(before, amount): &(i64, i64)| Flow {
            day: Timestamp::from_nanos(0).day(),
            before: Money::from_units(*before),
            amount: Money::from_units(*amount),
        };
        let flows: Vec<Flow> = flows.iter().map(flow).collect();
        let part = Part { opening: Money::from_units(1_000), flows: &flows, closing: Money::from_units(closing) };
        part.fraction().unwrap().value().copied()
    }

    #[test]
    fn growths_are_linked_while_there_is_something_to_grow() {
        assert_eq!(part(&[(1_500, 500)], 1_000), Some(-0.25), "half more, then half less");
        assert_eq!(part(&[(0, 1_000)], 2_000), Some(-1.0), "all was lost: nothing brings it back");
        assert_eq!(part(&[(-100, 1_100)], 2_000), None, "more was lost than there was");
        assert_eq!(part(&[(1_000, -1_000)], 0), None, "of nothing nothing is a return");
        assert_eq!(part(&[], -200), Some(-1.2));
    }
}
