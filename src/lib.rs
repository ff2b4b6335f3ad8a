//! berth
mod mcp;
mod model;
mod secret;
mod wire;
