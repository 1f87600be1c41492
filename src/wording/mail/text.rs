//! The plain text part of a mail.
//!
//! Sentences are wrapped at 80 columns; values and commands are not, because what is broken cannot be
//! copied. A place that differs is marked with `^` on a line of its own below it.

use super::page::{Entry, Foot, Item, Line, Page, Section};

/// Columns of a sentence.
const WIDTH: usize = 80;
/// Most names beside each other.
const NAMES: usize = 4;
/// Where `you use this` begins.
const REMARK_COLUMN: usize = 68;
/// Where the words of an entry begin: behind the longest severity.
const ENTRY_COLUMN: usize = 10;

/// Writes a page as plain text.
pub(super) fn render(page: &Page) -> String {
    let mut out = String::new();
    let lead = &page.lead;
    wrap(&mut out, 0, 4, &format!("{}  {}", lead.word, lead.sentence));
    wrap(&mut out, 0, 4, &lead.when);
    if let Some(tally) = &lead.tally {
        wrap(&mut out, 0, 4, tally);
    }
    if let Some(advice) = &lead.advice {
        wrap(&mut out, 0, 4, &format!("Do: {advice}"));
    }
    if let Some(late) = &lead.late {
        wrap(&mut out, 0, 4, late);
    }
    for section in &page.sections {
        out.push('\n');
        render_section(&mut out, section);
    }
    if !page.notes.is_empty() {
        out.push('\n');
        for note in &page.notes {
            wrap(&mut out, 0, 2, note);
        }
    }
    // The mark of a signature has the blank (RFC 3676 section 4.3): programs fold what follows it.
    out.push_str("\n-- \n");
    let label_width = page.footer.iter().map(label_width).max().unwrap_or(0);
    for foot in &page.footer {
        match foot {
            Foot::Words(words) => wrap(&mut out, 0, 0, words),
            Foot::Command { label, command } => {
                let label = format!("{label}:");
                line(&mut out, &format!("{label:<label_width$} {command}"));
            }
        }
    }
    out
}

fn label_width(foot: &Foot) -> usize {
    match foot {
        Foot::Words(_) => 0,
        Foot::Command { label, .. } => label.chars().count() + 1,
    }
}

fn render_section(out: &mut String, section: &Section) {
    if let Some(intro) = &section.intro {
        wrap(out, 0, 2, intro);
    }
    let width = widest(section.heads.iter().map(|head| head.label.as_str()));
    for head in &section.heads {
        line(
            out,
            format!("{:<width$}  {}", head.label, head.url).trim_end(),
        );
        if let Some(redirect) = &head.redirect {
            line(out, redirect);
        }
    }
    let titled = section.intro.is_some() || !section.heads.is_empty();
    let is_short = |item: &Item| item.why.is_empty() && item.tag.is_empty();
    let mut before: Option<&Item> = None;
    for item in &section.items {
        // Items without reasons that follow each other are lines of a list, without a blank line between.
        let is_list = is_short(item) && before.is_some_and(is_short);
        if (titled || before.is_some()) && !is_list {
            out.push('\n');
        }
        render_item(out, item);
        before = Some(item);
    }
    for entry in &section.entries {
        render_entry(out, entry);
    }
    table(out, 2, &section.rows);
    let widest_name = widest(section.names.iter().map(String::as_str));
    let abreast = ((WIDTH + 1) / (widest_name + 3)).clamp(1, NAMES);
    let names: Vec<Vec<String>> = section
        .names
        .chunks(abreast)
        .map(<[String]>::to_vec)
        .collect();
    table(out, 2, &names);
    let is_bare = section.items.is_empty() && section.rows.is_empty() && section.entries.is_empty();
    if !section.more.is_empty() && !is_bare {
        out.push('\n');
    }
    for more in &section.more {
        wrap(out, 0, 2, more);
    }
}

fn render_item(out: &mut String, item: &Item) {
    let mut title = format!("{}. {:<8}  {}", item.number, item.label(), item.title);
    if item.used {
        let gap = REMARK_COLUMN.saturating_sub(title.chars().count()).max(2);
        title.extend(std::iter::repeat_n(' ', gap));
        title.push_str("you use this");
    }
    wrap(out, 0, 3, &title);
    for value in &item.lines {
        render_value(out, value);
    }
    table(out, 5, &item.rows);
    for more in &item.more {
        wrap(out, 5, 5, more);
    }
    let reason = match (item.why.is_empty(), item.tag.is_empty()) {
        (false, false) => format!("{}  [{}]", item.why, item.tag),
        (true, false) => format!("[{}]", item.tag),
        (_, true) => item.why.clone(),
    };
    if !reason.is_empty() {
        wrap(out, 3, 3, &reason);
    }
}

fn render_entry(out: &mut String, entry: &Entry) {
    let first = format!("{:<8}  {}", entry.label, entry.words);
    wrap(out, 0, ENTRY_COLUMN, &first);
    for line in &entry.under {
        wrap(out, ENTRY_COLUMN, ENTRY_COLUMN, line);
    }
}

fn render_value(out: &mut String, value: &Line) {
    let mut text = format!("     {} ", value.sign.as_char());
    let mut marks = " ".repeat(text.len());
    for span in &value.spans {
        text.push_str(&span.text);
        let mark = if span.marked { '^' } else { ' ' };
        marks.extend(std::iter::repeat_n(mark, span.text.chars().count()));
    }
    line(out, &text);
    if marks.contains('^') {
        line(out, marks.trim_end());
    }
}

/// Writes rows as columns; the last one is wrapped where it is too wide, on a line of its own where
/// little room is left beside the others.
fn table(out: &mut String, indent: usize, rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            widest(
                rows.iter()
                    .filter_map(|row| row.get(column).map(String::as_str)),
            )
        })
        .collect();
    for row in rows {
        let mut text = " ".repeat(indent);
        let Some((last, cells)) = row.split_last() else {
            continue;
        };
        for (cell, &width) in cells.iter().zip(&widths) {
            text.push_str(&format!("{cell:<width$}   "));
        }
        let start = text.chars().count();
        if start + last.chars().count() <= WIDTH {
            line(out, format!("{text}{last}").trim_end());
            continue;
        }
        if start > WIDTH / 2 {
            line(out, text.trim_end());
            wrap(out, indent + 4, indent + 4, last);
            continue;
        }
        let mut wrapped = String::new();
        wrap(&mut wrapped, start, start, last);
        out.push_str(&text);
        out.push_str(wrapped.trim_start());
    }
}

fn widest<'a>(cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Writes words, wrapped, the first line indented by `first` and the others by `rest`.
fn wrap(out: &mut String, first: usize, rest: usize, words: &str) {
    let mut current = " ".repeat(first);
    let mut length = first;
    let mut is_start = true;
    for word in words.split(' ') {
        let word_length = word.chars().count();
        if !is_start && length + 1 + word_length > WIDTH && !word.is_empty() {
            line(out, current.trim_end());
            current = " ".repeat(rest);
            length = rest;
            is_start = true;
        }
        if !is_start {
            current.push(' ');
            length += 1;
        }
        current.push_str(word);
        length += word_length;
        is_start = false;
    }
    line(out, current.trim_end());
}
