//! What holds of each command as such: whether it takes `--store`, and what it does when nobody reads
//! what it prints. Each is asked of every command, so that a new one has to answer.

use std::path::Path;

use issuerwatch::document::path;
use issuerwatch::history::UsageError;

use super::{Alert, Command, ConfigCommand, HistoryCommand, Outbox};
use crate::output::ClosedPipe;

/// What `--store` means to a command.
enum StoreOption {
    /// It reads the store that is named.
    Read,
    /// It has no store, so that the option misleads nobody.
    Meaningless,
    /// It uses another store, and would silently do so; with its name and what to do.
    Refused(&'static str, &'static str),
}

/// The remedy of what works on the store of the configuration.
const CONFIGURED: &str = "write it as path in [store] of the configuration";

impl Command {
    /// Refuses `--store` for what would silently use another store.
    pub(crate) fn check_store_option(&self, named: Option<&Path>) -> Result<(), UsageError> {
        let (Some(store), StoreOption::Refused(command, remedy)) = (named, self.store_option())
        else {
            return Ok(());
        };
        let store = path::visible(store);
        Err(UsageError(format!(
            "{command} does not take --store {store}: {remedy}"
        )))
    }

    fn store_option(&self) -> StoreOption {
        use StoreOption::{Meaningless, Read, Refused};
        match self {
            Self::History(_) | Self::Status { .. } | Self::Clients { .. } | Self::Report(_) => Read,
            Self::Outbox { command, .. } => match command {
                None | Some(Outbox::List(_)) => Read,
                Some(Outbox::Retry { .. }) => Refused("outbox retry", CONFIGURED),
                Some(Outbox::Drop { .. }) => Refused("outbox drop", CONFIGURED),
            },
            Self::Run => Refused("run", CONFIGURED),
            Self::Check(_) => Refused("check", CONFIGURED),
            Self::Accept { .. } => Refused("accept", CONFIGURED),
            Self::Alert(Alert::Test { .. }) => Refused("alert test", CONFIGURED),
            Self::Config(ConfigCommand::Check { .. }) => Refused("config check", CONFIGURED),
            Self::Replay(_) => Refused("replay", "a new store is made by --into"),
            Self::Init { .. } => Refused("init", CONFIGURED),
            Self::Rules { .. }
            | Self::Config(ConfigCommand::Schema { .. })
            | Self::Completions { .. }
            | Self::Man { .. } => Meaningless,
        }
    }

    /// What the command does when nobody reads on. One whose exit code is its answer, or that acts, goes
    /// on; a list ends, because nobody wants the rest.
    pub(crate) fn closed_pipe(&self) -> ClosedPipe {
        match self {
            Self::History(asked) => match &asked.command {
                None | Some(HistoryCommand::Export { .. }) => ClosedPipe::Ends,
                Some(_) => ClosedPipe::GoesOn,
            },
            Self::Outbox { command, .. } => match command {
                None | Some(Outbox::List(_)) => ClosedPipe::Ends,
                Some(Outbox::Retry { .. } | Outbox::Drop { .. }) => ClosedPipe::GoesOn,
            },
            Self::Init { .. }
            | Self::Run
            | Self::Check(_)
            | Self::Status { .. }
            | Self::Clients { .. }
            | Self::Accept { .. }
            | Self::Alert(_)
            | Self::Report(_)
            | Self::Replay(_)
            | Self::Rules { .. }
            | Self::Config(_)
            | Self::Completions { .. }
            | Self::Man { .. } => ClosedPipe::GoesOn,
        }
    }
}
