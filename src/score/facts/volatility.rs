//! Volatility: its level, its long memory, and how the sampling interval changes it.

use super::returns::daily;
use super::{DAILY, DAYS_LEAST, Fact, Measure, PERPETUAL};
use crate::score::band::Band;
use crate::score::cells::{LAGS, Sums};
use crate::score::figure::{Figure, figure, needs};
use crate::score::observe::Observation;
use crate::score::statistics::{log_log_slope, moments};

pub(super) const FACTS: &[Fact] = &[
    Fact {
        family: FAMILY,
        name: "annualised volatility",
        unit: "per year",
        estimator: "root of the mean squared 1-minute log return times 525,600",
        band: Some(Band::Within(0.18, 1.6)),
        source: "measured: BTC-USD, 30-day realised volatility, 2015-2026",
        measure: Measure::Minutes(level),
    },
    Fact {
        family: FAMILY,
        name: "|return| acf(1), 1 min",
        unit: "",
        estimator: MEMORY,
        band: Some(Band::Within(0.25, 0.45)),
        source: PERPETUAL,
        measure: Measure::Minutes(|sums| memory(sums, 1, 1_440)),
    },
    Fact {
        family: FAMILY,
        name: "|return| acf(60), 1 min",
        unit: "",
        estimator: MEMORY,
        band: Some(Band::Within(0.10, 0.25)),
        source: PERPETUAL,
        measure: Measure::Minutes(|sums| memory(sums, 60, 1_440)),
    },
    Fact {
        family: FAMILY,
        name: "|return| acf(1440), 1 min",
        unit: "",
        estimator: MEMORY,
        band: Some(Band::Within(0.04, 0.15)),
        source: PERPETUAL,
        measure: Measure::Minutes(|sums| memory(sums, 1_440, 14_400)),
    },
    Fact {
        family: FAMILY,
        name: "decay of |return| acf, 1-480 min",
        unit: "",
        estimator: "least-squares slope of log acf on log lag, 18 lags; less than one standard error counts as one",
        band: Some(Band::Within(-0.40, -0.15)),
        source: "Cont 2001; measured: BTC perpetual, January 2022, 1-minute bars",
        measure: Measure::Minutes(decay),
    },
    Fact {
        family: FAMILY,
        name: "|return| acf(1), 1 d",
        unit: "",
        estimator: DAILY_MEMORY,
        band: Some(Band::Within(0.10, 0.30)),
        source: DAILY,
        measure: Measure::Whole(|seen| daily(seen, |seen| seen.days.size_memory(1))),
    },
    Fact {
        family: FAMILY,
        name: "|return| acf(10), 1 d",
        unit: "",
        estimator: DAILY_MEMORY,
        band: Some(Band::Within(0.03, 0.18)),
        source: DAILY,
        measure: Measure::Whole(|seen| daily(seen, |seen| seen.days.size_memory(10))),
    },
    Fact {
        family: FAMILY,
        name: "|return| acf(50), 1 d",
        unit: "",
        estimator: DAILY_MEMORY,
        band: Some(Band::Within(0.0, 0.12)),
        source: DAILY,
        measure: Measure::Whole(|seen| daily(seen, |seen| seen.days.size_memory(50))),
    },
    Fact {
        family: FAMILY,
        name: "kurtosis over realised volatility, 1 d",
        unit: "",
        estimator: "excess kurtosis of daily returns, each over the root of its day's summed squared 1-minute returns",
        band: Some(Band::Within(-0.5, 1.0)),
        source: "Takaishi 2020",
        measure: Measure::Whole(scaled),
    },
    Fact {
        family: FAMILY,
        name: "leverage, 1 d",
        unit: "",
        estimator: "correlation of a daily return with the square of the next",
        band: Some(Band::Within(-0.15, 0.05)),
        source: DAILY,
        measure: Measure::Whole(|seen| daily(seen, |seen| seen.days.leverage())),
    },
    Fact {
        family: FAMILY,
        name: "signature, 1 min over 60 min",
        unit: "",
        estimator: "annualised volatility of 1-minute returns over that of 60-minute returns",
        band: Some(Band::Within(0.90, 1.15)),
        source: PERPETUAL,
        measure: Measure::Minutes(signature),
    },
    Fact {
        family: FAMILY,
        name: "variance ratio, 15 min",
        unit: "",
        estimator: "Lo and MacKinlay 1988, overlapping, robust to changing volatility; \
                    outside when out of the band and more than 1.96 standard errors from 1",
        // The signature's band, squared and inverted: the same tolerance for the same departure from a walk.
        band: Some(Band::NearOne(0.756, 1.235)),
        source: "Lo, MacKinlay 1988; measured: BTC perpetual, January 2022, 1-minute bars",
        measure: Measure::Trend,
    },
];

const FAMILY: &str = "volatility";
const MEMORY: &str = "correlation of absolute 1-minute log returns that many minutes apart";
const DAILY_MEMORY: &str = "correlation of absolute daily log returns that many days apart";
/// Longest lag of the decay.
const DECAY: i32 = 480;

fn level(sums: &Sums) -> Figure {
    needs(1_440, sums.returns_of(1).count as u64, "returns of 1 min")?;
    figure(sums.volatility(1))
}

fn memory(sums: &Sums, lag: i32, least: u64) -> Figure {
    let pairs = LAGS.iter().zip(&sums.size_memory).find(|(known, _)| **known == lag);
    let pairs = pairs.map(|(_, pairs)| *pairs).unwrap_or_default();
    needs(least, pairs.count as u64, &format!("pairs of returns of 1 min, {lag} min apart"))?;
    figure(pairs.correlation())
}

fn decay(sums: &Sums) -> Figure {
    memory(sums, DECAY, 4_320)?;
    let lags = LAGS.iter().zip(&sums.size_memory).filter(|(lag, _)| **lag <= DECAY);
    let points: Option<Vec<_>> = lags.map(|(lag, pairs)| Some((f64::from(*lag), pairs.correlation()?))).collect();
    let floor = 1.0 / sums.returns_of(1).count.sqrt();
    figure(points.and_then(|points| log_log_slope(points.into_iter(), floor)))
}

fn scaled(seen: &Observation) -> Figure {
    needs(DAYS_LEAST, seen.days.scaled.len() as u64, "daily returns with all minutes of their day")?;
    figure(moments(&seen.days.scaled).excess_kurtosis())
}

fn signature(sums: &Sums) -> Figure {
    needs(480, sums.returns_of(60).count as u64, "returns of 60 min")?;
    needs(1_440, sums.returns_of(1).count as u64, "returns of 1 min")?;
    figure(sums.volatility(1).zip(sums.volatility(60)).map(|(short, long)| short / long))
}
