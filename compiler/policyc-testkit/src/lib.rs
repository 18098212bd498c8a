//! for tests only: generators and the oracle interpreter
