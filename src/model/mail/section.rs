//! The middle of a mail: what happened, document by document.

use super::page::{Head, Item, Section};
use super::{LIMITS, MailInput, item, many, outage, rest};
use crate::model::event::{Event, EventKind, Restless};
use crate::model::letter::MailKind;
use crate::model::text::{utc, visible};

/// All sections, their items numbered through.
pub(super) fn all(input: &MailInput<'_>) -> Vec<Section> {
    let is_of_many = many::providers(input.events).len() > 1;
    let mut sections = match input.kind {
        MailKind::Digest => vec![many::digest_rows(input.events)],
        MailKind::Summary => collected(input.events),
        kind if is_of_many => {
            let first = many::providers(input.events).first().copied();
            let mut own = many::of_provider(input.events, first.unwrap_or_default());
            own.iter_mut().for_each(many::generalize);
            let mut sections = of_one(kind, &own);
            for (position, section) in sections.iter_mut().enumerate() {
                if position == 0 {
                    section
                        .intro
                        .get_or_insert_with(|| many::alike(input.events));
                }
                for head in &mut section.heads {
                    head.url.clear();
                    head.redirect = None;
                }
            }
            sections.push(many::names(input.events));
            sections
        }
        kind => of_one(kind, input.events),
    };
    let items = sections.iter_mut().flat_map(|section| &mut section.items);
    for (number, item) in (1..).zip(items) {
        item.number = number;
    }
    sections
}

/// What happened at one provider: each document once.
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
            Some((_, known)) if is_plain => known.items.append(&mut section.items),
            Some(_) | None => sections.push((event, section)),
        }
    }
    sections.into_iter().map(|(_, section)| section).collect()
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
