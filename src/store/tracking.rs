//! Reads what is known of a target from its rows.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::error::{StoreError, doing};
use super::row::{corrupt, json, time, time_or_none};
use crate::document::observation::Validators;
use crate::meaning::judge::Judge;
use crate::policy::baseline::{Answer, Baseline, Condition, Judgement};
use crate::policy::tracking::Tracking;

/// The columns that `tracking` needs.
pub(super) const TRACKING: &str = "tracking.target_id, tracking.revision, tracking.last_poll_at,
    tracking.last_poll_at - tracking.good_before AS last_good_at,
    tracking.last_poll_at - tracking.seen_before AS baseline_seen_at,
    tracking.revision - tracking.unpolled AS polls, tracking.failed_polls,
    tracking_detail.snapshot_id, tracking_detail.last_body, tracking_detail.etag,
    tracking_detail.last_modified, tracking_detail.whole_at, tracking_detail.request,
    tracking_detail.identity, tracking_detail.address, tracking_detail.rules,
    tracking_detail.findings, tracking_detail.state, snapshot.fingerprint, snapshot.first_seen_at";
/// The joins that provide these columns.
pub(super) const DETAIL: &str = "JOIN tracking_detail ON tracking_detail.target_id =     tracking.target_id LEFT JOIN snapshot ON snapshot.id = tracking_detail.snapshot_id";

pub(super) fn tracking_of(connection: &Connection, target_id: i64) -> Result<Tracking, StoreError> {
    let sql = format!("SELECT {TRACKING} FROM tracking {DETAIL} WHERE tracking.target_id = ?1");
    connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row([target_id], tracking).optional())
        .map_err(doing("reading what is known of a target"))
        .map(|known| known.unwrap_or_else(|| Tracking::new(target_id)))
}

/// The condition of the next request; `None` if it is not stored what was asked, and when.
fn condition(row: &Row<'_>) -> Result<Option<Condition>, rusqlite::Error> {
    let validators = Validators {
        etag: row.get("etag")?,
        last_modified: row.get("last_modified")?,
    };
    let (whole_at, request) = (time_or_none(row, "whole_at")?, row.get("request")?);
    Ok(match (whole_at, request) {
        (Some(whole_at), Some(request)) if !validators.is_empty() => Some(Condition {
            validators,
            whole_at,
            request,
        }),
        _ => None,
    })
}

pub(super) fn tracking(row: &Row<'_>) -> Result<Tracking, rusqlite::Error> {
    let snapshot_id: Option<i64> = row.get("snapshot_id")?;
    let baseline = match snapshot_id {
        None => None,
        Some(snapshot_id) => Some(Baseline {
            snapshot_id,
            fingerprint: row.get("fingerprint")?,
            first_seen_at: time(row, "first_seen_at")?,
            last_seen_at: time(row, "baseline_seen_at")?,
            answer: Answer {
                body: row.get("last_body")?,
                condition: condition(row)?.map(Arc::new),
            },
            judgement: Arc::new(Judgement {
                judge: Judge {
                    identity: row.get("identity")?,
                    address: row.get("address")?,
                    rules: row.get("rules")?,
                },
                findings: json(row, "findings")?,
            }),
        }),
    };
    let count = |column: &str| -> Result<u64, rusqlite::Error> {
        let count: i64 = row.get(column)?;
        u64::try_from(count).map_err(|error| corrupt(column, error))
    };
    Ok(Tracking {
        target_id: row.get("target_id")?,
        revision: row.get("revision")?,
        baseline,
        last_poll_at: time_or_none(row, "last_poll_at")?,
        last_good_at: time_or_none(row, "last_good_at")?,
        polls: count("polls")?,
        failed_polls: count("failed_polls")?,
        state: Arc::new(json(row, "state")?),
    })
}
