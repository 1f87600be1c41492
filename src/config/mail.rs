//! `[mail]`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::location::Location;
use super::mailbox::{self, Mailbox, mail_address, mail_addresses};
use super::overrides::cron;
use super::problem::shown;
use super::quantity::{LONGEST, LONGEST_SHOWN, parse_duration};
use super::reader::Section;
use super::route::Route;
use super::{keys, smtp};
use crate::document::fingerprint::sha256_hex;
use crate::document::path;
use crate::document::severity::Severity;
use crate::mailer::Transport;
use crate::meaning::provider::Secret;
use crate::meaning::provider_policy::Policy;
use crate::policy::recipient;
use crate::policy::schedule::{Schedule, Zone};

/// How people are told.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// How mail leaves.
    pub transport: Transport,
    /// Sender.
    pub from: Mailbox,
    /// The address that bounces go to, if it is not the sender's.
    pub envelope_from: Option<Mailbox>,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Mailbox>,
    /// Recipients of everything.
    pub to: Vec<String>,
    /// Further recipients, each with the events they are told of.
    pub routes: Vec<Route>,
    /// How long an alert waits for others that belong to it.
    pub group_wait: SignedDuration,
    /// How long late-comers wait after a mail about the same change.
    pub group_interval: SignedDuration,
    /// When the weekly mail, which shows that the daemon is alive, is sent; in the zone of `[defaults]`.
    pub digest: Option<Schedule>,
    /// Recipients of that mail get events of at most this severity only there.
    pub collect: Option<Severity>,
    /// How long a mail is tried.
    pub expire_after: SignedDuration,
    /// After how long an outage is told again, ascending.
    pub remind_after: Vec<SignedDuration>,
}

impl MailSettings {
    /// Who is told of an event of this provider and severity, each once.
    pub fn recipients(&self, provider: &str, severity: Option<Severity>) -> Vec<String> {
        let routes = self.routes.iter();
        let taking = routes.filter(|route| route.takes(provider, severity));
        let mut recipients = self.to.clone();
        let more = taking.flat_map(|route| route.to.iter().cloned());
        recipient::extend(&mut recipients, more);
        recipients
    }

    /// Names how mails are sent, secrets included: whether what waits may fare better now. A hash of a
    /// secret is one itself, so it is keyed by the store.
    pub fn hash(&self, key: &str) -> String {
        let transport = match &self.transport {
            Transport::File { directory } => format!("file {}", directory.display()),
            Transport::Sendmail { command } => format!("sendmail {command:?}"),
            Transport::Smtp(smtp) => {
                let password = smtp.password.as_ref().map(Secret::reveal);
                // The content is hashed, so that a corrected file counts as another one.
                let trusted = smtp.ca_file.as_ref().map(|path| fs::read(path).ok());
                format!(
                    "smtp {:?} {} {:?} {:?} {password:?} {:?} {trusted:?}",
                    smtp.host, smtp.port, smtp.security, smtp.user, smtp.helo
                )
            }
        };
        let people = (&self.from, &self.envelope_from, &self.reply_to);
        sha256_hex(format!("{key}\n{transport}\n{people:?}").as_bytes())
    }

    /// Everybody who is told of anything, each once, with the routes that lead there: their places in
    /// the configuration, from 1.
    pub fn everybody(&self) -> Vec<(String, Vec<usize>)> {
        let mut all: Vec<(String, Vec<usize>)> = Vec::new();
        for one in &self.to {
            all.push((one.clone(), Vec::new()));
        }
        for (index, route) in self.routes.iter().enumerate() {
            for one in &route.to {
                match all
                    .iter_mut()
                    .find(|(known, _)| recipient::is_same(known, one))
                {
                    Some((_, routes)) => routes.push(index + 1),
                    None => all.push((one.clone(), vec![index + 1])),
                }
            }
        }
        all
    }
}

pub(super) fn read(
    section: &Section<'_>,
    location: &Location,
    routes: Vec<Route>,
    has_webhooks: bool,
    zone: &Zone,
) -> Option<MailSettings> {
    section.check_keys("mail", &keys::MAIL);
    let known = ["file", "smtp", "sendmail"];
    let word = match section.text("transport") {
        Some(text) => section.choice(&text, "transport", &known, |word| {
            known.contains(&word).then(|| word.to_owned())
        }),
        None => section.is_absent("transport").then(|| "file".to_owned()),
    };
    let transport = word.as_deref().and_then(|word| {
        refuse_others(section, word);
        match word {
            "smtp" => smtp::read(section, location).map(Transport::Smtp),
            "sendmail" => sendmail(section),
            _ => file(section, location),
        }
    });
    let from = match section.text("from") {
        Some(text) => mail_address(section, &text),
        None => mailbox::parse("issuerwatch <issuerwatch@localhost>").ok(),
    };
    let other = |key| section.text(key).map(|text| mail_address(section, &text));
    let (envelope_from, reply_to) = (other("envelope_from"), other("reply_to"));
    let to = mail_addresses(section, "to");
    let nobody = "[mail] has no \"to\": nobody would be told".to_owned();
    // Who writes routes or webhooks may mean them only.
    let has_routes = section.get("route").is_some() || has_webhooks;
    if section.is_empty("to") && !has_routes {
        section.problem(section.span_of("to"), nobody);
    } else if !has_routes {
        section.lack("to", section.span(), nobody);
    }
    let is_empty = section.is_absent("to") || section.is_empty("to");
    if is_empty && section.get("digest").is_some() && has_routes {
        let what = "digest goes to those in \"to\", which names nobody".to_owned();
        section.problem(section.span_of("digest"), what);
    }
    let hours = SignedDuration::from_hours;
    let group_wait = section.duration("group_wait");
    let group_interval = section.duration("group_interval");
    let digest = section
        .text("digest")
        .and_then(|text| cron(section, "digest", &text))
        .map(|schedule| schedule.in_zone(zone.clone()));
    let collect = collect(section);
    let expire_after = section.positive("expire_after");
    let remind_after = remind_after(section);
    // Returns early only after every key was read, so that all problems are reported at once.
    Some(MailSettings {
        transport: transport?,
        from: from?,
        envelope_from: envelope_from.flatten(),
        reply_to: reply_to.flatten(),
        to,
        routes,
        group_wait: group_wait.unwrap_or(SignedDuration::from_secs(30)),
        group_interval: group_interval.unwrap_or(hours(6)),
        digest,
        collect,
        expire_after: expire_after.unwrap_or(hours(120)),
        remind_after: remind_after.unwrap_or_else(|| Policy::default().remind_after),
    })
}

/// What is left to the weekly mail. Breaking changes must not wait for the weekly mail.
fn collect(section: &Section<'_>) -> Option<Severity> {
    let text = section.text("collect")?;
    if section.get("digest").is_none() {
        let what = "collect leaves news to the weekly mail, which is off: set digest, such as \
             digest = \"0 8 * * 1\""
            .to_owned();
        section.problem(text.span(), what);
    }
    let known = [Severity::Info, Severity::Notice];
    let words = known.map(Severity::as_str);
    section.choice(&text, "collect", &words, |word| {
        known.into_iter().find(|it| it.as_str() == word)
    })
}

/// After how long an outage is told again, ascending.
fn remind_after(section: &Section<'_>) -> Option<Vec<SignedDuration>> {
    let texts = section.texts("remind_after")?;
    let mut durations = Vec::new();
    for text in texts {
        let what = match parse_duration(text.get_ref(), LONGEST, LONGEST_SHOWN) {
            Ok(duration) if duration.is_positive() => {
                durations.push(duration);
                continue;
            }
            Ok(_) => "a duration such as \"7d\", longer than 0s".to_owned(),
            Err(what) => what,
        };
        let what = format!("remind_after \"{}\": {what}", shown(text.get_ref()));
        section.problem(text.span(), what);
    }
    durations.sort_unstable();
    durations.dedup();
    Some(durations)
}

/// Refuses keys of other transports: whoever names a server or a program forgot to choose that transport.
fn refuse_others(section: &Section<'_>, transport: &str) {
    for (owner, keys) in [
        ("smtp", &["url", "password", "helo"][..]),
        ("sendmail", &["command"]),
    ] {
        let there: Vec<&str> = keys
            .iter()
            .filter(|_| owner != transport)
            .filter(|key| section.get(key).is_some())
            .copied()
            .collect();
        let (Some(first), Some((last, before))) = (there.first(), there.split_last()) else {
            continue;
        };
        let (keys, are) = match before {
            [] => ((*last).to_owned(), "is"),
            before => (format!("{} and {last}", before.join(", ")), "are"),
        };
        let write = match section.get("transport") {
            Some(_) => String::new(),
            None => format!(": write transport = \"{owner}\""),
        };
        let what = format!("{keys} {are} for transport \"{owner}\", not \"{transport}\"{write}");
        section.secret_problem(section.span_of(first), what);
    }
}

fn sendmail(section: &Section<'_>) -> Option<Transport> {
    let command: Vec<String> = section
        .text_or("command", "/usr/sbin/sendmail")?
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let Some(program) = command.first() else {
        section.problem(section.span_of("command"), "command is empty");
        return None;
    };
    if program.contains('/') && !Path::new(program).exists() {
        let what = format!("command {} is not there", shown(program));
        let key = if section.get("command").is_some() {
            "command"
        } else {
            "transport"
        };
        section.problem(section.span_of(key), what);
    }
    Some(Transport::Sendmail { command })
}

/// The directory that mails are written to, where they are not sent.
pub(super) fn directory(section: &Section<'_>, location: &Location) -> Option<PathBuf> {
    let transport = section.text("transport");
    let is_file = transport.is_none_or(|it| *it.get_ref() == "file");
    let text = section.path("directory", "mails").filter(|_| is_file)?;
    Some(location.state(text))
}

fn file(section: &Section<'_>, location: &Location) -> Option<Transport> {
    let directory = directory(section, location)?;
    if let Some(why) = why_never(&directory) {
        let what = format!("directory {why}: name one, or one that is not there yet");
        section.problem(section.span_of("directory"), what);
        return None;
    }
    Some(Transport::File { directory })
}

/// Why a directory, which the first mail makes with those above it, can never be one; it names which.
fn why_never(directory: &Path) -> Option<String> {
    for one in directory.ancestors() {
        let shown = path::visible(one);
        match fs::metadata(one) {
            Ok(found) if found.is_dir() => return None,
            Ok(_) => return Some(format!("{shown} is no directory")),
            Err(error) => match error.kind() {
                ErrorKind::NotFound if fs::symlink_metadata(one).is_ok() => {
                    return Some(format!("{shown} is a link that leads nowhere"));
                }
                // One above it decides.
                ErrorKind::NotFound | ErrorKind::NotADirectory => {}
                // What only the service may look into cannot be judged at a shell.
                ErrorKind::PermissionDenied => return None,
                _ => return Some(format!("{shown} cannot be had ({error})")),
            },
        }
    }
    None
}
