//! The stories, with the real binary: one test program, so that it is linked once. Each test has a broker of its
//! own in a temporary folder; whatever stands opposite is a program or a socket too.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests start programs, and read what tests/run exports"
)]
#![allow(clippy::print_stderr, reason = "how a skipped test says so")]

mod api {
    mod bad_input;
    mod operations;
}
mod cli {
    mod bad_input;
    mod check;
    mod check_images;
    mod consent;
    mod contract;
    mod doctor;
    mod errors;
    mod kept_tokens;
    mod leaving;
    mod looks;
    mod network;
    mod oauth_discover;
    mod oauth_settings;
    mod operators;
    mod pipelines;
    mod plans;
    mod prompts;
    mod recognition;
    mod sign_in;
}
mod gateway {
    pub(crate) mod authorization;
    mod authorization_conformance;
    mod clients;
    mod conformance;
    mod consent;
    mod eras;
    mod limits;
    mod modern;
    mod relay;
    mod step_up;
    mod streams;
    mod tools;
    mod waiting;
}
mod journeys {
    mod backups;
    mod calls;
    mod canaries;
    mod changes;
    mod chromium;
    mod connections;
    mod container_reach;
    pub(crate) mod containers;
    mod crashes;
    mod demo;
    mod engine;
    mod image_faults;
    mod image_sources;
    pub(crate) mod images;
    mod instances;
    mod keys;
    mod leaks;
    mod logs;
    pub(crate) mod oauth;
    mod oauth_trial;
    mod packages;
    mod placeholders;
    mod provider_faults;
    mod releases;
    pub(crate) mod sources;
    mod sso;
    mod tokens;
    mod two_providers;
    mod uploads;
    mod values;
}
mod registry {
    mod broken_lines;
    mod tools;
}
mod sandbox {
    mod accounts;
    mod files;
    mod kernel;
    mod limits;
    mod network;
    mod processes;
    mod protocol;
}
mod support {
    pub(crate) mod attacker;
    pub(crate) mod auth_server;
    pub(crate) mod broker;
    pub(crate) mod browser;
    pub(crate) mod clients;
    pub(crate) mod conformance;
    pub(crate) mod crashes;
    pub(crate) mod database;
    pub(crate) mod forwarder;
    pub(crate) mod images;
    pub(crate) mod leaks;
    pub(crate) mod line;
    pub(crate) mod mcp;
    pub(crate) mod modern;
    pub(crate) mod needs;
    pub(crate) mod processes;
    pub(crate) mod program;
    pub(crate) mod terminal;
    pub(crate) mod toolbox;
}
