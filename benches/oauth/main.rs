//! What a token costs a call, and what many refreshes at once cost a provider.
//!
//! ```text
//! cargo bench --bench oauth
//! ```
//!
//! With 100,000 grants in the store, a live token from there within 2 ms and from memory within 20 µs, both at p99; and
//! 10,000 grants that end together, all of whose users call at once: one refresh each, never more than 16 at a time at
//! the provider. Then tokens of ten seconds at a strict authorization server (npm's, in `BERTH_TEST_NODE_MODULES`),
//! twenty calls a second for a minute: at most 11 refreshes, and no call with an expired token. All look at what no
//! program outside sees, so they are tests of the library that nobody runs by chance; this starts them, built like a
//! release. Calls while tokens of ten seconds change: `cargo bench --bench runtime --
//! --only refresh`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a program of its own: it starts what it measures, and a panic is how it fails"
)]

fn main() {
    let status = std::process::Command::new(env!("CARGO"))
        .args(["test", "--release", "--lib", "--"])
        .args(["oauth::tests::measures", "oauth::tests::bars"])
        .args(["--ignored", "--nocapture", "--test-threads", "1"])
        .status()
        .unwrap();
    assert!(status.success(), "a figure is over its limit");
}
