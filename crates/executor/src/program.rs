//! Programs: words that say in which phases which steps run.
//!
//! Word 0: number of phases. Then three words for each: address of its first group counted in words from the program's start,
//! number of groups, number of chunks of all of them. A group is its number of steps, its number of chunks, its size in words,
//! whether it is divided by rows, then if so the first row of each chunk and the end of the last, and its steps. The groups of
//! a phase are independent of each other; the steps of a group run one behind the other on the same rows, so that threads that
//! work on different rows need not wait for each other in between.

use crate::step::{Part, Step, run_step};

/// A program in memory.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// What addresses are counted from.
    pub base: *mut u8,
    /// Address of the program.
    pub at: u32,
    /// Address of two counters for each phase, 16 bytes.
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
            let [steps, chunks, size, by_rows] = [0, 1, 2, 3].map(|index| self.word(at + index));
            if rest < chunks {
                let (part, first) = if by_rows == 0 {
                    (Part::Share(rest as usize, chunks as usize), at + 4)
                } else {
                    let row = |index: u32| self.word(at + 4 + index) as usize;
                    (Part::Rows(row(rest), row(rest + 1)), at + 5 + chunks)
                };
                // SAFETY: the caller's promise.
                return unsafe { self.run_steps(first, steps, part, thread) };
            }
            rest -= chunks;
            at += size;
        }
    }

    /// As [`Program::run_chunk`], for one group's steps.
    unsafe fn run_steps(&self, mut at: u32, steps: u32, part: Part, thread: u32) -> bool {
        let scratch = self.scratch + thread * self.scratch_bytes;
        let mut fits = true;
        for _ in 0..steps {
            let words = self
                .base
                .wrapping_add(self.at as usize + 4 * at as usize)
                .cast::<u32>();
            let step = Step {
                base: self.base,
                words,
                scratch,
            };
            // SAFETY: the caller's promise.
            fits &= unsafe { run_step(&step, part) };
            at += self.word(at + 1);
        }
        fits
    }
}
