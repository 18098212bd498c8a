//! Threads that decide side by side.
//!
//! Each has the same room for its stack, whatever the machine gives by itself: a reader goes as deep into a text as its
//! limits allow, and an unoptimised build takes several times the stack for that. A pool that cannot be had is no error:
//! what was to run in it runs on the thread that asked.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Stack of a worker, in bytes; what is not used is never taken.
const STACK: usize = 16 << 20;

/// So many workers; 0 are as many as there are cores.
pub(crate) fn pool(jobs: usize) -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(jobs).stack_size(STACK).build().ok()
}

/// Runs something whose parallel parts are shared among so many workers.
pub(crate) fn with<R: Send>(jobs: usize, work: impl FnOnce() -> R + Send) -> R {
    match pool(jobs) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
