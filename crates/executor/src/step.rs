//! Steps: one kernel with its operands. The order of the words is that of `src/graph/program/steps.ts`.
//!
//! Each step begins with its code, its size in words, and its number of rows.

use limbus_kernels::activation::Activation;
use limbus_kernels::attention::{HeadAttention, QUERY_BLOCK};
use limbus_kernels::cache::CacheView;
use limbus_kernels::copy::{MAX_AXES, Runs, copy_runs};
use limbus_kernels::elementwise::{Binary, ahead_bias, binary, mean_rows, scale_and_activate};
use limbus_kernels::gather::gather_rows;
use limbus_kernels::gemm::Gemm;
use limbus_kernels::gemm_q8::GemmQ8;
use limbus_kernels::im2col::Windows;
use limbus_kernels::norm::{Norm, layer_norm, rms_norm};
use limbus_kernels::quantize::QuantizedRows;
use limbus_kernels::rotary::{Rotary, rotary};

/// A step in memory.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What addresses are counted from.
    pub base: *mut u8,
    /// Its words.
    pub words: *const u32,
    /// Address of this thread's scratch.
    pub scratch: u32,
}

impl Step {
    fn word(&self, index: usize) -> u32 {
        // SAFETY: who writes a step gives it all its words.
        unsafe { *self.words.add(index) }
    }
    fn size(&self, index: usize) -> usize {
        self.word(index) as usize
    }
    fn float(&self, index: usize) -> f32 {
        f32::from_bits(self.word(index))
    }
    fn flag(&self, index: usize) -> bool {
        self.word(index) != 0
    }
    fn at(&self, address: u32) -> *mut f32 {
        self.base.wrapping_add(address as usize).cast()
    }
    /// A pointer.
    fn pointer(&self, index: usize) -> *mut f32 {
        self.at(self.word(index))
    }
    /// A pointer that may be null: address 0 is never given out.
    fn optional(&self, index: usize) -> *mut f32 {
        if self.word(index) == 0 {
            core::ptr::null_mut()
        } else {
            self.pointer(index)
        }
    }
    fn axes(&self, index: usize) -> [usize; MAX_AXES] {
        core::array::from_fn(|axis| self.size(index + axis))
    }
}

/// What of a step is run.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// These rows of its result.
    Rows(usize, usize),
    /// One of so many shares, however the step is divided.
    Share(usize, usize),
}

impl Part {
    /// A range of units, of which each row has `in_row` and the whole `units`.
    fn range(self, units: usize, in_row: usize) -> (usize, usize) {
        match self {
            Self::Rows(from, to) => (from * in_row, to * in_row),
            Self::Share(share, of) => (units * share / of, units * (share + 1) / of),
        }
    }
}

/// Runs a part of a step; false if an index was outside its table.
///
/// # Safety
/// The step is well-formed, its addresses hold what it says, and nobody else runs this part.
pub unsafe fn run_step(s: &Step, part: Part) -> bool {
    let share = |units: usize| part.range(units, 1);
    // SAFETY: the caller's promise.
    unsafe {
        match s.word(0) {
            1 => {
                let gemm = Gemm {
                    x: s.pointer(3),
                    weight: s.pointer(4),
                    bias: s.optional(5),
                    residual: s.optional(6),
                    y: s.pointer(7),
                    m: s.size(8),
                    n: s.size(9),
                    k: s.size(10),
                    activation: Activation::from_code(s.word(11)),
                    gated: s.flag(12),
                };
                let (rows, panels) = part_of(&gemm, part);
                gemm.run_part(rows, panels);
            }
            2 | 3 => {
                let norm = Norm {
                    x: s.pointer(3),
                    weight: s.pointer(4),
                    bias: s.optional(5),
                    y: s.pointer(6),
                    size: s.size(8),
                    eps: s.float(9),
                };
                let (from, to) = share(s.size(7));
                if s.word(0) == 2 {
                    layer_norm(&norm, from, to);
                } else {
                    rms_norm(&norm, s.optional(10), s.optional(11), from, to);
                }
            }
            4 => {
                let count = s.size(5);
                let (from, to) = part.range(count, count / s.size(2));
                let kind = Activation::from_code(s.word(7));
                let (x, y) = (s.pointer(3).add(from), s.pointer(4).add(from));
                scale_and_activate(x, y, to - from, s.float(6), kind);
            }
            5 => {
                let kind = if s.flag(3) { Binary::Mul } else { Binary::Add };
                let runs = Runs::<2> {
                    extents: s.axes(7),
                    strides: [s.axes(13), s.axes(19)],
                };
                let len = runs.extents[MAX_AXES - 1];
                let steps = runs.strides.map(|strides| strides[MAX_AXES - 1]);
                let (from, to) = share(runs.count());
                for run in from..to {
                    let [a, b] = runs.offsets(run);
                    let (a, b) = (s.pointer(4).add(a), s.pointer(5).add(b));
                    binary(
                        kind,
                        (a, steps[0]),
                        (b, steps[1]),
                        s.pointer(6).add(run * len),
                        len,
                    );
                }
            }
            6 => {
                let runs = Runs {
                    extents: s.axes(5),
                    strides: [s.axes(11), s.axes(17)],
                };
                let (from, to) = share(runs.count());
                copy_runs(&runs, s.pointer(3).cast(), s.pointer(4).cast(), from, to);
            }
            7 => {
                let (from, to) = share(s.size(4));
                s.pointer(3).add(from).write_bytes(0, to - from);
            }
            8 => {
                let (from, to) = share(s.size(6));
                let table = (s.pointer(3).cast_const(), s.size(8));
                return gather_rows(
                    table,
                    s.pointer(4).cast(),
                    s.pointer(5),
                    s.size(7),
                    from,
                    to,
                );
            }
            9 => {
                let windows = Windows {
                    channels: s.size(6),
                    size: [s.size(7), s.size(8)],
                    kernel: [s.size(9), s.size(10)],
                    stride: s.size(11),
                };
                let (from, to) = share(s.size(5));
                windows.rows(s.pointer(3), s.pointer(4), from, to);
            }
            10 => {
                let r = Rotary {
                    x: s.pointer(3),
                    y: s.pointer(4),
                    positions: s.optional(5).cast(),
                    cos: s.pointer(6),
                    sin: s.pointer(7),
                    heads: s.size(9),
                    head_dim: s.size(10),
                    rotary_dim: s.size(11),
                    table_rows: s.size(12),
                    interleaved: s.flag(13),
                };
                let (from, to) = share(s.size(8));
                rotary(&r, from, to);
            }
            11 => append(s, part),
            12 => attend(s, part),
            13 => {
                let rows = QuantizedRows {
                    at: s.pointer(4).cast(),
                    m: s.size(5),
                    k: s.size(6),
                };
                let (from, to) = share(s.size(5));
                rows.fill(s.pointer(3), from, to);
            }
            14 => {
                let (m, k) = (s.size(9), s.size(11));
                let product = Gemm {
                    x: core::ptr::null(),
                    weight: core::ptr::null(),
                    bias: s.optional(6),
                    residual: s.optional(7),
                    y: s.pointer(8),
                    m,
                    n: s.size(10),
                    k,
                    activation: Activation::from_code(s.word(12)),
                    gated: s.flag(13),
                };
                let gemm = GemmQ8 {
                    product,
                    rows: QuantizedRows {
                        at: s.pointer(3).cast(),
                        m,
                        k,
                    },
                    weight: s.pointer(4).cast(),
                    scales: s.pointer(5),
                };
                let (rows, panels) = part_of(&product, part);
                gemm.run_part(rows, panels);
            }
            15 => {
                let (from, to) = share(s.size(5));
                mean_rows(s.pointer(3), s.pointer(4), (s.size(6), s.size(7)), from, to);
            }
            16 => {
                let (from, to) = share(s.size(6));
                let chosen = if s.flag(7) {
                    s.pointer(4)
                } else {
                    s.pointer(3)
                };
                let (x, y) = (chosen.add(from), s.pointer(5).add(from));
                scale_and_activate(x, y, to - from, 1.0, Activation::Identity);
            }
            17 => {
                let (from, to) = share(s.size(5));
                let settings = (s.size(6), s.size(7), s.float(8));
                ahead_bias(s.pointer(3).cast(), s.pointer(4), settings, from, to);
            }
            _ => unreachable!("a code that steps.ts does not write"),
        }
    }
    true
}

/// Floats of a cache line: two threads do not write to one.
const LINE: usize = 16;

/// Rows and panels of a part of a product: some of the rows, or all rows and whole lines of columns.
fn part_of(product: &Gemm, part: Part) -> ((usize, usize), (usize, usize)) {
    let panels = product.panels();
    match part {
        Part::Rows(from, to) => ((from, to), (0, panels)),
        Part::Share(..) => {
            let in_line = LINE / product.panel_columns();
            let (from, to) = part.range(panels.div_ceil(in_line), 1);
            ((0, product.m), (from * in_line, (to * in_line).min(panels)))
        }
    }
}

/// Words: k, v, cache keys, cache values, capacity, start, tokens, heads, head size.
unsafe fn append(s: &Step, part: Part) {
    let dim = s.size(11);
    let heads = s.size(10);
    let ((from, to), (first, last)) = match part {
        Part::Rows(first, last) => ((0, heads), (first, last)),
        Part::Share(..) => (part.range(heads, 1), (0, s.size(9))),
    };
    let cache = CacheView {
        keys: s.pointer(5),
        values: s.pointer(6),
        capacity: s.size(7),
        head_dim: dim,
    };
    for head in from..to {
        // SAFETY: the caller's promise.
        unsafe {
            let offset = first * heads * dim + head * dim;
            let rows = (
                s.pointer(3).add(offset).cast_const(),
                s.pointer(4).add(offset).cast_const(),
            );
            cache.append(head, rows, heads * dim, s.size(8) + first, last - first);
        }
    }
}

/// Words: q, y, cache keys, cache values, capacity, first position, keys, queries, heads, cache heads, head size, causal,
/// window, scale, biases, floats from one head's biases to the next's, and from one token's.
unsafe fn attend(s: &Step, part: Part) {
    let [num_queries, heads, kv_heads, dim] = [10, 11, 12, 13].map(|word| s.size(word));
    let cache = CacheView {
        keys: s.pointer(5),
        values: s.pointer(6),
        capacity: s.size(7),
        head_dim: dim,
    };
    // Some of the queries, or some of the heads and blocks of queries.
    let (first, last) = match part {
        Part::Rows(first, last) => (first, last),
        Part::Share(..) => (0, num_queries),
    };
    let blocks = (last - first).div_ceil(QUERY_BLOCK);
    let units = match part {
        Part::Rows(..) => (0, heads * blocks),
        Part::Share(..) => part.range(heads * blocks, 1),
    };
    for unit in units.0..units.1 {
        let (head, block) = (unit / blocks, unit % blocks);
        // SAFETY: the caller's promise.
        unsafe {
            let attention = HeadAttention {
                q: s.pointer(3).add(head * dim),
                y: s.pointer(4).add(head * dim),
                stride: heads * dim,
                first_position: s.size(8),
                num_keys: s.size(9),
                causal: s.flag(14),
                window: s.size(15),
                scale: s.float(16),
                bias: if s.word(17) == 0 {
                    core::ptr::null()
                } else {
                    s.pointer(17).add(head * s.size(18))
                },
                bias_stride: s.size(19),
            };
            let at = |block: usize| first + (last - first) * block / blocks;
            let head = head * kv_heads / heads;
            attention.run(&cache, head, s.at(s.scratch), at(block), at(block + 1));
        }
    }
}
