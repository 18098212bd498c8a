//! Three-valued truth, seen from the safe side.

/// What is known of a condition: it may be true, it must be true.
///
/// INVARIANT: `must` implies `may`. True is both, false neither, unknown `may` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Truth {
    may: bool,
    must: bool,
}

impl Truth {
    /// Known to be true.
    pub const TRUE: Self = Self { may: true, must: true };
    /// Known to be false.
    pub const FALSE: Self = Self { may: false, must: false };
    /// Not known.
    pub const UNKNOWN: Self = Self { may: true, must: false };

    /// From two bits; whatever must be true may be true.
    pub const fn new(may: bool, must: bool) -> Self {
        Self { may: may || must, must }
    }

    /// True or false.
    pub const fn known(value: bool) -> Self {
        Self { may: value, must: value }
    }

    /// It may be true: what restricts asks this.
    pub const fn may(self) -> bool {
        self.may
    }

    /// It must be true: what grants asks this.
    pub const fn must(self) -> bool {
        self.must
    }

    /// Neither true nor false.
    pub const fn is_unknown(self) -> bool {
        self.may && !self.must
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { may: self.may && other.may, must: self.must && other.must }
    }

    /// At least one.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self { may: self.may || other.may, must: self.must || other.must }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        Self { may: !self.must, must: !self.may }
    }
}
