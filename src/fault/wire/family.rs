use crate::checkpoint::kept;
use crate::model::WireFault;
use crate::rng::{Rng, Streams};
use crate::units::{MILLISECOND, MINUTE, SECOND, Span, Timestamp};
use std::ops::RangeInclusive;

/// One family of faults as the catalogue has it.
#[derive(Debug, Clone)]
pub struct FamilySpec {
    /// Which fault.
    pub fault: WireFault,
    /// How venues show it.
    pub shown: &'static str,
    /// How long it lasts, or by how much it delays; zero for what has no length.
    pub lasts: RangeInclusive<Span>,
}

const NOTHING: RangeInclusive<Span> = Span::ZERO..=Span::ZERO;

macro_rules! family {
    ($fault:ident, $lasts:expr, $shown:literal) => {
        FamilySpec { fault: WireFault::$fault, shown: $shown, lasts: $lasts }
    };
}

/// All families, in the order of the catalogue.
pub static FAMILIES: [FamilySpec; 38] = [
    family!(SlowFeed, SECOND.times(20)..=SECOND.times(60), "event time and receive time drift apart"),
    family!(
        SequenceGap,
        NOTHING,
        "Binance spot U > last + 1, futures pu != previous u; Coinbase a jump of the sequence"
    ),
    family!(DuplicateMessage, MILLISECOND.times(1)..=SECOND.times(2), "the same u, or trade id, again"),
    family!(OutOfOrder, MILLISECOND.times(1)..=MILLISECOND.times(50), "a lower sequence after a higher one"),
    family!(StaleSnapshot, NOTHING, "Binance spot lastUpdateId < first U of the buffer"),
    family!(ChecksumMismatch, NOTHING, "Kraken CRC-32 over the ten best levels; Bitfinex over 25"),
    family!(CrossedBook, NOTHING, "a lost delete: best bid at or above best ask"),
    family!(BadTick, NOTHING, "a fat print, a wrong unit"),
    family!(DepthLimit, SECOND.times(10)..=SECOND.times(60), "a subscription of ten levels; Binance knows 5,000"),
    family!(
        SlowConsumer,
        SECOND.times(6)..=SECOND.times(40),
        "Coinbase ErrSlowConsume; frames that are dropped have numbers"
    ),
    family!(
        ReconnectStorm,
        SECOND.times(5)..=SECOND.times(60),
        "Binance 300 attempts in five minutes an address, then a ban"
    ),
    family!(StreamDisconnect, SECOND.times(2)..=SECOND.times(40), "a socket that closes, a listen key that expires"),
    family!(RequestLost, NOTHING, "a timeout on the bot's side"),
    family!(RequestDelayed, MILLISECOND.times(200)..=SECOND.times(8), "a reply after the timeout"),
    family!(ReplyLost, NOTHING, "a timeout on the bot's side"),
    family!(UnknownExecuted, NOTHING, "Binance -1006, -1007 and any 5xx; Kraken EService:Unavailable"),
    family!(UnknownNotExecuted, NOTHING, "Binance -1006, -1007 and any 5xx; Kraken EService:Unavailable"),
    family!(QueryLags, NOTHING, "Binance -2013 right after placing"),
    family!(
        DuplicateReport,
        MILLISECOND.times(1)..=SECOND.times(2),
        "a stream that sends at least once, after a reconnect"
    ),
    family!(FillBeforeAck, MILLISECOND.times(1)..=MILLISECOND.times(500), "the trade's event before the order's"),
    family!(LateFill, MILLISECOND.times(10)..=SECOND.times(5), "a trade's event after the cancel's"),
    family!(
        RateLimit,
        SECOND.times(1)..=SECOND.times(30),
        "Binance 429 with Retry-After, -1003; Bybit 10006; Kraken Rate limit exceeded"
    ),
    family!(Ban, MINUTE.times(2)..=MINUTE.times(5), "Binance 418, from two minutes up to three days"),
    family!(ClockSkew, NOTHING, "Binance -1021; Bybit 10002"),
    family!(InvalidNonce, NOTHING, "Kraken EAPI:Invalid nonce"),
    family!(KeyRevoked, NOTHING, "Binance -2015; Kraken EAPI:Invalid key"),
    family!(Firewall, NOTHING, "Binance 403, with a page of HTML"),
    family!(Overload, NOTHING, "Binance -1008; Bybit 10016; Kraken EService:Busy"),
    family!(ReplaceNotPlaced, NOTHING, "Binance 409 with -2021: the cancel succeeded, the new order failed"),
    family!(ReplaceNotCancelled, NOTHING, "Binance 409 with -2021: the cancel failed, the new order succeeded"),
    family!(StopLost, NOTHING, "a restart; the other leg is cancelled"),
    family!(OrderBudget, SECOND.times(1)..=SECOND.times(30), "Binance -1015: unfilled orders of ten seconds, of a day"),
    family!(DeadMansSwitch, NOTHING, "Kraken CancelAllOrdersAfter; Bybit disconnect protection"),
    family!(LongPause, SECOND.times(2)..=SECOND.times(60), "a collection of garbage, a frozen virtual machine"),
    family!(TwoInstances, SECOND.times(5)..=SECOND.times(60), "orders that this instance has not sent"),
    family!(SlowDisk, MILLISECOND.times(10)..=SECOND.times(2), "an fsync that takes its time"),
    family!(FullDisk, SECOND.times(1)..=SECOND.times(60), "ENOSPC, EIO, a short write"),
    family!(TornWrite, NOTHING, "a log whose last record is half there after a crash"),
];

impl FamilySpec {
    /// The family of a fault.
    #[must_use]
    pub fn of(fault: WireFault) -> &'static Self {
        let place = FAMILIES.iter().position(|family| family.fault == fault);
        &FAMILIES[place.unwrap_or_default()]
    }
}

/// A family that is armed.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub spec: &'static FamilySpec,
    rng: Rng,
    /// Chance a million occasions; of disconnects, a million seconds.
    rate_ppm: u32,
    /// Occasions at which it fires whatever the chance, from 1, the last one first.
    nth: Vec<(u64, Length)>,
    /// Instants from which on it fires at the first occasion, the last one first.
    at: Vec<(Timestamp, Length)>,
    /// Occasions so far.
    pub occasions: u64,
}

/// How long a scripted fault lasts; drawn where the script does not say.
pub(super) type Length = Option<Span>;

/// The firings of a family that are scripted: by number of the occasion, and by instant.
pub(super) type FamilyScript = (Vec<(u64, Length)>, Vec<(Timestamp, Length)>);

const MILLION: u32 = 1_000_000;

impl Family {
    pub fn new(
        spec: &'static FamilySpec,
        rate_ppm: u32,
        (mut nth, mut at): FamilyScript,
        streams: Streams,
        connection: &str,
    ) -> Self {
        nth.sort_by_key(|(nth, _)| std::cmp::Reverse(*nth));
        at.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let rng = streams.stream(&format!("fault/{}/{connection}", spec.fault));
        Self { spec, rng, rate_ppm, nth, at, occasions: 0 }
    }

    /// An occasion: how long the fault lasts, where it fires.
    pub fn fires(&mut self, at: Timestamp) -> Option<Span> {
        self.occasions += 1;
        let drawn = self.rate_ppm > 0 && self.rng.ratio(self.rate_ppm, MILLION);
        let nth = self.nth.pop_if(|(nth, _)| *nth <= self.occasions).map(|(_, lasts)| lasts);
        let scripted = nth.or_else(|| self.at.pop_if(|(from, _)| *from <= at).map(|(_, lasts)| lasts));
        (drawn || scripted.is_some()).then(|| scripted.flatten().unwrap_or_else(|| self.lasts()))
    }

    pub fn lasts(&mut self) -> Span {
        let (least, most) = (self.spec.lasts.start().nanos(), self.spec.lasts.end().nanos());
        if least < most { Span::from_nanos(self.rng.range(least..=most)) } else { Span::from_nanos(most) }
    }

    /// When the stream goes down after `now`, and for how long where the script says so. The script's next one is used up only
    /// where none that was drawn comes before it.
    pub fn next_outage(&mut self, now: Timestamp) -> (Timestamp, Length) {
        let scripted = self.at.last().map(|(at, _)| (*at).max(now));
        let drawn = (self.rate_ppm > 0).then(|| {
            let mean = SECOND.nanos().unsigned_abs() * u64::from(MILLION) / u64::from(self.rate_ppm);
            now.plus(Span::from_nanos(self.rng.exponential(mean).min(i64::MAX as u64).cast_signed()))
        });
        match (scripted, drawn) {
            (Some(at), drawn) if drawn.is_none_or(|drawn| at <= drawn) => {
                (at, self.at.pop().and_then(|(_, lasts)| lasts))
            }
            (_, drawn) => (drawn.unwrap_or(Timestamp::MAX), None),
        }
    }
}

kept!(Family {
    state: rng, nth, at, occasions;
    parts: ;
    left: spec, rate_ppm;
});
