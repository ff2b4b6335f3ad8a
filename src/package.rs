//! What the operator's machine turns into an artifact.
