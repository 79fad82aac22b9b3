//! Laws of runs: any number of threads gives the same bits, run after run, and a wrong index is told.

use std::sync::atomic::{AtomicBool, Ordering};

use limbus_executor::control::{BAD_INDEX, CONTROL_WORDS, Control};

/// A control block behind a chain of sums: `y[phase + 1] = y[phase] + y[phase]`, each in several chunks.
struct Machine {
    words: Vec<u32>,
    len: usize,
    first: usize,
    phases: usize,
}

const CHUNKS: usize = 5;

impl Machine {
    fn new(phases: usize, len: usize) -> Self {
        let mut words = vec![0u32; CONTROL_WORDS + 2 * phases];
        let program = words.len();
        let first = program + 1 + 3 * phases + phases * 25;
        words.resize(first + (phases + 1) * len, 0);
        words[4] = (program * 4) as u32;
        words[5] = (CONTROL_WORDS * 4) as u32;
        words[program] = phases as u32;
        for phase in 0..phases {
            let step = 1 + 3 * phases + phase * 25;
            let header = [step, 1, CHUNKS].map(|word| word as u32);
            words[program + 1 + 3 * phase..][..3].copy_from_slice(&header);
            let at = |index: usize| ((first + index * len) * 4) as u32;
            let mut sum = vec![5, 25, CHUNKS as u32, 0, at(phase), at(phase), at(phase + 1)];
            sum.extend([1, 1, 1, 1, len as u32 / 4, 4]);
            sum.extend([0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 4, 1]);
            words[program + step..][..25].copy_from_slice(&sum);
        }
        Self {
            words,
            len,
            first,
            phases,
        }
    }

    fn control(&mut self) -> Control {
        Control {
            base: self.words.as_mut_ptr().cast(),
            at: 0,
        }
    }

    fn fill(&mut self, value: f32) {
        let first = self.first;
        self.words[first..first + self.len].fill(value.to_bits());
    }

    fn result(&self) -> &[u32] {
        &self.words[self.first + self.phases * self.len..]
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
    let mut machine = Machine::new(12, 64);
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
    let mut words = vec![0u32; CONTROL_WORDS + 2 + 32];
    let program = CONTROL_WORDS + 2;
    words[4] = (program * 4) as u32;
    words[5] = (CONTROL_WORDS * 4) as u32;
    let at = |index: usize| ((program + index) * 4) as u32;
    // A table of one row, the index 3, and a result.
    words[program..program + 13].copy_from_slice(&[
        1,
        4,
        1,
        1,
        8,
        9,
        1,
        at(16),
        at(17),
        at(18),
        1,
        1,
        1,
    ]);
    words[program + 17] = 3;
    let control = Control {
        base: words.as_mut_ptr().cast(),
        at: 0,
    };
    // SAFETY: a well-formed program.
    assert_eq!(unsafe { control.run(false) }, BAD_INDEX);
}
