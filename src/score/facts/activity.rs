//! Activity: volume and volatility go together, the day has a shape, events come in bursts.

use super::{Fact, Measure, NOBLE, PERPETUAL};
use crate::score::band::Band;
use crate::score::cells::Sums;
use crate::score::figure::{Figure, figure, needs};
use crate::score::observe::Observation;
use crate::score::orders::variation;
use crate::tape::TapeKind;

pub(super) const FACTS: &[Fact] = &[
    Fact {
        family: FAMILY,
        name: "correlation of |return| and volume, 1 min",
        unit: "",
        estimator: "Pearson",
        band: Some(Band::Within(0.4, 0.8)),
        source: PERPETUAL,
        measure: Measure::Minutes(volume),
    },
    Fact {
        family: FAMILY,
        name: "hour of day, |return| max over min",
        unit: "",
        estimator: "mean absolute 1-minute return by hour of the day (UTC), largest over smallest",
        band: Some(Band::Within(1.5, 2.5)),
        source: PERPETUAL,
        measure: Measure::Minutes(hours),
    },
    Fact {
        family: FAMILY,
        name: "quarter-hour bursts",
        unit: "",
        estimator: "mean absolute return of minutes 0, 15, 30 and 45 over that of the others",
        band: Some(Band::Above(1.0)),
        source: "Hansen, Kim, Kimbrough 2021",
        measure: Measure::Minutes(quarters),
    },
    Fact {
        family: FAMILY,
        name: "time between messages, variation",
        unit: "",
        estimator: "standard deviation over mean of the time between messages of different instants",
        band: Some(Band::Above(1.5)),
        source: NOBLE,
        measure: Measure::Whole(messages),
    },
    Fact {
        family: FAMILY,
        name: "time between market orders, variation",
        unit: "",
        estimator: "standard deviation over mean of the time between market orders",
        band: None,
        source: "",
        measure: Measure::Whole(orders),
    },
];

const FAMILY: &str = "activity";

fn volume(sums: &Sums) -> Figure {
    needs(1_440, sums.volume.count as u64, "returns of 1 min")?;
    figure(sums.volume.correlation())
}

fn hours(sums: &Sums) -> Figure {
    let least = sums.hours.iter().map(|hour| hour.count).fold(f64::INFINITY, f64::min);
    needs(840, least as u64, "returns of 1 min in each hour of the day")?;
    let means = || sums.hours.iter().filter_map(|hour| hour.mean());
    let (low, high) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
    figure(Some(high / low))
}

fn quarters(sums: &Sums) -> Figure {
    needs(480, sums.quarters[1].count as u64, "returns of 1 min that begin a quarter of an hour")?;
    figure(sums.quarters[1].mean().zip(sums.quarters[0].mean()).map(|(burst, rest)| burst / rest))
}

fn messages(seen: &Observation) -> Figure {
    match seen.header.kind {
        TapeKind::Bars => Err("a tape of bars has no messages".to_owned()),
        TapeKind::Trades => Err("a tape of trades lacks the messages of the book".to_owned()),
        TapeKind::L2 => {
            needs(10_000, seen.waits.count as u64, "times between messages")?;
            figure(variation(&seen.waits))
        }
    }
}

fn orders(seen: &Observation) -> Figure {
    super::flow::needs_trades(seen, 1_000)?;
    figure(variation(&seen.orders.waits))
}
