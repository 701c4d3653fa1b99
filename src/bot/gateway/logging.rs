//! How a gateway keeps its log: requests are written down before they are sent, and that they have come to an end as soon as it is known.

use super::call::{Ask, Deed};
use super::core::Gateway;
use super::job::{Job, Stage};
use super::log::{GatewayLog, RequestKind, Written, read_log};
use super::policy::{LogPolicy, OnLostMemory};
use crate::model::{ClientOrderId, Side, WireEvent};
use crate::units::{SECOND, Span, Timestamp};

/// While the log cannot be written it is tried so often.
const PROBE_EVERY: Span = SECOND;

impl Gateway {
    /// It keeps a log.
    #[must_use]
    pub const fn keeps_log(&self) -> bool {
        self.log.is_some()
    }

    /// Its log is to be heeded.
    fn heeds_log(&self) -> bool {
        self.policy.log == Some(LogPolicy::Careful)
    }

    /// The log cannot be written: nothing that adds risk goes out.
    pub(super) fn is_log_down(&self) -> bool {
        self.probes_at.is_some()
    }

    /// When the log is tried again.
    pub(super) fn probes_at(&self) -> Timestamp {
        self.probes_at.unwrap_or(Timestamp::MAX)
    }

    /// Writes a request down that is about to be sent for the first time. True where it has to wait for that: a cancel never does.
    pub(super) fn writes_down(&mut self, job: &mut Job, out: &mut Vec<Deed>) -> bool {
        let Some(log) = self.log.as_mut().filter(|_| job.record.is_none()) else { return false };
        let kind = match job.ask {
            Ask::New(_) => RequestKind::New,
            Ask::Cancel(_) => RequestKind::Cancel,
            Ask::Amend(_) => RequestKind::Amend,
            Ask::Query(_) | Ask::Missed | Ask::Balance | Ask::Alive(_) => RequestKind::Query,
        };
        let id = job.ask.client_order_id().unwrap_or_default();
        job.record = Some(log.request(id, kind, (job.side, job.sent_at)));
        self.write(out);
        let waits = self.heeds_log() && kind != RequestKind::Cancel;
        if waits {
            job.stage = Stage::Writing;
        }
        waits
    }

    /// A request has come to its end.
    pub(super) fn settles(&mut self, job: &Job) {
        let log = self.log.as_mut().zip(job.record);
        log.into_iter().for_each(|(log, record)| log.answer(record));
    }

    /// What is there to write goes out, unless a write is out already.
    pub(super) fn write(&mut self, out: &mut Vec<Deed>) {
        out.extend(self.log.as_mut().and_then(GatewayLog::write).map(Deed::Write));
    }

    /// Tries the log again, where that is due.
    pub(super) fn probe(&mut self, now: Timestamp) {
        let is_due = self.probes_at.take_if(|at| *at <= now).is_some();
        if let Some(log) = self.log.as_mut().filter(|_| is_due) {
            log.probe();
            self.probes_at = Some(now.plus(PROBE_EVERY));
        }
    }

    /// Something has become of a write: the requests that waited for it go out, or are given up where they add risk.
    pub fn on_written(&mut self, number: u64, written: Written, now: Timestamp, out: &mut Vec<Deed>) {
        let Some(records) = self.log.as_mut().and_then(|log| log.written(number, written)) else { return };
        if self.heeds_log() {
            self.log_turns(written, now, out);
        }
        let is_ready = |job: &Job| job.stage == Stage::Writing && job.record.is_some_and(|own| records.contains(&own));
        while let Some(place) = self.jobs.iter().position(is_ready) {
            let job = self.jobs.remove(place);
            if let Some(job) = self.leaves(job, now, out) {
                self.jobs.insert(place.min(self.jobs.len()), job);
            }
        }
        self.write(out);
    }

    fn log_turns(&mut self, written: Written, now: Timestamp, out: &mut Vec<Deed>) {
        let event = match (written, self.is_log_down()) {
            (Written::Failed, false) => Some(WireEvent::LogDown),
            (Written::Whole, true) => Some(WireEvent::LogUp),
            _ => None,
        };
        out.extend(event.map(|event| Deed::Note(ClientOrderId(0), event)));
        self.probes_at = (written == Written::Failed).then(|| now.plus(PROBE_EVERY));
    }

    /// The record of a request is written, or cannot be: it goes out if it may by now.
    fn leaves(&mut self, mut job: Job, now: Timestamp, out: &mut Vec<Deed>) -> Option<Job> {
        // It is not to be met by itself again.
        job.stage = Stage::Waiting(now);
        if self.is_held_when_blind(&job) {
            return self.give_up(job, now, out);
        }
        self.send_again(job, now, out)
    }

    /// A new process reads the log of the one before it: `bytes` are all of its file. Requests without an answer are asked for, be it what
    /// is only half there; and nothing that adds risk goes out until everything missed was asked for. Where something is torn, that is
    /// asked for once more when an order whose record is gone would have come up.
    ///
    /// Call it once, before anything is submitted; after [`lose_memory`](Self::lose_memory), where that is called. One whose policy does
    /// not heed its log, or that forgets, does not read it. Of an order that `is_over` by the bot's own books nothing is asked any more: a
    /// full disk may have kept that out of the log. A bot whose books are the log says so of none.
    pub fn recall(
        &mut self,
        bytes: &[u8],
        is_over: &dyn Fn(ClientOrderId) -> bool,
        now: Timestamp,
        out: &mut Vec<Deed>,
    ) {
        let reads = self.heeds_log() && self.policy.on_lost_memory != OnLostMemory::Forgets;
        let Some(before) = self.log.as_ref().filter(|_| reads).map(GatewayLog::writes) else { return };
        let read = read_log(bytes);
        let mut log = GatewayLog::after(&read, before);
        let (records, torn) = (read.records.len() as u64, read.torn as u64);
        out.push(Deed::Note(ClientOrderId(0), WireEvent::LogRead { records, torn }));
        self.take_over(&mut log, is_over, now, out);
        let is_asked = |id: &ClientOrderId| self.jobs.iter().any(|job| job.id == *id && job.is_of_order());
        let hint = read.hint.filter(|id| !is_over(*id) && !is_asked(id));
        hint.into_iter().for_each(|id| self.ask_for(Job::of_unknown_order(id, Side::Buy, now), out));
        // What is asked for without a record is written down by the next write: another crash does not forget it.
        for job in self.jobs.iter_mut().filter(|job| job.record.is_none()) {
            job.record = Some(log.request(job.id, RequestKind::Query, (job.side, now)));
        }
        self.log = Some(log);
        if 0 < torn {
            self.torn_until = Some(now.plus(self.policy.quiet));
        }
        self.begin_recovery(now);
    }

    /// Every request without an answer in the log is asked for, once an order.
    fn take_over(
        &mut self,
        log: &mut GatewayLog,
        is_over: &dyn Fn(ClientOrderId) -> bool,
        now: Timestamp,
        out: &mut Vec<Deed>,
    ) {
        let unanswered: Vec<_> = log.unanswered().collect();
        for (number, id, side) in unanswered {
            let known = self.jobs.iter_mut().find(|job| job.id == id && job.is_of_order());
            match known {
                _ if is_over(id) => log.answer(number),
                // One question is enough for all that was asked of an order.
                Some(job) if job.record.is_some() => log.answer(number),
                Some(job) => job.record = Some(number),
                None => self.ask_for(Job { record: Some(number), ..Job::of_unknown_order(id, side, now) }, out),
            }
        }
    }

    fn ask_for(&mut self, job: Job, out: &mut Vec<Deed>) {
        out.push(Deed::Note(job.id, WireEvent::Unknown));
        self.jobs.push(job);
    }

    /// The question for all that was missed goes out: it is late enough to bring up an order whose record is gone.
    pub(super) fn outlasts_torn(&mut self, now: Timestamp) {
        self.torn_until.take_if(|until| *until <= now);
    }
}
