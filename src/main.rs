//! The `issuerwatch` program: reads the command line, calls one module, maps to an exit code.

mod cli;
mod logging;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use issuerwatch::clock::moment::When;
use issuerwatch::config::{Config, ConfigError, Outline, Secrets};
use issuerwatch::document::severity::{Group, Severity};
use issuerwatch::history::{self, Format, ListOptions};
use issuerwatch::policy::event::EventKind;
use issuerwatch::store::{EventFilter, Reader, Store, StoreError};
use issuerwatch::terminal::Style;
use issuerwatch::{
    accept, alert, check, clock, config_check, daemon, outbox, replay, rules, status,
};
use tokio::runtime::Builder;

use crate::cli::{Alert, Cli, Command, ConfigCommand, HistoryCommand, Outbox};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let is_config = error.downcast_ref::<ConfigError>().is_some();
            // Problems of a file stand in the form that editors read.
            let who = if is_config { "" } else { "issuerwatch: " };
            // Standard error may be gone as well; there is nobody left to tell.
            drop(writeln!(io::stderr(), "{who}{}", words(&error)));
            ExitCode::from(if is_config { 78 } else { 1 })
        }
    }
}

/// An error with its causes; some of them say what the one before said.
fn words(error: &anyhow::Error) -> String {
    let stores = error
        .chain()
        .filter_map(|it| it.downcast_ref::<StoreError>());
    if stores.into_iter().any(StoreError::is_busy) {
        return "the store is locked by another process: try again when it is done".to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if !words.last().is_some_and(|last| last.ends_with(&cause)) {
            words.push(cause);
        }
    }
    words.join(": ")
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    })
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let style = Style::of_stdout(cli.color.as_str());
    let verbosity = if cli.quiet {
        -1
    } else {
        i8::try_from(cli.verbose).unwrap_or(2)
    };
    let mut out = io::stdout().lock();
    let named = cli.config;
    let find = || Config::find(named.as_deref());
    // Secrets are read by what uses them: the shell beside a service does not have its credentials.
    let load = |secrets| Config::load_with(&find()?, secrets);
    let given = cli.store;
    let store_of = || match given.clone() {
        Some(store) => Ok(store),
        None => Config::outline(&find()?).map(|outline| outline.store),
    };
    match cli.command {
        Command::Run => {
            let config = load(Secrets::All("run"))?;
            logging::start(&config.log, verbosity);
            drop(out);
            run(daemon::run(config))?;
        }
        Command::Check(asked) => {
            let store = Config::outline(&find()?).map(|outline| outline.store);
            let has_daemon = store.is_ok_and(|store| Store::is_daemon_running(&store));
            let leaves_mails = asked.no_record || has_daemon;
            let config = load(if leaves_mails {
                Secrets::AllButMail("check")
            } else {
                Secrets::All("check")
            })?;
            logging::start(&config.log, verbosity.min(0) - 1 + verbosity.max(0) * 2);
            let options = check::Options {
                names: asked.names,
                fail_on: Severity::parse(&asked.fail_on).unwrap_or(Severity::Notice),
                is_dry: asked.no_record,
                leaves_mails,
                format: match asked.format {
                    cli::Each::Table => check::Format::Table,
                    cli::Each::Json => check::Format::Json,
                    cli::Each::Jsonl => check::Format::Jsonl,
                },
            };
            let work = check::check(&config, &options, style, &mut out);
            let outcome = run(work)?;
            // What changed is graver than what cannot be had now.
            return Ok(ExitCode::from(
                match (outcome.has_changes, outcome.has_failures) {
                    (true, _) => 3,
                    (false, true) => 4,
                    (false, false) => 0,
                },
            ));
        }
        Command::History(asked) => {
            let store = store_of()?;
            let reader = Reader::open(&store)?;
            match asked.command {
                None => {
                    let (options, format) = list_options(asked.list);
                    history::list(&reader, &options, format, style, &mut out)?;
                }
                Some(HistoryCommand::Show { event, format }) => {
                    let format = match format {
                        cli::Event::Table => Format::Table,
                        cli::Event::Json => Format::Json,
                        cli::Event::Jsonl => Format::Jsonl,
                        cli::Event::Patch => Format::Patch,
                    };
                    history::show(&reader, event, format, style, &mut out)?;
                }
                Some(HistoryCommand::At { target, time, raw }) => {
                    history::at(&reader, &target, time, raw, style, &mut out)?;
                }
                Some(HistoryCommand::Export { names }) => {
                    history::export(&reader, &names, &mut out)?;
                }
                Some(HistoryCommand::Verify) => {
                    return Ok(ExitCode::from(u8::from(!history::verify(
                        &reader, &mut out,
                    )?)));
                }
            }
        }
        Command::Status { names, format } => {
            let outline = match (find().and_then(|path| Config::outline(&path)), given) {
                (Ok(outline), None) => outline,
                (Ok(outline), Some(store)) => Outline { store, ..outline },
                (Err(_), Some(store)) => Outline {
                    store,
                    providers: Vec::new(),
                    spread: std::time::Duration::ZERO,
                },
                (Err(error), None) => return Err(error.into()),
            };
            let reader = Reader::open(&outline.store)?;
            let style = (format == cli::Whole::Table).then_some(style);
            let failing = status::status(&outline, &reader, &names, style, clock::now(), &mut out)?;
            return Ok(ExitCode::from(if failing { 4 } else { 0 }));
        }
        Command::Outbox { command, list } => {
            let list = match command {
                Some(Outbox::Retry { ids }) => {
                    let store = Config::outline(&find()?)?.store;
                    run(outbox::retry(&store, &ids, clock::now(), &mut out))?;
                    return Ok(ExitCode::SUCCESS);
                }
                Some(Outbox::List(list)) => list,
                None => list,
            };
            let style = (list.format == cli::Whole::Table).then_some(style);
            run(outbox::list(&store_of()?, style, clock::now(), &mut out))?;
        }
        Command::Accept { event, reason } => {
            let config = load(Secrets::Unread)?;
            let work = accept::accept(&config, event, &reason, clock::now(), &mut out);
            run(work)?;
        }
        Command::Alert(Alert::Test { to }) => {
            let config = load(Secrets::All("alert test"))?;
            let done = run(alert::test(&config, to, clock::now(), &mut out))?;
            return Ok(ExitCode::from(u8::from(!done)));
        }
        Command::Replay(asked) => {
            let config = load(Secrets::Unread)?;
            let options = replay::Options {
                recording: asked.recording,
                into: asked.into,
                mails: asked.mails,
                json: asked.format == cli::Whole::Json,
                keep_going: asked.keep_going,
            };
            run(replay::replay(&config, &options, &mut out))?;
        }
        Command::Rules { rule } => rules::rules(rule.as_deref(), style, &mut out)?,
        Command::Config(ConfigCommand::Check { plan, format }) => {
            let is_json = format == cli::Whole::Json;
            let config = match find().and_then(|path| Config::check(&path)) {
                Err(error) if is_json => {
                    config_check::problems(&error, &mut out)?;
                    return Ok(ExitCode::from(78));
                }
                read => read?,
            };
            let format = if is_json {
                config_check::Format::Json
            } else {
                config_check::Format::Table(style)
            };
            config_check::check(&config, plan, format, clock::now(), &mut out)?;
        }
        Command::Completions { shell } => cli::completions(shell),
        Command::Man => cli::man()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs work to its end. A name that is still being looked up on a thread of its own holds up nobody:
/// what was to be written is written.
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

fn format_of(format: cli::Format) -> Format {
    match format {
        cli::Format::Table => Format::Table,
        cli::Format::Json => Format::Json,
        cli::Format::Jsonl => Format::Jsonl,
        cli::Format::Markdown => Format::Markdown,
        cli::Format::Patch => Format::Patch,
    }
}

fn list_options(asked: cli::HistoryList) -> (ListOptions, Format) {
    let filter = EventFilter {
        providers: asked.names,
        since: asked.since.map(When::start),
        until: asked.until.map(When::end),
        member: asked.member,
        group: asked.group.as_deref().and_then(Group::parse),
        severity: asked.severity.as_deref().and_then(Severity::parse),
        kind: asked.event.as_deref().and_then(EventKind::parse),
        limit: (asked.limit > 0).then_some(asked.limit),
        oldest_first: asked.reverse,
    };
    (ListOptions { filter }, format_of(asked.format))
}
