//! The control API's endpoints, in the order of the API's own page of routes.

use std::{io, time::Duration};

use reqwest::{Method, RequestBuilder};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use super::{Client, ClientError};
use crate::{
    model::{ConnectorName, ProviderName, ToolChanges, UserName},
    secret::Secret,
    wire::{
        AccessRule, AuditFilter, AuditList, CallAnswer, CallRequest, ClientList, ConnectionFilter,
        ConnectionList, ConnectorList, ConnectorView, Deleted, DeployAnswer, DeployRequest, Disconnected,
        EnvAnswer, EnvUpdate, EnvView, Identity, KeyList, LogFilter, LogView, LoggedIn, Login, OAuthFound,
        OAuthSearch, OAuthShown, OAuthTest, OAuthTestLogin, OAuthTestProgress, OAuthUpdate, OAuthView,
        OwnUpdate, OwnValues, PREFIX, RedirectUri, ReleaseList, ReleaseView, Restart, Restarted, Rollback,
        SecretCheck, SecretChecked, ServerInfo, SsoUpdate, SsoView, TokenCreate, TokenCreated, TokenList,
        ToolsView, TrustAdd, TrustList, TrustView, UserAdd, UserAdded, UserGroups, UserList, UserPassword,
        UserView,
    },
};

/// Deleting waits for calls in flight (up to 30 s) and for each provider that is asked to revoke.
const DELETE_DEADLINE: Duration = Duration::from_secs(180);
/// Before a release is recorded the broker may look a version up, and waits for a collection under way.
const RECORD_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// Restarting waits for a deploy under way, then for a start and a probe.
const RESTART_DEADLINE: Duration = Duration::from_secs(15 * 60);
/// Before a change of values is recorded, the broker waits for a deploy under way.
const TURN_DEADLINE: Duration = Duration::from_secs(15 * 60);
/// Each address of a provider may take as long as berth waits for one.
const TEST_DEADLINE: Duration = Duration::from_secs(4 * 60);
/// What runs with a value that is taken back finishes its calls first.
const GIVE_DEADLINE: Duration = Duration::from_secs(90);
/// A new master key may come from a command that asks somebody elsewhere.
const KEY_DEADLINE: Duration = Duration::from_secs(90);
/// A store is copied whole, and sent over whatever line there is.
const BACKUP_DEADLINE: Duration = Duration::from_secs(60 * 60);
/// A tool may work for long; a person who has enough presses Ctrl-C.
const CALL_DEADLINE: Duration = Duration::from_secs(60 * 60);

impl Client {
    pub(crate) async fn server(&self) -> Result<ServerInfo, ClientError> {
        self.get(&["server"]).await
    }

    pub(crate) async fn server_keys(&self) -> Result<KeyList, ClientError> {
        self.get(&["server", "keys"]).await
    }

    /// Has the broker seal with a new master key; it goes on to move everything to it.
    pub(crate) async fn rotate_key(&self) -> Result<KeyList, ClientError> {
        let request = self.api(Method::POST, &["server", "keys", "rotate"]);
        self.send(request.timeout(KEY_DEADLINE)).await
    }

    /// Gives a copy of the broker's store to `write`, piece by piece, until that fails; and the size of it.
    pub(crate) async fn backup(
        &self,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<io::Result<u64>, ClientError> {
        let request = self.api(Method::POST, &["server", "backup"]);
        let answer = request.timeout(BACKUP_DEADLINE).send().await;
        let mut answer = self.accept(answer.map_err(|e| self.lost(e))?).await?;
        let mut size = 0;
        while let Some(piece) = answer.chunk().await.map_err(|e| self.lost(e))? {
            if let Err(error) = write(&piece) {
                return Ok(Err(error));
            }
            size += piece.len() as u64;
        }
        Ok(Ok(size))
    }

    pub(crate) async fn whoami(&self) -> Result<Identity, ClientError> {
        self.get(&["whoami"]).await
    }

    /// Trades the one-time code of a setup link for a token. Needs no credential.
    pub(crate) async fn login(&self, code: Secret<String>) -> Result<LoggedIn, ClientError> {
        self.post(&["login"], &Login { code }).await
    }

    /// Revokes the token that this client has.
    pub(crate) async fn logout(&self) -> Result<Deleted, ClientError> {
        self.post(&["logout"], &()).await
    }

    pub(crate) async fn connectors(&self) -> Result<ConnectorList, ClientError> {
        self.get(&["connectors"]).await
    }

    pub(crate) async fn connector(&self, name: &ConnectorName) -> Result<ConnectorView, ClientError> {
        self.get(&["connectors", name.as_str()]).await
    }

    pub(crate) async fn delete_connector(&self, name: &ConnectorName) -> Result<Deleted, ClientError> {
        self.delete(&["connectors", name.as_str()]).await
    }

    /// Starts a deploy; its verdict is what [`Client::release`] reads once it is settled.
    pub(crate) async fn deploy(
        &self,
        name: &ConnectorName,
        body: &DeployRequest,
    ) -> Result<DeployAnswer, ClientError> {
        let request = self.api(Method::POST, &["connectors", name.as_str(), "releases"]);
        self.send(request.json(body).timeout(RECORD_DEADLINE)).await
    }

    pub(crate) async fn release(
        &self,
        name: &ConnectorName,
        number: i64,
    ) -> Result<ReleaseView, ClientError> {
        let number = number.to_string();
        self.get(&["connectors", name.as_str(), "releases", &number])
            .await
    }

    pub(crate) async fn releases(&self, name: &ConnectorName) -> Result<ReleaseList, ClientError> {
        self.get(&["connectors", name.as_str(), "releases"]).await
    }

    /// Goes back to an old release, as [`Client::deploy`] goes on to a new one.
    pub(crate) async fn roll_back(
        &self,
        name: &ConnectorName,
        body: &Rollback,
    ) -> Result<DeployAnswer, ClientError> {
        let request = self.api(Method::POST, &["connectors", name.as_str(), "rollback"]);
        self.send(request.json(body).timeout(RECORD_DEADLINE)).await
    }

    pub(crate) async fn restart(
        &self,
        name: &ConnectorName,
        body: &Restart,
    ) -> Result<Restarted, ClientError> {
        let request = self.api(Method::POST, &["connectors", name.as_str(), "restart"]);
        self.send(request.json(body).timeout(RESTART_DEADLINE)).await
    }

    pub(crate) async fn logs(
        &self,
        name: &ConnectorName,
        filter: &LogFilter,
    ) -> Result<LogView, ClientError> {
        let url = self.api_url(&["connectors", name.as_str(), "logs"]);
        self.send_safely(self.request_to(Method::GET, url).query(filter))
            .await
    }

    pub(crate) async fn audit(&self, filter: &AuditFilter) -> Result<AuditList, ClientError> {
        let url = self.api_url(&["audit"]);
        self.send_safely(self.request_to(Method::GET, url).query(filter))
            .await
    }

    pub(crate) async fn call(
        &self,
        name: &ConnectorName,
        body: &CallRequest,
    ) -> Result<CallAnswer, ClientError> {
        let request = self.api(Method::POST, &["connectors", name.as_str(), "call"]);
        self.send(request.json(body).timeout(CALL_DEADLINE)).await
    }

    pub(crate) async fn tools(&self, name: &ConnectorName) -> Result<ToolsView, ClientError> {
        self.get(&["connectors", name.as_str(), "tools"]).await
    }

    pub(crate) async fn set_tools(
        &self,
        name: &ConnectorName,
        body: &ToolChanges,
    ) -> Result<ToolsView, ClientError> {
        let request = self.api(Method::PUT, &["connectors", name.as_str(), "tools"]);
        self.send(request.json(body)).await
    }

    pub(crate) async fn env(&self, name: &ConnectorName) -> Result<EnvView, ClientError> {
        self.get(&["connectors", name.as_str(), "env"]).await
    }

    /// Changes a connector's values; a release of them goes on as that of [`Client::deploy`] does.
    pub(crate) async fn change_env(
        &self,
        name: &ConnectorName,
        body: &EnvUpdate,
    ) -> Result<EnvAnswer, ClientError> {
        let request = self.api(Method::PUT, &["connectors", name.as_str(), "env"]);
        self.send(request.json(body).timeout(TURN_DEADLINE)).await
    }

    pub(crate) async fn own_values(&self, name: &ConnectorName) -> Result<OwnValues, ClientError> {
        self.get(&["connectors", name.as_str(), "env", "mine"]).await
    }

    pub(crate) async fn change_own_values(
        &self,
        name: &ConnectorName,
        body: &OwnUpdate,
    ) -> Result<OwnValues, ClientError> {
        let request = self.api(Method::PUT, &["connectors", name.as_str(), "env", "mine"]);
        self.send(request.json(body).timeout(GIVE_DEADLINE)).await
    }

    pub(crate) async fn oauth(
        &self,
        name: &ConnectorName,
        provider: Option<&ProviderName>,
    ) -> Result<OAuthShown, ClientError> {
        let url = self.oauth_url(name, &[], provider);
        self.send_safely(self.request_to(Method::GET, url)).await
    }

    pub(crate) async fn set_oauth(
        &self,
        name: &ConnectorName,
        body: &OAuthUpdate,
    ) -> Result<OAuthView, ClientError> {
        let request = self.api(Method::PUT, &["connectors", name.as_str(), "oauth"]);
        self.send(request.json(body)).await
    }

    /// Whether the client's secret that is set is `secret`.
    pub(crate) async fn is_oauth_secret(
        &self,
        name: &ConnectorName,
        provider: Option<&ProviderName>,
        client_secret: Secret<String>,
    ) -> Result<bool, ClientError> {
        let request = self.request_to(Method::POST, self.oauth_url(name, &["secret"], provider));
        let checked: SecretChecked = self.send(request.json(&SecretCheck { client_secret })).await?;
        Ok(checked.is_set)
    }

    pub(crate) async fn unset_oauth(
        &self,
        name: &ConnectorName,
        provider: Option<&ProviderName>,
    ) -> Result<Deleted, ClientError> {
        let request = self.request_to(Method::DELETE, self.oauth_url(name, &[], provider));
        self.send(request.timeout(DELETE_DEADLINE)).await
    }

    pub(crate) async fn redirect_uri(
        &self,
        name: &ConnectorName,
        provider: Option<&ProviderName>,
    ) -> Result<RedirectUri, ClientError> {
        let url = self.oauth_url(name, &["redirect-uri"], provider);
        self.send_safely(self.request_to(Method::GET, url)).await
    }

    pub(crate) async fn connections(&self, filter: &ConnectionFilter) -> Result<ConnectionList, ClientError> {
        let url = self.api_url(&["connections"]);
        self.send_safely(self.request_to(Method::GET, url).query(filter))
            .await
    }

    pub(crate) async fn disconnect(
        &self,
        name: &ConnectorName,
        user: &UserName,
        provider: Option<&ProviderName>,
    ) -> Result<Disconnected, ClientError> {
        let url = self.api_url(&["connections", name.as_str(), user.as_str()]);
        let request = self.request_to(Method::DELETE, at(url, provider));
        self.send(request.timeout(DELETE_DEADLINE)).await
    }

    pub(crate) async fn find_oauth(&self, search: &OAuthSearch) -> Result<OAuthFound, ClientError> {
        let request = self.api(Method::POST, &["oauth", "discover"]);
        self.send(request.json(search).timeout(TEST_DEADLINE)).await
    }

    pub(crate) async fn test_oauth(
        &self,
        name: &ConnectorName,
        provider: Option<&ProviderName>,
    ) -> Result<OAuthTest, ClientError> {
        let request = self.request_to(Method::POST, self.oauth_url(name, &["test"], provider));
        self.send(request.timeout(TEST_DEADLINE)).await
    }

    pub(crate) async fn begin_oauth_test(
        &self,
        name: &ConnectorName,
        provider: Option<&ProviderName>,
    ) -> Result<OAuthTestLogin, ClientError> {
        let url = self.oauth_url(name, &["test", "login"], provider);
        self.send(self.request_to(Method::POST, url).json(&())).await
    }

    pub(crate) async fn oauth_test(
        &self,
        name: &ConnectorName,
        id: &str,
    ) -> Result<OAuthTestProgress, ClientError> {
        let request = self.api(
            Method::GET,
            &["connectors", name.as_str(), "oauth", "test", "login", id],
        );
        self.send(request.timeout(TEST_DEADLINE)).await
    }

    pub(crate) async fn access(&self, name: &ConnectorName) -> Result<AccessRule, ClientError> {
        self.get(&["connectors", name.as_str(), "access"]).await
    }

    pub(crate) async fn set_access(
        &self,
        name: &ConnectorName,
        body: &AccessRule,
    ) -> Result<AccessRule, ClientError> {
        let request = self.api(Method::PUT, &["connectors", name.as_str(), "access"]);
        self.send(request.json(body)).await
    }

    /// The MCP clients that users have let in.
    pub(crate) async fn clients(&self) -> Result<ClientList, ClientError> {
        self.get(&["clients"]).await
    }

    pub(crate) async fn revoke_client(&self, id: &str) -> Result<Deleted, ClientError> {
        self.delete(&["clients", id]).await
    }

    pub(crate) async fn set_groups(
        &self,
        name: &UserName,
        body: &UserGroups,
    ) -> Result<UserGroups, ClientError> {
        let request = self.api(Method::PUT, &["users", name.as_str(), "groups"]);
        self.send(request.json(body)).await
    }

    pub(crate) async fn set_password(
        &self,
        name: &UserName,
        body: &UserPassword,
    ) -> Result<UserView, ClientError> {
        let request = self.api(Method::PUT, &["users", name.as_str(), "password"]);
        self.send(request.json(body)).await
    }

    pub(crate) async fn sso(&self) -> Result<SsoView, ClientError> {
        self.get(&["sso"]).await
    }

    pub(crate) async fn set_sso(&self, body: &SsoUpdate) -> Result<SsoView, ClientError> {
        let request = self.api(Method::PUT, &["sso"]);
        self.send(request.json(body)).await
    }

    pub(crate) async fn unset_sso(&self) -> Result<Deleted, ClientError> {
        self.delete(&["sso"]).await
    }

    pub(crate) async fn users(&self) -> Result<UserList, ClientError> {
        self.get(&["users"]).await
    }

    pub(crate) async fn add_user(&self, body: &UserAdd) -> Result<UserAdded, ClientError> {
        self.post(&["users"], body).await
    }

    pub(crate) async fn link_user(&self, name: &UserName) -> Result<UserAdded, ClientError> {
        self.post(&["users", name.as_str(), "link"], &()).await
    }

    pub(crate) async fn remove_user(&self, name: &UserName) -> Result<Deleted, ClientError> {
        self.delete(&["users", name.as_str()]).await
    }

    pub(crate) async fn tokens(&self) -> Result<TokenList, ClientError> {
        self.get(&["tokens"]).await
    }

    pub(crate) async fn create_token(&self, body: &TokenCreate) -> Result<TokenCreated, ClientError> {
        self.post(&["tokens"], body).await
    }

    /// Revokes the token with the id `id`, as it was typed.
    pub(crate) async fn revoke_token(&self, id: &str) -> Result<(), ClientError> {
        let answer = self.api(Method::DELETE, &["tokens", id]).send().await;
        self.accept(answer.map_err(|e| self.lost(e))?).await.map(drop)
    }

    pub(crate) async fn trusts(&self) -> Result<TrustList, ClientError> {
        self.get(&["trusts"]).await
    }

    pub(crate) async fn add_trust(&self, body: &TrustAdd) -> Result<TrustView, ClientError> {
        self.post(&["trusts"], body).await
    }

    pub(crate) async fn remove_trust(&self, id: &str) -> Result<Deleted, ClientError> {
        self.delete(&["trusts", id]).await
    }

    /// What is about one provider of a connector's; its only one, when none is named.
    fn oauth_url(&self, name: &ConnectorName, rest: &[&str], provider: Option<&ProviderName>) -> Url {
        let path = [&["connectors", name.as_str(), "oauth"], rest].concat();
        at(self.api_url(&path), provider)
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, ClientError> {
        self.send_safely(self.api(Method::GET, path)).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.send(self.api(Method::POST, path).json(body)).await
    }

    async fn delete<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, ClientError> {
        self.send(self.api(Method::DELETE, path).timeout(DELETE_DEADLINE))
            .await
    }

    fn api(&self, method: Method, path: &[&str]) -> RequestBuilder {
        self.request_to(method, self.api_url(path))
    }

    fn api_url(&self, path: &[&str]) -> Url {
        let prefix = PREFIX.split('/').filter(|segment| !segment.is_empty());
        self.url(prefix.chain(path.iter().copied()))
    }
}

fn at(mut url: Url, provider: Option<&ProviderName>) -> Url {
    if let Some(provider) = provider {
        url.query_pairs_mut().append_pair("provider", provider.as_str());
    }
    url
}
