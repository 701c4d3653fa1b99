use super::BandPoint;
use crate::units::Timestamp;

/// Most points in a band: a picture has no more columns that an eye tells apart.
const POINTS: usize = 600;

/// A series of unknown length as lowest, mean and highest value of equal numbers of samples. When there are too many buckets,
/// neighbours merge and the rest of the series is taken in buckets twice as long.
///
/// For what jumps from sample to sample, as spreads and delays do: lines through their extremes are a wall. A value that
/// repeats, as a configured delay does, is only counted until another one comes or the bucket is full.
#[derive(Debug, Clone)]
pub(super) struct Banded {
    buckets: Vec<Bucket>,
    bucket_length: u64,
    repeated: i64,
    /// How many samples more the last bucket takes.
    room: u64,
    /// How many it took when the value came that repeats.
    room_before: u64,
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
        Self { buckets: Vec::with_capacity(POINTS), bucket_length: 1, repeated: 0, room: 0, room_before: 0 }
    }

    #[inline]
    pub(super) fn add(&mut self, at: Timestamp, value: i64) {
        if self.room > 0 && value == self.repeated {
            self.room -= 1;
        } else {
            self.change(at, value);
        }
    }

    #[inline(never)]
    fn change(&mut self, at: Timestamp, value: i64) {
        self.settle();
        self.repeated = value;
        if self.room > 0 {
            self.room -= 1;
        } else {
            self.open(at, value);
        }
    }

    /// Puts the value that repeated into its bucket.
    fn settle(&mut self) {
        let (value, times) = (self.repeated, self.room_before - self.room);
        self.room_before = self.room;
        if let Some(bucket) = self.buckets.last_mut().filter(|_| times > 0) {
            bucket.low = bucket.low.min(value);
            bucket.high = bucket.high.max(value);
            bucket.sum += i128::from(value) * i128::from(times);
            bucket.count += times;
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
        self.room = self.bucket_length - 1;
        self.room_before = self.room;
    }

    /// The points in order of time.
    pub(super) fn points(&mut self) -> Vec<BandPoint> {
        self.settle();
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
