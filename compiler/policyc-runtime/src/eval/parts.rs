//! Parts of what a reader found in a text: fields of its records, members of its lists.
//!
//! A part is a value like any other; one that the reader could not tell is unknown. Lists and records are asked for
//! their parts and never compared as a whole.

use super::Evaluator;
use crate::policy::Read;
use crate::reading::{Node, Reading};
use crate::value::{OTHER_KIND, Slot, Structure, Value};

impl<'c> Evaluator<'c, '_> {
    /// The tree that was read into a place.
    pub(super) fn reading(&self, slot: Slot) -> Option<&Reading> {
        match self.scratch.slot(slot)?.structure.as_ref()? {
            Structure::Reading(reading) => Some(reading),
            Structure::Url(_) | Structure::Host(_) | Structure::Network(_) | Structure::Email(_) => None,
            Structure::Path(_) | Structure::Below(..) | Structure::Home(_) => None,
        }
    }

    /// The part that a value is: its tree, and where in it.
    fn part(&self, value: &Value<'c>) -> Option<(Slot, u32, &Reading)> {
        match value {
            Value::Part(slot, id) => Some((*slot, *id, self.reading(*slot)?)),
            Value::Read(slot) => self.reading(*slot).map(|reading| (*slot, reading.root(), reading)),
            Value::Unknown(_) | Value::Absent | Value::Bool(_) | Value::Num(..) | Value::Text(_) => None,
            Value::Computed(_) | Value::Wire(..) | Value::Const(_) | Value::Tags(_) | Value::ConstRead(_) => None,
        }
    }

    /// A part as a value.
    fn as_value(reading: &Reading, slot: Slot, id: u32) -> Value<'c> {
        match reading.node(id) {
            None => Value::Unknown(OTHER_KIND),
            Some(Node::Unknown(why)) => Value::Unknown(why),
            Some(Node::Bool(value)) => Value::Bool(*value),
            Some(Node::Text(_) | Node::Structure(_) | Node::List(_) | Node::Record(_)) => Value::Part(slot, id),
        }
    }

    /// A field of a part that is a record; absent if it has none of that name.
    pub(super) fn part_field(&self, of: &Value<'c>, name: &str) -> Value<'c> {
        let Some((slot, id, reading)) = self.part(of) else { return Value::Unknown(OTHER_KIND) };
        match reading.node(id) {
            Some(Node::Record(_)) => {
                reading.field(id, name).map_or(Value::Absent, |id| Self::as_value(reading, slot, id))
            }
            Some(Node::Unknown(_) | Node::Bool(_) | Node::Text(_) | Node::Structure(_) | Node::List(_)) | None => {
                Value::Unknown(OTHER_KIND)
            }
        }
    }

    /// Whether a part that is a record has a field of this name.
    pub(super) fn part_has(&self, of: &Value<'c>, name: &str) -> Option<bool> {
        let (_, id, reading) = self.part(of)?;
        matches!(reading.node(id), Some(Node::Record(_))).then(|| reading.field(id, name).is_some())
    }

    /// The members of a part that is a list, the values of one that is a record.
    pub(super) fn part_members(&self, of: &Value<'c>) -> Option<Vec<Value<'c>>> {
        let (slot, id, reading) = self.part(of)?;
        let items = reading.items(id)?;
        Some(items.into_iter().map(|item| Self::as_value(reading, slot, item)).collect())
    }

    /// How many members a part has.
    pub(super) fn part_len(&self, of: &Value<'c>) -> Option<usize> {
        let (_, id, reading) = self.part(of)?;
        reading.items(id).map(|items| items.len())
    }

    /// A part that is read as a type: the reader has given it its own.
    pub(super) fn read_part(&self, of: Value<'c>, how: Read) -> Value<'c> {
        let fits = match how {
            Read::Text => self.text(&of).is_some(),
            Read::Url | Read::Host | Read::Ip | Read::Cidr | Read::Email | Read::Path => self.structure(&of).is_some(),
            Read::Int | Read::Decimal | Read::Money(_) | Read::Bool | Read::Duration | Read::Time => false,
            Read::Sql(_) | Read::Shell => false,
        };
        if fits { of } else { Value::Unknown(OTHER_KIND) }
    }

    /// A part as people read it.
    pub(crate) fn show_part(&self, value: &Value<'c>) -> Option<String> {
        self.part(value).map(|(_, id, reading)| reading.show(id))
    }
}
