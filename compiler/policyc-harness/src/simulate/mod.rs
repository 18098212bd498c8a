//! `simulate`: every event of a trace decided, state carried along.

mod groups;
mod lines;
