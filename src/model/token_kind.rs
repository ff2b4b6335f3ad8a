//! What sort of credential a text is, as its beginning tells.

/// What every token of berth's control API starts with, so that scanners find leaked ones.
pub(crate) const TOKEN_PREFIX: &str = "berth_";

/// A sort of credential. Only the first one opens the control API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Berth,
    /// What berth gives MCP clients: access and refresh tokens, codes, secrets.
    McpClient,
    Registry,
    SignInLink,
    /// A signed one, such as a pipeline's.
    Jwt,
    /// Another service's, which is named.
    Foreign(&'static str),
    Unknown,
}

/// Other services' tokens that end up in the wrong variable.
const FOREIGN: [(&str, &str); 12] = [
    ("ghp_", "GitHub"),
    ("gho_", "GitHub"),
    ("ghs_", "GitHub"),
    ("ghu_", "GitHub"),
    ("github_pat_", "GitHub"),
    ("glpat-", "GitLab"),
    ("xoxb-", "Slack"),
    ("xoxp-", "Slack"),
    ("sk-", "an API key of another service"),
    ("ya29.", "Google"),
    ("npm_", "npm"),
    ("dckr_pat_", "Docker Hub"),
];

impl TokenKind {
    pub(crate) fn of(text: &str) -> Self {
        let starts = |prefix: &str| text.starts_with(prefix);
        if starts(TOKEN_PREFIX) {
            return Self::Berth;
        }
        if ["bertha_", "berthr_", "berthc_", "berths_"]
            .into_iter()
            .any(starts)
        {
            return Self::McpClient;
        }
        if starts("berthv2_") {
            return Self::Registry;
        }
        if (starts("https://") || starts("http://")) && text.contains("/login/") {
            return Self::SignInLink;
        }
        if starts("eyJ") && text.bytes().filter(|byte| *byte == b'.').count() == 2 {
            return Self::Jwt;
        }
        let foreign = FOREIGN.into_iter().find(|(prefix, _)| starts(prefix));
        foreign.map_or(Self::Unknown, |(_, service)| Self::Foreign(service))
    }

    /// What it is, as the end of "that is …"; `None` where that can't be told, or nothing is wrong.
    pub(crate) fn described(self) -> Option<String> {
        Some(match self {
            Self::Berth | Self::Unknown => return None,
            Self::McpClient => "a token of an MCP client, which calls the tools of one connector".to_owned(),
            Self::Registry => "a short-lived token of the artifact registry".to_owned(),
            Self::SignInLink => "a one-time sign-in link".to_owned(),
            Self::Jwt => "a signed token (JWT), such as a pipeline's own".to_owned(),
            Self::Foreign(service) => format!("a token of another service ({service})"),
        })
    }

    /// What to do with it, or instead.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::SignInLink => "`berth login LINK` takes it, once",
            Self::Jwt => "BERTH_OIDC_TOKEN takes it, once an admin trusts the pipeline (`berth trust add`)",
            _ => {
                "a token of berth's starts with berth_: `berth token create` makes one, `berth login URL` signs in"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_beginning() {
        for (text, kind) in [
            ("berth_x", TokenKind::Berth),
            ("bertha_x", TokenKind::McpClient),
            ("berthv2_x", TokenKind::Registry),
            ("https://b.example/login/abc", TokenKind::SignInLink),
            ("eyJhbGciOiJub25lIn0.e30.", TokenKind::Jwt),
            ("ghp_abc", TokenKind::Foreign("GitHub")),
            ("hello", TokenKind::Unknown),
        ] {
            assert_eq!(TokenKind::of(text), kind, "{text}");
        }
    }
}
