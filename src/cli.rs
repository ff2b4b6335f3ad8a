//! The operator's commands: what is typed, what it means, what it prints.
//!
//! One command a file: its `Args`, whose doc comments are its help, and its `run`. Standard output has the answer
//! and nothing else; everything else goes to standard error ([`ui`]). What a command fails with ([`error`]) fixes
//! the exit code.

mod access;
mod actions;
mod audit;
mod browser;
mod call;
mod check;
mod clients;
mod completions;
mod config;
mod connect_config;
mod connections;
mod context;
mod delete;
mod demo;
mod deploy;
mod doctor;
mod documents;
mod env;
mod error;
mod exec;
mod help;
mod init;
mod input;
mod leaving;
mod list;
mod login;
mod logout;
mod logs;
mod man;
mod oauth;
mod open;
mod package;
mod plan;
mod prompt;
mod releases;
mod restart;
mod rollback;
mod serve;
mod server;
mod show;
mod source;
mod sso;
mod status;
mod sure;
mod token;
mod tools;
mod trust;
mod ui;
mod users;
mod values;
mod verdict;
mod version;
mod whoami;

use std::{ffi::OsString, io, process::ExitCode, time::Duration};

use clap::{CommandFactory as _, FromArgMatches as _, error::ErrorKind};

use context::{Context, Environment, Global};
use error::{CmdError, Kind};
use leaving::Parting;
use ui::Output;

use crate::model::{ConnectorName, duration, nearest};

/// How long it may take to find out what was probably meant.
const SUGGESTION: Duration = Duration::from_secs(2);

/// Hosts MCP connectors and brokers their OAuth
///
/// Deploy a connector first; give it OAuth settings whenever you like. Its users authorize once, in their
/// browser, and every tool call carries their own access token.
#[derive(Debug, clap::Parser)]
#[command(
    name = "berth",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
#[command(after_help = "Examples:
  berth serve                                       start a broker on this machine
  berth deploy --npx @modelcontextprotocol/server-everything
  berth oauth set gong-crm                          ask for its OAuth settings
  berth users add alice                             print a sign-in link for alice
  berth call gong-crm whoami                        call one of its tools

Exit codes: 0 done, 2 wrong or missing input, 6 failed its probe, … `berth help exit-codes`
More: `berth help environment`, `berth help manifest`, `berth help templates`")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// The hidden word that makes this process the helper that a connector is started through.
const EXEC: &str = "__exec";

#[derive(Debug, clap::Subcommand)]
enum Command {
    Serve(Box<serve::Args>),
    Deploy(Box<deploy::Args>),
    Plan(Box<plan::Args>),
    Package(package::Args),
    Init(Box<init::Args>),
    Check(Box<check::Args>),
    List(list::Args),
    Show(show::Args),
    Status(status::Args),
    Open(open::Args),
    Releases(releases::Args),
    Rollback(rollback::Args),
    Restart(restart::Args),
    Logs(logs::Args),
    Call(call::Args),
    Delete(delete::Args),
    Tools(tools::Args),
    Env(env::Args),
    Oauth(oauth::Args),
    Connections(connections::Args),
    ConnectConfig(connect_config::Args),
    Access(access::Args),
    Audit(audit::Args),
    Clients(clients::Args),
    Server(server::Args),
    Users(users::Args),
    Sso(sso::Args),
    Token(token::Args),
    Trust(trust::Args),
    Login(login::Args),
    Logout(logout::Args),
    Whoami(whoami::Args),
    Config(config::Args),
    Demo(demo::Args),
    Doctor(doctor::Args),
    Completions(completions::Args),
    Man(man::Args),
    Version(version::Args),
    Help(help::Args),
}

/// Runs the command that this process was started with.
pub fn run() -> ExitCode {
    let mut typed: Vec<OsString> = std::env::args_os().collect();
    // The helper that the broker starts each connector through: before anything that costs.
    if typed.get(1).is_some_and(|word| word == EXEC) {
        return exec::run(typed.split_off(2));
    }
    let (cli, name) = match parse(&typed) {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error, &typed),
    };
    let environment = Environment::of_this_process();
    prompt::suit(environment.looks());
    let ctx = Context::new(&cli.global, environment);
    match execute(&ctx, cli.command, name.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ctx.ui.fail(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// The whole command line as data: what help, completions and manual pages are made from.
pub fn command() -> clap::Command {
    Cli::command()
}

/// The generated files of the repository, with their paths in it: completions and manual pages.
pub fn generated() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = completions::files();
    files.extend(
        man::files()?
            .into_iter()
            .map(|(name, page)| (format!("man/{name}"), page)),
    );
    Ok(files)
}

/// What was typed, and the connector that it names, if it names one.
fn parse(typed: &[OsString]) -> Result<(Cli, Option<ConnectorName>), clap::Error> {
    let mut matches = command().try_get_matches_from(typed)?;
    let mut inner = &matches;
    while let Some((_, deeper)) = inner.subcommand() {
        inner = deeper;
    }
    // Elsewhere a name is a user's, say.
    let name = inner.try_get_one::<ConnectorName>("name").ok().flatten().cloned();
    Ok((Cli::from_arg_matches_mut(&mut matches)?, name))
}

/// Help and versions are answers; anything else that clap has to say is a mistake on the command line.
fn refuse(error: &clap::Error, typed: &[OsString]) -> ExitCode {
    let code = if error.use_stderr() {
        Kind::Usage.exit_code()
    } else {
        0
    };
    let environment = Environment::of_this_process();
    let is_json = wants_json(typed);
    if !is_json && !environment.looks().ascii {
        // A closed pipe: nobody is left to be told.
        let _ = error.print();
        return ExitCode::from(code);
    }
    let global = Global {
        output: if is_json { Output::Json } else { Output::Text },
        ..Global::default()
    };
    let ui = Context::new(&global, environment).ui;
    let text = error.to_string();
    if !is_json {
        match error.use_stderr() {
            true => ui.prompt(text.trim_end()),
            // As above.
            false => drop(ui.show(&text)),
        }
        return ExitCode::from(code);
    }
    if error.kind() == ErrorKind::DisplayVersion {
        // As above.
        let _ = ui.document(documents::VERSION, true, &version::Body::own());
    } else if code == 0 {
        let _ = ui.document(documents::HELP, true, &ui::Words { text });
    } else {
        let message = text.trim().trim_start_matches("error: ");
        ui.fail(&CmdError::usage(message));
    }
    ExitCode::from(code)
}

/// Whether `--output json` was asked for on a command line that could not be parsed.
fn wants_json(typed: &[OsString]) -> bool {
    let ours = typed.split(|word| word == "--").next().unwrap_or_default();
    ours.iter().any(|word| word == "--output=json")
        || ours
            .windows(2)
            .any(|pair| pair[0] == "--output" && pair[1] == "json")
}

fn execute(ctx: &Context, command: Command, name: Option<&ConnectorName>) -> Result<(), CmdError> {
    let mut builder = match command {
        Command::Serve(_) | Command::Demo(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build().map_err(|e| {
        CmdError::new(Kind::Failed, "the asynchronous runtime can't be started").with_source(e)
    })?;
    let outcome = runtime.block_on(Box::pin(async {
        let outcome = Box::pin(dispatch(ctx, command)).await;
        match (outcome, name) {
            (Err(error), Some(name)) if error.kind == Kind::NotFound => Err(suggest(ctx, error, name).await),
            (outcome, _) => outcome,
        }
    }));
    // An interrupted prompt still sits on its thread, waiting for a key: it is not waited for.
    runtime.shutdown_background();
    // Nor is what still reads or writes what a zip file was unpacked to.
    crate::package::remove_extracted();
    outcome
}

async fn dispatch(ctx: &Context, command: Command) -> Result<(), CmdError> {
    let has_form = match (ctx.ui.output, &command) {
        (Output::Text | Output::Json, _) => true,
        (Output::Toml, Command::Oauth(args)) => args.has_file(),
        (Output::Jsonl, Command::Logs(args)) => args.is_endless(),
        _ => false,
    };
    if !has_form {
        return Err(ui::no_such_form());
    }
    match command {
        // These handle signals in their own way.
        Command::Serve(args) => serve::run(ctx, *args).await,
        Command::Demo(args) => demo::run(ctx, args).await,
        Command::Check(args) => Box::pin(check::run(ctx, *args)).await,
        command => tokio::select! {
            biased;
            parting = ctx.leaving.pressed(&ctx.ui) => Err(left(ctx, parting)),
            outcome = operate(ctx, command) => outcome,
        },
    }
}

/// Puts the terminal back as it was, and tells what the command leaves behind.
fn left(ctx: &Context, parting: Parting) -> CmdError {
    if !prompt::restore() {
        ctx.ui.clear_key();
    }
    if let Some(line) = parting.line() {
        ctx.ui.prompt(line);
    }
    parting.error()
}

async fn operate(ctx: &Context, command: Command) -> Result<(), CmdError> {
    match command {
        Command::Deploy(args) => deploy::run(ctx, *args).await,
        Command::Plan(args) => plan::run(ctx, *args).await,
        Command::Package(args) => package::run(ctx, args).await,
        Command::Init(args) => init::run(ctx, *args).await,
        Command::List(args) => list::run(ctx, args).await,
        Command::Show(args) => show::run(ctx, args).await,
        Command::Status(args) => status::run(ctx, args).await,
        Command::Open(args) => open::run(ctx, args).await,
        Command::Releases(args) => releases::run(ctx, args).await,
        Command::Rollback(args) => rollback::run(ctx, args).await,
        Command::Restart(args) => restart::run(ctx, args).await,
        Command::Logs(args) => logs::run(ctx, args).await,
        Command::Call(args) => call::run(ctx, args).await,
        Command::Delete(args) => delete::run(ctx, args).await,
        Command::Tools(args) => tools::run(ctx, args).await,
        Command::Env(args) => env::run(ctx, args).await,
        Command::Oauth(args) => oauth::run(ctx, args).await,
        Command::Connections(args) => connections::run(ctx, args).await,
        Command::ConnectConfig(args) => connect_config::run(ctx, args).await,
        Command::Access(args) => access::run(ctx, args).await,
        Command::Audit(args) => audit::run(ctx, args).await,
        Command::Clients(args) => clients::run(ctx, args).await,
        Command::Server(args) => server::run(ctx, args).await,
        Command::Users(args) => users::run(ctx, args).await,
        Command::Sso(args) => sso::run(ctx, args).await,
        Command::Token(args) => token::run(ctx, args).await,
        Command::Trust(args) => trust::run(ctx, args).await,
        Command::Login(args) => login::run(ctx, args).await,
        Command::Logout(args) => logout::run(ctx, args).await,
        Command::Whoami(args) => whoami::run(ctx, args).await,
        Command::Config(args) => config::run(ctx, args),
        Command::Doctor(args) => doctor::run(ctx, args).await,
        Command::Completions(args) => completions::run(ctx, args),
        Command::Man(args) => man::run(ctx, args),
        Command::Version(args) => version::run(ctx, args).await,
        Command::Help(args) => help::run(ctx, &args),
        Command::Serve(_) | Command::Demo(_) | Command::Check(_) => unreachable!("dispatched above"),
    }
}

/// Names the connector that was probably meant, where there is none of the name that was typed.
async fn suggest(ctx: &Context, error: CmdError, name: &ConnectorName) -> CmdError {
    let Ok(client) = ctx.client() else { return error };
    let Ok(Ok(list)) = tokio::time::timeout(SUGGESTION, client.connectors()).await else {
        return error;
    };
    let known: Vec<&str> = list.connectors.iter().map(|known| known.name.as_str()).collect();
    if known.contains(&name.as_str()) {
        return error;
    }
    match nearest(name.as_str(), known) {
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error,
    }
}

/// Completes when the person presses Ctrl-C; never where signals can't be waited for.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        fn check(command: &clap::Command) {
            if command.get_subcommands().next().is_none() {
                let help = command
                    .get_after_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                assert!(help.contains("Example"), "{} has no examples", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn a_mistyped_word_gets_the_nearest_one() {
        let error = parse(&typed("berth depoly")).unwrap_err().to_string();
        assert!(error.contains("'deploy'"), "{error}");
        let error = parse(&typed("berth deploy --bundel x")).unwrap_err().to_string();
        assert!(error.contains("--bundle"), "{error}");
    }

    #[test]
    fn json_is_wanted_before_the_double_dash_only() {
        assert!(wants_json(&typed("berth list --output json --nope")));
        assert!(wants_json(&typed("berth --output=json")));
        assert!(!wants_json(&typed("berth deploy -- x --output json")));
    }
}
