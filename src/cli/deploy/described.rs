//! What a manifest describes besides its release, beside what is set: how they differ, and how the one becomes the
//! other.

use crate::{
    cli::{
        context::Context,
        error::{CmdError, Kind},
        oauth,
    },
    client::Client,
    manifest::{Access, Manifest, OAuthSection, Tools},
    model::{ConnectorName, ToolChanges, ToolPattern},
    wire::{AccessRule, Change, OAuthUpdate},
};

/// The sections of a manifest.
#[derive(Debug, Clone, Default)]
pub(super) struct Sections {
    oauth: Vec<OAuthSection>,
    access: Option<Access>,
    tools: Option<Tools>,
}

/// What makes the settings those of the sections.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) changes: Vec<Change>,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Access(AccessRule),
    Tools(ToolChanges),
    OAuth(Box<OAuthUpdate>),
}

impl Sections {
    pub(super) fn of(manifest: &Manifest) -> Self {
        Self {
            oauth: manifest.oauth.clone(),
            access: manifest.access.clone(),
            tools: manifest.tools.clone(),
        }
    }

    /// How they differ from what is set. Where there is no connector yet, all of it is new.
    pub(super) async fn compare(
        &self,
        ctx: &Context,
        client: &Client,
        name: &ConnectorName,
        is_there: bool,
    ) -> Result<Settings, CmdError> {
        let mut settings = Settings::default();
        if let Some(access) = &self.access {
            let present = match is_there {
                true => Some(client.access(name).await?),
                false => None,
            };
            settings.access(present, access);
        }
        if let Some(tools) = &self.tools {
            let (allow, hide) = match is_there {
                true => client.tools(name).await.map(|view| (view.allow, view.hide))?,
                false => Default::default(),
            };
            settings.tools((allow.into_iter().collect(), hide.into_iter().collect()), tools);
        }
        for section in &self.oauth {
            let (changes, update) = oauth::of_section(ctx, client, name, section).await?;
            let provider = match (self.oauth.len(), &update.provider) {
                (2.., Some(provider)) => format!("{provider}."),
                _ => String::new(),
            };
            let named = |(setting, from, to): (&str, String, String)| Change {
                what: format!("oauth.{provider}{setting}"),
                from: (!from.is_empty()).then_some(from),
                to: (!to.is_empty()).then_some(to),
            };
            if !changes.is_empty() {
                settings.steps.push(Step::OAuth(Box::new(update)));
                settings.changes.extend(changes.into_iter().map(named));
            }
        }
        Ok(settings)
    }
}

impl Settings {
    fn access(&mut self, present: Option<AccessRule>, wanted: &Access) {
        let wanted = AccessRule {
            everyone: wanted.everyone,
            users: wanted.users.clone(),
            groups: wanted.groups.clone(),
        };
        let (from, to) = (present.as_ref().map(in_words), in_words(&wanted));
        if from.as_ref() != Some(&to) {
            self.changes.push(Change {
                what: "access".to_owned(),
                from,
                to: Some(to),
            });
            self.steps.push(Step::Access(wanted));
        }
    }

    fn tools(&mut self, present: (Vec<ToolPattern>, Vec<ToolPattern>), wanted: &Tools) {
        let sides = [
            ("tools.allow", &present.0, &wanted.allow),
            ("tools.hide", &present.1, &wanted.hide),
        ];
        let before = self.changes.len();
        for (what, is, would_be) in sides {
            let (from, to) = (listed(is), listed(would_be));
            if from != to {
                self.changes.push(Change {
                    what: what.to_owned(),
                    from,
                    to,
                });
            }
        }
        if self.changes.len() > before {
            self.steps.push(Step::Tools(ToolChanges {
                reset: true,
                allow: wanted.allow.iter().cloned().collect(),
                hide: wanted.hide.iter().cloned().collect(),
                ..ToolChanges::default()
            }));
        }
    }

    /// Sets who may use it and which tools are offered: before there is a release that they are to hold for, so that
    /// it never serves anybody without them.
    pub(super) async fn guard(&mut self, client: &Client, name: &ConnectorName) -> Result<(), CmdError> {
        let is_guard = |step: &mut Step| matches!(step, Step::Access(_) | Step::Tools(_));
        for step in self.steps.extract_if(.., is_guard) {
            step.take(client, name).await.map_err(|mut error| {
                error.message = format!("no release was made: {}", error.message);
                forbidden(error)
            })?;
        }
        Ok(())
    }

    /// Sets what is left, where its users are sent, if the release `serves` by now. Answers what was set in all.
    pub(super) async fn apply(
        mut self,
        ctx: &Context,
        client: &Client,
        name: &ConnectorName,
        serves: bool,
    ) -> Result<Vec<Change>, CmdError> {
        if !serves && !self.steps.is_empty() {
            ctx.ui
                .warn("the [oauth] of berth.toml is not set yet: deploy it again once the release serves");
            self.steps.clear();
            self.changes.retain(|change| !change.what.starts_with("oauth."));
        }
        for step in self.steps {
            step.take(client, name).await.map_err(|mut error| {
                error.message = format!(
                    "the release serves, and not all of its settings are set: {}",
                    error.message
                );
                forbidden(error)
            })?;
        }
        if !self.changes.is_empty() {
            ctx.ui.say("Settings: those of berth.toml are set.");
        }
        Ok(self.changes)
    }
}

impl Step {
    async fn take(self, client: &Client, name: &ConnectorName) -> Result<(), CmdError> {
        match self {
            Self::Access(rule) => client.set_access(name, &rule).await.map(drop),
            Self::Tools(changes) => client.set_tools(name, &changes).await.map(drop),
            Self::OAuth(update) => client.set_oauth(name, &update).await.map(drop),
        }
        .map_err(CmdError::from)
    }
}

/// Says why whoever may deploy may not do this.
pub(super) fn forbidden(error: CmdError) -> CmdError {
    match error.kind {
        Kind::Forbidden => error.with_hint(
            "[oauth], [access] and [tools] of berth.toml take the role admin, and a token for configure:NAME if it is limited; take them out to deploy without",
        ),
        _ => error,
    }
}

/// In one order, whatever order they were named in.
fn in_words(rule: &AccessRule) -> String {
    if rule.everyone {
        return "everyone".to_owned();
    }
    let mut who: Vec<String> = rule.users.iter().map(|user| format!("user {user}")).collect();
    who.extend(rule.groups.iter().map(|group| format!("group {group}")));
    who.sort();
    match who.is_empty() {
        true => "nobody".to_owned(),
        false => who.join(", "),
    }
}

fn listed(patterns: &[ToolPattern]) -> Option<String> {
    let mut patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    patterns.sort();
    patterns.dedup();
    (!patterns.is_empty()).then(|| patterns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_already_is_left_alone() {
        let manifest: Manifest =
            "[access]\nusers = [\"b\", \"a\"]\ngroups = [\"g\"]\n[tools]\nhide = [\"x\", \"y\"]"
                .parse()
                .unwrap();
        let sections = Sections::of(&manifest);
        let (access, tools) = (sections.access.unwrap(), sections.tools.unwrap());
        let mut settings = Settings::default();
        settings.access(None, &access);
        settings.tools((vec![], vec!["z".parse().unwrap()]), &tools);
        let line = |change: &Change| format!("{} {:?} {:?}", change.what, change.from, change.to);
        assert_eq!(
            settings.changes.iter().map(line).collect::<Vec<_>>(),
            [
                "access None Some(\"group g, user a, user b\")",
                "tools.hide Some(\"z\") Some(\"x, y\")",
            ]
        );
        assert_eq!(settings.steps.len(), 2);
        let mut same = Settings::default();
        same.access(
            Some(AccessRule {
                everyone: false,
                users: vec!["a".parse().unwrap(), "b".parse().unwrap()],
                groups: vec!["g".parse().unwrap()],
            }),
            &access,
        );
        same.tools((vec![], vec!["y".parse().unwrap(), "x".parse().unwrap()]), &tools);
        assert!(same.changes.is_empty() && same.steps.is_empty());
    }
}
