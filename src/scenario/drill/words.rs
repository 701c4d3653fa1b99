use super::{Drill, Due, Line, Must, Outcome, Rig, Scene, Verdict};
use crate::engine::When;
use crate::gates::catalogue;
use crate::model::{Instrument, OrderType, TimeInForce};
use crate::units::Timestamp;

impl Outcome {
    /// In a word or two.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "FAILED",
            Self::NotShown(_) => "not shown",
            Self::NoPlay => "no drill",
            Self::NotArmed => "not armed",
        }
    }

    /// Why it is not passed; empty where the word says it all.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Failed(why) | Self::NotShown(why) => why,
            Self::Passed | Self::NoPlay | Self::NotArmed => "",
        }
    }
}

/// A table, one line a control: what came of its drill, how often it acted where it had to and where it must not.
#[must_use]
pub fn drill_table(drills: &[Drill]) -> String {
    let width = drills.iter().map(|drill| drill.control.len()).max().unwrap_or(0).max("control".len());
    let mut text = format!("{:<width$}  {:<9}  {:>8}  {:>8}  remark\n", "control", "result", "must act", "must not");
    for drill in drills {
        let (acted, due) = drill.acted(Must::Act);
        let (false_acts, _) = drill.acted(Must::Hold);
        let counts = if drill.played.is_empty() {
            ["-".to_owned(), "-".to_owned()]
        } else {
            [format!("{acted} of {due}"), false_acts.to_string()]
        };
        let line = format!(
            "{:<width$}  {:<9}  {:>8}  {:>8}  {}",
            drill.control,
            drill.outcome.words(),
            counts[0],
            counts[1],
            drill.remark()
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

impl Drill {
    /// Why it is not passed, or which other gates refused orders that this control had let pass.
    fn remark(&self) -> String {
        let mut others: Vec<&str> = self.played.iter().flat_map(|played| played.judgement.others.clone()).collect();
        others.sort_unstable();
        others.dedup();
        match (self.outcome.why(), others.as_slice()) {
            ("", []) => String::new(),
            ("", others) => format!("behind it refused as well: {}", others.join(", ")),
            (why, _) => why.to_owned(),
        }
    }

    /// As one JSON object.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let scenes = self.played.iter().map(|played| {
            let judgement = &played.judgement;
            let (verdict, why) = match &judgement.verdict {
                Verdict::Shown => ("shown", ""),
                Verdict::Wrong(why) => ("wrong", why.as_str()),
                Verdict::Hidden(why) => ("hidden", why.as_str()),
            };
            serde_json::json!({
                "title": played.scene.title,
                "must_act": played.scene.must == Must::Act,
                "verdict": verdict,
                "reason": why,
                "due": judgement.due,
                "acted": judgement.acted,
                "other_gates": judgement.others,
            })
        });
        serde_json::json!({
            "control": self.control,
            "result": self.outcome.words().to_lowercase(),
            "reason": self.outcome.why(),
            "scenes": scenes.collect::<Vec<_>>(),
        })
    }

    /// Stage and script of every run, for a person to check.
    #[must_use]
    pub fn print(&self, rig: &Rig) -> String {
        let mut text = format!("{}: {}\n", self.control, self.outcome.words());
        if !self.outcome.why().is_empty() {
            text.push_str(&format!("  {}\n", self.outcome.why()));
        }
        for played in &self.played {
            text.push_str(&scene_text(&played.scene, rig));
        }
        text
    }
}

fn scene_text(scene: &Scene, rig: &Rig) -> String {
    let instrument = &rig.instrument;
    let must = if scene.must == Must::Act { "must act" } else { "must not act" };
    let mut text = format!("\n{must}: {}\n", scene.title);
    let (quote, period) = (scene.quote, scene.script.period);
    text.push_str(&format!("  account  {quote} {}, no position\n", instrument.quote));
    text.push_str(&format!("  market   {} a side\n", instrument.show_quantity(scene.stage.depth)));
    let start = scene.stage.moments.first().map(|moment| moment.at).unwrap_or_default();
    let after = |at: Timestamp| format!("+{}", at.since(start));
    let moments = scene.stage.moments.iter().map(|moment| {
        let quotes = format!("{} / {}", instrument.show_price(moment.bid), instrument.show_price(moment.ask));
        (after(moment.at), quotes)
    });
    text.push_str(&format!("           from {start}\n"));
    let few = scene.stage.moments.len() <= FEW;
    let each = moments.clone().map(|(at, quotes)| (at.clone(), at, quotes));
    for (from, to, quotes) in if few { each.collect() } else { folded(moments) } {
        text.push_str(&format!("           {}  {quotes}\n", range(&from, &to)));
    }
    text.push_str(&format!("  script   a tick every {period}\n"));
    let lines = scene.script.lines.iter().map(|line| (format!("tick {}", line.tick), line_text(line, instrument)));
    for (from, to, words) in folded(lines) {
        text.push_str(&format!("           {}  {words}\n", range(&from, &to)));
    }
    for said in &scene.commands {
        let commands: Vec<&str> = said.commands.iter().map(|command| command.as_str()).collect();
        if let When::At(at) = said.when {
            text.push_str(&format!("  told     {}  {}\n", after(at), commands.join(", ")));
        }
    }
    for (what, instants) in [("trips", &scene.trips), ("opens", &scene.clears)] {
        let instants: Vec<String> = instants.iter().map(|at| after(*at)).collect();
        if !instants.is_empty() {
            text.push_str(&format!("  {what}    {}\n", instants.join(", ")));
        }
    }
    text
}

fn line_text(line: &Line, instrument: &Instrument) -> String {
    let order = &line.order;
    let price = match order.order_type {
        OrderType::Limit { price } => instrument.show_price(price),
        _ => "market".to_owned(),
    };
    let stays = if order.time_in_force == TimeInForce::ImmediateOrCancel { ", immediate or cancel" } else { "" };
    let due = match line.due {
        Due::Amend(number) => return format!("amend of order {number} to the quantity it has"),
        Due::Pass | Due::Needed => "passes".to_owned(),
        Due::Rejection => "rejected by the venue".to_owned(),
        Due::Refusal(gate) => {
            let name = catalogue().iter().find(|spec| spec.id == gate).map_or("unknown", |spec| spec.name);
            format!("refused by {name}")
        }
    };
    format!("{} {} at {price}{stays}: {due}", order.side.as_str(), instrument.show_quantity(order.quantity))
}

/// As many messages are printed one by one: where there are few, the silence between them may be what matters.
const FEW: usize = 8;

/// Neighbours that say the same as one: first and last place, and what they say.
fn folded(items: impl Iterator<Item = (String, String)>) -> Vec<(String, String, String)> {
    let mut folds: Vec<(String, String, String)> = Vec::new();
    for (place, words) in items {
        match folds.last_mut() {
            Some((_, to, said)) if *said == words => *to = place,
            _ => folds.push((place.clone(), place, words)),
        }
    }
    folds
}

fn range(from: &str, to: &str) -> String {
    if from == to { from.to_owned() } else { format!("{from} to {}", to.trim_start_matches("tick ")) }
}
