//! Finding and shrinking, from the command line: how a run stood after an entry, and the smallest scenario that still fails.

mod program;

#[test]
fn placeholder() {
    let world = program::World::new();
    world.call(&["--version"]).expect(0).prints("seatrial").says("");
}
