use super::latched::{MIDNIGHT, restart};
use super::rig::Rig;
use super::scene::{Impossible, Must, Scene};
use super::script::{Due, Line, Script};
use super::stage::{Moment, Stage};
use super::timeline::{depth, near, tick};
use crate::engine::{Scope, Scripted, When};
use crate::gates::Setting;
use crate::gates::position_ramp::Limits;
use crate::model::{Command, GateId, Side, TimeInForce};
use crate::strategy::OrderSpec;
use crate::units::{MINUTE, Money, Price, Quantity, Span, Timestamp};

/// Orders of exactly the limit, and of a lot more, beside one that rests: at first, an hour before the days are over, after a restart, and
/// once they are. And a day that a kill takes back. Twin: the limit at first, and the next one after its days.
pub(super) fn scenes(rig: &Rig, limits: &Limits, gate: GateId) -> Result<Vec<Scene>, Impossible> {
    let play = Play::new(rig, limits, gate)?;
    let mut scenes = vec![play.climbs()?];
    let kills = matches!(rig.gates.kill_switch, Setting::On(_));
    if kills && play.first < play.second {
        scenes.push(play.loses_a_day()?);
    }
    scenes.push(play.within()?);
    Ok(scenes)
}

/// Ticks of an hour: the clock of the script, and that of the risk.
const HOUR: Span = MINUTE.times(60);
const HOURS: u32 = 24;
/// The tick after which the day is lost.
const KILLED: u32 = 12;

struct Play<'a> {
    rig: &'a Rig,
    gate: GateId,
    ask: Price,
    /// Ticks of the days until the limit rises.
    rises: u32,
    /// Steps that rest at the best bid while the others are tried.
    rest: i128,
    /// The most that may be held at first, and after the days.
    first: i128,
    second: i128,
}

impl<'a> Play<'a> {
    fn new(rig: &'a Rig, limits: &Limits, gate: GateId) -> Result<Self, Impossible> {
        let ask = near(rig)?;
        let price = i128::from(ask.ticks());
        let most = |limit: Money| Ok(rig.lots_within(rig.tick_steps(limit)? / price));
        let (first, second): (i128, i128) = (most(limits.after(0))?, most(limits.after(limits.days))?);
        let smallest = rig.smallest(price - 1)?;
        if first < smallest {
            let (least, quote) = (rig.worth(price, smallest)?, &rig.instrument.quote);
            return Err(Impossible(format!("no order fits: the smallest is worth {least} {quote}")));
        }
        if rig.largest_within_value(price)? < second + rig.lot() {
            return Err(Impossible("an order above the limit is more than one order may be".to_owned()));
        }
        let rest = if 2 * smallest <= first { smallest } else { 0 };
        Ok(Self { rig, gate, ask, rises: HOURS * limits.days.max(1), rest, first, second })
    }

    /// A buy below the market that does not stay.
    fn buys(&self, tick: u32, steps: i128, due: Due) -> Line {
        let order = OrderSpec::limit(Side::Buy, self.ask.offset(-1), Quantity::new(steps as i64));
        Line { tick, order: order.time_in_force(TimeInForce::ImmediateOrCancel), due }
    }

    /// The same of what makes `total` with the order that rests.
    fn tries(&self, tick: u32, total: i128, due: Due) -> Line {
        self.buys(tick, total - self.rest, due)
    }

    /// What rests from the first tick on, if anything does.
    fn begin(&self) -> Vec<Line> {
        let order = OrderSpec::limit(Side::Buy, self.ask.offset(-1), Quantity::new(self.rest as i64));
        if self.rest > 0 { vec![Line { tick: 1, order, due: Due::Needed }] } else { Vec::new() }
    }

    fn start(&self) -> Timestamp {
        MIDNIGHT.plus(Span::from_nanos(-HOUR.nanos() / 2))
    }

    fn after(&self, number: u32) -> Timestamp {
        tick(self.start(), HOUR, number).plus(Span::from_nanos(HOUR.nanos() / 4))
    }

    fn scene(&self, must: Must, words: &str, lines: Vec<Line>) -> Result<Scene, Impossible> {
        let last = lines.iter().map(|line| line.tick).max().unwrap_or(0);
        let moments = (0..=last + 1).map(|number| Moment::new(tick(self.start(), HOUR, number), self.ask));
        let stage = Stage { moments: moments.collect(), depth: depth(self.second) };
        let script = Script { period: HOUR, lines };
        let held = |steps: i128| self.rig.instrument.show_quantity(Quantity::new(steps as i64));
        let days = self.rises / HOURS;
        let title = format!("{words}: {} at first, {} after {days} days", held(self.first), held(self.second));
        let worth = self.rig.worth(i128::from(self.ask.ticks()), self.second + self.rig.lot())?;
        Ok(Scene { risk_clock: HOUR, ..Scene::new(must, title, stage, script, self.rig.ample(worth)?) })
    }

    fn climbs(&self) -> Result<Scene, Impossible> {
        let (lot, refused) = (self.rig.lot(), Due::Refusal(self.gate));
        let mut lines = self.begin();
        lines.extend([
            self.tries(2, self.first + lot, refused),
            self.tries(3, self.first, Due::Pass),
            self.tries(self.rises - 1, self.first + lot, refused),
            self.tries(self.rises + 1, self.second, Due::Pass),
            self.tries(self.rises + 2, self.second + lot, refused),
        ]);
        let scene = self.scene(Must::Act, "a lot over the limit", lines)?;
        Ok(Scene { commands: vec![restart(self.after(self.rises - 1), 1)], ..scene })
    }

    fn loses_a_day(&self) -> Result<Scene, Impossible> {
        let lines = vec![
            self.buys(self.rises + 1, self.second, Due::Refusal(self.gate)),
            self.buys(self.rises + KILLED + 2, self.second, Due::Pass),
        ];
        let commands = vec![Scripted {
            when: When::At(self.after(KILLED)),
            scope: Scope::All,
            commands: vec![Command::Kill, Command::Release],
            gate: None,
            line: 1,
        }];
        Ok(Scene { commands, ..self.scene(Must::Act, "a kill takes a day back", lines)? })
    }

    fn within(&self) -> Result<Scene, Impossible> {
        let mut lines = self.begin();
        lines.extend([self.tries(2, self.first, Due::Pass), self.tries(self.rises + 1, self.second, Due::Pass)]);
        self.scene(Must::Hold, "exactly the limit", lines)
    }
}
