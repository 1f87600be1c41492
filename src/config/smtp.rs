//! `[mail]` with transport `smtp`.

use percent_encoding::percent_decode_str;
use url::Url;

use super::location::{Location, ca_file};
use super::problem::shown;
use super::reader::Section;
use super::secret::{self, SecretUser};
use crate::document::address;
use crate::mailer::{Smtp, SmtpSecurity, is_helo};

pub(super) fn read(section: &Section<'_>, location: &Location) -> Option<Smtp> {
    let Some(text) = section.text("url") else {
        let text = "transport \"smtp\" needs url = \"smtps://user@host\"".to_owned();
        section.lack("url", section.span_of("transport"), text);
        return None;
    };
    // The address may hold a password that must not be there: it is not repeated.
    let problem = |what: &str| {
        section.secret_problem(text.span(), format!("url {what}"));
        None
    };
    let Ok(url) = Url::parse(text.get_ref()) else {
        return problem("is no URL such as \"smtps://user@smtp.example.com\"");
    };
    if !matches!(url.scheme(), "smtp" | "smtps") {
        return problem("must begin with smtps:// or smtp://");
    }
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return problem("has no host");
    };
    if url.password().is_some() {
        return problem("must not hold the password: write password = { env = \"NAME\" }");
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return problem("must end after host and port");
    }
    // `Url` knows hosts of its own schemes only: ask it as https.
    let as_https = Url::parse(&format!("https://{host}/")).ok();
    let security = match url.scheme() {
        "smtps" => SmtpSecurity::Implicit,
        "smtp" if as_https.is_some_and(|url| address::is_loopback(&url)) => SmtpSecurity::Plain,
        _ => SmtpSecurity::StartTls,
    };
    let port = url.port().unwrap_or(match security {
        SmtpSecurity::Implicit => 465,
        SmtpSecurity::StartTls => 587,
        SmtpSecurity::Plain => 25,
    });
    let password = section
        .get("password")
        .and_then(|found| secret::read(section, found, "password", SecretUser::Mail, location));
    let user = decoded(url.username());
    match (&user, section.get("password")) {
        (Some(_), None) if section.is_absent("password") => {
            return problem("names a user, but there is no password = { env = \"NAME\" }");
        }
        (None, Some(_)) => {
            return problem("names no user for the password: write smtps://user@host");
        }
        _ => {}
    }
    let helo = section.text("helo").and_then(|text| {
        let value = *text.get_ref();
        if is_helo(value) {
            return Some(value.to_owned());
        }
        let what = format!(
            "helo \"{}\" is no full host name such as \"mon1.example.com\", nor an address \
             such as \"[192.0.2.1]\"",
            shown(value)
        );
        section.problem(text.span(), what);
        None
    });
    Some(Smtp {
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        security,
        user,
        password,
        helo,
        ca_file: ca_file(section, location),
        step: Smtp::STEP,
    })
}

/// The user name of a URL, percent-decoded; `None` if the URL has none.
pub(super) fn decoded(name: &str) -> Option<String> {
    let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn a_user_name_is_percent_decoded() {
        assert_eq!(decoded(""), None);
        assert_eq!(decoded("iam").as_deref(), Some("iam"));
        assert_eq!(
            decoded("iam%40example.com%2Fx").as_deref(),
            Some("iam@example.com/x")
        );
        assert_eq!(decoded("100%").as_deref(), Some("100%"));
        assert_eq!(decoded("a%+1").as_deref(), Some("a%+1"));
    }
}
