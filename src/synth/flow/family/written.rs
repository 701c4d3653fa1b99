use super::measure::{FamilyMoves, Minutes};
use super::run::Run;
use super::source::FamilyRecipe;
use crate::synth::batches::Written;
use crate::tape::{TapeError, TapeWriter};
use crate::units::{MINUTE, Span, Timestamp};

/// How much of the market goes by between two reports of progress.
const TOLD: Span = MINUTE.times(60);

/// Writes each market of a family to its tape, in one pass. `passed` is told the venue time that was reached. Returns how they have moved.
///
/// # Errors
/// [`TapeError`] of a writer.
///
/// # Panics
/// When the recipe breaks a rule of families.
pub fn write_family(
    recipe: &FamilyRecipe,
    writers: &mut [TapeWriter],
    passed: &mut dyn FnMut(Timestamp),
) -> Result<FamilyMoves, TapeError> {
    recipe.assert_checked();
    let mut sinks: Vec<Written<'_>> = writers.iter_mut().map(Written::new).collect();
    let mut run = Run::open(recipe, &mut sinks);
    let mut told = recipe.start_at;
    let mut minutes = Minutes::new(recipe.start_at.nanos(), sinks.len());
    while run.advance(&mut sinks) {
        minutes.see(&run);
        sinks.iter_mut().try_for_each(|sink| std::mem::replace(&mut sink.failed, Ok(())))?;
        let reached = Timestamp::from_nanos(run.until);
        if reached.since(told) >= TOLD {
            told = reached;
            passed(told);
        }
    }
    Ok(minutes.end())
}
