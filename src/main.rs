//! The `berth` command; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    berth::run()
}
