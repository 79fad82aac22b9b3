//! Resizing and writing values in one go against the same steps one after the other, and resizes of many sizes against their
//! definition.

use fastrand::Rng;
use limbus_media::decode::Image;
use limbus_media::filter::{Exact, Filter, weights};
use limbus_media::planes::{Levels, Part, write_patches, write_planes};
use limbus_media::resize::resize;
use limbus_vecmath::patches::{Patches, normalize_patches};
use limbus_vecmath::resample::naive;

fn image(rng: &mut Rng, most: usize) -> Image {
    let (width, height) = (rng.usize(1..=most), rng.usize(1..=most));
    let data = (0..width * height * 3)
        .map(|_| [0, 255, rng.u8(..)][rng.usize(..3)])
        .collect();
    Image {
        width,
        height,
        data,
    }
}

fn filter(rng: &mut Rng) -> Filter {
    [Filter::Bilinear, Filter::Bicubic, Filter::Lanczos][rng.usize(..3)]
}

fn levels() -> Levels {
    std::array::from_fn(|c| std::array::from_fn(|v| (1000 * c + v) as f32 + 0.25))
}

#[test]
fn resizes_of_many_sizes_equal_their_definition() {
    let mut rng = Rng::with_seed(11);
    let filters = [
        Filter::Box,
        Filter::Bilinear,
        Filter::Hamming,
        Filter::Bicubic,
        Filter::Lanczos,
    ];
    for round in 0..600 {
        // Small, long and narrow, and larger than a block of everything.
        let most = [6, 40, 150][round % 3];
        let image = image(&mut rng, most);
        let (width, height) = match round % 5 {
            0 => (rng.usize(1..=4), rng.usize(1..=300)),
            1 => (rng.usize(1..=300), rng.usize(1..=4)),
            _ => (rng.usize(1..=most * 2), rng.usize(1..=most * 2)),
        };
        let filter = filters[rng.usize(..5)];
        for exact in [Exact::Torchvision, Exact::Pillow] {
            let mut data = image.data.clone();
            if width != image.width {
                let across = weights(filter, exact, image.width, width, 0..width);
                data = naive(&data, image.width, &across, true);
            }
            if height != image.height {
                let down = weights(filter, exact, image.height, height, 0..height);
                data = naive(&data, width, &down, false);
            }
            let got = resize(&image, (width, height), filter, exact);
            let sizes = (image.width, image.height, width, height);
            assert!(got.data == data, "{filter:?}, {exact:?}, {sizes:?}");
        }
    }
}

#[test]
fn planes_are_those_of_the_resized_picture() {
    let (mut rng, levels) = (Rng::with_seed(12), levels());
    let (mut outside, mut pieces) = (0, 0);
    for round in 0..400 {
        let image = image(&mut rng, if round % 20 == 0 { 200 } else { 30 });
        let most = if round % 20 == 0 { 400 } else { 40 };
        let size = match round % 4 {
            0 => (image.width, image.height),
            _ => (rng.usize(1..=most), rng.usize(1..=most)),
        };
        let filter = filter(&mut rng);
        let mut first = |extent: usize| rng.usize(..2 * extent + 10) as isize - extent as isize / 2;
        let (x, y) = (first(size.0), first(size.1));
        let part = Part {
            x,
            y,
            width: rng.usize(1..=most),
            height: rng.usize(1..=most),
        };
        let area = part.width * part.height;
        let mut got = vec![f32::NAN; 3 * area];
        write_planes(&image, size, part, filter, &levels, |values, at| {
            pieces += 1;
            assert!(got[at..at + values.len()].iter().all(|v| v.is_nan()));
            got[at..at + values.len()].copy_from_slice(values);
        });
        let whole = resize(&image, size, filter, Exact::Torchvision);
        for (i, &got) in got.iter().enumerate() {
            let (c, row, column) = (i / area, i % area / part.width, i % part.width);
            let (x, y) = (x + column as isize, y + row as isize);
            let inside = (0..size.0 as isize).contains(&x) && (0..size.1 as isize).contains(&y);
            let level = if inside {
                whole.data[(y as usize * size.0 + x as usize) * 3 + c]
            } else {
                outside += 1;
                0
            };
            assert_eq!(got, levels[c][usize::from(level)]);
        }
    }
    assert!(
        outside > 1000 && pieces > 1200,
        "borders and several pieces"
    );
}

#[test]
fn patches_are_those_of_the_resized_picture() {
    let (mut rng, levels) = (Rng::with_seed(13), levels());
    for _ in 0..100 {
        let image = image(&mut rng, 50);
        let patches = Patches {
            size: rng.usize(1..=5),
            merge: rng.usize(1..=3),
            frames: rng.usize(1..=2),
        };
        let side = patches.size * patches.merge;
        let (width, height) = (side * rng.usize(1..=5), side * rng.usize(1..=5));
        let filter = filter(&mut rng);
        let mut got = Vec::new();
        write_patches(
            &image,
            (width, height),
            filter,
            patches,
            &levels,
            |values| {
                got.extend_from_slice(values);
            },
        );
        let whole = resize(&image, (width, height), filter, Exact::Torchvision);
        let mut want = vec![0.0; width * height * 3 * patches.frames];
        normalize_patches(&whole.data, (height, width), patches, &levels, &mut want);
        assert_eq!(got, want);
    }
}
