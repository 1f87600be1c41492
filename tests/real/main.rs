//! The program against what others wrote: the authorization servers `oidc-provider` and the MCP SDK, and
//! mails and reports in Chromium.
//!
//! They need Node, Python and Chromium, so these tests run only where `ISSUERWATCH_REAL=1` asks for them. The
//! harness is our own because a test that was skipped must not be counted as one that passed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a broken test should stop at once"
)]

mod browser;
mod handed_on;
mod litestream;
mod mcp;
mod oidc_provider;
mod server;
mod tokens;
mod watcher;

use std::io::{self, Write as _};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::thread;

/// Name and test.
type Test = (&'static str, fn());

fn main() -> ExitCode {
    let tests: Vec<Test> = [
        browser::TESTS,
        handed_on::TESTS,
        litestream::TESTS,
        mcp::TESTS,
        oidc_provider::TESTS,
        tokens::TESTS,
    ]
    .concat();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        for (name, _) in tests {
            say(&format!("{name}: test"));
        }
        return ExitCode::SUCCESS;
    }
    let filters: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let asked = |name: &str| filters.is_empty() || filters.iter().any(|part| name.contains(*part));
    let mut tests: Vec<Test> = tests.into_iter().filter(|(name, _)| asked(name)).collect();
    if std::env::var("ISSUERWATCH_REAL").as_deref() != Ok("1") {
        say(&format!(
            "SKIPPED: {} tests against real servers and in a real browser. They need Node, Python and \
             Chromium:\n\
             SKIPPED:   tests/real/install && ISSUERWATCH_REAL=1 cargo test --test real",
            tests.len()
        ));
        return ExitCode::SUCCESS;
    }
    if browser::chromium().is_none() {
        let before = tests.len();
        tests.retain(|test| !test.0.starts_with("browser::"));
        say(&format!(
            "SKIPPED: {} tests of mails and reports in a browser: there is no Chromium",
            before - tests.len()
        ));
    }
    if litestream::program().is_none() {
        tests.retain(|test| !test.0.starts_with("litestream::"));
        say("SKIPPED: 1 test of backup and restore: there is no Litestream");
    }
    let failed = run(&tests);
    say(&format!(
        "test result: {} passed, {failed} failed",
        tests.len() - failed
    ));
    // None at all is what a filter for tests of other targets leaves.
    ExitCode::from(u8::from(failed > 0))
}

/// Two at a time: starting a server costs more than asking it.
fn run(tests: &[Test]) -> usize {
    let half = tests.len().div_ceil(2).max(1);
    thread::scope(|scope| {
        let halves: Vec<_> = tests
            .chunks(half)
            .map(|tests| scope.spawn(|| tests.iter().filter(|test| !passes(test)).count()))
            .collect();
        halves
            .into_iter()
            .map(|half| half.join().expect("a test is caught"))
            .sum()
    })
}

fn passes((name, test): &Test) -> bool {
    let passed = catch_unwind(test).is_ok();
    say(&format!(
        "test {name} ... {}",
        if passed { "ok" } else { "FAILED" }
    ));
    passed
}

fn say(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}
