//! Ids: no two alike, without remembering any.

use fastrand::Rng;

const CONSONANTS: &[u8; 21] = b"BCDFGHJKLMNPQRSTVWXYZ";
/// Three digits and four consonants.
const OWN_IDS: u64 = 1_000 * 21 * 21 * 21 * 21;
/// Seven digits.
const PARTNER_IDS: u64 = 10_000_000;

/// Turns the number of an offer into an id.
///
/// It multiplies by a prime that does not divide the count of ids and adds a start, so numbers
/// below that count never meet.
pub(super) struct Ids {
    own_start: u64,
    partner_start: u64,
}

impl Ids {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self { own_start: rng.u64(..OWN_IDS), partner_start: rng.u64(..PARTNER_IDS) }
    }

    pub(super) fn id(&self, number: u64, by_partner: bool) -> Box<str> {
        if by_partner { self.of_partner(number) } else { self.own(number) }
    }

    fn of_partner(&self, number: u64) -> Box<str> {
        let place = (number % PARTNER_IDS * 7_393_913 + self.partner_start) % PARTNER_IDS;
        let (mut id, mut rest) = (*b"0000000", place);
        for digit in id.iter_mut().rev() {
            *digit = b'0' + low_byte(rest % 10);
            rest /= 10;
        }
        boxed(&id)
    }

    fn own(&self, number: u64) -> Box<str> {
        let place = (number % OWN_IDS * 73_939_133 + self.own_start) % OWN_IDS;
        let (mut id, mut rest) = (*b"0000000", place);
        for letter in id.iter_mut().skip(3) {
            *letter = CONSONANTS[usize::from(low_byte(rest % 21))];
            rest /= 21;
        }
        for digit in id.iter_mut().take(3) {
            *digit = b'0' + low_byte(rest % 10);
            rest /= 10;
        }
        boxed(&id)
    }
}

fn low_byte(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

fn boxed(id: &[u8]) -> Box<str> {
    id.iter().copied().map(char::from).collect::<String>().into_boxed_str()
}
