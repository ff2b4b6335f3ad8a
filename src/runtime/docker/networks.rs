//! The network of a broker's containers: theirs alone, in which they do not reach each other.

use std::collections::HashMap;

use bollard::{
    models::NetworkCreateRequest,
    query_parameters::{InspectNetworkOptions, ListNetworksOptionsBuilder},
};

use super::{BROKER, Docker, ENDING, EngineError, QUICK, SLOW};

/// Whether containers of a bridge network may talk to each other.
const BETWEEN: &str = "com.docker.network.bridge.enable_icc";

impl Docker {
    /// The name of the network, which is made where it is not there. Asked of the engine each time: whoever tidies up
    /// there (`docker network prune`) takes a network that is empty for the moment.
    pub(super) async fn network(&self) -> Result<String, EngineError> {
        let name = self.network_name();
        // Two at a time would make two: old engines take a name twice.
        let _making = self.0.networking.lock().await;
        let found = self
            .ask(QUICK, |docker| {
                let name = name.clone();
                async move { docker.inspect_network(&name, None::<InspectNetworkOptions>).await }
            })
            .await;
        match found {
            Ok(_) => return Ok(name),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
        let request = NetworkCreateRequest {
            name: name.clone(),
            driver: Some("bridge".into()),
            options: Some(HashMap::from([(BETWEEN.to_owned(), "false".to_owned())])),
            labels: Some(HashMap::from([(BROKER.to_owned(), self.0.broker.clone())])),
            ..NetworkCreateRequest::default()
        };
        let made = self
            .ask(SLOW, |docker| async move { docker.create_network(request).await })
            .await;
        match made {
            Ok(_) => {
                tracing::debug!(network = name, "a network for containers was made");
                Ok(name)
            }
            Err(EngineError::Refused { message, .. }) => Err(EngineError::NoNetwork { message }),
            Err(error) => Err(error),
        }
    }

    /// Removes the network, also one that an earlier run left, unless a container is in it still. An engine that
    /// nothing was asked of is not asked now.
    pub(crate) async fn remove_network(&self) {
        let is_known = self.0.connection.lock().is_some();
        if !is_known || !self.0.leftovers.lock().is_empty() {
            return;
        }
        if let Err(error) = self.try_remove_network().await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the network of the containers stays"
            );
        }
    }

    async fn try_remove_network(&self) -> Result<(), EngineError> {
        let filters = HashMap::from([("label", vec![format!("{BROKER}={}", self.0.broker)])]);
        let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
        let networks = self
            .ask(QUICK, |docker| async move {
                docker.list_networks(Some(options)).await
            })
            .await?;
        for id in networks.into_iter().filter_map(|network| network.id) {
            let removed = self
                .ask(ENDING, |docker| async move { docker.remove_network(&id).await })
                .await;
            match removed {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn network_name(&self) -> String {
        format!("berth-{}", &self.0.broker[..12])
    }
}
