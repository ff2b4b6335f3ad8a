//! A connector's values.
