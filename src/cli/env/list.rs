//! `berth env list`

use super::{Listed, missing};
use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    model::{ConnectorName, ValueKind},
    wire::{EnvValueView, EnvView, OwnValues},
};

/// List a connector's values, never a secret's; or with --mine what it asks you for
#[derive(Debug, clap::Args)]
#[command(visible_alias = "ls")]
#[command(after_help = "Examples:
  berth env list gong-crm
  berth env list gong-crm --mine
  berth env list gong-crm --output json | jq -r '.values[] | select(.kind == \"plain\") | .value'")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// What the connector asks each user for, and whether you have given it
    #[arg(long)]
    mine: bool,
}

/// Longest value that is shown in a line, in characters.
const LONGEST: usize = 60;

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let (client, name) = (ctx.client()?, &args.name);
    if args.mine {
        let own = client.own_values(name).await?;
        if own.values.is_empty() {
            ctx.ui.say(format!("{name} asks its users for nothing."));
        } else if !missing(&own).is_empty() {
            ctx.ui
                .say(format!("berth env set {name} --mine asks for what is missing."));
        }
        return ctx
            .ui
            .answer(documents::ENV_LIST, &Listed::Own(own.clone()), || own_text(&own));
    }
    let view = client.env(name).await?;
    if view.values.is_empty() && view.settings.is_empty() {
        ctx.ui.say(format!("{name} has no values."));
    }
    ctx.ui
        .answer(documents::ENV_LIST, &Listed::All(view.clone()), || text(&view))
}

fn text(view: &EnvView) -> String {
    let values = view.values.iter().map(|value| {
        vec![
            value.name.to_string(),
            value.kind.as_str().to_owned(),
            value.value.as_deref().map(shown).unwrap_or_default(),
            note(value),
        ]
    });
    let settings = view.settings.iter().map(|setting| {
        let note = match setting.overridden {
            true => "of the release; the value of the same name stands in its place",
            false => "of the release (berth deploy -e)",
        };
        vec![
            setting.name.to_string(),
            "setting".to_owned(),
            shown(&setting.value),
            note.to_owned(),
        ]
    });
    let rows: Vec<_> = values.chain(settings).collect();
    match rows.is_empty() {
        true => String::new(),
        false => ui::table(&["NAME", "KIND", "VALUE", "NOTE"], &rows),
    }
}

/// What else is to be known of a value, in a line.
fn note(value: &EnvValueView) -> String {
    let mut notes = Vec::new();
    if value.kind == ValueKind::PerUser {
        notes.extend(value.about.clone().filter(|about| !about.is_empty()));
        notes.push(match value.users.unwrap_or_default() {
            0 => "nobody has given theirs yet".to_owned(),
            1 => "1 user has given theirs".to_owned(),
            users => format!("{users} users have given theirs"),
        });
    }
    notes.extend(value.header.as_ref().map(|header| format!("header {header}")));
    notes.extend(
        value
            .no_header
            .as_ref()
            .map(|why| format!("in the environment alone, not in a header: it {why}")),
    );
    notes.join("; ")
}

fn own_text(own: &OwnValues) -> String {
    let row = |value: &crate::wire::OwnValue| {
        let given = if value.given { "yes" } else { "no" };
        vec![value.name.to_string(), given.to_owned(), value.about.clone()]
    };
    let rows: Vec<_> = own.values.iter().map(row).collect();
    match rows.is_empty() {
        true => String::new(),
        false => ui::table(&["NAME", "GIVEN", "WHAT IT IS"], &rows),
    }
}

/// A value in a line of its own.
fn shown(value: &str) -> String {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_value_has_a_line() {
        let view = serde_json::from_value(json!({
            "values": [
                {"name": "KEY", "kind": "secret", "no_header": "has more than one line"},
                {"name": "MINE", "kind": "per-user", "about": "your key", "users": 2, "header": "X-Berth-Env-MINE"},
                {"name": "REGION", "kind": "plain", "value": format!("{}\nx", "e".repeat(70))},
            ],
            "settings": [{"name": "REGION", "value": "us", "overridden": true}],
        }));
        assert_eq!(
            text(&view.unwrap()),
            format!(
                "\
NAME    KIND      VALUE                                                          NOTE
KEY     secret                                                                   in the environment alone, not in a header: it has more than one line
MINE    per-user                                                                 your key; 2 users have given theirs; header X-Berth-Env-MINE
REGION  plain     {}…
REGION  setting   us                                                             of the release; the value of the same name stands in its place
",
                "e".repeat(60)
            )
        );
    }
}
