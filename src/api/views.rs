//! Records as the API shows them.

use std::sync::Arc;

use serde::Deserialize;

use super::{Api, ApiError};
use crate::{
    environment::{self, Asked, Value},
    model::{ConnectorName, EnvName, Operator, Role, Transport, ValueKind},
    oauth::Settings,
    releases::{ConnectorRecord, Difference, Live, ReleaseRecord},
    runtime::{CrashLoop, Seen, Stage},
    wire::{
        Change, ConnectorView, CrashLoopView, EnvValueView, EnvView, InstanceView, OAuthShown, OAuthView,
        OwnValue, OwnValues, ReleaseView, SettingView, ToolView,
    },
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
        root: resolved.as_ref().and_then(|resolved| resolved.root),
        artifact: resolved
            .and_then(|resolved| resolved.artifact)
            .or_else(|| release.spec.source.artifact().cloned()),
        repeats: release.repeats,
        revalues: release.revalues,
        created_at: release.created_at,
        failure: release.failure.clone(),
        tools: release
            .probe
            .as_ref()
            .map(|probe| probe.tools.as_ref().map_or(0, Vec::len)),
        placeholders: release
            .probe
            .as_ref()
            .map(|probe| probe.placeholders.clone())
            .unwrap_or_default(),
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
        api.oauth.settings_of(&connector.id).await?
    } else {
        Vec::new()
    };
    let may_deploy = operator.roles.allow(Role::Deployer);
    let values = match may_deploy {
        true => api.releases.values(connector).await?,
        false => Arc::default(),
    };
    let named = |kinds: &[ValueKind]| -> Vec<EnvName> {
        let named = values.iter().filter(|(_, value)| kinds.contains(&value.kind()));
        named.map(|(name, _)| name.clone()).collect()
    };
    Ok(ConnectorView {
        name: connector.name.clone(),
        endpoint: api.endpoint(&connector.name),
        created_at: connector.created_at,
        settings: match &live_record {
            Some(live) if may_deploy => live.spec.settings.keys().cloned().collect(),
            _ => Vec::new(),
        },
        values: named(&[ValueKind::Plain]),
        per_user: named(&[ValueKind::PerUser]),
        live: live_record.map(|record| release(api, connector, &record)),
        latest: latest.map(|record| release(api, connector, &record)),
        oauth: OAuthShown::of(settings.into_iter().map(oauth).collect()),
        tools: live.map(|live| tools(api, &live)).unwrap_or_default(),
        secrets: named(&[ValueKind::Secret]),
        instances: Vec::new(),
        crash_loops: Vec::new(),
    })
}

/// The same with what runs of it now, for those who may deploy it.
pub(super) async fn connector_with_instances(
    api: &Api,
    operator: &Operator,
    connector: &ConnectorRecord,
) -> Result<ConnectorView, ApiError> {
    let view = self::connector(api, operator, connector).await?;
    if !operator.roles.allow(Role::Deployer) {
        return Ok(view);
    }
    let instances = api.runtime.instances(&connector.id).await;
    let crash_loops = api.runtime.crash_loops(&connector.id);
    Ok(ConnectorView {
        instances: instances.into_iter().map(instance).collect(),
        crash_loops: crash_loops.into_iter().map(crash_loop).collect(),
        ..view
    })
}

fn instance(seen: Seen) -> InstanceView {
    let state = match seen.stage {
        Stage::Starting => "starting",
        Stage::Ready => "ready",
        Stage::Draining => "draining",
    };
    InstanceView {
        instance: seen.label,
        release: seen.number,
        user: seen.user.map(|user| user.to_string()),
        state: state.to_owned(),
        calls: seen.calls,
        idle_seconds: seen.idle.map(|idle| idle.as_secs()),
        started_at: seen.started_at,
        memory: seen.memory,
    }
}

fn crash_loop(found: CrashLoop) -> CrashLoopView {
    CrashLoopView {
        release: found.number,
        user: found.user.map(|user| user.to_string()),
        times: found.times,
        status: found.last.status,
        last_at: found.last_at,
        retry_in_seconds: found.retry_in.as_secs_f32().ceil() as u64,
        stderr: found.last.stderr,
    }
}

pub(super) fn oauth(settings: Settings) -> OAuthView {
    OAuthView {
        provider: settings.provider,
        settings: settings.settings,
        discovered: settings.discovered,
        client_secret_set: settings.client_secret_set,
        scopes: settings.scopes,
        owner: settings.owner,
        mapping: settings.mapping,
        redirect_uri: settings.redirect_uri.to_string(),
        connectors: settings.connectors,
        grants: settings.grants,
        version: settings.version,
    }
}

/// A connector's values, and the settings of the release that serves.
pub(super) async fn env(api: &Api, connector: &ConnectorRecord) -> Result<EnvView, ApiError> {
    let values = api.releases.values(connector).await?;
    let givers = api.environment.givers(&connector.id).await?;
    let live = serving(api, connector);
    let prefix = live.as_ref().and_then(|live| match live.spec.transport {
        Transport::Http { .. } => Some(live.spec.run.env_header_prefix.clone().unwrap_or_default()),
        Transport::Stdio => None,
    });
    let view = |(name, value): (&EnvName, &Value)| {
        let text = || value.text().expose().clone();
        let is_own = value.kind() == ValueKind::PerUser;
        let unfit = prefix
            .as_ref()
            .and_then(|prefix| environment::unfit(prefix, &values, name));
        let header = prefix.as_ref().filter(|_| unfit.is_none());
        EnvValueView {
            name: name.clone(),
            kind: value.kind(),
            value: (value.kind() == ValueKind::Plain).then(text),
            about: is_own.then(text),
            users: is_own.then(|| givers.get(name.as_str()).copied().unwrap_or_default()),
            header: header.map(|prefix| format!("{}{name}", prefix.as_str())),
            no_header: unfit.map(str::to_owned),
        }
    };
    let setting = |(name, value): (&EnvName, &String)| SettingView {
        name: name.clone(),
        value: value.clone(),
        overridden: values.contains_key(name),
    };
    let settings = live.iter().flat_map(|live| &live.spec.settings);
    Ok(EnvView {
        values: values.iter().map(view).collect(),
        settings: settings.map(setting).collect(),
    })
}

pub(super) fn own_values(asked: Vec<Asked>) -> OwnValues {
    let view = |asked: Asked| OwnValue {
        name: asked.name,
        about: asked.about,
        given: asked.given,
    };
    OwnValues {
        values: asked.into_iter().map(view).collect(),
    }
}

/// The release that serves, unless the name has passed to another connector meanwhile.
pub(super) fn serving(api: &Api, connector: &ConnectorRecord) -> Option<std::sync::Arc<Live>> {
    let name: &ConnectorName = &connector.name;
    api.releases
        .live(name)
        .filter(|live| live.connector == connector.id)
}

/// The tools of a release that serves, also those that are not offered.
pub(super) fn tools(api: &Api, live: &Live) -> Vec<ToolView> {
    let rules = api.releases.tool_rules(&live.connector).unwrap_or_default();
    let tools = live.probe.tools.iter().flatten();
    tools
        .filter_map(|raw| serde_json::from_str::<Tool>(raw.get()).ok())
        .map(|tool| ToolView {
            hidden: !rules.offers(&tool.name),
            name: tool.name,
            description: tool.description,
        })
        .collect()
}
