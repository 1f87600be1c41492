//! What stands before the host of a URL: a user name, and what may be secret in it.

use super::super::removed::REMOVED_IN_URL;

/// A name so long before the host is a token.
const TOKEN: usize = 20;

/// Whether a URL has a password before its host.
pub(super) fn has_password(bytes: &[u8]) -> bool {
    if !bytes.contains(&b'@') {
        return false;
    }
    let mut at = 0;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| rest.windows(2).position(|pair| pair == b"//"))
    {
        let rest = bytes.get(at + found + 2..).unwrap_or_default();
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'<>{}".contains(byte);
        let length = rest.iter().position(is_end).unwrap_or(rest.len());
        let authority = rest.get(..length).unwrap_or_default();
        let host = authority.iter().rposition(|byte| *byte == b'@');
        let user = host.and_then(|host| authority.get(..host));
        if user.is_some_and(is_secret_user) {
            return true;
        }
        at += found + 2 + length;
    }
    false
}

/// Whether what stands before a host has a password, or is a token.
pub(super) fn is_secret_user(user: &[u8]) -> bool {
    let password = user.iter().position(|byte| *byte == b':');
    let is_token = user.len() >= TOKEN && user != REMOVED_IN_URL.as_bytes();
    password.is_some_and(|colon| colon + 1 < user.len()) || is_token
}
