//! What the program costs, beside a loop that only downloads: `cargo bench`.
//!
//! One run prints one table and ends normally, whether targets are met or not. `cargo bench -- --big`
//! adds a store of 10,000 targets and 1,000,000 events; `-- polls`, `-- slow`, `-- rest`, `-- size`,
//! `-- replay`, `-- proportion`, `-- peers` or `-- big` run a part; `-- day` lets a daemon work for ten
//! minutes. Peers are other programs that watch pages: those that are installed are measured on the same site.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a bench that cannot measure should stop at once; what it measures it prints"
)]

mod big;
mod bodies;
mod day;
mod peers;
mod polls;
mod process;
mod proportion;
mod recording;
mod rest;
mod server;
mod size;
mod states;
mod table;

fn main() {
    if let Ok(folder) = std::env::var(server::SERVE) {
        return server::serve(&folder);
    }
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let is_asked = |part: &str| asked.iter().any(|it| it == part);
    let parts = [
        "polls",
        "slow",
        "rest",
        "size",
        "replay",
        "proportion",
        "peers",
        "big",
        "day",
    ];
    let is_part = parts.iter().any(|part| is_asked(part));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let site = server::Site::start(folder.path());
    if !is_part || is_asked("polls") {
        polls::measure(&site);
    }
    if !is_part || is_asked("slow") {
        polls::measure_slow(&site);
        rest::measure_check(&site);
    }
    if !is_part || is_asked("rest") {
        rest::measure(&site);
    }
    if !is_part || is_asked("size") {
        size::measure();
    }
    if !is_part || is_asked("replay") {
        recording::measure();
    }
    if !is_part || is_asked("proportion") {
        proportion::measure();
    }
    if !is_part || is_asked("peers") {
        peers::measure(&site);
    }
    if is_asked("day") {
        day::measure(&site);
    } else if !is_part {
        table::heading("skipped: ten minutes of 10,000 slow hosts (`cargo bench -- day`)");
    }
    if is_asked("--big") || is_asked("big") {
        big::measure(&site);
    } else if !is_part {
        table::heading("skipped: the store of 1,000,000 events (`cargo bench -- --big`)");
    }
    match table::missed() {
        0 => println!("\nall targets are met"),
        1 => println!("\n1 target is missed"),
        missed => println!("\n{missed} targets are missed"),
    }
}
