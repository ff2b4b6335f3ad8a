//! What is looked at: a source, made startable as a broker would.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
};

use bytes::Bytes;

use super::{Check, STARTS, bench::Bench, image, own_oauth::Met};
use crate::{
    cli::{
        context::Context,
        deploy::Plan,
        error::{CmdError, Kind},
        source::Wanted,
    },
    mcp::ClientSide,
    model::{ConnectorId, EnvName, ReleaseId, Run, Source, StepVerdict, Transport, with_causes},
    package::Artifact,
    resolve::{ResolveError, Resolved},
    runtime::{EngineError, Launch, TokenFiles},
    secret::Secret,
};

/// What is looked at.
pub(super) struct Subject {
    pub(super) resolved: Resolved,
    env: Vec<(String, Secret<String>)>,
    run: Run,
    connector: ConnectorId,
    /// What was found before it runs.
    pub(super) checks: Vec<Check>,
    /// Whether its files can't be seen from here.
    opaque: bool,
    /// The folder that an image was built in.
    context: Option<PathBuf>,
    /// What to say when an image does not run that is for another platform than the engine here.
    foreign: Option<String>,
    /// A path of the command that is a file here, and not where the command runs.
    misplaced: Option<String>,
    /// What an http connector answered to somebody without credentials.
    pub(super) met: RefCell<Option<Met>>,
}

impl Bench {
    /// Installs, unpacks, pulls or builds what the plan names, as a broker would.
    pub(super) async fn prepare(&self, ctx: &Context, plan: &mut Plan) -> Result<Subject, CmdError> {
        let mut variables: BTreeMap<EnvName, Secret<String>> = plan
            .settings
            .iter()
            .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
            .collect();
        variables.extend(
            plan.secrets
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let mut subject = Subject {
            resolved: Resolved {
                argv: Vec::new(),
                directory: None,
                pinned: None,
                integrity: None,
                artifact: None,
                image: None,
                root: None,
            },
            env: variables
                .into_iter()
                .map(|(name, value)| (name.as_str().to_owned(), value))
                .collect(),
            run: plan.run.clone(),
            connector: ConnectorId::random(),
            checks: Vec::new(),
            opaque: false,
            context: None,
            foreign: None,
            misplaced: None,
            met: RefCell::default(),
        };
        let wanted = &mut plan.source.value;
        if let Wanted::Image { .. } | Wanted::Dockerfile { .. } = wanted {
            let image = image::prepare(ctx, self, wanted).await?;
            subject.resolved.image = Some(image.id);
            subject.resolved.argv = image.args;
            subject.checks = image.checks;
            subject.opaque = image.context.is_none();
            subject.context = image.context;
            subject.foreign = image.foreign;
            return Ok(subject);
        }
        if let Wanted::Command { command } = wanted {
            subject.misplaced = misplaced(command);
        }
        let source = self.source(ctx, wanted).await?;
        let resolved = self.resolve(ctx, &source, "installing").await;
        subject.resolved = resolved.map_err(|error| unresolved(&error))?;
        Ok(subject)
    }

    /// Has the engine pull the image, and answers its id there. The image goes when the bench is closed.
    pub(super) async fn pull(&self, ctx: &Context, reference: &str) -> Result<String, CmdError> {
        self.pulled.set(true);
        let source = Source::Image {
            reference: reference.to_owned(),
            artifact: None,
            args: Vec::new(),
        };
        let resolved = self.resolve(ctx, &source, "pulling").await;
        let resolved = resolved.map_err(|error| not_pulled(&error, reference))?;
        resolved
            .image
            .ok_or_else(|| CmdError::new(Kind::Build, format!("{reference} is no image")))
    }

    async fn resolve(
        &self,
        ctx: &Context,
        source: &Source,
        doing: &'static str,
    ) -> Result<Resolved, ResolveError> {
        let spinner = ctx.ui.spinner(doing.to_owned());
        let resolved = async {
            self.resolver.preflight(source).await?;
            self.resolver.resolve(source).await
        };
        let resolved = resolved.await;
        spinner.finish_and_clear();
        resolved
    }

    /// The source as a broker would be told it; a bundle's artifact is where a broker would have it then.
    async fn source(&self, ctx: &Context, wanted: &mut Wanted) -> Result<Source, CmdError> {
        let packed = wanted.pack(ctx).await?;
        if let Some(artifact) = &packed {
            self.keep(artifact).await?;
        }
        wanted.told(packed.as_ref()).ok_or_else(|| {
            let message = format!("{} can't be run from here", wanted.describe());
            CmdError::new(Kind::Build, message)
        })
    }

    /// Puts an artifact where a broker would have it.
    async fn keep(&self, artifact: &Artifact) -> Result<(), CmdError> {
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
            CmdError::new(Kind::Failed, "the bundle can't be unpacked here").with_source(error)
        };
        for blob in &artifact.blobs {
            let reader = blob.reader(0).map_err(|error| broken(error.into()))?;
            let stream = futures_util::stream::iter(chunks(reader));
            self.blobs
                .put(Some(&blob.digest), u64::MAX, stream)
                .await
                .map_err(|error| broken(error.into()))?;
        }
        let manifest = Bytes::from(artifact.manifest.clone());
        self.blobs
            .put_bytes(manifest)
            .await
            .map_err(|error| broken(error.into()))?;
        Ok(())
    }
}

impl Subject {
    pub(super) fn launch(&self, release: ReleaseId, transport: &Transport, client: &ClientSide) -> Launch {
        Launch {
            run: self.run.clone(),
            connector: self.connector.clone(),
            #[allow(clippy::expect_used, reason = "a constant that is a name")]
            name: "checked".parse().expect("it is a name"),
            release,
            number: 1,
            argv: self.resolved.argv.clone(),
            image: self.resolved.image.clone(),
            artifact: self.resolved.artifact.clone(),
            root: None,
            directory: self.resolved.directory.clone(),
            env: self.env.clone(),
            transport: transport.clone(),
            tokens: TokenFiles::default(),
            client: client.clone(),
        }
    }

    /// Whether nothing can be told from its files.
    pub(super) fn is_opaque(&self) -> bool {
        self.opaque
    }

    /// Says more about a start that failed, where there is more to say.
    pub(super) fn explain(&self, start: &mut Check) {
        if start.verdict != StepVerdict::Failed {
            return;
        }
        if let Some(foreign) = &self.foreign {
            *start = Check::skipped(STARTS, format!("{foreign}: {}", start.detail));
        }
        if let Some(path) = &self.misplaced {
            start.hint = format!(
                "a command runs in a folder of its own, where there is no {path}: send the files along, with --bundle \
                 FOLDER, or give the full path that it has on the broker's machine"
            );
        }
    }

    /// Folders with the connector's files: where it is started, and where the program lies that is started.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        if self.resolved.image.is_some() {
            return self.context.iter().cloned().collect();
        }
        let mut folders: Vec<PathBuf> = self.resolved.directory.iter().cloned().collect();
        for word in self
            .resolved
            .argv
            .iter()
            .map(Path::new)
            .filter(|word| word.is_absolute())
        {
            let installed = |folder: &&Path| {
                ["node_modules", "site-packages"]
                    .iter()
                    .any(|name| folder.ends_with(name))
            };
            if let Some(parent) = word.ancestors().filter(installed).last().and_then(Path::parent) {
                folders.push(parent.to_owned());
            }
        }
        folders.dedup();
        folders
    }
}

/// A path in a command that would be found only from the current folder.
fn misplaced(command: &[String]) -> Option<String> {
    let is_here = |(index, word): &(usize, &String)| {
        let path = Path::new(word);
        // A program without a slash is looked for in the PATH.
        let is_path = *index > 0 || word.contains('/');
        is_path && path.is_relative() && path.is_file()
    };
    let found = command.iter().enumerate().find(is_here);
    found.map(|(_, word)| word.clone())
}

/// The bytes of a reader of a local file, a piece at a time.
fn chunks(mut reader: impl Read) -> impl Iterator<Item = io::Result<Bytes>> {
    std::iter::from_fn(move || {
        let mut chunk = vec![0; 256 * 1024];
        match reader.read(&mut chunk) {
            Ok(0) => None,
            Ok(length) => {
                chunk.truncate(length);
                Some(Ok(chunk.into()))
            }
            Err(error) => Some(Err(error)),
        }
    })
}

fn unresolved(error: &ResolveError) -> CmdError {
    CmdError::new(Kind::Build, with_causes(error))
        .with_hint(error.hint())
        .with_detail("stderr", error.stderr().to_vec())
}

/// The engine is asked as a broker's would be, but it is the one here.
fn not_pulled(error: &ResolveError, reference: &str) -> CmdError {
    let (message, hint) = match error {
        ResolveError::Engine(EngineError::OtherPlatform { image, engine, .. }) => (
            format!("the image {reference} is for {image}, and the Docker Engine here runs {engine}"),
            format!("build it for {engine} as well, or check it on a machine for {image}"),
        ),
        ResolveError::Engine(EngineError::ImageNotFound { .. }) => (
            with_causes(error),
            "check the spelling and the tag; `docker images` lists what the Docker Engine here has"
                .to_owned(),
        ),
        ResolveError::Engine(_) => (
            with_causes(error),
            format!(
                "get it by `docker pull {reference}`: what the Docker Engine here has is checked without its registry"
            ),
        ),
        _ => (with_causes(error), error.hint().to_owned()),
    };
    CmdError::new(Kind::Build, message).with_hint(hint)
}
