//! The schemas in `tests/schemas` are those of the types here, and only grow.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The whole document's schema: the body's, with the envelope around it.
pub(super) fn schema<T: JsonSchema>(name: &str) -> Schema {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    let name = format!("berth.{name}/v1");
    let fields = schema.ensure_object();
    fields.insert("title".to_owned(), json!(name));
    let properties = fields.entry("properties").or_insert_with(|| json!({}));
    properties["schema"] = json!({ "const": name });
    properties["ok"] = json!({ "type": "boolean" });
    let required = fields.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(required) = required {
        required.extend([json!("schema"), json!("ok")]);
    }
    schema
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas")
}

fn file_of(name: &str) -> PathBuf {
    folder().join(format!("berth.{name}.v1.json"))
}

#[test]
fn schemas_are_fresh_and_only_grow() {
    #[allow(
        clippy::disallowed_methods,
        reason = "asks whoever runs the test, not the program"
    )]
    let update = std::env::var_os("UPDATE").is_some();
    let mut known = BTreeSet::new();
    for (name, schema) in super::schemas() {
        let path = file_of(name);
        let now = schema.to_value();
        let text = format!("{now:#}\n");
        let kept = fs::read_to_string(&path).unwrap_or_default();
        if kept != text {
            if let Ok(kept) = serde_json::from_str(&kept) {
                let lost = lost(&kept, &now);
                assert!(
                    lost.is_empty(),
                    "scripts that read berth.{name}/v1 would break, so it has to become v2: {lost:#?}"
                );
            }
            assert!(
                update,
                "{} is stale; run UPDATE=1 cargo test --lib documents",
                path.display()
            );
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, text).unwrap();
        }
        assert!(known.insert(path), "{name} stands there twice");
    }
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        assert!(
            known.contains(&path),
            "{} is of no document: a document that was, stays",
            path.display()
        );
    }
}

/// What readers of `old` relied on and `new` does not promise any more.
fn lost(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (promises(old), promises(new));
    let broken = |(path, promised): (String, Promise)| match new.get(&path) {
        None => Some(format!("{path} is gone")),
        Some(now) if promised.always && !now.always => Some(format!("{path} may be absent")),
        Some(now) if !now.types.is_subset(&promised.types) => {
            Some(format!("{path} was {:?} and is {:?}", promised.types, now.types))
        }
        Some(_) => None,
    };
    old.into_iter().filter_map(broken).collect()
}

/// What a schema says of one field.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Promise {
    types: BTreeSet<String>,
    always: bool,
}

/// Every field by its path, `[]` for what a list has and `*` for what a map has.
fn promises(root: &Value) -> BTreeMap<String, Promise> {
    let mut all = BTreeMap::new();
    let mut walk = Walk {
        root,
        all: &mut all,
        above: Vec::new(),
    };
    walk.visit("", root, true);
    all
}

struct Walk<'a> {
    root: &'a Value,
    all: &'a mut BTreeMap<String, Promise>,
    /// Definitions that are being walked through: one that holds itself ends there.
    above: Vec<String>,
}

impl Walk<'_> {
    fn visit(&mut self, path: &str, schema: &Value, always: bool) {
        let Value::Object(fields) = schema else {
            self.note(path, "anything", always);
            return;
        };
        if let Some(Value::String(reference)) = fields.get("$ref") {
            if !self.above.contains(reference) {
                let inner = self.root.pointer(reference.trim_start_matches('#'));
                let inner = inner.unwrap_or_else(|| panic!("{reference} leads nowhere"));
                self.above.push(reference.clone());
                self.visit(path, inner, always);
                self.above.pop();
            }
        } else if !["anyOf", "oneOf", "allOf", "type", "const", "enum", "properties"]
            .iter()
            .any(|word| fields.contains_key(*word))
        {
            self.note(path, "anything", always);
        }
        for word in ["anyOf", "oneOf"] {
            for each in fields.get(word).and_then(Value::as_array).into_iter().flatten() {
                // A field of one of several forms is in no answer for sure; the forms themselves are.
                self.visit_form(path, each, always);
            }
        }
        for each in fields
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.visit(path, each, always);
        }
        if let Some(value) = fields.get("const") {
            self.note(path, &value.to_string(), always);
        }
        match fields.get("type") {
            Some(Value::String(one)) => self.note(path, one, always),
            Some(Value::Array(several)) => {
                for each in several.iter().filter_map(Value::as_str) {
                    self.note(path, each, always);
                }
            }
            _ => {}
        }
        self.inside(path, fields, true);
    }

    fn visit_form(&mut self, path: &str, schema: &Value, always: bool) {
        let before = self.all.clone();
        self.visit(path, schema, always);
        for (found, promise) in self.all.iter_mut() {
            if found != path && !before.contains_key(found) {
                promise.always = false;
            }
        }
    }

    fn inside(&mut self, path: &str, fields: &Map<String, Value>, always: bool) {
        let required: Vec<&str> = fields
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if let Some(Value::Object(properties)) = fields.get("properties") {
            for (name, inner) in properties {
                let is_there = always && required.contains(&name.as_str());
                self.visit(&format!("{path}.{name}"), inner, is_there);
            }
        }
        if let Some(items) = fields.get("items") {
            self.visit(&format!("{path}[]"), items, true);
        }
        if let Some(values @ Value::Object(_)) = fields.get("additionalProperties") {
            self.visit(&format!("{path}.*"), values, true);
        }
    }

    fn note(&mut self, path: &str, kind: &str, always: bool) {
        let promise = self.all.entry(path.to_owned()).or_insert_with(|| Promise {
            always,
            ..Promise::default()
        });
        promise.types.insert(kind.to_owned());
    }
}

#[test]
fn what_scripts_rely_on_is_not_taken_away() {
    let of = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required});
    let old = of(
        json!({"a": {"type": "string"}, "b": {"type": ["integer", "null"]}, "c": {"type": "array", "items": {"$ref": "#/$defs/C"}}}),
        json!(["a"]),
    );
    let with = |schema: Value, definition: Value| {
        let mut schema = schema;
        schema["$defs"] = json!({ "C": definition });
        schema
    };
    let definition = of(json!({"d": {"type": "boolean"}}), json!(["d"]));
    let old = with(old, definition.clone());
    assert_eq!(lost(&old, &old), Vec::<String>::new());
    let mut more = old.clone();
    more["properties"]["new"] = json!({"type": "string"});
    more["required"] = json!(["a", "b", "new"]);
    more["properties"]["b"]["type"] = json!("integer");
    assert_eq!(lost(&old, &more), Vec::<String>::new());
    let check = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut new = old.clone();
        change(&mut new);
        assert_eq!(lost(&old, &new), [expected]);
    };
    check(&|new| new["required"] = json!([]), ".a may be absent");
    check(
        &|new| new["properties"]["a"]["type"] = json!(["string", "null"]),
        ".a was {\"string\"} and is {\"null\", \"string\"}",
    );
    check(
        &|new| drop(new["properties"].as_object_mut().unwrap().remove("b")),
        ".b is gone",
    );
    check(
        &|new| new["$defs"]["C"]["properties"]["d"]["type"] = json!("string"),
        ".c[].d was {\"boolean\"} and is {\"string\"}",
    );
}
