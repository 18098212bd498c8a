//! scenarios, fixtures, snapshots and simulation
