//! Whether a connector does OAuth by itself. With berth it need not: it gets a ready access token with each call.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use super::{Check, OWN_OAUTH};

/// Between a request to the connector and its answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// What an http connector answers to somebody who has no credential.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Of the answer to `initialize`; `None` when there was none.
    pub(super) status: Option<u16>,
    /// Whether that answer had a WWW-Authenticate (RFC 9110, section 11.6.1).
    challenges: bool,
    is_mcp: bool,
    /// Well-known documents (RFC 9728, RFC 8414) that it has.
    documents: Vec<&'static str>,
}

const DOCUMENTS: [&str; 2] = [
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server",
];

/// Packages that do OAuth, or signs of it in a connector's own code: where it is seen, what is looked for, and how
/// to go without it.
const SIGNS: [(Place, &str, &str); 14] = [
    (Place::Package, "mcp-auth", WITHOUT_ROUTER),
    (Place::Package, "mcpauth", WITHOUT_ROUTER),
    (Place::Package, "mcp-oauth2", WITHOUT_ROUTER),
    (
        Place::Package,
        "@cloudflare/workers-oauth-provider",
        WITHOUT_ROUTER,
    ),
    (
        Place::Package,
        "mcp-remote",
        "deploy the server behind it itself; mcp-remote signs in one person, in a browser of its own",
    ),
    (Place::Package, "@google-cloud/local-auth", WITHOUT_BROWSER),
    (Place::Package, "google_auth_oauthlib", WITHOUT_BROWSER),
    (Place::Code, "mcpAuthRouter", WITHOUT_ROUTER),
    (Place::Code, "requireBearerAuth", WITHOUT_ROUTER),
    (Place::Code, "ProxyOAuthServerProvider", WITHOUT_ROUTER),
    (Place::Code, "fastmcp.server.auth", WITHOUT_PROVIDER),
    (Place::Code, "mcp.server.auth", WITHOUT_PROVIDER),
    (Place::Code, "OAuthProxy(", WITHOUT_PROVIDER),
    (Place::Code, "InstalledAppFlow", WITHOUT_BROWSER),
];

const WITHOUT_ROUTER: &str = "leave its auth router and its check of bearer tokens out, often by a switch such as AUTH=none, \
                              DISABLE_AUTH=true or --no-auth, and take the token from the request's header";
const WITHOUT_PROVIDER: &str = "make the server without `auth=`, and take the token from the request's header (http) or the environment (stdio)";
const WITHOUT_BROWSER: &str = "make its client from a ready access token instead of a flow in a browser: take it from the environment or a header";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A folder of this name among what is installed.
    Package,
    /// This text in a source file of its own.
    Code,
}

impl Met {
    pub(super) fn asks_for_credentials(&self) -> bool {
        matches!(self.status, Some(401 | 403))
    }

    /// Whether something that speaks MCP answered.
    pub(super) fn is_mcp(&self) -> bool {
        self.is_mcp || self.asks_for_credentials()
    }
}

/// Asks the connector at `host` as somebody without credentials. This is about status lines and headers, which a
/// client of MCP does not show.
pub(super) async fn meet(host: &str, path: &str) -> Met {
    let mut met = Met::default();
    // A second provider is refused, and the first one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(DEADLINE)
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .build();
    let Ok(client) = client else { return met };
    let body = json!({
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": crate::mcp::LATEST.as_str(),
            "capabilities": {},
            "clientInfo": {"name": "berth", "version": env!("CARGO_PKG_VERSION")},
        },
    });
    let request = client
        .post(format!("http://{host}{path}"))
        .header("accept", "application/json, text/event-stream")
        .json(&body);
    if let Ok(answer) = request.send().await {
        met.status = Some(answer.status().as_u16());
        met.challenges = answer.headers().contains_key("www-authenticate");
        let kind = answer
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        let speaks = kind.is_some_and(|kind| {
            kind.starts_with("application/json") || kind.starts_with("text/event-stream")
        });
        met.is_mcp = answer.status().is_success() && speaks;
    }
    for document in DOCUMENTS {
        // Some have the document of an endpoint behind its path (RFC 9728, section 3.1).
        for place in [document.to_owned(), format!("{document}{path}")] {
            let Ok(answer) = client.get(format!("http://{host}{place}")).send().await else {
                continue;
            };
            let is_document = answer.status().is_success()
                && answer.bytes().await.is_ok_and(|bytes| {
                    serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|value| value.is_object())
                });
            if is_document {
                met.documents.push(document);
                break;
            }
        }
    }
    met
}

/// What was met and what lies in `folders`, as a check.
pub(super) fn judge(folders: &[PathBuf], met: Option<Met>) -> Check {
    let met = met.unwrap_or_default();
    let mut seen = Vec::new();
    if met.asks_for_credentials() {
        let challenge = if met.challenges {
            " and WWW-Authenticate"
        } else {
            ""
        };
        seen.push(format!(
            "initialize is answered with {}{challenge}",
            met.status.unwrap_or_default()
        ));
    }
    seen.extend(met.documents.iter().map(|document| format!("it has {document}")));
    let signs = signs(folders);
    seen.extend(signs.iter().map(|(place, text, _)| match place {
        Place::Package => format!("it has the package {text}"),
        Place::Code => format!("its code has {text}"),
    }));
    if seen.is_empty() {
        return Check::ok(OWN_OAUTH, "no sign of it");
    }
    let mut hints = vec![
        "berth does OAuth for it: users authorize at berth, and each call carries their access token"
            .to_owned(),
    ];
    for (.., hint) in &signs {
        if !hints.iter().any(|known| known == hint) {
            hints.push((*hint).to_owned());
        }
    }
    if signs.is_empty() {
        hints.push(WITHOUT_ROUTER.to_owned());
    }
    hints.push(
        "then say where the token goes: berth oauth set NAME --header 'Authorization: Bearer {access_token}', \
         or --env 'ACCESS_TOKEN={access_token}' for stdio"
            .to_owned(),
    );
    let (detail, hint) = (seen.join("; "), hints.join("\n"));
    match met.asks_for_credentials() {
        true => Check::failed(OWN_OAUTH, detail, hint),
        false => Check::warning(OWN_OAUTH, detail, hint),
    }
}

/// The most source files that are read, and the largest one in bytes.
const MOST_FILES: usize = 1000;
const LARGEST: u64 = 1024 * 1024;
const CODE: [&str; 6] = ["js", "mjs", "cjs", "ts", "mts", "py"];
const INSTALLED: [&str; 5] = ["node_modules", "site-packages", ".venv", "venv", "vendor"];

/// The signs that are there, each once.
fn signs(folders: &[PathBuf]) -> Vec<(Place, &'static str, &'static str)> {
    let mut code = Vec::new();
    for folder in folders {
        sources(folder, &mut code);
    }
    let texts: Vec<String> = code
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    let is_there = |(place, text, _): &(Place, &str, &str)| match place {
        Place::Package => folders.iter().any(|folder| has_package(folder, text)),
        Place::Code => texts.iter().any(|source| source.contains(text)),
    };
    SIGNS.into_iter().filter(is_there).collect()
}

/// Whether the folder's node_modules or its virtual environment has the package.
fn has_package(folder: &Path, name: &str) -> bool {
    if folder.join("node_modules").join(name).is_dir() {
        return true;
    }
    let environments = [".venv", "venv", ""];
    environments.iter().any(|environment| {
        let versions = fs::read_dir(folder.join(environment).join("lib"))
            .into_iter()
            .flatten()
            .flatten();
        let mut packages = versions.map(|version| version.path().join("site-packages").join(name));
        packages.any(|package| package.is_dir())
    }) || folder.join("site-packages").join(name).is_dir()
}

/// The source files of the connector's own, without what is installed.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !INSTALLED.iter().any(|installed| name == *installed) {
                sources(&path, found);
            }
        } else if kind.is_file()
            && found.len() < MOST_FILES
            && path
                .extension()
                .is_some_and(|end| CODE.iter().any(|code| end == *code))
            && entry.metadata().is_ok_and(|metadata| metadata.len() <= LARGEST)
        {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StepVerdict;

    #[test]
    fn signs_of_oauth_are_found_in_code_and_packages() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("node_modules/mcp-auth")).unwrap();
        fs::create_dir_all(at("node_modules/other")).unwrap();
        fs::write(at("node_modules/other/x.js"), "InstalledAppFlow").unwrap();
        let folders = [folder.path().to_owned()];
        let found = judge(&folders, None);
        assert_eq!(
            (found.verdict, found.detail.as_str()),
            (StepVerdict::Warning, "it has the package mcp-auth")
        );
        fs::write(at("server.ts"), "app.use(mcpAuthRouter({}))").unwrap();
        let found = judge(
            &folders,
            Some(Met {
                status: Some(401),
                challenges: true,
                ..Met::default()
            }),
        );
        assert_eq!(found.verdict, StepVerdict::Failed);
        assert_eq!(
            found.detail,
            "initialize is answered with 401 and WWW-Authenticate; it has the package mcp-auth; its code has mcpAuthRouter"
        );
        assert!(
            found
                .hint
                .contains("--header 'Authorization: Bearer {access_token}'"),
            "{}",
            found.hint
        );
        assert_eq!(found.hint.matches("auth router").count(), 1);
        fs::create_dir_all(at("py/.venv/lib/python3.13/site-packages/google_auth_oauthlib")).unwrap();
        let found = judge(&[at("py")], None);
        assert_eq!(found.detail, "it has the package google_auth_oauthlib");
        assert_eq!(
            judge(&[at("node_modules/other/none")], None).verdict,
            StepVerdict::Ok
        );
    }
}
