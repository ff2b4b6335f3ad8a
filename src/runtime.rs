//! Running connectors.
