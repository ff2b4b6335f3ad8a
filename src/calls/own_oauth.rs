//! What an http connector says, to somebody without a token, of the tokens that it takes.

use http::HeaderMap;
use url::Url;

use super::{CallError, Calls};
use crate::{
    connector::{ConnectorError, Link},
    mcp::{self, ClientSide},
    model::{ConnectorName, Found, Transport, Tried, with_causes},
    oauth::{Search, resource_places},
    releases::Live,
    runtime::Instance,
};

/// A tool that no connector has. Those that ask for a token before they look for the tool refuse its call.
const NO_TOOL: &str = "berth-looks-for-oauth";

impl Calls {
    /// Whose tokens the connector takes, by its own word.
    pub(crate) async fn find_oauth(&self, name: &ConnectorName) -> Result<Found, CallError> {
        let live = self.releases.live(name);
        let live = live.ok_or_else(|| CallError::NoConnector(name.to_string()))?;
        let mut search = self.oauth.search();
        let Transport::Http { path, .. } = &live.spec.transport else {
            let tried = Tried::new(name, "it speaks stdio, which has no answers that want a token");
            search.tried(
                tried.hint("name what it calls with --resource, or whose tokens that takes with --issuer"),
            );
            return Ok(search.follow().await);
        };
        let handover = live.handover.read().await;
        let key = live.shared_key();
        let launch = |live: &Live| live.launch(&[], ClientSide::berth());
        let instance = match self.runtime.running(&key) {
            Some(instance) => instance,
            None => self.start(&live, &key, launch).await?,
        };
        drop(handover);
        let Some(own) = instance
            .address()
            .and_then(|address| format!("http://{address}{path}").parse::<Url>().ok())
        else {
            return Ok(search.follow().await);
        };
        let mut places = resource_places(&own);
        match self.refusal(&instance).await {
            Err(ConnectorError::Unauthorized { status, challenges }) => {
                let challenges: Vec<&str> = challenges.iter().map(String::as_str).collect();
                if let Some(named) = search.challenged(&own, status, &challenges) {
                    places.retain(|place| place.path() != named.path());
                    places.insert(0, named);
                }
            }
            Err(error) => search.tried(Tried::new(&own, with_causes(&error))),
            Ok(()) => search.tried(Tried::new(&own, "it answers a call without a token")),
        }
        for place in places {
            if self.read(&mut search, &instance, &place, &own).await {
                break;
            }
        }
        Ok(search.follow().await)
    }

    /// A call without a token, in a session as every caller has one. It is refused, or finds no tool.
    async fn refusal(&self, instance: &std::sync::Arc<Instance>) -> Result<(), ConnectorError> {
        let nothing = HeaderMap::new();
        let link: Link = instance.open(&ClientSide::berth(), &nothing).await?;
        let params = serde_json::json!({ "name": NO_TOOL, "arguments": {} });
        let request = mcp::request("\"berth-oauth\"", "tools/call", &params);
        link.call(request, &nothing).await?.response().await?;
        Ok(())
    }

    /// A connector knows itself by an address of its own machine: those are asked for at the instance. What it calls
    /// itself is its own affair, too.
    async fn read(&self, search: &mut Search, instance: &Instance, place: &Url, own: &Url) -> bool {
        let is_own = match place.host() {
            Some(url::Host::Domain(host)) => host == "localhost" || host.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
            Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
            None => false,
        } || place.authority() == own.authority();
        if !is_own {
            return search.read(place, None).await;
        }
        match instance.document(place.path()).await {
            Some(Ok(answer)) => search.take(place, &answer, None),
            Some(Err(error)) => {
                search.tried(Tried::new(place, with_causes(&error)));
                false
            }
            None => false,
        }
    }
}
