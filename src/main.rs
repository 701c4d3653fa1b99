//! seatrial with its built-in strategies. A quant's own bot has a main like this one: see `examples/my_bot`.

use seatrial::cli::{self, Registry};
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(&Registry::builtin())
}
