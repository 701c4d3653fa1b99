//! The minute series as sums: over all of it, or by stretches of four hours that the bootstrap weighs.
//!
//! Every statistic of the minute series is a function of [`Sums`]. A pair of minutes belongs to the stretch of its later one,
//! and so does a return over several minutes: a resampled stretch brings its own past along (blocks of blocks, Politis and
//! Romano 1992), so that joins dilute no correlation.

use super::minutes::Minutes;
use super::series::{Lookback, Series};
use super::statistics::{Moments, Pairs, hill};

/// Lags of the autocorrelations, in minutes.
pub(super) const LAGS: [i32; 20] = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1_440];
/// Lengths of returns, in minutes.
pub(super) const STEPS: [i32; 9] = [1, 2, 5, 10, 15, 30, 60, 120, 240];
/// Length of the variance ratio's returns, in minutes.
pub(super) const TREND: i32 = 15;
/// Length of a stretch, in minutes.
const CELL: i32 = 240;
/// Share of the largest absolute returns that Hill's estimator sees.
pub(super) const TAIL: f64 = 0.05;

/// Sums over minutes, each as often as its weight says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sums {
    /// Returns of each length of [`STEPS`], at whole multiples of that length.
    pub returns: [Moments; STEPS.len()],
    /// Returns of one minute and those each of [`LAGS`] before.
    pub memory: [Pairs; LAGS.len()],
    /// The same of absolute returns.
    pub size_memory: [Pairs; LAGS.len()],
    /// Absolute return and volume of the minute.
    pub volume: Pairs,
    /// Absolute returns by hour of the day, UTC.
    pub hours: [Moments; 24],
    /// Absolute returns of the other minutes, and of those that begin a quarter of an hour.
    pub quarters: [Moments; 2],
    /// Hill's index of the absolute returns of one minute.
    pub tail: Option<f64>,
}

impl Sums {
    fn add_weighted(&mut self, other: &Self, weight: f64) {
        let moments = |to: &mut [Moments], from: &[Moments]| {
            to.iter_mut().zip(from).for_each(|(to, from)| to.add_weighted(from, weight));
        };
        let pairs = |to: &mut [Pairs], from: &[Pairs]| {
            to.iter_mut().zip(from).for_each(|(to, from)| to.add_weighted(from, weight));
        };
        moments(&mut self.returns, &other.returns);
        moments(&mut self.hours, &other.hours);
        moments(&mut self.quarters, &other.quarters);
        pairs(&mut self.memory, &other.memory);
        pairs(&mut self.size_memory, &other.size_memory);
        self.volume.add_weighted(&other.volume, weight);
    }

    /// The returns of `step` minutes.
    ///
    /// # Panics
    /// When `step` is none of [`STEPS`].
    pub fn returns_of(&self, step: i32) -> &Moments {
        let place = STEPS.iter().position(|known| *known == step);
        assert!(place.is_some(), "{step} minutes is none of {STEPS:?}");
        &self.returns[place.unwrap_or(0)]
    }

    /// Annualised volatility from returns of `step` minutes.
    pub fn volatility(&self, step: i32) -> Option<f64> {
        let mean_square = self.returns_of(step).mean_square()?;
        Some((mean_square * 525_600.0 / f64::from(step)).sqrt())
    }
}

/// The stretches of a series, and its absolute returns in falling order with the stretch of each.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    cells: Vec<(i32, Sums)>,
    falling: Vec<(f64, u32)>,
}

impl Cells {
    pub fn new(minutes: &Minutes) -> Self {
        let mut cells = Self::default();
        cells.fold_lengths(&minutes.closes);
        cells.fold_minutes(minutes);
        cells
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Absolute returns of one minute in falling order, each with its stretch.
    pub fn falling(&self) -> &[(f64, u32)] {
        &self.falling
    }

    /// The sums with a weight for each stretch.
    pub fn weighted(&self, weights: &[f64]) -> Sums {
        let mut sums = Sums::default();
        for ((_, cell), weight) in self.cells.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            sums.add_weighted(cell, *weight);
        }
        let falling = self.falling.iter().map(|(size, cell)| (*size, weights[*cell as usize]));
        sums.tail = hill(falling, sums.returns[0].count, TAIL);
        sums
    }

    /// The sums of the series as it is.
    pub fn whole(&self) -> Sums {
        self.weighted(&vec![1.0; self.len()])
    }

    fn place(&mut self, minute: i32) -> usize {
        let number = minute.div_euclid(CELL);
        // Walks go forward: the stretch is the last one, or one that an earlier walk has made.
        match self.cells.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(place) => place,
            Err(place) => {
                self.cells.insert(place, (number, Sums::default()));
                place
            }
        }
    }

    fn cell(&mut self, minute: i32) -> &mut Sums {
        let place = self.place(minute);
        &mut self.cells[place].1
    }

    /// Returns of every length. Their centre is zero: a mean return is nothing beside its spread at these lengths.
    fn fold_lengths(&mut self, closes: &Series) {
        for (place, step) in STEPS.into_iter().enumerate() {
            for (at, value) in closes.differences(step).iter().filter(|(at, _)| (at + 1).rem_euclid(step) == 0) {
                self.cell(at).returns[place].add(value);
            }
        }
    }

    fn fold_minutes(&mut self, minutes: &Minutes) {
        let returns = minutes.closes.differences(1);
        let mean = returns.mean();
        let size = |index: usize| returns.value(index).abs();
        let mut lookbacks = LAGS.map(Lookback::new);
        let mut volumes = minutes.closes.iter().zip(&minutes.volumes);
        for (index, (at, value)) in returns.iter().enumerate() {
            let volume = volumes.find(|((minute, _), _)| *minute == at).map_or(0.0, |(_, volume)| *volume);
            let place = self.place(at);
            let sums = &mut self.cells[place].1;
            for (lag, back) in lookbacks.iter_mut().enumerate() {
                if let Some(before) = back.of(&returns, index) {
                    sums.memory[lag].add(returns.value(before) - mean, value - mean);
                    sums.size_memory[lag].add(size(before), size(index));
                }
            }
            sums.volume.add(size(index), volume);
            sums.hours[at.rem_euclid(1_440) as usize / 60].add(size(index));
            sums.quarters[usize::from(at.rem_euclid(15) == 0)].add(size(index));
            self.falling.push((size(index), place as u32));
        }
        self.falling.sort_by(|a, b| b.0.total_cmp(&a.0));
    }
}
