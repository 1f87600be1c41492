//! Each key at the level of the function that reads it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use toml::de::DeTable;

use super::location::Location;
use super::name::ProviderNames;
use super::overrides::Overrides;
use super::problem::Problems;
use super::provider;
use super::reader::Section;
use super::{Secrets, fetch, mail, metrics, route, uses};
use crate::document::kind::Kind;
use crate::document::severity::Severity;
use crate::meaning::provider::Identity;
use crate::meaning::provider_policy::RuleOverride;
use crate::meaning::rule::Rule;
use crate::policy::schedule::{Schedule, Zone};

/// Reads a table; the value and the problems that were found.
pub(super) fn reading<T>(
    text: &str,
    read: impl Fn(&Section<'_>, &Location) -> T,
) -> (T, Vec<String>) {
    let table = DeTable::parse(text).unwrap();
    let problems = Problems::default();
    let section = Section::new(table.get_ref(), 0..0, &problems, text);
    let location = Location {
        state: PathBuf::from("/var/lib/issuerwatch"),
        ..Location::of(
            Path::new("/etc/issuerwatch/config.toml"),
            Secrets::All("run"),
        )
    };
    let read = read(&section, &location);
    let mut texts: Vec<String> = problems
        .all()
        .iter()
        .map(|problem| problem.text().to_owned())
        .collect();
    texts.dedup();
    (read, texts)
}

pub(super) fn good<T>(text: &str, read: impl Fn(&Section<'_>, &Location) -> T) -> T {
    let (read, problems) = reading(text, read);
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    read
}

fn words(values: &[&str]) -> BTreeSet<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[test]
fn overrides_of_severities_are_joined_rule_by_rule_and_the_provider_wins() {
    let defaults = good(
        "severity = { scope-added = \"notice\", member-changed = \"ignore\" }",
        Overrides::read,
    );
    let own = good("severity = { scope-added = \"security\" }", Overrides::read);
    let policy = own.or(&defaults).policy(None, jiff::tz::TimeZone::UTC);
    assert_eq!(
        policy.severity.get(&Rule::ScopeAdded),
        Some(&RuleOverride::Severity(Severity::Security))
    );
    assert_eq!(
        policy.severity.get(&Rule::MemberChanged),
        Some(&RuleOverride::Ignore)
    );
}

#[test]
fn an_override_of_an_unknown_rule_or_with_an_unknown_severity_is_refused() {
    let (_, problems) = reading(
        "[severity]\nscope-aded = \"notice\"\nscope-added = \"noticed\"\nmember-added = 1\nx = \"info\"",
        Overrides::read,
    );
    let expected = [
        "unknown rule \"scope-aded\"; did you mean \"scope-added\"?",
        "unknown severity \"noticed\"; did you mean \"notice\"?",
        "the severity of member-added must be a string",
        "unknown rule \"x\"; `issuerwatch rules` lists them",
    ];
    for one in expected {
        assert!(problems.iter().any(|text| text == one), "{problems:?}");
    }
    assert_eq!(problems.len(), expected.len(), "{problems:?}");
}

#[test]
fn damping_is_on_with_ten_days_and_can_be_set() {
    let policy = good("", Overrides::read).policy(None, jiff::tz::TimeZone::UTC);
    assert!(policy.damping);
    assert_eq!(policy.damping_half_life, SignedDuration::from_hours(240));
    let text = "damping = false\ndamping_half_life = \"2d\"";
    let policy = good(text, Overrides::read).policy(None, jiff::tz::TimeZone::UTC);
    assert!(!policy.damping);
    assert_eq!(policy.damping_half_life, SignedDuration::from_hours(48));
    let text = "damping = \"no\"\ndamping_half_life = \"0s\"";
    let wrong = reading(text, Overrides::read).1;
    let expected = [
        "damping must be true or false",
        "damping_half_life must be longer than 0s",
    ];
    assert_eq!(wrong, expected);
}

#[test]
fn the_whole_document_is_asked_for_once_a_day_or_each_time() {
    let after = |text| good(text, fetch::read).revalidate_after;
    assert_eq!(after(""), SignedDuration::from_hours(24));
    assert_eq!(after("revalidate_after = \"0s\""), SignedDuration::ZERO);
}

#[test]
fn headers_of_a_provider_replace_those_of_the_defaults_whole() {
    let defaults = good("headers = { x-a = \"1\", x-b = \"2\" }", Overrides::read);
    let own = good("headers = { x-c = \"3\" }", Overrides::read);
    let headers = own.or(&defaults).headers.unwrap();
    assert_eq!(headers.len(), 1);
    assert_eq!(headers[0].0, "x-c");
}

#[test]
fn hosts_are_kept_in_the_form_in_which_urls_have_them() {
    let hosts = "allow_hosts = [\"Idp.Example.COM\", \"::1\", \"[fd00::1]\", \"10.0.0.5\", \"bücher.example\"]";
    let hosts = good(hosts, Overrides::read).allow_hosts.unwrap();
    let expected = [
        "idp.example.com",
        "[::1]",
        "[fd00::1]",
        "10.0.0.5",
        "xn--bcher-kva.example",
    ];
    assert_eq!(hosts, expected);
}

#[test]
fn declared_use_is_read_and_a_list_left_out_says_nothing() {
    let read = |section: &Section<'_>, _: &Location| uses::read(section, &[]);
    assert_eq!(good("", read), None);
    let uses = good(
        "[uses]\ngrants = [\"authorization_code\", \"urn:example:own\"]\nscopes = [\"openid\"]\n\
         auth_methods = [\"private_key_jwt\"]\nalgs = [\"RS256\"]\n\
         endpoints = [\"token_endpoint\", \"jwks_uri\", \"partner_endpoint\"]",
        read,
    )
    .unwrap();
    assert_eq!(
        uses.grants,
        Some(words(&["authorization_code", "urn:example:own"]))
    );
    assert_eq!(uses.scopes, Some(words(&["openid"])));
    assert_eq!(uses.auth_methods, Some(words(&["private_key_jwt"])));
    assert_eq!(uses.algs, Some(words(&["RS256"])));
    assert_eq!(
        uses.endpoints,
        Some(words(&["jwks_uri", "partner_endpoint", "token_endpoint"]))
    );
    assert_eq!(uses.response_types, None);
}

#[test]
fn a_slip_of_the_pen_in_declared_use_is_refused() {
    let read = |section: &Section<'_>, _: &Location| uses::read(section, &[]);
    for (line, problem) in [
        (
            "grants = [\"authorisation_code\"]",
            "grants \"authorisation_code\": did you mean \"authorization_code\"?",
        ),
        (
            "algs = [\"rs256\"]",
            "algs \"rs256\": did you mean \"RS256\"?",
        ),
        (
            "algs = [\"RS265\"]",
            "algs \"RS265\": did you mean \"RS256\"?",
        ),
        (
            "scopes = [\"openid email\"]",
            "scopes \"openid email\": one value is one string without a space",
        ),
        (
            "auth_methods = [\"private_key_jwts\"]",
            "auth_methods \"private_key_jwts\": did you mean \"private_key_jwt\"?",
        ),
        (
            "algs = \"RS256\"",
            "algs must be an array of strings: write algs = [\"...\"]",
        ),
        (
            "endpoints = [\"token_endpont\"]",
            "endpoints \"token_endpont\": did you mean \"token_endpoint\"?",
        ),
        (
            "endpoints = [\"issuer\"]",
            "endpoints \"issuer\": expected the name of a member such as \"token_endpoint\"",
        ),
        (
            "response_types = [\"code id_tokn\"]",
            "response_types \"code id_tokn\": did you mean \"id_token\"?",
        ),
        (
            "grant = [\"implicit\"]",
            "unknown key \"grant\"; did you mean \"grants\"?",
        ),
    ] {
        let (_, problems) = reading(&format!("[uses]\n{line}"), read);
        assert_eq!(problems, [problem], "{line}");
    }
}

#[test]
fn routes_add_recipients_and_each_is_told_once() {
    let text = "to = [\"all@example.com\"]\n\
        [[route]]\nproviders = [\"bank-*\"]\nseverity = \"breaking\"\nto = [\"bank@example.com\", \"all@example.com\"]\n\
        [[route]]\nseverity = \"security\"\nto = [\"soc@example.com\"]";
    let read = |section: &Section<'_>, location: &Location| {
        let routes = route::read(section, Some(&["bank-a", "archera"]));
        mail::read(section, location, routes, false, &Zone::utc())
    };
    let mail = good(text, read).unwrap();
    let told = |provider, severity| mail.recipients(provider, severity);
    let all = "all@example.com".to_owned();
    assert_eq!(
        told("archera", Some(Severity::Breaking)),
        [all.clone()].as_slice()
    );
    let bank = [all.clone(), "bank@example.com".to_owned()];
    assert_eq!(told("bank-a", Some(Severity::Breaking)), bank);
    assert_eq!(told("bank-a", Some(Severity::Security)).len(), 3);
    assert_eq!(told("bank-a", None), [all]);
}

#[test]
fn a_route_that_leads_nowhere_is_refused() {
    let read = |section: &Section<'_>, _: &Location| route::read(section, Some(&["archera"]));
    for (lines, problem) in [
        (
            "providers = [\"archrea\"]\nto = [\"a@b\"]",
            "no provider is named \"archrea\"; did you mean \"archera\"?",
        ),
        (
            "providers = []\nto = [\"a@b\"]",
            "providers is empty: leave it out where all are meant",
        ),
        (
            "severity = \"braking\"\nto = [\"a@b\"]",
            "unknown severity \"braking\"; did you mean \"breaking\"?",
        ),
        (
            "severity = \"info\"",
            "[[mail.route]] has no \"to\": it would lead to nobody",
        ),
        (
            "sevrity = \"info\"\nto = [\"a@b\"]",
            "unknown key \"sevrity\"; did you mean \"severity\"?",
        ),
    ] {
        let (_, problems) = reading(&format!("[[route]]\n{lines}"), read);
        assert_eq!(problems, [problem], "{lines}");
    }
    let (_, problems) = reading("[route]\nto = [\"a@b\"]", read);
    assert_eq!(problems, ["route must be written [[mail.route]]"]);
}

#[test]
fn grouping_and_digest_are_read() {
    let read = |section: &Section<'_>, location: &Location| {
        mail::read(section, location, Vec::new(), false, &Zone::utc())
    };
    let mail = good("to = [\"a@b\"]", read).unwrap();
    assert_eq!(mail.group_interval, SignedDuration::from_hours(6));
    assert_eq!(mail.digest, None);
    let text = "to = [\"a@b\"]\ngroup_interval = \"2h\"\ndigest = \"0 8 * * 1\"";
    let mail = good(text, read).unwrap();
    assert_eq!(mail.group_interval, SignedDuration::from_hours(2));
    assert_eq!(mail.digest, Schedule::parse("0 8 * * 1", "UTC").ok());
    let text = "to = [\"a@b\"]\ngroup_interval = 6\ndigest = \"0 25 * * 1\"";
    let expected = [
        "group_interval must be a duration such as \"30s\", \"6h\" or \"10d\"",
        "digest \"0 25 * * 1\": hour 25 is not between 0 and 23",
    ];
    assert_eq!(reading(text, read).1, expected);
    let text = "digest = \"0 8 * * 1\"\n[[route]]\nto = [\"a@b\"]";
    let expected = ["digest goes to those in \"to\", which names nobody"];
    assert_eq!(reading(text, read).1, expected, "a digest to nobody");
    let text = "to = [\"a@b\"]\ndigest = \"0 8 * * 1\"\ncollect = \"notice\"";
    assert_eq!(good(text, read).unwrap().collect, Some(Severity::Notice));
    let text = text.replace("notice", "breaking");
    let (_, problems) = reading(&text, read);
    assert_eq!(
        problems.len(),
        1,
        "what breaks is told at once: {problems:?}"
    );
}

#[test]
fn who_names_no_schedule_has_one_in_the_zone_that_is_named() {
    let of = |text| good(text, Overrides::read).schedule();
    let every = |zone| Schedule::parse("*/15 * * * *", zone).ok();
    assert_eq!(of("").as_deref(), every("UTC").as_ref());
    let there = of("timezone = \"Europe/Berlin\"");
    assert_eq!(there.as_deref(), every("Europe/Berlin").as_ref());
    assert!(there.is_some() && there.as_deref() != every("UTC").as_ref());
}

#[test]
fn metrics_listen_on_an_address_and_a_port() {
    let read = |section: &Section<'_>, _: &Location| metrics(section);
    assert_eq!(good("", read), None);
    let address = good("listen = \"[::1]:9464\"", read);
    assert_eq!(address, "[::1]:9464".parse().ok());
    let expected = ["listen must be an address and a port such as \"127.0.0.1:9464\""];
    assert_eq!(reading("listen = \"localhost\"", read).1, expected);
}

#[test]
fn a_provider_is_an_issuer_or_a_resource_and_its_documents_fit() {
    let read = |section: &Section<'_>, location: &Location| {
        let (defaults, mut names) = (Overrides::default(), ProviderNames::default());
        provider::read(section, &defaults, location, &mut names)
    };
    let text = "name = \"mcp\"\nresource = \"https://mcp.example.com/a?b=c\"\ndocuments = [\"oauth-protected-resource\"]";
    if let Some(found) = good(text, |section, location| {
        let found = read(section, location);
        found.map(|found| (found.identity, found.documents))
    }) {
        let resource = Identity::Resource("https://mcp.example.com/a?b=c".into());
        assert_eq!(found, (resource, vec![Kind::OAUTH_PROTECTED_RESOURCE]));
    }
    for (lines, problem) in [
        (
            "documents = [\"openid-configuration\"]",
            "[[provider]] has no \"issuer\"",
        ),
        (
            "issuer = \"https://a.example\"\nresource = \"https://b.example\"\ndocuments = [\"openid-configuration\"]",
            "a provider has an issuer or a resource, not both: write two",
        ),
        (
            "resource = \"https://b.example#x\"\ndocuments = [\"openid-configuration\"]",
            "resource must have no fragment (RFC 9728 section 1.2)",
        ),
        (
            "resource = \"https://b.example\"\ndocuments = [\"openid-configuration\"]",
            "document \"openid-configuration\" is about an \"issuer\"",
        ),
    ] {
        let (_, problems) = reading(&format!("name = \"x\"\n{lines}"), read);
        assert!(problems.iter().any(|text| text == problem), "{problems:?}");
    }
}

#[test]
fn what_an_issuer_or_a_resource_cannot_have_is_said() {
    let issuer = Identity::Issuer("https://a.example".into());
    let wrong = |documents: &'static [Kind]| {
        let identity = issuer.clone();
        let read =
            move |section: &Section<'_>, _: &Location| provider::fit(section, &identity, documents);
        reading("", read).1
    };
    assert_eq!(
        wrong(&[Kind::JWKS, Kind::OPENID_CONFIGURATION]),
        Vec::<String>::new()
    );
    assert_eq!(
        wrong(&[Kind::OAUTH_PROTECTED_RESOURCE]),
        ["document \"oauth-protected-resource\" is about a \"resource\""]
    );
}

#[test]
fn a_relative_file_is_relative_to_the_configuration() {
    let location = Location::of(
        Path::new("/etc/issuerwatch/config.toml"),
        Secrets::All("run"),
    );
    assert_eq!(
        location.resolve("ca.pem"),
        Path::new("/etc/issuerwatch/ca.pem")
    );
    assert_eq!(location.resolve("/ca.pem"), Path::new("/ca.pem"));
}

#[test]
fn an_address_is_one_to_which_a_mail_can_be_written_and_stands_once() {
    let text = "to = ['\"Doe, Jane\" <jane@example.com>', 'Jäné <j@example.com>', 'iam@localhost', 'iam@localhost']";
    let read = |section: &Section<'_>, location: &Location| {
        mail::read(section, location, Vec::new(), false, &Zone::utc())
    };
    assert_eq!(good(text, read).unwrap().to.len(), 3);
}
