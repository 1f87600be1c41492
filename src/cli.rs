//! The command line. Owns clap.

mod form;
mod history;
pub(crate) mod man;
mod order;
mod stance;
mod value;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use issuerwatch::clock::moment::TimeArgument;
use issuerwatch::config::mailbox::Mailbox;
use issuerwatch::document::severity::Severity;
use issuerwatch::init::StartAddress;

pub(crate) use self::form::{ObjectForm, PageForm, SchemaForm, SequenceForm};
pub(crate) use self::history::{
    Blame, Diff, Event, Format, History, HistoryCommand, HistoryList, KeyFormat, Keys,
};
use self::value::{address, event, mail, page, severities, start_address, time};

/// The variable that names the configuration.
const CONFIG: &str = "ISSUERWATCH_CONFIG";

/// Watches OAuth and OpenID discovery documents and mails people when they change.
#[derive(Debug, Parser)]
#[command(
    name = "issuerwatch",
    version,
    after_help = "Exit: 0 done; 1 local error; 2 usage; \
3 `check` or `history diff --against` saw a change, or a token is not its issuer's; 4 a document could not be had; 78 configuration."
)]
pub(crate) struct Cli {
    /// The configuration; else ./config.toml, then /etc/issuerwatch/config.toml.
    #[arg(long, global = true, value_name = "FILE", env = CONFIG)]
    pub(crate) config: Option<PathBuf>,
    /// The store to read, whatever the configuration says; for `history`, `report`, `clients`, `status` and `outbox`.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) store: Option<PathBuf>,
    /// Whether output is colored.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// More log lines; twice for all.
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Only log lines that ask for action.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// What was typed; ends the process where that cannot be read.
    pub(crate) fn read() -> Self {
        let mut command = Self::command();
        // An empty variable is none.
        if std::env::var_os(CONFIG).is_some_and(|value| value.is_empty()) {
            command = command.mut_arg("config", |arg| arg.env(Resettable::Reset));
        }
        let args = order::in_order(&command, std::env::args_os().collect());
        let read = command.try_get_matches_from(args);
        read.and_then(|found| Self::from_arg_matches(&found))
            .unwrap_or_else(|error| error.exit())
    }
}

/// What may stand instead of an address.
const AFTER_INIT: &str = "Names: google, apple, gitlab, github-actions, entra:TENANT, okta:DOMAIN, auth0:DOMAIN, \
keycloak:URL. Written is --config FILE, else ./config.toml. Exit 4 where nothing answers: then nothing is written.";

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Finds the documents of an issuer, a resource or any address of one, and adds it to the configuration.
    #[command(after_help = AFTER_INIT)]
    Init {
        /// An issuer, the address of a document, a key set or a page, a host; or a name, see below.
        #[arg(required = true, value_name = "URL", value_parser = start_address)]
        urls: Vec<StartAddress>,
        /// Print what would be written, and write nothing; what is said besides is a comment.
        #[arg(long)]
        print: bool,
    },
    /// The daemon: polls on schedule, records, mails.
    Run,
    /// Polls once now, records, prints.
    Check(Check),
    /// The history, newest first.
    History(History),
    /// Each target: health, last poll, next poll; the outbox.
    Status {
        /// Providers, or PROVIDER/DOCUMENT, with * for any characters; all where none is named.
        names: Vec<String>,
        /// One JSON object instead of a table.
        #[arg(long, value_enum, default_value_t = ObjectForm::Table)]
        format: ObjectForm,
    },
    /// Which clients accept each stored document, and why not.
    Clients {
        /// Providers, PROVIDER/DOCUMENT, or clients, with * for any characters; all where none is named.
        names: Vec<String>,
        /// As the documents were then: RFC 3339, YYYY-MM-DD, or 7d, 12h.
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Option<TimeArgument>,
        /// One JSON array instead of a table.
        #[arg(long, value_enum, default_value_t = ObjectForm::Table)]
        format: ObjectForm,
    },
    /// Mails and posts that did not arrive: what waits, what was refused or given up.
    Outbox {
        #[command(subcommand)]
        command: Option<Outbox>,
        #[command(flatten)]
        list: OutboxList,
    },
    /// An event was expected: recorded, quiets further mails about it.
    Accept {
        /// Number of the event; several numbers, one after the other.
        #[arg(value_parser = event, value_name = "EVENT", required = true)]
        events: Vec<i64>,
        /// Why it was expected; kept in the history.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Mails: try the transport.
    #[command(subcommand)]
    Alert(Alert),
    /// One HTML page that needs nothing else: time line, availability, lives of keys, what changed.
    Report(Report),
    /// Recorded observations through the same rules.
    Replay(Replay),
    /// The table of rules; one rule explained.
    Rules {
        /// Id of a rule.
        rule: Option<String>,
        /// All rules as a page in Markdown instead.
        #[arg(long, value_enum, default_value_t = PageForm::Table, conflicts_with = "rule")]
        format: PageForm,
    },
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// The manual page.
    Man {
        /// Write a page for each command into this directory instead.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Providers, or PROVIDER/DOCUMENT, with * for any characters; all where none is named.
    pub(crate) names: Vec<String>,
    /// The least severity that ends with exit code 3.
    #[arg(long, default_value = "notice", value_name = "SEVERITY", value_parser = severities())]
    pub(crate) fail_on: Severity,
    /// Record nothing and mail nothing.
    #[arg(long)]
    pub(crate) no_record: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = SequenceForm::Table)]
    pub(crate) format: SequenceForm,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Providers, or PROVIDER/DOCUMENT, with * for any characters; all where none is named.
    pub(crate) names: Vec<String>,
    /// Where the page is written, whole or not at all.
    #[arg(long, value_name = "FILE", value_parser = page)]
    pub(crate) out: PathBuf,
    /// Not before: RFC 3339, YYYY-MM-DD, or 7d, 12h.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<TimeArgument>,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// JSON Lines, oldest first, as `history export` writes them; `-` reads standard input.
    #[arg(value_name = "FILE")]
    pub(crate) recording: PathBuf,
    /// Keep the history in this new store.
    #[arg(long, value_name = "DB")]
    pub(crate) into: Option<PathBuf>,
    /// Write the mails into this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) mails: Option<PathBuf>,
    /// Report bad lines and go on.
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t = ObjectForm::Table)]
    pub(crate) format: ObjectForm,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// To whom, why, how often, when next.
    List(OutboxList),
    /// Tries again at once: all that waits; by number also what was refused or given up.
    Retry {
        /// Their numbers.
        #[arg(value_name = "ID", value_parser = mail)]
        ids: Vec<i64>,
    },
    /// Gives up for good what was refused or expired: `status` tells of it no more, `history show` does.
    Drop {
        /// Their numbers.
        #[arg(value_name = "ID", value_parser = mail, required = true)]
        ids: Vec<i64>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OutboxList {
    /// One JSON array instead of a table.
    #[arg(long, value_enum, default_value_t = ObjectForm::Table)]
    pub(crate) format: ObjectForm,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// Sends a sample alert through the real transport, to everybody who would be told of anything.
    Test {
        /// To this address instead of the configured ones.
        #[arg(long, value_parser = address)]
        to: Option<Mailbox>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Every problem with its line.
    Check {
        /// Print targets, URLs and next poll times, what would come and go, and whether there is time for it.
        #[arg(long)]
        plan: bool,
        /// One JSON object instead of words.
        #[arg(long, value_enum, default_value_t = ObjectForm::Table)]
        format: ObjectForm,
    },
    /// The JSON Schema of the configuration, for editors; or its keys as a page.
    Schema {
        /// The page in Markdown instead.
        #[arg(long, value_enum, default_value_t = SchemaForm::Json)]
        format: SchemaForm,
    },
}

/// Writes completions. They are made in memory first, because the generator panics where it cannot write.
pub(crate) fn completions(shell: clap_complete::Shell, out: &mut dyn Write) -> io::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "issuerwatch", &mut text);
    out.write_all(&text)
}
