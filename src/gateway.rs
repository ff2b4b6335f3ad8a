//! `/mcp/{connector}`.
