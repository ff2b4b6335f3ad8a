//! Talking MCP to one instance.
