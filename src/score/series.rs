//! Values at numbered minutes, with holes.

/// Values in order of their minutes; a minute that is not there is a hole.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Series {
    at: Vec<i32>,
    value: Vec<f64>,
}

impl Series {
    /// Appends a value; minutes that do not increase are left out.
    pub fn push(&mut self, at: i32, value: f64) {
        if self.at.last().is_none_or(|last| *last < at) {
            self.at.push(at);
            self.value.push(value);
        }
    }

    pub fn len(&self) -> usize {
        self.at.len()
    }

    pub fn at(&self, index: usize) -> i32 {
        self.at[index]
    }

    pub fn value(&self, index: usize) -> f64 {
        self.value[index]
    }

    pub fn values(&self) -> &[f64] {
        &self.value
    }

    pub fn iter(&self) -> impl Iterator<Item = (i32, f64)> + '_ {
        self.at.iter().copied().zip(self.value.iter().copied())
    }

    /// Differences over `step` minutes, at every minute that has a value `step` before it.
    pub fn differences(&self, step: i32) -> Self {
        let mut back = Lookback::new(step);
        let mut found = Self::default();
        for index in 0..self.len() {
            if let Some(before) = back.of(self, index) {
                found.push(self.at(index), self.value(index) - self.value(before));
            }
        }
        found
    }

    /// The mean; zero of nothing.
    pub fn mean(&self) -> f64 {
        self.value.iter().sum::<f64>() / (self.len() as f64).max(1.0)
    }
}

/// Finds the value a fixed number of minutes before, in a walk from the first value to the last.
#[derive(Debug, Clone)]
pub(crate) struct Lookback {
    lag: i32,
    cursor: usize,
}

impl Lookback {
    pub const fn new(lag: i32) -> Self {
        Self { lag, cursor: 0 }
    }

    /// Where the value `lag` minutes before that at `index` is; `None` in a hole.
    pub fn of(&mut self, series: &Series, index: usize) -> Option<usize> {
        let wanted = series.at(index).saturating_sub(self.lag);
        while self.cursor < index && series.at(self.cursor) < wanted {
            self.cursor += 1;
        }
        (series.at(self.cursor) == wanted).then_some(self.cursor)
    }
}
