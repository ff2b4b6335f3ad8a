//! Changing members of a JSON object in its text, so that every byte outside of them stays as it was sent.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// What becomes of a member: another value (JSON text), or nothing.
pub(crate) type Change<'a> = (&'a str, Option<Cow<'a, str>>);

/// The members of an object in their order, keys with their quotes and escapes.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The members of `object` with their keys read; `None` where it is no object.
pub(crate) fn members(object: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let Members(members) = serde_json::from_str(object).ok()?;
    members
        .into_iter()
        .map(|(key, value)| Some((read(key)?, value.get())))
        .collect()
}

/// The value of a member, as JSON text.
pub(crate) fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    members(object)?
        .into_iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}

/// `object` with each of `changes` made, where it has that member, and added at its end where it has not. A key that
/// stands there twice is changed once and then left out. What is no object stays as it is.
pub(crate) fn edited(object: &str, changes: &[Change<'_>]) -> String {
    edited_with(object, changes, |_| false)
}

/// The same, without the members whose keys `drop` picks.
pub(crate) fn edited_with(object: &str, changes: &[Change<'_>], drop: impl Fn(&str) -> bool) -> String {
    let Ok(Members(members)) = serde_json::from_str(object) else {
        return object.to_owned();
    };
    let at = |part: &RawValue| part.get().as_ptr() as usize - object.as_ptr() as usize;
    let mut text = String::with_capacity(object.len() + 64);
    let (mut kept, mut made) = (0, vec![false; changes.len()]);
    let mut end = object.find('{').map_or(0, |open| open + 1);
    let start = end;
    for (key, value) in members {
        let between = &object[end..at(key)];
        end = at(value) + value.get().len();
        let name = read(key).unwrap_or_default();
        let change = changes.iter().position(|(changed, _)| *changed == name);
        let new = match change {
            None if drop(&name) => continue,
            None => value.get(),
            Some(change) => match &changes[change].1 {
                Some(new) if !made[change] => {
                    made[change] = true;
                    new
                }
                _ => continue,
            },
        };
        match kept {
            0 => {
                text.push_str(&object[..start]);
                // What stood behind another one has a comma before it.
                let is_first = !between.contains(',');
                text.push_str(if is_first { between } else { "" });
            }
            _ => text.push_str(between),
        }
        text.push_str(key.get());
        text.push_str(&object[at(key) + key.get().len()..at(value)]);
        text.push_str(new);
        kept += 1;
    }
    if kept == 0 {
        text.push_str(&object[..start]);
    }
    for ((key, value), made) in changes.iter().zip(made) {
        if let (Some(value), false) = (value, made) {
            if kept > 0 {
                text.push(',');
            }
            text.push_str(&serde_json::Value::from(*key).to_string());
            text.push(':');
            text.push_str(value);
            kept += 1;
        }
    }
    text.push_str(&object[end..]);
    text
}

fn read(key: &RawValue) -> Option<Cow<'_, str>> {
    let text = key.get();
    let bare = text.strip_prefix('"')?.strip_suffix('"')?;
    match bare.contains('\\') {
        false => Some(Cow::Borrowed(bare)),
        true => serde_json::from_str(text).ok().map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_changes() {
        let check = |object: &str, changes: &[Change<'_>], expected: &str| {
            let text = edited(object, changes);
            assert_eq!(text, expected, "{object}");
            serde_json::from_str::<Box<RawValue>>(&text).unwrap();
        };
        let odd = r#"{ "a" : 1.00 , "b":[1e400] ,"c" : {"a":2}	}"#;
        check(odd, &[], odd);
        check(odd, &[("a", None)], r#"{"b":[1e400] ,"c" : {"a":2}	}"#);
        check(odd, &[("b", None)], r#"{ "a" : 1.00 ,"c" : {"a":2}	}"#);
        check(odd, &[("c", None)], r#"{ "a" : 1.00 , "b":[1e400]	}"#);
        check(
            odd,
            &[("a", Some("7".into()))],
            r#"{ "a" : 7 , "b":[1e400] ,"c" : {"a":2}	}"#,
        );
        check(
            odd,
            &[("d", Some("7".into()))],
            r#"{ "a" : 1.00 , "b":[1e400] ,"c" : {"a":2},"d":7	}"#,
        );
        check(odd, &[("a", None), ("b", None), ("c", None)], "{	}");
        check("{}", &[("x\"", Some("[]".into()))], r#"{"x\"":[]}"#);
        check(
            "{ }",
            &[("x", Some("1".into())), ("y", Some("2".into()))],
            r#"{"x":1,"y":2 }"#,
        );
        // A key may be written in another way, or twice.
        check(r#"{"\u0061":1,"b":2,"a":3}"#, &[("a", None)], r#"{"b":2}"#);
        check(
            r#"{"\u0061":1,"a":3}"#,
            &[("a", Some("9".into()))],
            r#"{"\u0061":9}"#,
        );
    }

    #[test]
    fn members_are_found() {
        assert_eq!(member(r#"{"a":{"b":1},"b": [2] }"#, "b"), Some("[2]"));
        assert_eq!(member("[1]", "b"), None);
        assert_eq!(
            edited_with(r#"{"x/a":1,"b":2,"x/c":3}"#, &[], |key| key.starts_with("x/")),
            r#"{"b":2}"#
        );
    }
}
