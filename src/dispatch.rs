//! Every command: what was asked on the command line, as the one module of the library that does it
//! takes it, and the outcome as an exit code.

mod global;
mod history;
mod names;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use issuerwatch::clock::moment::TimeArgument;
use issuerwatch::config::{Config, Secrets, page, renamed, schema};
use issuerwatch::store::{Reader, Store};
use issuerwatch::{
    accept, alert, check, clients, clock, config_check, daemon, init, outbox, replay, report,
    rules, status,
};
use tokio::runtime::Builder;

use self::global::GlobalOptions;
use self::history::history_of;
use self::names::current;
use crate::cli::{self, Alert, Cli, Command, ConfigCommand, Outbox, PageForm, SchemaForm};
use crate::logging;
use crate::output::Output;

/// Does what the command line asks, and says how the program ends.
pub(crate) fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let common = GlobalOptions::of(&cli);
    cli.command.check_store_option(common.store.as_deref())?;
    let mut out = Output::of_stdout(cli.command.closed_pipe());
    match cli.command {
        Command::Init { urls, print } => {
            let named = common.config.clone();
            let file = named.unwrap_or_else(|| PathBuf::from("config.toml"));
            let options = init::InitOptions { urls, file, print };
            let found = run(init::init(&options, clock::now(), &mut out))?;
            return Ok(ExitCode::from(if found { 0 } else { 4 }));
        }
        Command::Run => {
            let config = common.load(Secrets::All("run"))?;
            logging::start(&config.log, common.verbosity);
            drop(out);
            run(daemon::run(config))?;
        }
        Command::Check(asked) => return check_now(&common, asked, &mut out),
        Command::History(asked) => return history_of(&common, asked, &mut out),
        Command::Clients { names, at, format } => {
            let outline = common.outline()?;
            let reader = Reader::open(&outline.store)?;
            let names = current(&outline, &reader, names)?;
            let (options, style) = (
                clients::ClientsOptions { names, at },
                common.style_of(format),
            );
            clients::clients(&outline, &reader, &options, style, &mut out)?;
        }
        Command::Status { names, format } => return status_of(&common, names, format, &mut out),
        Command::Outbox { command, list } => outbox_of(&common, command, &list, &mut out)?,
        Command::Accept { events, reason } => {
            let config = common.load(Secrets::Unread)?;
            let work = accept::accept(&config, &events, &reason, clock::now(), &mut out);
            run(work)?;
        }
        Command::Alert(Alert::Test { to }) => {
            let config = common.load(Secrets::AllButPolls("alert test"))?;
            let to = to.map(String::from);
            let done = run(alert::test(&config, to, clock::now(), &mut out))?;
            return Ok(ExitCode::from(u8::from(!done)));
        }
        Command::Report(asked) => {
            let outline = common.outline()?;
            let reader = Reader::open(&outline.store)?;
            let (names, file) = (current(&outline, &reader, asked.names)?, asked.out);
            let since = asked.since.map(TimeArgument::start);
            let options = report::ReportOptions { names, since, file };
            report::report(&reader, options, &outline.reserved, clock::now(), &mut out)?;
        }
        Command::Replay(asked) => {
            let config = common.load(Secrets::Unread)?;
            let options = replay::ReplayOptions {
                recording: asked.recording,
                into: asked.into,
                mails: asked.mails,
                json: asked.format == cli::ObjectForm::Json,
                keep_going: asked.keep_going,
            };
            run(replay::replay(&config, &options, &mut out))?;
        }
        Command::Rules { rule, format } => match format {
            PageForm::Table => rules::rules(rule.as_deref(), common.style, &mut out)?,
            PageForm::Markdown => rules::page(&mut out)?,
        },
        Command::Config(ConfigCommand::Check { plan, format }) => {
            return check_config(&common, plan, format, &mut out);
        }
        Command::Config(ConfigCommand::Schema { format }) => match format {
            SchemaForm::Json => writeln!(out, "{:#}", schema::schema())?,
            SchemaForm::Markdown => write!(out, "{}", page::page())?,
        },
        Command::Completions { shell } => cli::completions(shell, &mut out)?,
        Command::Man { out: None } => cli::man::whole(&mut out)?,
        Command::Man {
            out: Some(directory),
        } => cli::man::pages(&directory)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn check_now(
    common: &GlobalOptions,
    asked: cli::Check,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let store = common.configured_store();
    let has_daemon = store.is_ok_and(|store| Store::is_daemon_running(&store));
    let leaves_mails = asked.no_record || has_daemon;
    let config = common.load(if leaves_mails {
        Secrets::AllButMail("check")
    } else {
        Secrets::All("check")
    })?;
    let verbosity = common.verbosity;
    logging::start(&config.log, verbosity.min(0) - 1 + verbosity.max(0) * 2);
    let now = |name: String| renamed(&config.providers, &name).unwrap_or(name);
    let options = check::CheckOptions {
        names: asked.names.into_iter().map(now).collect(),
        fail_on: asked.fail_on,
        is_dry: asked.no_record,
        leaves_mails,
        format: match asked.format {
            cli::SequenceForm::Table => check::CheckFormat::Table,
            cli::SequenceForm::Json => check::CheckFormat::Json,
            cli::SequenceForm::Jsonl => check::CheckFormat::Jsonl,
        },
    };
    let outcome = run(check::check(&config, &options, common.style, out))?;
    // A change takes precedence over a failure in the exit code.
    Ok(ExitCode::from(
        match (outcome.has_changes, outcome.has_failures) {
            (true, _) => 3,
            (false, true) => 4,
            (false, false) => 0,
        },
    ))
}

fn status_of(
    common: &GlobalOptions,
    names: Vec<String>,
    format: cli::ObjectForm,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let outline = common.outline()?;
    let reader = Reader::open(&outline.store)?;
    let style = common.style_of(format);
    let names = current(&outline, &reader, names)?;
    let failing = status::status(&outline, &reader, &names, style, clock::now(), out)?;
    Ok(ExitCode::from(if failing { 4 } else { 0 }))
}

fn outbox_of(
    common: &GlobalOptions,
    command: Option<Outbox>,
    list: &cli::OutboxList,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let format = match command {
        Some(Outbox::Retry { ids }) => {
            let store = common.configured_store()?;
            let ids = ids.into_iter().collect();
            return run(outbox::retry(&store, &ids, clock::now(), out));
        }
        Some(Outbox::Drop { ids }) => {
            let store = common.configured_store()?;
            let ids = ids.into_iter().collect();
            return run(outbox::drop_given_up(&store, &ids, clock::now(), out));
        }
        Some(Outbox::List(list)) => list.format,
        None => list.format,
    };
    let style = common.style_of(format);
    outbox::list(&common.any_store()?, style, clock::now(), out)
}

fn check_config(
    common: &GlobalOptions,
    plan: bool,
    format: cli::ObjectForm,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let is_json = format == cli::ObjectForm::Json;
    let config = match common.find().and_then(|path| Config::check(&path)) {
        Err(error) if is_json => {
            config_check::problems(&error, out)?;
            return Ok(ExitCode::from(78));
        }
        read => read?,
    };
    let format = if is_json {
        config_check::ConfigCheckFormat::Json
    } else {
        config_check::ConfigCheckFormat::Table(common.style)
    };
    config_check::check(&config, plan, format, clock::now(), out)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs work to its end. It does not wait for name lookups that are still running on other threads,
/// because everything that had to be written is written by then.
fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(32)
        .enable_all()
        .build()?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}
