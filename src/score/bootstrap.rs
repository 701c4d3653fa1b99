//! Confidence intervals of the minute series by a moving-block bootstrap (Kuensch 1989), seeded and so repeatable.

use super::cells::{Cells, Sums};
use super::facts::{Fact, Measure};
use crate::rng::Streams;

const SEED: u64 = 1;
const STREAM: &str = "score/bootstrap";
/// Series drawn.
const DRAWS: usize = 400;
/// Stretches of four hours a block has at least: a day.
const BLOCK_LEAST: usize = 6;
/// Blocks that must fit for an interval to mean something.
const BLOCKS_LEAST: usize = 5;

/// For each fact, the middle 95 % of its figures in drawn series; `None` where the fact is no function of the minute series,
/// where the series is too short, or where drawn series often give no figure.
pub(super) fn intervals(cells: &Cells, facts: &[Fact]) -> Vec<Option<(f64, f64)>> {
    let block = block_length(cells.len());
    if cells.len() < BLOCKS_LEAST * block {
        return vec![None; facts.len()];
    }
    let mut rng = Streams::new(SEED).stream(STREAM);
    let mut drawn = vec![Vec::new(); facts.len()];
    for _ in 0..DRAWS {
        let mut weights = vec![0.0; cells.len()];
        for _ in 0..cells.len().div_ceil(block) {
            let start = rng.below((cells.len() - block + 1) as u64) as usize;
            weights[start..start + block].iter_mut().for_each(|weight| *weight += 1.0);
        }
        let sums = cells.weighted(&weights);
        facts.iter().zip(&mut drawn).for_each(|(fact, values)| values.extend(value(fact, &sums)));
    }
    drawn.into_iter().map(middle).collect()
}

/// Two thirds of the length's power, so that blocks and their number both grow; whole days.
fn block_length(cells: usize) -> usize {
    let length = libm::cbrt((cells * cells) as f64);
    (libm::round(length / BLOCK_LEAST as f64) as usize * BLOCK_LEAST).max(BLOCK_LEAST)
}

fn value(fact: &Fact, sums: &Sums) -> Option<f64> {
    match fact.measure {
        Measure::Minutes(measure) => measure(sums).ok().map(|estimate| estimate.value),
        Measure::Whole(_) | Measure::Trend => None,
    }
}

fn middle(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let enough = DRAWS * 9 / 10 <= values.len();
    let last = values.len().saturating_sub(1);
    enough.then(|| (values[last * 25 / 1_000], values[last - last * 25 / 1_000]))
}
