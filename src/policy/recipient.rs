//! Recipients: decides when two configured addresses are one mailbox.
//!
//! Two addresses are one mailbox if their local parts are equal and their domains are equal in any case.

/// Whether mail to both goes to one mailbox: display names and the case of the domain are ignored. The
/// local part is up to the server and compared exactly (RFC 5321 section 2.3.11).
pub fn is_same(one: &str, two: &str) -> bool {
    let ((one, its_domain), (two, other_domain)) = (mailbox(one), mailbox(two));
    one == two && its_domain.eq_ignore_ascii_case(other_domain)
}

/// Adds those addresses that are not among the recipients yet.
pub fn extend(recipients: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for one in more {
        if !recipients.iter().any(|known| is_same(known, &one)) {
            recipients.push(one);
        }
    }
}

/// Splits an address into local part and domain.
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
