//! Programs: words that say in which phases which steps run.
//!
//! Word 0: number of phases. Then three words for each: address of its first step counted in words from the program's start,
//! number of steps, number of chunks of all of them. The steps of a phase are independent of each other.

use crate::step::{Step, run_step};

/// A program in memory.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// What addresses are counted from.
    pub base: *mut u8,
    /// Address of the program.
    pub at: u32,
    /// Address of two counters for each phase.
    pub counters: u32,
    /// Address of the threads' scratch.
    pub scratch: u32,
    /// Bytes of scratch for each thread.
    pub scratch_bytes: u32,
}

impl Program {
    fn word(&self, index: u32) -> u32 {
        // SAFETY: who writes a program sizes it.
        unsafe {
            *self
                .base
                .wrapping_add(self.at as usize + 4 * index as usize)
                .cast::<u32>()
        }
    }

    /// Number of phases.
    pub fn num_phases(&self) -> u32 {
        self.word(0)
    }

    /// Chunks of a phase.
    pub fn num_chunks(&self, phase: u32) -> u32 {
        self.word(3 * phase + 3)
    }

    /// Runs one chunk of a phase; false if an index was outside its table.
    ///
    /// # Safety
    /// The program is well-formed, `chunk` is below [`Program::num_chunks`], and nobody else runs it.
    pub unsafe fn run_chunk(&self, phase: u32, chunk: u32, thread: u32) -> bool {
        let mut at = self.word(3 * phase + 1);
        let mut rest = chunk;
        loop {
            let [size, chunks] = [self.word(at + 1), self.word(at + 2)];
            if rest < chunks {
                let words = self
                    .base
                    .wrapping_add(self.at as usize + 4 * at as usize)
                    .cast::<u32>();
                let scratch = self.scratch + thread * self.scratch_bytes;
                let step = Step {
                    base: self.base,
                    words,
                    scratch,
                };
                // SAFETY: the caller's promise.
                return unsafe { run_step(&step, rest as usize, chunks as usize) };
            }
            rest -= chunks;
            at += size;
        }
    }
}
