//! The `issuerwatch` program: reads the command line, calls one module, maps to an exit code.

mod cli;
mod logging;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use issuerwatch::clock::moment::When;
use issuerwatch::config::{Config, ConfigError, Outline, Secrets};
use issuerwatch::history::{
    self, DiffOptions, DiffOutcome, Format, NotKept, TokenOptions, UsageError,
};
use issuerwatch::policy::token::Verdict;
use issuerwatch::store::{Reader, Store, StoreError};
use issuerwatch::terminal::Style;
use issuerwatch::{
    accept, alert, check, clients, clock, config_check, daemon, outbox, replay, report, rules,
    status,
};
use tokio::runtime::Builder;

use crate::cli::{Alert, Cli, Command, ConfigCommand, HistoryCommand, Outbox};
use crate::cli::{blame_options, format_of, keys_options, list_options};

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
            let is_usage = error.downcast_ref::<UsageError>().is_some();
            let is_gone = error.downcast_ref::<NotKept>().is_some();
            ExitCode::from(match (is_config, is_usage, is_gone) {
                (true, _, _) => 78,
                (false, true, _) => 2,
                (false, false, true) => 4,
                (false, false, false) => 1,
            })
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

/// What of the command line holds for every command.
struct Common {
    config: Option<PathBuf>,
    store: Option<PathBuf>,
    style: Style,
    verbosity: i8,
}

impl Common {
    fn find(&self) -> Result<PathBuf, ConfigError> {
        Config::find(self.config.as_deref())
    }

    /// Secrets are read by what uses them: the shell beside a service does not have its credentials.
    fn load(&self, secrets: Secrets) -> Result<Config, ConfigError> {
        Config::load_with(&self.find()?, secrets)
    }

    /// The store that is configured.
    fn configured_store(&self) -> Result<PathBuf, ConfigError> {
        Config::outline(&self.find()?).map(|outline| outline.store)
    }

    /// The store that is named, else the one that is configured.
    fn any_store(&self) -> Result<PathBuf, ConfigError> {
        self.store
            .clone()
            .map_or_else(|| self.configured_store(), Ok)
    }

    /// The style of a table; none for an object.
    fn style_of(&self, format: cli::Whole) -> Option<Style> {
        (format == cli::Whole::Table).then_some(self.style)
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let common = Common {
        style: Style::of_stdout(cli.color.as_str()),
        verbosity: if cli.quiet {
            -1
        } else {
            i8::try_from(cli.verbose).unwrap_or(2)
        },
        config: cli.config,
        store: cli.store,
    };
    let mut out = io::stdout().lock();
    match cli.command {
        Command::Run => {
            let config = common.load(Secrets::All("run"))?;
            logging::start(&config.log, common.verbosity);
            drop(out);
            run(daemon::run(config))?;
        }
        Command::Check(asked) => return check_now(&common, asked, &mut out),
        Command::History(asked) => return history_of(&common, asked, &mut out),
        Command::Status { names, format } => return status_of(&common, &names, format, &mut out),
        Command::Clients { names, at, format } => {
            let outline = outline_of(&common)?;
            let reader = Reader::open(&outline.store)?;
            let (options, style) = (clients::Options { names, at }, common.style_of(format));
            clients::clients(&outline, &reader, &options, style, &mut out)?;
        }
        Command::Outbox { command, list } => outbox_of(&common, command, &list, &mut out)?,
        Command::Accept { event, reason } => {
            let config = common.load(Secrets::Unread)?;
            let work = accept::accept(&config, event, &reason, clock::now(), &mut out);
            run(work)?;
        }
        Command::Alert(Alert::Test { to }) => {
            let config = common.load(Secrets::All("alert test"))?;
            let to = to.map(String::from);
            let done = run(alert::test(&config, to, clock::now(), &mut out))?;
            return Ok(ExitCode::from(u8::from(!done)));
        }
        Command::Report(asked) => {
            let reader = Reader::open(&common.any_store()?)?;
            let (names, file) = (asked.names, asked.out);
            let since = asked.since.map(When::start);
            let options = report::Options { names, since, file };
            report::report(&reader, options, clock::now(), &mut out)?;
        }
        Command::Replay(asked) => {
            let config = common.load(Secrets::Unread)?;
            let options = replay::Options {
                recording: asked.recording,
                into: asked.into,
                mails: asked.mails,
                json: asked.format == cli::Whole::Json,
                keep_going: asked.keep_going,
            };
            run(replay::replay(&config, &options, &mut out))?;
        }
        Command::Rules { rule } => rules::rules(rule.as_deref(), common.style, &mut out)?,
        Command::Config(ConfigCommand::Check { plan, format }) => {
            return check_config(&common, plan, format, &mut out);
        }
        Command::Completions { shell } => cli::completions(shell),
        Command::Man => cli::man()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn check_now(common: &Common, asked: cli::Check, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
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
    let options = check::Options {
        names: asked.names,
        fail_on: asked.fail_on,
        is_dry: asked.no_record,
        leaves_mails,
        format: match asked.format {
            cli::Each::Table => check::Format::Table,
            cli::Each::Json => check::Format::Json,
            cli::Each::Jsonl => check::Format::Jsonl,
        },
    };
    let outcome = run(check::check(&config, &options, common.style, out))?;
    // What changed is graver than what cannot be had now.
    Ok(ExitCode::from(
        match (outcome.has_changes, outcome.has_failures) {
            (true, _) => 3,
            (false, true) => 4,
            (false, false) => 0,
        },
    ))
}

fn history_of(
    common: &Common,
    asked: cli::History,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let reader = Reader::open(&common.any_store()?)?;
    let style = common.style;
    match asked.command {
        None => {
            let (options, format) = list_options(asked.list);
            history::list(&reader, &options, format, style, out)?;
        }
        Some(HistoryCommand::Show { event, format }) => {
            let format = match format {
                cli::Event::Table => Format::Table,
                cli::Event::Json => Format::Json,
                cli::Event::Jsonl => Format::Jsonl,
                cli::Event::Patch => Format::Patch,
            };
            history::show(&reader, event, format, style, out)?;
        }
        Some(HistoryCommand::At { target, time, raw }) => {
            history::at(&reader, &target, time, raw, style, out)?;
        }
        Some(HistoryCommand::Diff(asked)) => return diff(common, &reader, asked, out),
        Some(HistoryCommand::Blame(asked)) => {
            history::blame(&reader, &blame_options(asked), style, out)?;
        }
        Some(HistoryCommand::Keys(asked)) => {
            history::keys(&reader, &keys_options(asked), style, out)?;
        }
        Some(HistoryCommand::Token { file, format }) => {
            let is_json = format == cli::Whole::Json;
            let options = TokenOptions { file, is_json };
            let verdict = history::token(&reader, &options, style, clock::now(), out)?;
            return Ok(ExitCode::from(match verdict {
                Verdict::Theirs => 0,
                Verdict::NotThen | Verdict::Forged => 3,
                Verdict::Unknown => 4,
            }));
        }
        Some(HistoryCommand::Export { names }) => history::export(&reader, &names, out)?,
        Some(HistoryCommand::Verify) => {
            let is_whole = history::verify(&reader, out)?;
            return Ok(ExitCode::from(u8::from(!is_whole)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn diff(
    common: &Common,
    reader: &Reader,
    asked: cli::Diff,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let outline = common.find().and_then(|path| Config::outline(&path));
    let options = DiffOptions {
        target: asked.target,
        from: asked.from,
        to: asked.to,
        against: asked.against,
        fail_on: asked.fail_on,
    };
    let (outline, format) = (outline.as_ref().ok(), format_of(asked.format));
    let (style, now) = (common.style, clock::now());
    let outcome = history::diff(reader, outline, &options, format, style, now, out)?;
    Ok(ExitCode::from(match outcome {
        DiffOutcome::Compared => 0,
        DiffOutcome::Differs => 3,
        DiffOutcome::Unusable => 4,
    }))
}

/// What the configuration says, with the store that is named; of a store that is named alone, that.
fn outline_of(common: &Common) -> Result<Outline, ConfigError> {
    let outline = common.find().and_then(|path| Config::outline(&path));
    match (outline, common.store.clone()) {
        (Ok(outline), None) => Ok(outline),
        (Ok(outline), Some(store)) => Ok(Outline { store, ..outline }),
        (Err(_), Some(store)) => Ok(Outline::of_store(store)),
        (Err(error), None) => Err(error),
    }
}

fn status_of(
    common: &Common,
    names: &[String],
    format: cli::Whole,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let outline = outline_of(common)?;
    let reader = Reader::open(&outline.store)?;
    let style = common.style_of(format);
    let failing = status::status(&outline, &reader, names, style, clock::now(), out)?;
    Ok(ExitCode::from(if failing { 4 } else { 0 }))
}

fn outbox_of(
    common: &Common,
    command: Option<Outbox>,
    list: &cli::OutboxList,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let format = match command {
        Some(Outbox::Retry { ids }) => {
            let store = common.configured_store()?;
            return run(outbox::retry(&store, &ids, clock::now(), out));
        }
        Some(Outbox::List(list)) => list.format,
        None => list.format,
    };
    let style = common.style_of(format);
    run(outbox::list(&common.any_store()?, style, clock::now(), out))
}

fn check_config(
    common: &Common,
    plan: bool,
    format: cli::Whole,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let is_json = format == cli::Whole::Json;
    let config = match common.find().and_then(|path| Config::check(&path)) {
        Err(error) if is_json => {
            config_check::problems(&error, out)?;
            return Ok(ExitCode::from(78));
        }
        read => read?,
    };
    let format = if is_json {
        config_check::Format::Json
    } else {
        config_check::Format::Table(common.style)
    };
    config_check::check(&config, plan, format, clock::now(), out)?;
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
