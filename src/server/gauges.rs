//! What is counted when somebody looks: how much there is at the moment.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::gauge::ConstGauge,
};

use crate::{gateway::Sessions, runtime::Runtime};

/// Sessions and instances, as metrics.
pub(super) struct Gauges {
    pub(super) sessions: Sessions,
    pub(super) runtime: Runtime,
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let gauges = [
            (
                "berth_mcp_sessions",
                "Sessions of MCP clients",
                self.sessions.count(),
            ),
            (
                "berth_instances",
                "Connector instances that run",
                self.runtime.count(),
            ),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}
