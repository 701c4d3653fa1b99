//! Many seeds of one market, judged together.

use super::figure::rounded;
use super::judge::{INSIDE_PERCENT, Row, RowVerdict, Score, ScoreVerdict};

/// The score of one seed.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeedScore {
    /// Which.
    pub seed: u64,
    /// Its scorecard.
    pub score: Score,
}

/// One row over all seeds.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeedsRow {
    /// From 1, as on a scorecard.
    pub number: usize,
    /// The statistic.
    pub name: &'static str,
    /// Its unit; empty for a plain number.
    pub unit: &'static str,
    /// Ends of its band: the widest of all seeds, where a standard error moves them.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Where the band comes from; empty where the row does not count.
    pub source: String,
    /// In how many seeds it was measured, and inside.
    pub measured: usize,
    /// Of those, inside.
    pub inside: usize,
    /// The middle of what was measured, the lowest and the highest.
    pub median: Option<f64>,
    /// Lowest.
    pub lowest: Option<f64>,
    /// Highest.
    pub highest: Option<f64>,
}

/// What many seeds of a market come to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeedsScore {
    /// The verdict.
    pub verdict: ScoreVerdict,
    /// In words, with figures.
    pub words: String,
    /// Mean over the seeds of the share of measured counted rows that are inside, in percent.
    pub inside_percent: f64,
    /// Seeds that are like a real market each by itself.
    pub real: usize,
    /// The rows.
    pub rows: Vec<SeedsRow>,
    /// The seeds.
    pub seeds: Vec<SeedScore>,
}

/// Judges many seeds together: none may be unsound, none have a trend, in each at least half of the rows that count must have been
/// measured, and of those at least 90 % must lie inside on average.
///
/// # Panics
/// Without a seed.
#[must_use]
pub fn over_seeds(seeds: Vec<SeedScore>) -> SeedsScore {
    assert!(!seeds.is_empty(), "0 seeds cannot be judged");
    let with = |verdict: ScoreVerdict| seeds.iter().filter(|seed| seed.score.verdict == verdict).count();
    let share = |score: &Score| score.inside as f64 / score.measured.max(1) as f64;
    let inside_percent = 100.0 * seeds.iter().map(|seed| share(&seed.score)).sum::<f64>() / seeds.len() as f64;
    let worst = [
        (ScoreVerdict::Unsound, "break a precondition"),
        (ScoreVerdict::Trend, "have a 15-minute variance ratio that is no market's"),
        (ScoreVerdict::Insufficient, "have too few rows that could be measured"),
    ];
    let (count, real) = (seeds.len(), with(ScoreVerdict::Real));
    let told = format!(
        "{inside_percent:.1} % of the measured rows inside on average; {real} of {count} seeds are like a real market each by itself"
    );
    let (verdict, words) = match worst.into_iter().find(|(verdict, _)| 0 < with(*verdict)) {
        Some((verdict, what)) => (verdict, format!("{} of {count} seeds {what}; {told}", with(verdict))),
        None if inside_percent < INSIDE_PERCENT as f64 => (ScoreVerdict::Unlike, told),
        None => (ScoreVerdict::Real, told),
    };
    let rows = (0..seeds[0].score.rows.len()).map(|place| row(&seeds, place)).collect();
    SeedsScore { verdict, words, inside_percent: rounded(inside_percent), real, rows, seeds }
}

fn row(seeds: &[SeedScore], place: usize) -> SeedsRow {
    let all = || seeds.iter().map(|seed| &seed.score.rows[place]);
    let of = |verdict: RowVerdict| all().filter(|row| row.verdict == verdict).count();
    let mut values: Vec<f64> = all().filter_map(|row| row.value).collect();
    values.sort_by(f64::total_cmp);
    let Row { number, name, unit, source, .. } = &seeds[0].score.rows[place];
    SeedsRow {
        number: *number,
        name,
        unit,
        low: all().filter_map(|row| row.low).min_by(f64::total_cmp),
        high: all().filter_map(|row| row.high).max_by(f64::total_cmp),
        source: source.clone(),
        measured: values.len(),
        inside: of(RowVerdict::Inside),
        median: median(&values),
        lowest: values.first().copied(),
        highest: values.last().copied(),
    }
}

/// Of values in order; between the two in the middle where their number is even.
fn median(values: &[f64]) -> Option<f64> {
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some(rounded((low + high) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Option<f64>, verdict: RowVerdict) -> Row {
        Row {
            number: 1,
            family: "",
            name: "a row",
            unit: "",
            estimator: "",
            value,
            standard_error: None,
            reason: None,
            low: Some(0.0),
            high: Some(1.0),
            source: "somebody".to_owned(),
            verdict,
            against: None,
        }
    }

    fn seed(seed: u64, verdict: ScoreVerdict, inside: usize, value: Option<f64>) -> SeedScore {
        let of_row = match value {
            None => RowVerdict::NotMeasured,
            Some(value) if value <= 1.0 => RowVerdict::Inside,
            Some(_) => RowVerdict::Outside,
        };
        let rows = vec![row(value, of_row)];
        let score =
            Score { verdict, words: String::new(), counted: 10, measured: 10, inside, preconditions: Vec::new(), rows };
        SeedScore { seed, score }
    }

    /// Nine tenths of the rows on average are enough, a tenth of a seed less is not.
    #[test]
    fn the_mean_share_decides() {
        for (insides, expected) in [([8, 10], ScoreVerdict::Real), ([8, 9], ScoreVerdict::Unlike)] {
            let found = over_seeds((1..).zip(insides).map(|(n, i)| seed(n, ScoreVerdict::Real, i, None)).collect());
            assert_eq!(found.verdict, expected, "{}", found.words);
        }
    }

    #[test]
    fn one_trend_or_one_unsound_seed_is_enough() {
        for bad in [ScoreVerdict::Unsound, ScoreVerdict::Trend, ScoreVerdict::Insufficient] {
            let found = over_seeds(vec![seed(1, ScoreVerdict::Real, 10, Some(0.5)), seed(2, bad, 10, Some(0.5))]);
            assert_eq!((found.verdict, found.real), (bad, 1), "{}", found.words);
        }
    }

    #[test]
    fn rows_tell_of_those_seeds_that_were_measured() {
        let values = [Some(3.0), None, Some(0.25), Some(0.75)];
        let found = over_seeds((1..).zip(values).map(|(n, value)| seed(n, ScoreVerdict::Real, 10, value)).collect());
        let row = &found.rows[0];
        assert_eq!((row.measured, row.inside, row.median), (3, 2, Some(0.75)));
        assert_eq!((row.lowest, row.highest), (Some(0.25), Some(3.0)));
        assert_eq!([median(&[]), median(&[1.0, 2.0])], [None, Some(1.5)]);
    }
}
