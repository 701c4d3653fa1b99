//! CPU time of this thread: wall time means little on a shared machine.

use cpu_time::ThreadTime;

/// Result and CPU seconds of `work`.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = ThreadTime::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}
