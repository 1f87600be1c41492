//! A document in its rows: the canonical form in `snapshot`, the bytes as they came in `body`, both packed
//! (`packed`) unless they are older or too small for that.

use std::borrow::Cow;

use rusqlite::{Error, OptionalExtension as _, Row, params};

use super::error::{StoreError, doing};
use super::packed::{self, Damaged, Packer};
use super::row::{corrupt, millis};
use super::tx::Tx;
use crate::policy::tracking::NewSnapshot;

/// The columns that `canonical` needs.
pub(super) const CANONICAL: &str = "snapshot.canonical, snapshot.packed";
/// The columns that `body` needs.
pub(super) const BODY: &str = "body.bytes, body.packed_with, packed_with.packed AS first_part";
/// The joins that provide them.
pub(super) const WITH_BODY: &str = "LEFT JOIN body ON body.sha256 = snapshot.body
    LEFT JOIN snapshot AS packed_with ON packed_with.id = body.packed_with";

/// The canonical document of a row.
pub(super) fn canonical<'a>(row: &'a Row<'_>) -> Result<Cow<'a, str>, Error> {
    let plain = row.get_ref("canonical")?.as_str()?;
    let Some(part) = row.get_ref("packed")?.as_blob_or_null()? else {
        return Ok(Cow::Borrowed(plain));
    };
    if !plain.is_empty() {
        return Err(corrupt("packed", Damaged));
    }
    let text = packed::canonical(part);
    text.map(Cow::Owned)
        .map_err(|error| corrupt("packed", error))
}

/// Both of a snapshot with its number: one pass where they are parts of one stream.
pub(super) fn both(row: &Row<'_>) -> Result<(String, Option<Vec<u8>>), Error> {
    let id: Option<i64> = row.get("id")?;
    let parts = (
        row.get_ref("packed")?.as_blob_or_null()?,
        row.get_ref("bytes")?.as_blob_or_null()?,
    );
    let is_one_stream = row.get::<_, Option<i64>>("packed_with")? == id;
    match parts {
        (Some(first), Some(second)) if is_one_stream => {
            let (text, bytes) =
                packed::both(first, second).map_err(|error| corrupt("packed", error))?;
            // Refuses what `canonical` refuses.
            let plain = row.get_ref("canonical")?.as_str()?;
            if !plain.is_empty() {
                return Err(corrupt("packed", Damaged));
            }
            Ok((text, Some(bytes)))
        }
        _ => Ok((canonical(row)?.into_owned(), body(row)?)),
    }
}

/// The bytes of a row; `None` if they were dropped.
pub(super) fn body(row: &Row<'_>) -> Result<Option<Vec<u8>>, Error> {
    body_with_first_part(row).map(|(bytes, _)| bytes)
}

/// The bytes of a row, and what had to be unpacked to read them: the canonical document that they are
/// packed with.
pub(super) fn body_with_first_part(
    row: &Row<'_>,
) -> Result<(Option<Vec<u8>>, Option<String>), Error> {
    let Some(bytes) = row.get_ref("bytes")?.as_blob_or_null()? else {
        return Ok((None, None));
    };
    if row.get::<_, Option<i64>>("packed_with")?.is_none() {
        return Ok((Some(bytes.to_vec()), None));
    }
    let first = row.get_ref("first_part")?.as_blob_or_null()?;
    let unpacked = first
        .ok_or(Damaged)
        .and_then(|first| packed::both(first, bytes));
    unpacked
        .map(|(text, bytes)| (Some(bytes), Some(text)))
        .map_err(|error| corrupt("bytes", error))
}

/// Stores a new state and its bytes; returns its number.
pub(super) fn keep(
    tx: &Tx<'_>,
    target_id: i64,
    new: &NewSnapshot,
    packer: &mut Packer,
) -> Result<i64, StoreError> {
    let failed = doing("storing a snapshot");
    // Its bytes come first, and name it.
    let id: i64 = tx
        .prepare_cached("SELECT seq + 1 FROM sqlite_sequence WHERE name = 'snapshot'")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
        .map(|next| next.unwrap_or(1))
        .map_err(&failed)?;
    let parts = packer.pack(&new.canonical, &new.body);
    let with = parts.body.is_some().then_some(id);
    let bytes = parts.body.as_deref().unwrap_or(&new.body);
    // The bytes are hashed after secrets were removed, because the hash could reveal a short secret.
    tx.prepare_cached(
        "INSERT OR IGNORE INTO body (sha256, raw_sha256, bytes, packed_with) VALUES (?1, '', ?2, ?3)",
    )
    .and_then(|mut statement| statement.execute(params![new.body_sha256, bytes, with]))
    .map_err(doing("storing a body"))?;
    let plain = if parts.canonical.is_some() {
        ""
    } else {
        &new.canonical
    };
    tx.prepare_cached(
        "INSERT INTO snapshot (id, target_id, fingerprint, canonical, packed, body, first_seen_at,
             content_type) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .and_then(|mut statement| {
        statement.insert(params![
            id,
            target_id,
            new.fingerprint,
            plain,
            parts.canonical,
            new.body_sha256,
            millis(new.seen.at),
            new.content_type
        ])
    })
    .map_err(failed)
}
