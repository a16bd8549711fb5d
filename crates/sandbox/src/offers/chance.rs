//! Draws that fall as often as they do among recorded offers.

use fastrand::Rng;

/// Whether something of this many per cent happens.
pub(super) fn happens(per_cent: u8, rng: &mut Rng) -> bool {
    rng.u8(..100) < per_cent
}

/// One of a list, the first ones more often.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the lists are short"
)]
pub(super) fn skewed<'a, T>(list: &'a [T], rng: &mut Rng) -> &'a T {
    let place = list.len() as f64 * rng.f64().powf(1.5);
    &list[(place as usize).min(list.len() - 1)]
}
