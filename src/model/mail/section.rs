//! The middle of a mail: what happened, document by document.

use std::cmp::Reverse;

use super::page::{Head, Item, Section};
use super::{LIMITS, MailInput, digest, item, many, outage, rest};
use crate::model::event::{Event, EventKind, Restless};
use crate::model::letter::MailKind;
use crate::model::text::{utc, visible};

/// All sections, their items numbered through.
pub(super) fn all(input: &MailInput<'_>) -> Vec<Section> {
    let is_of_many = many::providers(input.events).len() > 1;
    let mut sections = match input.kind {
        MailKind::Digest => vec![digest::rows(input.events)],
        MailKind::Summary => collected(input.events),
        MailKind::Failing if is_of_many => vec![Section {
            rows: outage::rows_of_many(input.events),
            ..Section::default()
        }],
        kind if is_of_many => of_many(kind, input.events),
        kind => of_one(kind, input.events),
    };
    sections.retain(is_telling);
    let items = sections.iter_mut().flat_map(|section| &mut section.items);
    for (number, item) in (1..).zip(items) {
        item.number = number;
    }
    sections
}

/// Whether there is more to a section than an address.
fn is_telling(section: &Section) -> bool {
    section.intro.is_some()
        || !section.items.is_empty()
        || !section.rows.is_empty()
        || !section.names.is_empty()
}

/// What happened in the same way at several providers, and what each of them has of its own.
fn of_many(kind: MailKind, events: &[Event]) -> Vec<Section> {
    let mut sections = of_one(kind, &many::common(events));
    sections.retain(is_telling);
    for head in sections.iter_mut().flat_map(|section| &mut section.heads) {
        head.url.clear();
        head.redirect = None;
    }
    if let Some(first) = sections.first_mut() {
        first.intro.get_or_insert_with(|| many::alike(events));
    }
    let rows = many::own_keys(events);
    let values = many::own_values(events);
    sections.push(if rows.is_empty() && !values.is_empty() {
        Section {
            intro: Some("The providers, each with its own value:".to_owned()),
            rows: values,
            ..Section::default()
        }
    } else if rows.is_empty() {
        many::names(events)
    } else {
        Section {
            intro: Some("The providers, each with keys of its own:".to_owned()),
            rows,
            ..Section::default()
        }
    });
    sections
}

/// What happened at one provider: each document once, the gravest first.
fn of_one(kind: MailKind, events: &[Event]) -> Vec<Section> {
    let mut sections: Vec<(&Event, Section)> = Vec::new();
    for event in events {
        let mut section = section(kind, event);
        let is_plain = section.intro.is_none() && section.rows.is_empty();
        let known = sections.iter_mut().find(|(known, known_section)| {
            known.document == event.document
                && known.body.circumstance.url == event.body.circumstance.url
                && known_section.rows.is_empty()
        });
        match known {
            Some((_, known)) if is_plain => {
                known.items.append(&mut section.items);
                known.items.sort_by_key(Item::place);
            }
            Some(_) | None => sections.push((event, section)),
        }
    }
    let mut sections: Vec<Section> = sections.into_iter().map(|(_, section)| section).collect();
    sections.sort_by_key(|section| {
        let items = section.items.iter();
        Reverse(items.map(|item| item.severity).max())
    });
    sections
}

fn section(kind: MailKind, event: &Event) -> Section {
    let restless: Vec<&Restless> = event.body.circumstance.restless.iter().collect();
    let who = event.provider.as_str();
    // Beside other news; a mail of its own says it in the first line.
    let intro = match event.body.kind {
        EventKind::Damped if kind != MailKind::Damped => {
            Some(format!("Damped: {}", rest::damped_sentence(&restless, who)))
        }
        EventKind::Settled if kind != MailKind::Settled => Some(format!(
            "Settled: {}",
            rest::settled_sentence(&restless, who)
        )),
        _ => None,
    };
    let rows = match event.body.kind {
        EventKind::Failing => outage::failed_polls(event),
        _ => Vec::new(),
    };
    Section {
        intro,
        heads: vec![head(event, event.document.to_string())],
        items: item::items(kind, event, &LIMITS),
        rows,
        ..Section::default()
    }
}

fn head(event: &Event, label: String) -> Head {
    let about = &event.body.circumstance;
    let redirect = about.final_url.as_deref();
    Head {
        label,
        url: visible(about.url.as_deref().unwrap_or_default()),
        redirect: redirect.map(|url| format!("(answered after a redirect to {})", visible(url))),
    }
}

/// Most changes of a summary that are shown with their values.
const COLLECTED: usize = 20;

/// What was held back: each change with its day.
fn collected(events: &[Event]) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut shown = 0;
    for event in events {
        let items: Vec<Item> = item::items(MailKind::Summary, event, &LIMITS);
        if shown >= COLLECTED {
            let left_out = events.len() - sections.len();
            if let Some(last) = sections.last_mut() {
                let last: &mut Section = last;
                last.more.push(format!(
                    "... and {left_out} more events, which the history tells."
                ));
            }
            break;
        }
        shown += items.len();
        let at = utc(event.body.at);
        sections.push(Section {
            heads: vec![Head {
                label: format!("{at}  {}/{}", event.provider, event.document),
                url: String::new(),
                redirect: None,
            }],
            items,
            ..Section::default()
        });
    }
    sections
}
