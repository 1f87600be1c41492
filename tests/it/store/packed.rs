//! Documents are packed; those of before are plain and stay as they are.

use issuerwatch::document::fingerprint::sha256_hex;

use super::*;

/// Some members, so that packing them is worth it.
fn large(number: u32) -> (String, Vec<u8>) {
    let scopes: Vec<String> = (0..40).map(|scope| format!("\"scope.{scope}\"")).collect();
    let canonical = format!(
        r#"{{"issuer":"https://archera.example","n":{number},"scopes_supported":[{}]}}"#,
        scopes.join(",")
    );
    let body = canonical.replace(',', ",\n  ").into_bytes();
    (canonical, body)
}

fn state(seen_at: &str, (canonical, body): (String, Vec<u8>)) -> SnapshotStep {
    SnapshotStep::New(Box::new(NewSnapshot {
        content_type: Some("application/json".to_owned()),
        seen: judged_answer(seen_at, &sha256_hex(&body), None),
        fingerprint: sha256_hex(canonical.as_bytes()),
        canonical,
        body_sha256: sha256_hex(&body),
        body,
    }))
}

/// A store with one large state, event 1.
async fn packed() -> Fixture {
    let fixture = Fixture::new().await;
    fixture
        .record(state(NOON, large(1)), vec![first_seen()])
        .await;
    fixture
}

impl Fixture {
    fn bytes(&self, sql: &str) -> i64 {
        self.sqlite().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Writes a state as earlier versions did.
    fn make_plain(&self, id: i64, (canonical, body): &(String, Vec<u8>)) {
        let hash = sha256_hex(body);
        let sqlite = self.sqlite();
        let text = "UPDATE snapshot SET canonical = ?2, packed = NULL WHERE id = ?1";
        sqlite
            .execute(text, rusqlite::params![id, canonical])
            .unwrap();
        let bytes = "UPDATE body SET bytes = ?2, raw_sha256 = ?1, packed_with = NULL
             WHERE sha256 = ?1";
        sqlite
            .execute(bytes, rusqlite::params![hash, body])
            .unwrap();
    }

    /// Whether a state is read as it was recorded, in every way.
    fn holds(&self, id: i64, (canonical, body): &(String, Vec<u8>)) {
        let state = self.reader().snapshot(id).unwrap().unwrap();
        assert_eq!(state.canonical, *canonical);
        assert_eq!(state.body.as_ref(), Some(body));
        assert_eq!(self.store.canonical(id).unwrap(), *canonical);
        let kept = self.store.body(id).unwrap().unwrap();
        assert_eq!(kept, (body.clone(), Some("application/json".to_owned())));
    }
}

#[tokio::test]
async fn a_large_document_is_kept_small_and_read_as_it_came() {
    let fixture = packed().await;
    let (canonical, body) = large(1);
    let both = i64::try_from(canonical.len() + body.len()).unwrap();
    let text = fixture.bytes("SELECT length(canonical) + length(packed) FROM snapshot");
    let bytes = fixture.bytes("SELECT length(bytes) FROM body");
    assert!(text + bytes < both / 3, "{text} and {bytes} of {both}");
    fixture.holds(1, &(canonical, body));
    assert_eq!(fixture.reader().verify().unwrap().broken, None);
}

const AGAIN: &str = "2026-03-01T12:30:00Z";

/// Another state, and then the first one again.
async fn go_and_come_back(fixture: &Fixture) {
    for (seen_at, number) in [(LATER, 2), (AGAIN, 1)] {
        let events = vec![changed(seen_at, Severity::Notice)];
        fixture.record(state(seen_at, large(number)), events).await;
    }
}

#[tokio::test]
async fn states_of_before_and_of_now_stand_beside_each_other() {
    let fixture = packed().await;
    fixture.make_plain(1, &large(1));
    // The first one again: its bytes are there, and stay plain.
    go_and_come_back(&fixture).await;
    for (id, number) in [(1, 1), (2, 2), (3, 1)] {
        fixture.holds(id, &large(number));
    }
    assert_eq!(fixture.count("body"), 2);
    assert_eq!(fixture.reader().verify().unwrap().broken, None);
}

#[tokio::test]
async fn bytes_that_came_again_are_read_with_the_state_they_were_stored_with() {
    let fixture = packed().await;
    go_and_come_back(&fixture).await;
    // Those of the first state are dropped by time; the third still has them.
    fixture.store.drop_bodies(at(AGAIN)).await.unwrap();
    assert_eq!(fixture.reader().snapshot(1).unwrap().unwrap().body, None);
    fixture.holds(3, &large(1));
    assert_eq!(fixture.reader().verify().unwrap().broken, None);
}

#[tokio::test]
async fn damage_to_what_is_packed_is_found_and_read_as_an_error() {
    for (sql, table) in [
        ("UPDATE snapshot SET packed = CAST('x' AS BLOB)", "snapshot"),
        ("UPDATE snapshot SET canonical = '{}'", "snapshot"),
        ("UPDATE snapshot SET packed = zeroblob(100)", "snapshot"),
        ("UPDATE body SET bytes = zeroblob(30)", "body"),
        ("UPDATE body SET packed_with = 9", "body"),
    ] {
        let fixture = packed().await;
        fixture.sqlite().execute_batch(sql).unwrap();
        let broken = fixture.reader().verify().unwrap().broken.unwrap();
        assert_eq!((broken.table, broken.id), (table, 1), "{sql}");
        assert!(fixture.reader().snapshot(1).is_err(), "{sql}");
    }
}

#[tokio::test]
async fn what_mails_say_of_a_provider_is_read_from_packed_documents() {
    let fixture = Fixture::new().await;
    let keys = fixture
        .store
        .add_target(spec("archera", Kind::JWKS), at(NOON));
    let keys = keys.await.unwrap();
    let endpoint = format!(
        r#""token_endpoint":"https://{}.example/token""#,
        "t".repeat(200)
    );
    let metadata = format!(r#"{{"issuer":"https://archera.example",{endpoint},"x_endpoint":7}}"#);
    let set = format!(r#"{{"keys":[{{"n":"{}"}},{{"n":"x"}}]}}"#, "n".repeat(200));
    for (target, text) in [(fixture.target, metadata), (keys, set)] {
        let bytes = text.clone().into_bytes();
        let mut first = fixture.transition(state(NOON, (text, bytes)), Vec::new());
        first.tracking = fixture.store.tracking(target).unwrap();
        first.tracking.last_poll_at = Some(at(NOON));
        let recorded = fixture.store.record(first, AlertPlan::default()).await;
        recorded.unwrap();
    }
    let named = fixture.store.named_addresses("archera", None).unwrap();
    let members: Vec<&str> = named.iter().map(|one| one.member.as_str()).collect();
    assert_eq!(members, ["token_endpoint"]);
    let set = fixture
        .store
        .key_set("archera", &Kind::OAUTH_AUTHORIZATION_SERVER.into())
        .unwrap()
        .unwrap();
    assert_eq!((set.keys, set.since, set.seen_at), (2, at(NOON), at(NOON)));
}
