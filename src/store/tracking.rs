//! What is known of a target, read from its rows and written to them.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::error::{StoreError, doing, unwritable};
use super::row::{corrupt, json, millis, time, time_or_none};
use super::tx::Tx;
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

/// Stores what every poll changes. Times are stored as distances from the last poll, and polls as the
/// distance from the revision: for a healthy target all of them are 0 and take no room.
///
/// The revision goes from one to the other; `false` if it is another one than the first.
pub(super) fn keep_pulse(
    tx: &Tx<'_>,
    tracking: &Tracking,
    from: i64,
    to: i64,
) -> Result<bool, StoreError> {
    let baseline = tracking.baseline.as_ref();
    let seen_at = baseline.map(|baseline| baseline.last_seen_at);
    // A document that was seen without a poll (because it was read in) counts as a poll.
    let poll_at = tracking.last_poll_at.or(seen_at).or(tracking.last_good_at);
    let before = |at: Timestamp| Some(millis(poll_at?) - millis(at));
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    tx.prepare_cached(
        "UPDATE tracking SET revision = ?8, unpolled = ?8 - ?2, failed_polls = ?3,
             last_poll_at = ?4, good_before = ?5, seen_before = ?6
         WHERE target_id = ?1 AND revision = ?7",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            tracking.target_id,
            count(tracking.polls),
            count(tracking.failed_polls),
            poll_at.map(millis),
            tracking.last_good_at.and_then(before),
            seen_at.and_then(before),
            from,
            to,
        ])
    })
    .map(|rows| rows == 1)
    .map_err(doing("storing when a target was polled"))
}

/// Stores the rest if it differs, because a row that is not changed costs no page of the log.
pub(super) fn keep_detail(
    tx: &Tx<'_>,
    tracking: &Tracking,
    snapshot_id: Option<i64>,
) -> Result<(), StoreError> {
    let baseline = tracking.baseline.as_ref();
    let answer = baseline.map(|baseline| &baseline.answer);
    let condition = answer.and_then(|answer| answer.condition.as_deref());
    let validators = condition.map(|condition| &condition.validators);
    let judgement = baseline.map(|baseline| baseline.judgement.as_ref());
    let judge = judgement.map(|judgement| &judgement.judge);
    let findings = judgement.map_or(&[][..], |judgement| &judgement.findings);
    let state = serde_json::to_string(tracking.state.as_ref())
        .map_err(unwritable("the state of a target"))?;
    let findings = serde_json::to_string(findings).map_err(unwritable("findings"))?;
    tx.prepare_cached(
        "UPDATE tracking_detail SET snapshot_id = ?2, last_body = ?3, etag = ?4,
             last_modified = ?5, whole_at = ?6, request = ?7, identity = ?8, address = ?9,
             rules = ?10, findings = ?11, state = ?12
         WHERE target_id = ?1 AND (snapshot_id IS NOT ?2 OR last_body IS NOT ?3
             OR etag IS NOT ?4 OR last_modified IS NOT ?5 OR whole_at IS NOT ?6
             OR request IS NOT ?7 OR identity IS NOT ?8 OR address IS NOT ?9
             OR rules IS NOT ?10 OR findings IS NOT ?11 OR state IS NOT ?12)",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            tracking.target_id,
            snapshot_id,
            answer.and_then(|answer| answer.body.as_deref()),
            validators.and_then(|validators| validators.etag.as_deref()),
            validators.and_then(|validators| validators.last_modified.as_deref()),
            condition.map(|condition| millis(condition.whole_at)),
            condition.map(|condition| condition.request.as_ref()),
            judge.and_then(|judge| judge.identity.as_deref()),
            judge.and_then(|judge| judge.address.as_deref()),
            judge.map_or("", |judge| judge.rules.as_ref()),
            findings,
            state,
        ])
    })
    .map_err(doing("storing what is known of a target"))?;
    Ok(())
}
