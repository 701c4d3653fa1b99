//! Time from the start of the process until it has replayed its first event, judged it and written every report.
//!
//! `cargo bench --no-default-features --bench start`. Wall time of `seatrial run --tape` over one row of a long tape, median of 20:
//! an upper bound, since reports and journal come after the event.

#[path = "support/dense.rs"]
mod dense;
#[path = "support/workload.rs"]
#[expect(dead_code, reason = "the comparison with peers uses the rest")]
mod workload;

use std::process::Command;
use std::time::Instant;

const ROWS: u64 = 2_000_000;
const STARTS: usize = 20;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tape = folder.path().join("market.tape");
    dense::write(&tape, ROWS, 7);
    let mut millis: Vec<f64> = (0..STARTS)
        .map(|start| {
            let began = Instant::now();
            let mut command = Command::new(env!("CARGO_BIN_EXE_seatrial"));
            command.args(["run", "--no-band", "--json", "--set", "run.max_rows=1"]).arg("--tape").arg(&tape);
            let ran = command.arg("--out").arg(folder.path().join(start.to_string())).output().expect("seatrial");
            let taken = began.elapsed();
            assert!(!ran.stdout.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
            taken.as_secs_f64() * 1e3
        })
        .collect();
    millis.sort_by(f64::total_cmp);
    let (median, low, high) = (millis[STARTS / 2], millis[0], millis[STARTS - 1]);
    println!("start to first event and all reports: {median:.1} ms (median of {STARTS}; {low:.1} to {high:.1})");
}
