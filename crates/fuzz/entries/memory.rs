//! How much memory a call takes at most.

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Calls, and says how many bytes were held at most on top of those held before. Whatever other threads do counts too.
pub fn most_bytes<T>(call: impl FnOnce() -> T) -> (T, usize) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = call();
    (result, MEMORY.peak_usage().saturating_sub(before))
}
