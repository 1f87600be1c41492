//! Decides what a usable answer means: the outage is over, and differences are told.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::context::{Context, answered_from};
use super::findings::{
    ToldFact, finding_event, keep_keys, known_findings, moved_findings, quiet, remember_told,
    say_what_went, told_as, told_names,
};
use super::outage::end_outage;
use super::step::snapshot_step;
use super::{connection, damped, forget, gone_again, habits, twins};
use crate::document::canonical::Document;
use crate::document::observation::Observation;
use crate::document::response_facts::ResponseFacts;
use crate::meaning::change::{Change, Finding};
use crate::meaning::diff;
use crate::meaning::member_values::MemberValues;
use crate::meaning::provider::Target;
use crate::meaning::rule::Rule;
use crate::meaning::subject::Subject;
use crate::policy::baseline::Judgement;
use crate::policy::event::{
    Changed, DocumentSize, EventBody, FindingChange, FirstSeen, NewEvent, Provenance,
};
use crate::policy::mailed::is_mailed;
use crate::policy::reading::{Confirmation, ParsedDocument, Reading};
use crate::policy::sighting::Sighting;
use crate::policy::tracking::{JudgedAnswer, PollOutcome, SeenBefore, State, Tracking, Transition};
use crate::policy::{accept, announced, damping};

/// Decides on a usable answer: an outage is over, and differences are told.
pub(super) fn answered(
    target: &Target,
    tracking: &Tracking,
    next: Tracking,
    sighting: Sighting,
) -> Transition {
    let Sighting {
        observation,
        reading,
        mut difference,
        confirmation,
        question,
        baseline,
        seen_before,
        known,
        before_damping,
        twins,
        announced: moved_names,
        unrecorded,
    } = sighting;
    let baseline = baseline.as_deref();
    let parsed = match &reading {
        Reading::Document(parsed) => Some(parsed.as_ref()),
        Reading::Unmodified { .. } | Reading::Failed(_) => None,
    };
    let changed = !difference.changes.is_empty();
    announced::rate_corrected(&mut difference.changes, &moved_names, &target.policy);
    let is_kept = difference.is_kept(target, tracking.findings());
    let mut decided = AnswerDecision::new(target, tracking, next, &observation, &confirmation);
    decided.known_good(changed, unrecorded);
    if let Some(parsed) = parsed.filter(|_| decided.context.is_first) {
        decided.first_seen(parsed);
    }
    // Members that have come to rest are compared with the state before; changes of this poll are
    // reported on their own.
    decided.settled(&before_damping, baseline);
    let is_mailed = changed && {
        let change = KnownDifference {
            changes: std::mem::take(&mut difference.changes),
            baseline,
            seen: parsed,
            known: &known,
            seen_before,
        };
        decided.changed(change)
    };
    let new = parsed.filter(|_| is_kept);
    let findings = twins::with_twins(&decided.context, twins.as_ref(), new, difference.findings);
    decided.context.twins = twins;
    let seen = new.map(|it| &*it.document);
    let found = FoundNow {
        findings,
        announced: moved_names,
    };
    let judgement = decided.judged(found, baseline, seen, is_mailed);
    let before = decided.context.before;
    let mut answer = before
        .map(|before| before.answer.clone())
        .unwrap_or_default();
    if let Some(body) = reading.body() {
        let (validators, at) = (&observation.validators, observation.at);
        answer = answer.with_body(body, validators, question.as_ref(), at);
    }
    let sight = JudgedAnswer {
        at: observation.at,
        answer,
        judgement: judgement.unwrap_or_default(),
    };
    let is_new = decided.context.is_first || is_kept && !difference.is_known_document;
    let response_facts = decided.response_facts.take();
    let (mut next, mut values) = (decided.next, decided.values);
    values.extend(damped::of_keys(&mut next, difference.of_keys));
    Transition {
        tracking: next,
        events: decided.events,
        values,
        response_facts,
        snapshot: snapshot_step(sight, reading, is_new),
        outcome: PollOutcome::Answered,
    }
}

/// The decision about a usable answer, made step by step.
struct AnswerDecision<'a> {
    context: Context<'a>,
    next: Tracking,
    events: Vec<NewEvent>,
    /// Values of members that were seen now, by member.
    values: Vec<(Subject, String)>,
    /// What is known besides the document (chain and headers) from now on; set only if it differs.
    response_facts: Option<ResponseFacts>,
}

/// The difference from the baseline, with what is known of it.
struct KnownDifference<'a> {
    changes: Vec<Change>,
    baseline: Option<&'a Document>,
    seen: Option<&'a ParsedDocument>,
    known: &'a MemberValues,
    seen_before: Option<SeenBefore>,
}

/// What a poll found.
struct FoundNow {
    /// What stands now; `None` if nothing was judged.
    findings: Option<Vec<Finding>>,
    /// What came and went with the names of the servers of a resource. It stands nowhere: each server is
    /// judged by its own document.
    announced: Vec<FindingChange>,
}

impl<'a> AnswerDecision<'a> {
    fn new(
        target: &'a Target,
        tracking: &'a Tracking,
        next: Tracking,
        observation: &'a Observation,
        confirmation: &Confirmation,
    ) -> Self {
        let (confirmed_at, candidate_since) = match confirmation {
            Confirmation::Agreed { at } => (Some(*at), None),
            Confirmation::Earlier { first_seen_at } => (None, Some(*first_seen_at)),
            Confirmation::NotNeeded | Confirmation::Disagreed { .. } | Confirmation::Failed(_) => {
                (None, None)
            }
        };
        let before = tracking.baseline_of(target);
        Self {
            context: Context {
                target,
                tracking,
                observation,
                before,
                is_first: before.is_none(),
                twins: None,
                place: answered_from(observation, tracking.state.final_url.as_deref()),
                confirmed_at,
                candidate_since,
                failures: 0,
            },
            next,
            events: Vec::new(),
            values: Vec::new(),
            response_facts: None,
        }
    }

    /// The outage is over, the clock may have been corrected, and what the next poll compares with is
    /// kept; the state is touched only where something is new.
    fn known_good(&mut self, changed: bool, unrecorded: u64) {
        let (next, observation) = (&mut self.next, self.context.observation);
        if let Some(penalties) = damping::correct_clock(&next.state, observation.at) {
            next.state_mut().penalties = penalties;
        }
        end_outage(
            next,
            self.context.target,
            observation,
            changed,
            &mut self.events,
        );
        next.last_good_at = Some(observation.at);
        if self.context.is_first && next.baseline.is_some() {
            // What is known belongs to another identity: the configuration names a new one now.
            *next.state_mut() = State::default();
        }
        // The baseline was seen, or what becomes it now, so no candidate waits to be confirmed.
        if next.state.candidate.is_some() {
            next.state_mut().candidate = None;
        }
        forget::forget(next, observation.at);
        next.wait_until(None);
        if observation.url.is_some() && next.state.final_url != observation.final_url {
            next.state_mut()
                .final_url
                .clone_from(&observation.final_url);
        }
        self.response_facts = connection::keep(next, observation, self.context.is_first);
        next.polls += unrecorded;
        next.failed_polls += unrecorded;
        let outage = self.context.tracking.state.outage.as_ref();
        self.context.failures = outage.map_or(0, |outage| outage.failures) + unrecorded;
    }

    fn first_seen(&mut self, seen: &ParsedDocument) {
        let size = if seen.document.kind().is_key_set() {
            DocumentSize::Keys(seen.document.keys().len() as u64)
        } else {
            DocumentSize::Members(seen.document.members().len() as u64)
        };
        let first = FirstSeen {
            provenance: self.context.provenance(),
            size: Some(size),
        };
        let at = self.context.observation.at;
        self.events
            .push(NewEvent::new(at, EventBody::FirstSeen(first)));
    }

    /// Reports members that have come to rest; `old` are the states before they were damped.
    fn settled(&mut self, old: &BTreeMap<i64, Arc<Document>>, baseline: Option<&Document>) {
        let between = damped::SettledStates {
            old,
            now: baseline,
            place: self.context.place,
        };
        let context = &self.context;
        let (target, observation) = (context.target, context.observation);
        let provenance = || context.provenance();
        let event = damped::settled(target, &mut self.next, observation, &between, provenance);
        self.events.extend(event);
    }

    /// Records the change without the parts that are held back; returns whether it is mailed.
    fn changed(&mut self, mut found: KnownDifference<'_>) -> bool {
        let policy = &self.context.target.policy;
        let accepted = &self.next.state.accepted;
        if !accepted.is_empty() {
            for change in &mut found.changes {
                change.accepted = accepted.contains(&accept::fingerprint(change));
            }
        }
        let at = self.context.observation.at;
        found.seen_before = match (found.seen_before, found.baseline, found.seen) {
            (None, Some(old), Some(seen)) => {
                damped::returned(policy, self.next.state_mut(), old, &seen.document, at)
            }
            (known, _, _) => known,
        };
        let past = gone_again::Past {
            at,
            ended_at: found.seen_before.map(|before| before.ended_at),
            known: found.known,
        };
        gone_again::cap(policy, &self.next.state, &mut found.changes, past);
        let last_good_at = self.context.tracking.last_good_at;
        let state = self.next.state_mut();
        let is_after_gap = habits::mark(policy, state, &mut found.changes, at, last_good_at);
        self.values = damped::values(policy, &found.changes, found.baseline, found.known);
        let before = damping::Before {
            at,
            snapshot: self.context.before.map(|it| it.snapshot_id),
            final_url: self.context.place,
        };
        let verdict = damping::damp(
            policy,
            self.next.state_mut(),
            before,
            &mut found.changes,
            found.known,
            |change| is_mailed(policy, change),
        );
        let is_remembered = |change: &Change| damped::is_remembered(policy, change);
        let state = self.next.state_mut();
        gone_again::note_arrivals(state, &found.changes, past, is_remembered);
        let state = &self.next.state;
        let mut damped = damped::damped(policy, &verdict, state, &found.changes, || {
            self.context.provenance()
        });
        let mut changed = self.change(found);
        changed.is_after_gap = is_after_gap;
        changed.held_under = verdict.held_under;
        changed.told_all_the_same = verdict.told_all_the_same;
        let severity = changed.changes.iter().map(|change| change.severity).max();
        let is_mailed = changed
            .changes
            .iter()
            .any(|change| is_mailed(policy, change));
        // The event about damping replaces the change and has its patch, unless that is in the same mail.
        if let Some(damped) = damped.as_mut().filter(|_| !is_mailed) {
            damped.patch.clone_from(&changed.patch);
        }
        self.events.push(NewEvent {
            severity,
            alert: is_mailed,
            summary_at: verdict.summary_at,
            ..NewEvent::new(at, EventBody::Changed(changed))
        });
        self.events
            .extend(damped.map(|damped| damped::event(at, damped)));
        is_mailed
    }

    fn change(&self, found: KnownDifference<'_>) -> Changed {
        let before = &self.context.tracking.state;
        let warned = connection::warned_by(before, &self.next.state, &found.changes);
        Changed {
            provenance: self.context.provenance(),
            patch: match (found.baseline, found.seen) {
                (Some(baseline), Some(seen)) => diff::kept_patch(baseline, &seen.document),
                (None, _) | (_, None) => None,
            },
            changes: found.changes,
            answers: found
                .seen_before
                .and_then(|before| before.ended_by)
                .or(warned),
            returned_to: found.seen_before.map(|before| before.ended_at),
            ..Changed::default()
        }
    }

    /// Records findings that came and went; returns the findings that stand, with their judge.
    fn judged(
        &mut self,
        found: FoundNow,
        old: Option<&Document>,
        new: Option<&Document>,
        is_change_mailed: bool,
    ) -> Option<Arc<Judgement>> {
        let baseline = self.context.tracking.baseline.as_ref();
        let judgement = baseline.map(|baseline| Arc::clone(&baseline.judgement));
        let Some(findings) = found.findings else {
            return judgement;
        };
        let context = &self.context;
        let known = match context.before {
            Some(before) => known_findings(context.target, before, old),
            None => Cow::default(),
        };
        let mut moved = moved_findings(&known, &findings);
        keep_keys(&mut moved, new);
        moved.extend(found.announced);
        // What a change tells already is left out, so that one mail does not tell it twice.
        let changes = self.events.iter().flat_map(NewEvent::changes);
        let already_told: BTreeSet<ToldFact> = changes.map(told_as).collect();
        moved.retain(|moved| {
            let finding = &moved.finding;
            let (rule, subject) = (finding.rule.clone(), finding.subject.clone());
            !already_told.contains(&(rule, subject, finding.name_hash.clone()))
        });
        if !is_change_mailed {
            say_what_went(&mut moved, &self.events);
        }
        let state = &self.next.state;
        let of_two = moved
            .iter()
            .any(|it| it.finding.rule == Rule::TwinsDisagree);
        let twins = context.twins.as_ref().filter(|_| of_two);
        let twin_seen_at = twins.map(|it| it.last_seen_at);
        let names = told_names(&moved);
        let event = finding_event(
            self.context.observation,
            moved,
            |moved: &FindingChange| quiet(state, &moved.finding, context.observation.at),
            self.context.is_first,
            is_change_mailed,
            || Provenance {
                twin_seen_at,
                ..self.context.provenance()
            },
        );
        let following = event.map(|event| self.context.following(event, is_change_mailed));
        if following.as_ref().is_some_and(|event| event.alert) && !names.is_empty() {
            remember_told(self.next.state_mut(), names);
        }
        self.events.extend(following);
        let new = Judgement {
            judge: self.context.target.judge.clone(),
            findings,
        };
        judgement
            .filter(|known| **known == new)
            .or_else(|| Some(Arc::new(new)))
    }
}
