//! Philox 4x32-10, a counter-based generator: the draw at a position is a function of seed and position alone.
//!
//! Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).

const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
const KEY_STEPS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Ten rounds over a counter block.
pub fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let products = [
            u64::from(MULTIPLIERS[0]) * u64::from(counter[0]),
            u64::from(MULTIPLIERS[1]) * u64::from(counter[2]),
        ];
        let (high, low) = (
            products.map(|p| (p >> 32) as u32),
            products.map(|p| p as u32),
        );
        counter = [
            high[1] ^ counter[1] ^ key[0],
            low[1],
            high[0] ^ counter[3] ^ key[1],
            low[0],
        ];
        key = [
            key[0].wrapping_add(KEY_STEPS[0]),
            key[1].wrapping_add(KEY_STEPS[1]),
        ];
    }
    counter
}

/// The uniform number in [0, 1), 53 bits of it, that decides the token at `position`.
///
/// Key: (seed, 0); counter: (position, 0, 0, 0); the number is made of the first two words, the second one leading.
pub fn uniform(seed: u32, position: u32) -> f64 {
    let block = philox4x32_10([position, 0, 0, 0], [seed, 0]);
    let bits = (u64::from(block[1]) << 32) | u64::from(block[0]);
    (bits >> 11) as f64 / (1u64 << 53) as f64
}
