//! The questions that `berth oauth set NAME` asks on a terminal. What is set already stands there to be kept.

use serde_json::{Map, json};

use crate::{
    cli::{context::Context, error::CmdError, prompt, ui},
    client::Client,
    model::{Address, ConnectorName, EnvName, HeaderField, Placement},
    wire::{OAuthUpdate, OAuthView},
};

const HEADER: &str = "Authorization: Bearer {access_token}";
const VARIABLE: &str = "ACCESS_TOKEN={access_token}";

pub(super) async fn settings(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    present: Option<OAuthView>,
) -> Result<OAuthUpdate, CmdError> {
    let redirect = client.redirect_uri(name, None).await?;
    ctx.ui.say(format!(
        "Redirect URI to register at the third party: {}",
        redirect.redirect_uri
    ));
    let known = |field: fn(&OAuthView) -> String| present.as_ref().map(field).unwrap_or_default();
    let auth_url = address("Authorize URL", known(|s| text(s.settings.auth_url.as_ref()))).await?;
    let token_url = address("Token URL", known(|s| s.settings.token_url.to_string())).await?;
    let revoke_url =
        optional_address("Revocation URL", known(|s| text(s.settings.revoke_url.as_ref()))).await?;
    let client_id = client_id(known(|s| s.settings.client_id.clone())).await?;
    let keep = present
        .as_ref()
        .is_some_and(|settings| settings.client_secret_set);
    let secret = prompt::hidden(if keep {
        "Client secret (empty keeps it)".to_owned()
    } else {
        "Client secret (empty if there is none)".to_owned()
    })
    .await?;
    let scopes = scopes(known(|s| s.scopes.join(" "))).await?;
    let mut settings = Map::new();
    settings.insert("auth_url".to_owned(), json!(auth_url));
    settings.insert("token_url".to_owned(), json!(token_url));
    settings.insert("client_id".to_owned(), json!(client_id));
    settings.extend(revoke_url.map(|url| ("revoke_url".to_owned(), json!(url))));
    let mut update = OAuthUpdate {
        settings,
        client_secret: (!secret.expose().is_empty()).then_some(secret),
        scopes: Some(scopes),
        ..OAuthUpdate::default()
    };
    mapping(ctx, client, name, present.as_ref(), &mut update).await?;
    Ok(update)
}

fn text(address: Option<&Address>) -> String {
    address.map(ToString::to_string).unwrap_or_default()
}

/// How the connector's release is talked to; `None` before there is one.
pub(in crate::cli::oauth) async fn transport(
    client: &Client,
    name: &ConnectorName,
) -> Result<Option<String>, CmdError> {
    match client.connector(name).await {
        Ok(connector) => Ok(connector
            .live
            .or(connector.latest)
            .map(|release| release.transport)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Asks for the client of settings that come from elsewhere.
pub(super) async fn client_of(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    update: &mut OAuthUpdate,
) -> Result<(), CmdError> {
    let redirect = client.redirect_uri(name, update.provider.as_ref()).await?;
    ctx.ui.say(format!(
        "Redirect URI to register at the third party: {}",
        redirect.redirect_uri
    ));
    let id = client_id(String::new()).await?;
    update.settings.insert("client_id".to_owned(), json!(id));
    if update.client_secret.is_none() {
        let secret = prompt::hidden("Client secret (empty if there is none)".to_owned()).await?;
        update.client_secret = (!secret.expose().is_empty()).then_some(secret);
    }
    Ok(())
}

async fn client_id(known: String) -> Result<String, CmdError> {
    prompt::line("Client ID".to_owned(), known, |text| match text.is_empty() {
        true => Err("the third party gives one when berth is registered there".to_owned()),
        false => Ok(()),
    })
    .await
}

pub(super) async fn scopes(known: String) -> Result<Vec<String>, CmdError> {
    let text = prompt::line("Scopes".to_owned(), known, |_| Ok(())).await?;
    Ok(super::words(&[text]))
}

/// Asks for the place that the connector's transport has room for; for either, before there is a release.
pub(super) async fn mapping(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    present: Option<&OAuthView>,
    update: &mut OAuthUpdate,
) -> Result<(), CmdError> {
    let transport = transport(client, name).await?;
    let by_header = match transport.as_deref() {
        Some("stdio") => false,
        Some(_) => true,
        None => {
            let ways = vec![
                "a request header (the connector speaks http)".to_owned(),
                "an environment variable (the connector speaks stdio)".to_owned(),
            ];
            prompt::choose("The token reaches the connector in".to_owned(), ways).await? == 0
        }
    };
    if by_header {
        let known = present.map_or(&[][..], |settings| &settings.mapping.headers);
        if let Some(kept) = kept("--header", known) {
            ctx.ui.say(kept);
            return Ok(());
        }
        let known = known.first().cloned().map(String::from);
        let accept = |text: &str| {
            text.parse::<Placement<HeaderField>>()
                .map(drop)
                .map_err(|e| e.to_string())
        };
        let text = prompt::line(
            "Header".to_owned(),
            known.unwrap_or_else(|| HEADER.to_owned()),
            accept,
        )
        .await?;
        update.headers = Some(vec![text.parse()?]);
    } else {
        let known = present.map_or(&[][..], |settings| &settings.mapping.env);
        let files = present.map_or(&[][..], |settings| &settings.mapping.files);
        if known.is_empty() && !files.is_empty() {
            ctx.ui
                .say("The token's files stay as they are (--file replaces them).");
            return Ok(());
        }
        if let Some(kept) = kept("--env", known) {
            ctx.ui.say(kept);
            return Ok(());
        }
        let known = known.first().cloned().map(String::from);
        let accept = |text: &str| {
            text.parse::<Placement<EnvName>>()
                .map(drop)
                .map_err(|e| e.to_string())
        };
        let text = prompt::line(
            "Variable".to_owned(),
            known.unwrap_or_else(|| VARIABLE.to_owned()),
            accept,
        )
        .await?;
        update.env = Some(vec![text.parse()?]);
    }
    Ok(())
}

/// One question can't hold a list: several places are kept as they are. Says so, where it is like that.
fn kept<N>(flag: &str, present: &[Placement<N>]) -> Option<String>
where
    Placement<N>: Clone + Into<String>,
{
    if present.len() < 2 {
        return None;
    }
    let list: Vec<String> = present.iter().cloned().map(Into::into).collect();
    Some(format!(
        "The token's {} places stay as they are ({flag} replaces them):\n  {}",
        list.len(),
        ui::plain(&list.join("\n  "))
    ))
}

async fn address(question: &str, initial: String) -> Result<Address, CmdError> {
    let text = prompt::line(question.to_owned(), initial, whole).await?;
    parsed(&text)
}

/// An address that need not be there. One that is set can be changed, and not be taken away.
async fn optional_address(question: &str, initial: String) -> Result<Option<Address>, CmdError> {
    let is_set = !initial.is_empty();
    let question = if is_set {
        question.to_owned()
    } else {
        format!("{question} (empty if there is none)")
    };
    let accept = move |text: &str| match text.is_empty() {
        true if is_set => Err("it is set: it can be changed, but not taken away".to_owned()),
        true => Ok(()),
        false => whole(text),
    };
    let text = prompt::line(question, initial, accept).await?;
    (!text.is_empty()).then(|| parsed(&text)).transpose()
}

fn whole(text: &str) -> Result<(), String> {
    let is_whole = text.starts_with("https://") || text.starts_with("http://");
    match text.parse::<Address>() {
        Ok(_) if is_whole => Ok(()),
        _ => Err("write it whole, as https://…".to_owned()),
    }
}

fn parsed(text: &str) -> Result<Address, CmdError> {
    Ok(text.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_as_it_is() {
        let placements = |texts: &[&str]| -> Vec<Placement<EnvName>> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        assert!(kept("--env", &placements(&[])).is_none());
        assert!(kept("--env", &placements(&["A={access_token}"])).is_none());
        let said = kept("--env", &placements(&["A={access_token}", "B={access_token}"])).unwrap();
        assert!(
            said.contains("2 places") && said.ends_with("\n  B={access_token}"),
            "{said}"
        );
    }
}
