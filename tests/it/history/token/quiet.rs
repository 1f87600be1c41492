//! Nothing of a token is printed but its issuer, its key, its algorithm and its time.

use proptest::prelude::*;
use serde_json::json;

use super::super::asked;
use super::signer::{Signer, part};
use super::{ISSUER, day, rotated};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_part_of_a_token_but_four_is_ever_printed(
        name in "[a-z]{12,16}", value in "[a-z]{12,16}", kid in "[\\x00-\\x7f\u{80}-\u{9f}\u{202e}]{0,8}",
        is_known in any::<bool>(), is_signed in any::<bool>(), is_cut in any::<bool>(),
    ) {
        let a = Signer::ec("a");
        let program = rotated(&a.jwk, &a.jwk);
        let kid = if is_known { "a" } else { &kid };
        let header = json!({"alg": "ES256", "kid": kid, "x": value});
        let claims = json!({"iss": ISSUER, "iat": day(2), "sub": value, &name: {&name: value}});
        let mut token = if is_signed {
            a.sign_as(&header, &claims)
        } else {
            format!("{}.{}.{}", part(&header), part(&claims), part(&json!(value)))
        };
        let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        if is_cut {
            token.truncate(token.len() / 2);
        }
        program.write("in-hand", &token);
        for format in ["table", "json"] {
            let args = ["history", "token", "in-hand", "--format", format];
            let (_, said, errors) = asked(&program, &args);
            let all = said + &errors;
            let hidden = parts.iter().map(|part| &part[..12.min(part.len())]);
            for hidden in hidden.chain([name.as_str(), value.as_str()]) {
                prop_assert!(!all.contains(hidden), "{all}");
            }
            let is_harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
            prop_assert!(all.chars().all(is_harmless), "{all:?}");
        }
    }
}
