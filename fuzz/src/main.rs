//! Feeds edited inputs to whatever reads what comes from outside, and looks at what must hold of it.
//!
//! An input is a seed (`seeds/TARGET/*`) with some random edits, so that it gets past the first byte. What
//! breaks is made as small as it gets, written to `found/TARGET-HASH` and told with the reason; once it is
//! mended, the file goes to the seeds, which are all tried unedited first.
//!
//! usage: issuerwatch-fuzz [--inputs N | --seconds N] [TARGET...]
//!
//! `--inputs` feeds so many inputs (20,000) that are the same each time, so that a change is judged by what it
//! did; `--seconds` feeds inputs that nobody has seen, for so long. Two targets run at a time, on a stable
//! compiler: coverage, which libFuzzer is guided by, needs an unstable one. `target::TARGETS` has plain
//! functions over bytes for whoever has it.

mod edit;
mod target;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fs, panic, thread};

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use sha2::{Digest as _, Sha256};

use crate::edit::Case;
use crate::target::{TARGETS, Target};

/// How many targets run at a time.
const AT_A_TIME: usize = 2;
/// Inputs between two looks at what is left.
const ROUND: u32 = 64;

/// How much a target is fed.
#[derive(Clone, Copy)]
enum Amount {
    /// So many inputs, the same each time.
    Inputs(u64),
    /// Inputs of the system's randomness, for so long.
    Time(Duration),
}

fn main() -> ExitCode {
    let mut amount = Amount::Inputs(20_000);
    let mut wanted = Vec::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|text| text.parse().ok());
        match word.as_str() {
            "--inputs" | "--seconds" => {
                let Some(number) = number() else {
                    eprintln!("{word} takes a number");
                    return ExitCode::from(2);
                };
                amount = match word.as_str() {
                    "--inputs" => Amount::Inputs(number),
                    _ => Amount::Time(Duration::from_secs(number)),
                };
            }
            _ => wanted.push(word),
        }
    }
    if let Some(unknown) = wanted
        .iter()
        .find(|name| TARGETS.iter().all(|it| it.name != **name))
    {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("there is no target {unknown}: {}", names.join(", "));
        return ExitCode::from(2);
    }
    // What panics is told once, when it is small.
    panic::set_hook(Box::new(|_| {}));
    let is_wanted =
        |target: &&Target| wanted.is_empty() || wanted.iter().any(|it| it == target.name);
    let waiting: Mutex<Vec<&Target>> = Mutex::new(TARGETS.iter().filter(is_wanted).rev().collect());
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.pop());
    let work = || {
        let mut is_good = true;
        while let Some(target) = next() {
            is_good &= run(target, amount);
        }
        is_good
    };
    let is_good = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        // Not lazily: both are to be waited for.
        let ended: Vec<bool> = workers
            .into_iter()
            .map(|it| it.join().unwrap_or(false))
            .collect();
        ended.into_iter().all(|is_good| is_good)
    });
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The seeds of a target, in the order of their names.
fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target.name);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter_map(|path| fs::read(path).ok())
        .collect()
}

/// Feeds one target; `false` if it broke.
fn run(target: &Target, amount: Amount) -> bool {
    let started = Instant::now();
    let seeds = seeds(target);
    let mut judge = (target.prepare)();
    let mut inputs = 0_u64;
    for seed in &seeds {
        inputs += 1;
        if let Err(what) = caught(|| judge(seed, seed)) {
            return broken(target, seed, &what);
        }
    }
    let config = |inputs: u64| Config {
        cases: ROUND,
        failure_persistence: None,
        max_shrink_iters: 4096,
        rng_seed: match amount {
            Amount::Inputs(_) => RngSeed::Fixed(inputs),
            Amount::Time(_) => RngSeed::Random,
        },
        ..Config::default()
    };
    let is_fed = |inputs: u64| match amount {
        Amount::Inputs(number) => inputs >= number,
        Amount::Time(time) => started.elapsed() >= time,
    };
    let cases = edit::cases(seeds.len(), target.tokens);
    while !is_fed(inputs) {
        let judge = std::cell::RefCell::new(&mut judge);
        // A runner counts its cases: each round has one of its own.
        let done = TestRunner::new(config(inputs)).run(&cases, |case: Case| {
            let (seed, input) = case.input(&seeds);
            let judged = caught(|| judge.borrow_mut()(seed, &input));
            judged.map_err(TestCaseError::fail)
        });
        match done {
            Ok(()) => inputs += u64::from(ROUND),
            Err(TestError::Fail(what, case)) => {
                return broken(target, &case.input(&seeds).1, what.message());
            }
            Err(TestError::Abort(what)) => panic!("{}: {what}", target.name),
        }
    }
    println!(
        "{}: {inputs} inputs in {:.0} s",
        target.name,
        started.elapsed().as_secs_f64()
    );
    true
}

/// What a judgement says, a panic included.
fn caught(judge: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    panic::catch_unwind(panic::AssertUnwindSafe(judge)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        Err(format!("panicked: {}", text.unwrap_or_default()))
    })
}

/// Keeps an input that broke a target, and says so.
fn broken(target: &Target, input: &[u8], what: &str) -> bool {
    let hash = Sha256::digest(input);
    let name = format!(
        "{}-{:02x}{:02x}{:02x}{:02x}",
        target.name, hash[0], hash[1], hash[2], hash[3]
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found");
    let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(&name), input));
    let kept = kept.map_or_else(
        |error| format!("not kept: {error}"),
        |()| format!("fuzz/found/{name}"),
    );
    println!(
        "{} BROKE ({kept}): {what}\n{}",
        target.name,
        input.escape_ascii()
    );
    false
}
