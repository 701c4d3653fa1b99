//! Which way a metric is better, where that can be said of the figure alone.

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither by itself: a number of fills, a position, what the market did.
    Neither,
}

const HIGHER: [&str; 30] = [
    "profit",
    "total_return",
    "end_equity",
    "lowest_equity",
    "spread_capture",
    "inventory_profit",
    "daily_sharpe",
    "sharpe",
    "daily_sortino",
    "sortino",
    "win_rate",
    "payoff",
    "profit_factor",
    "expectancy",
    "best_trade",
    "worst_trade",
    "fill_ratio",
    "fill_ratio_any",
    "fill_ratio_complete",
    "maker_ratio",
    "markout_1s_bps",
    "markout_10s_bps",
    "markout_60s_bps",
    "uptime",
    "stream_uptime",
    "order_success_rate",
    "days_traded",
    "worst_day_profit",
    "orders_filled",
    "wire_reconciled",
];

const LOWER: [&str; 25] = [
    "fees",
    "fee_rate",
    "max_drawdown",
    "max_drawdown_money",
    "longest_under_water_s",
    "time_under_water",
    "daily_volatility",
    "volatility",
    "orders_rejected",
    "requests_rejected",
    "own_errors",
    "own_error_rate",
    "order_errors",
    "trips",
    "idle_s",
    "ambiguous_fills",
    "ambiguous_at_stake",
    "order_round_trip_p50_ms",
    "order_round_trip_p99_ms",
    "order_round_trip_max_ms",
    "order_entry_p99_ms",
    "order_response_p99_ms",
    "wire_unknown",
    "wire_unknown_longest_s",
    "wire_given_up",
];

impl Direction {
    /// That of a metric by its name; one of a market (`market_1_fees`) has that of the run's.
    #[must_use]
    pub fn of(metric: &str) -> Self {
        let name = of_the_run(metric);
        if HIGHER.contains(&name) {
            Self::Higher
        } else if LOWER.contains(&name) {
            Self::Lower
        } else {
            Self::Neither
        }
    }
}

/// `market_1_fees` as `fees`; any other name as it is.
fn of_the_run(metric: &str) -> &str {
    let rest = metric.strip_prefix("market_").and_then(|rest| rest.split_once('_'));
    rest.filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit())).map_or(metric, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::metric_row;

    #[test]
    fn every_name_is_in_the_catalogue_and_goes_one_way() {
        for name in HIGHER.iter().chain(&LOWER) {
            assert!(metric_row(name).is_some(), "{name}");
        }
        let twice: Vec<&&str> = HIGHER.iter().filter(|name| LOWER.contains(name)).collect();
        assert_eq!(twice, [] as [&&str; 0]);
    }

    #[test]
    fn a_market_has_the_direction_of_the_run() {
        let of = ["fees", "market_1_fees", "market_12_markout_1s_bps", "fills", "market_x_fees"].map(Direction::of);
        assert_eq!(of, [Direction::Lower, Direction::Lower, Direction::Higher, Direction::Neither, Direction::Neither]);
    }
}
