//! Hostile texts get an answer within bounds: of memory, and of steps, for which allocations stand; time is measured
//! by the benchmarks.
#![allow(
    unsafe_code,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a test: it counts allocations, and says what it counted"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use policyc_facets::sql::{Dialect, sql};

#[path = "hostile/texts.rs"]
mod texts;

/// The system's allocator, counting what a thread holds, has held at most, and has asked for.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
    if bytes > 0 {
        let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
    }
}

// SAFETY: every method hands its arguments to `System` unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(isize::try_from(layout.size()).unwrap_or(0));
        // SAFETY: as promised by our caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        count(-isize::try_from(layout.size()).unwrap_or(0));
        // SAFETY: as promised by our caller.
        unsafe { System.dealloc(ptr, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Most bytes that a reader holds at once.
const MOST_BYTES: isize = 64 * 1024 * 1024;
/// Most allocations of one reading.
const MOST_CALLS: usize = 400_000;

/// What one reading took.
struct Took {
    peak: isize,
    calls: usize,
}

fn measured<T>(read: impl FnOnce() -> T) -> (T, Took) {
    let (held, calls) = (HELD.get(), CALLS.get());
    PEAK.set(held);
    let out = read();
    (out, Took { peak: PEAK.get() - held, calls: CALLS.get() - calls })
}

/// Reads, and checks what it took; allocations are its steps.
fn bounded<T>(what: &str, failures: &mut Vec<String>, read: impl Fn() -> T) -> T {
    let before = on_cpu();
    let (out, took) = measured(&read);
    if std::env::var_os("POLICYC_TIMES").is_some() {
        // the quietest of three
        let mut best = on_cpu() - before;
        for _ in 0..2 {
            let before = on_cpu();
            drop(read());
            best = best.min(on_cpu() - before);
        }
        println!("{:9.3} ms {:8} KB {:8} allocations  {what}", best as f64 / 1e6, took.peak / 1024, took.calls);
    }
    if took.peak > MOST_BYTES || took.calls > MOST_CALLS {
        failures.push(format!("{what}: {} bytes at once, {} allocations", took.peak, took.calls));
    }
    out
}

/// Nanoseconds that this thread has run.
fn on_cpu() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0)
}

#[test]
fn hostile_shell_texts_are_read_within_bounds() {
    // SPEC: [S4.37]
    let mut failures = Vec::new();
    for (name, text) in texts::shell() {
        let read = bounded(name, &mut failures, || policyc_facets::shell(&text, Some("/app")));
        assert!(read.is_err() || text.len() <= 64 * 1024, "{name} is longer than what is read");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // what is small is read, however odd it is
    assert!(policyc_facets::shell(":(){ :|:& };:", None).is_ok());
}

#[test]
fn hostile_sql_texts_are_read_within_bounds() {
    // SPEC: [S4.46]
    // The smallest stack that a thread of a host commonly has; an unoptimised build takes several times the room.
    let room = if cfg!(debug_assertions) { 8 << 20 } else { 2 << 20 };
    std::thread::Builder::new().stack_size(room).spawn(hostile_sql_texts).unwrap().join().unwrap();
}

fn hostile_sql_texts() {
    let mut failures = Vec::new();
    for (name, text) in texts::sql() {
        for dialect in [Dialect::Generic, Dialect::Postgres, Dialect::MySql, Dialect::MsSql, Dialect::Snowflake] {
            let read = bounded(&format!("{name} ({dialect:?})"), &mut failures, || sql(&text, dialect));
            assert!(read.is_err() || text.len() <= 64 * 1024, "{name} is longer than what is read");
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
