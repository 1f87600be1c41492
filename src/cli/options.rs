//! What the library takes, of what was asked on the command line.

use issuerwatch::clock::moment::When;
use issuerwatch::history::{BlameOptions, Format, KeysFormat, KeysOptions, ListOptions};
use issuerwatch::store::EventFilter;

use super::form::Whole;
use super::history as cli;

pub(crate) fn blame_options(asked: cli::Blame) -> BlameOptions {
    BlameOptions {
        target: asked.target,
        member: asked.member,
        elements: asked.elements,
        is_json: asked.format == Whole::Json,
    }
}

pub(crate) fn keys_options(asked: cli::Keys) -> KeysOptions {
    KeysOptions {
        target: asked.target,
        at: asked.at,
        kid: asked.kid,
        thumbprint: asked.thumbprint,
        format: match asked.format {
            cli::KeyFormat::Table => KeysFormat::Table,
            cli::KeyFormat::Json => KeysFormat::Json,
            cli::KeyFormat::Jwk => KeysFormat::Jwk,
            cli::KeyFormat::Pem => KeysFormat::Pem,
        },
    }
}

pub(crate) fn format_of(format: cli::Format) -> Format {
    match format {
        cli::Format::Table => Format::Table,
        cli::Format::Json => Format::Json,
        cli::Format::Jsonl => Format::Jsonl,
        cli::Format::Markdown => Format::Markdown,
        cli::Format::Patch => Format::Patch,
    }
}

pub(crate) fn list_options(asked: cli::HistoryList) -> (ListOptions, Format) {
    let filter = EventFilter {
        providers: asked.names,
        since: asked.since.map(When::start),
        until: asked.until.map(When::end),
        member: asked.member,
        group: asked.group,
        severity: asked.severity,
        kind: asked.event,
        limit: (asked.limit > 0).then_some(asked.limit),
        oldest_first: asked.reverse,
    };
    (ListOptions { filter }, format_of(asked.format))
}
