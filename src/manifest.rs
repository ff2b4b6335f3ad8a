//! `berth.toml`.
