use super::{Measurements, Outcome, Readiness, judge};
use crate::units::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Figures that are kept; criteria of the scenario on the first three are held against the peak as well.
const FIGURES: [&str; 7] =
    ["order_success_rate", "uptime", "own_error_rate", "own_errors", "orders_sent", "fills", "max_drawdown"];
const JUDGED: usize = 3;

/// The busiest stretch of a run's market at several times its pace and quantities, and what came of the bot in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakLoad {
    /// First instant of the stretch.
    pub from: Timestamp,
    /// How long it lasts in the market.
    pub lasts: Span,
    /// Times the market's highest rates that were asked for.
    pub times: u32,
    /// What its time was divided by.
    pub pace: u32,
    /// What its quantities were multiplied by.
    pub quantity: u32,
    /// Its messages.
    pub messages: u64,
    /// Most messages in a second: of the whole market, and as it was played.
    pub busiest_second: [u64; 2],
    /// Most steps traded in a second: of the whole market, and as it was played.
    pub most_traded: [u64; 2],
    /// Orders that the bot sent in it and in its warm-up.
    pub orders_sent: u64,
    /// Those of them that it sent in the stretch itself.
    pub orders_in_it: u64,
    /// Orders that the venue refused, by reason, warm-up included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<(String, u64)>,
    /// Digest of the journal of the run on it.
    pub digest: String,
    /// Metrics of that run, as text; nothing where one has no value.
    pub figures: Vec<(String, Option<String>)>,
    /// What the audit found, or a criterion that does not hold there.
    pub failure: Option<String>,
}

impl PeakLoad {
    /// Metrics of the run on it, as they are kept.
    #[must_use]
    pub fn figures(measurements: &Measurements) -> Vec<(String, Option<String>)> {
        let figure = |name: &str| {
            let value = measurements.get(name).and_then(|measured| measured.value.clone().ok());
            (name.to_owned(), value.map(|value| value.to_string()))
        };
        FIGURES.map(figure).into()
    }

    /// A criterion on a rate that does not hold at the peak, in words.
    #[must_use]
    pub fn unmet(readiness: &Readiness, measurements: &Measurements) -> Option<String> {
        let is_judged = |metric: &str| FIGURES[..JUDGED].contains(&metric);
        let judged = readiness.criteria.iter().filter(|criterion| criterion.mandatory && is_judged(&criterion.metric));
        let mut findings = judged.map(|criterion| judge(criterion, measurements, readiness.waiver(&criterion.name)));
        let finding = findings.find(|finding| finding.outcome == Outcome::NotMet && finding.is_failure())?;
        let value = finding.value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        Some(format!("criterion “{}” does not hold: {} is {value}", finding.criterion.name, finding.criterion.metric))
    }

    /// Why it shows too little: the rates that were asked for are not reached, or the bot did nothing.
    #[must_use]
    pub fn shortfall(&self) -> Option<String> {
        let short = |what: &str, [before, after]: [u64; 2]| {
            let asked = u128::from(before) * u128::from(self.times);
            (u128::from(after) < asked).then(|| {
                format!(
                    "its busiest second has {after} {what}, and {} times the market’s {before} are asked for",
                    self.times
                )
            })
        };
        short("messages", self.busiest_second)
            .or_else(|| short("steps traded", self.most_traded))
            .or_else(|| (self.orders_sent == 0).then(|| "the bot sent no order, warm-up included".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peak(busiest_second: [u64; 2], most_traded: [u64; 2], orders_sent: u64) -> PeakLoad {
        PeakLoad {
            from: Timestamp::from_nanos(0),
            lasts: Span::from_nanos(1),
            times: 2,
            pace: 3,
            quantity: 1,
            messages: 1,
            busiest_second,
            most_traded,
            orders_sent,
            orders_in_it: 0,
            refused: Vec::new(),
            digest: String::new(),
            figures: Vec::new(),
            failure: None,
        }
    }

    #[test]
    fn a_peak_is_twice_as_busy_and_one_in_which_the_bot_acts() {
        let cases = [
            (peak([10, 20], [5, 10], 1), None),
            (peak([10, 19], [5, 10], 1), Some("has 19 messages, and 2 times the market’s 10")),
            (peak([10, 20], [1_000, 1_999], 1), Some("has 1999 steps traded, and 2 times")),
            (peak([10, 20], [0, 0], 1), None),
            (peak([10, 20], [5, 10], 0), Some("sent no order")),
        ];
        for (peak, expected) in cases {
            let found = peak.shortfall();
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(expected.is_none_or(|text| found.clone().unwrap().contains(text)), "{found:?}");
        }
    }
}
