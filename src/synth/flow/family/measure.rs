use super::run::Run;
use crate::units::MINUTE;

/// What a family that was made has come to: the moves of its mids by the minute.
#[derive(Debug, Clone, PartialEq)]
pub struct FamilyMoves {
    /// Minutes in which every market had a mid at both ends.
    pub minutes: u64,
    /// Correlations of the relative changes of mids; `None` where one of the two never moved.
    pub correlations: Vec<Vec<Option<f64>>>,
    /// Standard deviations of a minute's relative change in basis points.
    pub volatilities_bps: Vec<f64>,
}

/// Sums over minutes. Means are left in: beside a minute's deviation they are nothing.
#[derive(Debug)]
pub(super) struct Minutes {
    next_at: i64,
    last: Option<Vec<f64>>,
    count: u64,
    products: Vec<Vec<f64>>,
}

impl Minutes {
    pub(super) fn new(start: i64, members: usize) -> Self {
        Self { next_at: start, last: None, count: 0, products: vec![vec![0.0; members]; members] }
    }

    /// Looks at the mids where a minute has gone by.
    pub(super) fn see(&mut self, run: &Run) {
        if run.until < self.next_at {
            return;
        }
        while self.next_at <= run.until {
            self.next_at += MINUTE.nanos();
        }
        let mids: Option<Vec<f64>> = run.members.iter().map(|member| member.broadcast.flow.resting().mid()).collect();
        if let (Some(last), Some(mids)) = (&self.last, &mids) {
            self.count += 1;
            let changes: Vec<f64> = mids.iter().zip(last).map(|(mid, last)| mid / last - 1.0).collect();
            for (row, one) in self.products.iter_mut().zip(&changes) {
                row.iter_mut().zip(&changes).for_each(|(sum, other)| *sum += one * other);
            }
        }
        self.last = mids;
    }

    pub(super) fn end(self) -> FamilyMoves {
        let Self { count, products, .. } = self;
        let places = || 0..products.len();
        let square = |place: usize| products[place][place];
        let correlation = |i: usize, j: usize| {
            let scale = libm::sqrt(square(i) * square(j));
            (scale > 0.0).then(|| products[i][j] / scale)
        };
        FamilyMoves {
            minutes: count,
            correlations: places().map(|i| places().map(|j| correlation(i, j)).collect()).collect(),
            volatilities_bps: places().map(|i| 1e4 * libm::sqrt(square(i) / count.max(1) as f64)).collect(),
        }
    }
}
