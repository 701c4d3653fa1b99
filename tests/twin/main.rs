//! The product's book and venue against their naive twin: drawn tables, properties with shrinking, and millions of
//! random commands, with equal reports and equal states after every one.
//!
//! What this does not show: the twin replays the venue's calls, not the engine's loop (`tests/engine` does that), so requests
//! in the middle of a message, several lanes and amounts at the edge of their types are not part of it; and its author had
//! read the venue's documentation, so a rule misread there may be misread here.

mod dice;
mod exchange;
mod naive;
mod naive_arm;
mod pair;
mod product;
mod properties;
mod swarm;
mod tables;
#[path = "../venue_support/world.rs"]
mod world;
