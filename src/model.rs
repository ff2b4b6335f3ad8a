//! The words that every part of berth shares: plain data, no input or output.
//!
//! Constructors hold the invariants, so that code further in takes a [`ConnectorName`] and need not look again.
//! Parsing fails with [`Invalid`], whose text says what is wrong and what would be right.

mod address;
mod causes;
mod connection;
mod digest;
mod discovered;
mod duration;
mod found;
mod ids;
mod image;
mod mapping;
mod names;
mod nearest;
mod package;
mod platform;
mod principal;
mod provider;
mod pypi;
mod release;
mod request;
mod run;
mod scope;
mod since;
mod spec;
mod step;
mod template;
mod text;
mod token_kind;
mod tools;
mod values;
mod variable;

pub(crate) use address::{Address, Values};
pub(crate) use causes::with_causes;
pub(crate) use connection::{ConnectionState, Trouble};
pub(crate) use digest::Digest;
pub(crate) use discovered::Discovered;
pub(crate) use duration::duration;
pub(crate) use found::{Found, FoundIssuer, FoundResource, Tried};
pub(crate) use ids::{
    AuditId, ClientId, ConnectorId, ConsentId, GrantId, ProviderId, ReleaseId, TokenId, TrustId, UserId,
};
pub(crate) use image::{ArtifactReference, ImageReference};
pub(crate) use mapping::{HeaderField, Mapping, Placement};
pub(crate) use names::{ConnectorName, EnvName, GroupName, Invalid, ProviderName, UserName};
pub(crate) use nearest::nearest;
pub(crate) use package::{PackageSpec, is_version};
pub(crate) use platform::Platform;
pub(crate) use principal::{Caller, ClientConsent, Operator, Role, Roles};
pub(crate) use provider::{
    ClientAuth, FIELDS, GrantType, Owner, Pointer, ProviderSettings, Rotation, TokenBody, TokenField,
};
pub(crate) use pypi::{PythonSpec, is_python_version, is_same_version, normalised};
pub(crate) use release::{Failure, Probe, State};
pub(crate) use request::{Peer, RequestId};
pub(crate) use run::{Bytes, Cpus, HeaderPrefix, Root, Run, Seconds};
pub(crate) use scope::{Extent, TokenScope};
pub(crate) use since::Since;
pub(crate) use spec::{Source, Spec, Transport};
pub(crate) use step::{Step, StepVerdict};
pub(crate) use template::{TOKEN_FIELDS, Template, unknown_field};
pub(crate) use token_kind::{TOKEN_PREFIX, TokenKind};
pub(crate) use tools::{ToolChanges, ToolPattern, ToolRules};
pub(crate) use values::{LARGEST_ENVIRONMENT, ValueKind, check_value, unfit_for_header};
pub(crate) use variable::{Variable, VariableName};

/// Milliseconds since the Unix epoch: how instants are stored and compared.
pub(crate) type Millis = i64;

/// The present, by the machine's wall clock.
pub(crate) fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}
