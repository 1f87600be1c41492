//! What a terminal needs: width, color, columns, progress.

mod style;
mod table;

use std::io::{BufReader, IsTerminal as _, Write};

use indicatif::{ProgressBar, ProgressStyle};

pub use self::style::{Style, Tone, width_of};
pub use self::table::columns;

/// Standard error, for what is said beside the output. Writing to it never fails: it may be closed, and
/// what a command does and how it ends does not depend on who listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Aside;

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        drop(std::io::stderr().write_all(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// How long work goes on, on standard error, if that is a terminal; erased at the end.
#[derive(Debug)]
pub struct Progress {
    /// The bar that is drawn; `None` until there is something to show.
    bar: Option<ProgressBar>,
    /// Whether its steps are drawn: a few are not worth a bar.
    is_counting: bool,
}

impl Progress {
    /// A bar for this number of steps.
    pub fn of(steps: usize) -> Self {
        let is_counting = steps > 4;
        let bar = || {
            let (bar, template) = if is_counting {
                let bar = ProgressBar::new(steps as u64);
                (bar, "{wide_bar} {pos}/{len} {msg}")
            } else {
                (ProgressBar::new_spinner(), "{msg}")
            };
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        };
        Self {
            bar: std::io::stderr().is_terminal().then(bar),
            is_counting,
        }
    }

    /// Says what is being done, until something else is; nothing for an empty text.
    pub fn note(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        }
    }

    /// A bar for a file of this many bytes, if its size is known.
    pub fn of_bytes(bytes: Option<u64>) -> Self {
        let is_shown = std::io::stderr().is_terminal();
        let bar = || match bytes {
            Some(bytes) => ProgressBar::new(bytes),
            None => ProgressBar::no_length(),
        };
        Self {
            bar: is_shown.then(bar),
            is_counting: true,
        }
    }

    /// Counts the bytes that are read through it.
    pub fn reading(
        &self,
        input: Box<dyn std::io::Read + Send>,
    ) -> Box<dyn std::io::BufRead + Send> {
        match &self.bar {
            None => Box::new(BufReader::with_capacity(1 << 18, input)),
            Some(bar) => Box::new(BufReader::with_capacity(1 << 18, bar.wrap_read(input))),
        }
    }

    /// Says something without tearing the bar.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => drop(writeln!(Aside, "{line}")),
        }
    }

    /// One step is done.
    pub fn step(&self) {
        if let Some(bar) = self.bar.as_ref().filter(|_| self.is_counting) {
            bar.inc(1);
        }
    }

    /// Ends and erases the bar after the last step.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    /// Erases the bar also if the work failed, so that the error stands on a line of its own.
    fn drop(&mut self) {
        self.end();
    }
}
