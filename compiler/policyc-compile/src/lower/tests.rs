//! Lowering, seen from its result.
