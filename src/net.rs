//! The one HTTP client for addresses that admins, users or documents name.
