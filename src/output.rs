//! Standard output of a command, which may be a pipe that its reader has closed.
//!
//! A closed pipe changes no exit code. It is recognised here, where it happens, and not by the kind of
//! whatever error ends a command: a connection to a server breaks with the same kind.

use std::fmt;
use std::io::{self, ErrorKind, StdoutLock, Write};

/// What a command does when nobody reads on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClosedPipe {
    /// It goes on and prints nothing: it acts, or its exit code is its answer.
    GoesOn,
    /// It ends with success: all it does is print, which may be long.
    Ends,
}

/// Standard output.
pub(crate) struct Output {
    /// Where it is written.
    stdout: StdoutLock<'static>,
    /// What happens when nobody reads on.
    closed_pipe: ClosedPipe,
    /// Whether nobody reads on.
    is_closed: bool,
}

/// The error that ends a command which only prints, when nobody reads on.
#[derive(Debug)]
struct PipeClosed;

impl fmt::Display for PipeClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads standard output")
    }
}

impl std::error::Error for PipeClosed {}

impl Output {
    /// Standard output, which is locked as long as this is there.
    pub(crate) fn of_stdout(closed_pipe: ClosedPipe) -> Self {
        Self {
            stdout: io::stdout().lock(),
            closed_pipe,
            is_closed: false,
        }
    }

    /// Does something to standard output; `nobody` is the result where nobody reads on.
    fn attempt<T>(
        &mut self,
        act: impl FnOnce(&mut StdoutLock<'static>) -> io::Result<T>,
        nobody: T,
    ) -> io::Result<T> {
        if !self.is_closed {
            match act(&mut self.stdout) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.is_closed = true,
                done => return done,
            }
        }
        match self.closed_pipe {
            ClosedPipe::GoesOn => Ok(nobody),
            ClosedPipe::Ends => Err(io::Error::new(ErrorKind::BrokenPipe, PipeClosed)),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.attempt(|stdout| stdout.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.attempt(Write::flush, ())
    }
}

/// Whether a command ended only because nobody reads its standard output.
pub(crate) fn is_pipe_closed(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        let Some(inner) = cause.and_then(io::Error::get_ref) else {
            return false;
        };
        inner.is::<PipeClosed>()
    })
}
