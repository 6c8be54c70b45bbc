use crate::script::is_word_char;

/// Bits in which the fingerprints of near-duplicates may differ. More would join posts that
/// share a template but name different places; fewer would let one added word tell copies apart.
const MAX_DISTANCE: u32 = 3;

/// Hashes a normalised text so that similar texts get similar hashes: simhash (Charikar 2002)
/// over windows of four characters; punctuation counts as one blank.
///
/// Give it [`NormalizedText::text`](crate::NormalizedText::text), in which case, accents and
/// links are gone already.
#[must_use]
pub fn fingerprint(folded: &str) -> u64 {
    let mut tally = Tally::default();
    let mut window = 0;
    let mut n_chars = 0u32;
    let mut has_gap = false;
    let mut take = |c: u32| {
        window = (window << 16) | u64::from(c & 0xFFFF);
        n_chars += 1;
        if n_chars >= 4 {
            tally.add(mix(window));
        }
    };
    for c in folded.chars() {
        if !is_word_char(c) {
            has_gap = true;
            continue;
        }
        if std::mem::take(&mut has_gap) {
            take(u32::from(' '));
        }
        take(u32::from(c));
    }
    if n_chars < 4 {
        return mix(window);
    }
    tally.majority()
}

/// Whether two fingerprints are of texts that differ at most in details.
#[must_use]
pub fn is_near_duplicate(a: u64, b: u64) -> bool {
    (a ^ b).count_ones() <= MAX_DISTANCE
}

/// The finaliser of SplitMix64: every input bit reaches every output bit.
const fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// 64 counters side by side: plane `k` holds the k-th binary digit of each. Hashes are added
/// four at a time, so that the higher digits are touched once for four: a few operations a hash
/// instead of 64 additions.
#[derive(Default)]
struct Tally {
    planes: [u64; 20],
    waiting: [u64; 4],
    n_added: u32,
}

impl Tally {
    /// As many hashes as the planes can count; a longer text is known by its beginning.
    const MOST: u32 = (1 << 20) - 4;

    fn add(&mut self, hash: u64) {
        if self.n_added >= Self::MOST {
            return;
        }
        let at = (self.n_added % 4) as usize;
        if let Some(slot) = self.waiting.get_mut(at) {
            *slot = hash;
        }
        self.n_added += 1;
        if at == 3 {
            self.add_waiting();
        }
    }

    fn add_waiting(&mut self) {
        let [a, b, c, d] = std::mem::take(&mut self.waiting);
        let [ones, twos, higher @ ..] = &mut self.planes;
        let (sum, carry_ab) = full_add(*ones, a, b);
        let (sum, carry_cd) = full_add(sum, c, d);
        *ones = sum;
        let (sum, mut carry) = full_add(*twos, carry_ab, carry_cd);
        *twos = sum;
        // Digit k is touched only when the counters may have reached 2^k.
        let n_digits = (u32::BITS - self.n_added.leading_zeros()) as usize;
        for plane in higher.iter_mut().take(n_digits.saturating_sub(2)) {
            let overflow = *plane & carry;
            *plane ^= carry;
            carry = overflow;
        }
    }

    /// A bit is set where more than half of the hashes had it.
    fn majority(mut self) -> u64 {
        self.add_waiting();
        let half = self.n_added / 2;
        let mut greater = 0u64;
        let mut equal = u64::MAX;
        for (k, plane) in self.planes.iter().enumerate().rev() {
            if half >> k & 1 == 1 {
                equal &= plane;
            } else {
                greater |= equal & plane;
                equal &= !plane;
            }
        }
        greater
    }
}

/// Adds three binary digits in each of 64 columns: sum and carry.
const fn full_add(a: u64, b: u64, c: u64) -> (u64, u64) {
    let half = a ^ b;
    (half ^ c, (a & b) | (half & c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_like_64_counters() {
        let hashes: Vec<u64> = (0..37).map(mix).collect();
        let mut tally = Tally::default();
        hashes.iter().for_each(|hash| tally.add(*hash));
        let expected = (0..64u32)
            .filter(|bit| hashes.iter().filter(|hash| *hash >> bit & 1 == 1).count() > 18)
            .fold(0, |sum, bit| sum | 1u64 << bit);
        assert_eq!(tally.majority(), expected);
    }

    #[test]
    fn copies_with_other_punctuation_are_near_duplicates_and_other_posts_are_not() {
        let a =
            fingerprint("whatsapp e giu in tutta italia, non si caricano i messaggi da stasera");
        let b =
            fingerprint("whatsapp e giu in tutta italia non si caricano i messaggi da stasera!!!");
        let c = fingerprint("stasera vado al cinema con gli amici, poi forse una pizza da mario");
        assert!(is_near_duplicate(a, b));
        assert!(!is_near_duplicate(a, c));
        assert!(!is_near_duplicate(fingerprint("down"), fingerprint("up")));
    }
}
