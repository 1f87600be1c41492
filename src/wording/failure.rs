//! What to do about a failure.

use std::borrow::Cow;

use jiff::SignedDuration;

use crate::document::failure::{Cause, Failure, ProxyTrouble, Side, TextKind, TlsTrouble};
use crate::document::name::DocumentName;
use crate::document::text::visible;
use crate::wording::text::duration_words;

/// What to do where the cause says nothing of it.
pub const TRY: &str = "try a login: where the token endpoint is on the same host, sign-in may fail \
                       now.";

/// The same where it is known that the token endpoint is on that host.
pub const TRY_SAME_HOST: &str = "try a login: the token endpoint is on the same host, so sign-in may \
                                 fail now.";

/// The same where the key set on that host still answers.
pub const TRY_HOST_UP: &str = "try a login: it probably works, because the key set on the same host still answers, \
                               so the host is up.";

/// The same where login begins on that host, and the token endpoint is on another one.
pub const TRY_LOGIN_HOST: &str = "try a login: it begins on this host and may fail there; the token \
                                  endpoint is on another one, so running sessions may be renewed.";

/// The same where the token endpoint is on another host.
pub const TRY_OTHER_HOST: &str = "try a login: the token endpoint is on another host and may still \
                                  answer.";

/// The same where only the key set cannot be had.
pub const TRY_KEYS: &str = "try a login: clients cache keys for minutes to hours, and may verify no \
                            token after that.";

/// What a key set that fails for days means to clients.
pub fn keys_ran_out(lasted: SignedDuration) -> String {
    format!(
        "The key set has failed for {}, longer than clients cache keys: those that store none can \
         probably verify no new token any more.",
        duration_words(lasted)
    )
}

/// What to do about an outage that lasts for days.
pub const ASK: &str = "fetch the document from where your clients run. If it fails there too, ask the provider whether it \
                       was shut down; if it was, move your clients, then take it out of the configuration.";

/// The same where the name of the host has no address any more.
pub const ASK_FOR_NAME: &str = "look the name up from where your clients run. If it has no address there either, \
                                sign-in and token endpoints on it fail for everyone: ask the provider whether it \
                                was shut down; if it was, move your clients, then take it out of the configuration.";

/// What not to do where something else answers.
pub const NO_SECRET: &str = " Send no client secret there until you know who answers.";

/// The same where the key set is still there.
pub const ASK_WHERE: &str = "ask the provider where the document is now: its key set answers, so it was not \
                             shut down. Clients that hold the old document go on; give the others, and \
                             the configuration here, the new address.";

/// The same where only this machine may be refused.
pub const REFUSED: &str = "fetch the document from where your clients run, today if nobody did. If they get it, \
                           issuerwatch alone is refused: another `user_agent` may help, or ask the provider to \
                           let it through. If they do not, ask the provider whether it was shut down.";

/// The same where it was so for weeks.
pub const REFUSED_FOR_LONG: &str = "decide about it, because no further reminder comes. If clients get the document, \
                                    nothing is watched here until issuerwatch is let through: change `user_agent`, \
                                    poll from another address, or take it out of the configuration. If clients are \
                                    refused too, ask the provider, and plan to move them if it stays.";

/// The same where the server answers with something else.
pub const LOGIN_DECIDES: &str = "try a login. If it works, tell the provider that this document cannot be read: its key set \
                                 answers, and clients that start anew fail; set the endpoints by hand in \
                                 those that cannot start. If it fails, ask whether the service was shut down.";

/// What is left to do after the last reminder.
pub const DECIDE: &str = "decide about it, because no further reminder comes: ask the provider, then move your \
                          clients away or take it out of the configuration.";

/// What to do where a server refuses too many requests, and got few.
pub fn limited_all_the_same(apart: SignedDuration) -> String {
    format!(
        "fetch the document from where your clients run, and try one login. If both work, issuerwatch alone is \
         refused, by a filter of robots (another `user_agent` may help) or by a limit that it shares with others \
         (one poll in {} exceeds none of its own). If not, restart no client, because those that start anew fail: \
         ask the provider.",
        duration_words(apart)
    )
}

/// The same where the network in front of the server answers in its place.
pub const BEHIND_CDN: &str = "fetch the document from where your clients run, and try one login. If both work, nothing is \
                              urgent. If not, the server behind the CDN gives no usable answer: restart no client, \
                              because those that start anew fail, and ask the provider.";

/// The same where the key set is gone too.
pub const ASK_FOR_KEYS: &str = "fetch the key set from where your clients run: without it they can probably verify no \
                                new token by now, because clients cache keys for minutes to hours. If it is gone there too, ask the provider where it is now; if \
                                all was shut down, take it out of the configuration and of your clients.";

/// What a long outage means for clients meanwhile.
pub const CACHED: &str = " Clients that hold the document in their cache may go on; new ones cannot \
                          start.";

const NEVER: &str = "look at the configuration first (`issuerwatch config check`): nothing ever answered there. \
                     See whether `issuer` (or `url`) and `documents` are as the provider has them.";

/// The same of what a resource names: nobody configured it.
const NEVER_NAMED: &str = "tell the owner of the resource, whose document names this server: nothing ever answered \
                           there, and clients that follow it cannot start.";

/// What to do where the address is gone.
pub const MOVED: &str = "find out whether it moved or was shut down.";

/// What to do about a failure; nothing where time will tell. What never answered is first of all a
/// question to the configuration.
pub fn advice(
    failure: &Failure,
    document: &DocumentName,
    has_answered: bool,
) -> Option<Cow<'static, str>> {
    let is_of_address = match (&failure.cause, failure.status) {
        (Cause::Status, Some(status)) => matches!(status, 404 | 410),
        (cause, _) => matches!(cause, Cause::NameUnknown | Cause::ConnectionRefused),
    };
    let advice = if is_of_address && !has_answered {
        let is_named = document.issuer().is_some();
        Some(Cow::Borrowed(if is_named { NEVER_NAMED } else { NEVER }))
    } else {
        of_cause(failure)
    };
    let Some(elsewhere) = &failure.elsewhere else {
        return advice;
    };
    let found = format!("{} answers", visible(elsewhere));
    Some(Cow::Owned(match advice {
        Some(advice) => format!("{found}; {advice}"),
        None => format!("{found}."),
    }))
}

fn of_cause(failure: &Failure) -> Option<Cow<'static, str>> {
    let words = match &failure.cause {
        Cause::ResolverDown => {
            "look at this machine first: the resolver that /etc/resolv.conf names, and the network \
             to it. If it resolves other names, it is the provider's own name servers that fail."
        }
        Cause::NoRoute => {
            "look at this machine first: its network, its routes and its firewall. The provider \
             was not asked."
        }
        Cause::NoSocket => {
            "look at this machine first: the limit of open files (`LimitNOFILE` of the unit), and \
             `concurrency`."
        }
        Cause::Proxy { proxy, trouble } if failure.cause.side() == Side::Here => {
            return Some(Cow::Owned(at_proxy(&visible(proxy), trouble)));
        }
        Cause::NameUnknown => MOVED,
        Cause::NotNamed => {
            "look at the mail about the metadata: clients that verify tokens need its key set."
        }
        Cause::Tls(trouble) => return of_certificate(trouble).map(Cow::Borrowed),
        Cause::NotHttp => "look at the port: another service may listen there.",
        Cause::Blocked => {
            "look at the document: it leads to an address inside a network. If that is right, name \
             its host in `allow_hosts`."
        }
        Cause::ContentCoding { .. } => {
            "tell the provider: only gzip was asked for, and clients that ask for less fail as well."
        }
        Cause::NotJson(TextKind::Html { .. }) => {
            "fetch the document from where your clients run: a page is served where it was. Send no client \
             secret there until you know who answers."
        }
        Cause::TooMany(_) => {
            "look at the document now, before clients trust it: whoever fills it up keeps what else \
             changed in it from being seen, and that may be an attack. Then ask the provider."
        }
        Cause::Status => return of_status(failure.status?).map(Cow::Borrowed),
        Cause::Proxy { .. }
        | Cause::ConnectionRefused
        | Cause::Reset
        | Cause::CutOff
        | Cause::NoConnection
        | Cause::Timeout
        | Cause::Redirect
        | Cause::UnexpectedNotModified
        | Cause::TooLarge
        | Cause::NotJson(_)
        | Cause::NotAnObject
        | Cause::NotMetadata => return None,
    };
    Some(Cow::Borrowed(words))
}

fn at_proxy(proxy: &str, trouble: &ProxyTrouble) -> String {
    let what = match trouble {
        ProxyTrouble::WantsPassword => {
            "write its user into `proxy` and the password as `proxy_password` under [fetch]"
        }
        ProxyTrouble::Answered(_) | ProxyTrouble::Replied(_) => {
            "ask whoever runs it whether it may reach this site"
        }
        ProxyTrouble::NameUnknown
        | ProxyTrouble::Refused
        | ProxyTrouble::Unreachable
        | ProxyTrouble::Tls
        | ProxyTrouble::NoTunnel => "see whether it runs, and whether `proxy` names it rightly",
    };
    format!("look at this machine first: the proxy {proxy}; {what}. The provider was not asked.")
}

fn of_certificate(trouble: &TlsTrouble) -> Option<&'static str> {
    Some(match trouble {
        // A name that shows the certificate of another one often belongs to somebody else by now.
        TlsTrouble::OtherName { .. } => {
            "find out who answers there, and send no client secret there until you know: often such a \
             name belongs to somebody else by now (a dangling record), or somebody stands between (an \
             attack). If the provider moved, clients need its new address."
        }
        TlsTrouble::UntrustedIssuer { .. } => {
            "look whether your clients trust its certificate: a private CA is named by `ca_file`."
        }
        TlsTrouble::SelfSigned => {
            "look whether your clients trust its certificate: one that is signed by itself is \
             trusted when `ca_file` names it."
        }
        TlsTrouble::CaCertificate => {
            "make a certificate for the server with CA:FALSE, such as `openssl req -x509 -addext \
             basicConstraints=critical,CA:FALSE`: many clients refuse a CA's own as well."
        }
        TlsTrouble::Expired { .. }
        | TlsTrouble::NotYetValid { .. }
        | TlsTrouble::Revoked
        | TlsTrouble::BadCertificate => {
            "tell the provider. Clients that verify certificates fail as well; do not turn the \
             verification off."
        }
        TlsTrouble::NotTls => "look at the port: another service may listen there.",
        TlsTrouble::Timeout | TlsTrouble::NoSession => return None,
    })
}

fn of_status(status: u16) -> Option<&'static str> {
    Some(match status {
        404 | 410 => MOVED,
        429 => {
            "fetch the document from where your clients run, and try one login. If both work, issuerwatch alone is \
             refused, by a limit (then poll less often) or by a filter of robots (then another `user_agent` may \
             help). If not, restart no client, because those that start anew fail: ask the provider."
        }
        401 | 403 | 451 => {
            "fetch the document from where your clients run, and try one login. If both work, issuerwatch alone is \
             refused: another `user_agent` may help. If not, restart no client, because those that start anew \
             fail: ask the provider."
        }
        520..=526 | 530 => BEHIND_CDN,
        _ => return None,
    })
}
