//! What is deployed, packed, beside what the broker has of it: as far as a deploy and a plan go together.

use super::{
    ConnectorArgs, Plan,
    described::{self, Settings},
    image,
};
use crate::{
    cli::{context::Context, error::CmdError},
    client::Client,
    model::{ConnectorName, EnvName, Source, Spec},
    package::Artifact,
    wire::{ConnectorView, DeployRequest},
};

#[derive(Debug)]
pub(in crate::cli) struct Prepared {
    pub(in crate::cli) client: Client,
    pub(in crate::cli) name: ConnectorName,
    pub(super) plan: Plan,
    pub(super) present: Option<ConnectorView>,
    pub(super) source: Source,
    pub(in crate::cli) artifact: Option<Artifact>,
}

impl Prepared {
    pub(in crate::cli) async fn of(ctx: &Context, args: ConnectorArgs) -> Result<Self, CmdError> {
        ctx.ui.part("Package");
        let mut plan = Plan::of(ctx, args).await?;
        let client = ctx.client()?;
        let name = plan.name.value.clone();
        let (present, packed) = tokio::join!(present(&client, &name), packed(ctx, &client, &mut plan));
        let (present, (source, artifact)) = (present?, packed?);
        Ok(Self {
            client,
            name,
            plan,
            present,
            source,
            artifact,
        })
    }

    /// Shows what is meant, and what of it has no effect.
    pub(in crate::cli) fn tell(&self, ctx: &Context) {
        let lines = self.plan.lines(
            &self.client,
            &self.source,
            self.artifact.as_ref(),
            self.present.as_ref(),
        );
        for line in lines {
            ctx.ui.say(line);
        }
        for name in self.overridden() {
            ctx.ui.warn(format!(
                "{name} stays what `berth env` made it: that wins over -e, `berth env unset {} {name}` takes it away",
                self.name
            ));
        }
    }

    /// What the broker is asked for. The secrets go with it.
    pub(in crate::cli) fn request(&mut self) -> DeployRequest {
        DeployRequest {
            spec: Spec {
                source: self.source.clone(),
                transport: self.plan.transport.value.clone(),
                settings: self.plan.settings.clone(),
                run: self.plan.run.clone(),
            },
            force: false,
            dry_run: false,
            secrets: std::mem::take(&mut self.plan.secrets),
        }
    }

    /// How what the manifest describes differs from what is set.
    pub(super) async fn settings(&self, ctx: &Context) -> Result<Settings, CmdError> {
        let is_there = self.present.is_some();
        let sections = &self.plan.sections;
        let compared = sections.compare(ctx, &self.client, &self.name, is_there);
        compared.await.map_err(described::forbidden)
    }

    /// The number of the release that serves.
    pub(super) fn serving(&self) -> Option<i64> {
        let live = self.present.as_ref()?.live.as_ref()?;
        Some(live.number)
    }

    /// Whether a person should have a look first: at a new name, or when something of another kind is replaced.
    pub(super) fn deserves_a_question(&self) -> bool {
        match self
            .present
            .as_ref()
            .and_then(|connector| connector.live.as_ref())
        {
            None => true,
            Some(live) => !live.source.starts_with(self.source.kind().as_str()),
        }
    }

    /// The settings in whose place a value of the connector stands.
    fn overridden(&self) -> Vec<&EnvName> {
        let is_overridden = |name: &&EnvName| {
            self.present.as_ref().is_some_and(|present| {
                let values = [&present.values, &present.secrets, &present.per_user];
                values.into_iter().flatten().any(|value| value == *name)
            })
        };
        self.plan.settings.keys().filter(is_overridden).collect()
    }
}

/// The source as the broker is told it, and what has to be sent for it.
async fn packed(
    ctx: &Context,
    client: &Client,
    plan: &mut Plan,
) -> Result<(Source, Option<Artifact>), CmdError> {
    let artifact = plan.source.value.pack(ctx).await?;
    match plan.source.value.told(artifact.as_ref()) {
        Some(source) => Ok((source, artifact)),
        None => image::prepare(ctx, client, &plan.name.value, &plan.source.value).await,
    }
}

async fn present(client: &Client, name: &ConnectorName) -> Result<Option<ConnectorView>, CmdError> {
    match client.connector(name).await {
        Ok(connector) => Ok(Some(connector)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
