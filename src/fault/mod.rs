//! What can go wrong, armed and fired by seed or script. Not there yet: no fault can be injected.
