//! The only writer of release states.
