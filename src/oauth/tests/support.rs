//! What the stories have for programs and browsers, for tests of the library that stand opposite a real server.

#[path = "../../../tests/support/browser.rs"]
pub(super) mod browser;
#[path = "../../../tests/support/mcp.rs"]
pub(super) mod mcp;
#[path = "../../../tests/support/needs.rs"]
pub(super) mod needs;
#[path = "../../../tests/support/processes.rs"]
mod processes;
#[path = "../../../tests/support/program.rs"]
pub(super) mod program;
