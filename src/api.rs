//! The control API: every route on this page, with who may use it.
//!
//! Access is checked in one place, before a handler runs, so that a route can't be without it. A handler extracts,
//! calls and wraps; the rules live in the modules that it calls.

mod access;
mod audit;
mod clients;
mod connections;
mod connectors;
mod env;
mod erase;
mod errors;
mod keys;
mod oauth;
mod oauth_discover;
mod oauth_test;
mod releases;
mod rules;
mod server;
mod sso;
mod tokens;
mod tools;
mod trusts;
mod users;
mod views;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    middleware,
    routing::{self, MethodFilter, MethodRouter},
};
use url::Url;

pub(crate) use access::{Access, Reach};
pub(crate) use errors::ApiError;

use crate::{
    audit::Audit,
    authserver::AuthServer,
    backups::Backups,
    calls::Calls,
    environment::Environment,
    identity::{Identity, Sso, Trusts},
    keys::Keys,
    model::{ConnectorName, Extent},
    oauth::OAuth,
    releases::Releases,
    runtime::Runtime,
    wire,
};

/// Largest request body in bytes; artifacts do not come this way.
const LARGEST_REQUEST: usize = 1 << 20;

/// What the handlers need; cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) identity: Identity,
    pub(crate) authserver: AuthServer,
    pub(crate) sso: Sso,
    pub(crate) trusts: Trusts,
    pub(crate) keys: Keys,
    pub(crate) backups: Backups,
    pub(crate) oauth: OAuth,
    pub(crate) releases: Releases,
    pub(crate) environment: Environment,
    pub(crate) calls: Calls,
    pub(crate) runtime: Runtime,
    pub(crate) audit: Audit,
    /// Without a slash at its end.
    pub(crate) public_url: Url,
    /// Largest blob that the registry takes, in bytes.
    pub(crate) upload_limit: u64,
}

impl Route {
    /// The same for tokens that are for deploys of the connector alone, too.
    fn for_deploys(mut self) -> Self {
        self.reach = Reach::Within(Extent::Deploy);
        self
    }

    /// The same for tokens that are for the connector alone and may set what is its own.
    fn for_settings(mut self) -> Self {
        self.reach = Reach::Within(Extent::Configure);
        self
    }
}

impl Api {
    /// Where MCP clients reach a connector.
    fn endpoint(&self, name: &ConnectorName) -> String {
        format!("{}/mcp/{name}", self.public_url.as_str().trim_end_matches('/'))
    }
}

/// One route.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Behind [`wire::PREFIX`].
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) reach: Reach,
    handler: MethodRouter<Api>,
}

/// Every route there is.
pub(crate) fn routes() -> Vec<Route> {
    use Access::{Admin, Deployer, Member, Open};
    vec![
        route("GET", "/server", Open, server::info),
        route("GET", "/server/keys", Admin, keys::list),
        route("POST", "/server/keys/rotate", Admin, keys::rotate),
        route("POST", "/server/backup", Admin, keys::back_up),
        route("POST", "/login", Open, server::login),
        route("POST", "/logout", Member, server::logout).for_deploys(),
        route("GET", "/whoami", Member, server::whoami).for_deploys(),
        route("GET", "/connectors", Member, connectors::list),
        route("GET", "/connectors/{name}", Member, connectors::show).for_deploys(),
        route("DELETE", "/connectors/{name}", Deployer, connectors::delete),
        route("GET", "/connectors/{name}/logs", Deployer, connectors::logs).for_deploys(),
        route("POST", "/connectors/{name}/call", Member, connectors::call),
        route("POST", "/connectors/{name}/releases", Deployer, releases::deploy).for_deploys(),
        route("GET", "/connectors/{name}/releases", Member, releases::list).for_deploys(),
        route(
            "GET",
            "/connectors/{name}/releases/{number}",
            Member,
            releases::show,
        )
        .for_deploys(),
        route(
            "POST",
            "/connectors/{name}/rollback",
            Deployer,
            releases::roll_back,
        )
        .for_deploys(),
        route("POST", "/connectors/{name}/restart", Deployer, releases::restart).for_deploys(),
        route("GET", "/connectors/{name}/tools", Member, tools::list).for_settings(),
        route("PUT", "/connectors/{name}/tools", Admin, tools::change).for_settings(),
        route("GET", "/connectors/{name}/env", Deployer, env::show).for_settings(),
        route("PUT", "/connectors/{name}/env", Deployer, env::change).for_settings(),
        route("GET", "/connectors/{name}/env/mine", Member, env::mine),
        route("PUT", "/connectors/{name}/env/mine", Member, env::change_mine),
        route("GET", "/connectors/{name}/oauth", Admin, oauth::show).for_settings(),
        route("PUT", "/connectors/{name}/oauth", Admin, oauth::set).for_settings(),
        route("DELETE", "/connectors/{name}/oauth", Admin, oauth::unset).for_settings(),
        route(
            "GET",
            "/connectors/{name}/oauth/redirect-uri",
            Admin,
            oauth::redirect_uri,
        )
        .for_settings(),
        route(
            "POST",
            "/connectors/{name}/oauth/secret",
            Admin,
            oauth::check_secret,
        )
        .for_settings(),
        route("POST", "/oauth/discover", Admin, oauth_discover::run),
        route("GET", "/connections", Member, connections::list),
        route(
            "DELETE",
            "/connections/{name}/{user}",
            Member,
            connections::revoke,
        ),
        route("POST", "/connectors/{name}/oauth/test", Admin, oauth_test::run),
        route(
            "POST",
            "/connectors/{name}/oauth/test/login",
            Admin,
            oauth_test::login,
        ),
        route(
            "GET",
            "/connectors/{name}/oauth/test/login/{id}",
            Admin,
            oauth_test::progress,
        ),
        route("GET", "/connectors/{name}/access", Admin, rules::show).for_settings(),
        route("PUT", "/connectors/{name}/access", Admin, rules::set).for_settings(),
        route("GET", "/audit", Admin, audit::list),
        route("GET", "/clients", Member, clients::list),
        route("DELETE", "/clients/{id}", Member, clients::revoke),
        route("GET", "/users", Admin, users::list),
        route("POST", "/users", Admin, users::add),
        route("DELETE", "/users/{name}", Admin, users::remove),
        route("POST", "/users/{name}/link", Admin, users::link),
        route("PUT", "/users/{name}/groups", Admin, rules::set_groups),
        route("PUT", "/users/{name}/password", Admin, users::password),
        route("GET", "/sso", Admin, sso::show),
        route("PUT", "/sso", Admin, sso::set),
        route("DELETE", "/sso", Admin, sso::unset),
        route("GET", "/tokens", Member, tokens::list),
        route("POST", "/tokens", Member, tokens::create),
        route("DELETE", "/tokens/{id}", Member, tokens::revoke),
        route("GET", "/trusts", Admin, trusts::list),
        route("POST", "/trusts", Admin, trusts::add),
        route("DELETE", "/trusts/{id}", Admin, trusts::remove),
    ]
}

pub(crate) fn router(api: Api) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let guard =
            middleware::from_fn_with_state((api.identity.clone(), route.access, route.reach), access::check);
        router = router.route(
            &format!("{}{}", wire::PREFIX, route.path),
            route.handler.layer(guard),
        );
    }
    router
        // Those of other versions as well.
        .route("/api/{*unknown}", routing::any(errors::no_such_route))
        .method_not_allowed_fallback(errors::no_such_method)
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(middleware::from_fn(errors::write_errors))
        .layer(middleware::map_response(errors::say_version))
        .with_state(api)
}

fn route<T: 'static, H: Handler<T, Api>>(
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: H,
) -> Route {
    let filter = match method {
        "GET" => MethodFilter::GET,
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        _ => MethodFilter::DELETE,
    };
    Route {
        method,
        path,
        access,
        reach: Reach::Whole,
        handler: MethodRouter::new().on(filter, handler),
    }
}
