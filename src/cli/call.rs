//! `berth call`

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    context::Context,
    documents,
    error::{CmdError, Kind},
    input, prompt, ui,
};
use crate::{
    model::{ConnectorName, EnvName},
    wire::{CallAnswer, CallRequest},
};

/// Call one tool, as yourself
///
/// Prints the tool's text to standard output. If you have to authorize first, it prints the link, and on a terminal
/// it calls again once you have.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  berth call everything echo --args '{\"message\": \"hello\"}'
  berth call gong-crm search --args @query.json
  jq -n '{q: \"x\"}' | berth call gong-crm search --args - --output json")]
pub(crate) struct Args {
    /// The connector
    name: ConnectorName,

    /// The tool
    tool: String,

    /// The arguments, a JSON object; `@FILE` reads a file, `-` standard input
    #[arg(long = "args", value_name = "JSON|@FILE|-")]
    arguments: Option<String>,
}

/// A result as the connector gave it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Body<'a> {
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    result: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolResult {
    #[serde(default)]
    content: Vec<Block>,
    #[serde(default)]
    structured_content: Option<Box<RawValue>>,
    #[serde(default)]
    is_error: bool,
}

/// A block of content: its text, or all of it as it came.
struct Block {
    text: Option<String>,
    raw: Box<RawValue>,
}

#[derive(Deserialize)]
struct RpcError {
    code: i64,
    #[serde(default)]
    message: String,
}

pub(crate) async fn run(ctx: &Context, args: Args) -> Result<(), CmdError> {
    let request = CallRequest {
        arguments: arguments(args.arguments.as_deref()).await?,
        tool: args.tool,
    };
    let client = ctx.client()?;
    loop {
        match client.call(&args.name, &request).await? {
            CallAnswer::Result { result } => return finish(ctx, &result),
            CallAnswer::Error { error } => return Err(refused(&args.name, &error)),
            CallAnswer::AuthorizationNeeded {
                url,
                provider_host,
                values,
            } => {
                let question = needed(ctx, &args.name, &url, &provider_host, &values)?;
                if !prompt::confirm(question, true).await? {
                    return Err(CmdError::told(Kind::Authentication));
                }
            }
        }
    }
}

/// Reads `--args`; what is sent is what was written, checked to be one JSON object.
async fn arguments(given: Option<&str>) -> Result<Option<Box<RawValue>>, CmdError> {
    let text = match given {
        None => return Ok(None),
        Some("-") => input::read_input("-").await?.expose().to_owned(),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => input::read_input(path).await?.expose().to_owned(),
            None => text.to_owned(),
        },
    };
    let raw: Box<RawValue> = serde_json::from_str(text.trim())
        .map_err(|error| CmdError::usage("--args is not valid JSON").with_source(error))?;
    match raw.get().starts_with('{') {
        true => Ok(Some(raw)),
        false => Err(CmdError::usage("--args is not a JSON object")
            .with_hint("tools take named arguments, such as '{\"message\": \"hello\"}'")),
    }
}

fn finish(ctx: &Context, raw: &RawValue) -> Result<(), CmdError> {
    let unreadable =
        |error| CmdError::new(Kind::Failed, "the connector's result is not a tool's").with_source(error);
    let result: ToolResult = serde_json::from_str(raw.get()).map_err(unreadable)?;
    match ctx.ui.output {
        ui::Output::Jsonl | ui::Output::Toml => return Err(ui::no_such_form()),
        ui::Output::Json => ctx
            .ui
            .document(documents::CALL, !result.is_error, &Body { result: raw })?,
        // An error is no answer: a script that reads standard output must not take it for one.
        ui::Output::Text if result.is_error => {
            let said = text(&result);
            return Err(CmdError::new(
                Kind::Failed,
                format!("the tool reported an error: {}", said.trim_end()),
            ));
        }
        ui::Output::Text => ctx.ui.print(text(&result))?,
    }
    match result.is_error {
        true => Err(CmdError::told(Kind::Failed)),
        false => Ok(()),
    }
}

/// The text blocks as text; other blocks, or structured content that comes alone, as JSON.
fn text(result: &ToolResult) -> String {
    let mut lines: Vec<String> = Vec::new();
    for block in &result.content {
        lines.push(match &block.text {
            Some(text) => ui::plain(text),
            None => block.raw.get().to_owned(),
        });
    }
    if let (true, Some(structured)) = (lines.is_empty(), &result.structured_content) {
        lines.push(structured.get().to_owned());
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn refused(name: &ConnectorName, raw: &RawValue) -> CmdError {
    let error: Option<RpcError> = serde_json::from_str(raw.get()).ok();
    match error {
        Some(error) => {
            let message = format!("the call was refused ({}): {}", error.code, error.message);
            // JSON-RPC 2.0, 5.1: what is called is not there, or is given what it does not take.
            let hint = match error.code {
                -32602 | -32601 => format!("`berth tools {name}` lists its tools"),
                _ => String::new(),
            };
            CmdError::new(Kind::Failed, message).with_hint(hint)
        }
        None => CmdError::new(Kind::Failed, "the call was refused"),
    }
}

/// Tells that the person has to authorize, or to give something; the question to ask where one can be asked, else the
/// error.
fn needed(
    ctx: &Context,
    name: &ConnectorName,
    url: &str,
    host: &str,
    values: &[EnvName],
) -> Result<String, CmdError> {
    let names: Vec<&str> = values.iter().map(EnvName::as_str).collect();
    let what = match (host, names.join(", ")) {
        ("", names) => format!("{name} needs {names} of you first"),
        (host, names) if names.is_empty() => format!("{name} needs your authorization at {host} first"),
        (host, names) => format!("{name} needs your authorization at {host} and {names} of you first"),
    };
    if ctx.cannot_ask().is_some() || ctx.ui.output == ui::Output::Json {
        let or_here = match host {
            "" => format!(
                " (or give it with `berth env set {name} --mine {}`)",
                names.join(" ")
            ),
            _ => String::new(),
        };
        return Err(CmdError::new(Kind::Authentication, what)
            .with_hint(format!("open {url} in a browser{or_here}, then call again"))
            .with_detail("authorization_url", url)
            .with_detail("provider_host", host)
            .with_detail("values", names));
    }
    ctx.ui.warn(format!("{what}. Open this link:"));
    ctx.ui.say(format!("\n  {}\n", ui::plain(url)));
    Ok("Done? Call again".to_owned())
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Text {
            #[serde(rename = "type")]
            kind: String,
            text: String,
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = serde_json::from_str::<Text>(raw.get()).ok();
        let text = text.filter(|block| block.kind == "text").map(|block| block.text);
        Ok(Self { text, raw })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn arguments_are_an_object() {
        assert_eq!(
            arguments(Some(" {\"a\": 1.0} ")).await.unwrap().unwrap().get(),
            "{\"a\": 1.0}"
        );
        assert!(arguments(None).await.unwrap().is_none());
        for bad in ["", "[1]", "{", "\"x\"", "{} {}"] {
            assert_eq!(arguments(Some(bad)).await.unwrap_err().kind, Kind::Usage, "{bad}");
        }
    }

    #[tokio::test]
    async fn arguments_can_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"a\": 1}\n").unwrap();
        let given = format!("@{}", file.path().display());
        assert_eq!(
            arguments(Some(&given)).await.unwrap().unwrap().get(),
            "{\"a\": 1}"
        );
    }

    #[test]
    fn text_is_shown_as_text_and_the_rest_as_json() {
        let check = |result: &str, expected: &str| {
            let result: ToolResult = serde_json::from_str(result).unwrap();
            assert_eq!(text(&result), expected);
        };
        check(r#"{"content":[{"type":"text","text":"hi"}]}"#, "hi\n");
        check(
            r#"{"content":[{"type":"image","data":"AA"}]}"#,
            "{\"type\":\"image\",\"data\":\"AA\"}\n",
        );
        check(r#"{"content":[],"structuredContent":{"a":1}}"#, "{\"a\":1}\n");
    }
}
