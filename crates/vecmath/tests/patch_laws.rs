//! Patches against their definition, over random shapes.

use fastrand::Rng;
use limbus_vecmath::patches::{Patches, normalize_patches};

#[test]
fn every_value_is_that_of_its_definition() {
    let mut rng = Rng::with_seed(3);
    let tables: [[f32; 256]; 3] =
        std::array::from_fn(|c| std::array::from_fn(|level| c as f32 * 1000.0 - level as f32));
    for _ in 0..60 {
        let patches = Patches {
            size: rng.usize(1..=5),
            merge: rng.usize(1..=3),
            frames: rng.usize(1..=3),
        };
        let Patches {
            size,
            merge,
            frames,
        } = patches;
        let (cells_down, cells_across) = (rng.usize(1..=4), rng.usize(1..=4));
        let (rows, columns) = (cells_down * merge * size, cells_across * merge * size);
        let pixels: Vec<u8> = (0..rows * columns * 3).map(|_| rng.u8(..)).collect();
        let mut out = vec![f32::NAN; pixels.len() * frames];
        normalize_patches(&pixels, (rows, columns), patches, &tables, &mut out);

        let mut at = 0;
        for cell_row in 0..cells_down {
            for cell_column in 0..cells_across {
                for patch_row in 0..merge {
                    for patch_column in 0..merge {
                        for (channel, table) in tables.iter().enumerate() {
                            for _ in 0..frames {
                                for y in 0..size {
                                    for x in 0..size {
                                        let row = (cell_row * merge + patch_row) * size + y;
                                        let column =
                                            (cell_column * merge + patch_column) * size + x;
                                        let level = pixels[(row * columns + column) * 3 + channel];
                                        assert_eq!(
                                            out[at],
                                            table[usize::from(level)],
                                            "{patches:?}"
                                        );
                                        at += 1;
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(at, out.len());
    }
}

#[test]
#[should_panic(expected = "whole cells")]
fn half_a_cell_is_a_mistake_of_the_caller() {
    let patches = Patches {
        size: 2,
        merge: 2,
        frames: 1,
    };
    normalize_patches(
        &[0; 4 * 6 * 3],
        (4, 6),
        patches,
        &[[0.0; 256]; 3],
        &mut [0.0; 72],
    );
}
