//! What is asked of the history.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use issuerwatch::clock::moment::TimeArgument;
use issuerwatch::document::severity::{Group, Severity};
use issuerwatch::policy::event::EventKind;

use super::form::ObjectForm;
use super::value::{event, event_kinds, groups, limit, severities, time};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct History {
    #[command(subcommand)]
    pub(crate) command: Option<HistoryCommand>,
    #[command(flatten)]
    pub(crate) list: HistoryList,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryList {
    /// Providers, or PROVIDER/DOCUMENT, with * for any characters; all where none is named. Write `--` before one named like a command.
    pub(crate) names: Vec<String>,
    /// Not before: RFC 3339, YYYY-MM-DD, or 7d, 12h.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<TimeArgument>,
    /// Before; a day counts whole.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<TimeArgument>,
    /// About this member.
    #[arg(long)]
    pub(crate) member: Option<String>,
    /// About a member of this group.
    #[arg(long, value_parser = groups())]
    pub(crate) group: Option<Group>,
    /// At least this grave.
    #[arg(long, value_parser = severities())]
    pub(crate) severity: Option<Severity>,
    /// Events of this kind.
    #[arg(long, value_name = "KIND", value_parser = event_kinds())]
    pub(crate) event: Option<EventKind>,
    /// At most so many; 0 is all.
    #[arg(long, default_value_t = 50, value_parser = limit)]
    pub(crate) limit: u64,
    /// Oldest first.
    #[arg(long)]
    pub(crate) reverse: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// One event whole, or several.
    Show {
        /// Its number; several numbers, one after the other.
        #[arg(value_parser = event, value_name = "EVENT", required = true)]
        events: Vec<i64>,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Event::Table)]
        format: Event,
    },
    /// The document as it was.
    At {
        /// NAME or NAME/DOCUMENT.
        target: String,
        /// RFC 3339, YYYY-MM-DD (as it was left that day), or 7d, 12h.
        #[arg(value_parser = time)]
        time: TimeArgument,
        /// The bytes received.
        #[arg(long)]
        raw: bool,
    },
    /// How a document differs between two states, from another one, or from a pinned copy.
    Diff(Diff),
    /// Every member: its value, since when, which event brought it, and who expected that.
    Blame(Blame),
    /// The life of every key of a key set; with --at, the keys that it had then.
    Keys(Keys),
    /// A token in hand: whether its key was published when it was issued, and whether it signed it. Ends 0 if so, 3 if not, 4 if nothing is known of its issuer or it cannot be verified. The token is not kept, and of its claims only iss and iat are printed.
    Token {
        /// The file that holds it, `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How to print.
        #[arg(long, value_enum, default_value_t = ObjectForm::Table)]
        format: ObjectForm,
    },
    /// Writes the observations behind it as JSON Lines, in the format that replay reads.
    Export {
        /// Providers, or PROVIDER/DOCUMENT, with * for any characters; all where none is named.
        names: Vec<String>,
    },
    /// Proves that the history is what was written.
    Verify,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// NAME or NAME/DOCUMENT.
    pub(crate) target: String,
    /// The state before: a time, the number of an event (the state after it), or `now`; or another
    /// NAME/DOCUMENT, to compare both as they are now.
    #[arg(value_name = "A")]
    pub(crate) from: Option<String>,
    /// The state after; now where it is left out.
    #[arg(value_name = "B", conflicts_with = "against")]
    pub(crate) to: Option<String>,
    /// A file that holds what was before, `-` for standard input; ends 3 where the document differs from it.
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// The least severity that ends with exit code 3.
    #[arg(long, default_value = "notice", value_name = "SEVERITY", value_parser = severities(), requires = "against")]
    pub(crate) fail_on: Severity,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Blame {
    /// NAME or NAME/DOCUMENT.
    pub(crate) target: String,
    /// Only this member.
    pub(crate) member: Option<String>,
    /// Every element of a set by itself.
    #[arg(long)]
    pub(crate) elements: bool,
    /// One JSON array instead of a table.
    #[arg(long, value_enum, default_value_t = ObjectForm::Table)]
    pub(crate) format: ObjectForm,
}

#[derive(Debug, Args)]
pub(crate) struct Keys {
    /// NAME, or NAME/jwks.
    pub(crate) target: String,
    /// The set of this time: RFC 3339, YYYY-MM-DD (as it was left that day), or 7d, 12h.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<TimeArgument>,
    /// Only keys that are called so.
    #[arg(long)]
    pub(crate) kid: Option<String>,
    /// Only the key with this thumbprint (RFC 7638, SHA-256).
    #[arg(long)]
    pub(crate) thumbprint: Option<String>,
    /// How to print: `jwk` is one JWK set and nothing else, `pem` the public keys, both of now or of --at.
    #[arg(long, value_enum, default_value_t = KeyFormat::Table)]
    pub(crate) format: KeyFormat,
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Event {
    Table,
    Json,
    Jsonl,
    Patch,
}

/// The history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Jsonl,
    Markdown,
    Patch,
}

/// Keys of a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyFormat {
    Table,
    Json,
    Jwk,
    Pem,
}
