//! Pairs of URLs, and what differs in them.

use super::*;

fn check(before: &str, after: &str, expected: Option<UrlDifference>) {
    assert_eq!(compare(before, after), expected, "{before} -> {after}");
}

#[test]
fn what_normalization_removes_is_form() {
    check(
        "https://A.example",
        "https://a.example:443/",
        Some(UrlDifference::Form),
    );
    check(
        "https://a.example/%7ex%2f",
        "https://a.example/~x%2F",
        Some(UrlDifference::Form),
    );
    check(
        "https://b\u{FC}cher.example/x",
        "https://xn--bcher-kva.example/x",
        Some(UrlDifference::Form),
    );
}

#[test]
fn a_path_is_told_from_a_host_and_a_host_from_a_domain() {
    check(
        "https://a.example/x",
        "https://a.example/x/",
        Some(UrlDifference::Path),
    );
    check(
        "https://a.example/x",
        "https://a.example/y/../x",
        Some(UrlDifference::Path),
    );
    check(
        "https://a.example/x",
        "https://a.example:8443/x",
        Some(UrlDifference::Origin),
    );
    check(
        "https://id.apple.com/x",
        "https://account.apple.com/x",
        Some(UrlDifference::Host),
    );
    check(
        "https://a.co.uk/x",
        "https://b.co.uk/x",
        Some(UrlDifference::Domain),
    );
    check(
        "https://a.github.io/",
        "https://b.github.io/",
        Some(UrlDifference::Domain),
    );
    check(
        "https://10.0.0.1/",
        "https://11.0.0.1/",
        Some(UrlDifference::Domain),
    );
    check("https://a.example/", "to be decided", None);
}

#[test]
fn what_two_parsers_read_differently_is_neither_the_same_host_nor_another_one() {
    for after in [
        r"https://a.example\@evil.example/t",
        r"https://a.example\.evil.example/t",
        r"https:\\a.example/t",
        "https:/a.example/t",
        "https:a.example/t",
        "https:///a.example/t",
        "https://a.exa\u{200B}mple/t",
        "https://a%2eexample/t",
        "https://user@a.example/t",
        "https://:@a.example/t",
    ] {
        check("https://a.example/t", after, Some(UrlDifference::Unclear));
        assert!(!is_plain(after) && hides_host(after), "{after}");
    }
    let odd = r"https://a.example\@evil.example/t";
    check(odd, "https://a.example/t", Some(UrlDifference::Unclear));
    check(
        odd,
        r"https://a.example\@other.example/t",
        Some(UrlDifference::Unclear),
    );
    check(
        r"https://u@a.example/t",
        r"https://u@a.example/u",
        Some(UrlDifference::Path),
    );
    check(
        "https://a.example/t",
        r"https://b.example\@evil.example/t",
        Some(UrlDifference::Domain),
    );
}

#[test]
fn what_a_parser_silently_removes_hides_no_host_and_is_no_plain_url() {
    for after in [
        "https://a.example/t ",
        " https://a.example/t",
        "\thttps://a.example/t\u{1}",
        "https://a.exam\tple/t",
        "https://a.example/\nt",
        "https://a.example/t\u{200B}",
        "https://a.example:/\\t",
        "https://a.example/u ",
    ] {
        check("https://a.example/t", after, Some(UrlDifference::Unclear));
        assert!(!is_plain(after) && !hides_host(after), "{after}");
    }
    check(
        "https://a.example/t ",
        "https://a.example/t",
        Some(UrlDifference::Form),
    );
    check(
        "https://a.example/t ",
        "https://a.example/u",
        Some(UrlDifference::Path),
    );
    check(
        "https://a.example/t ",
        "https://a.example/t\n",
        Some(UrlDifference::Unclear),
    );
    check(
        "https://a.example/t",
        "https://b.example/t ",
        Some(UrlDifference::Domain),
    );
    check(
        "https://a.b.example/t",
        " https://c.b.example/t",
        Some(UrlDifference::Host),
    );
}

#[test]
fn what_all_read_alike_is_plain() {
    for text in [
        "https://a.example",
        "HTTPS://A.example:443/x?y=%20#z",
        "https://a_b.example/\u{FC}",
        "https://[::1]:8443/x",
        "https://10.0.0.1/x",
    ] {
        assert!(is_plain(text), "{text}");
    }
}

#[test]
fn only_https_and_loopback_are_protected() {
    assert!(is_protected("https://a.example/x"));
    assert!(is_protected("http://127.0.0.1:8080/x"));
    assert!(!is_protected("http://a.example/x"));
    assert!(!is_protected("javascript:alert(1)"));
    assert!(!is_protected("--upload-pack=x"));
}

#[test]
fn a_page_for_people_is_known_by_a_word_in_its_path() {
    assert!(is_for_people("https://developer.example/dashboard"));
    assert!(is_for_people("https://a.example/portal/apps/new"));
    for other in [
        "https://a.example/register",
        "https://dashboard.example/x",
        "docs",
    ] {
        assert!(!is_for_people(other), "{other}");
    }
}
