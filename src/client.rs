//! The control API, one method an endpoint.
