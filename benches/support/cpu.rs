//! CPU time of this thread: wall time means little on a shared machine.

use std::fs;

/// Nanoseconds this thread has spent on a processor, from the scheduler's own account.
pub fn thread_nanos() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux with schedstat");
    text.split(' ').next().and_then(|field| field.parse().ok()).expect("a number in schedstat")
}

/// Result and CPU seconds of `work`.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = thread_nanos();
    let result = work();
    (result, (thread_nanos() - before) as f64 / 1e9)
}
