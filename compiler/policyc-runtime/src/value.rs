//! Values as the evaluator sees them.
//!
//! A value is small and borrowed: from the event, from the policy, or by number from the scratch memory in which
//! structured and computed texts live. Absent and unknown are values like others; nothing here turns one of them into
//! a guess.

use policyc_facets::{Email, Host, Network, PathText, Url};

use crate::num::Decimal;
use crate::policy::{ConstId, Risk, ShapeId, ToolId, Unit};
use crate::reading::Reading;
use crate::wire::Json;

/// Why a value is not known: a fragment of a sentence.
pub(crate) type Why = &'static str;

/// Why an absent value is not known.
pub(crate) const ABSENT: Why = "it is absent";
/// Why nothing is known any more.
pub(crate) const TOO_MANY_STEPS: Why = "the decision took too many steps";
/// Why a value of a union's other branch is not known.
pub(crate) const OTHER_KIND: Why = "it is of another kind than what it is compared with";

/// A value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'c> {
    Unknown(Why),
    Absent,
    Bool(bool),
    Num(i128, Unit),
    Text(&'c str),
    /// A text in the scratch memory.
    Computed(Slot),
    /// What came over the wire, or a default; and its declared type, if that is one.
    Wire(Json<'c>, Option<ShapeId>),
    /// A list or record of the policy.
    Const(ConstId),
    /// The tags of a tool.
    Tags(ToolId),
    /// A structured text in the scratch memory.
    Read(Slot),
    /// A structured constant.
    ConstRead(ConstId),
    /// A part of what a reader found in a text: a text, a structured text, a list or a record.
    Part(Slot, u32),
}

/// A place in the scratch memory that belongs to one term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(pub u32);

impl Slot {
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A structured text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Structure {
    Url(Url),
    Host(Host),
    Network(Network),
    Email(Email),
    Path(PathText),
    /// Some path below this folder whose last part fits a pattern.
    Below(PathText, String),
    /// Some path below the folder that `~` stands for, or that folder; its last part fits a pattern.
    Home(String),
    /// What a reader found in a text.
    Reading(Reading),
}

impl Structure {
    /// As people write it.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Url(url) => url.to_string(),
            Self::Host(host) => host.to_string(),
            Self::Network(net) => format!("{}/{}", net.address(), net.prefix()),
            Self::Email(email) => email.to_string(),
            Self::Path(path) => path.to_string(),
            Self::Below(folder, _) => format!("{}/*", folder.to_string().trim_end_matches('/')),
            Self::Home(last) => format!("~/…/{last}"),
            Self::Reading(reading) => reading.show(reading.root()),
        }
    }
}

impl Value<'_> {
    /// The number that it is, if it is one.
    pub(crate) fn number(&self) -> Option<(i128, Unit)> {
        if let Self::Num(n, unit) = self { Some((*n, *unit)) } else { None }
    }

    /// Why it is not known, if it is not: an absent value is not known either.
    pub(crate) fn why(&self) -> Option<Why> {
        match self {
            Self::Unknown(why) => Some(why),
            Self::Absent => Some(ABSENT),
            Self::Bool(_) | Self::Num(..) | Self::Text(_) | Self::Computed(_) | Self::Wire(..) => None,
            Self::Const(_) | Self::Tags(_) | Self::Read(_) | Self::ConstRead(_) | Self::Part(..) => None,
        }
    }
}

/// A risk as a number that can be compared.
pub(crate) fn risk_rank(risk: Risk) -> i128 {
    match risk {
        Risk::Read => 0,
        Risk::Modify => 1,
        Risk::External => 2,
        Risk::Delete => 3,
    }
}

/// Whether a number is one that its unit can hold.
fn fits(n: i128, unit: Unit) -> bool {
    match unit {
        Unit::Count | Unit::Duration | Unit::Time => i64::try_from(n).is_ok(),
        Unit::Decimal | Unit::Money(_) => true,
    }
}

/// A number, unless its unit cannot hold it.
pub(crate) fn number<'c>(n: Option<i128>, unit: Unit) -> Value<'c> {
    match n {
        Some(n) if fits(n, unit) => Value::Num(n, unit),
        Some(_) | None => Value::Unknown("the number does not fit"),
    }
}

const NO_NUMBER: Why = "it is no number of the kind that is needed";

/// The sum.
pub(crate) fn add<'c>((a, of_a): (i128, Unit), (b, of_b): (i128, Unit)) -> Value<'c> {
    let unit = match (of_a, of_b) {
        (Unit::Time, Unit::Duration) | (Unit::Duration, Unit::Time) => Unit::Time,
        (Unit::Time, Unit::Time) => return Value::Unknown(NO_NUMBER),
        (a, b) if a == b => a,
        _ => return Value::Unknown(NO_NUMBER),
    };
    number(a.checked_add(b), unit)
}

/// The difference.
pub(crate) fn sub<'c>((a, of_a): (i128, Unit), (b, of_b): (i128, Unit)) -> Value<'c> {
    let unit = match (of_a, of_b) {
        (Unit::Time, Unit::Duration) => Unit::Time,
        (Unit::Time, Unit::Time) => Unit::Duration,
        (a, b) if a == b => a,
        _ => return Value::Unknown(NO_NUMBER),
    };
    number(a.checked_sub(b), unit)
}

/// The product.
pub(crate) fn mul<'c>((a, of_a): (i128, Unit), (b, of_b): (i128, Unit)) -> Value<'c> {
    let exact = || Decimal::from_raw(a).checked_mul(Decimal::from_raw(b)).map(Decimal::raw);
    match (of_a, of_b) {
        (_, Unit::Time) | (Unit::Time, _) => Value::Unknown(NO_NUMBER),
        (Unit::Count, unit) | (unit, Unit::Count) => number(a.checked_mul(b), unit),
        (Unit::Decimal, Unit::Decimal) => number(exact(), Unit::Decimal),
        (Unit::Decimal, money @ Unit::Money(_)) | (money @ Unit::Money(_), Unit::Decimal) => number(exact(), money),
        _ => Value::Unknown(NO_NUMBER),
    }
}

/// The negated number.
pub(crate) fn neg<'c>((a, unit): (i128, Unit)) -> Value<'c> {
    if unit == Unit::Time { Value::Unknown(NO_NUMBER) } else { number(a.checked_neg(), unit) }
}

/// A count as a decimal.
pub(crate) fn to_decimal<'c>((a, unit): (i128, Unit)) -> Value<'c> {
    match unit {
        Unit::Count => number(i64::try_from(a).ok().map(|n| Decimal::from_int(n).raw()), Unit::Decimal),
        Unit::Decimal => Value::Num(a, unit),
        Unit::Money(_) | Unit::Duration | Unit::Time => Value::Unknown(NO_NUMBER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::SCALE;
    use crate::policy::StrId;

    fn shown(value: Value<'_>) -> Option<(i128, Unit)> {
        value.number()
    }

    #[test]
    fn what_does_not_fit_is_unknown() {
        let max = i128::from(i64::MAX);
        assert_eq!(shown(add((max, Unit::Count), (1, Unit::Count))), None);
        assert_eq!(shown(add((max - 1, Unit::Count), (1, Unit::Count))), Some((max, Unit::Count)));
        assert_eq!(shown(sub((-2, Unit::Count), (max, Unit::Count))), None);
        assert_eq!(shown(mul((max, Unit::Count), (2, Unit::Count))), None);
        assert_eq!(shown(neg((i128::from(i64::MIN), Unit::Count))), None);
        assert_eq!(shown(add((i128::MAX, Unit::Decimal), (1, Unit::Decimal))), None);
    }

    #[test]
    fn units_are_kept_apart() {
        let usd = Unit::Money(StrId(0));
        assert_eq!(shown(add((1, usd), (1, Unit::Money(StrId(1))))), None);
        assert_eq!(shown(add((5, Unit::Time), (2, Unit::Duration))), Some((7, Unit::Time)));
        assert_eq!(shown(sub((5, Unit::Time), (2, Unit::Time))), Some((3, Unit::Duration)));
        assert_eq!(shown(mul((3, Unit::Count), (SCALE, usd))), Some((3 * SCALE, usd)));
        assert_eq!(shown(mul((SCALE / 2, Unit::Decimal), (SCALE, usd))), Some((SCALE / 2, usd)));
        assert_eq!(shown(mul((SCALE, usd), (SCALE, usd))), None);
        assert_eq!(shown(to_decimal((2, Unit::Count))), Some((2 * SCALE, Unit::Decimal)));
    }
}
