//! Patches against their definition, over random shapes.

use limbus_vecmath::patches::{Patches, normalize_patches};

/// Numbers of a linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

#[test]
fn every_value_is_that_of_its_definition() {
    let mut random = Random(3);
    let tables: [[f32; 256]; 3] =
        std::array::from_fn(|c| std::array::from_fn(|level| c as f32 * 1000.0 - level as f32));
    for _ in 0..60 {
        let patches = Patches {
            size: 1 + random.below(5),
            merge: 1 + random.below(3),
            frames: 1 + random.below(3),
        };
        let Patches {
            size,
            merge,
            frames,
        } = patches;
        let (cells_down, cells_across) = (1 + random.below(4), 1 + random.below(4));
        let (rows, columns) = (cells_down * merge * size, cells_across * merge * size);
        let pixels: Vec<u8> = (0..rows * columns * 3)
            .map(|_| random.below(256) as u8)
            .collect();
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
