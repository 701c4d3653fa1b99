//! What adds up over several markets: money does, quantities of different instruments do not.

use super::fold::Run;
use super::inventory::NO_DAY;
use super::per_market::SEVERAL;
use super::scale::Scale;
use super::{ExecutionStatistics, ExposureStatistics, Markout, MarkoutFigures, Metric, PerMarket, Summary};
use crate::units::{DAY, Money, Overflow, Timestamp};

const NO_LENGTH: &str = "the run has no length";
const NOT_POSITIVE: &str = "mean equity is not positive";
const NO_FILL: &str = "no fill";

/// Executions of all markets.
pub(super) fn execution(markets: &[Summary]) -> Result<ExecutionStatistics, Overflow> {
    let count = |read: fn(&ExecutionStatistics) -> u64| markets.iter().map(|market| read(&market.execution)).sum();
    let sum = |read: fn(&ExecutionStatistics) -> Money| {
        let amounts = markets.iter().map(|market| read(&market.execution));
        amounts.into_iter().try_fold(Money::ZERO, |sum, amount| sum.checked_add(amount))
    };
    let (fees, traded_notional) = (sum(|one| one.fees)?, sum(|one| one.traded_notional)?);
    let of_makers = |market: &Summary| {
        let share = market.execution.maker_ratio_notional.value().copied().unwrap_or_default();
        share * market.execution.traded_notional.to_f64()
    };
    let made: f64 = markets.iter().map(of_makers).sum();
    Ok(ExecutionStatistics {
        fills: count(|one| one.fills),
        maker_fills: count(|one| one.maker_fills),
        taker_fills: count(|one| one.taker_fills),
        bought: PerMarket::Several,
        sold: PerMarket::Several,
        traded_notional,
        maker_ratio_quantity: Metric::undefined(SEVERAL),
        maker_ratio_notional: Metric::ratio(made, traded_notional.to_f64(), NO_FILL),
        fees,
        maker_fees: sum(|one| one.maker_fees)?,
        taker_fees: sum(|one| one.taker_fees)?,
        fee_rate: Metric::ratio(fees.to_f64(), traded_notional.to_f64(), NO_FILL),
    })
}

/// Markouts of all markets: their money adds up, their means over quantities do not.
pub(super) fn markouts(markets: &[Summary]) -> Result<Vec<Markout>, Overflow> {
    let Some(first) = markets.first() else { return Ok(Vec::new()) };
    let row = |place: usize, markout: &Markout| {
        let rows = || markets.iter().filter_map(move |market| market.markouts.get(place));
        Ok(Markout {
            horizon: markout.horizon,
            all: figures(rows().map(|row| &row.all))?,
            maker: figures(rows().map(|row| &row.maker))?,
            taker: figures(rows().map(|row| &row.taker))?,
            dropped: rows().map(|row| row.dropped).sum(),
        })
    };
    first.markouts.iter().enumerate().map(|(place, markout)| row(place, markout)).collect()
}

fn figures<'a>(parts: impl Iterator<Item = &'a MarkoutFigures> + Clone) -> Result<MarkoutFigures, Overflow> {
    let mut money = Metric::undefined(NO_FILL);
    for part in parts.clone().filter(|part| part.fills > 0) {
        money = match (money, part.money) {
            (Metric::Value(sum), Metric::Value(amount)) => Metric::Value(sum.checked_add(amount)?),
            (Metric::Undefined { reason: NO_FILL }, first) => first,
            (_, unknown @ Metric::Undefined { .. }) | (unknown @ Metric::Undefined { .. }, _) => unknown,
        };
    }
    Ok(MarkoutFigures { fills: parts.map(|part| part.fills).sum(), basis_points: Metric::undefined(SEVERAL), money })
}

/// Equity and the value of positions in all markets, weighted with the time from one tick to the next.
#[derive(Debug, Clone)]
pub(super) struct ExposureSums {
    since: Timestamp,
    equity: f64,
    gross: f64,
    net: f64,
    weighted: [f64; 3],
    ns: f64,
    gross_max: Money,
}

impl ExposureSums {
    pub(super) fn new(at: Timestamp, equity: Money) -> Self {
        Self {
            since: at,
            equity: equity.to_f64(),
            gross: 0.0,
            net: 0.0,
            weighted: [0.0; 3],
            ns: 0.0,
            gross_max: Money::ZERO,
        }
    }

    pub(super) fn mark(&mut self, at: Timestamp, equity: f64, parts: &[Run], scales: &[Scale]) -> Result<(), Overflow> {
        self.pass_time(at);
        let (mut gross, mut net) = (Money::ZERO, Money::ZERO);
        for (part, scale) in parts.iter().zip(scales) {
            let value = part.position_value(scale)?;
            gross = gross.checked_add(value.abs())?;
            net = net.checked_add(value)?;
        }
        (self.equity, self.gross, self.net) = (equity, gross.to_f64(), net.to_f64());
        self.gross_max = self.gross_max.max(gross);
        Ok(())
    }

    fn pass_time(&mut self, at: Timestamp) {
        let ns = at.since(self.since).nanos().max(0) as f64;
        for (sum, value) in self.weighted.iter_mut().zip([self.equity, self.gross, self.net]) {
            *sum += value * ns;
        }
        self.ns += ns;
        self.since = self.since.max(at);
    }

    pub(super) fn finish(&mut self, end: Timestamp, traded: Money) -> ExposureStatistics {
        self.pass_time(end);
        let ([equity, gross, net], ns) = (self.weighted, self.ns);
        let over_equity = |value: f64| match equity > 0.0 {
            true => Metric::ratio(value, equity, NOT_POSITIVE),
            false => Metric::undefined(if ns > 0.0 { NOT_POSITIVE } else { NO_LENGTH }),
        };
        ExposureStatistics {
            mean_equity: Metric::ratio(equity, ns, NO_LENGTH),
            turnover_per_day: match ns < DAY.nanos() as f64 {
                true => Metric::undefined(NO_DAY),
                false => over_equity(traded.to_f64() * DAY.nanos() as f64),
            },
            gross: over_equity(gross),
            net: over_equity(net),
            gross_max: self.gross_max,
        }
    }
}
