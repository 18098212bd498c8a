//! JSON Schema as types, for one tool.
//!
//! A schema may say its type in several places at once (`type`, `enum`, `$ref`, `allOf`, `anyOf`, `oneOf`); what all
//! of them admit is the type. References are followed within the document, as deep and as often as the limits allow;
//! one that leads back to itself is `json` from there on.

use std::collections::BTreeSet;
use std::sync::Arc;

use policyc_diag::Severity;
use policyc_runtime::wire::{Json, Kind};

use super::join::{both, either, optional};
use super::{SchemaProblem, sorted};
use crate::data::{At, typed};
use crate::hir::{Field, RecordTy, Ty};
use crate::lower::strip_optional;

/// How deep schemas may lie in schemas, references followed.
const MAX_DEPTH: usize = 48;
/// How many schemas one tool may have, references followed.
const MAX_SCHEMAS: usize = 20_000;

/// What a schema admits: values of a type, and perhaps null.
#[derive(Clone)]
struct Admits {
    /// `None`: nothing but null.
    ty: Option<Ty>,
    null: bool,
}

impl Admits {
    const fn of(ty: Ty) -> Self {
        Self { ty: Some(ty), null: false }
    }

    /// What says nothing.
    fn anything() -> Self {
        Self::of(Ty::Json)
    }

    fn into_type(self) -> Ty {
        match (self.ty, self.null) {
            (Some(ty), false) => ty,
            (Some(ty), true) => optional(ty),
            (None, _) => optional(Ty::Json),
        }
    }

    fn either(all: impl IntoIterator<Item = Self>) -> Self {
        let (mut types, mut null) = (Vec::new(), false);
        for one in all {
            null |= one.null;
            types.extend(one.ty);
        }
        Self { ty: (!types.is_empty()).then(|| either(types)), null }
    }

    /// `None` if no type says that.
    fn both(self, other: Self) -> Option<Self> {
        match (self.ty, other.ty) {
            (Some(Ty::Json), ty) => Some(Self { ty, null: other.null }),
            (ty, Some(Ty::Json)) => Some(Self { ty, null: self.null }),
            (Some(a), Some(b)) => both(a, b).map(|ty| Self { ty: Some(ty), null: self.null && other.null }),
            (None, _) | (_, None) => Some(Self { ty: None, null: self.null && other.null }),
        }
    }
}

/// Reads one schema document.
pub(super) struct Reader<'d, 'p> {
    root: Json<'d>,
    tool: &'d str,
    problems: &'p mut Vec<SchemaProblem>,
    /// Where we are.
    path: Vec<String>,
    /// The references that are being followed.
    following: Vec<&'d str>,
    /// How many schemas of this document may still be read, and of the whole file.
    left: usize,
    left_of_file: &'p mut usize,
}

impl<'d, 'p> Reader<'d, 'p> {
    pub(super) fn new(
        root: Json<'d>,
        tool: &'d str,
        key: &'static str,
        left_of_file: &'p mut usize,
        problems: &'p mut Vec<SchemaProblem>,
    ) -> Self {
        let path = vec![key.to_owned()];
        Self { root, tool, problems, path, following: Vec::new(), left: MAX_SCHEMAS, left_of_file }
    }

    /// The arguments of the tool, and whether others are admitted; `None` if the schema is of no object.
    pub(super) fn arguments(&mut self) -> Option<(Vec<Field>, bool)> {
        // MCP servers and OpenAI write `{}` for a tool without arguments.
        if self.root.kind() == Kind::Object && self.root.is_empty() {
            return Some((Vec::new(), false));
        }
        let ty = self.schema(self.root, true).into_type();
        if let Ty::Record(record) = strip_optional(&ty) {
            return Some((record.fields.clone(), record.open));
        }
        self.report(Severity::Error, "the arguments of a tool are an object, and this schema does not say so");
        None
    }

    /// The type that the whole document describes.
    pub(super) fn whole(&mut self) -> Ty {
        self.schema(self.root, false).into_type()
    }

    fn report(&mut self, severity: Severity, message: impl Into<String>) {
        let path = self.path.join("/");
        let problem = SchemaProblem { severity, tool: self.tool.to_owned(), path, message: message.into() };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn under<T>(&mut self, key: impl Into<String>, then: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key.into());
        let value = then(self);
        self.path.pop();
        value
    }

    /// `is_args`: this is the object that holds a tool's arguments.
    fn schema(&mut self, schema: Json<'d>, is_args: bool) -> Admits {
        if self.path.len() + self.following.len() > 2 * MAX_DEPTH || self.left == 0 || *self.left_of_file == 0 {
            self.report(Severity::Error, "the schema is too large once its references are followed");
            return Admits::anything();
        }
        self.left -= 1;
        *self.left_of_file -= 1;
        match schema.kind() {
            Kind::Bool(true) => return Admits::anything(),
            Kind::Bool(false) => {
                self.report(Severity::Error, "`false` admits nothing, so no call could ever fit");
                return Admits::anything();
            }
            Kind::Object => {}
            Kind::Null | Kind::Number(_) | Kind::Text(_) | Kind::List => {
                self.report(Severity::Error, "a schema is an object, `true` or `false`");
                return Admits::anything();
            }
        }
        let mut parts = vec![self.own(schema, is_args)];
        if let Some(target) = schema.get("$ref") {
            parts.push(self.reference(target, is_args));
        }
        for (key, _) in schema.entries().filter(|(key, _)| matches!(*key, "$dynamicRef" | "$recursiveRef")) {
            self.report(Severity::Warning, format!("`{key}` is not followed; it is read as `json`"));
        }
        for (i, part) in schema.get("allOf").into_iter().flat_map(Json::items).enumerate() {
            parts.push(self.under(format!("allOf/{i}"), |me| me.schema(part, is_args)));
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(branches) = schema.get(key) {
                let all = branches.items().enumerate();
                let all: Vec<Admits> =
                    all.map(|(i, b)| self.under(format!("{key}/{i}"), |me| me.schema(b, is_args))).collect();
                // A branch that says no type admits every type, and so narrows nothing.
                if !all.is_empty() && !all.iter().any(|a| a.ty == Some(Ty::Json)) {
                    parts.push(Admits::either(all));
                }
            }
        }
        let mut admitted = Some(Admits::anything());
        for part in parts {
            admitted = admitted.and_then(|before| before.both(part));
        }
        let mut admitted = admitted.unwrap_or_else(|| {
            self.report(Severity::Warning, "these types together have no name here; it is read as `json`");
            Admits::anything()
        });
        if schema.get("nullable").and_then(Json::bool) == Some(true) {
            admitted.null = true;
        }
        admitted
    }

    /// What `type`, `enum` and `const` say, with the keywords that belong to the type.
    fn own(&mut self, schema: Json<'d>, is_args: bool) -> Admits {
        let named = match schema.get("type") {
            Some(ty) if ty.kind() == Kind::List => {
                let all: Vec<Admits> = ty.items().map(|ty| self.named(schema, ty, is_args)).collect();
                Admits::either(all)
            }
            Some(ty) => self.named(schema, ty, is_args),
            None => {
                let says = |keys: &[&str]| keys.iter().any(|key| schema.get(key).is_some());
                if says(&["properties", "required", "additionalProperties", "patternProperties"]) {
                    Admits::of(self.object(schema, is_args))
                } else if says(&["items", "prefixItems"]) {
                    Admits::of(self.array(schema))
                } else {
                    Admits::anything()
                }
            }
        };
        let values: Option<Vec<Json<'d>>> = match (schema.get("const"), schema.get("enum")) {
            (Some(only), _) => Some(vec![only]),
            (None, Some(all)) => Some(all.items().collect()),
            (None, None) => None,
        };
        let Some(values) = values else { return named };
        if values.is_empty() {
            self.report(Severity::Error, "an `enum` without values admits nothing");
            return named;
        }
        let listed = Self::values(&values);
        named.clone().both(listed).unwrap_or_else(|| {
            self.report(Severity::Warning, "the values of `enum` are not of the `type`; the `type` counts");
            named
        })
    }

    /// The type of some values: texts are an enum, others keep only their type.
    fn values(values: &[Json<'d>]) -> Admits {
        let mut texts: Vec<String> = Vec::new();
        let mut all: Vec<Admits> = Vec::new();
        for value in values {
            all.push(match value.kind() {
                Kind::Text(text) => {
                    if !texts.iter().any(|t| t == text) {
                        texts.push(text.to_owned());
                    }
                    continue;
                }
                Kind::Null => Admits { ty: None, null: true },
                Kind::Bool(_) => Admits::of(Ty::Bool),
                Kind::Number(_) if policyc_runtime::read::int(*value).is_some() => Admits::of(Ty::Int),
                Kind::Number(_) => Admits::of(Ty::Decimal),
                Kind::List => Admits::of(Ty::List(Arc::new(Ty::Json))),
                Kind::Object => Admits::of(Ty::Map(Arc::new(Ty::Json))),
            });
        }
        if !texts.is_empty() {
            all.push(Admits::of(Ty::Enum(texts.into())));
        }
        Admits::either(all)
    }

    fn named(&mut self, schema: Json<'d>, name: Json<'d>, is_args: bool) -> Admits {
        let ty = match name.text() {
            Some("string") => Self::text(schema),
            Some("number") => Ty::Decimal,
            Some("integer") => Ty::Int,
            Some("boolean") => Ty::Bool,
            Some("object") => self.object(schema, is_args),
            Some("array") => self.array(schema),
            Some("null") => return Admits { ty: None, null: true },
            Some(other) => {
                self.report(Severity::Error, format!("`{other}` is no type of JSON Schema"));
                Ty::Json
            }
            None => {
                self.report(Severity::Error, "`type` is the name of a type, or a list of names");
                Ty::Json
            }
        };
        Admits::of(ty)
    }

    fn text(schema: Json<'d>) -> Ty {
        match schema.get("format").and_then(Json::text) {
            Some("uri" | "url" | "iri") => Ty::Url,
            Some("email" | "idn-email") => Ty::Email,
            Some("ipv4" | "ipv6" | "ip") => Ty::Ip,
            Some("hostname" | "idn-hostname") => Ty::Host,
            // The one format that RFC 3339 and the wire spell alike; `date`, `time` and `duration` stay texts.
            Some("date-time") => Ty::Time,
            Some(_) | None => Ty::Text,
        }
    }

    fn array(&mut self, schema: Json<'d>) -> Ty {
        let items = schema.get("items");
        let is_tuple = schema.get("prefixItems").is_some() || items.is_some_and(|i| i.kind() == Kind::List);
        let of = match items {
            _ if is_tuple => {
                self.report(Severity::Warning, "a list with a type for each place is read as a list of `json`");
                Ty::Json
            }
            Some(items) => self.under("items", |me| me.schema(items, false)).into_type(),
            None => Ty::Json,
        };
        let is_set = schema.get("uniqueItems").and_then(Json::bool) == Some(true);
        if is_set { Ty::Set(Arc::new(of)) } else { Ty::List(Arc::new(of)) }
    }

    fn object(&mut self, schema: Json<'d>, is_args: bool) -> Ty {
        let required: BTreeSet<&str> =
            schema.get("required").into_iter().flat_map(Json::items).filter_map(Json::text).collect();
        let mut fields = Vec::new();
        for (name, property) in schema.get("properties").into_iter().flat_map(Json::entries) {
            let field =
                self.under(format!("properties/{name}"), |me| me.field(name, property, required.contains(name)));
            fields.push(field);
        }
        // A key that must be there and is not described may hold anything.
        for name in required {
            if !fields.iter().any(|f| f.name == name) {
                let span = policyc_diag::Span::default();
                fields.push(Field { name: name.to_owned(), ty: Ty::Json, default: None, span });
            }
        }
        let additional = schema.get("additionalProperties");
        let patterns = schema.get("patternProperties").filter(|p| !p.is_empty());
        let is_map = fields.is_empty() && !is_args && schema.get("properties").is_none();
        let closed = additional.is_some_and(|a| a.bool() == Some(false));
        if is_map && !closed && patterns.is_none() {
            let of = match additional {
                Some(of) => self.under("additionalProperties", |me| me.schema(of, false)).into_type(),
                None => Ty::Json,
            };
            return Ty::Map(Arc::new(of));
        }
        if let (true, true, Some(patterns)) = (is_map, closed, patterns) {
            let all: Vec<Admits> = patterns
                .entries()
                .map(|(key, of)| self.under(format!("patternProperties/{key}"), |me| me.schema(of, false)))
                .collect();
            return Ty::Map(Arc::new(Admits::either(all).into_type()));
        }
        let open = patterns.is_some() || (additional.is_some() && !closed);
        Ty::Record(Arc::new(RecordTy { fields: sorted(fields), open }))
    }

    fn field(&mut self, name: &str, property: Json<'d>, required: bool) -> Field {
        let ty = self.schema(property, false).into_type();
        let stated = property.get("default").filter(|d| !required && !d.is_null());
        let mut found = Vec::new();
        let default = stated.and_then(|d| typed(d, strip_optional(&ty), &At::Root, &mut found));
        let default = default.filter(|_| found.is_empty());
        if stated.is_some() && default.is_none() {
            self.report(Severity::Warning, "the default is not of the property's type and does not count");
        }
        let ty = if required || default.is_some() { ty } else { optional(ty) };
        Field { name: name.to_owned(), ty, default, span: policyc_diag::Span::default() }
    }

    fn reference(&mut self, target: Json<'d>, is_args: bool) -> Admits {
        let Some(pointer) = target.text() else {
            self.report(Severity::Error, "`$ref` is a text");
            return Admits::anything();
        };
        if self.following.contains(&pointer) {
            self.report(Severity::Warning, format!("`{pointer}` contains itself; from there on it is read as `json`"));
            return Admits::anything();
        }
        let Some(found) = self.find(pointer) else {
            let is_local = pointer.starts_with('#');
            let (severity, message) = if is_local {
                (Severity::Error, format!("`{pointer}` is not in this schema"))
            } else {
                (Severity::Warning, format!("`{pointer}` is another document; it is read as `json`"))
            };
            self.report(severity, message);
            return Admits::anything();
        };
        self.following.push(pointer);
        let admitted = self.schema(found, is_args);
        self.following.pop();
        admitted
    }

    /// What a JSON pointer such as `#/$defs/Address` points at.
    fn find(&self, pointer: &str) -> Option<Json<'d>> {
        let path = pointer.strip_prefix('#')?;
        let mut at = self.root;
        for step in path.split('/').skip(1) {
            let key = percent_decoded(step)?.replace("~1", "/").replace("~0", "~");
            at = match at.kind() {
                Kind::List => at.items().nth(key.parse().ok()?)?,
                Kind::Object => at.get(&key)?,
                Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => return None,
            };
        }
        // `#name` is an anchor, which is not looked for.
        (path.is_empty() || path.starts_with('/')).then_some(at)
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        if b != b'%' {
            bytes.push(b);
            continue;
        }
        let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}
