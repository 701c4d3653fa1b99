use super::checks::MEMBERS_MAX;
use super::coupling::Coupling;
use super::source::FamilyRecipe;
use crate::synth::batches::Sink;
use crate::synth::flow::market::Stepped;
use crate::synth::flow::source::Broadcast;

/// The markets of a family as they go: each by itself to the end of a window, then all hear what was learned.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) members: Vec<Member>,
    coupling: Coupling,
    /// The end of the last window.
    pub(super) until: i64,
}

/// A market of the family.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) broadcast: Broadcast,
    ended: bool,
}

impl Run {
    /// All markets at their start, each with its first message sent. The recipe has been checked.
    pub(super) fn open<S: Sink>(recipe: &FamilyRecipe, sinks: &mut [S]) -> Self {
        let ties = recipe.ties();
        let market =
            |(place, ties)| Member { broadcast: Broadcast::open_tied(&recipe.market(place), ties), ended: false };
        let mut members: Vec<Member> = ties.iter().enumerate().map(market).collect();
        members.iter_mut().zip(sinks).for_each(|(member, sink)| member.broadcast.send(sink));
        Self { members, coupling: Coupling::new(recipe), until: recipe.start_at.nanos() }
    }

    /// A window more: the first in which anything happens. False at the end.
    pub(super) fn advance<S: Sink>(&mut self, sinks: &mut [S]) -> bool {
        let open = self.members.iter_mut().filter(|member| !member.ended);
        let Some(due) = open.map(|member| member.broadcast.flow.due()).min() else { return false };
        self.until = self.coupling.window_end(due);
        for (member, sink) in self.members.iter_mut().zip(sinks) {
            member.run(self.until, sink);
        }
        self.exchange();
        true
    }

    /// Everybody hears what was learned since the last time.
    fn exchange(&mut self) {
        let mut learned = [(1.0, 1.0); MEMBERS_MAX];
        for (learned, member) in learned.iter_mut().zip(&mut self.members) {
            *learned = member.broadcast.flow.take_learned();
        }
        for (place, member) in self.members.iter_mut().enumerate().filter(|(_, member)| !member.ended) {
            let factor = self.coupling.factor(place, self.until, &learned);
            if factor != 1.0 {
                member.broadcast.flow.hear(self.until, factor);
            }
        }
    }
}

impl Member {
    /// Goes on to `until`.
    fn run(&mut self, until: i64, sink: &mut dyn Sink) {
        while !self.ended {
            match self.broadcast.flow.step(until, &mut self.broadcast.message) {
                Stepped::Message => self.broadcast.send(sink),
                Stepped::Limit => return,
                Stepped::End => self.ended = true,
            }
        }
    }
}
