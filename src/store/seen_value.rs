//! Values that were seen, on their way into their table.
//!
//! A replay brings a hundred thousand of them, a few of some target at a time. Where each is written at once,
//! every one of them touches another page of the table. So they are kept back, some thousands of them, and
//! written in the order of the table, which takes a third less. Nothing asks for them meanwhile: a replay
//! knows in memory what it has seen.

use rusqlite::params;

use super::error::{StoreError, doing};
use super::handle::Store;
use super::tx::Tx;
use crate::meaning::subject::Subject;

/// How many values are kept back: some 600 KiB.
const MOST: usize = 8192;

/// Values that are kept back.
#[derive(Debug, Default)]
pub struct SeenValues {
    /// The members and the values, one behind the other.
    texts: String,
    rows: Vec<SeenValue>,
}

/// A value, by its place in the text.
#[derive(Debug)]
struct SeenValue {
    target_id: i64,
    start: usize,
    /// Where the member ends and the value starts.
    middle: usize,
    end: usize,
}

impl SeenValues {
    /// Adds what a target brought.
    pub(super) fn add(&mut self, target_id: i64, values: &[(Subject, String)]) {
        for (member, value) in values {
            let start = self.texts.len();
            self.texts.push_str(member.as_str());
            let middle = self.texts.len();
            self.texts.push_str(value);
            self.rows.push(SeenValue {
                target_id,
                start,
                middle,
                end: self.texts.len(),
            });
        }
    }

    /// Writes them if there are many.
    pub(super) fn write_if_many(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if self.rows.len() < MOST {
            return Ok(());
        }
        self.write(tx)
    }

    /// Writes them, in the order of their table.
    pub(super) fn write(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let texts = &self.texts;
        // Member and value as one are nearly the order of the table, and compared at once.
        let place = |it: &SeenValue| (it.target_id, texts.as_bytes().get(it.start..it.end));
        self.rows
            .sort_unstable_by(|one, two| place(one).cmp(&place(two)));
        let text = |from, to| texts.get(from..to).unwrap_or_default();
        let row = |it: &SeenValue| {
            let (member, value) = (text(it.start, it.middle), text(it.middle, it.end));
            (it.target_id, member, value)
        };
        tx.prepare_cached(
            "INSERT OR IGNORE INTO member_value (target_id, member, value) VALUES (?1, ?2, ?3)",
        )
        .and_then(|mut statement| {
            self.rows
                .iter()
                .map(row)
                .try_for_each(|(target_id, member, value)| {
                    statement
                        .execute(params![target_id, member, value])
                        .map(drop)
                })
        })
        .map_err(doing("storing the values seen"))?;
        self.texts.clear();
        self.rows.clear();
        Ok(())
    }
}

impl Store {
    /// Writes the values that are kept back.
    pub async fn record_values(&self, mut values: SeenValues) -> Result<(), StoreError> {
        self.writer.run(move |tx| values.write(tx)).await
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn opened() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = super::super::file::open_writer(&path).unwrap();
        super::super::migrate::migrate(&mut connection, &path).unwrap();
        let target = "INSERT INTO target (id, provider, document, watched_since)
             VALUES (?1, ?1, 'jwks', 0)";
        for id in [1, 2] {
            connection.execute(target, [id]).unwrap();
        }
        (folder, connection)
    }

    fn written(connection: &Connection) -> Vec<(i64, String, String)> {
        let mut all = connection
            .prepare("SELECT target_id, member, value FROM member_value ORDER BY 1, 2, 3")
            .unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let rows = all.query_map([], row).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn value(member: &str, value: &str) -> (Subject, String) {
        (Subject::of(member), value.to_owned())
    }

    #[test]
    fn values_that_are_kept_back_are_written_as_they_are_and_each_once() {
        let (_folder, connection) = opened();
        let tx = Tx::of(&connection);
        let mut values = SeenValues::default();
        values.add(2, &[value("keys", "b"), value("", "é"), value("keys", "b")]);
        values.add(1, &[value("scopes_supported", ""), value("a", "bc")]);
        values.add(1, &[value("ab", "c")]);
        values.write_if_many(&tx).unwrap();
        assert_eq!(written(&connection), []);
        let expected = [
            (1, "a", "bc"),
            (1, "ab", "c"),
            (1, "scopes_supported", ""),
            (2, "", "é"),
            (2, "keys", "b"),
        ];
        let expected = expected.map(|(id, member, it)| (id, member.to_owned(), it.to_owned()));
        for _again in 0..2 {
            values.write(&tx).unwrap();
            assert_eq!(written(&connection), expected);
        }
    }

    #[test]
    fn many_values_are_written_before_the_end() {
        let (_folder, connection) = opened();
        let tx = Tx::of(&connection);
        let mut values = SeenValues::default();
        for number in 0..MOST {
            values.add(1, &[value("keys", &number.to_string())]);
        }
        values.write_if_many(&tx).unwrap();
        assert_eq!(written(&connection).len(), MOST);
        assert!(values.rows.is_empty() && values.texts.is_empty());
    }
}
