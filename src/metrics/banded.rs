use super::BandPoint;
use crate::units::Timestamp;

/// Most points in a band: a picture has no more columns that an eye tells apart.
const POINTS: usize = 600;

/// A series of unknown length as lowest, mean and highest value of equal numbers of samples. When there are too many buckets,
/// neighbours merge and the rest of the series is taken in buckets twice as long.
///
/// For what jumps from sample to sample, as spreads and delays do: lines through their extremes are a wall.
#[derive(Debug, Clone)]
pub(super) struct Banded {
    buckets: Vec<Bucket>,
    bucket_length: u64,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    at: Timestamp,
    low: i64,
    high: i64,
    sum: i128,
    count: u64,
}

impl Banded {
    pub(super) fn new() -> Self {
        Self { buckets: Vec::with_capacity(POINTS), bucket_length: 1 }
    }

    #[inline]
    pub(super) fn add(&mut self, at: Timestamp, value: i64) {
        match self.buckets.last_mut() {
            Some(bucket) if bucket.count < self.bucket_length => {
                bucket.low = bucket.low.min(value);
                bucket.high = bucket.high.max(value);
                bucket.sum += i128::from(value);
                bucket.count += 1;
            }
            _ => self.open(at, value),
        }
    }

    fn open(&mut self, at: Timestamp, value: i64) {
        if self.buckets.len() == POINTS {
            for index in 0..POINTS / 2 {
                self.buckets[index] = self.buckets[2 * index].merged(&self.buckets[2 * index + 1]);
            }
            self.buckets.truncate(POINTS / 2);
            self.bucket_length *= 2;
        }
        self.buckets.push(Bucket { at, low: value, high: value, sum: i128::from(value), count: 1 });
    }

    /// The points in order of time.
    pub(super) fn points(&self) -> Vec<BandPoint> {
        let point = |bucket: &Bucket| BandPoint {
            at: bucket.at,
            low: bucket.low as f64,
            mean: bucket.sum as f64 / bucket.count as f64,
            high: bucket.high as f64,
        };
        self.buckets.iter().map(point).collect()
    }
}

impl Bucket {
    fn merged(&self, later: &Self) -> Self {
        Self {
            at: self.at,
            low: self.low.min(later.low),
            high: self.high.max(later.high),
            sum: self.sum + later.sum,
            count: self.count + later.count,
        }
    }
}
