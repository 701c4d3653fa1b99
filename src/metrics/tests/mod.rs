//! Tests of the metrics: worked by hand, against closed forms, and against a naive second computation.

mod by_hand;
mod closed_form;
mod days;
mod hostile;
mod naive;
mod operation;
mod thinning;
mod violent;
mod world;
