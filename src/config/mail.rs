//! `[mail]`.

use jiff::SignedDuration;
use toml::Spanned;
use url::Url;

use super::problem::shown;
use super::reader::Section;
use super::{Place, ca_file, secret};
use crate::mailer::{Smtp, SmtpSecurity, Transport};
use crate::model::address;

/// How people are told.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// How mail leaves.
    pub transport: Transport,
    /// Sender.
    pub from: String,
    /// Recipients of everything.
    pub to: Vec<String>,
    /// How long an alert waits for others that belong to it.
    pub group_wait: SignedDuration,
    /// How long a mail is tried.
    pub expire_after: SignedDuration,
}

const KEYS: [&str; 10] = [
    "transport",
    "directory",
    "from",
    "to",
    "url",
    "password",
    "ca_file",
    "command",
    "group_wait",
    "expire_after",
];

pub(super) fn read(section: &Section<'_>, place: &Place) -> Option<MailSettings> {
    section.know(&KEYS, &["group_interval", "digest", "route"]);
    let known = ["file", "smtp", "sendmail"];
    let word = match section.text("transport") {
        Some(text) => section.word(&text, "transport", &known, |word| {
            known.contains(&word).then(|| word.to_owned())
        }),
        None => Some("file".to_owned()),
    };
    let transport = match word.as_deref() {
        Some("smtp") => smtp(section, place).map(Transport::Smtp),
        Some("sendmail") => {
            let command = section
                .text("command")
                .map_or("/usr/sbin/sendmail", |text| text.into_inner());
            let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            Some(Transport::Sendmail { command })
        }
        Some(_) => {
            let directory = section
                .text("directory")
                .map_or("mails", |text| text.into_inner());
            Some(Transport::File {
                directory: place.state(directory),
            })
        }
        None => None,
    };
    let from = section.text("from").map_or_else(
        || Some("issuerwatch <issuerwatch@localhost>".to_owned()),
        |text| mail_address(section, &text),
    );
    let to: Vec<String> = match section.texts("to") {
        Some(texts) => texts
            .iter()
            .filter_map(|text| mail_address(section, text))
            .collect(),
        None => Vec::new(),
    };
    if section.get("to").is_none() {
        section.problem(
            section.span(),
            "[mail] has no \"to\": nobody would be told".to_owned(),
        );
    }
    Some(MailSettings {
        transport: transport?,
        from: from?,
        to,
        group_wait: section
            .duration("group_wait")
            .unwrap_or(SignedDuration::from_secs(30)),
        expire_after: section
            .duration("expire_after")
            .unwrap_or(SignedDuration::from_hours(120)),
    })
}

/// `addr@host` or `Name <addr@host>`.
fn mail_address(section: &Section<'_>, text: &Spanned<&str>) -> Option<String> {
    let value = *text.get_ref();
    let bare = match value.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>'),
        None => Some(value),
    };
    let reason = if value.chars().any(char::is_control) {
        Some("it has a line break or another control character")
    } else if value.len() > 254 {
        Some("it is longer than 254 bytes")
    } else {
        let fits = bare
            .and_then(|bare| bare.rsplit_once('@'))
            .is_some_and(|(local, host)| {
                let plain = |text: &str| {
                    text.chars()
                        .all(|c| c.is_ascii_graphic() && !"<>,;()".contains(c))
                };
                !local.is_empty() && !host.is_empty() && plain(local) && plain(host)
            });
        (!fits).then_some("expected addr@host or Name <addr@host>")
    };
    match reason {
        None => Some(value.to_owned()),
        Some(reason) => {
            let text_shown = shown(value);
            section.problem(
                text.span(),
                format!("mail address \"{text_shown}\": {reason}"),
            );
            None
        }
    }
}

fn smtp(section: &Section<'_>, place: &Place) -> Option<Smtp> {
    let Some(text) = section.text("url") else {
        let text = "transport \"smtp\" needs url = \"smtps://user@host\"".to_owned();
        section.problem(section.span(), text);
        return None;
    };
    let problem = |what: &str| {
        section.problem(text.span(), format!("url {what}"));
        None
    };
    let Ok(url) = Url::parse(text.get_ref()) else {
        return problem("is no URL");
    };
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return problem("has no host");
    };
    if url.password().is_some() {
        return problem("must not hold the password: write password = { env = \"NAME\" }");
    }
    // `Url` knows hosts of its own schemes only: ask it as https.
    let as_https = Url::parse(&format!("https://{host}/")).ok();
    let security = match url.scheme() {
        "smtps" => SmtpSecurity::Implicit,
        "smtp" if as_https.is_some_and(|url| address::is_loopback(&url)) => SmtpSecurity::Plain,
        "smtp" => SmtpSecurity::StartTls,
        _ => return problem("must begin with smtps:// or smtp://"),
    };
    let port = url.port().unwrap_or(match security {
        SmtpSecurity::Implicit => 465,
        SmtpSecurity::StartTls => 587,
        SmtpSecurity::Plain => 25,
    });
    let password = section
        .get("password")
        .and_then(|found| secret::read(section, found, "password"));
    let user = Some(url.username().replace("%40", "@")).filter(|user| !user.is_empty());
    Some(Smtp {
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        security,
        user,
        password,
        ca_file: ca_file(section, place),
    })
}
