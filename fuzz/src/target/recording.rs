//! Lines of recordings.

use issuerwatch::document::recording::RecordingLine;

use super::{Judge, Target, hold, hold_harmless};
use issuerwatch::document::observation::Outcome;

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "null",
    "true",
    "-1",
    "1e400",
    "0.5",
    "\\u0000",
    "\\ud800",
    "\\u202e",
    "\"unmodified\":true,",
    "\"body\":\"\",",
    "\"failure\":{\"kind\":\"tls\",\"detail\":\"x\"},",
    "\"cause\":\"too-many\",",
    "\"status\":0,",
    "\"at\":\"9999-12-31T23:59:59Z\",",
    "\"unrecorded\":1,",
    "\"elapsed_ms\":1,",
    "x509: certificate has expired",
    "no such host",
    "2026-01-01T00:00:00.123456789+02:00",
];

pub(super) const RECORDING: Target = Target {
    name: "recording",
    tokens: TOKENS,
    prepare: || -> Judge { Box::new(judge) },
};

fn judge(_seed: &[u8], input: &[u8]) -> Result<(), String> {
    let Ok(line) = serde_json::from_slice::<RecordingLine>(input) else {
        return Ok(());
    };
    let written = serde_json::to_string(&line).map_err(|error| format!("not written: {error}"))?;
    let again: RecordingLine = serde_json::from_str(&written)
        .map_err(|error| format!("not read again: {error} {written}"))?;
    hold(again == line, || {
        format!("it reads as {again:?}, not {line:?}")
    })?;
    let Ok((provider, seen)) = line.observation() else {
        return Ok(());
    };
    hold_harmless(&provider, 64)?;
    if let Outcome::Failed(failure) = &seen.outcome {
        hold_harmless(&failure.brief(), 400)?;
        hold_harmless(&failure.detail, 400)?;
    }
    hold(again.observation() == Ok((provider, seen)), || {
        "it means the same twice".to_owned()
    })
}
