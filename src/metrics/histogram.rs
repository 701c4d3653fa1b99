use hdrhistogram::Histogram;

/// Percentiles of integers within 0.1 %, in bounded memory; smallest, largest and sum exact.
///
/// A value that repeats, as a configured delay does, is only counted until another one comes.
#[derive(Debug, Clone)]
pub(super) struct Percentile {
    histogram: Histogram<u64>,
    repeated: u64,
    repeated_weight: u64,
    min: u64,
    max: u64,
    sum: u128,
    weight: u64,
}

/// Largest value the histogram tells apart: above nine years in nanoseconds.
const HIGHEST: u64 = 1 << 58;
const SIGNIFICANT_DIGITS: u8 = 3;

impl Percentile {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new(SIGNIFICANT_DIGITS);
        let mut histogram = match histogram {
            Ok(histogram) => histogram,
            Err(error) => panic!("{SIGNIFICANT_DIGITS} significant digits are refused: {error}"),
        };
        histogram.auto(true);
        Self { histogram, repeated: 0, repeated_weight: 0, min: u64::MAX, max: 0, sum: 0, weight: 0 }
    }

    #[inline]
    pub(super) fn add(&mut self, value: u64, weight: u64) {
        if value != self.repeated {
            self.flush();
            self.repeated = value;
        }
        self.repeated_weight = self.repeated_weight.saturating_add(weight);
    }

    /// Takes the value that repeated. Figures are read after this.
    pub(super) fn flush(&mut self) {
        let (value, weight) = (self.repeated, std::mem::take(&mut self.repeated_weight));
        if weight == 0 {
            return;
        }
        let recorded = self.histogram.record_n(value.min(HIGHEST), weight);
        assert!(recorded.is_ok(), "value {value} with weight {weight} is refused: {recorded:?}");
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum = self.sum.saturating_add(u128::from(value) * u128::from(weight));
        self.weight = self.weight.saturating_add(weight);
    }

    pub(super) const fn weight(&self) -> u64 {
        self.weight
    }

    fn known<T>(&self, value: T) -> Option<T> {
        (self.weight > 0).then_some(value)
    }

    pub(super) fn min(&self) -> Option<u64> {
        self.known(self.min)
    }

    pub(super) fn max(&self) -> Option<u64> {
        self.known(self.max)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        self.known(self.sum as f64 / self.weight as f64)
    }

    /// The value below or at which `quantile` (0 to 1) of the weight lies; never outside what was seen.
    pub(super) fn quantile(&self, quantile: f64) -> Option<u64> {
        self.known(self.histogram.value_at_quantile(quantile)).map(|value| value.clamp(self.min, self.max))
    }
}
