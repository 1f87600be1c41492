//! SMTP, driven step by step: one recipient a mail, and a session for several mails.
//!
//! We give the commands ourselves, so that we know whether an attempt ended before DATA: only then
//! may a mail be composed anew. A session is kept for another mail only if every command had the
//! reply it must have; after anything else it is dropped, so that a late reply can never stand for
//! another mail. What a refusal means is decided in `reply`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::MailParameter;
use lettre::transport::smtp::response::Response;

use super::reply::SessionStep;
use super::server::{DeliveryTrouble, MailServer, Reachability, Session, later};
use crate::document::text::{bounded, visible};
use crate::policy::mail::{Deferral, Delivery};

/// Deadline of one mail, in deadlines of one step: scanning a mail after its end takes longest.
const STEPS: u32 = 5;
/// How long sending QUIT may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// Most sessions kept for mails to come.
const KEPT: usize = 3;
/// How often in a row a server must fail before it is taken to be away: one connection that was lost
/// says nothing of the next, and may not put off all that waits.
const AWAY: u32 = 3;

/// How far an attempt has come, for whoever gives it up.
struct AttemptProgress {
    step: SessionStep,
    in_data: bool,
}

/// Counts a session while a mail is in it.
struct SessionGuard<'a>(&'a AtomicUsize);

impl<'a> SessionGuard<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for SessionGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds it can panic half way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MailServer {
    /// Delivers one mail to one recipient.
    pub(super) async fn deliver(&self, from: &str, to: &str, mime: &[u8]) -> Delivery {
        if let Some((reason, why)) = locked(&self.reach).away.clone() {
            return Delivery::Deferred {
                reason,
                before_data: true,
                why,
            };
        }
        let limit = self.smtp.step * STEPS;
        let mut progress = AttemptProgress {
            step: SessionStep::Connect,
            in_data: false,
        };
        let attempt = Box::pin(self.attempt(from, to, mime, &mut progress));
        let trouble = match tokio::time::timeout(limit, attempt).await {
            Ok(Ok(reply)) => return Delivery::Sent { reply },
            Ok(Err(trouble)) => trouble,
            Err(_elapsed) => DeliveryTrouble {
                before_data: !progress.in_data,
                ..self.silence(progress.step, limit)
            },
        };
        let Some(why) = trouble.why else {
            return Delivery::Refused {
                reason: trouble.reason,
            };
        };
        // What stops every mail alike is found once. Not where others are in a session: then it is
        // about this connection.
        let is_of_server = progress.step <= SessionStep::Hello
            || progress.step == SessionStep::Sender && why == Deferral::Silent;
        if is_of_server && self.talking.load(Ordering::Relaxed) == 0 {
            let mut reach = locked(&self.reach);
            reach.failures += 1;
            // A password that is not taken is not tried three times: accounts are locked for that.
            if why == Deferral::Standing || reach.failures >= AWAY {
                reach.away = Some((trouble.reason.clone(), why));
            }
        }
        Delivery::Deferred {
            reason: trouble.reason,
            before_data: trouble.before_data,
            why,
        }
    }

    /// Ends the sessions that are kept, and forgets that the server could not be reached.
    pub(super) async fn end_sessions(&self) {
        *locked(&self.reach) = Reachability::default();
        let kept = std::mem::take(&mut *locked(&self.kept));
        for mut session in kept {
            // The result is ignored: what was delivered stays delivered even if QUIT fails.
            let farewell = session.connection.command(Quit);
            drop(tokio::time::timeout(FAREWELL, farewell).await);
        }
    }

    async fn attempt(
        &self,
        from: &str,
        to: &str,
        mime: &[u8],
        progress: &mut AttemptProgress,
    ) -> Result<String, DeliveryTrouble> {
        let from = bare(from).map_err(|reason| later(&reason, Deferral::Standing))?;
        let to = bare(to).map_err(|reason| DeliveryTrouble {
            why: None,
            ..later(&reason, Deferral::Standing)
        })?;
        // Taken out while it is used: an attempt that is given up in the middle leaves none behind.
        let kept = locked(&self.kept).pop();
        if let Some(mut session) = kept {
            let _talking = SessionGuard::begin(&self.talking);
            progress.step = SessionStep::Sender;
            match self.begin(&mut session, &from, mime.len()).await {
                Ok(()) => return self.finish(session, to, mime, progress).await,
                // The server has ended the kept session since the last mail, so a new one is begun.
                Err(trouble) if trouble.broken => {}
                Err(trouble) => {
                    self.keep(session).await;
                    return Err(trouble);
                }
            }
        }
        progress.step = SessionStep::Connect;
        let mut session = self.connect(&mut progress.step).await?;
        locked(&self.reach).failures = 0;
        let _talking = SessionGuard::begin(&self.talking);
        progress.step = SessionStep::Sender;
        if let Err(trouble) = self.begin(&mut session, &from, mime.len()).await {
            if !trouble.broken {
                self.keep(session).await;
            }
            return Err(trouble);
        }
        self.finish(session, to, mime, progress).await
    }

    /// Everything after MAIL; keeps the session if it can be used again.
    async fn finish(
        &self,
        mut session: Session,
        to: Address,
        mime: &[u8],
        progress: &mut AttemptProgress,
    ) -> Result<String, DeliveryTrouble> {
        let sent = self.transfer(&mut session, to, mime, progress).await;
        match &sent {
            Ok(_) => self.put(session),
            Err(trouble) if !trouble.broken => self.keep(session).await,
            Err(_broken) => {}
        }
        sent
    }

    /// Clears a session in which a mail was refused; one that does not clear is dropped.
    async fn keep(&self, mut session: Session) {
        let cleared = session.connection.command(Rset);
        let cleared = tokio::time::timeout(self.smtp.step, cleared).await;
        if cleared.is_ok_and(|reply| reply.is_ok_and(|reply| reply.has_code(250))) {
            self.put(session);
        }
    }

    fn put(&self, session: Session) {
        let mut kept = locked(&self.kept);
        if kept.len() < KEPT {
            kept.push(session);
        }
    }

    async fn begin(
        &self,
        session: &mut Session,
        from: &Address,
        size: usize,
    ) -> Result<(), DeliveryTrouble> {
        let mut parameters = Vec::new();
        if let Some(most) = session.size {
            // 0 stands for no fixed limit (RFC 1870 section 3).
            if most > 0 && size > most {
                let reason = format!("the mail has {size} bytes, and the mail server takes {most}");
                return Err(DeliveryTrouble {
                    broken: false,
                    ..later(&reason, Deferral::TooBig)
                });
            }
            parameters.push(MailParameter::Size(size));
        }
        let sender = Mail::new(Some(from.clone()), parameters);
        let work = session.connection.command(sender);
        let reply = self.step(SessionStep::Sender, work).await?;
        expect(&reply, &["250"])
    }

    async fn transfer(
        &self,
        session: &mut Session,
        to: Address,
        mime: &[u8],
        progress: &mut AttemptProgress,
    ) -> Result<String, DeliveryTrouble> {
        let connection = &mut session.connection;
        progress.step = SessionStep::Recipient;
        let recipient = connection.command(Rcpt::new(to, Vec::new()));
        let reply = self.step(SessionStep::Recipient, recipient).await?;
        expect(&reply, &["250", "251", "252"])?;
        progress.step = SessionStep::Data;
        let reply = self
            .step(SessionStep::Data, connection.command(Data))
            .await?;
        expect(&reply, &["354"])?;
        progress.step = SessionStep::Mail;
        progress.in_data = true;
        // Under the deadline of the whole mail alone: it is scanned before it is taken.
        let reply = connection.message(mime).await.map_err(|error| {
            let trouble = self.about(SessionStep::Mail, &error);
            // Without a reply nobody knows whether it arrived.
            DeliveryTrouble {
                before_data: error.status().is_some(),
                ..trouble
            }
        })?;
        let said: Vec<&str> = reply.message().collect();
        let said = visible(&format!("{} {}", reply.code(), said.join(" ")));
        // Another code answers some other command, so it does not say what became of this mail.
        expect(&reply, &["250"]).map_err(|trouble| DeliveryTrouble {
            before_data: false,
            ..trouble
        })?;
        Ok(bounded(&said, 300))
    }
}

/// A reply that is positive but not to this command: the two sides do not mean the same any more.
fn expect(reply: &Response, codes: &[&str]) -> Result<(), DeliveryTrouble> {
    let code = reply.code().to_string();
    if codes.contains(&code.as_str()) {
        return Ok(());
    }
    let said: Vec<&str> = reply.message().collect();
    let said = bounded(&visible(&said.join(" ")), 200);
    let reason = format!("unexpected reply {code} {said}");
    Err(later(&reason, Deferral::Passing))
}

fn bare(address: &str) -> Result<Address, String> {
    let mailbox: Result<Mailbox, _> = address.parse();
    mailbox
        .map(|mailbox| mailbox.email)
        .map_err(|error| format!("the address is not valid: {error}"))
}
