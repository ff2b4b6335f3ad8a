//! `docker build` and `docker push` to a registry.

use std::{collections::HashMap, env, fs, path::Path, process::Command};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{
    measure::{Step, run},
    tree,
};

/// The dependencies have a layer of their own, so that a change of the application does not push them again.
const DOCKERFILE: &str = "FROM scratch
COPY package.json package-lock.json /app/
COPY node_modules /app/node_modules
COPY . /app
";
const REPOSITORY: &str = "berth-bench-packaging";

pub(crate) struct Engine {
    /// As `docker -H` takes it.
    address: String,
    /// `host:port`, spoken to in plain HTTP.
    registry: String,
}

impl Engine {
    /// The engine and the registry that the environment names, if it names both.
    pub(crate) fn of_environment() -> Option<Self> {
        Some(Self {
            address: env::var("BERTH_BENCH_DOCKER").ok()?,
            registry: env::var("BERTH_BENCH_REGISTRY").ok()?,
        })
    }

    pub(crate) fn measure(&self, tree: &Path, whole: u64) -> anyhow::Result<Vec<Step>> {
        fs::write(tree.join("Dockerfile"), DOCKERFILE)?;
        // Another name each time, or the registry has it from the last time.
        let image = format!("{}/{REPOSITORY}-{}", self.registry, std::process::id());
        let mut known = HashMap::new();
        let measured = self.steps(tree, whole, &image, &mut known);
        for tag in 1..=4 {
            let _ = self.docker(&["rmi", "-f", &format!("{image}:{tag}")]).output();
        }
        measured
    }

    fn steps(
        &self,
        tree: &Path,
        whole: u64,
        image: &str,
        known: &mut HashMap<String, u64>,
    ) -> anyhow::Result<Vec<Step>> {
        let mut step = |name, tag| self.step(name, tree, whole, image, tag, known);
        let mut steps = vec![step("first build and push", 1)?, step("unchanged", 2)?];
        tree::change_a_line(tree)?;
        steps.push(step("one line changed", 3)?);
        tree::add_a_dependency(tree)?;
        steps.push(step("one dependency added", 4)?);
        Ok(steps)
    }

    fn step(
        &self,
        name: &'static str,
        tree: &Path,
        whole: u64,
        image: &str,
        tag: u32,
        known: &mut HashMap<String, u64>,
    ) -> anyhow::Result<Step> {
        let tagged = format!("{image}:{tag}");
        let built = run(self.docker(&["build", "-q", "-t", &tagged]).arg(tree))?;
        let pushed = run(&mut self.docker(&["push", "-q", &tagged]))?;
        Ok(Step {
            name,
            time: built.time + pushed.time,
            bytes: Some(self.new_bytes(image, tag, known)?),
            whole,
            // The engine's memory is another question.
            peak: None,
        })
    }

    fn docker(&self, args: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(["-H", &self.address]).args(args);
        command
    }

    /// The sizes of the layers, as they travelled, that no tag before had.
    fn new_bytes(&self, image: &str, tag: u32, known: &mut HashMap<String, u64>) -> anyhow::Result<u64> {
        let repository = image.split_once('/').context("a registry and a name")?.1;
        let url = format!("http://{}/v2/{repository}/manifests/{tag}", self.registry);
        let accept = "accept: application/vnd.docker.distribution.manifest.v2+json";
        let answer = run(Command::new("curl").args(["-sS", "--fail", "-H", accept, &url]))?;
        let manifest: Value = serde_json::from_str(&answer.stdout)?;
        let layers = manifest["layers"].as_array().context("no layers")?;
        ensure!(!layers.is_empty(), "no layers in {manifest}");
        let mut new = 0;
        for layer in layers {
            let digest = layer["digest"].as_str().context("a layer without a digest")?;
            let size = layer["size"].as_u64().context("a layer without a size")?;
            if known.insert(digest.to_owned(), size).is_none() {
                new += size;
            }
        }
        Ok(new)
    }
}
