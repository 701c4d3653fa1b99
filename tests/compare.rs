//! `compare`, through the real program: a candidate beside a base.

use assert_cmd::Command;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

#[path = "compare/fills.rs"]
mod fills;
#[path = "compare/limits.rs"]
mod limits;
#[path = "compare/seeds.rs"]
mod seeds;

/// A folder of its own and the program running in it.
struct World {
    home: TempDir,
}

/// What a call left behind.
struct Called {
    code: i32,
    stdout: String,
    stderr: String,
}

impl World {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn call(&self, arguments: &[&str]) -> Called {
        let mut command = Command::cargo_bin("seatrial").unwrap();
        let output = command.current_dir(self.home.path()).args(arguments).output().unwrap();
        Called {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A short run into the folder `out`, whatever its verdict.
    fn run(&self, out: &str, more: &[&str]) {
        fs::write(self.path("short.toml"), SHORT).unwrap();
        let called = self.call(&[&["run", "short.toml", "--no-drills", "--out", out], more].concat());
        assert!([0, 1, 4].contains(&called.code), "{}", called.stderr);
    }
}

/// A quarter of an hour on a generated market: it trades, and is over at once.
const SHORT: &str = "\
mode = \"paper\"
seed = 3
[market.synthetic]
duration = \"1d\"
[venue]
fills = \"neutral\"
[bot]
strategy = \"market-maker\"
[bot.parameters]
offset_ticks = 3
[opening]
quote = \"10000\"
[run]
max_rows = 60000
[[readiness.criteria]]
name = \"trades\"
metric = \"fills\"
comparison = \"at-least\"
threshold = \"1\"
";

impl Called {
    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr lacks `{text}`:\n{}", self.stderr);
        self
    }

    #[track_caller]
    fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "stdout lacks `{text}`:\n{}", self.stdout);
        self
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}
