//! Images and artifacts: what the operator's machine does about them.

use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
        source::Wanted,
    },
    client::Client,
    model::{ConnectorName, Source},
    package::Artifact,
};

/// The source to deploy, and what has to be sent for it: an image that is here or is built here, or what the
/// broker's registry has.
pub(super) async fn prepare(
    _ctx: &Context,
    _client: &Client,
    _name: &ConnectorName,
    wanted: &Wanted,
) -> Result<(Source, Option<Artifact>), CmdError> {
    Err(CmdError::new(
        Kind::Build,
        format!("{} can't be deployed from here yet", wanted.describe()),
    ))
}
