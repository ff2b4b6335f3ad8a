//! Who acts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{ConsentId, Invalid, TokenScope, UserId, UserName};

/// What a person may do. Roles add up: an admin who also calls tools is a member too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Calls tools.
    Member,
    /// Deploys and deletes connectors.
    Deployer,
    /// Configures OAuth, users and everything else.
    Admin,
}

impl Role {
    pub(crate) const ALL: [Self; 3] = [Self::Member, Self::Deployer, Self::Admin];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Deployer => "deployer",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| {
                Invalid(format!(
                    "role {text:?} is unknown: the roles are member, deployer, admin"
                ))
            })
    }
}

/// A set of roles; written `admin,member`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(crate) struct Roles(Vec<Role>);

impl Roles {
    pub(crate) fn new(roles: impl IntoIterator<Item = Role>) -> Self {
        let mut roles: Vec<Role> = roles.into_iter().collect();
        roles.sort_unstable();
        roles.dedup();
        Self(roles)
    }

    /// Whether these roles include `role`. An admin may do what a deployer may, and a deployer's or admin's
    /// own calls are a member's.
    pub(crate) fn allow(&self, role: Role) -> bool {
        self.0.iter().any(|held| *held >= role)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, role) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            f.write_str(role.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for Roles {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<Role>, _>>()
            .map(Self::new)
    }
}

/// A person as the control API and the console know them.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) user: UserId,
    pub(crate) name: UserName,
    pub(crate) roles: Roles,
    /// What of it they may do with what they came with.
    pub(crate) scope: TokenScope,
}

/// A person as the gateway knows them: whoever may call tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) name: UserName,
    /// What let their MCP client in; absent for a token of their own.
    pub(crate) client: Option<ClientConsent>,
}

/// A person's word for the MCP client that they call through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientConsent {
    pub(crate) id: ConsentId,
    /// Its token is one that led the person through what the connector needs of them.
    pub(crate) stepped_up: bool,
}

impl Operator {
    /// The same person, calling tools.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            user: self.user.clone(),
            name: self.name.clone(),
            client: None,
        }
    }
}
