//! What a gateway makes of answers: failures, unknown outcomes, and how they are found out.

use super::call::{Answer, Ask, Call, Deed, Failure};
use super::core::{Gateway, note_breaker};
use super::job::{Job, Stage};
use crate::model::{ClientOrderId, WireEvent};
use crate::units::Timestamp;

/// Questions for what was missed whose late answers are waited for.
const LATE_KEPT: usize = 16;

impl Gateway {
    /// The venue has answered the call that a request waited for. Returns the request where it has not come to its end.
    pub(super) fn answered(&mut self, job: Job, answer: Answer, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        match (job.is_unknown(), answer) {
            (false, Answer::Done(reports)) => {
                note_breaker(self.orders.succeeded(), out);
                self.hear_all(reports, now, out);
                self.release(&job, now);
                None
            }
            (true, Answer::Reports(reports)) => {
                let is_over = reports.iter().any(|(_, report)| job.is_answered_by(report));
                out.push(Deed::Note(job.id, WireEvent::Found));
                self.hear_all(reports, now, out);
                if is_over || job.is_of_order() {
                    self.release(&job, now);
                    return None;
                }
                self.send_again(job, now, out)
            }
            (true, Answer::NotFound) => self.not_found(job, now, out),
            (_, Answer::Failed(failure)) => self.failed(job, failure, now, out),
            // An answer to something else: as good as none.
            (_, Answer::Done(_) | Answer::Reports(_) | Answer::Balance(..) | Answer::NotFound) => {
                self.lost(job, now, out)
            }
        }
    }

    /// Asks what became of a request.
    pub(super) fn ask(&mut self, job: &mut Job, now: Timestamp, out: &mut Vec<Deed>) {
        if self.policy.honours_waits && now < self.waits_until {
            job.stage = Stage::AskingLater(self.waits_until);
            return;
        }
        job.asked += 1;
        let id = self.next_call();
        job.stage = Stage::Asking(id, now.plus(self.policy.timeout));
        out.push(Deed::Call(Call { id, ask: Ask::Query(job.id), attempt: job.asked }));
    }

    /// "Not found" is no final answer before the last attempt can be nowhere else.
    fn not_found(&mut self, mut job: Job, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        let believed_at = job.last_at.plus(self.policy.quiet);
        if now < believed_at {
            let pause = now.plus(self.pause(job.asked));
            job.stage = Stage::AskingLater(pause);
            return Some(job);
        }
        out.push(Deed::Note(job.id, WireEvent::Absent));
        self.send_again(job, now, out)
    }

    /// Sends a request again that is known not to be at the venue, if it is still wanted; else gives it up.
    pub(super) fn send_again(&mut self, mut job: Job, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        let is_new = job.is_of_order();
        let is_cancel = matches!(job.ask, Ask::Cancel(_));
        let is_stale = !is_cancel && self.policy.resend_within < now.since(job.sent_at);
        let is_unwanted = job.is_unwanted
            || matches!(job.ask, Ask::Query(_))
            || is_new && self.jobs.iter().any(|other| other.id == job.id);
        if self.is_halted || self.policy.attempts <= job.attempt || is_stale || is_unwanted || self.is_held(&job, now) {
            return self.give_up(job, now, out);
        }
        if self.policy.honours_waits && now < self.waits_until {
            job.stage = Stage::Waiting(self.waits_until);
            return Some(job);
        }
        // What was never sent spends no retry, and nothing holds up a cancel.
        match if job.attempt == 0 || is_cancel { Ok(()) } else { self.budget.spend(now) } {
            Ok(()) => self.send(&mut job, now, out),
            Err(later) => job.stage = Stage::Waiting(later),
        }
        Some(job)
    }

    /// The venue, or what stands in front of it, states a failure.
    fn failed(&mut self, mut job: Job, failure: Failure, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        self.heed(failure, now, out);
        match failure {
            Failure::KeyRevoked if !job.is_unknown() => return self.give_up(job, now, out),
            Failure::Unknown | Failure::Overload | Failure::Firewall => {
                note_breaker(self.orders.failed(now, &self.policy), out);
            }
            _ => {}
        }
        if job.is_unknown() {
            // Nobody answers any more once the key is gone: only a report can still tell.
            let later = now.plus(self.pause(job.asked)).max(self.waits_until);
            job.stage = Stage::AskingLater(if self.is_halted { Timestamp::MAX } else { later });
            return Some(job);
        }
        match failure {
            // A duplicate is the proof that the first attempt is there.
            Failure::Unknown | Failure::Duplicate => self.lost(job, now, out),
            // Clock and nonce are set right at once; a second time in a row is another matter.
            Failure::ClockSkew | Failure::InvalidNonce if job.attempt == 1 => self.send_again(job, now, out),
            Failure::RateLimit(_) | Failure::Ban(_) if self.policy.honours_waits => {
                job.stage = Stage::Waiting(self.waits_until);
                Some(job)
            }
            Failure::RateLimit(_) | Failure::Ban(_) => self.send_again(job, now, out),
            _ => {
                let pause = now.plus(self.pause(job.attempt));
                job.stage = Stage::Waiting(pause);
                Some(job)
            }
        }
    }

    fn wait(&mut self, until: Timestamp, out: &mut Vec<Deed>) {
        if self.waits_until < until {
            self.waits_until = until;
            out.push(Deed::Note(ClientOrderId(0), WireEvent::Waits(until)));
        }
    }

    /// What a venue wants is heeded whatever call it answers: to wait, or to be left alone.
    pub(super) fn heed(&mut self, failure: Failure, now: Timestamp, out: &mut Vec<Deed>) {
        match failure {
            Failure::RateLimit(after) => self.wait(now.plus(after), out),
            Failure::Ban(until) => self.wait(until, out),
            Failure::KeyRevoked => self.halt(now, out),
            _ => {}
        }
    }

    /// The key is gone for good: nothing more is sent. What has not set out is given up; what has may be at the venue: reports may still say so, and until then
    /// its order counts at its worst.
    pub(super) fn halt(&mut self, now: Timestamp, out: &mut Vec<Deed>) {
        if std::mem::replace(&mut self.is_halted, true) {
            return;
        }
        out.push(Deed::Note(ClientOrderId(0), WireEvent::Halted));
        for job in std::mem::take(&mut self.jobs) {
            match job.stage {
                Stage::Waiting(_) | Stage::Writing => {
                    self.settles(&job);
                    out.push(Deed::GiveUp(job.given_up(now)));
                }
                _ => self.jobs.push(Job { stage: Stage::AskingLater(Timestamp::MAX), ..job }),
            }
        }
    }

    /// Asks for all that was missed, where that is due; gives up a question that was not answered.
    pub(super) fn catch_up(&mut self, now: Timestamp, out: &mut Vec<Deed>) {
        if let Some((call, _)) = self.catching.out.filter(|(_, deadline)| *deadline <= now) {
            self.catching.late.push(call);
            let surplus = self.catching.late.len().saturating_sub(LATE_KEPT);
            self.catching.late.drain(..surplus);
            self.catching_failed(now);
        }
        if self.is_halted || self.catching.out.is_some() || now < self.catching.due {
            return;
        }
        if self.policy.honours_waits && now < self.waits_until {
            self.catching.due = self.waits_until;
            return;
        }
        self.outlasts_torn(now);
        let id = self.next_call();
        self.catching.out = Some((id, now.plus(self.policy.timeout)));
        out.push(Deed::Note(ClientOrderId(0), WireEvent::Reconciling));
        out.push(Deed::Call(Call { id, ask: Ask::Missed, attempt: self.catching.failed + 1 }));
    }

    fn catching_failed(&mut self, now: Timestamp) {
        self.catching.failed += 1;
        let pause = self.pause(self.catching.failed);
        (self.catching.out, self.catching.due) = (None, now.plus(pause).max(self.waits_until));
    }

    /// The answer to the question for all that was missed.
    pub(super) fn caught_up(&mut self, answer: Answer, now: Timestamp, out: &mut Vec<Deed>) {
        match answer {
            Answer::Reports(reports) => {
                self.catching.out = None;
                self.catching.late.clear();
                let again = std::mem::take(&mut self.catching.again);
                // One that does not reconcile has asked once, after it lost its memory.
                let next = if self.policy.reconciles { now.plus(self.policy.reconcile_every) } else { Timestamp::MAX };
                let next = self.torn_until.map_or(next, |until| next.min(until));
                (self.catching.due, self.catching.failed) = (if again { now } else { next }, 0);
                let news = self.hear_all(reports, now, out);
                self.has_recovered();
                out.push(Deed::Note(ClientOrderId(0), WireEvent::Reconciled(news)));
            }
            Answer::Failed(failure) => {
                self.heed(failure, now, out);
                self.catching_failed(now);
            }
            Answer::Done(_) | Answer::Balance(..) | Answer::NotFound => self.catching_failed(now),
        }
    }
}
