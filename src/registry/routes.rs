//! Every route under `/v2`, on one page.
//!
//! A repository's name may have slashes, and `blobs`, `manifests`, `tags` or `uploads` among its parts. So a path is
//! read from its end, where only one reading is possible.

use axum::{
    extract::{Extension, Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{
    Registry, blobs, deletion,
    errors::OciError,
    manifests,
    names::{Reference, Repository, digest},
    tags, uploads,
};
use crate::model::{Digest, Extent, TokenScope, UserId};

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Blob(Repository, Digest),
    Uploads(Repository),
    Upload(Repository, String),
    Manifest(Repository, String),
    Tags(Repository),
    Referrers(Repository, Digest),
    Catalog,
}

impl Target {
    /// Reads what stands behind `/v2/`. `Ok(None)` for what is no path of a registry.
    pub(super) fn parse(path: &str) -> Result<Option<Self>, OciError> {
        if path == "_catalog" {
            return Ok(Some(Self::Catalog));
        }
        let Some((rest, last)) = path.rsplit_once('/') else {
            return Ok(None);
        };
        if let Some(name) = rest.strip_suffix("/blobs/uploads") {
            let repository = Repository::parse(name)?;
            return Ok(Some(if last.is_empty() {
                Self::Uploads(repository)
            } else {
                Self::Upload(repository, last.to_owned())
            }));
        }
        let Some((name, kind)) = rest.rsplit_once('/') else {
            return Ok(None);
        };
        Ok(Some(match (kind, last) {
            // Without the slash that it should end with.
            ("blobs", "uploads") => Self::Uploads(Repository::parse(name)?),
            ("blobs", last) => Self::Blob(Repository::parse(name)?, digest(last)?),
            ("manifests", last) => Self::Manifest(Repository::parse(name)?, last.to_owned()),
            ("referrers", last) => Self::Referrers(Repository::parse(name)?, digest(last)?),
            ("tags", "list") => Self::Tags(Repository::parse(name)?),
            _ => return Ok(None),
        }))
    }

    /// The repository that it is in.
    pub(super) fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Blob(repository, _)
            | Self::Uploads(repository)
            | Self::Upload(repository, _)
            | Self::Manifest(repository, _)
            | Self::Tags(repository)
            | Self::Referrers(repository, _) => Some(repository),
            Self::Catalog => None,
        }
    }

    fn methods(&self) -> &'static str {
        match self {
            Self::Blob(..) => "GET, HEAD, DELETE",
            Self::Uploads(..) => "POST",
            Self::Upload(..) => "GET, HEAD, PATCH, PUT, DELETE",
            Self::Manifest(..) => "GET, HEAD, PUT, DELETE",
            Self::Tags(..) | Self::Referrers(..) | Self::Catalog => "GET, HEAD",
        }
    }
}

/// Whether a token that is for deploys alone may send this: anything but an end, in its connectors' own repositories.
/// Without a path it is the question whether this is a registry.
pub(super) fn within(scope: &TokenScope, request: &Request) -> bool {
    let path = request.uri().path();
    let path = path.strip_prefix("/v2").unwrap_or(path).trim_start_matches('/');
    if path.is_empty() {
        return true;
    }
    // What is escaped would be read in another way below.
    if path.contains('%') {
        return false;
    }
    // An upload that was begun may be given up.
    match Target::parse(path) {
        Ok(Some(target @ Target::Upload(..))) => owned(scope, &target),
        Ok(Some(target)) => request.method() != Method::DELETE && owned(scope, &target),
        _ => false,
    }
}

fn owned(scope: &TokenScope, target: &Target) -> bool {
    let name = target.repository().map(|repository| repository.to_string());
    name.is_some_and(|name| scope.allows(Extent::Deploy, &name))
}

pub(super) async fn dispatch(
    State(registry): State<Registry>,
    Extension(user): Extension<UserId>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    match route(&registry, &user, path, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn route(
    registry: &Registry,
    user: &UserId,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, OciError> {
    use Target::{Blob, Catalog, Manifest, Referrers, Tags, Upload, Uploads};
    let Ok(Path(path)) = path else {
        return Err(unknown());
    };
    let target = Target::parse(&path)?.ok_or_else(unknown)?;
    // HEAD is a GET whose body is not sent, but must not be read either.
    let (parts, body) = request.into_parts();
    match (parts.method.as_str(), &target) {
        ("HEAD", Blob(_, digest)) => blobs::head(registry, digest).await,
        ("GET", Blob(_, digest)) => blobs::get(registry, digest, &parts.headers).await,
        ("DELETE", Blob(_, digest)) => deletion::blob(registry, user, digest).await,

        ("POST", Uploads(name)) => uploads::begin(registry, user, name, &parts, body).await,
        ("GET" | "HEAD", Upload(name, id)) => uploads::status(registry, user, name, id),
        ("PATCH", Upload(name, id)) => uploads::append(registry, user, name, id, &parts, body).await,
        ("PUT", Upload(name, id)) => uploads::finish(registry, user, name, id, &parts, body).await,
        ("DELETE", Upload(name, id)) => uploads::abandon(registry, user, name, id).await,

        ("GET" | "HEAD", Manifest(name, reference)) => {
            manifests::get(registry, name, reference, &parts.headers).await
        }
        ("PUT", Manifest(name, reference)) => {
            let reference = Reference::parse(reference)?;
            manifests::put(registry, name, &reference, &parts.headers, body).await
        }
        ("DELETE", Manifest(name, reference)) => deletion::manifest(registry, user, name, reference).await,

        ("GET" | "HEAD", Tags(name)) => tags::list(registry, name, &parts.uri).await,
        ("GET" | "HEAD", Catalog) => tags::catalog(registry, &parts.uri).await,
        ("GET" | "HEAD", Referrers(name, subject)) => {
            manifests::referrers(registry, name, subject, &parts.uri).await
        }
        _ => Err(not_allowed(&parts.method, &target)),
    }
}

fn unknown() -> OciError {
    OciError::new(
        StatusCode::NOT_FOUND,
        "UNSUPPORTED",
        "there is no such path in this registry",
    )
}

fn not_allowed(method: &Method, target: &Target) -> OciError {
    only(method, target.methods())
}

/// For a path that can only be read.
pub(super) fn read_only(method: &Method) -> OciError {
    only(method, "GET, HEAD")
}

fn only(method: &Method, methods: &'static str) -> OciError {
    OciError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "UNSUPPORTED",
        format!("{method} is not possible here, only {methods}"),
    )
    .header(header::ALLOW, HeaderValue::from_static(methods))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_its_end() {
        let digest = Digest::of(b"x");
        let name = |text: &str| Repository::parse(text).unwrap();
        for (path, expected) in [
            (
                format!("gong/blobs/{digest}"),
                Target::Blob(name("gong"), digest.clone()),
            ),
            (
                format!("a/blobs/uploads/blobs/{digest}"),
                Target::Blob(name("a/blobs/uploads"), digest.clone()),
            ),
            ("gong/blobs/uploads/".into(), Target::Uploads(name("gong"))),
            ("gong/blobs/uploads".into(), Target::Uploads(name("gong"))),
            (
                "blobs/blobs/uploads/x".into(),
                Target::Upload(name("blobs"), "x".into()),
            ),
            (
                "uploads/manifests/manifests/manifests".into(),
                Target::Manifest(name("uploads/manifests"), "manifests".into()),
            ),
            (
                "a/tags/manifests/list".into(),
                Target::Manifest(name("a/tags"), "list".into()),
            ),
            ("a/manifests/tags/list".into(), Target::Tags(name("a/manifests"))),
            (
                format!("a/b/referrers/{digest}"),
                Target::Referrers(name("a/b"), digest.clone()),
            ),
            ("_catalog".into(), Target::Catalog),
        ] {
            assert_eq!(Target::parse(&path).unwrap(), Some(expected), "{path}");
        }
        for unknown in [
            "",
            "gong",
            "gong/blobs",
            "gong/tags/x",
            "gong/nothing/x",
            "_other",
        ] {
            assert_eq!(Target::parse(unknown).unwrap(), None, "{unknown}");
        }
        for invalid in [
            "/blobs/uploads/",
            "a/../b/manifests/x",
            "gong/blobs/sha256:..",
            "Gong/manifests/x",
            "gong/referrers/x",
        ] {
            Target::parse(invalid).unwrap_err();
        }
    }
}
