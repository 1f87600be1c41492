//! What a process costs, from `/proc`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Processor time of all threads of a process, to the nanosecond. Threads that ended are not in it.
pub fn processor_time(pid: u32) -> Duration {
    let nanoseconds = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        })
        .sum();
    Duration::from_nanos(nanoseconds)
}

/// Resident memory of a process in KiB.
pub fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Megabytes that a process gave to the disk.
pub fn megabytes_written(pid: u32) -> f64 {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let bytes = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "));
    let bytes: u64 = bytes.and_then(|text| text.parse().ok()).unwrap_or_default();
    bytes as f64 / 1e6
}

/// Runs the program with a configuration to its end, which must be a good one; how long that took, and the
/// most memory in MiB.
pub fn run(config: &Path, arguments: &[&Path]) -> (Duration, f64) {
    let start = Instant::now();
    let mut process = Command::new(env!("CARGO_BIN_EXE_issuerwatch"))
        .arg("--config")
        .arg(config)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut most = 0;
    let end = loop {
        if let Some(end) = process.try_wait().unwrap() {
            break end;
        }
        most = most.max(resident(process.id()));
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(end.success(), "{arguments:?}: {end}");
    (start.elapsed(), most as f64 / 1_024.0)
}

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
