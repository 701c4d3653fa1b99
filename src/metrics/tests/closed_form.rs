use crate::metrics::{Metric, statistics};

const RETURNS: [f64; 4] = [0.02, -0.01, 0.03, 0.0];

fn close(metric: Metric<f64>, expected: f64) {
    let value = *metric.value().unwrap_or_else(|| panic!("{metric:?}"));
    assert!((value / expected - 1.0).abs() < 1e-12, "{value} and {expected}");
}

/// Mean 0.01; squares of distances 1e-4 + 4e-4 + 4e-4 + 1e-4 = 1e-3.
#[test]
fn ratios_by_their_formulas() {
    let deviation = (1e-3_f64 / 3.0).sqrt();
    close(statistics::deviation(&RETURNS), deviation);
    close(statistics::sharpe(&RETURNS), 0.01 / deviation);
    // One loss of 0.01 among four days: root of 1e-4 / 4.
    close(statistics::sortino(&RETURNS), 0.01 / 0.005);
    close(statistics::annualised(statistics::sharpe(&RETURNS), 365), 0.01 / deviation * 365_f64.sqrt());
}

/// Third moment (1 - 8 + 8 - 1) x 1e-6 = 0; fourth (1 + 16 + 16 + 1) x 1e-8 / 4 = 8.5e-8, over 6.25e-8 = 1.36.
#[test]
fn the_standard_error_uses_raw_kurtosis() {
    let sharpe = 0.01 / (1e-3_f64 / 3.0).sqrt();
    close(statistics::sharpe_error(&RETURNS), ((1.0 + 0.36 / 4.0 * sharpe * sharpe) / 3.0).sqrt());
}

#[test]
fn what_cannot_be_said_has_a_reason() {
    assert_eq!(statistics::sharpe(&[0.01]).reason(), Some("fewer than two daily returns"));
    assert_eq!(statistics::sharpe(&[]).reason(), Some("fewer than two daily returns"));
    assert_eq!(statistics::sharpe(&[0.01; 30]).reason(), Some("daily returns do not differ"));
    assert_eq!(statistics::sharpe(&[0.0; 30]).reason(), Some("daily returns do not differ"));
    assert_eq!(statistics::sharpe_error(&[0.01; 30]).reason(), Some("daily returns do not differ"));
    assert_eq!(statistics::sortino(&[0.01, 0.02]).reason(), Some("no day with a loss"));
}
