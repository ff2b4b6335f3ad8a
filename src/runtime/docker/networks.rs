//! The network of a broker's containers: theirs alone, in which they do not reach each other.
//!
//! What leaves it is the engine's business: containers reach the internet and private networks, and what listens on all
//! addresses of the engine's machine, by the network's gateway; rules of that machine's firewall (its DOCKER-USER chain)
//! can keep them from there. The broker itself takes no connection from its containers.

use std::{collections::HashMap, net::IpAddr};

use bollard::{
    models::{IpamConfig, NetworkCreateRequest},
    query_parameters::{InspectNetworkOptions, ListNetworksOptionsBuilder},
};

use super::{BROKER, Docker, ENDING, EngineError, QUICK, SLOW};

/// Whether containers of a bridge network may talk to each other.
const BETWEEN: &str = "com.docker.network.bridge.enable_icc";

/// The addresses of a network's containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subnet {
    /// In bits, any of its addresses.
    base: u128,
    /// How many of the bits are not the network's.
    host_bits: u32,
    is_v4: bool,
    /// The engine's machine.
    gateway: Option<IpAddr>,
}

impl Docker {
    /// Whether connections from `address` are those of this broker's containers, as far as it has made any.
    pub(in crate::runtime) fn is_container(&self, address: IpAddr) -> bool {
        self.0.subnets.lock().iter().any(|subnet| subnet.has(address))
    }

    /// The name of the network, which is made where it is not there. Asked of the engine each time: whoever tidies up
    /// there (`docker network prune`) takes a network that is empty for the moment.
    pub(super) async fn network(&self) -> Result<String, EngineError> {
        let name = self.network_name();
        // Two at a time would make two: old engines take a name twice.
        let _making = self.0.networking.lock().await;
        match self.learn(&name).await {
            Ok(()) => return Ok(name),
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
                self.learn(&name).await.map(|()| name)
            }
            Err(EngineError::Refused { message, .. }) => Err(EngineError::NoNetwork { message }),
            Err(error) => Err(error),
        }
    }

    /// Keeps the network's addresses, before anything has one of them.
    pub(super) async fn learn(&self, name: &str) -> Result<(), EngineError> {
        let network = self
            .ask(QUICK, |docker| async move {
                docker.inspect_network(name, None::<InspectNetworkOptions>).await
            })
            .await?;
        let configured = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
        *self.0.subnets.lock() = configured.iter().filter_map(Subnet::of).collect();
        Ok(())
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

impl Subnet {
    fn of(config: &IpamConfig) -> Option<Self> {
        let (base, length) = config.subnet.as_deref()?.split_once('/')?;
        let (base, length): (IpAddr, u32) = (base.parse().ok()?, length.parse().ok()?);
        let (base, all, is_v4) = bits(base);
        Some(Self {
            base,
            host_bits: all.checked_sub(length)?,
            is_v4,
            gateway: config.gateway.as_ref().and_then(|gateway| gateway.parse().ok()),
        })
    }

    fn has(&self, address: IpAddr) -> bool {
        let (bits, _, is_v4) = bits(address);
        let network = |bits: u128| bits.checked_shr(self.host_bits).unwrap_or_default();
        is_v4 == self.is_v4 && network(bits) == network(self.base) && self.gateway != Some(address)
    }
}

/// An address as a number, how many bits that has, and whether it is of IPv4.
fn bits(address: IpAddr) -> (u128, u32, bool) {
    match address {
        IpAddr::V4(address) => (address.to_bits().into(), 32, true),
        IpAddr::V6(address) => (address.to_bits(), 128, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_has_its_containers_and_not_its_gateway() {
        let subnet = |subnet: &str, gateway: &str| {
            Subnet::of(&IpamConfig {
                subnet: Some(subnet.into()),
                gateway: Some(gateway.into()),
                ..IpamConfig::default()
            })
        };
        let four = subnet("172.19.0.0/16", "172.19.0.1").unwrap();
        let six = subnet("fd00:1::/64", "fd00:1::1").unwrap();
        let all = subnet("::/0", "").unwrap();
        let has = |subnet: Subnet, address: &str| subnet.has(address.parse().unwrap());
        assert!(has(four, "172.19.0.2") && has(four, "172.19.255.254"));
        assert!(has(six, "fd00:1::2") && has(all, "fd00:1::2"));
        for (subnet, address) in [
            (four, "172.19.0.1"),
            (four, "172.20.0.2"),
            (four, "127.0.0.1"),
            (four, "::172.19.0.2"),
            (six, "fd00:1::1"),
            (six, "fd00:2::2"),
            (all, "172.19.0.2"),
        ] {
            assert!(!has(subnet, address), "{subnet:?} {address}");
        }
        assert_eq!(subnet("172.19.0.0/33", ""), None);
        assert_eq!(subnet("none", ""), None);
    }
}
