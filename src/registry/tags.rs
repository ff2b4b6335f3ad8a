//! Listing tags and repositories (distribution specification 1.1, "Listing Tags"), a page at a time.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Registry, errors::OciError, names::Repository, parts::query};

/// Most names on one page.
const PAGE: usize = 1000;

#[derive(Deserialize)]
struct Page {
    /// How many names at most.
    n: Option<String>,
    /// The last name of the page before.
    last: Option<String>,
}

pub(super) async fn list(
    registry: &Registry,
    repository: &Repository,
    uri: &Uri,
) -> Result<Response, OciError> {
    let records = registry.store.manifests_of(repository.as_str()).await?;
    if records.is_empty() {
        let message = format!("repository {repository} has no manifests");
        return Err(OciError::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message));
    }
    let tags = records.into_iter().filter(|record| record.is_tag());
    let tags = tags.map(|record| record.reference).collect();
    page(
        tags,
        &format!("/v2/{repository}/tags/list"),
        uri,
        |tags| json!({ "name": repository.as_str(), "tags": tags }),
    )
}

pub(super) async fn catalog(registry: &Registry, uri: &Uri) -> Result<Response, OciError> {
    let records = registry.store.manifests().await?;
    let names = records.into_iter().map(|record| record.repository).collect();
    page(
        names,
        "/v2/_catalog",
        uri,
        |names| json!({ "repositories": names }),
    )
}

/// The part of `names` that the query asks for, in the specification's order: by their bytes.
fn page(
    mut names: Vec<String>,
    path: &str,
    uri: &Uri,
    body: impl FnOnce(&[String]) -> Value,
) -> Result<Response, OciError> {
    let page: Page = query(uri)?;
    let most = match page.n.as_deref().map(str::parse::<u64>) {
        None => PAGE,
        Some(Ok(n)) => usize::try_from(n).unwrap_or(PAGE).min(PAGE),
        Some(Err(_)) => {
            return Err(OciError::new(
                StatusCode::BAD_REQUEST,
                "PAGINATION_NUMBER_INVALID",
                "n has to be a number, from 0",
            ));
        }
    };
    names.sort_unstable();
    names.dedup();
    if let Some(last) = &page.last {
        names.retain(|name| name > last);
    }
    let has_more = names.len() > most && most > 0;
    names.truncate(most);
    let mut response = Json(body(&names)).into_response();
    if let (true, Some(last)) = (has_more, names.last()) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("n", &most.to_string())
            .append_pair("last", last)
            .finish();
        let link: HeaderValue = format!("<{path}?{query}>; rel=\"next\"").parse()?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}
