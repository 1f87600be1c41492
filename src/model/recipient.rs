//! Recipients: when two addresses, as configured, are one mailbox.

/// Whether mail to both ends in one mailbox: names do not count, nor does the case of the domain.
/// The local part is the server's own and compared as it stands (RFC 5321 section 2.3.11).
pub fn is_same(one: &str, two: &str) -> bool {
    one == two || mailbox(one) == mailbox(two)
}

/// Adds those that are not among the recipients yet.
pub fn extend(recipients: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for one in more {
        if !recipients.iter().any(|known| is_same(known, &one)) {
            recipients.push(one);
        }
    }
}

fn mailbox(address: &str) -> (&str, String) {
    let bare = address.rsplit_once('<').map_or(address, |(_, rest)| rest);
    let bare = bare.trim_end().trim_end_matches('>').trim();
    match bare.rsplit_once('@') {
        Some((local, domain)) => (local, domain.to_ascii_lowercase()),
        None => (bare, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_the_case_of_the_domain_make_no_other_mailbox() {
        assert!(is_same("Me <you@LocalHost>", "you@localhost"));
        assert!(is_same("\"A, B\" <you@localhost>", "Me <you@localhost>"));
        assert!(!is_same("You@localhost", "you@localhost"));
        assert!(!is_same("you@a.example", "you@b.example"));
    }
}
