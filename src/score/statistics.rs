//! Estimators as pure functions of sums. `None` is a sample without variation.

/// Weighted sums of powers of a value less a fixed centre.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Moments {
    pub count: f64,
    sums: [f64; 4],
}

impl Moments {
    /// Takes a value that the centre has been taken from.
    pub fn add(&mut self, value: f64) {
        let square = value * value;
        self.count += 1.0;
        for (sum, power) in self.sums.iter_mut().zip([value, square, square * value, square * square]) {
            *sum += power;
        }
    }

    pub fn add_weighted(&mut self, other: &Self, weight: f64) {
        self.count += weight * other.count;
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, more)| *sum += weight * more);
    }

    /// Mean about the fixed centre.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sums[0] / self.count)
    }

    /// Mean square about the fixed centre.
    pub fn mean_square(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sums[1] / self.count)
    }

    /// Variance, third and fourth central moment.
    fn central(&self) -> Option<[f64; 3]> {
        let [first, second, third, fourth] = self.sums.map(|sum| sum / self.count);
        let square = first * first;
        let variance = second - square;
        let cube = third - 3.0 * first * second + 2.0 * first * square;
        let tesseract = fourth - 4.0 * first * third + 6.0 * square * second - 3.0 * square * square;
        // A constant leaves the rounding of its sums.
        (self.count > 1.0 && variance > 1e-12 * second).then_some([variance, cube, tesseract])
    }

    pub fn variance(&self) -> Option<f64> {
        self.central().map(|[variance, ..]| variance)
    }

    /// Third standardised moment.
    pub fn skew(&self) -> Option<f64> {
        self.central().map(|[variance, cube, _]| cube / (variance * variance.sqrt()))
    }

    /// Fourth standardised moment less the normal's three.
    pub fn excess_kurtosis(&self) -> Option<f64> {
        self.central().map(|[variance, _, tesseract]| tesseract / (variance * variance) - 3.0)
    }
}

/// The moments of values about their mean.
pub(super) fn moments(values: &[f64]) -> Moments {
    let mean = values.iter().sum::<f64>() / (values.len() as f64).max(1.0);
    let mut moments = Moments::default();
    values.iter().for_each(|value| moments.add(value - mean));
    moments
}

/// Sums over pairs of two series.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pairs {
    pub count: f64,
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Pairs {
    pub fn add(&mut self, x: f64, y: f64) {
        self.add_weighted(&Self { count: 1.0, x, y, xx: x * x, yy: y * y, xy: x * y }, 1.0);
    }

    pub fn add_weighted(&mut self, other: &Self, weight: f64) {
        self.count += weight * other.count;
        self.x += weight * other.x;
        self.y += weight * other.y;
        self.xx += weight * other.xx;
        self.yy += weight * other.yy;
        self.xy += weight * other.xy;
    }

    /// Pearson's correlation; of a series and itself some lags later this is the autocorrelation.
    pub fn correlation(&self) -> Option<f64> {
        let (mean_x, mean_y) = (self.x / self.count, self.y / self.count);
        let (xx, yy) = (self.xx / self.count, self.yy / self.count);
        let (variance_x, variance_y) = (xx - mean_x * mean_x, yy - mean_y * mean_y);
        let varies = self.count > 1.0 && variance_x > 1e-12 * xx && variance_y > 1e-12 * yy;
        let covariance = self.xy / self.count - mean_x * mean_y;
        varies.then(|| (covariance / (variance_x * variance_y).sqrt()).clamp(-1.0, 1.0))
    }

    /// Slope of the least-squares line of y on x.
    pub fn slope(&self) -> Option<f64> {
        let (mean_x, mean_y) = (self.x / self.count, self.y / self.count);
        let variance = self.xx / self.count - mean_x * mean_x;
        let varies = self.count > 1.0 && variance > 0.0;
        varies.then(|| (self.xy / self.count - mean_x * mean_y) / variance)
    }
}

/// Slope of the logarithm of `points`' second over that of their first. What is under `floor` counts as `floor`: a memory
/// that has died is steep, not missing.
pub(super) fn log_log_slope(points: impl Iterator<Item = (f64, f64)>, floor: f64) -> Option<f64> {
    let mut pairs = Pairs::default();
    points.for_each(|(x, y)| pairs.add(libm::log(x), libm::log(y.max(floor))));
    pairs.slope()
}

/// Hill's tail index of weighted values in falling order: the largest `share` of the total weight against the next value.
pub(super) fn hill(falling: impl Iterator<Item = (f64, f64)>, total: f64, share: f64) -> Option<f64> {
    let top = libm::floor(total * share);
    let (mut weight, mut sum) = (0.0, 0.0);
    for (value, more) in falling.filter(|(_, weight)| *weight > 0.0) {
        if top <= weight {
            let mean = sum / weight - libm::log(value);
            return (value > 0.0 && mean > 0.0).then(|| 1.0 / mean);
        }
        if value <= 0.0 {
            return None;
        }
        weight += more;
        sum += more * libm::log(value);
    }
    None
}

/// Hill's tail index of the largest `share` of absolute values.
pub(super) fn hill_of(values: &[f64], share: f64) -> Option<f64> {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    hill(sizes.iter().map(|size| (*size, 1.0)), sizes.len() as f64, share)
}

/// Shape of a gamma distribution from the mean and the mean logarithm (Thom 1958, within 1.5 % of maximum likelihood).
pub(super) fn gamma_shape(mean: f64, mean_log: f64) -> Option<f64> {
    let gap = libm::log(mean) - mean_log;
    (mean > 0.0 && gap > 1e-9).then(|| (3.0 - gap + ((gap - 3.0) * (gap - 3.0) + 24.0 * gap).sqrt()) / (12.0 * gap))
}
