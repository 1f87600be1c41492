//! The transports on this machine: files, and a program.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use issuerwatch::mailer::{Mailer, Transport};
use issuerwatch::policy::mail::Delivery;

use super::{block_on, message, said};
use crate::support::program::Program;
use crate::support::site::Site;

fn deliver(transport: &Transport) -> Delivery {
    let mailer = Mailer::new(transport).unwrap();
    block_on(mailer.deliver(&message("Ann <a@example.com>")))
}

#[test]
fn a_file_is_whole_for_its_owner_alone_and_replaced_by_a_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("new").join("mails");
    let transport = Transport::File {
        directory: directory.clone(),
    };
    for _ in 0..2 {
        let said = said(&deliver(&transport));
        assert!(said.starts_with("sent written to "), "{said}");
    }
    let names: Vec<_> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(names, [directory.join("7-1.eml")], "nothing half written");
    let mode = std::fs::metadata(&names[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&names[0]).unwrap();
    assert!(text.contains("Message-ID: <7.1@example.com>\r\n"), "{text}");
}

#[test]
fn a_directory_that_cannot_be_written_defers_the_mail() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let said = said(&deliver(&Transport::File { directory: file }));
    assert!(said.starts_with("deferred before DATA: "), "{said}");
    assert!(said.contains("cannot be written"), "{said}");
}

/// What becomes of a message given to a program of these lines, and what the program kept.
fn sendmail(folder: &Path, lines: &str) -> String {
    let program = folder.join("sendmail");
    std::fs::write(
        &program,
        format!("#!/bin/sh\ncd {}\n{lines}\n", folder.display()),
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let command = vec![program.display().to_string(), "-oX".to_owned()];
    said(&deliver(&Transport::Sendmail { command }))
}

#[test]
fn a_program_gets_the_mail_on_standard_input_and_bare_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let said = sendmail(folder.path(), "printf '%s\\n' \"$@\" > args; cat > mail");
    assert!(said.starts_with("sent taken by "), "{said}");
    assert_eq!(
        kept("args"),
        "-oX\n-i\n-f\nwatch@example.com\n--\na@example.com\n"
    );
    assert!(kept("mail").contains("To: Ann <a@example.com>\r\n"));
    assert!(kept("mail").contains("\n.a line that begins with a dot"));
}

#[test]
fn what_a_program_ends_with_decides() {
    let folder = tempfile::tempdir().unwrap();
    let said = |lines: &str| sendmail(folder.path(), lines);
    let text = said("cat > /dev/null; echo 'no such\x1b user' >&2; exit 67");
    assert!(text.starts_with("refused "), "{text}");
    assert!(
        text.ends_with("sendmail ended with 67: no such<U+001B> user"),
        "{text}"
    );
    let text = said("echo 'queue is full' >&2; exit 75");
    assert!(text.starts_with("deferred before DATA: "), "{text}");
    assert!(text.ends_with("ended with 75: queue is full"), "{text}");
    for code in [64, 66, 69, 70, 73, 77, 78, 126, 1] {
        let text = said(&format!("cat > /dev/null; exit {code}"));
        assert!(text.starts_with("deferred before DATA: "), "{code}: {text}");
    }
    let text = said("cat > /dev/null; kill -9 $$");
    assert!(text.starts_with("deferred after DATA: "), "{text}");
    let text = said("cat > /dev/null; sleep 300 & exit 0");
    assert!(
        text.starts_with("sent "),
        "what it leaves running is its own: {text}"
    );
    let missing = Transport::Sendmail {
        command: vec!["/nonexistent/sendmail".to_owned()],
    };
    let text = super::said(&deliver(&missing));
    assert!(text.contains("cannot be started"), "{text}");
}

/// A limit of the size of files is a disk that is full for the one who has it.
#[test]
fn a_mail_that_the_disk_did_not_take_is_not_called_sent_and_replaces_nothing() {
    let site = Site::plain();
    let program = Program::watching(
        &site,
        "transport = \"file\"\ndirectory = \"mails\"",
        "0 0 1 1 *",
    );
    let limited = |kilobytes: &str| {
        let line = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
        let mut command = std::process::Command::new("bash");
        command.args(["-c", &line, env!("CARGO_BIN_EXE_issuerwatch"), "--config"]);
        command.arg(program.folder.path().join("config.toml"));
        command.args(["alert", "test"]).output().unwrap()
    };
    let output = limited("1");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot be written"), "{said}");
    let left = std::fs::read_dir(program.folder.path().join("mails"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "nothing half written");
    assert_eq!(limited("unlimited").status.code(), Some(0));
}

#[test]
fn a_program_that_talks_before_it_reads_and_without_end_is_heard_out() {
    let folder = tempfile::tempdir().unwrap();
    let text = sendmail(
        folder.path(),
        "head -c 1000000 /dev/zero | tr '\\0' x >&2; cat > mail; exit 75",
    );
    assert!(text.starts_with("deferred before DATA: "), "{text}");
    assert!(text.contains("ended with 75: xxx"), "{text}");
    assert!(text.len() < 500, "{text}");
}
