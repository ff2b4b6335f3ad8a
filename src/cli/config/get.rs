//! `berth config get`

use crate::{
    cli::{
        context::Context,
        documents,
        error::{CmdError, Kind},
    },
    model::nearest,
};

/// Print one setting that holds here
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth config get url
  berth config get url --output json | jq -r .origin")]
pub(crate) struct Args {
    /// What `berth config list` calls it
    key: String,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<(), CmdError> {
    let all = super::all(ctx)?;
    let Some(found) = all.iter().find(|setting| setting.key == args.key) else {
        let known = all.iter().map(|setting| setting.key.as_str());
        let hint = match nearest(&args.key, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`berth config list` shows those that there are".to_owned(),
        };
        let message = format!("there is no setting {:?}", args.key);
        return Err(CmdError::new(Kind::NotFound, message).with_hint(hint));
    };
    ctx.ui
        .answer(documents::CONFIG_GET, found, || match &found.value {
            Some(value) => format!("{value}\n"),
            None => String::new(),
        })
}
