//! The control block: what the threads share beside the program.
//!
//! A run is divided into phases and these into chunks. Whoever is free claims the next chunk of a phase, so a thread that
//! wakes late or is put aside by the system costs little; half of the threads claim from the front and half from the back, so
//! that with two of them each finds in its own cache what it has made. A phase ends when all its chunks are done. Helpers count
//! themselves
//! in and out, so that the next run starts only when nobody reads the last one's program any more.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use crate::program::Program;

/// Words of the control block.
pub const CONTROL_WORDS: usize = 16;

/// Values of the word `state`.
const IDLE: u32 = 0;
const RUNNING: u32 = 1;
const QUIT: u32 = 2;

/// Values of the word `error`.
const NO_ERROR: u32 = 0;
/// An index of a gather was outside its table.
pub const BAD_INDEX: u32 = 1;
/// A helper has trapped.
const HELPER_LOST: u32 = 2;

/// Looks at a word this often before going to sleep: some tens of microseconds.
const SPINS: u32 = 20_000;

/// The same of a helper that has nothing to do: longer than it takes from one run of a request to its next one.
const IDLE_SPINS: u32 = 100_000;

/// Longest sleep between two looks at a phase, nanoseconds.
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
const NAP_NS: i64 = 50_000;

/// Longest sleep of a helper, nanoseconds. A Worker that sleeps cannot be terminated, also not when the one that started it is
/// gone.
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
const SLEEP_NS: i64 = 500_000_000;

/// The block, by the address of its first word.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// What addresses in programs are counted from; null in WebAssembly.
    pub base: *mut u8,
    /// Address of the block.
    pub at: u32,
}

impl Control {
    fn word(&self, index: usize) -> &AtomicU32 {
        self.atomic(self.at as usize + 4 * index)
    }

    fn atomic(&self, at: usize) -> &AtomicU32 {
        // SAFETY: the block and the counters are words of the memory that only these atomics touch during a run.
        unsafe { AtomicU32::from_ptr(self.base.wrapping_add(at).cast()) }
    }

    fn state(&self) -> &AtomicU32 {
        self.word(0)
    }
    fn generation(&self) -> &AtomicU32 {
        self.word(1)
    }
    fn active(&self) -> &AtomicU32 {
        self.word(2)
    }
    fn error(&self) -> &AtomicU32 {
        self.word(3)
    }

    /// The program of the run in progress: its address, that of its counters, scratch and scratch per thread.
    fn program(&self) -> Program {
        let [at, counters, scratch, scratch_bytes] =
            [4, 5, 6, 7].map(|word| self.word(word).load(SeqCst));
        Program {
            base: self.base,
            at,
            counters,
            scratch,
            scratch_bytes,
        }
    }

    /// Runs the program whose addresses are in words 4 to 7, with the helpers if `with_helpers`.
    ///
    /// Returns 0, or [`BAD_INDEX`].
    ///
    /// # Safety
    /// The program is well-formed and all its addresses are inside the memory; nobody else runs this control block.
    pub unsafe fn run(&self, with_helpers: bool) -> u32 {
        let program = self.program();
        if !with_helpers {
            // SAFETY: the caller's promise.
            let fits = unsafe { run_alone(&program) };
            return if fits { NO_ERROR } else { BAD_INDEX };
        }
        for phase in 0..program.num_phases() {
            self.claims(&program, phase).store(0, SeqCst);
            self.done(&program, phase).store(0, SeqCst);
        }
        self.error().store(NO_ERROR, SeqCst);
        self.state().store(RUNNING, SeqCst);
        self.generation().fetch_add(1, SeqCst);
        notify(self.generation());
        // SAFETY: the caller's promise.
        unsafe { self.work(&program, 0) };
        self.state().store(IDLE, SeqCst);
        self.await_that(self.active(), |active| active == 0);
        self.error().load(SeqCst)
    }

    /// A part of a helper's life: waits for runs and takes part in them, until [`Control::quit`] or until nothing has come
    /// for a while. Returns whether it is the end; else the caller looks at its own events and comes back.
    ///
    /// # Safety
    /// As [`Control::run`]; `thread` is from 1 and no other thread has it.
    pub unsafe fn help(&self, thread: u32) -> bool {
        let mut seen = self.generation().load(SeqCst);
        loop {
            self.active().fetch_add(1, SeqCst);
            match self.state().load(SeqCst) {
                // SAFETY: the caller's promise.
                RUNNING => unsafe { self.work(&self.program(), thread) },
                QUIT => {
                    self.active().fetch_sub(1, SeqCst);
                    return true;
                }
                _ => {}
            }
            self.active().fetch_sub(1, SeqCst);
            let mut spins = 0;
            loop {
                let now = self.generation().load(SeqCst);
                if now != seen {
                    seen = now;
                    break;
                }
                spins += 1;
                if spins <= IDLE_SPINS {
                    core::hint::spin_loop();
                } else if !sleep(self.generation(), seen) {
                    return false;
                }
            }
        }
    }

    /// Ends the helpers.
    pub fn quit(&self) {
        self.state().store(QUIT, SeqCst);
        self.generation().fetch_add(1, SeqCst);
        notify(self.generation());
    }

    unsafe fn work(&self, program: &Program, thread: u32) {
        for phase in 0..program.num_phases() {
            let num_chunks = program.num_chunks(phase);
            let (claims, done) = (self.claims(program, phase), self.done(program, phase));
            while let Some(chunk) = claim(claims, num_chunks, thread) {
                // SAFETY: the caller's promise; each chunk is claimed once.
                if !unsafe { program.run_chunk(phase, chunk, thread) } {
                    self.error().store(BAD_INDEX, SeqCst);
                }
                done.fetch_add(1, SeqCst);
            }
            self.await_that(done, |count| count >= num_chunks);
        }
    }

    fn claims(&self, program: &Program, phase: u32) -> &AtomicU64 {
        let at = program.counters as usize + 16 * phase as usize;
        // SAFETY: as `atomic`; counters are aligned to 8 bytes.
        unsafe { AtomicU64::from_ptr(self.base.wrapping_add(at).cast()) }
    }

    fn done(&self, program: &Program, phase: u32) -> &AtomicU32 {
        self.atomic(program.counters as usize + 16 * phase as usize + 8)
    }

    fn await_that(&self, word: &AtomicU32, holds: impl Fn(u32) -> bool) {
        let mut spins = 0;
        loop {
            let value = word.load(SeqCst);
            if holds(value) {
                return;
            }
            // What a lost helper had claimed will never be done.
            assert!(self.error().load(SeqCst) != HELPER_LOST);
            spins += 1;
            if spins > SPINS {
                nap(word, value);
            } else {
                core::hint::spin_loop();
            }
        }
    }
}

/// Runs a program on this thread, without a claim for each chunk; false if an index was outside its table.
///
/// # Safety
/// As [`Control::run`].
unsafe fn run_alone(program: &Program) -> bool {
    let mut fits = true;
    for phase in 0..program.num_phases() {
        for chunk in 0..program.num_chunks(phase) {
            // SAFETY: the caller's promise.
            fits &= unsafe { program.run_chunk(phase, chunk, 0) };
        }
    }
    fits
}

/// The next chunk for a thread: the low half of the word counts claims from the front, the high half those from the back.
fn claim(claims: &AtomicU64, num_chunks: u32, thread: u32) -> Option<u32> {
    let is_front = thread.is_multiple_of(2);
    let old = claims.fetch_add(if is_front { 1 } else { 1 << 32 }, SeqCst);
    let (front, back) = (old as u32, (old >> 32) as u32);
    if front + back >= num_chunks {
        return None;
    }
    Some(if is_front {
        front
    } else {
        num_chunks - 1 - back
    })
}

#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
mod waiting {
    use core::arch::wasm32::{memory_atomic_notify, memory_atomic_wait32};
    use core::sync::atomic::AtomicU32;

    pub fn notify(word: &AtomicU32) {
        // SAFETY: an aligned word of the memory.
        unsafe { memory_atomic_notify(word.as_ptr().cast(), u32::MAX) };
    }
    /// Whether somebody has woken us.
    pub fn sleep(word: &AtomicU32, value: u32) -> bool {
        const TIMED_OUT: i32 = 2;
        // SAFETY: an aligned word of the memory.
        let end =
            unsafe { memory_atomic_wait32(word.as_ptr().cast(), value as i32, super::SLEEP_NS) };
        end != TIMED_OUT
    }
    pub fn nap(word: &AtomicU32, value: u32) {
        // SAFETY: an aligned word of the memory.
        unsafe { memory_atomic_wait32(word.as_ptr().cast(), value as i32, super::NAP_NS) };
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod waiting {
    use core::sync::atomic::AtomicU32;

    pub fn notify(_word: &AtomicU32) {}
    pub fn sleep(_word: &AtomicU32, _value: u32) -> bool {
        std::thread::yield_now();
        true
    }
    pub fn nap(_word: &AtomicU32, _value: u32) {
        std::thread::yield_now();
    }
}

use waiting::{nap, notify, sleep};
