//! What is printed: figures, what they may be at most or at least, and whether they are.

use std::sync::atomic::{AtomicUsize, Ordering};

static MISSED: AtomicUsize = AtomicUsize::new(0);

/// How a figure is judged.
#[derive(Clone, Copy)]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Only told.
    None,
}

impl Target {
    /// `met` or `MISSED`; nothing where nothing was promised.
    pub fn verdict(self, figure: f64) -> &'static str {
        let is_met = match self {
            Self::AtMost(most) => figure <= most,
            Self::AtLeast(least) => figure >= least,
            Self::None => return "",
        };
        if is_met {
            return "met";
        }
        MISSED.fetch_add(1, Ordering::Relaxed);
        "MISSED"
    }

    pub fn words(self) -> String {
        match self {
            Self::AtMost(most) => format!("<= {most}"),
            Self::AtLeast(least) => format!(">= {least}"),
            Self::None => String::new(),
        }
    }
}

/// One figure.
pub fn row(what: &str, figure: f64, unit: &str, target: Target) {
    let (words, verdict) = (target.words(), target.verdict(figure));
    println!("{what:<66} {figure:>10.2} {unit:<8} {words:>9} {verdict}");
}

pub fn heading(text: &str) {
    println!("\n{text}");
}

/// How many targets were missed.
pub fn missed() -> usize {
    MISSED.load(Ordering::Relaxed)
}
