use super::model::{PlacedShock, ShockModel, ShockStart};
use crate::units::Span;

/// Most phases of a shock, all kinds together.
const PHASES_MAX: usize = 200;
/// Longest time in a shock: 60 days.
const MINUTES_MAX: f64 = 86_400.0;
/// Severities that a shock can have.
const SEVERITY: (f64, f64) = (0.01, 10.0);

/// What is wrong with a shock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: found {found}; expected {expected}")]
pub struct ShockError {
    /// Which figure.
    pub key: String,
    /// Its value.
    pub found: String,
    /// What is allowed.
    pub expected: String,
}

impl ShockError {
    fn new(key: impl Into<String>, found: impl ToString, expected: impl Into<String>) -> Self {
        Self { key: key.into(), found: found.to_string(), expected: expected.into() }
    }
}

/// A figure with its key, and the least and the most that it may be.
type Bound = (String, f64, f64, f64);

impl ShockModel {
    /// Checks every figure.
    ///
    /// # Errors
    /// [`ShockError`] names the first that is out of its range.
    pub fn check(&self) -> Result<(), ShockError> {
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if self.name.is_empty() || self.name.len() > 60 || !self.name.chars().all(plain) {
            let name = format!("`{}`", self.name.chars().take(80).collect::<String>());
            return Err(ShockError::new("name", name, "1 to 60 small letters, digits and `-`"));
        }
        self.check_counts()?;
        let bounds = [self.move_bounds(), self.liquidity_bounds(), self.pace_bounds(), self.rule_bounds()];
        bounds.into_iter().flatten().try_for_each(within)?;
        self.check_signs()?;
        self.leverage.as_ref().map_or(Ok(()), |leverage| {
            leverage
                .check()
                .map_err(|error| ShockError::new(format!("leverage.{}", error.key), error.found, error.expected))
        })
    }

    fn check_counts(&self) -> Result<(), ShockError> {
        let phases = self.moves.len() + self.liquidity.len() + self.pace.len() + self.halts.len();
        let phases = phases + self.sweeps.len() + self.ticks.len() + self.funding.len();
        let expected = format!("at most {PHASES_MAX}");
        if phases > PHASES_MAX { Err(ShockError::new("phases", phases, expected)) } else { Ok(()) }
    }

    fn check_signs(&self) -> Result<(), ShockError> {
        let standing = self.sweeps.iter().position(|phase| phase.percent == 0.0);
        let zero = |place| Err(ShockError::new(format!("sweeps[{place}].percent"), 0, "below 0 to sell, above to buy"));
        standing.map_or(Ok(()), zero)?;
        let stuck = self.moves.iter().position(|phase| phase.back > 0.0 && phase.half_life_minutes == 0.0);
        let expected = "above 0 where a move goes back";
        stuck.map_or(Ok(()), |place| Err(ShockError::new(format!("moves[{place}].half_life_minutes"), 0, expected)))
    }

    fn move_bounds(&self) -> Vec<Bound> {
        let mut bounds = vec![("lasts_minutes".to_owned(), self.lasts_minutes, 0.01, MINUTES_MAX)];
        for (place, phase) in self.moves.iter().enumerate() {
            let key = |name: &str| format!("moves[{place}].{name}");
            bounds.extend([
                (key("at_minutes"), phase.at_minutes, 0.0, MINUTES_MAX),
                (key("over_minutes"), phase.over_minutes, 0.0, MINUTES_MAX),
                (key("percent"), phase.percent, -95.0, 1_000.0),
                (key("back"), phase.back, 0.0, 1.0),
                (key("stay_minutes"), phase.stay_minutes, 0.0, MINUTES_MAX),
                (key("half_life_minutes"), phase.half_life_minutes, 0.0, MINUTES_MAX),
            ]);
        }
        for (place, phase) in self.sweeps.iter().enumerate() {
            bounds.push((format!("sweeps[{place}].at_minutes"), phase.at_minutes, 0.0, MINUTES_MAX));
            bounds.push((format!("sweeps[{place}].percent"), phase.percent, -95.0, 1_000.0));
        }
        bounds
    }

    fn liquidity_bounds(&self) -> Vec<Bound> {
        let of = |(place, phase): (usize, &super::LiquidityPhase)| {
            let key = |name: &str| format!("liquidity[{place}].{name}");
            [
                (key("at_minutes"), phase.at_minutes, 0.0, MINUTES_MAX),
                (key("over_minutes"), phase.over_minutes, 0.0, MINUTES_MAX),
                (key("stay_minutes"), phase.stay_minutes, 0.0, MINUTES_MAX),
                (key("half_life_minutes"), phase.half_life_minutes, 0.0, MINUTES_MAX),
                (key("depth"), phase.depth, 0.001, 1.0),
                (key("spread"), phase.spread, 1.0, 1_000.0),
            ]
        };
        self.liquidity.iter().enumerate().flat_map(of).collect()
    }

    fn pace_bounds(&self) -> Vec<Bound> {
        let of = |(place, phase): (usize, &super::PacePhase)| {
            let key = |name: &str| format!("pace[{place}].{name}");
            [
                (key("at_minutes"), phase.at_minutes, 0.0, MINUTES_MAX),
                (key("over_minutes"), phase.over_minutes, 0.0, MINUTES_MAX),
                (key("stay_minutes"), phase.stay_minutes, 0.0, MINUTES_MAX),
                (key("half_life_minutes"), phase.half_life_minutes, 0.0, MINUTES_MAX),
                (key("volatility"), phase.volatility, 0.05, 50.0),
                (key("orders"), phase.orders, 0.05, 50.0),
            ]
        };
        self.pace.iter().enumerate().flat_map(of).collect()
    }

    fn rule_bounds(&self) -> Vec<Bound> {
        let mut bounds = Vec::new();
        for (place, phase) in self.halts.iter().enumerate() {
            bounds.push((format!("halts[{place}].at_minutes"), phase.at_minutes, 0.0, MINUTES_MAX));
            bounds.push((format!("halts[{place}].for_minutes"), phase.for_minutes, 0.0, MINUTES_MAX));
        }
        for (place, phase) in self.ticks.iter().enumerate() {
            bounds.push((format!("ticks[{place}].at_minutes"), phase.at_minutes, 0.0, MINUTES_MAX));
            bounds.push((format!("ticks[{place}].multiple"), phase.multiple, 1.0, 1_000.0));
        }
        for (place, phase) in self.funding.iter().enumerate() {
            bounds.push((format!("funding[{place}].at_minutes"), phase.at_minutes, 0.0, MINUTES_MAX));
            bounds.push((format!("funding[{place}].rate_bps"), phase.rate_bps, -1_000.0, 1_000.0));
        }
        bounds
    }
}

impl PlacedShock {
    /// Checks the shock, its severity and its start.
    ///
    /// # Errors
    /// [`ShockError`] names the first figure that is out of its range.
    pub fn check(&self) -> Result<(), ShockError> {
        self.shock.check()?;
        within(("severity".to_owned(), self.severity.0, SEVERITY.0, SEVERITY.1))?;
        let (first, last) = match self.start {
            ShockStart::At(at) => (at, at),
            ShockStart::Between(first, last) => (first, last),
        };
        let expected = "0s or later, and not the last before the first";
        let fine = Span::ZERO <= first && first <= last;
        if fine { Ok(()) } else { Err(ShockError::new("at", format!("{first} to {last}"), expected)) }
    }
}

fn within((key, value, least, most): Bound) -> Result<(), ShockError> {
    // Not a number is within nothing.
    let fine = value >= least && value <= most;
    if fine { Ok(()) } else { Err(ShockError::new(key, value, format!("{least} to {most}"))) }
}
