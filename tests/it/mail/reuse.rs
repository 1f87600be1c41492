//! Letters of one round share a session, unless something was wrong with it.

use super::{deliver, plain, said};
use crate::support::smtp::{Act, Manner, Smtp, Step};

const THREE: [&str; 3] = ["a@example.com", "b@example.com", "c@example.com"];

fn outcomes(smtp: &Smtp) -> Vec<String> {
    let deliveries = deliver(&plain(smtp), &THREE);
    let word = |text: String| text.split([' ', ':']).next().unwrap().to_owned();
    deliveries.iter().map(said).map(word).collect()
}

#[test]
fn one_session_carries_a_round_and_is_ended_properly() {
    let smtp = Smtp::start(Manner::Good);
    assert_eq!(outcomes(&smtp), ["sent", "sent", "sent"]);
    assert_eq!(smtp.sessions(), (1, 1));
    for (message, to) in smtp.messages().iter().zip(THREE) {
        assert!(message.contains(&format!("To: {to}\r\n")), "{message}");
    }
}

#[test]
fn a_refused_recipient_blocks_nobody_and_the_session_is_cleared() {
    let smtp = Smtp::start(Manner::Good);
    smtp.to("b@example.com", "550 5.1.1 no such user");
    assert_eq!(outcomes(&smtp), ["sent", "refused", "sent"]);
    assert_eq!(smtp.sessions(), (1, 1));
    assert!(smtp.commands().iter().any(|line| line == "RSET"));
    let smtp = Smtp::start(Manner::Good);
    smtp.to("b@example.com", "550 5.1.1 no such user");
    smtp.at(Step::Reset, Act::Say("500 what?"));
    assert_eq!(outcomes(&smtp), ["sent", "refused", "sent"]);
    assert_eq!(smtp.sessions(), (2, 1), "what does not clear is left");
}

#[test]
fn a_session_that_the_server_ended_is_followed_by_another() {
    for act in [Act::Drop, Act::Say("421 4.3.2 too many mails")] {
        let smtp = Smtp::start(Manner::Good);
        // The first MAIL is well; the second ends the session; the third is of the next one.
        smtp.at_times(Step::Mail, Act::Say("250 ok"), 1);
        smtp.at_times(Step::Mail, act, 1);
        assert_eq!(outcomes(&smtp), ["sent", "sent", "sent"], "{act:?}");
        assert_eq!(smtp.sessions(), (2, 1));
    }
}

#[test]
fn a_session_in_doubt_is_never_used_again() {
    let smtp = Smtp::start(Manner::Good);
    smtp.at_times(Step::Dot, Act::Drop, 1);
    assert_eq!(outcomes(&smtp), ["deferred", "sent", "sent"]);
    assert_eq!(smtp.sessions(), (2, 1));
    let smtp = Smtp::start(Manner::Good);
    smtp.at_times(Step::Dot, Act::Say("354 go"), 1);
    assert_eq!(outcomes(&smtp), ["deferred", "sent", "sent"]);
    assert_eq!(smtp.sessions(), (2, 1));
}

#[test]
fn a_server_that_is_away_is_asked_three_times_a_round_and_no_more() {
    let smtp = Smtp::start(Manner::Good);
    smtp.at(Step::Connect, Act::Say("421 4.3.2 closed"));
    let deliveries = deliver(&plain(&smtp), &[THREE, THREE].concat());
    assert!(said(&deliveries[5]).contains("closed"), "{deliveries:?}");
    assert_eq!(smtp.sessions(), (3, 0));
}

#[test]
fn one_connection_that_is_lost_puts_off_one_mail() {
    for step in [Step::Connect, Step::Hello] {
        let smtp = Smtp::start(Manner::Good);
        smtp.at_times(step, Act::Drop, 1);
        assert_eq!(outcomes(&smtp), ["deferred", "sent", "sent"]);
    }
}
