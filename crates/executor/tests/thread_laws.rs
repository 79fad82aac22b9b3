//! Laws of runs: any number of threads gives the same bits, run after run, and a wrong index is told.

use std::sync::atomic::{AtomicBool, Ordering};

use limbus_executor::control::{BAD_INDEX, CONTROL_WORDS, Control};

/// A control block behind a chain of sums: `y[i + 1] = y[i] + y[i]`, two in each phase as steps of one group, in several chunks.
struct Machine {
    /// Aligned as the counters must be.
    memory: Vec<u64>,
    len: usize,
    first: usize,
    phases: usize,
}

const CHUNKS: usize = 5;
const STEPS: usize = 2;
/// Words of a step, and of a group with its steps.
const STEP_WORDS: usize = 25;
const GROUP_WORDS: usize = GROUP_HEADER + STEPS * STEP_WORDS;
const GROUP_HEADER: usize = 4 + CHUNKS + 1;

fn words_of(memory: &mut [u64]) -> &mut [u32] {
    // SAFETY: every pattern of bits is a word.
    unsafe { memory.align_to_mut().1 }
}

impl Machine {
    fn new(phases: usize, len: usize) -> Self {
        let program = CONTROL_WORDS + 4 * phases;
        let first = program + 1 + 3 * phases + phases * GROUP_WORDS;
        let mut memory = vec![0u64; (first + (STEPS * phases + 1) * len).div_ceil(2)];
        let words = words_of(&mut memory);
        words[4] = (program * 4) as u32;
        words[5] = (CONTROL_WORDS * 4) as u32;
        words[program] = phases as u32;
        for phase in 0..phases {
            let group = 1 + 3 * phases + phase * GROUP_WORDS;
            let header = [group, 1, CHUNKS].map(|word| word as u32);
            words[program + 1 + 3 * phase..][..3].copy_from_slice(&header);
            let rows = len / 4;
            let mut header = vec![STEPS, CHUNKS, GROUP_WORDS, 1];
            header.extend((0..=CHUNKS).map(|chunk| rows * chunk / CHUNKS));
            for (word, value) in words[program + group..].iter_mut().zip(header) {
                *word = value as u32;
            }
            for step in 0..STEPS {
                let at = |index: usize| ((first + index * len) * 4) as u32;
                let index = STEPS * phase + step;
                let mut sum = vec![5, STEP_WORDS as u32, 0, 0];
                sum.extend([at(index), at(index), at(index + 1)]);
                sum.extend([1, 1, 1, 1, len as u32 / 4, 4]);
                sum.extend([0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 4, 1]);
                words[program + group + GROUP_HEADER + step * STEP_WORDS..][..STEP_WORDS]
                    .copy_from_slice(&sum);
            }
        }
        Self {
            memory,
            len,
            first,
            phases,
        }
    }

    fn control(&mut self) -> Control {
        Control {
            base: self.memory.as_mut_ptr().cast(),
            at: 0,
        }
    }

    fn fill(&mut self, value: f32) {
        let (first, len) = (self.first, self.len);
        words_of(&mut self.memory)[first..first + len].fill(value.to_bits());
    }

    fn result(&mut self) -> &[u32] {
        let from = self.first + STEPS * self.phases * self.len;
        &words_of(&mut self.memory)[from..from + self.len]
    }
}

#[derive(Clone, Copy)]
struct Shared(Control);
// SAFETY: a control block is made to be shared.
unsafe impl Send for Shared {}

impl Shared {
    fn control(self) -> Control {
        self.0
    }
}

#[test]
fn helpers_change_no_bit() {
    let mut machine = Machine::new(6, 64);
    let control = machine.control();
    let shared = Shared(control);
    let finished = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 1..3 {
            // SAFETY: the machine outlives the scope, and its programs are well-formed.
            scope.spawn(move || assert!(unsafe { shared.control().help(thread) }));
        }
        for round in 0..200 {
            machine.fill(round as f32 * 0.25);
            // SAFETY: as above.
            assert_eq!(unsafe { control.run(round % 3 != 0) }, 0);
            let expected = (round as f32 * 0.25 * 4096.0).to_bits();
            assert!(
                machine.result().iter().all(|&bits| bits == expected),
                "round {round}"
            );
        }
        finished.store(true, Ordering::SeqCst);
        control.quit();
    });
    assert!(finished.load(Ordering::SeqCst));
}

#[test]
fn an_index_outside_its_table_is_told() {
    let mut memory = [0u64; CONTROL_WORDS / 2 + 2 + 16];
    let control = Control {
        base: memory.as_mut_ptr().cast(),
        at: 0,
    };
    let words = words_of(&mut memory);
    let program = CONTROL_WORDS + 4;
    words[4] = (program * 4) as u32;
    words[5] = (CONTROL_WORDS * 4) as u32;
    let at = |index: usize| ((program + index) * 4) as u32;
    // One phase of one group of one step: a table of one row, the index 3, and a result.
    let phase = [1, 4, 1, 1];
    let group = [1, 1, 13, 0];
    let gather = [8, 9, 1, at(20), at(21), at(22), 1, 1, 1];
    let code = [&phase[..], &group, &gather].concat();
    words[program..program + code.len()].copy_from_slice(&code);
    words[program + 21] = 3;
    // SAFETY: a well-formed program.
    assert_eq!(unsafe { control.run(false) }, BAD_INDEX);
}
