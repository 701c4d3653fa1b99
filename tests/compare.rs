//! `compare`, through the real program: a candidate beside a base.

mod program;

use program::{Called, World};

#[path = "compare/fills.rs"]
mod fills;
#[path = "compare/limits.rs"]
mod limits;
#[path = "compare/seeds.rs"]
mod seeds;

impl World {
    /// A short run into the folder `out`, whatever its verdict.
    fn run(&self, out: &str, more: &[&str]) {
        self.write("short.toml", SHORT);
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
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}
