//! Third-party authorization.
