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
    /// Rows that count and were measured in some seed, and those of them that are inside in at least 90 % of the seeds that measured them.
    pub rows_measured: usize,
    /// Of those, inside.
    pub rows_inside: usize,
    /// Seeds that are like a real market each by itself.
    pub real: usize,
    /// The rows.
    pub rows: Vec<SeedsRow>,
    /// The seeds.
    pub seeds: Vec<SeedScore>,
}

/// Judges many seeds together: none may be unsound, none have a trend, in each at least half of the rows that count must have been
/// measured, and of those at least 90 % must lie inside on average. Besides, row by row: at least 90 % of the rows must be inside in at least 90 % of the
/// seeds, so that no row may miss in most months while others make up for it.
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
    let rows: Vec<SeedsRow> = (0..seeds[0].score.rows.len()).map(|place| row(&seeds, place)).collect();
    let counted = || rows.iter().filter(|row| !row.source.is_empty() && row.measured > 0);
    let rows_measured = counted().count();
    // What is measured in few seeds is inside in few.
    let is_inside = |row: &&SeedsRow| is_most(row.inside, row.measured) && count <= 2 * row.measured;
    let rows_inside = counted().filter(is_inside).count();
    let told = format!(
        "{inside_percent:.1} % of the measured rows inside on average; {rows_inside} of {rows_measured} rows inside in at least {INSIDE_PERCENT} % of the \
         seeds; {real} of {count} seeds are like a real market each by itself"
    );
    let is_unlike = inside_percent < INSIDE_PERCENT as f64 || !is_most(rows_inside, rows_measured);
    let (verdict, words) = match worst.into_iter().find(|(verdict, _)| 0 < with(*verdict)) {
        Some((verdict, what)) => (verdict, format!("{} of {count} seeds {what}; {told}", with(verdict))),
        None if is_unlike => (ScoreVerdict::Unlike, told),
        None => (ScoreVerdict::Real, told),
    };
    SeedsScore {
        verdict,
        words,
        inside_percent: rounded(inside_percent),
        rows_measured,
        rows_inside,
        real,
        rows,
        seeds,
    }
}

/// At least nine of ten.
const fn is_most(part: usize, all: usize) -> bool {
    part * 100 >= all * INSIDE_PERCENT
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

    /// A row that is inside in all of the four seeds of ten that measure it is not inside in nine of ten.
    #[test]
    fn a_row_that_few_seeds_measure_is_inside_in_few() {
        for (measured, inside) in [(4, 0), (5, 1)] {
            let value = |n: u64| (n <= measured).then_some(0.5);
            let found = over_seeds((1..=10).map(|n| seed(n, ScoreVerdict::Real, 10, value(n))).collect());
            assert_eq!((found.rows_inside, found.rows_measured), (inside, 1), "{measured} of ten");
        }
    }

    /// One row of two that misses in most months is a market that is unlike, however well the seeds do on average.
    #[test]
    fn a_row_that_misses_in_most_seeds_is_not_made_up_for() {
        let good = [Some(0.5); 10];
        let mut one_of_ten = good;
        one_of_ten[3] = Some(3.0);
        let mut two_of_ten = one_of_ten;
        two_of_ten[7] = Some(3.0);
        for (values, inside, expected) in
            [(good, 1, ScoreVerdict::Real), (one_of_ten, 1, ScoreVerdict::Real), (two_of_ten, 0, ScoreVerdict::Unlike)]
        {
            let seeds = (1..).zip(values).map(|(n, value)| seed(n, ScoreVerdict::Real, 10, value)).collect();
            let found = over_seeds(seeds);
            assert_eq!(
                (found.verdict, found.rows_inside, found.rows_measured),
                (expected, inside, 1),
                "{}",
                found.words
            );
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
