//! Folders and zip files as layers, and the OCI manifest around them.
