//! the compiled policy, events on the wire, state, decisions and their explanations
