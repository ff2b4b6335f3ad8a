//! The OCI Distribution endpoint.
