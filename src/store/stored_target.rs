//! The targets of a provider that are stored.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::error::{StoreError, doing};
use super::handle::Store;
use super::row::{kind, millis};
use crate::document::name::DocumentName;

/// A target as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTarget {
    /// Name of the document within its provider.
    pub document: DocumentName,
    /// Address of the target, if known.
    pub url: Option<String>,
    /// Whether the target is still watched.
    pub is_watched: bool,
    /// Whether it ever had a document.
    pub has_document: bool,
}

impl Store {
    /// The targets of a provider, including those that are no longer watched.
    pub fn known_targets(&self, provider: &str) -> Result<Vec<StoredTarget>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT document, url, retired_at IS NULL AS is_watched,
                         EXISTS (SELECT 1 FROM tracking_detail WHERE tracking_detail.target_id = target.id
                             AND tracking_detail.snapshot_id IS NOT NULL) AS has_document
                     FROM target WHERE provider = ?1 ORDER BY id",
                )
                .and_then(|mut statement| {
                    let known = |row: &Row<'_>| {
                        Ok(StoredTarget {
                            document: kind(row)?,
                            url: row.get("url")?,
                            is_watched: row.get("is_watched")?,
                            has_document: row.get("has_document")?,
                        })
                    };
                    statement.query_map([provider], known)?.collect()
                })
                .map_err(doing("reading the targets of a provider"))
        })
    }

    /// Marks these targets of a provider as no longer watched; what is known of them stays.
    pub async fn retire_targets(
        &self,
        provider: String,
        documents: Vec<DocumentName>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .run(move |tx| {
                for document in documents {
                    tx.prepare_cached(
                        "UPDATE target SET retired_at = ?3
                         WHERE provider = ?1 AND document = ?2 AND retired_at IS NULL",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![provider, document.to_string(), millis(now)])
                    })
                    .map_err(doing("retiring a target"))?;
                }
                Ok(())
            })
            .await
    }
}
