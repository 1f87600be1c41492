//! The file: how it is made, opened, locked and brought to today's schema.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use issuerwatch::document::severity::Severity;
use issuerwatch::policy::event::Event;
use issuerwatch::store::{EventFilter, StoreError, TargetRow};
use jiff::SignedDuration;
use serde_json::Value;

use super::*;

#[tokio::test]
async fn nobody_else_may_read_the_file_and_its_log() {
    let fixture = Fixture::seen().await;
    for ending in ["", "-wal"] {
        let path = format!("{}{ending}", fixture.path.display());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o137, 0, "{path} {mode:o}");
    }
}

#[tokio::test]
async fn a_closed_store_is_one_whole_file_and_one_that_was_replaced_is_noticed() {
    let fixture = Fixture::seen().await;
    assert!(fixture.store.is_in_place());
    fixture.store.close().await;
    for ending in ["-wal", "-shm"] {
        let path = format!("{}{ending}", fixture.path.display());
        assert!(!Path::new(&path).exists(), "{path}");
    }
    let moved = fixture.path.with_extension("moved");
    fs::rename(&fixture.path, &moved).unwrap();
    assert!(!fixture.store.is_in_place());
    fs::copy(&moved, &fixture.path).unwrap();
    assert!(!fixture.store.is_in_place());
}

#[test]
fn a_missing_directory_and_a_missing_file_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent").join("issuerwatch.db");
    let error = Store::open(&path).unwrap_err().to_string();
    assert!(error.contains("absent does not exist"), "{error}");
    let path = folder.path().join("issuerwatch.db");
    let error = Reader::open(&path).unwrap_err().to_string();
    assert!(error.contains("no such file"), "{error}");
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(
        &text,
        "not a database, but long enough to be taken for one".repeat(9),
    )
    .unwrap();
    let error = Store::open(&text).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
    let foreign = folder.path().join("foreign.db");
    open(&foreign)
        .execute_batch("CREATE TABLE bookmark (url TEXT)")
        .unwrap();
    let error = Store::open(&foreign).unwrap_err().to_string();
    assert!(error.contains("another program"), "{error}");
    assert_eq!(schema(&foreign).len(), 1);
}

#[tokio::test]
async fn a_newer_store_is_refused_with_both_versions() {
    let Fixture {
        folder,
        path,
        store,
        ..
    } = Fixture::seen().await;
    drop(store);
    open(&path)
        .pragma_update(None, "user_version", 999)
        .unwrap();
    for error in [Store::open(&path).err(), Reader::open(&path).err()] {
        let error = error.unwrap();
        assert!(matches!(error, StoreError::Newer { found: 999, known } if known < 999));
        let known = migrations().len();
        assert!(
            error.to_string().contains("999") && error.to_string().contains(&known.to_string())
        );
    }
    drop(folder);
}

#[tokio::test]
async fn every_old_store_becomes_what_a_fresh_one_is() {
    let fresh = Fixture::new().await;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/database");
    let (mut seen, mut with_findings) = (0, 0);
    for entry in fs::read_dir(fixtures).unwrap() {
        let dump = fs::read_to_string(entry.unwrap().path()).unwrap();
        let knows_judges = dump.contains("user_version = 4");
        let path = fresh.folder.path().join(format!("old{seen}.db"));
        open(&path).execute_batch(&dump).unwrap();
        let store = Store::open(&path).unwrap();
        assert_eq!(schema(&path), schema(&fresh.path));
        // It is not only of the same shape: it is read, verified and written.
        let reader = Reader::open(&path).unwrap();
        assert_eq!(reader.verify().unwrap().broken, None);
        let events = reader.events(&EventFilter::default()).unwrap();
        assert!(events.len() >= 2);
        for event in &events {
            assert_written_as_read(&path, event);
        }
        let targets = reader.targets().unwrap();
        let metadata = |row: &&TargetRow| row.kind == Kind::OAUTH_AUTHORIZATION_SERVER;
        let tracking = &targets.iter().find(metadata).unwrap().tracking;
        // What was found stays found, and is judged again; nothing is asked on the strength of
        // validators that may be those of an answer which was not believed.
        let baseline = tracking.baseline.as_ref().unwrap();
        assert_eq!(baseline.judgement.judge.rules.is_empty(), !knows_judges);
        assert_eq!(baseline.answer.condition.is_some(), knows_judges);
        with_findings += usize::from(!tracking.findings().is_empty());
        assert!(!reader.deliveries_of(2).unwrap().is_empty());
        // What may have arrived is not worded anew.
        let waits = store
            .claim(at(LATER), SignedDuration::from_mins(4))
            .await
            .unwrap()
            .map(|claim| claim.content.is_some());
        assert_eq!(waits, knows_judges.then_some(true));
        let ids = store
            .sync_targets(vec![archera()], at(LATER))
            .await
            .unwrap();
        assert_eq!(ids, [1]);
        seen += 1;
    }
    assert_eq!((seen, with_findings), (4, 3), "versions 1 to 4");
}

#[test]
fn what_an_older_store_left_to_the_weekly_mail_is_left_in_a_column_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/database");
    let old = open(&path);
    old.execute_batch(&fs::read_to_string(fixtures.join("v4.sql")).unwrap())
        .unwrap();
    // 0 and 1 are alerts of a mail at once and of a summary; one that was left was more by 2.
    old.execute_batch(
        "UPDATE alert SET collected = 2 WHERE id = 1; UPDATE alert SET collected = 3 WHERE id = 2;",
    )
    .unwrap();
    drop(old);
    drop(Store::open(&path).unwrap());
    let alerts: Vec<(i64, i64)> = open(&path)
        .prepare(
            "SELECT collected, left_to_weekly FROM alert WHERE id IN (1, 2, 3, 10) ORDER BY id",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(alerts, [(0, 1), (1, 1), (0, 0), (1, 0)]);
}

/// What older versions stored is read whole: written again, it says the same.
fn assert_written_as_read(path: &Path, event: &Event) {
    let sql = "SELECT content FROM event WHERE id = ?1";
    let content: String = open(path)
        .query_row(sql, [event.id], |row| row.get(0))
        .unwrap();
    let mut content: Value = serde_json::from_str(&content).unwrap();
    let of_row = [
        "event",
        "provider",
        "document",
        "from_snapshot",
        "to_snapshot",
    ];
    let content = content.as_object_mut().unwrap();
    content.retain(|name, _| !of_row.contains(&name.as_str()));
    // The first version stored a patch also where there are no two documents.
    if event.body.patch().is_none() {
        content.insert("patch".to_owned(), Value::Null);
    }
    let mut body = serde_json::to_value(&event.body).unwrap();
    // Nor did it know where a document was.
    if content["circumstance"].get("url").is_none() {
        let circumstance = body["circumstance"].as_object_mut().unwrap();
        assert!(circumstance.remove("url").is_none_or(|url| url == ""));
    }
    assert_eq!(Some(&*content), body.as_object());
}

#[tokio::test]
async fn opening_twice_keeps_what_is_there() {
    let fixture = Fixture::seen().await;
    let again = Store::open(&fixture.path).unwrap();
    assert!(again.tracking(fixture.target).unwrap().baseline.is_some());
}

#[tokio::test]
async fn a_stopped_store_is_read_in_a_directory_that_cannot_be_written() {
    let fixture = Fixture::seen().await;
    fixture
        .record(document(LATER, 2), vec![changed(LATER, Severity::Notice)])
        .await;
    let folder = fixture.folder.path().join("sealed #1?");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("100%.db");
    fixture
        .sqlite()
        .execute("VACUUM INTO ?1", [path.to_str().unwrap()])
        .unwrap();
    open(&path)
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.count(&EventFilter::default()).unwrap(), 2);
    assert!(reader.bytes() > 0);
    drop(reader);
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_second_daemon_is_told_who_holds_the_store() {
    let fixture = Fixture::new().await;
    let path = &fixture.path;
    assert_eq!(Store::daemon(path), DaemonPresence::Absent);
    assert!(!fixture.folder.path().join("issuerwatch.db.lock").exists());
    let lock = Store::lock_daemon(path).unwrap();
    let own = std::process::id();
    assert_eq!(Store::daemon(path), DaemonPresence::Runs(Some(own)));
    let error = Store::lock_daemon(path).unwrap_err();
    assert!(matches!(error, StoreError::Held { pid, .. } if pid == own));
    assert!(error.to_string().contains(&own.to_string()));
    // Who may read the store may see the lock, also one that an earlier version made.
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = path.with_extension("db.lock");
    drop(lock);
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o640)).unwrap();
    crate::support::wait_until("it can be had again", || Store::lock_daemon(path).is_ok());
    assert_eq!(mode(&file), 0o640);
    // A program that another test is about to start holds what we held until it runs.
    crate::support::wait_until("nobody holds it", || {
        Store::daemon(path) == DaemonPresence::Absent
    });
    crate::support::wait_until("it can be had", || Store::lock_daemon(path).is_ok());
}

#[tokio::test]
async fn a_store_behind_a_symbolic_link_is_the_same_and_one_with_two_names_is_refused() {
    let fixture = Fixture::new().await;
    let path = &fixture.path;
    let folder = fixture.folder.path();
    let (link, second) = (folder.join("link.db"), folder.join("second.db"));
    std::os::unix::fs::symlink(path, &link).unwrap();
    let lock = Store::lock_daemon(path).unwrap();
    let own = std::process::id();
    assert_eq!(Store::daemon(&link), DaemonPresence::Runs(Some(own)));
    let error = Store::lock_daemon(&link).unwrap_err();
    assert!(matches!(error, StoreError::Held { pid, .. } if pid == own));
    drop(lock);
    fs::hard_link(path, &second).unwrap();
    for name in [path, &second, &link] {
        let said = [
            Store::lock_daemon(name).unwrap_err(),
            Store::open(name).unwrap_err(),
        ];
        for error in said.map(|it| it.to_string()) {
            assert!(error.contains("has 2 names (hard links)"), "{error}");
        }
    }
    for file in ["link.db.lock", "second.db.lock"] {
        assert!(!folder.join(file).exists(), "{file}");
    }
}

fn migrations() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    files
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn every_table_says_what_a_row_is_and_every_column_has_a_comment() {
    for (file, text) in migrations() {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let mut table = None;
        for (number, line) in lines.iter().enumerate() {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                let name = rest.split([' ', '(']).next().unwrap();
                let comment = lines[..number].iter().rev();
                let first = comment.take_while(|above| above.starts_with("--")).last();
                let says = first.is_some_and(|first| first.starts_with("-- One row per "));
                assert!(says, "{file}: what is a row of {name}?");
                assert!(!name.ends_with('s'), "{file}: {name} is a plural");
                table = Some(name);
            } else if line.starts_with(')') {
                let name = table.take().unwrap_or_default();
                assert!(line.contains("STRICT"), "{file}: {name} is not STRICT");
            } else if let Some(name) = table {
                let is_constraint = line.starts_with("PRIMARY KEY") || line.starts_with("UNIQUE");
                // A column may go on in the next line; the comment then stands there.
                let next = lines[number + 1];
                let goes_on = !line.ends_with(',') && next.starts_with("CHECK");
                let is_commented = line.contains("--") || goes_on;
                assert!(is_commented || is_constraint, "{file}: {name}: {line}");
            }
        }
    }
}

fn open(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    Connection::open_with_flags(path, flags).unwrap()
}

/// Tables, columns, indexes and the version, however the text that made them is laid out.
fn schema(path: &Path) -> Vec<String> {
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows: Vec<String> = open(path)
        .prepare(
            "SELECT schema.type || ' ' || schema.name || ' '
                 || coalesce(info.cid || ' ' || info.name || ' ' || info.type || ' '
                     || info.\"notnull\" || ' ' || coalesce(info.dflt_value, '-') || ' '
                     || info.pk, schema.sql)
             FROM sqlite_schema AS schema LEFT JOIN pragma_table_info(schema.name) AS info
             WHERE schema.name NOT LIKE 'sqlite_%'
             UNION ALL SELECT 'version ' || user_version FROM pragma_user_version
             WHERE user_version > 0 ORDER BY 1",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    rows.into_iter().map(words).collect()
}
