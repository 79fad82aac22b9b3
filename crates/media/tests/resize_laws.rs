//! Resizing: windows are parts of the whole, and the whole is near an exact convolution. Bytes are compared with
//! torchvision's in the repository's own tests.

use limbus_media::crop::crop;
use limbus_media::decode::Image;
use limbus_media::filter::{Filter, weights};
use limbus_media::pad::{Border, pad, to_square};
use limbus_media::resize::{resize, resize_window};

const FILTERS: [Filter; 3] = [Filter::Bilinear, Filter::Bicubic, Filter::Lanczos];

struct Lcg(u32);
impl Lcg {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % n
    }
    fn image(&mut self, most: usize) -> Image {
        let (width, height) = (1 + self.below(most), 1 + self.below(most));
        let data = (0..width * height * 3)
            .map(|_| self.below(256) as u8)
            .collect();
        Image {
            width,
            height,
            data,
        }
    }
    fn filter(&mut self) -> Filter {
        FILTERS[self.below(3)]
    }
}

#[test]
fn a_window_is_a_part_of_the_whole() {
    let mut rng = Lcg(4);
    for _ in 0..300 {
        let image = rng.image(60);
        let (width, height) = (1 + rng.below(60), 1 + rng.below(60));
        let filter = rng.filter();
        let whole = resize(&image, width, height, filter);
        let (left, top) = (rng.below(width), rng.below(height));
        let (right, bottom) = (
            left + 1 + rng.below(width - left),
            top + 1 + rng.below(height - top),
        );
        let part = resize_window(&image, (width, height), left..right, top..bottom, filter);
        let rows = whole
            .data
            .chunks_exact(width * 3)
            .skip(top)
            .take(bottom - top);
        let want: Vec<u8> = rows
            .flat_map(|row| row[left * 3..right * 3].to_vec())
            .collect();
        assert_eq!(
            (part.width, part.height, part.data),
            (right - left, bottom - top, want)
        );
    }
}

#[test]
fn plain_pictures_stay_plain_and_equal_sizes_stay_equal() {
    let mut rng = Lcg(5);
    for _ in 0..100 {
        let mut image = rng.image(40);
        assert_eq!(
            resize(&image, image.width, image.height, rng.filter()),
            image
        );
        let color = [rng.below(256) as u8, 0, 255];
        image.data = color.repeat(image.width * image.height);
        let (width, height) = (1 + rng.below(90), 1 + rng.below(90));
        let resized = resize(&image, width, height, rng.filter());
        assert!(
            resized.data.chunks_exact(3).all(|p| p == color),
            "{color:?}"
        );
    }
}

#[test]
fn weights_sum_to_one_within_their_rounding() {
    for filter in FILTERS {
        for input in 1..40 {
            for output in 1..40 {
                let w = weights(filter, input, output, 0..output);
                for (o, row) in w.weights.chunks_exact(w.taps).enumerate() {
                    let sum: i64 = row.iter().map(|&w| i64::from(w)).sum();
                    assert!((sum - (1 << w.precision)).unsigned_abs() <= w.taps as u64 / 2 + 1);
                    let used = row.iter().rposition(|&w| w != 0).map_or(0, |last| last + 1);
                    assert!(w.first[o] + used <= input, "the window lies in the input");
                }
            }
        }
    }
}

#[test]
fn the_square_holds_the_picture_in_its_middle() {
    let mut rng = Lcg(6);
    for _ in 0..50 {
        let image = rng.image(9);
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
    let mut rng = Lcg(7);
    for _ in 0..100 {
        let image = rng.image(12);
        let border = Border {
            left: rng.below(5),
            top: rng.below(5),
            right: rng.below(5),
            bottom: rng.below(5),
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
