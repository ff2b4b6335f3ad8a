//! berth hosts MCP connectors and brokers their OAuth.
//!
//! One binary holds three things: the operator's command line, which packages and deploys connectors and configures
//! their OAuth; the broker (`berth serve`), which runs connectors, exposes each as a Streamable HTTP MCP endpoint,
//! sends users to the third party's consent page in the middle of a call, keeps and refreshes their tokens and
//! hands them to the connector on every call; and the broker's few web pages. A connector needs no OAuth code: it
//! reads a ready access token from a request header (http), its environment (stdio) or a file.
//!
//! # The map
//!
//! Modules are listed below in reading order; each uses only those that `tests/layers.rs` allows it.
//!
//! * Words of both halves, plain data: [`model`], [`secret`], [`mcp`] (JSON-RPC envelopes whose payload bytes are
//!   not touched), [`wire`] (the control API's bodies), [`bundle`] (layers and manifests),
//!   [`presets`] (providers that are known).
//! * The operator's half: [`cli`] (one command a file), [`manifest`] (`berth.toml`), [`package`], [`client`].
//! * The broker's half, bottom up: [`store`] (SQLite or PostgreSQL; SQL only there) with [`seal`], [`audit`],
//!   [`keys`] (the master keys and their rotation), [`backups`], [`blobs`]; [`net`] (the guarded HTTP client);
//!   [`identity`] (who is asking and what they may use; passwords, single sign-on, pipelines that are trusted);
//!   [`authserver`] (how an MCP client, and berth's own command line, gets from a URL to a token); [`oauth`] (providers, consent, tokens, refresh); [`environment`] (values of a connector, and of each of its users); [`connector`]
//!   (MCP to one instance) and [`runtime`] (which instances there are; processes in a sandbox and containers, their
//!   limits, homes and logs); [`resolve`] (a source becomes a command line or an image, pinned and kept as an artifact);
//!   [`releases`] (the only writer of their states; what is kept and what goes); [`calls`].
//! * Doors, which do not know each other: [`gateway`] (`/mcp/{connector}`, with sessions and without), [`api`] (`/api/v1`), [`registry`] (`/v2`,
//!   OCI Distribution), [`console`] (pages). [`server`] puts everything together. [`demo`] plays it through.
//! * [`fuzz`]: the readers of what comes from outside, as the fuzz targets in `tests/fuzz` feed them.
//!
//! # Three journeys
//!
//! 1. **Deploy.** `cli/deploy` → `manifest`, or what `package` recognises → `package` (many small layers, or an image's)
//!    → `client` (layers that the broker has not go to `/v2`, and go on where a line broke) → `api/releases` →
//!    `releases` records it whole (`Pending`), then a task of its own: `resolve` → `runtime.probe`
//!    (start the new one, `initialize` and the lists, with no credentials) → `Live`; only then is the old release
//!    drained. A probe that fails stops the new one; the old one never stopped serving. (Two releases that insist on
//!    one port can't run side by side: there the old one pauses while the new one is probed, and calls wait.) What
//!    `berth.toml` describes besides (OAuth, access, tools) is set once the release serves. A rollback
//!    is a release as well, of what an old one pinned; a restart starts the same one anew, probed before it takes over.
//! 2. **OAuth set.** `cli/oauth` → `client` → `api/oauth` → `oauth.set` (validated there) → `store` (sealed). It needs
//!    no deploy, before or after.
//! 3. **Tool call.** `gateway` (session, envelope) → `calls.send`: `releases.live` → `oauth.token_for` (the token, or
//!    the consent that is missing) → `runtime` (the instance for this user and generation) → `connector` → relayed
//!    back as it comes. Warm, it touches no database.
//!
//! A client that comes to it without a token is told where `authserver` is; its person signs in and says yes on
//! `console`'s pages, and the token that it gets is for this connector alone.
//!
//! # Invariants, as absences
//!
//! * The gateway knows nothing of the control API, and no door knows another; the two halves share only the words.
//! * Nothing but `store` has SQL; nothing but `runtime`, `resolve` and the demo starts programs,
//!   `keys` the operator's own for a master key, and the command line its person's browser and keyring, and what
//!   `berth doctor --fix` has shown; nothing but
//!   `cli/context` and `server/config` reads environment variables; nothing but `cli` prints, and under `--output json`
//!   it prints one document.
//! * No secret is in argv, logs, errors, audit entries or answers: [`secret::Secret`] can't print and can't be
//!   serialised by accident.
//! * No address that an admin, a user or a document names is asked but through [`net`].
//! * No value is sealed but for its place, and no master key goes while anything is sealed with it.
//! * No browser is sent with a code to an address that its client has not shown to be its own, and no token of an MCP
//!   client opens anything but the one endpoint that it was asked for.
//! * No token for deploys opens anything but its connectors' deploys, and no pipeline's outlives its trust.
//! * No name owns anything: rows belong together by ids that are never used again.
//! * No release state is written but by [`releases`], and no old release is stopped before the new one serves.
//! * Nothing is removed that a release, a tag or an upload under way needs, and nothing while a deploy is.
//! * No refresh token is sent twice: a refresh is one flight, under a lease, with its intent written first.
//! * No connector sees, reaches or keeps more than its plan says: what a process is given is written down by
//!   `runtime/sandbox` before it starts, and what a broker lacks for that is said, not left out.
//! * No process, container, mount or descriptor outlives its instance, nor an instance its broker.
//! * No task is without an owner: whatever is spawned is on a tracker that the shutdown waits for.
#![warn(missing_docs)]

mod bundle;
mod mcp;
mod model;
mod presets;
mod secret;
mod wire;

mod cli;
mod client;
mod manifest;
mod package;

mod api;
mod audit;
mod authserver;
mod backups;
mod blobs;
mod calls;
mod connector;
mod console;
mod demo;
mod environment;
#[doc(hidden)]
pub mod fuzz;
mod gateway;
mod identity;
mod keys;
mod net;
mod oauth;
mod registry;
mod releases;
mod resolve;
mod runtime;
mod seal;
mod server;
mod store;

pub use cli::{command, generated, run};

/// The control API's routes, `(method, path, who may use it)`, for the test that holds each one to it.
pub fn api_routes() -> Vec<(&'static str, String, &'static str)> {
    api::routes()
        .iter()
        .map(|route| {
            (
                route.method,
                format!("{}{}", wire::PREFIX, route.path),
                route.access.as_str(),
            )
        })
        .collect()
}
