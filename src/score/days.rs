//! One close a day, its returns, and what the minutes of the day say about them.

use super::minutes::Minutes;
use super::series::Series;
use super::statistics::{Moments, Pairs, autocorrelation, moments};

const DAY_MINUTES: i32 = 1_440;
/// The last price of a day counts when it is of the day's last hour.
const CLOSE_FROM: i32 = 1_380;
/// Minutes with a return from which on a day has a realised volatility.
const FULL_DAY: u32 = 1_380;

/// Daily returns, and the same divided by the volatility that their minutes realised.
#[derive(Debug, Clone, Default)]
pub(super) struct Days {
    pub returns: Vec<f64>,
    pub scaled: Vec<f64>,
}

impl Days {
    pub fn new(minutes: &Minutes) -> Self {
        let closes = daily_closes(&minutes.closes);
        let returns = closes.differences(1);
        let realised = realised(&minutes.closes);
        let mut volatilities = realised.iter().peekable();
        let mut scaled = Vec::new();
        for (day, value) in returns.iter() {
            while volatilities.next_if(|(other, ..)| *other < day).is_some() {}
            if let Some((_, squares, _)) = volatilities.next_if(|(other, ..)| *other == day)
                && *squares > 0.0
            {
                scaled.push(value / squares.sqrt());
            }
        }
        Self { returns: returns.values().to_vec(), scaled }
    }

    pub fn moments(&self) -> Moments {
        moments(&self.returns)
    }

    pub fn memory(&self, lag: usize) -> Option<f64> {
        autocorrelation(&self.returns, lag)
    }

    pub fn size_memory(&self, lag: usize) -> Option<f64> {
        let sizes: Vec<f64> = self.returns.iter().map(|value| value.abs()).collect();
        autocorrelation(&sizes, lag)
    }

    /// Correlation of a day's return with the square of the next.
    pub fn leverage(&self) -> Option<f64> {
        let mut pairs = Pairs::default();
        self.returns.windows(2).for_each(|pair| pairs.add(pair[0], pair[1] * pair[1]));
        pairs.correlation()
    }
}

fn daily_closes(closes: &Series) -> Series {
    let mut days = Series::default();
    let mut last: Option<(i32, f64)> = None;
    for (at, value) in closes.iter() {
        let (day, minute) = (at.div_euclid(DAY_MINUTES), at.rem_euclid(DAY_MINUTES));
        if let Some((before, value)) = last.take_if(|(before, _)| *before != day) {
            days.push(before, value);
        }
        last = (CLOSE_FROM <= minute).then_some((day, value));
    }
    if let Some((day, value)) = last {
        days.push(day, value);
    }
    days
}

/// (day, sum of squared returns, minutes) of every day that is full.
fn realised(closes: &Series) -> Vec<(i32, f64, u32)> {
    let mut days: Vec<(i32, f64, u32)> = Vec::new();
    for (at, value) in closes.differences(1).iter() {
        let day = at.div_euclid(DAY_MINUTES);
        match days.last_mut().filter(|(last, ..)| *last == day) {
            Some((_, squares, minutes)) => (*squares, *minutes) = (*squares + value * value, *minutes + 1),
            None => days.push((day, value * value, 1)),
        }
    }
    days.retain(|(.., minutes)| FULL_DAY <= *minutes);
    days
}
