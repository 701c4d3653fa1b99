use super::model::Curve;

const MINUTE: f64 = 60e9;
/// Half-lives after which nothing is left.
const GONE: f64 = 10.0;
/// Updates of a ramp while it rises, and in a half-life.
const PARTS: f64 = 3_000.0;
/// Nanoseconds between two updates: a millisecond to a quarter of a second.
const SHORTEST: f64 = 1e6;
const LONGEST: f64 = 2.5e8;

/// How much of something is there: it rises to 1, stays, and halves again and again. Nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    from: i64,
    full: i64,
    until: i64,
    half_life: f64,
    curve: Curve,
}

impl Ramp {
    /// All spans in minutes; a half-life of 0 ends it at once.
    pub(super) fn new(start: i64, at: f64, over: f64, stay: f64, half_life: f64) -> Self {
        let from = start.saturating_add((at * MINUTE) as i64);
        let full = from.saturating_add((over * MINUTE) as i64);
        let until = full.saturating_add((stay * MINUTE) as i64);
        Self { from, full, until, half_life: half_life * MINUTE, curve: Curve::Steady }
    }

    pub(super) fn curved(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    /// From 0 to 1.
    pub(super) fn level(&self, now: i64) -> f64 {
        if now < self.from || now >= self.end() {
            return 0.0;
        }
        if now < self.full {
            let share = (now - self.from) as f64 / (self.full - self.from) as f64;
            return match self.curve {
                Curve::Steady => share,
                Curve::Accelerating => share * share,
                Curve::Slowing => share * (2.0 - share),
            };
        }
        if now <= self.until { 1.0 } else { libm::exp2(-((now - self.until) as f64) / self.half_life) }
    }

    pub(super) fn acts(&self, now: i64) -> bool {
        self.from <= now && now < self.end()
    }

    /// It rises or fades.
    pub(super) fn moves(&self, now: i64) -> bool {
        self.from <= now && now < self.full || self.until < now && now < self.end()
    }

    /// When it is to be looked at next; the end of time when it is over.
    pub(super) fn next(&self, now: i64) -> i64 {
        let step = |length: f64| now.saturating_add((length / PARTS).clamp(SHORTEST, LONGEST) as i64);
        if now < self.from {
            self.from
        } else if now < self.full {
            step((self.full - self.from) as f64).min(self.full)
        } else if now < self.until {
            self.until
        } else if now < self.end() {
            step(10.0 * self.half_life).min(self.end())
        } else {
            i64::MAX
        }
    }

    /// Its first instant, and the first after it.
    pub(super) fn ends(&self) -> [i64; 2] {
        [self.from, self.end()]
    }

    fn end(&self) -> i64 {
        self.until.saturating_add((GONE * self.half_life) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn it_rises_stays_and_halves() {
        let ramp = Ramp::new(0, 1.0, 2.0, 3.0, 4.0);
        let minutes = |minutes: i64| ramp.level(minutes * 60 * SECOND);
        let found = [0, 1, 2, 3, 6, 10, 14].map(minutes);
        assert_eq!(found, [0.0, 0.0, 0.5, 1.0, 1.0, 0.5, 0.25]);
        assert_eq!(minutes(46), 0.0, "ten half-lives later nothing is left");
    }

    #[test]
    fn curves_end_where_they_should() {
        for curve in [Curve::Steady, Curve::Accelerating, Curve::Slowing] {
            let ramp = Ramp::new(0, 0.0, 1.0, 1.0, 0.0).curved(curve);
            assert_eq!((ramp.level(0), ramp.level(60 * SECOND)), (0.0, 1.0), "{curve:?}");
            let half = ramp.level(30 * SECOND);
            let expected = match curve {
                Curve::Steady => 0.5,
                Curve::Accelerating => 0.25,
                Curve::Slowing => 0.75,
            };
            assert_eq!(half, expected, "{curve:?}");
        }
    }

    /// Whoever follows `next` sees every turn and comes to an end.
    #[test]
    fn following_it_ends() {
        for ramp in
            [Ramp::new(0, 1.0, 2.0, 3.0, 4.0), Ramp::new(0, 0.0, 0.0, 0.0, 0.0), Ramp::new(5, 0.0, 1e-9, 0.0, 1e-9)]
        {
            let (mut now, mut looks) = (-1, 0);
            while now != i64::MAX {
                let next = ramp.next(now);
                assert!(next > now, "{ramp:?} looks at {next} after {now}");
                (now, looks) = (next, looks + 1);
                assert!(looks < 50_000, "{ramp:?} never ends");
            }
        }
    }

    #[test]
    fn without_a_half_life_it_ends_at_once() {
        let ramp = Ramp::new(0, 0.0, 0.0, 1.0, 0.0);
        assert_eq!([0, 59 * SECOND, 60 * SECOND].map(|at| ramp.level(at)), [1.0, 1.0, 0.0]);
    }
}
