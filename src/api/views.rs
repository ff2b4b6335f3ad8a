//! Records as the API shows them.

use serde::Deserialize;

use super::{Api, ApiError};
use crate::{
    model::{ConnectorName, Operator, Probe, Role},
    oauth::Settings,
    releases::{ConnectorRecord, Difference, Live, ReleaseRecord},
    wire::{Change, ConnectorView, OAuthView, ReleaseView, ToolView},
};

#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(default)]
    description: String,
}

pub(super) fn release(api: &Api, connector: &ConnectorRecord, release: &ReleaseRecord) -> ReleaseView {
    let resolved = api.releases.resolved(release);
    ReleaseView {
        number: release.number,
        state: release.state,
        phase: api.releases.phase(release).to_owned(),
        source: release.spec.source.describe(),
        transport: release.spec.transport.as_str().to_owned(),
        pinned: resolved.as_ref().and_then(|resolved| resolved.pinned.clone()),
        integrity: resolved.as_ref().and_then(|resolved| resolved.integrity.clone()),
        artifact: resolved
            .and_then(|resolved| resolved.artifact)
            .or_else(|| release.spec.source.artifact().cloned()),
        repeats: release.repeats,
        created_at: release.created_at,
        failure: release.failure.clone(),
        tools: release
            .probe
            .as_ref()
            .map(|probe| probe.tools.as_ref().map_or(0, Vec::len)),
        endpoint: api.endpoint(&connector.name),
        serving: serving(api, connector).map(|live| live.number),
    }
}

pub(super) fn change(difference: Difference) -> Change {
    Change {
        what: difference.what,
        from: difference.from,
        to: difference.to,
    }
}

/// A connector as `operator` may see it: its OAuth settings are an admin's.
pub(super) async fn connector(
    api: &Api,
    operator: &Operator,
    connector: &ConnectorRecord,
) -> Result<ConnectorView, ApiError> {
    let live = serving(api, connector);
    let live_record = match &live {
        Some(live) => api.releases.numbered(&connector.id, live.number).await?,
        None => None,
    };
    let latest = api.releases.newest(&connector.id).await?;
    let may_configure = operator.roles.allow(Role::Admin);
    let settings = if may_configure {
        api.oauth.settings(&connector.id).await?
    } else {
        None
    };
    let may_deploy = operator.roles.allow(Role::Deployer);
    let secrets = if may_deploy {
        api.releases.secrets(connector).await?.keys().cloned().collect()
    } else {
        Vec::new()
    };
    Ok(ConnectorView {
        name: connector.name.clone(),
        endpoint: api.endpoint(&connector.name),
        created_at: connector.created_at,
        settings: match &live_record {
            Some(live) if may_deploy => live.spec.settings.keys().cloned().collect(),
            _ => Vec::new(),
        },
        live: live_record.map(|record| release(api, connector, &record)),
        latest: latest.map(|record| release(api, connector, &record)),
        oauth: settings.map(oauth),
        tools: live.map(|live| tools(&live.probe)).unwrap_or_default(),
        secrets,
    })
}

pub(super) fn oauth(settings: Settings) -> OAuthView {
    OAuthView {
        provider: settings.provider,
        auth_url: settings.auth_url,
        token_url: settings.token_url,
        revoke_url: settings.revoke_url,
        client_id: settings.client_id,
        client_secret_set: settings.client_secret_set,
        scopes: settings.scopes,
        mapping: settings.mapping,
        redirect_uri: settings.redirect_uri.to_string(),
        connectors: settings.connectors,
        grants: settings.grants,
    }
}

/// The release that serves, unless the name has passed to another connector meanwhile.
pub(super) fn serving(api: &Api, connector: &ConnectorRecord) -> Option<std::sync::Arc<Live>> {
    let name: &ConnectorName = &connector.name;
    api.releases
        .live(name)
        .filter(|live| live.connector == connector.id)
}

fn tools(probe: &Probe) -> Vec<ToolView> {
    let tools = probe.tools.iter().flatten();
    tools
        .filter_map(|raw| serde_json::from_str::<Tool>(raw.get()).ok())
        .map(|tool| ToolView {
            name: tool.name,
            description: tool.description,
        })
        .collect()
}
