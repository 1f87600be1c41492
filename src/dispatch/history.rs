//! The commands of `history`: what was asked on the command line, as the library takes it.

use std::io::Write;
use std::process::ExitCode;

use issuerwatch::clock;
use issuerwatch::clock::moment::TimeArgument;
use issuerwatch::config::Config;
use issuerwatch::history::{
    self, BlameOptions, DiffOptions, DiffOutcome, EventFormat, KeysFormat, KeysOptions,
    ListOptions, TokenOptions,
};
use issuerwatch::policy::token::TokenVerdict;
use issuerwatch::store::{EventFilter, Reader};

use super::global::GlobalOptions;
use super::names::{current, current_name};
use crate::cli::{self, HistoryCommand};

pub(super) fn history_of(
    common: &GlobalOptions,
    asked: cli::History,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let outline = common.outline()?;
    let reader = Reader::open(&outline.store)?;
    let style = common.style;
    let named = |name| current_name(&outline, &reader, name);
    match asked.command {
        None => {
            let mut list = asked.list;
            list.names = current(&outline, &reader, list.names)?;
            let (options, format) = list_options(common.called(), list);
            history::list(&reader, &options, format, style, out)?;
        }
        Some(HistoryCommand::Show { events, format }) => {
            let format = match format {
                cli::Event::Table => EventFormat::Table,
                cli::Event::Json => EventFormat::Json,
                cli::Event::Jsonl => EventFormat::Jsonl,
                cli::Event::Patch => EventFormat::Patch,
            };
            history::show(&reader, &events, format, style, out)?;
        }
        Some(HistoryCommand::At { target, time, raw }) => {
            history::at(&reader, &named(target)?, time, raw, style, out)?;
        }
        Some(HistoryCommand::Diff(mut asked)) => {
            asked.target = named(asked.target)?;
            asked.from = asked.from.map(named).transpose()?;
            return diff(common, &reader, asked, out);
        }
        Some(HistoryCommand::Blame(mut asked)) => {
            asked.target = named(asked.target)?;
            history::blame(&reader, &blame_options(asked), style, out)?;
        }
        Some(HistoryCommand::Keys(mut asked)) => {
            asked.target = named(asked.target)?;
            history::keys(&reader, &keys_options(asked), style, out)?;
        }
        Some(HistoryCommand::Token { file, format }) => {
            let is_json = format == cli::ObjectForm::Json;
            let options = TokenOptions { file, is_json };
            let verdict = history::token(&reader, &options, style, clock::now(), out)?;
            return Ok(ExitCode::from(match verdict {
                TokenVerdict::Theirs => 0,
                TokenVerdict::NotThen | TokenVerdict::Forged => 3,
                TokenVerdict::Unknown => 4,
            }));
        }
        Some(HistoryCommand::Export { names }) => {
            history::export(&reader, &current(&outline, &reader, names)?, out)?;
        }
        Some(HistoryCommand::Verify) => {
            let is_whole = history::verify(&reader, out)?;
            return Ok(ExitCode::from(u8::from(!is_whole)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn diff(
    common: &GlobalOptions,
    reader: &Reader,
    asked: cli::Diff,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let outline = common.find().and_then(|path| Config::outline(&path));
    let options = DiffOptions {
        target: asked.target,
        from: asked.from,
        to: asked.to,
        against: asked.against,
        fail_on: asked.fail_on,
    };
    let (outline, format) = (outline.as_ref().ok(), format_of(asked.format));
    let (style, now) = (common.style, clock::now());
    let outcome = history::diff(reader, outline, &options, format, style, now, out)?;
    Ok(ExitCode::from(match outcome {
        DiffOutcome::Compared => 0,
        DiffOutcome::Differs => 3,
        DiffOutcome::Unusable => 4,
    }))
}

fn blame_options(asked: cli::Blame) -> BlameOptions {
    BlameOptions {
        target: asked.target,
        member: asked.member,
        elements: asked.elements,
        is_json: asked.format == cli::ObjectForm::Json,
    }
}

fn keys_options(asked: cli::Keys) -> KeysOptions {
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

fn format_of(format: cli::Format) -> EventFormat {
    match format {
        cli::Format::Table => EventFormat::Table,
        cli::Format::Json => EventFormat::Json,
        cli::Format::Jsonl => EventFormat::Jsonl,
        cli::Format::Markdown => EventFormat::Markdown,
        cli::Format::Patch => EventFormat::Patch,
    }
}

fn list_options(command: String, asked: cli::HistoryList) -> (ListOptions, EventFormat) {
    let filter = EventFilter {
        providers: asked.names,
        since: asked.since.map(TimeArgument::start),
        until: asked.until.map(TimeArgument::end),
        member: asked.member,
        group: asked.group,
        severity: asked.severity,
        kind: asked.event,
        limit: (asked.limit > 0).then_some(asked.limit),
        oldest_first: asked.reverse,
    };
    (ListOptions { filter, command }, format_of(asked.format))
}
