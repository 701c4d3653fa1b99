//! One close a day, its returns, and what the minutes of the day say about them.

use super::minutes::Minutes;
use super::series::{Lookback, Series};
use super::statistics::{Moments, Pairs, moments};

const DAY_MINUTES: i32 = 1_440;
/// The last price of a day counts when it is of the day's last hour.
const CLOSE_FROM: i32 = 1_380;
/// Minutes with a return from which on a day has a realised volatility.
const FULL_DAY: u32 = 1_380;

/// Daily returns, and the same divided by the volatility that their minutes realised.
#[derive(Debug, Clone, Default)]
pub(super) struct Days {
    pub returns: Series,
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
        Self { returns, scaled }
    }

    pub fn moments(&self) -> Moments {
        moments(self.returns.values())
    }

    /// Correlation of returns that many days apart.
    pub fn memory(&self, lag: i32) -> Option<f64> {
        self.apart(lag, |before, now| (before, now))
    }

    pub fn size_memory(&self, lag: i32) -> Option<f64> {
        self.apart(lag, |before, now| (before.abs(), now.abs()))
    }

    /// What a missing day lies between is no pair.
    fn apart(&self, lag: i32, of: impl Fn(f64, f64) -> (f64, f64)) -> Option<f64> {
        let (mut pairs, mut back) = (Pairs::default(), Lookback::new(lag));
        for index in 0..self.returns.len() {
            if let Some(before) = back.of(&self.returns, index) {
                let (x, y) = of(self.returns.value(before), self.returns.value(index));
                pairs.add(x, y);
            }
        }
        pairs.correlation()
    }

    /// Correlation of a day's return with the square of the next.
    pub fn leverage(&self) -> Option<f64> {
        self.apart(1, |before, now| (before, now * now))
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
