//! A kind of documents that exists only in the tests of the library, as one row of a table
//! (`tests/fixtures/kind`). It shows that such a row is enough for all of the program: the document is
//! polled over a real connection, compared, kept in a real store and mailed.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use super::{CheckFormat, CheckOptions, CheckOutcome, check};
use crate::config::Config;
use crate::document::kind::Kind;
use crate::document::severity::Severity;
use crate::store::{EventFilter, Reader};
use crate::terminal::Style;

/// The pages of the server by path, which a test can change while it runs.
type Pages = Arc<Mutex<Vec<(&'static str, String)>>>;

/// Starts a server on loopback with these pages and returns its address.
fn serve(pages: &Pages) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let pages = Arc::clone(pages);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && connection.read_exact(&mut byte).is_ok() {
                request.extend(byte);
            }
            let request = String::from_utf8(request).unwrap();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let found = pages
                .lock()
                .unwrap()
                .iter()
                .find(|(at, _)| *at == path)
                .cloned();
            let (status, body) = match found {
                Some((_, body)) => ("200 OK", body),
                None => ("404 Not Found", String::new()),
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            connection
                .write_all(format!("{head}{body}").as_bytes())
                .unwrap();
            connection.shutdown(Shutdown::Write).unwrap();
        }
    });
    format!("http://{address}")
}

async fn checked(folder: &Path) -> CheckOutcome {
    let config = Config::load(&folder.join("config.toml")).unwrap();
    let options = CheckOptions {
        names: Vec::new(),
        fail_on: Severity::Notice,
        is_dry: false,
        leaves_mails: false,
        format: CheckFormat::Table,
    };
    let mut printed = Vec::new();
    check(&config, &options, Style::of_stdout("never"), &mut printed)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_kind_that_is_one_row_of_the_table_is_polled_compared_kept_and_mailed() {
    let kind = Kind::parse("weather-station").unwrap();
    let pages = Pages::default();
    let site = serve(&pages);
    let document = |sensors: &str| {
        format!(
            r#"{{"station":"{site}/alps","jwks_uri":"{site}/keys","sensors_supported":[{sensors}]}}"#
        )
    };
    let stand = |sensors: &str| {
        *pages.lock().unwrap() = vec![
            ("/.well-known/weather-station/alps", document(sensors)),
            ("/keys", r#"{"keys":[]}"#.to_owned()),
        ];
    };
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[store]\npath = \"store.db\"\n[mail]\nto = [\"iam@example.com\"]\ntransport = \"file\"\n\
         directory = \"mails\"\n[[provider]]\nname = \"alps\"\nissuer = \"{site}/alps\"\n\
         documents = [\"{kind}\", \"jwks\"]\nconfirm_after = \"0s\"\n"
    );
    std::fs::write(folder.path().join("config.toml"), config).unwrap();

    stand("\"wind\",\"rain\"");
    assert_eq!(checked(folder.path()).await, CheckOutcome::default());
    // Another order of the values of a set is not a change.
    stand("\"rain\",\"wind\"");
    assert_eq!(checked(folder.path()).await, CheckOutcome::default());
    stand("\"rain\"");
    let outcome = checked(folder.path()).await;
    assert!(outcome.has_changes && !outcome.has_failures);

    let reader = Reader::open(&folder.path().join("store.db")).unwrap();
    let mut told = Vec::new();
    for event in reader.events(&EventFilter::default()).unwrap() {
        for change in event.body.changes() {
            let (rule, severity) = (&change.rule, change.severity);
            told.push(format!("{} {rule} {severity}", event.document));
        }
    }
    assert_eq!(told, ["weather-station member-changed breaking"]);
    let mails: Vec<_> = std::fs::read_dir(folder.path().join("mails"))
        .unwrap()
        .collect();
    assert_eq!(mails.len(), 1);
    let mail = std::fs::read_to_string(mails[0].as_ref().unwrap().path()).unwrap();
    for words in [
        "weather-station",
        "wind",
        "Readers of this sensor get nothing any more.",
    ] {
        assert!(mail.contains(words), "{words}: {mail}");
    }
}
