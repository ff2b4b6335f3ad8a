//! Stories with real processes: small Node programs with habits good and bad.

mod calls;
mod caps;
mod ends;
mod holdings;
mod http_calls;
mod starts;
mod support;
