//! The OAuth that a `berth.toml` describes, beside what is set.

use serde_json::Value;

use super::{diff, file, present, value_text};
use crate::{
    cli::{context::Context, error::CmdError},
    client::Client,
    manifest::OAuthSection,
    model::ConnectorName,
    wire::OAuthUpdate,
};

/// What differs (a setting, as it is and as it would be), and what makes it so, unless somebody is faster. The client's
/// secret is compared by the broker, which tells nobody what it is.
pub(in crate::cli) async fn of_section(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    section: &OAuthSection,
) -> Result<(Vec<(&'static str, String, String)>, OAuthUpdate), CmdError> {
    let file = file::of_section(&section.settings)?;
    let present = present(client, name, file.provider()).await?;
    let is = present.as_ref().map(file::values).unwrap_or_default();
    let text = |setting: &str, value: &Value| value_text(setting, value).replace('\n', ", ");
    let mut changes: Vec<_> = diff::changes(&is, &file.values(present.as_ref()))
        .into_iter()
        .map(|change| {
            let (is, would_be) = (
                text(change.setting, &change.is),
                text(change.setting, &change.would_be),
            );
            (change.setting, is, would_be)
        })
        .collect();
    let secret = section.client_secret_env.as_ref().and_then(|variable| {
        ctx.secret_from_variable("client_secret_env", variable.as_str())
            .ok()
    });
    if let Some(secret) = &secret {
        let set = present.as_ref().filter(|present| present.client_secret_set);
        match set {
            None => changes.push(("client_secret", String::new(), "set".to_owned())),
            Some(set) => {
                let is_set = client.is_oauth_secret(name, Some(&set.provider), secret.clone());
                if !is_set.await? {
                    changes.push(("client_secret", "set".to_owned(), "another".to_owned()));
                }
            }
        }
    }
    let mut update = file.into_update();
    // One that is set already has its name.
    update.provider = update
        .provider
        .or_else(|| present.as_ref().map(|present| present.provider.clone()));
    update.client_secret = secret;
    update.if_version = Some(present.map(|present| present.version).unwrap_or_default());
    Ok((changes, update))
}
