//! The `issuerwatch` program: reads the command line, dispatches, and says an error in one line.

mod cli;
mod dispatch;
mod logging;
mod output;

use std::io::{self, Write as _};
use std::process::ExitCode;

use issuerwatch::config::ConfigError;
use issuerwatch::history::{BodyDropped, UsageError};
use issuerwatch::store::StoreError;
use issuerwatch::wording::text::causes;

use crate::cli::Cli;
use crate::dispatch::dispatch;
use crate::output::is_pipe_closed;

fn main() -> ExitCode {
    let cli = Cli::read();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) if is_pipe_closed(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let is_config = error.downcast_ref::<ConfigError>().is_some();
            // Problems of a file stand in the form that editors read.
            let who = if is_config { "" } else { "issuerwatch: " };
            // The result is ignored: if standard error is closed too, the error cannot be shown anywhere.
            drop(writeln!(io::stderr(), "{who}{}", words(&error)));
            let is_usage = error.downcast_ref::<UsageError>().is_some();
            let is_gone = error.downcast_ref::<BodyDropped>().is_some();
            ExitCode::from(match (is_config, is_usage, is_gone) {
                (true, _, _) => 78,
                (false, true, _) => 2,
                (false, false, true) => 4,
                (false, false, false) => 1,
            })
        }
    }
}

/// An error with its causes; of a store that is locked what to do.
fn words(error: &anyhow::Error) -> String {
    let stores = error
        .chain()
        .filter_map(|it| it.downcast_ref::<StoreError>());
    if stores.into_iter().any(StoreError::is_busy) {
        return "the store is locked by another process: try again when it is done".to_owned();
    }
    causes(error.as_ref())
}
