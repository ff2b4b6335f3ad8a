//! `berth oauth presets`

use serde::Serialize;

use crate::{
    cli::{context::Context, documents, error::CmdError, ui},
    model::nearest,
    presets::{self, Preset},
};

/// List the providers that `berth oauth set --preset` knows
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth presets
  berth oauth presets show google
  berth oauth set gmail --preset google --client-id 7f3a --client-secret-file secret.txt")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Show(Show),
}

/// Show what a preset sets, where that is documented, and what of it could not be checked
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth presets show slack
  berth oauth presets show slack --output json | jq .settings")]
struct Show {
    /// The preset
    #[arg(value_name = "PRESET")]
    name: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Presets {
    presets: Vec<Preset>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Shown(Preset);

pub(crate) fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    match args.command {
        None => list(ctx),
        Some(Command::Show(Show { name })) => {
            let preset = named(&name)?;
            // What is set, and not only what stands in the file.
            let mut full = preset.clone();
            full.fill_in();
            ctx.ui
                .answer(documents::OAUTH_PRESETS_SHOW, &Shown(full), || text(&preset))
        }
    }
}

pub(super) fn all() -> Result<Vec<Preset>, CmdError> {
    Ok(presets::all()?)
}

/// The preset of this name.
pub(super) fn named(name: &str) -> Result<Preset, CmdError> {
    presets::find(name).map_err(|unknown| {
        CmdError::from(unknown).with_hint(match nearest(name, presets::names()) {
            Some(near) => format!("did you mean `{near}`? `berth oauth presets` lists them all"),
            None => "`berth oauth presets` lists those that there are".to_owned(),
        })
    })
}

fn list(ctx: &Context) -> Result<(), CmdError> {
    let body = Presets { presets: all()? };
    ctx.ui.answer(documents::OAUTH_PRESETS, &body, || {
        let rows: Vec<Vec<String>> = body.presets.iter().map(row).collect();
        ui::table(&["PRESET", "PROVIDER", "ACCESS TOKEN", "CHECKED"], &rows)
    })
}

fn row(preset: &Preset) -> Vec<String> {
    let lifetime = preset.access_lifetime.map(|lifetime| lifetime.to_string());
    vec![
        preset.name.to_owned(),
        preset.title.clone(),
        lifetime.unwrap_or_else(|| "varies".to_owned()),
        checked(preset),
    ]
}

/// When, and whether all of it.
fn checked(preset: &Preset) -> String {
    match (&preset.checked, preset.unchecked.is_empty()) {
        (Some(day), true) => day.clone(),
        (Some(day), false) => format!("{day}, in part"),
        (None, _) => "no".to_owned(),
    }
}

/// The preset, for people.
fn text(preset: &Preset) -> String {
    let time = |time: Option<String>| time.unwrap_or_else(|| "varies, or is not known".to_owned());
    let asked = preset.asks.iter().map(|asked| {
        let usual = asked.usual.as_ref().map(|usual| format!(" [usually {usual}]"));
        let name = &asked.variable.name;
        format!("{name}: {}{}", asked.what, usual.unwrap_or_default())
    });
    let not_checked = match &preset.checked {
        None => "everything: it was not compared with the documentation".to_owned(),
        Some(_) => preset.unchecked.join(", "),
    };
    let head = [
        ("Preset", preset.name.to_owned()),
        ("Provider", preset.title.clone()),
        ("Documentation", preset.source.to_string()),
        ("Checked", preset.checked.clone().unwrap_or_default()),
        ("Not checked", not_checked),
        (
            "Access token lives",
            time(preset.access_lifetime.map(|time| time.to_string())),
        ),
        (
            "Refresh token lives",
            preset
                .refresh_lifetime
                .map(|time| time.to_string())
                .unwrap_or_default(),
        ),
        (
            "Unused it lives",
            preset.idle_limit.map(|time| time.to_string()).unwrap_or_default(),
        ),
        ("Refresh token is", preset.renewal.to_string()),
        ("Asks for", asked.collect::<Vec<_>>().join("\n")),
    ];
    let headers = preset.headers.iter().cloned().map(String::from);
    let variables = preset.env.iter().cloned().map(String::from);
    let tail = [
        ("Scopes", preset.scopes.join(" ")),
        ("Header", headers.collect::<Vec<_>>().join("\n")),
        ("Environment", variables.collect::<Vec<_>>().join("\n")),
        ("Notes", preset.notes.join("\n")),
    ];
    let settings = preset.settings();
    let rows = head.into_iter().chain(super::setting_rows(&settings));
    ui::fields(rows.chain(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_checked_is_said() {
        let mut preset = named("google").unwrap();
        let shown = |preset: &Preset| text(preset).split_whitespace().collect::<Vec<_>>().join(" ");
        preset.checked = None;
        assert!(
            shown(&preset).contains("Not checked everything"),
            "{}",
            text(&preset)
        );
        assert_eq!(checked(&preset), "no");
        preset.checked = Some("2026-11-23".to_owned());
        preset.unchecked = vec!["idle_limit".to_owned(), "revoke_url".to_owned()];
        for said in [
            "Not checked idle_limit, revoke_url",
            "Keep warm after 90d",
            "Authorize with access_type=offline",
        ] {
            assert!(shown(&preset).contains(said), "{said}: {}", text(&preset));
        }
        assert_eq!(checked(&preset), "2026-11-23, in part");
    }
}
