//! Spread and depth.

use super::{Fact, Measure, SCHNAUBELT};
use crate::score::band::Band;
use crate::score::figure::{Figure, figure, needs};
use crate::score::observe::Observation;
use crate::score::statistics::gamma_shape;
use crate::tape::TapeKind;

pub(super) const FACTS: &[Fact] = &[
    Fact {
        family: FAMILY,
        name: "share of time at a one-tick spread",
        unit: "",
        estimator: "time at a spread of one tick over all time with two sides; band of large-tick markets",
        band: Some(Band::Within(0.75, 0.99)),
        source: "measured: Coinbase BTC-USD and ETH-USD, 2017-2018, minute closes",
        measure: Measure::Whole(|seen| over_time(seen, seen.quotes.one_tick_share())),
    },
    Fact {
        family: FAMILY,
        name: "spread, 99th percentile over median",
        unit: "",
        estimator: "quantiles by time",
        band: Some(Band::Within(3.0, 900.0)),
        source: "measured: Coinbase, Bybit, Binance, dYdX, 2017-2026, minute closes",
        measure: Measure::Whole(spread_tail),
    },
    Fact {
        family: FAMILY,
        name: "mean spread",
        unit: "ticks",
        estimator: "by time",
        band: None,
        source: "",
        measure: Measure::Whole(|seen| over_time(seen, Some(seen.quotes.spread_time / seen.quotes.seconds))),
    },
    Fact {
        family: FAMILY,
        name: "depth exponent, 10 to 100 bps",
        unit: "",
        estimator: "decimal logarithm of mean depth within 100 bps of the mid over that within 10 bps, every 10 s",
        band: Some(Band::Within(0.5, 0.85)),
        source: "Amberdata 2025: Binance BTC/FDUSD, July-August 2025",
        measure: Measure::Whole(depth_exponent),
    },
    Fact {
        family: FAMILY,
        name: "bid depth over ask depth",
        unit: "",
        estimator: "mean quantity of the first ten levels, every 10 s",
        band: Some(Band::Within(0.9, 1.1)),
        source: SCHNAUBELT,
        measure: Measure::Whole(symmetry),
    },
    Fact {
        family: FAMILY,
        name: "best queue, gamma shape",
        unit: "",
        estimator: "Thom 1958: from mean and mean logarithm of the best quantity, both sides, every second",
        band: Some(Band::Within(0.5, 1.0)),
        source: "Bouchaud, Mezard, Potters 2002; Schnaubelt, Rende, Krauss 2019",
        measure: Measure::Whole(queue_shape),
    },
];

const FAMILY: &str = "spread and depth";
/// Seconds with a book that rows of the book need.
const SECONDS_LEAST: u64 = 3_600;
/// Place of 10 and 100 basis points in the distances of the depth.
const NEAR: usize = 4;
const FAR: usize = 7;

/// Refuses a tape without a book.
pub(super) fn needs_book(seen: &Observation) -> Result<(), String> {
    match seen.header.kind {
        TapeKind::L2 => Ok(()),
        TapeKind::Trades => Err("a tape of trades has no book".to_owned()),
        TapeKind::Bars => Err("a tape of bars has no book".to_owned()),
    }
}

fn over_time(seen: &Observation, value: Option<f64>) -> Figure {
    needs_book(seen)?;
    needs(SECONDS_LEAST, seen.quotes.seconds as u64, "seconds with both sides of the book")?;
    figure(value)
}

fn spread_tail(seen: &Observation) -> Figure {
    let quantile = |share| seen.quotes.spread_quantile(share);
    over_time(seen, quantile(0.99).zip(quantile(0.5)).map(|(wide, middle)| wide / middle))
}

fn depth_exponent(seen: &Observation) -> Figure {
    let depth = &seen.quotes.depth;
    let ratio = depth.mean_within(FAR).zip(depth.mean_within(NEAR)).map(|(far, near)| libm::log10(far / near));
    over_time(seen, Some(0.0))?;
    if depth.reach(FAR) < 0.9 {
        let percent = depth.reach(FAR) * 100.0;
        return Err(format!("needs a book of 100 bps in 90 % of samples, found {percent:.0} %"));
    }
    figure(ratio)
}

fn symmetry(seen: &Observation) -> Figure {
    over_time(seen, Some(0.0))?;
    let percent = seen.quotes.depth.full() * 100.0;
    if percent < 90.0 {
        return Err(format!("needs more than ten levels a side in 90 % of samples, found {percent:.0} %"));
    }
    figure(seen.quotes.depth.symmetry())
}

fn queue_shape(seen: &Observation) -> Figure {
    let shape = seen.quotes.queue_means().and_then(|(mean, mean_log)| gamma_shape(mean, mean_log));
    over_time(seen, Some(0.0))?;
    figure(shape)
}
