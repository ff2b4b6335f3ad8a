//! From a known caller and a message to the connector's reply.
