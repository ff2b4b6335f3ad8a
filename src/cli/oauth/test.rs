//! `berth oauth test`

use std::time::Duration;

use serde::Serialize;
use serde_json::{json, value::RawValue};

use crate::{
    cli::{
        check::{in_words, tally},
        context::Context,
        documents,
        error::{CmdError, Kind},
        ui,
    },
    client::Client,
    model::{ConnectorName, ProviderName, Step, StepVerdict, duration},
    wire::{CallAnswer, CallRequest},
};

/// How often it is looked whether the person is back.
const LOOK: Duration = Duration::from_secs(1);

/// Try a connector's OAuth settings out, before its users do
///
/// Looks at what can be seen without a person: the issuer's document, whether each address answers, and whether the
/// provider accepts the client, which a made-up code shows. With --login you sign in at the provider once in a browser;
/// berth then exchanges the code, refreshes the token, asks for the account, and calls the tool that you name. Each step is
/// printed with what was sent, without secrets. Exit code 6 means that a step failed.
///
/// Where the connector uses several providers each is tried in turn, and its name stands before its steps'.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth oauth test gong-crm
  berth oauth test gong-crm --login
  berth oauth test gong-crm --login --tool whoami --args '{}'
  berth oauth test gong-crm --output json | jq '.steps[] | select(.verdict == \"failed\")'")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The provider to try [default: all that the connector uses]
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,

    /// Sign in at the provider, and try all the rest
    #[arg(long)]
    login: bool,

    /// A tool of the connector's to call with the new token
    #[arg(long, value_name = "TOOL", requires = "login")]
    tool: Option<String>,

    /// The tool's arguments, a JSON object
    #[arg(long = "args", value_name = "JSON", requires = "tool")]
    arguments: Option<String>,

    /// How long to wait for the sign-in
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    timeout: Duration,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(in crate::cli) struct Tested<'a> {
    connector: &'a ConnectorName,
    failed: usize,
    warnings: usize,
    steps: &'a [Step],
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let arguments: Option<Box<RawValue>> = match &args.arguments {
        None => None,
        Some(text) => Some(
            serde_json::from_str(text)
                .map_err(|error| CmdError::usage("--args is not valid JSON").with_source(error))?,
        ),
    };
    let client = ctx.client()?;
    let shown = client.oauth(&args.name, args.provider.as_ref()).await?;
    let mut steps = Vec::new();
    for view in shown.all() {
        let tried = provider(ctx, &client, &args, &view.provider).await?;
        steps.extend(tried.into_iter().map(|step| match shown.all().len() {
            1 => step,
            _ => Step {
                name: format!("{}: {}", view.provider, step.name),
                ..step
            },
        }));
    }
    if let Some(tool) = args.tool.filter(|_| !steps.iter().any(is_failure)) {
        steps.push(call(&client, &args.name, CallRequest { tool, arguments }).await?);
    }
    report(ctx, &args.name, &steps)
}

/// All that is tried at one provider.
async fn provider(
    ctx: &Context,
    client: &Client,
    args: &Args,
    provider: &ProviderName,
) -> Result<Vec<Step>, CmdError> {
    let spinner = ctx.ui.spinner(format!("asking {provider}"));
    let tried = client.test_oauth(&args.name, Some(provider)).await;
    spinner.finish_and_clear();
    let mut steps = tried?.steps;
    match (args.login, steps.iter().any(is_failure)) {
        (true, false) => steps.extend(login(ctx, client, args, provider).await?),
        (true, true) => steps.push(Step::skipped("login", "what comes before it failed")),
        (false, _) => {}
    }
    Ok(steps)
}

fn is_failure(step: &Step) -> bool {
    step.verdict == StepVerdict::Failed
}

/// Waits until the person is back from the provider.
async fn login(
    ctx: &Context,
    client: &Client,
    args: &Args,
    provider: &ProviderName,
) -> Result<Vec<Step>, CmdError> {
    let begun = client.begin_oauth_test(&args.name, Some(provider)).await?;
    ctx.ui.say(format!(
        "Open this link in a browser where you are signed in at berth as yourself:\n\n  {}\n",
        ui::plain(&begun.url)
    ));
    let spinner = ctx.ui.spinner("waiting for you".to_owned());
    let waiting = async {
        loop {
            let progress = client.oauth_test(&args.name, &begun.id).await?;
            if progress.done {
                return Ok::<_, CmdError>(progress.steps);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    let waited = tokio::time::timeout(args.timeout, waiting).await;
    spinner.finish_and_clear();
    waited.unwrap_or_else(|_| {
        Err(CmdError::new(Kind::TimedOut, "nobody has come back from the provider")
            .with_hint("if the provider showed an error instead of its sign-in, the redirect URI above may not be registered there"))
    })
}

async fn call(client: &Client, name: &ConnectorName, request: CallRequest) -> Result<Step, CmdError> {
    const NAME: &str = "tool";
    let tool = request.tool.clone();
    Ok(match client.call(name, &request).await {
        Ok(CallAnswer::Result { result }) if is_error(&result) => {
            Step::failed(NAME, format!("{tool} answers with an error"))
                .hint(format!("berth call {name} {tool} shows it; the token may lack a scope, or reach the connector in another form than it reads"))
        }
        Ok(CallAnswer::Result { .. }) => Step::ok(NAME, format!("{tool} answers")),
        Ok(CallAnswer::Error { .. }) => Step::failed(NAME, format!("{tool} is refused"))
            .hint(format!("berth show {name} lists its tools; give its arguments with --args")),
        Ok(CallAnswer::AuthorizationNeeded { .. }) => {
            Step::failed(NAME, "the connector does not accept the token, or needs values of you")
                .hint(format!("look at the mapping with berth oauth show {name}"))
        }
        Err(error) => Step::failed(NAME, error.to_string()),
    })
}

fn is_error(result: &RawValue) -> bool {
    serde_json::from_str::<serde_json::Value>(result.get())
        .is_ok_and(|result| result.get("isError") == Some(&json!(true)))
}

fn report(ctx: &Context, name: &ConnectorName, steps: &[Step]) -> Result<(), CmdError> {
    let count = |verdict| steps.iter().filter(|step| step.verdict == verdict).count();
    let failed = count(StepVerdict::Failed);
    let body = Tested {
        connector: name,
        failed,
        warnings: count(StepVerdict::Warning),
        steps,
    };
    match ctx.ui.output {
        ui::Output::Json => ctx.ui.document(documents::OAUTH_TEST, failed == 0, &body)?,
        ui::Output::Text => ctx.ui.show(text(steps))?,
        ui::Output::Jsonl | ui::Output::Toml => return Err(ui::no_such_form()),
    }
    tally(ctx, count)
}

fn text(steps: &[Step]) -> String {
    let row = |step: &Step| {
        vec![
            step.name.clone(),
            in_words(step.verdict).to_owned(),
            step.detail.clone(),
        ]
    };
    let rows: Vec<_> = steps.iter().map(row).collect();
    let table = ui::table(&["STEP", "VERDICT", "WHAT WAS SEEN"], &rows);
    let mut lines = table.lines();
    let mut text = format!("{}\n", lines.next().unwrap_or_default());
    for (line, step) in lines.zip(steps) {
        text.push_str(&format!("{line}\n"));
        if !step.hint.is_empty() {
            text.push_str(&format!("    → {}\n", ui::plain(&step.hint)));
        }
        for line in &step.sent {
            text.push_str(&format!("      {}\n", ui::plain(line)));
        }
    }
    text
}
