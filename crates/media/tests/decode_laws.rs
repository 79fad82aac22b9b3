//! Decoding: transparency, orientation, hostile bytes. Pixels are compared with Pillow's in the repository's own tests.

use fastrand::Rng;
use limbus_media::alpha::Alpha;
use limbus_media::decode::decode;
use limbus_media::error::ImageErrorKind;
use limbus_media::exif::{is_turned, orientation, upright};
use std::fs;
use std::path::PathBuf;

fn pictures() -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/testdata/image");
    let endings = ["png", "jpg", "webp", "gif", "bmp"];
    let is_picture = |p: &PathBuf| {
        p.extension()
            .is_some_and(|e| endings.iter().any(|known| e == *known))
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder")
        .map(|e| e.expect("an entry").path())
        .filter(is_picture)
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|p| fs::read(p).expect("a picture"))
        .collect()
}

#[test]
fn white_shows_through_to_the_nearest_level() {
    for c in 0..=255u8 {
        for a in 0..=255u8 {
            let exact = (f64::from(c) * f64::from(a) + 255.0 * f64::from(255 - a)) / 255.0;
            assert_eq!(
                f64::from(Alpha::White.flatten([c, 0, 0, a])[0]),
                exact.round(),
                "{c} at {a}"
            );
            assert_eq!(Alpha::Drop.flatten([c, 1, 2, a]), [c, 1, 2]);
        }
    }
}

#[test]
fn orientations_put_row_and_column_zero_where_exif_says() {
    // Stored, 3 wide and 2 high: abc / def.
    let stored: Vec<u8> = "abcdef".bytes().flat_map(|b| [b; 3]).collect();
    let cases = [
        "abc/def", "cba/fed", "fed/cba", "def/abc", "ad/be/cf", "da/eb/fc", "fc/eb/da", "cf/be/ad",
    ];
    for (o, want) in (1..).zip(cases) {
        let (width, height, pixels) = upright(stored.clone(), 3, 2, o);
        let rows: Vec<String> = pixels
            .chunks_exact(width * 3)
            .map(|row| row.iter().step_by(3).map(|&b| b as char).collect())
            .collect();
        assert_eq!(
            (rows.join("/").as_str(), rows.len()),
            (want, height),
            "orientation {o}"
        );
        assert_eq!(width == 2, is_turned(o));
    }
}

#[test]
fn broken_exif_is_no_orientation() {
    let block = |bytes: &[u8]| orientation(Some(bytes), None);
    let good = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0";
    assert_eq!(block(good), 6);
    assert_eq!(
        block(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0"),
        8
    );
    for length in 0..good.len() {
        assert_eq!(block(&good[..length]), 1, "cut to {length}");
    }
    for value in [0, 1, 9, 255] {
        let mut bytes = *good;
        bytes[19] = value;
        assert_eq!(block(&bytes), 1, "value {value}");
    }
    assert_eq!(block(b"MM\0*\xff\xff\xff\xff\0\x01"), 1);
}

#[test]
fn hostile_bytes_never_panic() {
    let mut rng = Rng::with_seed(1);
    let pictures = pictures();
    assert!(pictures.len() > 50);
    let (mut decoded, mut refused) = (0, 0);
    for round in 0..8000 {
        let mut bytes = pictures[round % pictures.len()].clone();
        match rng.u8(..3) {
            0 => bytes.truncate(rng.usize(..bytes.len())),
            1 => (0..rng.usize(1..=20)).for_each(|_| {
                let at = rng.usize(..bytes.len());
                bytes[at] = rng.u8(..);
            }),
            _ => {
                let (a, b) = (rng.usize(..bytes.len()), rng.usize(..bytes.len()));
                bytes.drain(a.min(b)..a.max(b));
            }
        }
        match decode(&bytes, 1 << 18, Alpha::White) {
            Ok(image) => {
                assert_eq!(image.data.len(), image.width * image.height * 3);
                decoded += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(
        decoded > 100 && refused > 100,
        "{decoded} decoded, {refused} refused"
    );
}

#[test]
fn hostile_sampling_factors_never_panic() {
    let mut rng = Rng::with_seed(9);
    let (mut decoded, mut refused) = (0, 0);
    for bytes in pictures() {
        let frame = bytes
            .windows(4)
            .position(|w| matches!(w, [0xff, 0xc0..=0xc2, 0, 11 | 17 | 20]));
        let Some(frame) = frame.filter(|_| bytes.starts_with(&[0xff, 0xd8])) else {
            continue;
        };
        for _ in 0..400 {
            let mut bytes = bytes.clone();
            for component in 0..usize::from(bytes[frame + 9]) {
                bytes[frame + 11 + 3 * component] = rng.u8(..5) * 16 + rng.u8(..5);
            }
            match decode(&bytes, 1 << 18, Alpha::White) {
                Ok(image) => {
                    assert_eq!(image.data.len(), image.width * image.height * 3);
                    decoded += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind, ImageErrorKind::Invalid);
                    refused += 1;
                }
            }
        }
    }
    assert!(
        decoded > 300 && refused > 300,
        "{decoded} decoded, {refused} refused"
    );
}

#[test]
fn the_pixel_limit_comes_before_decoding() {
    for bytes in pictures() {
        let image = decode(&bytes, u64::MAX, Alpha::White).expect("a picture");
        let pixels = (image.width * image.height) as u64;
        assert!(decode(&bytes, pixels, Alpha::White).is_ok());
        let error = decode(&bytes, pixels - 1, Alpha::White).expect_err("over the limit");
        assert_eq!(error.kind, ImageErrorKind::TooLarge);
    }
}
