//! What is seen beside the documents: the CA behind a certificate, one that ends, headers that announce the
//! end of a document. Made with a test CA, told by a replay.

use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};

use issuerwatch::fetch::certificate::certificate;

use crate::support::program::{Program, document};
use crate::support::site::{Reply, Site};

const ISSUER: &str = "https://acme.example";

/// A certificate with its key, as it issues others.
struct Signed {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

fn times(params: &mut CertificateParams, from: Timestamp, to: Timestamp) {
    let time = |at: Timestamp| {
        let day = |format: &str| at.strftime(format).to_string().parse().unwrap();
        let midnight = rcgen::date_time_ymd(
            at.strftime("%Y").to_string().parse().unwrap(),
            day("%m"),
            day("%d"),
        );
        let seconds: u64 = u64::try_from(at.as_second().rem_euclid(86_400)).unwrap();
        midnight + std::time::Duration::from_secs(seconds)
    };
    (params.not_before, params.not_after) = (time(from), time(to));
}

fn authority(name: &str, of: Option<&Signed>, key: Option<KeyPair>) -> Signed {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = key.unwrap_or_else(|| KeyPair::generate().unwrap());
    let der = match of {
        None => params.self_signed(&key).unwrap().der().to_vec(),
        Some(of) => {
            let issuer = Issuer::from_params(&of.params, &of.key);
            params.signed_by(&key, &issuer).unwrap().der().to_vec()
        }
    };
    Signed { params, key, der }
}

/// The chain of a new leaf that lives from and to these times, as it is recorded.
fn chain(of: &Signed, from: Timestamp, to: Timestamp) -> Value {
    let mut params = CertificateParams::new(vec!["acme.example".to_owned()]).unwrap();
    times(&mut params, from, to);
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::from_params(&of.params, &of.key);
    let leaf = params.signed_by(&key, &issuer).unwrap();
    json!([certificate(leaf.der()), certificate(&of.der)])
}

/// A recording of a document that stands still, and what is seen beside it when.
struct Recording {
    program: Program,
    lines: Vec<Value>,
}

fn day(number: i64) -> Timestamp {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_hours(24 * number)
}

impl Recording {
    fn new() -> Self {
        Self {
            program: Program::alone(&format!("issuer = \"{ISSUER}\"")),
            lines: Vec::new(),
        }
    }

    fn seen(&mut self, at: Timestamp, beside: Option<Value>) {
        let mut line = json!({"at": at, "provider": "acme", "document": "oauth-authorization-server",
            "url": "https://acme.example/.well-known/oauth-authorization-server"});
        if self.lines.is_empty() {
            line["status"] = json!(200);
            line["body"] = json!(document(ISSUER));
        } else {
            line["unmodified"] = json!(true);
        }
        if let Some(beside) = beside {
            line["beside"] = beside;
        }
        self.lines.push(line);
    }

    /// Rule and severity of all that is told, and the subjects of the mails.
    fn told(&self) -> (Vec<(String, String)>, Vec<String>) {
        let lines: Vec<String> = self.lines.iter().map(Value::to_string).collect();
        self.program.write("r.jsonl", &lines.join("\n"));
        let (code, said) = self
            .program
            .said(&["replay", "r.jsonl", "--into", "h.db", "--mails", "mails"]);
        assert_eq!(code, 0, "{said}");
        let mails = self.program.read("mails/mails.jsonl");
        let subject = |line: &str| {
            let mail: Value = serde_json::from_str(line).unwrap();
            mail["subject"].as_str().unwrap().to_owned()
        };
        let subjects = mails.lines().map(subject).collect();
        (self.changes(), subjects)
    }

    fn changes(&self) -> Vec<(String, String)> {
        let args = [
            "--store",
            "h.db",
            "history",
            "--format",
            "jsonl",
            "--reverse",
        ];
        let (_, text) = self.program.said(&args);
        let events = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let changes: Vec<Value> = events
            .flat_map(|event| event["changes"].as_array().unwrap().clone())
            .collect();
        let word = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        let told = changes
            .iter()
            .map(|it| (word(it, "rule"), word(it, "severity")));
        told.collect()
    }

    fn export(&self) -> String {
        self.program
            .said(&["--store", "h.db", "history", "export"])
            .1
    }
}

fn told(rule: &str, severity: &str) -> (String, String) {
    (rule.to_owned(), severity.to_owned())
}

#[test]
fn another_issuing_ca_is_told_with_its_thumbprints_and_a_renewed_leaf_is_silent() {
    let root = authority("Root X", None, None);
    let (old, new) = (
        authority("R10", Some(&root), None),
        authority("R11", Some(&root), None),
    );
    let mut recording = Recording::new();
    recording.seen(
        day(0),
        Some(json!({"chain": chain(&old, day(-30), day(60))})),
    );
    recording.seen(
        day(30),
        Some(json!({"chain": chain(&old, day(30), day(120))})),
    );
    recording.seen(
        day(60),
        Some(json!({"chain": chain(&new, day(60), day(150))})),
    );
    // Under the other root, with the key it had: its thumbprints are others.
    let other = authority("Root Y", None, None);
    let key = KeyPair::from_pem(&new.key.serialize_pem()).unwrap();
    let crossed = authority("R11", Some(&other), Some(key));
    recording.seen(
        day(90),
        Some(json!({"chain": chain(&crossed, day(60), day(150))})),
    );
    let (changes, subjects) = recording.told();
    assert_eq!(changes, vec![told("issuing-ca-changed", "notice"); 2]);
    assert_eq!(
        subjects,
        [
            "[issuerwatch] acme: certificate from another CA (notice)",
            "[issuerwatch] acme: certificate under another certificate of its CA (notice)"
        ]
    );
    let mail = recording.program.read("mails/00001.eml");
    let sha1 = certificate(&old.der).sha1;
    assert!(
        mail.replace("=\r\n", "").replace("=\n", "").contains(&sha1),
        "{mail}"
    );
}

#[test]
fn a_certificate_is_mailed_once_at_14_days_and_once_at_3_and_a_short_one_by_its_life() {
    let root = authority("Root X", None, None);
    let hours = SignedDuration::from_hours;
    let of = |life: i64, polls: &[i64]| {
        let mut recording = Recording::new();
        let ends = day(100);
        let chain = chain(&root, ends - hours(24 * life), ends);
        recording.seen(ends - hours(24 * life), Some(json!({"chain": chain})));
        for left in polls {
            recording.seen(ends - hours(*left), None);
        }
        recording.told()
    };
    let days: Vec<i64> = [20, 15, 14, 13, 4, 3, 2, 1]
        .iter()
        .map(|day| day * 24)
        .collect();
    let (changes, subjects) = of(90, &days);
    let both = [
        told("certificate-expiring", "notice"),
        told("certificate-expiring", "breaking"),
    ];
    assert_eq!(changes, both);
    assert_eq!(
        subjects,
        [
            "[issuerwatch] acme: certificate of acme.example ends in 14 days, on 2026-04-11 (notice)",
            "[issuerwatch] acme: certificate of acme.example ends in 3 days, on 2026-04-11 (breaking)"
        ]
    );
    let (changes, _) = of(6, &[72, 49, 48, 30, 15, 14, 10]);
    assert_eq!(changes, both);
    let (changes, subjects) = of(6, &[72, 49]);
    assert_eq!((changes, subjects), (vec![], vec![]));
}

#[test]
fn the_second_warning_of_a_certificate_follows_the_first() {
    let root = authority("Root X", None, None);
    let mut recording = Recording::new();
    recording.seen(
        day(0),
        Some(json!({"chain": chain(&root, day(-30), day(60))})),
    );
    recording.seen(day(46), None);
    recording.seen(day(57), None);
    let (changes, _) = recording.told();
    assert_eq!(changes.len(), 2);
    let mail = recording.program.read("mails/00002.eml");
    assert!(mail.contains("In-Reply-To: "), "{mail}");
    assert!(mail.contains("Follows the mail of 2026-02-16 00:00 UTC"));
}

#[test]
fn a_ca_that_goes_back_and_forth_between_its_intermediates_is_told_once_of_each() {
    let of = |name: &str, leaf: usize| {
        let certificate = |mark: String, subject: &str, issuer: &str| json!({"sha256": mark, "sha1": mark, "issuer": issuer, "subject": subject});
        let ca = format!("{name} (Acme Trust)");
        let of_leaf = certificate(format!("{leaf:064}"), "acme.example", &ca);
        json!({"chain": [of_leaf, certificate(format!("{name:0>64}"), &ca, "Root (Acme Trust)")]})
    };
    let mut recording = Recording::new();
    for (place, name) in ["A1", "B2", "A1", "B2", "C3"].into_iter().enumerate() {
        let at = day(30 * i64::try_from(place).unwrap());
        recording.seen(at, Some(of(name, place)));
    }
    let (changes, subjects) = recording.told();
    let [notice, info] = ["notice", "info"].map(|it| told("issuing-ca-changed", it));
    let each = [&notice, &info, &info, &notice].map(Clone::clone);
    assert_eq!(changes, each);
    assert_eq!(subjects.len(), 2, "{subjects:?}");
}

#[test]
fn a_certificate_that_is_renewed_in_time_is_told_of_anew() {
    let root = authority("Root X", None, None);
    let mut recording = Recording::new();
    recording.seen(
        day(0),
        Some(json!({"chain": chain(&root, day(-80), day(12))})),
    );
    recording.seen(day(1), None);
    recording.seen(
        day(2),
        Some(json!({"chain": chain(&root, day(2), day(92))})),
    );
    recording.seen(day(3), None);
    recording.seen(day(80), None);
    let (changes, _) = recording.told();
    assert_eq!(changes, vec![told("certificate-expiring", "notice"); 2]);
    // A replay of what it exports knows the same.
    let again = Recording {
        lines: recording
            .export()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        ..Recording::new()
    };
    assert_eq!(again.told().0, changes);
    assert_eq!(again.export(), recording.export());
}

#[test]
fn an_announced_end_is_told_when_it_comes_and_when_it_moves() {
    let mut recording = Recording::new();
    recording.seen(day(0), Some(json!({"max_age": 3600})));
    recording.seen(day(1), Some(json!({"max_age": 60})));
    recording.seen(day(2), Some(json!({"sunset": "2026-12-31 00:00:00 UTC"})));
    recording.seen(
        day(3),
        Some(json!({"sunset": "2027-01-31 00:00:00 UTC", "deprecation": "true"})),
    );
    recording.seen(day(4), Some(json!({})));
    let (changes, subjects) = recording.told();
    assert_eq!(changes, vec![told("document-sunset", "notice"); 2]);
    assert_eq!(subjects.len(), 2);
    assert!(
        subjects[0].starts_with("[issuerwatch] acme: end of the document announced"),
        "{subjects:?}"
    );
}

#[test]
fn absurd_headers_are_kept_short_and_break_nothing() {
    let site = Site::tls();
    let program = Program::watching(&site, "", "0 0 1 1 *");
    let reply = || Reply::json(&document(&site.issuer));
    site.answer(reply());
    program.said(&["check"]);
    let absurd = reply()
        .header("Sunset", &"9".repeat(1_000))
        .header("Deprecation", "@99999999999999999999")
        .header("Cache-Control", "max-age=99999999999999999999999, max-age");
    site.answer(absurd);
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 3, "{text}");
    assert!(
        text.contains("document-sunset") && text.len() < 2_000,
        "{text}"
    );
    assert_eq!(program.said(&["check"]).0, 0, "the same again is no news");
    let dated = reply().header("Sunset", "Thu, 31 Dec 2099 23:59:59 GMT");
    site.answer(dated);
    let (code, text) = program.said(&["check"]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("2099-12-31 23:59:59 UTC"), "{text}");
    site.answer(reply());
    assert_eq!(program.said(&["check"]).0, 0);
    let (_, text) = program.said(&["status", "--format", "json"]);
    let status: Value = serde_json::from_str(&text).unwrap();
    let certificate = &status["targets"][0]["certificate"];
    assert_eq!(certificate["expires_at"], "2099-03-04T00:00:00Z");
    assert_eq!(certificate["issuer"], "issuerwatch test CA");
}
