//! Base64, in which a `tokenizer.json` holds the table of `Precompiled`.

const NO_DIGIT: u8 = u8::MAX;
/// Values of the digits of base64.
const BASE64: [u8; 256] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < digits.len() {
        values[digits[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Bytes of base64 with padding.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits.bytes() {
        let value = BASE64[usize::from(digit)];
        if value == NO_DIGIT {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_and_what_is_none_is_refused() {
        assert_eq!(
            decode_base64("AAECAw==").as_deref(),
            Some(&[0, 1, 2, 3][..])
        );
        assert_eq!(decode_base64("+/8=").as_deref(), Some(&[0xfb, 0xff][..]));
        assert_eq!(decode_base64("").as_deref(), Some(&[][..]));
        for text in ["A", "AAA", "A===", "AA A", "AAAé"] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }
}
