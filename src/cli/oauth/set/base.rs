//! What the flags are laid over: a preset or a file, each of which stands for all settings.

use serde_json::{Map, Value, json};

use crate::{
    cli::{context::Context, error::CmdError, oauth::file, prompt},
    client::Client,
    model::ConnectorName,
    presets::{Asked, Preset},
    wire::{OAuthUpdate, OAuthView},
};

/// `typed` laid over `base`. Of what has names, such as parameters, what is typed stands beside what the base has; an
/// empty one takes the base's away.
pub(super) fn over(base: OAuthUpdate, typed: OAuthUpdate) -> OAuthUpdate {
    let mut settings = base.settings;
    for (field, value) in typed.settings {
        match (settings.get_mut(&field), value) {
            (Some(Value::Object(named)), Value::Object(more)) if !more.is_empty() => named.extend(more),
            (_, value) => _ = settings.insert(field, value),
        }
    }
    OAuthUpdate {
        provider: typed.provider.or(base.provider),
        settings,
        client_secret: typed.client_secret,
        owner: typed.owner.or(base.owner),
        scopes: typed.scopes.or(base.scopes),
        headers: typed.headers.or(base.headers),
        env: typed.env.or(base.env),
        files: typed.files.or(base.files),
        if_version: typed.if_version,
    }
}

/// A preset's settings with `typed` over them. Its scopes and places are for a connector that has none yet. Asks for
/// what is missing where somebody can be asked.
pub(super) async fn of_preset(
    ctx: &Context,
    client: &Client,
    name: &ConnectorName,
    (preset, typed): (Preset, OAuthUpdate),
    present: Option<&OAuthView>,
) -> Result<OAuthUpdate, CmdError> {
    let mut base = OAuthUpdate {
        settings: file::whole(preset.settings()),
        ..OAuthUpdate::default()
    };
    if present.is_none() {
        base.scopes = Some(preset.scopes.clone());
    }
    let names_place = typed.headers.is_some() || typed.env.is_some() || typed.files.is_some();
    if present.is_none() && !names_place {
        let transport = super::ask::transport(client, name).await?;
        let fits = |transports: &[&str]| match transport.as_deref() {
            Some(known) => transports.contains(&known),
            None => true,
        };
        // Before there is a release both are set, and the one that fits is used.
        base.headers = fits(&["http"]).then(|| preset.headers.clone());
        base.env = fits(&["stdio"]).then(|| preset.env.clone());
    }
    let mut update = over(base, typed);
    let (mut values, unknown) = values(&preset, present, &update.settings)?;
    let lacks_id =
        present.is_none() && update.provider.is_none() && !update.settings.contains_key("client_id");
    let missing = flags_for(&unknown, lacks_id);
    if ctx.cannot_ask().is_some() && !missing.is_empty() {
        return Err(ctx.missing(&missing.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    for asked in unknown {
        values.insert(asked.variable.name.to_string(), json!(ask(asked).await?));
    }
    update.settings.insert("vars".to_owned(), Value::Object(values));
    if lacks_id {
        super::ask::client_of(ctx, client, name, &mut update).await?;
    }
    Ok(update)
}

/// What would have to be typed.
fn flags_for(unknown: &[&Asked], lacks_id: bool) -> Vec<String> {
    let flag = |asked: &&Asked| format!("--var {}=VALUE ({})", asked.variable.name, asked.what);
    let id = lacks_id.then(|| "--client-id".to_owned());
    unknown.iter().map(flag).chain(id).collect()
}

/// The variables' values: those that are typed, those that are set already, the usual ones; and what has none of them.
fn values<'p>(
    preset: &'p Preset,
    present: Option<&OAuthView>,
    settings: &Map<String, Value>,
) -> Result<(Map<String, Value>, Vec<&'p Asked>), CmdError> {
    let typed = settings.get("vars").and_then(Value::as_object);
    let mut values = typed.cloned().unwrap_or_default();
    let usual = preset.usual();
    let mut unknown = Vec::new();
    for asked in &preset.asks {
        let name = asked.variable.name.as_str();
        if of_users(settings).any(|user| user == name) {
            continue;
        }
        let before = || present?.settings.vars.get(&asked.variable.name).cloned();
        let known = match values.get(name).and_then(Value::as_str) {
            Some(typed) => Some(typed.to_owned()),
            None => before().or_else(|| usual.get(name).map(|usual| (*usual).to_owned())),
        };
        match known {
            Some(value) => {
                let refused = |invalid| CmdError::usage(format!("--var: {invalid}")).with_hint(&asked.what);
                asked.variable.check(&value).map_err(refused)?;
                values.insert(name.to_owned(), json!(value));
            }
            None => unknown.push(asked),
        }
    }
    Ok((values, unknown))
}

/// The names of the variables that each user is asked for.
fn of_users(settings: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let variables = settings.get("user_vars").and_then(Value::as_array);
    let texts = variables.into_iter().flatten().filter_map(Value::as_str);
    texts.filter_map(|variable| variable.split(':').next())
}

async fn ask(asked: &Asked) -> Result<String, CmdError> {
    let Asked { variable, what, .. } = asked;
    let question = format!("{} ({what})", variable.name);
    let variable = variable.clone();
    let accept = move |text: &str| variable.check(text).map_err(|invalid| invalid.to_string());
    prompt::line(question, String::new(), accept).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::find;

    fn update(json: Value) -> OAuthUpdate {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_is_typed_lies_over_the_base() {
        let base = json!({
            "token_url": "https://idp.example/token",
            "auth_params": {"prompt": "consent", "access_type": "offline"},
            "captures": {"a": "/a"},
            "scopes": ["a"],
            "headers": ["authorization: Bearer {access_token}"],
            "env": ["A={access_token}"],
        });
        let typed = json!({
            "auth_params": {"prompt": "login"},
            "captures": {},
            "no_pkce": true,
            "scopes": ["b"],
            "env": ["B={access_token}"],
        });
        let laid = over(update(base.clone()), update(typed));
        assert_eq!(
            serde_json::to_value(laid).unwrap(),
            json!({
                "token_url": "https://idp.example/token",
                "auth_params": {"prompt": "login", "access_type": "offline"},
                "captures": {},
                "no_pkce": true,
                "scopes": ["b"],
                "headers": ["authorization: Bearer {access_token}"],
                "env": ["B={access_token}"],
            })
        );
        let same = over(update(base.clone()), OAuthUpdate::default());
        assert_eq!(serde_json::to_value(same).unwrap(), base);
    }

    #[test]
    fn variables_have_values_or_are_asked_for() {
        let salesforce = find("salesforce").unwrap();
        let (usual, unknown) = values(&salesforce, None, &Map::new()).unwrap();
        assert_eq!(Value::from(usual), json!({"host": "login.salesforce.com"}));
        assert!(unknown.is_empty());
        let settings = |json: Value| update(json).settings;
        let mine = settings(json!({"vars": {"host": "acme.my.salesforce.com", "x": "y"}}));
        let (typed, _) = values(&salesforce, None, &mine).unwrap();
        assert_eq!(Value::from(typed), mine["vars"]);
        let evil = settings(json!({"vars": {"host": "evil.example"}}));
        let error = values(&salesforce, None, &evil).unwrap_err();
        assert!(error.message.starts_with("--var: "), "{}", error.message);
        let of_users = settings(json!({"user_vars": ["host:.*"]}));
        assert!(values(&salesforce, None, &of_users).unwrap().0.is_empty());
    }
}
