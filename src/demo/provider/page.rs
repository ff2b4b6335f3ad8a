//! The provider's two pages.

use maud::{DOCTYPE, Markup, html};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:22rem;margin:12vh auto;padding:0 1rem;\
color:#222;background:#faf7f2}h1{font-size:1.3rem}label{display:block;margin:.8rem 0}input{display:block;width:100%;\
box-sizing:border-box;font:inherit;padding:.4rem}button{font:inherit;padding:.5rem 1rem;margin-right:.5rem}\
.wrong{color:#a00}";

/// Sign-in and consent in one form. `request` is the handle of the authorization request that it answers.
pub(crate) fn sign_in(request: &str, client: &str, scope: &str, wrong: Option<&str>) -> Markup {
    page(
        "Sign in to Acme",
        &html! {
            p { "Allow " strong { (client) } " to see: " strong { (scope) } }
            @if let Some(wrong) = wrong { p.wrong role="alert" { (wrong) } }
            form method="post" action="/authorize" {
                input type="hidden" name="request" value=(request);
                label { "User" input name="username" autocomplete="username" required; }
                label { "Password" input type="password" name="password" required; }
                button name="decision" value="allow" { "Sign in and allow" }
                button name="decision" value="deny" formnovalidate { "Deny" }
            }
            p { small { "Acme exists only in this demo: its users are alice and bob, with the password “demo”." } }
        },
    )
}

/// A request that can't be sent back to the client, because the client or its address is not known (RFC 6749
/// §4.1.2.1).
pub(crate) fn refused(reason: &str) -> Markup {
    page("Acme can't do that", &html! { p.wrong { (reason) } })
}

fn page(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
    }
}
