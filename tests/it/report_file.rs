//! The file of a report: a page replaces a page and nothing else, and what is refused says what to do.

use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;

use super::support::program::{Program, document};
use super::support::site::{Reply, Site};
use super::support::wait_until;

const REPORT: [&str; 3] = ["report", "--out", "page.html"];

/// An issuer that was seen once; `config.toml` includes a file.
fn seen() -> (Site, Program) {
    let site = Site::plain();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    site.answer(Reply::json(&document(&site.issuer)));
    let config = program.read("config.toml");
    program.write("more.toml", "# Nothing yet.\n");
    program.write(
        "config.toml",
        &format!("include = [\"more.toml\"]\n{config}"),
    );
    program.said(&["check"]);
    (site, program)
}

/// What a report to a file says on standard error; it fails.
fn refused(program: &Program, file: &str) -> String {
    let output = program.run(&["report", "--out", file]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{file}: {errors}");
    errors
}

#[test]
fn a_page_is_never_written_over_the_store_the_configuration_or_a_foreign_file() {
    let (_site, program) = seen();
    let folder = program.folder.path();
    program.write("notes.html", "<!DOCTYPE html>\n<title>Notes</title>\n");
    symlink("issuerwatch.db", folder.join("link.db")).unwrap();
    fs::create_dir(folder.join("sub")).unwrap();
    let whats = [
        ("issuerwatch.db", "is the store"),
        ("link.db", "is the store"),
        ("sub/../issuerwatch.db", "is the store"),
        ("issuerwatch.db-wal", "is a file of the store"),
        ("issuerwatch.db-shm", "is a file of the store"),
        ("issuerwatch.db.lock", "is a file of the store"),
        ("config.toml", "is the configuration"),
        ("more.toml", "is included by the configuration"),
        ("notes.html", "is no page of issuerwatch"),
        ("sub", "is no file"),
        ("mails", "is the directory of the mails"),
        ("./mails", "is the directory of the mails"),
    ];
    for (file, what) in whats {
        let before = fs::read(folder.join(file)).ok();
        let errors = refused(&program, file);
        assert!(errors.contains(&format!("{file} {what}: ")), "{errors}");
        assert_eq!(fs::read(folder.join(file)).ok(), before, "{file}");
    }
    assert_eq!(program.run(&["history", "verify"]).status.code(), Some(0));
    // Of a store with a second name nothing is read, so nothing is written over it either.
    fs::hard_link(folder.join("issuerwatch.db"), folder.join("hard.db")).unwrap();
    let before = fs::read(folder.join("hard.db")).unwrap();
    let errors = refused(&program, "hard.db");
    assert!(errors.contains("has 2 names (hard links)"), "{errors}");
    assert_eq!(fs::read(folder.join("hard.db")).unwrap(), before);
}

#[test]
fn what_is_reserved_stays_so_where_the_configuration_is_wrong_or_another_store_is_named() {
    let (_site, program) = seen();
    let folder = program.folder.path();
    fs::copy(folder.join("issuerwatch.db"), folder.join("copy.db")).unwrap();
    let config = program.read("config.toml");
    for text in [config.clone(), format!("nonsense = 1\n{config}")] {
        program.write("config.toml", &text);
        for file in ["mails", "issuerwatch.db", "copy.db", "copy.db.lock"] {
            let output = program.run(&["--store", "copy.db", "report", "--out", file]);
            let errors = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{file}: {errors}");
            assert!(errors.contains("nothing is written"), "{file}: {errors}");
        }
    }
    program.write("config.toml", &config);
    assert!(!folder.join("mails").exists());
    assert_eq!(program.said(&["config", "check"]).0, 0);
}

#[test]
fn a_page_replaces_a_page_of_any_version_and_an_empty_file() {
    let (_site, program) = seen();
    let earlier = "<!DOCTYPE html>\n<html lang=\"en\">\n<title>issuerwatch: 2026-01-01 to 2026-02-01</title>\n";
    program.write("page.html", "");
    for _ in 0..2 {
        assert_eq!(program.said(&REPORT).0, 0);
        let page = program.read("page.html");
        assert!(page.contains("<meta name=\"generator\" content=\"issuerwatch\">"));
    }
    program.write("page.html", earlier);
    assert_eq!(program.said(&REPORT).0, 0);
    assert_ne!(program.read("page.html"), earlier);
}

#[test]
fn a_link_stays_a_link_and_one_that_leads_nowhere_is_refused() {
    let (_site, program) = seen();
    let folder = program.folder.path();
    symlink("away/page.html", folder.join("page.html")).unwrap();
    let errors = refused(&program, "page.html");
    assert!(errors.contains("is a link that leads nowhere"), "{errors}");
    fs::create_dir(folder.join("away")).unwrap();
    program.write("away/page.html", "");
    assert_eq!(program.said(&REPORT).0, 0);
    assert!(
        fs::symlink_metadata(folder.join("page.html"))
            .unwrap()
            .is_symlink()
    );
    assert!(
        program
            .read("away/page.html")
            .starts_with("<!DOCTYPE html>")
    );
}

#[test]
fn a_page_for_standard_output_is_written_into_it_whole_and_alone() {
    let (_site, program) = seen();
    let link = program.folder.path().join("stdout");
    symlink("/proc/self/fd/1", &link).unwrap();
    let args = ["report", "--out", "stdout"];
    let output = program.run(&args);
    let page = String::from_utf8(output.stdout).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.trim_end().ends_with("</html>"), "{page}");
    let aside = String::from_utf8(output.stderr).unwrap();
    assert!(aside.starts_with("stdout: "), "{aside}");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(program.unheard(&args).status.code(), Some(0));
}

#[test]
fn a_page_for_standard_output_goes_on_where_it_stands_whatever_that_is() {
    let (_site, program) = seen();
    let folder = program.folder.path();
    symlink("/proc/self/fd/1", folder.join("stdout")).unwrap();
    let args = ["report", "--out", "stdout"];
    let into = |stdout: Stdio| {
        let mut command = program.command(&args);
        let output = command.stdout(stdout).output().unwrap();
        let aside = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{aside}");
        assert!(aside.starts_with("stdout: 1 provider, "), "{aside}");
    };
    let is_between = |text: &str, [head, tail]: [&str; 2]| {
        let page = text.strip_prefix(head).and_then(|it| it.strip_suffix(tail));
        let page = page.unwrap_or_else(|| panic!("{text}"));
        assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
        assert!(page.trim_end().ends_with("</html>"), "{page}");
    };
    // `{ report; echo after; } > file`, and the same with a file that has no name any more.
    for is_removed in [false, true] {
        let name = folder.join("output.txt");
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&name)
            .unwrap();
        if is_removed {
            fs::remove_file(&name).unwrap();
        }
        into(file.try_clone().unwrap().into());
        file.write_all(b"after\n").unwrap();
        file.rewind().unwrap();
        is_between(&io::read_to_string(file).unwrap(), ["", "after\n"]);
        assert_eq!(name.exists(), !is_removed);
    }
    // `report >> file`.
    program.write("notes.txt", "before\n");
    let notes = File::options().append(true).open(folder.join("notes.txt"));
    into(notes.unwrap().into());
    is_between(&program.read("notes.txt"), ["before\n", ""]);
    let (socket, other) = UnixStream::pair().unwrap();
    let reader = thread::spawn(|| io::read_to_string(socket).unwrap());
    into(OwnedFd::from(other).into());
    is_between(&reader.join().unwrap(), ["", ""]);
}

#[test]
fn a_page_on_standard_output_goes_into_nothing_that_is_reserved_either() {
    let (_site, program) = seen();
    symlink("/proc/self/fd/1", program.folder.path().join("stdout")).unwrap();
    let before = program.read("more.toml");
    let more = File::options()
        .append(true)
        .open(program.folder.path().join("more.toml"));
    let mut command = program.command(&["report", "--out", "stdout"]);
    let output = command.stdout(more.unwrap()).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("stdout is included by the configuration"));
    assert_eq!(program.read("more.toml"), before);
}

#[test]
fn a_file_that_cannot_be_written_is_named_as_asked_with_its_cause_and_a_remedy() {
    let (site, program) = seen();
    let page = program.run(&["report", "--out", "away/page.html"]);
    let init = program.run(&["--config", "away/new.toml", "init", &site.issuer]);
    let files = ["away/page.html", "away/new.toml"];
    for (output, file) in [page, init].iter().zip(files) {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        let words = format!(
            "issuerwatch: cannot write {file}: there is no folder away: make it, then try again\n"
        );
        assert!(errors.ends_with(&words), "{errors}");
    }
}

#[test]
fn the_daemon_writes_its_page_over_nothing_that_is_not_its_own() {
    let (_site, program) = seen();
    let config = program.read("config.toml");
    let with = |file: &str| {
        let text = format!("{config}\n[report]\nfile = \"{file}\"\nevery = \"1s\"\n");
        program.write("config.toml", &text);
    };
    for file in ["config.toml", "issuerwatch.db", "./more.toml"] {
        with(file);
        for command in [&["config", "check"][..], &["run"]] {
            let output = program.run(command);
            assert_eq!(output.status.code(), Some(78), "{file} {command:?}");
        }
    }
    // A pipe or a directory is refused before the daemon would write there; a link counts as what it leads to.
    let folder = program.folder.path();
    let made = Command::new("mkfifo").arg(folder.join("pipe")).status();
    assert!(made.unwrap().success());
    symlink("pipe", folder.join("link")).unwrap();
    fs::create_dir(folder.join("pages")).unwrap();
    for file in ["pipe", "link", "pages", "page.html/"] {
        with(file);
        for command in [&["config", "check"][..], &["run"]] {
            let output = program.run(command);
            let errors = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(78), "{file}: {errors}");
            assert!(errors.contains("name one that the page is"), "{errors}");
        }
    }
    program.write("notes.html", "mine");
    with("notes.html");
    let daemon = program.daemon();
    wait_until("it is said", || {
        program
            .log()
            .contains("notes.html is no page of issuerwatch")
    });
    assert_eq!(daemon.terminate(), Some(0));
    assert_eq!(program.read("notes.html"), "mine");
}
