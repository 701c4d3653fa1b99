use super::{FillPoint, Point};
use crate::units::Timestamp;

/// Most points in a series.
const POINTS: usize = 4_000;
/// Each bucket gives two points; first and last point are kept besides.
const BUCKETS: usize = POINTS / 2 - 2;

/// Thins a series of unknown length: buckets of equal numbers of points, each keeping its lowest and highest. When
/// there are too many buckets, neighbours merge and the rest of the series is taken in buckets twice as long.
#[derive(Debug, Clone)]
pub(super) struct Thinned<V> {
    buckets: Vec<Bucket<V>>,
    bucket_length: u64,
    in_last: u64,
    first: Option<(Timestamp, V)>,
    last: Option<(Timestamp, V)>,
    is_flat: bool,
}

#[derive(Debug, Clone, Copy)]
struct Bucket<V> {
    low: (Timestamp, V),
    high: (Timestamp, V),
}

impl<V: Copy + PartialOrd> Thinned<V> {
    pub(super) fn new() -> Self {
        Self {
            buckets: Vec::with_capacity(BUCKETS),
            bucket_length: 1,
            in_last: 0,
            first: None,
            last: None,
            is_flat: false,
        }
    }

    #[inline]
    pub(super) fn add(&mut self, at: Timestamp, value: V) {
        match self.last {
            Some((_, same)) if same == value => self.is_flat = true,
            last => self.change(last, (at, value)),
        }
        self.last = Some((at, value));
    }

    fn change(&mut self, last: Option<(Timestamp, V)>, point: (Timestamp, V)) {
        if let Some(end_of_flat) = last.filter(|_| self.is_flat) {
            self.take(end_of_flat);
        }
        self.is_flat = false;
        self.first.get_or_insert(point);
        self.take(point);
    }

    fn take(&mut self, point: (Timestamp, V)) {
        match self.buckets.last_mut() {
            Some(bucket) if self.in_last < self.bucket_length => {
                bucket.take(point);
                self.in_last += 1;
            }
            _ => self.open(Bucket { low: point, high: point }),
        }
    }

    #[inline(never)]
    fn open(&mut self, bucket: Bucket<V>) {
        if self.buckets.len() == BUCKETS {
            self.buckets = self.buckets.chunks(2).map(|pair| pair[0].merged(&pair[pair.len() - 1])).collect();
            self.buckets.reserve_exact(BUCKETS - self.buckets.len());
            self.bucket_length *= 2;
        }
        self.buckets.push(bucket);
        self.in_last = 1;
    }

    /// The points in order of time, as numbers.
    pub(super) fn points(&self, number: impl Fn(V) -> f64) -> Vec<Point> {
        let kept = self.buckets.iter().flat_map(Bucket::in_order);
        let all = self.first.into_iter().chain(kept).chain(self.last);
        let mut points: Vec<Point> = all.map(|(at, value)| Point { at, value: number(value) }).collect();
        points.dedup();
        points
    }
}

impl<V: Copy + PartialOrd> Bucket<V> {
    #[inline]
    fn take(&mut self, later: (Timestamp, V)) {
        if later.1 < self.low.1 {
            self.low = later;
        }
        if later.1 > self.high.1 {
            self.high = later;
        }
    }

    fn merged(&self, later: &Self) -> Self {
        let low = if later.low.1 < self.low.1 { later.low } else { self.low };
        let high = if later.high.1 > self.high.1 { later.high } else { self.high };
        Self { low, high }
    }

    fn in_order(&self) -> [(Timestamp, V); 2] {
        if self.low.0 <= self.high.0 { [self.low, self.high] } else { [self.high, self.low] }
    }
}

/// Thins fills: about one in `stride` is kept, the stride doubling when there are too many. Which ones is decided by mixed
/// numbers, so that no rhythm of the bot (buy, sell, buy, sell) falls in step with the stride.
#[derive(Debug, Clone)]
pub(super) struct ThinnedFills {
    kept: Vec<(u64, FillPoint)>,
    stride: u64,
    seen: u64,
}

impl ThinnedFills {
    pub(super) const fn new() -> Self {
        Self { kept: Vec::new(), stride: 1, seen: 0 }
    }

    #[inline]
    pub(super) fn add(&mut self, fill: impl FnOnce() -> FillPoint) {
        let mixed = mixed(self.seen);
        self.seen += 1;
        if is_kept(mixed, self.stride) {
            self.keep(mixed, fill());
        }
    }

    #[inline(never)]
    fn keep(&mut self, mixed: u64, fill: FillPoint) {
        self.kept.push((mixed, fill));
        while self.kept.len() > POINTS {
            self.stride *= 2;
            let stride = self.stride;
            self.kept.retain(|(mixed, _)| is_kept(*mixed, stride));
        }
    }

    pub(super) fn finish(&self) -> (Vec<FillPoint>, u64) {
        (self.kept.iter().map(|(_, fill)| *fill).collect(), self.stride)
    }
}

/// `stride` is a power of two.
const fn is_kept(mixed: u64, stride: u64) -> bool {
    mixed & (stride - 1) == 0
}

/// `number` with its bits mixed: a permutation in which low bits depend on all of them.
///
/// Source: G. Steele, D. Lea, C. Flood 2014, "Fast Splittable Pseudorandom Number Generators" (the finalizer).
const fn mixed(number: u64) -> u64 {
    let first = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let second = (first ^ (first >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    second ^ (second >> 31)
}
