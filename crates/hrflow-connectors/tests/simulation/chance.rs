//! Draws from one number: the same number, the same draws.

use std::ops::Range;

use fastrand::Rng;

/// A stream of draws. One made for another purpose draws something else.
#[derive(Clone, Debug)]
pub(crate) struct Chance(Rng);

impl Chance {
    /// The draws of a number.
    pub(crate) fn of(number: u64) -> Self {
        Self(Rng::with_seed(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED))
    }

    /// A stream of its own, so that one who draws more or less does not disturb the others.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// Whether something of so many per mille happens.
    pub(crate) fn happens(&mut self, per_mille: u32) -> bool {
        self.0.u32(..1000) < per_mille
    }

    pub(crate) fn between(&mut self, range: Range<u64>) -> u64 {
        self.0.u64(range)
    }

    pub(crate) fn size(&mut self, range: Range<usize>) -> usize {
        self.0.usize(range)
    }

    pub(crate) fn among<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.0.usize(..all.len())]
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.u64(..)
    }
}
