//! Telephone codings of 8 bits; source: ITU-T G.711.

/// 16-bit value of an A-law byte.
pub fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (segment, step) = ((byte >> 4) & 7, i16::from(byte & 15));
    let magnitude = match segment {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (segment - 1),
    };
    if byte & 0x80 == 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// 16-bit value of a mu-law byte.
pub fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let (segment, step) = ((byte >> 4) & 7, i16::from(byte & 15));
    let magnitude = (((step << 3) + 0x84) << segment) - 0x84;
    if byte & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G.711's own encoder, slow: the nearest of the values that decode.
    fn nearest(decode: fn(u8) -> i16, value: i16) -> u8 {
        (0..=255)
            .min_by_key(|&byte| (i32::from(decode(byte)) - i32::from(value)).abs())
            .expect("there are bytes")
    }

    #[test]
    fn known_values() {
        // The ends and the middle of G.711's tables, scaled to 16 bits.
        assert_eq!([0x00, 0x7f, 0x80, 0xff].map(mu_law), [-32124, 0, 32124, 0]);
        assert_eq!([0x55, 0xd5, 0x2a, 0xaa].map(a_law), [-8, 8, -32256, 32256]);
    }

    #[test]
    fn codes_are_odd_and_monotone() {
        for decode in [a_law, mu_law] {
            for byte in 0..128u8 {
                assert_eq!(decode(byte), -decode(byte | 0x80));
            }
            let mut values: Vec<i16> = (0..=255).map(decode).collect();
            values.sort_unstable();
            values.dedup();
            assert!(values.len() >= 255);
            for value in (-32000..32000).step_by(97) {
                let back = decode(nearest(decode, value));
                assert!(
                    (i32::from(back) - i32::from(value)).abs() <= 16 + i32::from(value).abs() / 30
                );
            }
        }
    }
}
