//! Recipients: when two addresses, as configured, are one mailbox.
//!
//! Two addresses are one mailbox if local part and domain are the same, the domain whatever its
//! case.

/// Whether mail to both ends in one mailbox: names do not count, nor does the case of the domain.
/// The local part is the server's own and compared as it stands (RFC 5321 section 2.3.11).
pub fn is_same(one: &str, two: &str) -> bool {
    let ((one, its_domain), (two, other_domain)) = (mailbox(one), mailbox(two));
    one == two && its_domain.eq_ignore_ascii_case(other_domain)
}

/// Adds those that are not among the recipients yet.
pub fn extend(recipients: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for one in more {
        if !recipients.iter().any(|known| is_same(known, &one)) {
            recipients.push(one);
        }
    }
}

/// The local part and the domain.
fn mailbox(address: &str) -> (&str, &str) {
    let bare = address
        .rsplit_once('<')
        .map_or(address, |(_, rest)| rest)
        .trim_end()
        .trim_end_matches('>')
        .trim();
    bare.rsplit_once('@').unwrap_or((bare, ""))
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
