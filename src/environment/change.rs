//! What a person changes of a connector's values.

use std::collections::BTreeMap;

use crate::{
    model::{EnvName, Invalid, LARGEST_ENVIRONMENT, ValueKind, check_value},
    secret::Secret,
    store::{Value, Values},
};

/// A change: what is named is set or taken away, what is not stays as it is.
#[derive(Debug, Default)]
pub(crate) struct ValueChanges {
    pub(crate) set: BTreeMap<EnvName, Given>,
    pub(crate) unset: Vec<EnvName>,
}

/// A value as it is given.
#[derive(Debug)]
pub(crate) struct Given {
    /// Absent means: a secret stays a secret, and everything else is plain.
    pub(crate) kind: Option<ValueKind>,
    /// For one that each user gives: what its users are told of it.
    pub(crate) text: Secret<String>,
}

impl ValueChanges {
    /// The whole set after the change. Fails where no process could have it.
    pub(crate) fn apply(&self, old: &Values) -> Result<Values, Invalid> {
        let mut new = old.clone();
        for name in &self.unset {
            new.remove(name);
        }
        for (name, given) in &self.set {
            check_value(name, given.text.expose())?;
            let value = Value::new(given.kind_after(old.get(name)), given.text.clone());
            if matches!(value, Value::Secret(_)) && value.text().expose().is_empty() {
                return Err(Invalid(format!("the secret {name} is empty")));
            }
            new.insert(name.clone(), value);
        }
        for name in self.set.keys() {
            let twin = new.keys().find(|other| *other != name && is_twin(other, name));
            if let Some(twin) = twin {
                return Err(Invalid(format!(
                    "{name} and {twin} differ in case alone: as headers they would be one"
                )));
            }
        }
        let sizes = new
            .iter()
            .map(|(name, value)| name.as_str().len() + value.text().expose().len());
        let size: usize = sizes.sum();
        if size > LARGEST_ENVIRONMENT {
            return Err(Invalid(format!(
                "the connector's values would be {} KiB together: {} is the most that it can be started with",
                size.div_ceil(1024),
                LARGEST_ENVIRONMENT >> 10
            )));
        }
        Ok(new)
    }
}

impl Given {
    fn kind_after(&self, old: Option<&Value>) -> ValueKind {
        let kept = || match old {
            Some(Value::Secret(_)) => ValueKind::Secret,
            _ => ValueKind::Plain,
        };
        self.kind.unwrap_or_else(kept)
    }
}

fn is_twin(one: &EnvName, other: &EnvName) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(set: &[(&str, Option<ValueKind>, &str)], unset: &[&str]) -> ValueChanges {
        let given = |kind: &Option<ValueKind>, text: &str| Given {
            kind: *kind,
            text: Secret::new(text.to_owned()),
        };
        ValueChanges {
            set: set
                .iter()
                .map(|(name, kind, text)| (name.parse().unwrap(), given(kind, text)))
                .collect(),
            unset: unset.iter().map(|name| name.parse().unwrap()).collect(),
        }
    }

    fn told(values: &Values) -> Vec<String> {
        let line = |(name, value): (&EnvName, &Value)| {
            format!("{name} {} {}", value.kind().as_str(), value.text().expose())
        };
        values.iter().map(line).collect()
    }

    #[test]
    fn what_is_not_named_stays() {
        let (plain, secret, own) = (
            Some(ValueKind::Plain),
            Some(ValueKind::Secret),
            Some(ValueKind::PerUser),
        );
        let first = changes(
            &[("A", plain, "1"), ("B", secret, "2"), ("C", own, "your key")],
            &[],
        );
        let first = first.apply(&Values::new()).unwrap();
        let second = changes(
            &[("B", None, "3"), ("C", None, "4"), ("D", None, "")],
            &["A", "X"],
        );
        let second = second.apply(&first).unwrap();
        assert_eq!(
            told(&second),
            ["B secret 3", "C plain 4", "D plain "],
            "a secret stays one"
        );
        let third = changes(&[("B", plain, "4")], &[]).apply(&second).unwrap();
        assert_eq!(told(&third)[0], "B plain 4");
    }

    #[test]
    fn what_no_process_could_have_is_refused() {
        let old = changes(&[("Key", None, "1")], &[]).apply(&Values::new()).unwrap();
        let large = "x".repeat(60 << 10);
        let many: Vec<String> = (0..9).map(|n| format!("N{n}")).collect();
        let many: Vec<_> = many
            .iter()
            .map(|name| (name.as_str(), None, large.as_str()))
            .collect();
        for bad in [
            changes(&[("A", None, "\0")], &[]),
            changes(&[("A", Some(ValueKind::Secret), "")], &[]),
            changes(&[("KEY", None, "2")], &[]),
            changes(&many, &[]),
        ] {
            bad.apply(&old).unwrap_err();
        }
        changes(&[("KEY", None, "2")], &["Key"]).apply(&old).unwrap();
        changes(&many[..8], &[]).apply(&old).unwrap();
    }
}
