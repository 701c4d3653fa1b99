//! The product's book and venue against their naive twin: drawn tables, properties with shrinking, and millions of
//! random commands, with equal reports and equal states after every one.

mod dice;
mod exchange;
mod naive;
mod naive_arm;
mod pair;
mod product;
mod properties;
mod swarm;
mod tables;
mod world;
