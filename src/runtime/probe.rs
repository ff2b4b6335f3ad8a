//! Asking a new release, with no credentials, what it is and what it has.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Instance, InstanceKey, Launch, Limits, Runtime, StartCause, StartError, pool::Rank};
use crate::{
    connector::{ConnectorError, Gone, Link},
    mcp::{self, ClientSide, Kind, Message},
    model::Probe,
};

/// The most pages of one list that are asked for. A connector with more of them repeats itself.
const PAGES: usize = 1000;

/// What was seen of a release.
pub(super) struct Seen {
    pub(super) probe: Probe,
    /// Its last lines on standard error.
    pub(super) stderr: Vec<String>,
}

/// Starts it, asks, and leaves an http instance running; everything else is stopped. One that fails may be tried again
/// at once, with something else given to it: that is no crash loop.
pub(super) async fn probe(
    runtime: &Runtime,
    key: &InstanceKey,
    launch: Launch,
) -> Result<Seen, Arc<StartError>> {
    let seen = probe_once(runtime, key, launch).await;
    if seen.is_err() {
        runtime.0.crashes.lock().forget(|_, other| other == key);
    }
    seen
}

async fn probe_once(runtime: &Runtime, key: &InstanceKey, launch: Launch) -> Result<Seen, Arc<StartError>> {
    let client = launch.client.clone();
    let is_http = matches!(launch.transport, crate::model::Transport::Http { .. });
    let limit = Limits::of(&launch.run).disk;
    let instance = runtime.ensure_for(Rank::Probe, key, || launch).await?;
    let deadline = runtime.0.config.start_deadline;
    let asked = tokio::time::timeout(deadline, ask(&instance, &client)).await;
    let probe = match asked {
        Ok(Ok(probe)) => Ok(probe),
        Ok(Err(error)) => Err(match instance.life().gone_soon().await {
            Some(Gone { stderr, .. }) if instance.was_evicted() => StartError {
                cause: StartCause::HomeFull { limit },
                stderr,
            },
            Some(Gone { status, stderr }) => StartError {
                cause: StartCause::Exited { status, junk: None },
                stderr,
            },
            None => instance.failed(StartCause::Protocol(error.to_string())),
        }),
        Err(_) => Err(instance.failed(StartCause::TimedOut { after: deadline })),
    };
    let stderr = instance.said();
    if !is_http || probe.is_err() {
        runtime.0.end(Duration::ZERO, |_, other| other == key).await;
    }
    probe.map(|probe| Seen { probe, stderr }).map_err(Arc::new)
}

#[derive(Deserialize)]
struct Initialized {
    #[serde(default)]
    capabilities: Value,
}

async fn ask(instance: &Arc<Instance>, client: &ClientSide) -> Result<Probe, ConnectorError> {
    let link = instance.open(client, &HeaderMap::new()).await?;
    let initialized = match &link {
        Link::Http(session) => session.initialize_result(),
        Link::Stdio(_) => instance.initialize_result().ok_or(ConnectorError::Stopped)?,
    };
    let declared: Initialized = serde_json::from_str(initialized.get())
        .map_err(|error| ConnectorError::Protocol(format!("its initialize result can't be read: {error}")))?;
    let has = |capability: &str| declared.capabilities[capability].is_object();
    let list = async |method, field, declared| match declared {
        true => list(&link, method, field).await.map(Some),
        false => Ok(None),
    };
    Ok(Probe {
        tools: list("tools/list", "tools", has("tools")).await?,
        prompts: list("prompts/list", "prompts", has("prompts")).await?,
        resources: list("resources/list", "resources", has("resources")).await?,
        resource_templates: list("resources/templates/list", "resourceTemplates", has("resources")).await?,
        initialize: initialized.as_ref().to_owned(),
        placeholders: Vec::new(),
        modern: link.is_modern(),
    })
}

/// All pages of one list. An error answer counts as an empty list where the list is not of tools: not every
/// connector that has resources knows their templates, and some list nothing before they have a credential.
async fn list(link: &Link, method: &str, field: &str) -> Result<Vec<Box<RawValue>>, ConnectorError> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    for page in 0..PAGES {
        let params = match &cursor {
            Some(cursor) => serde_json::json!({ "cursor": cursor }),
            None => serde_json::json!({}),
        };
        let id = format!("\"berth-{field}-{page}\"");
        let request = mcp::request(&id, method, &params);
        let answer = link.call(request, &HeaderMap::new()).await?.response().await?;
        if answer.kind() == Kind::Error {
            if field != "tools" {
                return Ok(items);
            }
            let error = answer.outcome().unwrap_or_default();
            return Err(ConnectorError::Protocol(format!(
                "it answered {method} with the error {error}"
            )));
        }
        let next = read_page(&answer, field, &mut items).ok_or_else(|| {
            ConnectorError::Protocol(format!("its answer to {method} has no list {field:?}"))
        })?;
        if next.is_none() || next == cursor {
            return Ok(items);
        }
        cursor = next;
    }
    Ok(items)
}

/// Adds a page's items; returns the cursor of the next page. `None` when this is no page.
fn read_page(answer: &Message, field: &str, items: &mut Vec<Box<RawValue>>) -> Option<Option<String>> {
    let page: std::collections::HashMap<&str, &RawValue> = serde_json::from_str(answer.outcome()?).ok()?;
    let listed: Vec<&RawValue> = serde_json::from_str(page.get(field)?.get()).ok()?;
    items.extend(listed.into_iter().map(ToOwned::to_owned));
    let cursor = page
        .get("nextCursor")
        .and_then(|cursor| serde_json::from_str::<Option<String>>(cursor.get()).ok());
    Some(cursor.flatten())
}
