//! `init`: from what somebody has of a provider to a configuration that watches it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

/// A folder without a configuration.
fn empty() -> Program {
    Program {
        folder: tempfile::tempdir().unwrap(),
    }
}

const OPENID: &str = "/.well-known/openid-configuration";
const SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a1","alg":"EdDSA","use":"sig",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// A tenant at `/t/1` whose issuer ends with a slash, with a key set.
fn tenant(site: &Site) -> String {
    let issuer = site.url("/t/1/");
    let text = document(&issuer).replace("/t/1//jwks.json", "/t/1/jwks.json");
    site.serve(&format!("/t/1{OPENID}"), Reply::json(&text));
    site.serve("/t/1/jwks.json", Reply::json(SET));
    issuer
}

/// Exit code and all it said.
fn init(program: &Program, urls: &[&str]) -> (Option<i32>, String) {
    let output = program.run(&[&["init"], urls].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// What `config check` says; it must be good.
fn checked(program: &Program) {
    let (code, said) = program.said(&["config", "check"]);
    assert_eq!(code, 0, "{said}");
}

fn lines_of_provider(issuer: &str) -> String {
    format!("issuer = \"{issuer}\"\ndocuments = [\"openid-configuration\", \"jwks\"]\n")
}

#[test]
fn whatever_leads_to_an_issuer_makes_the_same_provider() {
    let site = Site::plain();
    let issuer = tenant(&site);
    for asked in [
        issuer.clone(),
        site.url("/t/1"),
        site.url(&format!("/t/1{OPENID}")),
        site.url("/t/1/jwks.json"),
        site.url("/t/1/login?next=1#top"),
    ] {
        let program = empty();
        let (code, said) = init(&program, &[&asked]);
        assert_eq!(code, Some(0), "{asked}: {said}");
        for words in [
            &format!("{issuer}, exact"),
            "authorization_code, refresh_token",
            "S256",
            "client_secret_post, none",
            "billing:read, billing:write, openid",
            "1: OKP Ed25519",
            "issuerwatch config check --plan",
            "issuerwatch check ",
            "issuerwatch run ",
        ] {
            assert!(said.contains(words), "{asked}: {words}: {said}");
        }
        let written = program.read("config.toml");
        assert!(written.contains(&lines_of_provider(&issuer)), "{written}");
        assert!(!written.contains("url = \"http:"), "{written}");
        checked(&program);
        let (code, said) = program.said(&["check"]);
        assert_eq!(code, 0, "{said}");
    }
}

#[test]
fn a_document_that_names_another_issuer_is_written_with_its_address() {
    let site = Site::plain();
    let text = document("https://login.invalid/{tenantid}/v2.0");
    site.serve(&format!("/common{OPENID}"), Reply::json(&text));
    let program = empty();
    let (code, said) = init(&program, &[&site.url("/common")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("not exact"), "{said}");
    let written = program.read("config.toml");
    let url = site.url(&format!("/common{OPENID}"));
    for line in [
        "issuer = \"https://login.invalid/{tenantid}/v2.0\"\n".to_owned(),
        format!("url = \"{url}\"\n"),
    ] {
        assert!(written.contains(&line), "{written}");
    }
    checked(&program);
}

#[test]
fn a_server_that_answers_everything_alike_has_one_document() {
    let site = Site::plain();
    site.answer(Reply::json(&document(&site.issuer)));
    let program = empty();
    let (code, said) = init(&program, &[&site.issuer]);
    assert_eq!(code, Some(0), "{said}");
    let written = program.read("config.toml");
    assert_eq!(written.matches("[[provider]]").count(), 1, "{written}");
    assert!(
        written.contains("documents = [\"oauth-authorization-server\"]"),
        "what is no key set is not watched as one: {written}"
    );
    checked(&program);
}

#[test]
fn where_nothing_answers_each_address_is_said_with_its_reason_and_nothing_is_written() {
    let site = Site::plain();
    site.serve("/login", Reply::of("text/html", b"<title>Sign in</title>"));
    let program = empty();
    let (code, said) = init(&program, &[&site.url("/login")]);
    assert_eq!(code, Some(4), "{said}");
    for words in [
        "Sign in",
        "/.well-known/oauth-authorization-server/login",
        "/login/.well-known/openid-configuration",
        &site.url("/.well-known/oauth-protected-resource"),
        "HTTP 404",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(fs::read_dir(program.folder.path()).unwrap().count(), 0);
    drop(site);
    // Nobody listens there; the host is asked once.
    let (code, said) = init(&program, &["http://127.0.0.1:9"]);
    assert_eq!((code, said.matches(":9/").count()), (Some(4), 1), "{said}");
}

#[test]
fn addresses_that_are_not_public_are_not_asked_unless_they_are_loopback() {
    let program = empty();
    for address in ["10.0.0.1", "https://169.254.169.254/x", "[fd00::1]:8443"] {
        let (code, said) = init(&program, &[address]);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("is not public"), "{said}");
    }
    let output = program.run(&["init", "https://user:hunter2@a.example"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_resource_is_written_as_one_and_takes_its_servers_with_it() {
    let site = Site::plain();
    let resource = site.url("/mcp");
    let text = format!(
        "{{\"resource\":\"{resource}\",\"authorization_servers\":[\"{}\"]}}",
        site.issuer
    );
    site.serve(
        "/.well-known/oauth-protected-resource/mcp",
        Reply::json(&text),
    );
    let server = Reply::json(&document(&site.issuer));
    site.serve("/.well-known/oauth-authorization-server", server);
    let program = empty();
    let (code, said) = init(&program, &[&resource]);
    assert_eq!(code, Some(0), "{said}");
    let written = program.read("config.toml");
    assert!(
        written.contains(&format!("resource = \"{resource}\"\n")),
        "{written}"
    );
    assert_eq!(written.matches("[[provider]]").count(), 1, "{written}");
    checked(&program);
}

#[test]
fn servers_of_a_resource_that_would_not_be_watched_are_said() {
    let (site, program) = (Site::plain(), empty());
    let resource = site.url("/mcp");
    let servers: Vec<String> = (0..10).map(|it| site.url(&format!("/as{it}"))).collect();
    let document = serde_json::json!({"resource": resource, "authorization_servers": servers});
    site.serve(
        "/.well-known/oauth-protected-resource/mcp",
        Reply::json(&document.to_string()),
    );
    let (code, said) = init(&program, &[&resource, "--print"]);
    assert_eq!(code, Some(0), "{said}");
    let left_out = "2 more authorization servers are named and not followed: at most 8 are.";
    assert!(said.contains(left_out), "{said}");
}

/// A resource at `/mcp` that is found by its challenge only, and what its document calls it.
fn challenging(site: &Site, metadata: &str, resource: &str) {
    let challenge = format!("Bearer resource_metadata=\"{metadata}\"");
    let refusal = Reply::status(401).header("WWW-Authenticate", &challenge);
    site.serve("/mcp", refusal);
    let text = format!("{{\"resource\":\"{resource}\"}}");
    site.serve("/meta", Reply::json(&text));
}

#[test]
fn a_resource_without_a_document_at_its_well_known_address_is_asked_where_it_is() {
    let site = Site::plain();
    let (resource, metadata) = (site.url("/mcp"), site.url("/meta"));
    challenging(&site, &metadata, &resource);
    let program = empty();
    let (code, said) = init(&program, &[&resource]);
    assert_eq!(code, Some(0), "{said}");
    let written = program.read("config.toml");
    for line in [
        format!("resource = \"{resource}\"\n"),
        format!("url = \"{metadata}\"\n"),
    ] {
        assert!(written.contains(&line), "{written}");
    }
    let asked = |path: &str| {
        let requests = site.requests().into_iter();
        requests.filter(|it| it.target == path).count()
    };
    assert_eq!((asked("/mcp"), asked("/meta")), (1, 1));
    checked(&program);
    let (code, said) = program.said(&["check"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn a_challenge_leads_to_no_other_resource_and_to_no_address_that_is_not_public() {
    let site = Site::plain();
    let resource = site.url("/mcp");
    challenging(&site, &site.url("/meta"), "https://other.example/mcp");
    let program = empty();
    let (code, said) = init(&program, &[&resource]);
    assert_eq!(code, Some(4), "{said}");
    let words = "that of another resource: https://other.example/mcp";
    assert!(said.contains(words), "{said}");
    challenging(&site, "https://10.0.0.1/meta", &resource);
    let (code, said) = init(&program, &[&resource]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("is not public"), "{said}");
}

const THERE: &str = "# mine\n[mail]   # as it was\nto = ['a@b']\n\n[[provider]] # first\nname='127.0.0.1'\n\
                     issuer   = \"https://a.example\"\ndocuments=[ 'jwks' ,\n 'openid-configuration' ]\n# the end";

#[test]
fn a_file_that_is_there_stays_byte_by_byte_and_keeps_its_mode() {
    let site = Site::plain();
    let issuer = tenant(&site);
    let program = empty();
    program.write("real.toml", THERE);
    let path = program.folder.path().join("config.toml");
    std::os::unix::fs::symlink("real.toml", &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let (code, said) = init(&program, &[&issuer]);
    assert_eq!(code, Some(0), "{said}");
    let written = program.read("real.toml");
    let added = written.strip_prefix(THERE).unwrap();
    assert!(added.contains(&lines_of_provider(&issuer)), "{added}");
    assert!(added.contains("name = \"127.0.0.1-1\"\n"), "{added}");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o640);
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    checked(&program);
    // Nothing is added twice, and nothing else is left in the folder.
    let (code, said) = init(&program, &[&issuer, &site.url("/t/1")]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("is in the file already: 127.0.0.1-1"),
        "{said}"
    );
    assert_eq!(program.read("real.toml"), written);
    assert_eq!(fs::read_dir(program.folder.path()).unwrap().count(), 2);
}

#[test]
fn what_would_not_be_good_is_not_written() {
    let site = Site::plain();
    let issuer = tenant(&site);
    let program = empty();
    for (text, place) in [
        ("[mail]\nto = [\"a@b\"]\nnonsense = 1\n", "config.toml:3:1"),
        ("[mail\n", "config.toml:1:"),
    ] {
        program.write("config.toml", text);
        let (code, said) = init(&program, &[&issuer]);
        assert_eq!(code, Some(78), "{said}");
        assert!(said.contains(place), "{said}");
        assert_eq!(program.read("config.toml"), text);
    }
}

#[test]
fn what_is_printed_is_a_configuration_and_nothing_is_written() {
    let site = Site::plain();
    let issuer = tenant(&site);
    let program = empty();
    let (code, said) = program.said(&["init", "--print", &issuer]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(fs::read_dir(program.folder.path()).unwrap().count(), 0);
    program.write("config.toml", &said);
    checked(&program);
    let (_, said) = program.said(&["init", "--print", &issuer]);
    assert!(!said.contains("\n[[provider]]"), "{said}");
}

#[test]
fn what_a_document_says_cannot_command_a_terminal_or_the_file() {
    let site = Site::plain();
    let issuer = format!("{}/\u{202e}x\\n\\\"]\\n[mail]", site.issuer);
    let text = document(&site.issuer)
        .replacen(&site.issuer, &issuer, 1)
        .replace("billing:read", "\\u001b[2J\\u202e");
    site.serve(OPENID, Reply::json(&text));
    let program = empty();
    let (code, said) = init(&program, &["--print", &site.issuer]);
    assert!(matches!(code, Some(0 | 78)), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
    assert!(said.matches("\n[mail]").count() <= 1, "{said}");
}
