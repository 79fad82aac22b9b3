//! Resizing: windows are parts of the whole, and the whole is near an exact convolution. Bytes are compared with
//! torchvision's and Pillow's in the repository's own tests.

use fastrand::Rng;
use limbus_media::crop::crop;
use limbus_media::decode::Image;
use limbus_media::filter::{Exact, Filter, weights};
use limbus_media::pad::{Border, pad, to_square};
use limbus_media::resize::{nearest, resize, resize_as_pillow, resize_rows};

const FILTERS: [Filter; 5] = [
    Filter::Box,
    Filter::Bilinear,
    Filter::Hamming,
    Filter::Bicubic,
    Filter::Lanczos,
];
const EXACTS: [Exact; 2] = [Exact::Torchvision, Exact::Pillow];

fn image(rng: &mut Rng, most: usize) -> Image {
    let (width, height) = (rng.usize(1..=most), rng.usize(1..=most));
    let data = (0..width * height * 3).map(|_| rng.u8(..)).collect();
    Image {
        width,
        height,
        data,
    }
}

fn kind(rng: &mut Rng) -> (Filter, Exact) {
    (FILTERS[rng.usize(..5)], EXACTS[rng.usize(..2)])
}

#[test]
fn a_window_is_a_part_of_the_whole() {
    let mut rng = Rng::with_seed(4);
    for _ in 0..300 {
        let image = image(&mut rng, 60);
        let (width, height) = (rng.usize(1..=60), rng.usize(1..=60));
        let (filter, exact) = kind(&mut rng);
        let whole = resize(&image, (width, height), filter, exact);
        let (left, top) = (rng.usize(..width), rng.usize(..height));
        let (right, bottom) = (rng.usize(left + 1..=width), rng.usize(top + 1..=height));
        let mut part = Vec::new();
        resize_rows(
            &image,
            (width, height),
            (left..right, top..bottom),
            (filter, exact),
            |row| part.push(row.to_vec()),
        );
        let rows = whole
            .data
            .chunks_exact(width * 3)
            .skip(top)
            .take(bottom - top);
        let want: Vec<Vec<u8>> = rows.map(|row| row[left * 3..right * 3].to_vec()).collect();
        assert_eq!(part, want);
    }
}

#[test]
fn plain_pictures_stay_plain_and_equal_sizes_stay_equal() {
    let mut rng = Rng::with_seed(5);
    for _ in 0..100 {
        let mut image = image(&mut rng, 40);
        let (filter, exact) = kind(&mut rng);
        let same = (image.width, image.height);
        assert_eq!(resize(&image, same, filter, exact), image);
        assert_eq!(nearest(&image, image.width, image.height), image);
        let color = [rng.u8(..), 0, 255];
        image.data = color.repeat(image.width * image.height);
        let (width, height) = (rng.usize(1..=90), rng.usize(1..=90));
        let resized = resize(&image, (width, height), filter, exact);
        for data in [resized.data, nearest(&image, width, height).data] {
            assert!(data.chunks_exact(3).all(|p| p == color), "{color:?}");
        }
    }
}

#[test]
fn weights_sum_to_one_within_their_rounding() {
    for (filter, exact) in FILTERS.iter().flat_map(|&f| EXACTS.map(|e| (f, e))) {
        for input in 1..40 {
            for output in 1..40 {
                let w = weights(filter, exact, input, output, 0..output);
                for o in 0..output {
                    let whole = |tap: usize| {
                        let at = o * w.taps + tap;
                        i64::from(w.weights[at])
                            + (i64::from(w.high.get(at).copied().unwrap_or(0)) << 15)
                    };
                    let sum: i64 = (0..w.taps).map(whole).sum();
                    assert!((sum - (1 << w.precision)).unsigned_abs() <= w.taps as u64 / 2 + 1);
                    let used = (0..w.taps)
                        .rfind(|&tap| whole(tap) != 0)
                        .map_or(0, |t| t + 1);
                    assert!(w.first[o] + used <= input, "the window lies in the input");
                }
            }
        }
    }
}

/// A filter by the formula of its definition.
fn kernel(filter: Filter, x: f64) -> f64 {
    use std::f64::consts::PI;
    let sinc = |x: f64| {
        if x == 0.0 {
            1.0
        } else {
            (x * PI).sin() / (x * PI)
        }
    };
    let a = x.abs();
    match filter {
        Filter::Box => f64::from(u8::from(x > -0.5 && x <= 0.5)),
        Filter::Bilinear => (1.0 - a).max(0.0),
        Filter::Hamming if a < 1.0 => sinc(a) * (0.54 + 0.46 * (a * PI).cos()),
        Filter::Bicubic if a < 1.0 => 1.5 * a.powi(3) - 2.5 * a.powi(2) + 1.0,
        Filter::Bicubic if a < 2.0 => -0.5 * a.powi(3) + 2.5 * a.powi(2) - 4.0 * a + 2.0,
        Filter::Lanczos if a < 3.0 => sinc(a) * sinc(a / 3.0),
        _ => 0.0,
    }
}

/// Output `o` of an axis in `f64`, not rounded; every input is asked for its weight, not only those of a window.
fn by_definition(filter: Filter, inputs: &[u8], outputs: usize, o: usize) -> f64 {
    let scale = inputs.len() as f64 / outputs as f64;
    // In this order of operations ties of the box fall as they do in Pillow.
    let inverse = 1.0 / scale.max(1.0);
    let center = scale * (o as f64 + 0.5);
    // Its box is also cut off on the left, where rounding may leave out a tie that the kernel has.
    let first = match filter {
        Filter::Box => (center - scale.max(1.0) / 2.0 + 0.5) as usize,
        _ => 0,
    };
    let weight = |i: usize| kernel(filter, (i as f64 - center + 0.5) * inverse);
    let total: f64 = (first..inputs.len()).map(weight).sum();
    let sum: f64 = (first..inputs.len())
        .map(|i| weight(i) * f64::from(inputs[i]))
        .sum();
    (sum / total).clamp(0.0, 255.0)
}

#[test]
fn each_pass_rounds_what_the_definition_gives() {
    let mut rng = Rng::with_seed(8);
    for round in 0..300 {
        let image = image(&mut rng, 24);
        let (width, height) = (rng.usize(1..=24), rng.usize(1..=24));
        let filter = FILTERS[round % 5];
        let across = resize(&image, (width, image.height), filter, Exact::Pillow);
        let down = resize(&across, (width, height), filter, Exact::Pillow);
        assert_eq!(resize(&image, (width, height), filter, Exact::Pillow), down);
        let column = |image: &Image, x: usize, c: usize| -> Vec<u8> {
            let values = image.data.iter().skip(x * 3 + c);
            values.step_by(image.width * 3).copied().collect()
        };
        for c in 0..3 {
            for (y, row) in image.data.chunks_exact(image.width * 3).enumerate() {
                let row: Vec<u8> = row.iter().skip(c).step_by(3).copied().collect();
                for x in 0..width {
                    let got = f64::from(across.data[(y * width + x) * 3 + c]);
                    let want = by_definition(filter, &row, width, x);
                    assert!((got - want).abs() < 0.501, "{filter:?}: {want}, got {got}");
                }
            }
            for x in 0..width {
                let values = column(&across, x, c);
                for (y, got) in column(&down, x, c).into_iter().enumerate() {
                    let want = by_definition(filter, &values, height, y);
                    let far = (f64::from(got) - want).abs();
                    assert!(far < 0.501, "{filter:?}: {want}, got {got}");
                }
            }
        }
    }
}

#[test]
fn very_tall_pictures_are_made_lower_first() {
    let mut rng = Rng::with_seed(10);
    let mut differing = 0;
    for height in 195..=205 {
        let data = (0..2 * height * 3).map(|_| rng.u8(..)).collect();
        let image = Image {
            width: 2,
            height,
            data,
        };
        let (size, filter) = ((5, 90), Filter::Bicubic);
        let across_first = resize(&image, size, filter, Exact::Pillow);
        let lower = resize(&image, (2, 90), filter, Exact::Pillow);
        let down_first = resize(&lower, size, filter, Exact::Pillow);
        differing += usize::from(across_first != down_first);
        let want = if height > 200 {
            down_first
        } else {
            across_first
        };
        assert_eq!(resize_as_pillow(&image, size, filter), want, "{height}");
        // A picture that grows keeps the order.
        let grown = resize(&image, (5, 300), filter, Exact::Pillow);
        assert_eq!(resize_as_pillow(&image, (5, 300), filter), grown);
    }
    assert!(differing > 8, "the orders differ");
}

#[test]
fn the_nearest_pixel_lies_below_the_middle() {
    let mut rng = Rng::with_seed(9);
    for _ in 0..100 {
        let image = image(&mut rng, 50);
        let (width, height) = (rng.usize(1..=50), rng.usize(1..=50));
        let got = nearest(&image, width, height);
        for (i, pixel) in got.data.chunks_exact(3).enumerate() {
            // In integers: floor((2 o + 1) * input / (2 output)).
            let x = (2 * (i % width) + 1) * image.width / (2 * width);
            let y = (2 * (i / width) + 1) * image.height / (2 * height);
            // A middle on the border of two pixels falls to either.
            let on_border = ((2 * (i % width) + 1) * image.width).is_multiple_of(2 * width)
                || ((2 * (i / width) + 1) * image.height).is_multiple_of(2 * height);
            let at = (y * image.width + x) * 3;
            assert!(on_border || pixel == &image.data[at..at + 3]);
        }
    }
}

#[test]
fn the_square_holds_the_picture_in_its_middle() {
    let mut rng = Rng::with_seed(6);
    for _ in 0..50 {
        let image = image(&mut rng, 9);
        let square = to_square(&image, [1, 2, 3]);
        let side = image.width.max(image.height);
        assert_eq!(
            (square.width, square.height, square.data.len()),
            (side, side, side * side * 3)
        );
        let (left, top) = ((side - image.width) / 2, (side - image.height) / 2);
        for (i, got) in square.data.chunks_exact(3).enumerate() {
            let (x, y) = ((i % side).wrapping_sub(left), (i / side).wrapping_sub(top));
            let inside = x < image.width && y < image.height;
            let want = if inside {
                &image.data[(y * image.width + x) * 3..][..3]
            } else {
                &[1, 2, 3][..]
            };
            assert_eq!(got, want);
        }
    }
}

#[test]
fn a_crop_undoes_a_border() {
    let mut rng = Rng::with_seed(7);
    for _ in 0..100 {
        let image = image(&mut rng, 12);
        let border = Border {
            left: rng.usize(..5),
            top: rng.usize(..5),
            right: rng.usize(..5),
            bottom: rng.usize(..5),
        };
        let color = [9, 8, 7];
        let padded = pad(&image, border, color);
        assert_eq!(
            (padded.width, padded.height),
            (
                image.width + border.left + border.right,
                image.height + border.top + border.bottom
            )
        );
        let columns = border.left..border.left + image.width;
        let rows = border.top..border.top + image.height;
        assert_eq!(crop(&padded, columns.clone(), rows.clone()), image);
        for (i, pixel) in padded.data.chunks_exact(3).enumerate() {
            let (x, y) = (i % padded.width, i / padded.width);
            assert!((columns.contains(&x) && rows.contains(&y)) || pixel == color);
        }
    }
}
