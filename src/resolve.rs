//! From a source to a command line that can be started.
