//! What was found, for people.

use super::Discovered;
use crate::{
    cli::{oauth::LABELS, ui},
    model::{Found, FoundIssuer},
};

pub(super) fn text(body: &Discovered) -> String {
    let mut text = found(&body.found);
    let mut rows = Vec::new();
    if let Some(resource) = &body.found.resource {
        rows.push(("Resource", resource.resource.clone()));
    }
    rows.push(("Scopes wanted", body.found.scopes.join(" ")));
    if !body.found.issuers.is_empty() {
        rows.push(("Redirect URI", body.redirect_uri.clone().unwrap_or_default()));
    }
    if rows.iter().any(|(_, value)| !value.is_empty()) {
        text.push('\n');
        text.push_str(&ui::fields(rows));
    }
    for one in &body.notes {
        text.push_str(&note(one));
    }
    if let Some(command) = &body.command {
        let register = match &body.redirect_uri {
            Some(_) => "Register the redirect URI at the third party; then",
            None => "Register what `berth oauth redirect-uri NAME` prints at the third party; then",
        };
        text.push_str(&format!("\n{register}\n  {}\n", ui::plain(command)));
    }
    text
}

/// What was asked, and each issuer that it led to.
pub(super) fn found(found: &Found) -> String {
    let mut text = tried(found);
    for issuer in &found.issuers {
        text.push('\n');
        text.push_str(&of_issuer(issuer));
    }
    text
}

pub(super) fn note(text: &str) -> String {
    format!("\nNote: {}\n", ui::plain(text))
}

/// What was asked, and what came of it.
pub(super) fn tried(found: &Found) -> String {
    let mut text = String::new();
    for tried in &found.tried {
        let mark = if tried.used { '+' } else { '-' };
        text.push_str(&format!("{mark} {}\n    {}\n", tried.url, tried.answer));
        if !tried.hint.is_empty() {
            text.push_str(&format!("    → {}\n", tried.hint));
        }
    }
    ui::plain(&text)
}

fn of_issuer(issuer: &FoundIssuer) -> String {
    let label = |setting: &str| LABELS.iter().find(|(field, _)| *field == setting);
    let mut rows = vec![("Issuer", issuer.issuer.clone()), ("Read at", issuer.at.clone())];
    let order = LABELS.iter().map(|(field, _)| *field);
    for (setting, label) in order.filter_map(label) {
        if let Some(address) = issuer.endpoints.get(*setting) {
            rows.push((label, address.clone()));
        }
    }
    let yes = |said: bool, yes: &str, no: &str| if said { yes } else { no }.to_owned();
    rows.extend([
        ("PKCE", yes(issuer.s256, "S256", "not advertised")),
        (
            "Names itself",
            yes(issuer.names_itself, "in its answers (RFC 9207)", "no"),
        ),
        ("Client is shown by", issuer.client_auth.join(", ")),
        ("Grants", issuer.grants.join(", ")),
        ("Scopes known", issuer.scopes.join(" ")),
        (
            "Registration",
            match &issuer.registration_url {
                Some(url) => format!("dynamic at {url}; berth wants a client that is registered by hand"),
                None => "by hand".to_owned(),
            },
        ),
    ]);
    ui::fields(rows)
}
