//! Prints what one operation costs.

use crate::cpu::timed;

/// Runs `work`, which does `count` operations, five times and prints the median cost of one.
pub fn print_each(name: &str, count: u64, mut work: impl FnMut()) {
    let mut seconds: Vec<f64> = (0..5).map(|_| timed(&mut work).1).collect();
    seconds.sort_by(f64::total_cmp);
    let nanos = |seconds: f64| seconds * 1e9 / count as f64;
    let (median, low, high) = (nanos(seconds[2]), nanos(seconds[0]), nanos(seconds[4]));
    println!("{name:52} {median:9.1} ns {:9.2} M/s   ({low:.1} to {high:.1} ns)", 1e3 / median);
}
