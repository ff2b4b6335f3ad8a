//! How a connector is spoken to, as it is typed and as it is meant.

use std::borrow::Cow;

use super::{Chosen, FLAG, chosen};
use crate::{
    cli::error::CmdError,
    manifest::{FILE_NAME, Manifest, TransportWord},
    model::Transport,
    package::Guessed,
};

/// How the connector is spoken to.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct TransportArgs {
    /// How the broker talks to it [default: stdio, or http with --port or --path]
    #[arg(long, value_name = "stdio|http", value_enum, hide_possible_values = true)]
    pub(crate) transport: Option<TransportFlag>,

    /// For http: the port that it insists on [default: a free one, in PORT and for {port} in arguments]
    #[arg(long)]
    pub(crate) port: Option<u16>,

    /// For http: where its MCP endpoint is [default: /mcp]
    #[arg(long)]
    pub(crate) path: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TransportFlag {
    Stdio,
    Http,
}

impl TransportArgs {
    /// The transport: the flags' word, else the manifest's, else what the folder looks like, else stdio.
    pub(crate) fn choose(
        &self,
        manifest: &Manifest,
        guess: Option<&Guessed<Transport>>,
    ) -> Result<Chosen<Transport>, CmdError> {
        let by_flag = self.port.is_some() || self.path.is_some();
        let (http, origin): (bool, Cow<'static, str>) = match (self.transport, manifest.transport, guess) {
            (Some(flag), ..) => (flag == TransportFlag::Http, FLAG.into()),
            (None, ..) if by_flag => (true, "because of --port or --path".into()),
            (None, Some(word), _) => (word == TransportWord::Http, FILE_NAME.into()),
            (None, None, Some(guess)) => (
                guess.value != Transport::Stdio,
                format!("guessed from {}; --transport changes it", guess.from).into(),
            ),
            (None, None, None) => (false, "the default; --transport changes it".into()),
        };
        if !http {
            if self.port.is_some() || self.path.is_some() {
                return Err(CmdError::usage("--port and --path go with --transport http"));
            }
            return Ok(chosen(Transport::Stdio, origin));
        }
        let path = self.path.as_ref().or(manifest.path.as_ref());
        let path = path.map_or("/mcp", String::as_str);
        if !path.starts_with('/') {
            return Err(CmdError::usage(format!(
                "--path {path:?} does not start with '/'"
            )));
        }
        let guessed = match guess.map(|guess| &guess.value) {
            Some(Transport::Http { port, .. }) => *port,
            _ => None,
        };
        let transport = Transport::Http {
            port: self.port.or(manifest.port).or(guessed),
            path: path.to_owned(),
        };
        Ok(chosen(transport, origin))
    }
}
