//! Moves of elements between strided arrays: transposes, slices, joins, repeats, padding.

/// Most axes of a move.
pub const MAX_AXES: usize = 6;

/// Steps through the outer axes of a strided array and gives, for each run of the last axis, its offsets.
#[derive(Clone, Copy, Debug)]
pub struct Runs<const ARRAYS: usize> {
    /// Extents, last axis last; leading ones are 1.
    pub extents: [usize; MAX_AXES],
    /// Elements from one index to the next of each axis, for each array.
    pub strides: [[usize; MAX_AXES]; ARRAYS],
}

impl<const ARRAYS: usize> Runs<ARRAYS> {
    /// Number of runs.
    pub fn count(&self) -> usize {
        self.extents[..MAX_AXES - 1].iter().product()
    }

    /// Offsets of a run's first element in each array.
    #[inline(always)]
    pub fn offsets(&self, run: usize) -> [usize; ARRAYS] {
        let mut rest = run;
        let mut offsets = [0; ARRAYS];
        for axis in (0..MAX_AXES - 1).rev() {
            let index = rest % self.extents[axis];
            rest /= self.extents[axis];
            for (offset, strides) in offsets.iter_mut().zip(&self.strides) {
                *offset += index * strides[axis];
            }
        }
        offsets
    }
}

/// Copies runs `from..to`, from the first array to the second.
///
/// # Safety
/// All offsets lie inside the arrays; nobody else writes those runs.
pub unsafe fn copy_runs(runs: &Runs<2>, x: *const u32, y: *mut u32, from: usize, to: usize) {
    let len = runs.extents[MAX_AXES - 1];
    let [x_step, y_step] = runs.strides.map(|strides| strides[MAX_AXES - 1]);
    for run in from..to {
        let [source, target] = runs.offsets(run);
        // SAFETY: the caller's promise.
        unsafe {
            if x_step == 1 && y_step == 1 {
                core::ptr::copy_nonoverlapping(x.add(source), y.add(target), len);
            } else {
                for i in 0..len {
                    *y.add(target + i * y_step) = *x.add(source + i * x_step);
                }
            }
        }
    }
}
