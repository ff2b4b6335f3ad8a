//! What one release would change of another.

use std::collections::BTreeSet;

use crate::{
    model::{EnvName, Run, Source, Spec, ValueKind},
    secret::Secret,
    store::{Secrets, Value, Values},
};

/// One thing that differs. `from` and `to` are texts for people; secrets have neither.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Such as `source`, `transport`, `env.REGION` or `secret.KEY`.
    pub(crate) what: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// What of `old` is different in `new`.
pub(super) fn of_specs(old: &Spec, new: &Spec) -> Vec<Difference> {
    let mut found = Vec::new();
    if old.source != new.source {
        found.push(changed("source", source(&old.source), source(&new.source)));
    }
    if old.transport != new.transport {
        found.push(changed(
            "transport",
            old.transport.describe(),
            new.transport.describe(),
        ));
    }
    let (from, to) = (run(&old.run), run(&new.run));
    let mut names: Vec<&String> = from.keys().chain(to.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    found.extend(
        names
            .into_iter()
            .filter(|name| from.get(*name) != to.get(*name))
            .map(|name| Difference {
                what: name.clone(),
                from: from.get(name).map(text),
                to: to.get(name).map(text),
            }),
    );
    let settings = old.settings.keys().chain(new.settings.keys());
    let names: BTreeSet<&EnvName> = settings.collect();
    for name in names {
        let (from, to) = (old.settings.get(name), new.settings.get(name));
        if from != to {
            found.push(Difference {
                what: format!("env.{name}"),
                from: from.cloned(),
                to: to.cloned(),
            });
        }
    }
    found
}

/// The secrets of `given` that `old` has not, or has with other values.
pub(super) fn of_given(old: &Values, given: &Secrets) -> Vec<Difference> {
    let is_new = |(name, new): &(&EnvName, &Secret<String>)| {
        let value = Value::Secret(Secret::clone(new));
        old.get(*name).is_none_or(|old| !old.is_same(&value))
    };
    let names = given.iter().filter(is_new).map(|(name, _)| name);
    names.map(|name| unseen("secret", name)).collect()
}

/// The values that differ between two whole sets.
pub(super) fn of_values(old: &Values, new: &Values) -> Vec<Difference> {
    let names: BTreeSet<&EnvName> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let (from, to) = (old.get(name), new.get(name));
        if let (Some(from), Some(to)) = (from, to)
            && from.is_same(to)
        {
            continue;
        }
        let kind = |value: Option<&Value>| value.map(Value::kind);
        // Of another kind: the old one goes, and the new one comes.
        if kind(from) != kind(to) {
            found.extend(from.map(|from| of_value(name, Some(from), None)));
            found.extend(to.map(|to| of_value(name, None, Some(to))));
        } else {
            found.push(of_value(name, from, to));
        }
    }
    found
}

fn of_value(name: &EnvName, from: Option<&Value>, to: Option<&Value>) -> Difference {
    let text = |value: Option<&Value>| value.map(|value| value.text().expose().clone());
    match from.or(to).map(Value::kind) {
        Some(ValueKind::Plain) => Difference {
            what: format!("env.{name}"),
            from: text(from),
            to: text(to),
        },
        Some(ValueKind::PerUser) => Difference {
            what: format!("per-user.{name}"),
            from: text(from),
            to: text(to),
        },
        Some(ValueKind::Secret) | None => unseen("secret", name),
    }
}

/// That a range of versions means another version by now.
pub(super) fn of_version(pinned: Option<&str>) -> Difference {
    Difference {
        what: "version".to_owned(),
        from: pinned.map(str::to_owned),
        to: Some("what its registry names now".to_owned()),
    }
}

/// How a release runs, by the names that people type.
fn run(run: &Run) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(run) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    }
}

/// That something differs whose values are not told.
fn unseen(kind: &str, name: &EnvName) -> Difference {
    Difference {
        what: format!("{kind}.{name}"),
        from: None,
        to: None,
    }
}

fn changed(what: &str, from: String, to: String) -> Difference {
    Difference {
        what: what.to_owned(),
        from: Some(from),
        to: Some(to),
    }
}

/// The source with everything that can differ in it.
fn source(source: &Source) -> String {
    let (words, scripts): (&[String], _) = match source {
        Source::Image { args, .. } => (args, false),
        Source::Npx {
            args, allow_scripts, ..
        }
        | Source::Uvx {
            args, allow_scripts, ..
        } => (args, *allow_scripts),
        Source::Bundle { start, .. } => (start, false),
        // Its words are its description.
        Source::Command { .. } => (&[], false),
    };
    let mut text = source.describe();
    if let Source::Image {
        artifact: Some(artifact),
        ..
    } = source
    {
        text.push_str(&format!(" ({})", artifact.hex().get(..12).unwrap_or_default()));
    }
    if !words.is_empty() {
        text.push_str(" · ");
        text.push_str(&words.join(" "));
    }
    if scripts {
        text.push_str(" · with install scripts");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn spec(json: serde_json::Value) -> Spec {
        serde_json::from_value(json).unwrap()
    }

    fn secrets(pairs: &[(&str, &str)]) -> Secrets {
        let pair = |(name, value): &(&str, &str)| (name.parse().unwrap(), Secret::new((*value).to_owned()));
        pairs.iter().map(pair).collect()
    }

    fn told(found: &[Difference]) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        found
            .iter()
            .map(|d| format!("{}: {} → {}", d.what, text(&d.from), text(&d.to)))
            .collect()
    }

    #[test]
    fn each_kind_of_change_is_told_by_name() {
        let old = spec(serde_json::json!({
            "source": {"kind": "npx", "package": "time@1", "args": ["--a"]},
            "transport": {"kind": "stdio"},
            "settings": {"A": "1", "B": "2", "SAME": "x"},
        }));
        let new = spec(serde_json::json!({
            "source": {"kind": "npx", "package": "time@1", "args": ["--b"], "allow_scripts": true},
            "transport": {"kind": "http", "path": "/mcp", "port": 8080},
            "settings": {"B": "3", "C": "4", "SAME": "x"},
        }));
        assert_eq!(
            told(&of_specs(&old, &new)),
            [
                "source: npx time@1 · --a → npx time@1 · --b · with install scripts",
                "transport: stdio → http at :8080/mcp",
                "env.A: 1 → -",
                "env.B: 2 → 3",
                "env.C: - → 4",
            ]
        );
        assert!(of_specs(&old, &old).is_empty());
    }

    #[test]
    fn secrets_are_told_without_values() {
        let values = |pairs: &[(&str, &str)]| -> Values {
            let secrets = secrets(pairs).into_iter();
            secrets
                .map(|(name, secret)| (name, Value::Secret(secret)))
                .collect()
        };
        let old = values(&[("A", "canary"), ("B", "canary")]);
        let new = values(&[("A", "other"), ("C", "canary")]);
        let whole = told(&of_values(&old, &new));
        assert_eq!(whole, ["secret.A: - → -", "secret.B: - → -", "secret.C: - → -"]);
        let given = told(&of_given(&old, &secrets(&[("B", "canary"), ("A", "other")])));
        assert_eq!(given, ["secret.A: - → -"], "those that are not given stay");
        assert!(of_values(&old, &old).is_empty());
    }

    #[test]
    fn a_value_of_another_kind_is_told_twice() {
        let text = |text: &str| Secret::new(text.to_owned());
        let name: EnvName = "A".parse().unwrap();
        let kinds: [Values; 3] = [
            [(name.clone(), Value::Plain(text("1")))].into(),
            [(name.clone(), Value::Secret(text("canary")))].into(),
            [(name, Value::PerUser(text("your key")))].into(),
        ];
        assert_eq!(
            told(&of_values(&kinds[0], &kinds[1])),
            ["env.A: 1 → -", "secret.A: - → -"]
        );
        assert_eq!(
            told(&of_values(&kinds[1], &kinds[2])),
            ["secret.A: - → -", "per-user.A: - → your key"]
        );
    }
}
