//! Servers that send without end what is no body: it is counted, and cut.

use std::io::Write as _;

use issuerwatch::document::observation::Observation;
use issuerwatch::fetch::Settings;

use super::{body, get, observe_with, request, said, settings};
use crate::support::site::{Reply, Site};

fn both() -> [Site; 2] {
    [Site::plain(), Site::tls()]
}

/// What one sees that reads bodies up to this.
fn get_up_to(max_body: u64, site: &Site, path: &str) -> Observation {
    let settings = Settings {
        max_body,
        ..settings(site)
    };
    observe_with(&settings, request(&site.url(path), "127.0.0.1"))
}

#[test]
fn ten_informational_answers_are_taken_and_an_eleventh_is_not() {
    for site in both() {
        site.answer(Reply::json("{}").informational(10));
        assert_eq!(body(&get(&site, "/")), b"{}");
        for count in [11, usize::MAX] {
            site.answer(Reply::json("{}").informational(count));
            assert_eq!(
                said(&get(&site, "/")),
                "too-large - more than 10 informational answers (1xx) came before the answer"
            );
        }
    }
}

#[test]
fn what_comes_over_the_wire_is_bounded_however_little_of_it_is_body() {
    let nothing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast())
        .finish()
        .unwrap();
    let mut member = Vec::new();
    write!(member, "{:x}\r\n", nothing.len()).unwrap();
    member.extend([nothing.as_slice(), b"\r\n"].concat());
    for site in both() {
        let json = Reply::json("");
        let padded = json.clone().flood(b"0000000000001\r\n \r\n");
        // Members of nothing, each in a chunk of its own.
        let nothing = json.header("content-encoding", "gzip").flood(&member);
        for reply in [padded, nothing] {
            site.answer(reply);
            assert_eq!(
                said(&get_up_to(64 << 10, &site, "/")),
                "too-large 200 more than 320 KiB came over the wire (max_body and 256 KiB)"
            );
        }
    }
}

#[test]
fn the_hops_of_a_poll_share_what_may_come_over_the_wire() {
    let long = "y".repeat(90_000);
    for site in both() {
        for (from, to) in [("/0", "/1"), ("/1", "/2"), ("/2", "/3")] {
            site.serve(from, Reply::redirect(302, to).header("x-long", &long));
        }
        site.serve("/3", Reply::json("{}"));
        assert_eq!(body(&get_up_to(1 << 10, &site, "/1")), b"{}");
        let last = site.url("/2");
        assert_eq!(
            said(&get_up_to(1 << 10, &site, "/0")),
            format!(
                "too-large - more than 257 KiB came over the wire (max_body and 256 KiB), after a \
                 redirect to {last}"
            )
        );
    }
}

#[test]
fn trailers_and_extensions_without_end_are_cut() {
    for site in both() {
        let cut = [
            ("0\r\n", "a: b\r\n"),
            ("1", ";a=b"),
            ("", "1;a=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n \r\n"),
        ];
        for (begin, unit) in cut {
            let unit = unit.repeat(1_000);
            site.answer(Reply::json("").flood(format!("{begin}{unit}").as_bytes()));
            let words = "unreachable 200 the answer was cut off or is not as announced: chunk ";
            let seen = said(&get(&site, "/"));
            assert!(seen.starts_with(words), "{seen}");
        }
    }
}
