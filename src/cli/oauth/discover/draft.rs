//! What was found, as the settings that it would make.

use serde_json::{Map, Value, json};

use crate::{
    cli::{error::CmdError, oauth::file, ui::quoted},
    model::{ConnectorName, Found, FoundIssuer},
};

/// Where the token would reach the connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    Variable,
    /// It is set already.
    Kept,
    /// Nothing is deployed yet.
    Unknown,
}

/// Settings of the first issuer that was found.
#[derive(Debug)]
pub(super) struct Draft {
    /// As they stand in a file; without the client.
    pub(super) values: Map<String, Value>,
    /// Whether the broker can read the addresses at the issuer by itself.
    by_issuer: bool,
    needs_secret: bool,
    /// What to know before they are set.
    pub(super) notes: Vec<String>,
}

/// `None` where no issuer was found.
pub(super) fn of(found: &Found, place: Place) -> Option<Draft> {
    let issuer = found.issuers.first()?;
    let mut draft = Draft {
        values: Map::new(),
        by_issuer: issuer.s256,
        needs_secret: true,
        notes: Vec::new(),
    };
    for (setting, address) in &issuer.endpoints {
        draft.values.insert(setting.clone(), json!(address));
    }
    draft.show_issuer(issuer);
    draft.show_client(issuer);
    if let Some(resource) = &found.resource {
        draft
            .values
            .insert("resource".to_owned(), json!(resource.resource));
    }
    draft.show_scopes(found, issuer);
    draft.show_place(place);
    for other in found.issuers.iter().skip(1) {
        draft.notes.push(format!(
            "it takes tokens of {} too: berth oauth discover --issuer {}",
            other.issuer,
            quoted(&other.issuer)
        ));
    }
    Some(draft)
}

impl Draft {
    fn show_issuer(&mut self, issuer: &FoundIssuer) {
        if self.by_issuer {
            self.values.insert("issuer".to_owned(), json!(issuer.issuer));
        } else {
            self.notes.push(
                "it does not advertise PKCE with S256, which berth uses all the same; if it refuses that, add --no-pkce"
                    .to_owned(),
            );
        }
        for (setting, flag) in [("auth_url", "--auth-url"), ("token_url", "--token-url")] {
            if !issuer.endpoints.contains_key(setting) {
                self.notes.push(format!(
                    "its document has no address for {flag}: add it as the third party documents it"
                ));
            }
        }
    }

    fn show_client(&mut self, issuer: &FoundIssuer) {
        let takes = |method: &str| issuer.client_auth.iter().any(|known| known == method);
        // In the header is what berth does unasked.
        if takes("client_secret_basic") {
            return;
        }
        let way = match (takes("client_secret_post"), takes("none")) {
            (true, _) => "post",
            (false, true) => {
                self.needs_secret = false;
                "none"
            }
            (false, false) => {
                return self.notes.push(format!(
                    "it takes clients by {} alone, which berth can't do",
                    issuer.client_auth.join(", ")
                ));
            }
        };
        self.values.insert("client_auth".to_owned(), json!(way));
    }

    fn show_scopes(&mut self, found: &Found, issuer: &FoundIssuer) {
        let mut scopes = found.scopes.clone();
        let is_known = |scope: &str| issuer.scopes.iter().any(|known| known == scope);
        // Without it, many give no refresh token.
        if !scopes.is_empty()
            && is_known("offline_access")
            && !scopes.iter().any(|scope| scope == "offline_access")
        {
            scopes.push("offline_access".to_owned());
        }
        match scopes.is_empty() {
            true => self.notes.push(
                "it does not say which scopes are needed: add --scope as its documentation has it".to_owned(),
            ),
            false => _ = self.values.insert("scopes".to_owned(), json!(scopes)),
        }
    }

    fn show_place(&mut self, place: Place) {
        let (header, variable) = (
            json!(["Authorization: Bearer {access_token}"]),
            json!(["ACCESS_TOKEN={access_token}"]),
        );
        match place {
            Place::Kept => {}
            Place::Header => _ = self.values.insert("headers".to_owned(), header),
            Place::Variable => _ = self.values.insert("env".to_owned(), variable),
            Place::Unknown => {
                self.values.insert("headers".to_owned(), header);
                self.notes.push(
                    "--header is for a connector that speaks http; for stdio take --env 'ACCESS_TOKEN={access_token}' instead, \
                     with the variable that it reads"
                        .to_owned(),
                );
            }
        }
    }

    /// What to type next. A file has the rest where there is no room for it.
    pub(super) fn command(&self, name: Option<&ConnectorName>) -> String {
        let name = name.map_or("NAME", ConnectorName::as_str);
        let mut words = vec!["berth oauth set".to_owned(), name.to_owned()];
        let mut add = |flag: &str, value: &Value| {
            let one = |text: &Value| text.as_str().map(quoted);
            match value {
                Value::Array(list) => {
                    for text in list.iter().filter_map(one) {
                        words.push(format!("{flag} {text}"));
                    }
                }
                text => words.extend(one(text).map(|text| format!("{flag} {text}"))),
            }
        };
        let flags = [
            ("issuer", "--issuer"),
            ("auth_url", "--auth-url"),
            ("token_url", "--token-url"),
            ("revoke_url", "--revoke-url"),
            ("introspect_url", "--introspect-url"),
            ("userinfo_url", "--userinfo-url"),
            ("client_auth", "--client-auth"),
            ("resource", "--resource"),
            ("scopes", "--scope"),
            ("headers", "--header"),
            ("env", "--env"),
        ];
        for (setting, flag) in flags {
            // The broker reads them where the issuer has them.
            let is_implied = self.by_issuer && setting.ends_with("_url");
            if let Some(value) = self.values.get(setting).filter(|_| !is_implied) {
                add(flag, value);
            }
        }
        words.push("--client-id CLIENT_ID".to_owned());
        if self.needs_secret {
            words.push("--client-secret-file FILE".to_owned());
        }
        words.join(" ")
    }

    /// The file for `berth oauth set --from`.
    pub(super) fn file(&self) -> Result<String, CmdError> {
        let mut head =
            "# Found by berth oauth discover; for berth oauth set NAME --from FILE --client-id CLIENT_ID.\n"
                .to_owned();
        for note in &self.notes {
            head.push_str(&format!("# Note: {}\n", note.replace(['\n', '\r'], " ")));
        }
        Ok(head + &file::lines(&self.values)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FoundResource;

    fn issuer(s256: bool, client_auth: &[&str]) -> FoundIssuer {
        let endpoints = [
            ("auth_url", "https://idp.example/a"),
            ("token_url", "https://idp.example/t?x=1&y=2"),
        ];
        FoundIssuer {
            issuer: "https://idp.example".to_owned(),
            at: "https://idp.example/.well-known/oauth-authorization-server".to_owned(),
            endpoints: endpoints
                .map(|(setting, address)| (setting.to_owned(), address.to_owned()))
                .into(),
            s256,
            names_itself: false,
            client_auth: client_auth.iter().map(|method| (*method).to_owned()).collect(),
            grants: Vec::new(),
            scopes: vec!["read".to_owned(), "offline_access".to_owned()],
            registration_url: None,
        }
    }

    fn found(issuer: FoundIssuer) -> Found {
        Found {
            resource: Some(FoundResource {
                at: "https://api.example/.well-known/oauth-protected-resource".to_owned(),
                resource: "https://api.example/mcp".to_owned(),
                issuers: vec![issuer.issuer.clone()],
                scopes: vec!["it's".to_owned()],
            }),
            issuers: vec![issuer],
            scopes: vec!["it's".to_owned()],
            tried: Vec::new(),
        }
    }

    #[test]
    fn a_command_can_be_typed_as_it_is() {
        let check = |issuer: FoundIssuer, place: Place, command: &str, notes: usize| {
            let draft = of(&found(issuer), place).unwrap();
            assert_eq!(draft.command(Some(&"gong".parse().unwrap())), command);
            assert_eq!(draft.notes.len(), notes, "{:?}", draft.notes);
        };
        check(
            issuer(true, &["client_secret_basic", "none"]),
            Place::Header,
            "berth oauth set gong --issuer https://idp.example --resource https://api.example/mcp --scope 'it'\\''s' \
             --scope offline_access --header 'Authorization: Bearer {access_token}' --client-id CLIENT_ID \
             --client-secret-file FILE",
            0,
        );
        // Without S256 the broker would not take the issuer.
        check(
            issuer(false, &["none"]),
            Place::Kept,
            "berth oauth set gong --auth-url https://idp.example/a --token-url 'https://idp.example/t?x=1&y=2' \
             --client-auth none --resource https://api.example/mcp --scope 'it'\\''s' --scope offline_access \
             --client-id CLIENT_ID",
            1,
        );
        check(
            issuer(true, &["private_key_jwt"]),
            Place::Unknown,
            "berth oauth set gong --issuer https://idp.example --resource https://api.example/mcp --scope 'it'\\''s' \
             --scope offline_access --header 'Authorization: Bearer {access_token}' --client-id CLIENT_ID \
             --client-secret-file FILE",
            2,
        );
        assert!(of(&Found::default(), Place::Header).is_none());
    }

    #[test]
    fn a_file_can_be_set_from() {
        let draft = of(&found(issuer(true, &["client_secret_post"])), Place::Variable).unwrap();
        let text = draft.file().unwrap();
        let update = file::of_text(&text).unwrap().into_update();
        assert_eq!(
            update.settings["token_url"], "https://idp.example/t?x=1&y=2",
            "{text}"
        );
        assert_eq!(update.settings["client_auth"], "post");
        assert!(!update.settings.contains_key("client_id"));
        assert_eq!(update.scopes.unwrap(), ["it's", "offline_access"]);
        assert_eq!(update.env.unwrap().len(), 1);
    }
}
