//! Content-addressed blobs in a folder.
