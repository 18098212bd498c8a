//! Whether a call fits what the policy declares: its tool, arguments, labels, the agent's attributes.
//!
//! Nothing is converted and nothing is guessed: a value is of its declared shape or the call is refused, with the
//! path of the value, what it is, and what was expected. A key that differs only by case from a declared one is
//! refused wherever a declared one could stand, also where undeclared keys are admitted.

use crate::{
    event::{Call, confusable},
    hash,
    policy::{Field, Policy, Shape, ShapeId, StrId, ToolId},
    quick, read,
    refusal::{Refusal, RefusalCode, escaped, quoted},
    wire::{Digits, Json, Kind},
};

/// What a policy must know of a call before it can decide on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// `session`
    pub session: bool,
    /// `agent.id`
    pub agent: bool,
    /// `agent.tenant`
    pub tenant: bool,
    /// `task`
    pub task: bool,
    /// `at`
    pub time: bool,
}

impl Need {
    /// What either needs.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            session: self.session || other.session,
            agent: self.agent || other.agent,
            tenant: self.tenant || other.tenant,
            task: self.task || other.task,
            time: self.time || other.time,
        }
    }
}

/// What is derived once from a policy so that `admit` is fast: needs of calls, an index of tools.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Of every call.
    pub always: Need,
    /// Beyond that, of calls of one tool; tools past its end need nothing more.
    pub by_tool: Vec<Need>,
    index: ToolIndex,
    /// Of labels, of attributes, and of records by shape.
    labels: Prints,
    attributes: Prints,
    records: Vec<Prints>,
}

/// What is derived from some fields: where to look for a key, and how many are required.
#[derive(Clone, Debug, Default)]
struct Prints {
    /// By place: a print and which field has it. At least half of the places are free; a clash goes to the next.
    places: Box<[Option<(u32, u32)>]>,
    required: usize,
}

/// Tells keys apart, so that few are compared as text.
fn print_of(key: &str) -> u32 {
    u32::try_from(quick::hash_bytes(key.as_bytes()) >> 32).unwrap_or(0)
}

/// The places at which a print can be, one after the other; `size` is a power of two.
#[inline]
fn places_of(size: usize, print: u32) -> impl Iterator<Item = usize> {
    let mask = size.wrapping_sub(1);
    let start = usize::try_from(print).unwrap_or(0);
    (0..size).map(move |step| start.wrapping_add(step) & mask)
}

fn prints(policy: &Policy, fields: &[Field]) -> Prints {
    let size = fields.len().saturating_mul(2).checked_next_power_of_two().unwrap_or(0);
    let mut places = vec![None; size];
    for (field, number) in fields.iter().zip(0_u32..) {
        let print = print_of(policy.text(field.name));
        for place in places_of(size, print) {
            if let Some(free @ None) = places.get_mut(place) {
                *free = Some((print, number));
                break;
            }
        }
    }
    Prints { places: places.into(), required: required(fields) }
}

fn required(fields: &[Field]) -> usize {
    fields.iter().filter(|f| f.required).count()
}

impl Needs {
    /// For a policy; whoever knows its rules fills in `always` and `by_tool`.
    pub fn new(policy: &Policy) -> Self {
        let of_shape = |shape: &Shape| match shape {
            Shape::Record { fields, .. } => prints(policy, fields),
            Shape::Bool | Shape::Int | Shape::Decimal | Shape::Money(_) | Shape::Text | Shape::Enum(_) => {
                Prints::default()
            }
            Shape::Duration | Shape::Time | Shape::List(_) | Shape::Set(_) | Shape::Map(_) => Prints::default(),
            Shape::Union(_) | Shape::Optional(_) | Shape::Json => Prints::default(),
        };
        Self {
            always: Need::default(),
            by_tool: Vec::new(),
            index: ToolIndex::new(policy),
            labels: prints(policy, &policy.labels),
            attributes: prints(policy, &policy.attributes),
            records: policy.shapes.iter().map(of_shape).collect(),
        }
    }

    /// What a call of this tool needs.
    pub fn of(&self, tool: ToolId) -> Need {
        self.always.or(self.by_tool.get(tool.index()).copied().unwrap_or_default())
    }

    /// The tool of this name.
    pub fn tool(&self, policy: &Policy, name: &str) -> Option<ToolId> {
        self.index.find(policy, name)
    }
}

/// Tool names, hashed into a table that is at least twice as large; a clash goes to the next free place. The names
/// are the policy's, not the call's, so nobody can make it slow from outside.
#[derive(Clone, Debug, Default)]
struct ToolIndex {
    places: Vec<Option<ToolId>>,
}

impl ToolIndex {
    fn new(policy: &Policy) -> Self {
        let size = policy.tools.len().saturating_mul(2).max(1).checked_next_power_of_two().unwrap_or(1);
        let mut index = Self { places: vec![None; size] };
        for (n, tool) in (0_u32..).zip(&policy.tools) {
            let start = name_hash(policy.text(tool.name));
            let free = (0..size).map(|i| start.wrapping_add(i) & size.wrapping_sub(1));
            for place in free {
                if let Some(slot @ None) = index.places.get_mut(place) {
                    *slot = Some(ToolId(n));
                    break;
                }
            }
        }
        index
    }

    fn find(&self, policy: &Policy, name: &str) -> Option<ToolId> {
        let mask = self.places.len().wrapping_sub(1);
        let start = name_hash(name);
        for i in 0..self.places.len() {
            let id = (*self.places.get(start.wrapping_add(i) & mask)?)?;
            if policy.tools.get(id.index()).is_some_and(|tool| policy.text(tool.name) == name) {
                return Some(id);
            }
        }
        None
    }
}

/// FNV-1a.
fn name_hash(name: &str) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    usize::try_from((hash ^ (hash >> 32)) & 0xffff_ffff).unwrap_or(0)
}

/// Whether the call fits: its tool, then what it needs, its arguments, its labels, the agent's attributes, its marks.
///
/// # Errors
/// The first thing that does not fit.
pub fn admit(policy: &Policy, needs: &Needs, call: &Call<'_>) -> Result<ToolId, Refusal> {
    admit_seeing(policy, needs, call, |_, _, _| {})
}

/// A key of a call, where it was found.
#[derive(Clone, Copy)]
pub(crate) enum Key<'k> {
    /// The argument that stands there in the tool's type.
    Argument(usize),
    /// An argument that the tool admits, but does not declare.
    Other(&'k str),
    /// The label that stands there in the policy.
    Label(usize),
}

/// As `admit`; hands out every argument and every declared label that came, in a call that may yet be refused.
pub(crate) fn admit_seeing<'c>(
    policy: &Policy,
    needs: &Needs,
    call: &Call<'c>,
    mut see: impl FnMut(ToolId, Key<'_>, Json<'c>),
) -> Result<ToolId, Refusal> {
    let id = needs.tool(policy, call.tool);
    let Some((id, tool)) = id.and_then(|id| Some((id, policy.tools.get(id.index())?))) else {
        return Err(Refusal::new(
            RefusalCode::UnknownTool,
            format!("the tool {} is not declared by the policy", quoted(call.tool)),
        ));
    };
    let need = needs.of(id);
    for (needed, there, code, what) in [
        (need.session, call.session.is_some(), RefusalCode::MissingSession, "`session`"),
        (need.agent, call.agent_id.is_some(), RefusalCode::MissingAgent, "`agent.id`"),
        (need.tenant, call.tenant.is_some(), RefusalCode::MissingTenant, "`agent.tenant`"),
        (need.task, call.task.is_some(), RefusalCode::MissingTask, "`task`"),
        (need.time, call.at.is_some(), RefusalCode::MissingTime, "`at`"),
    ] {
        if needed && !there {
            return Err(Refusal::new(code, format!("the policy needs {what}, and the call does not have it")));
        }
    }
    let mut check = Check { policy, records: &needs.records, steps: STEPS, trying: false };
    if let Shape::Record { fields, open } = check.shape(tool.args)? {
        let declared = check.declared(tool.args, fields);
        check.record(declared, *open, call.args, Path::root("args"), |place, key, value| {
            see(id, place.map_or(Key::Other(key), Key::Argument), value);
        })?;
    } else {
        check.value(tool.args, call.args, Path::root("args"))?;
    }
    let labels = Declared::of(&policy.labels, &needs.labels);
    check.facts(labels, call.labels, "labels", RefusalCode::MissingLabel, |place, value| {
        see(id, Key::Label(place), value);
    })?;
    let attributes = Declared::of(&policy.attributes, &needs.attributes);
    check.facts(attributes, call.agent, "agent", RefusalCode::MissingAgent, |_, _| {})?;
    if let Some(marks) = call.marks {
        check.marks(tool.args, marks)?;
    }
    if let Some(roles) = call.roles {
        check.roles(roles)?;
    }
    Ok(id)
}

/// Whether a value has a shape; `what` is what messages call it.
///
/// # Errors
/// The first thing that does not fit.
pub fn validate(policy: &Policy, shape: ShapeId, value: Json<'_>, what: &str) -> Result<(), Refusal> {
    Check { policy, records: &[], steps: STEPS, trying: false }.value(shape, value, Path::root(what))
}

/// How many comparisons of a value with a shape one call may cost: unions of lists of unions try every branch.
const STEPS: u32 = 2_000_000;

/// Where a value stands, for messages; nothing is written before there is something to say.
#[derive(Clone, Copy)]
struct Path<'p> {
    step: Step<'p>,
    within: Option<&'p Path<'p>>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Name(&'p str),
    Item(usize),
}

impl<'p> Path<'p> {
    fn root(what: &'p str) -> Self {
        Self { step: Step::Name(what), within: None }
    }

    fn name(&'p self, name: &'p str) -> Self {
        Self { step: Step::Name(name), within: Some(self) }
    }

    fn item(&'p self, n: usize) -> Self {
        Self { step: Step::Item(n), within: Some(self) }
    }

    fn shown(&self) -> String {
        let mut steps = vec![self.step];
        let mut within = self.within;
        while let Some(path) = within {
            steps.push(path.step);
            within = path.within;
        }
        let mut out = String::new();
        for step in steps.iter().rev() {
            match step {
                Step::Name(name) if out.is_empty() => out.push_str(name),
                Step::Name(name) => {
                    out.push('.');
                    out.push_str(name);
                }
                Step::Item(n) => out.push_str(&format!("[{n}]")),
            }
        }
        quoted_path(&out)
    }
}

/// A path can be longer than other text of an event before it is shortened: its end is what matters.
fn quoted_path(path: &str) -> String {
    const MOST: usize = 160;
    let count = path.chars().count();
    let tail: String = path.chars().skip(count.saturating_sub(MOST)).collect();
    let shown = escaped(&tail);
    if count > MOST { format!("`…{shown}`") } else { format!("`{shown}`") }
}

/// The fields of a record, where to look for them if that is known, and how many are required.
#[derive(Clone, Copy)]
struct Declared<'p> {
    fields: &'p [Field],
    prints: Option<&'p Prints>,
    required: usize,
}

impl<'p> Declared<'p> {
    fn of(fields: &'p [Field], prints: &'p Prints) -> Self {
        Self { fields, prints: Some(prints), required: prints.required }
    }
}

struct Check<'p> {
    policy: &'p Policy,
    /// By shape; none where a value is checked on its own.
    records: &'p [Prints],
    steps: u32,
    /// A branch of a union is tried: nobody reads why it does not fit.
    trying: bool,
}

impl<'p> Check<'p> {
    fn declared(&self, id: ShapeId, fields: &'p [Field]) -> Declared<'p> {
        match self.records.get(id.index()) {
            Some(prints) => Declared::of(fields, prints),
            None => Declared { fields, prints: None, required: required(fields) },
        }
    }

    fn shape(&self, id: ShapeId) -> Result<&'p Shape, Refusal> {
        let shape = self.policy.shapes.get(id.index());
        shape.ok_or_else(|| Refusal::new(RefusalCode::BadPolicy, "the policy has a shape that is not there"))
    }

    /// Whether the value is a scalar that fits: what nearly every argument and label is.
    #[inline]
    fn fits_at_once(&self, id: ShapeId, value: Json<'_>) -> bool {
        match self.policy.shapes.get(id.index()) {
            Some(Shape::Text) => value.is_text(),
            Some(Shape::Int) => read::int(value).is_some(),
            Some(Shape::Bool) => value.bool().is_some(),
            Some(Shape::Enum(names)) => value.text().is_some_and(|text| self.is_among(names, text)),
            Some(Shape::Json) => true,
            // A type without the `?` has none of its own, so this goes no deeper.
            Some(Shape::Optional(inner))
                if !matches!(self.policy.shapes.get(inner.index()), Some(Shape::Optional(_))) =>
            {
                value.is_null() || self.fits_at_once(*inner, value)
            }
            Some(Shape::Decimal | Shape::Money(_) | Shape::Duration | Shape::Time | Shape::Optional(_)) => false,
            Some(Shape::List(_) | Shape::Set(_) | Shape::Map(_) | Shape::Record { .. } | Shape::Union(_)) | None => {
                false
            }
        }
    }

    /// Whether the value fits; the depth of values and of shapes is limited, so this recursion is.
    fn value(&mut self, id: ShapeId, value: Json<'_>, path: Path<'_>) -> Result<(), Refusal> {
        let Some(left) = self.steps.checked_sub(1) else {
            return Err(Refusal::new(RefusalCode::LimitSteps, "too many unions have to be tried"));
        };
        self.steps = left;
        let shape = self.shape(id)?;
        let kind = value.kind();
        let fits = match (shape, kind) {
            (Shape::Json, _) => true,
            (Shape::Bool, kind) => matches!(kind, Kind::Bool(_)),
            (Shape::Int, Kind::Number(raw)) => {
                let fits = read::int(value).is_some();
                if !fits && Digits::of(raw).exponent() >= 0 {
                    return Err(self.does_not_fit(raw, "an integer of 64 bits", path));
                }
                fits
            }
            (Shape::Decimal, Kind::Number(raw)) if read::decimal(value).is_none() => {
                return Err(self.does_not_fit(raw, "a decimal with 18 digits behind the point", path));
            }
            (Shape::Money(_), Kind::Number(raw)) if read::decimal(value).is_none() => {
                return Err(self.does_not_fit(raw, "an amount with 18 digits behind the point", path));
            }
            (Shape::Duration, Kind::Number(raw)) if read::duration(value).is_none() => {
                return Err(self.does_not_fit(raw, "a duration in nanoseconds of 64 bits", path));
            }
            (Shape::Int, _) => false,
            (Shape::Decimal, _) => read::decimal(value).is_some(),
            (Shape::Money(currency), _) => read::money(value, self.policy.text(*currency)).is_some(),
            (Shape::Text, kind) => matches!(kind, Kind::Text(_)),
            (Shape::Enum(names), Kind::Text(text)) => self.is_among(names, text),
            (Shape::Enum(_), _) => false,
            (Shape::Duration, _) => read::duration(value).is_some(),
            (Shape::Time, _) => read::time(value).is_some(),
            (Shape::List(item), Kind::List) => {
                self.items(*item, value, path)?;
                true
            }
            (Shape::Set(item), Kind::List) => {
                self.items(*item, value, path)?;
                if let Some(again) = repeated(value) {
                    let message = || format!("{} is a set and has {} twice", path.shown(), shown(again));
                    return Err(self.refuse(RefusalCode::WrongType, message));
                }
                true
            }
            (Shape::List(_) | Shape::Set(_), _) => false,
            (Shape::Map(item), Kind::Object) => {
                for (key, value) in value.entries() {
                    self.value(*item, value, path.name(key))?;
                }
                true
            }
            (Shape::Map(_), _) => false,
            (Shape::Record { fields, open }, Kind::Object) => {
                self.record(self.declared(id, fields), *open, value, path, |_, _, _| {})?;
                true
            }
            (Shape::Record { .. }, _) => false,
            (Shape::Optional(_), Kind::Null) => true,
            (Shape::Optional(inner), _) => return self.value(*inner, value, path),
            (Shape::Union(branches), _) => self.union(branches, value, path)?,
        };
        if fits { Ok(()) } else { Err(self.wrong_type(shape, value, path)) }
    }

    /// Whether some branch fits; only running out of steps is more than "no".
    fn union(&mut self, branches: &[ShapeId], value: Json<'_>, path: Path<'_>) -> Result<bool, Refusal> {
        let outer = std::mem::replace(&mut self.trying, true);
        let mut nearest = None;
        for branch in branches {
            match self.value(*branch, value, path) {
                Ok(()) => {
                    self.trying = outer;
                    return Ok(true);
                }
                Err(refusal) if matches!(refusal.code, RefusalCode::LimitSteps | RefusalCode::BadPolicy) => {
                    return Err(refusal);
                }
                // A branch of the right kind says more than "none of these".
                Err(refusal) if refusal.code != RefusalCode::WrongType => nearest = nearest.or(Some(*branch)),
                Err(_) => {}
            }
        }
        self.trying = outer;
        nearest.map_or(Ok(false), |branch| self.value(branch, value, path).map(|()| true))
    }

    /// A refusal; nothing is written while a branch of a union is only tried.
    fn refuse(&self, code: RefusalCode, message: impl FnOnce() -> String) -> Refusal {
        Refusal { code, message: if self.trying { String::new() } else { message() } }
    }

    fn items(&mut self, item: ShapeId, list: Json<'_>, path: Path<'_>) -> Result<(), Refusal> {
        for (n, value) in list.items().enumerate() {
            self.value(item, value, path.item(n))?;
        }
        Ok(())
    }

    /// Hands every entry to `see`, with the place of its field if it has one.
    fn record<'c>(
        &mut self,
        declared: Declared<'p>,
        open: bool,
        object: Json<'c>,
        path: Path<'_>,
        mut see: impl FnMut(Option<usize>, &str, Json<'c>),
    ) -> Result<(), Refusal> {
        let fields = declared.fields;
        let mut required = 0_usize;
        for (key, value) in object.entries() {
            let found = self.field(declared, key);
            see(found.map(|(place, _)| place), key, value);
            match found {
                Some((_, field)) => {
                    if !self.fits_at_once(field.shape, value) {
                        self.value(field.shape, value, path.name(key))?;
                    }
                    required = required.saturating_add(usize::from(field.required));
                }
                None => {
                    self.no_twin(fields, key, path)?;
                    if !open {
                        return Err(self.undeclared(fields, key, path));
                    }
                }
            }
        }
        // Keys are unique, so as many required fields as there are means all of them.
        if required == declared.required {
            return Ok(());
        }
        let missing = self.first_missing(fields, Some(object));
        Err(self.refuse(RefusalCode::MissingArgument, || format!("{} is missing", path.name(missing).shown())))
    }

    /// Labels or attributes: what is not declared is ignored, for nothing can ask for it; what is goes to `see`.
    fn facts<'c>(
        &mut self,
        declared: Declared<'p>,
        facts: Option<Json<'c>>,
        what: &str,
        missing: RefusalCode,
        mut see: impl FnMut(usize, Json<'c>),
    ) -> Result<(), Refusal> {
        let fields = declared.fields;
        if fields.is_empty() {
            return Ok(());
        }
        let path = Path::root(what);
        let mut required = 0_usize;
        if let Some(facts) = facts {
            for (key, value) in facts.entries() {
                match self.field(declared, key) {
                    Some((place, field)) => {
                        see(place, value);
                        if !self.fits_at_once(field.shape, value) {
                            self.value(field.shape, value, path.name(key))?;
                        }
                        required = required.saturating_add(usize::from(field.required));
                    }
                    None => self.no_twin(fields, key, path)?,
                }
            }
        }
        if required == declared.required {
            return Ok(());
        }
        let name = self.first_missing(fields, facts);
        Err(Refusal::new(missing, format!("{} is missing", path.name(name).shown())))
    }

    /// Marks that the host states belong to arguments of the tool; a mark that is not declared says nothing.
    fn marks(&self, args: ShapeId, marks: Json<'_>) -> Result<(), Refusal> {
        let Shape::Record { fields, open } = self.shape(args)? else { return Ok(()) };
        for (key, names) in marks.entries() {
            if self.field(self.declared(args, fields), key).is_none() {
                self.no_twin(fields, key, Path::root("marks"))?;
                if !open {
                    return Err(self.undeclared(fields, key, Path::root("marks")));
                }
            }
            for name in names.items().filter_map(Json::text) {
                self.no_spelling_of(name, "mark", self.policy.marks.iter().copied())?;
            }
        }
        Ok(())
    }

    /// Roles that the host states: one that differs from a declared one only by case would be no role.
    fn roles(&self, roles: Json<'_>) -> Result<(), Refusal> {
        let named = |name: &str| self.policy.roles.binary_search_by(|r| self.policy.text(r.name).cmp(name)).is_ok();
        let undeclared = roles.items().filter_map(Json::text).filter(|name| !named(name));
        let mut undeclared =
            undeclared.map(|name| self.no_spelling_of(name, "role", self.policy.roles.iter().map(|r| r.name)));
        undeclared.find(Result::is_err).unwrap_or(Ok(()))
    }

    /// Refuses a name that differs from a declared one only by case.
    fn no_spelling_of(&self, name: &str, what: &str, declared: impl Iterator<Item = StrId>) -> Result<(), Refusal> {
        let twin = declared.map(|id| self.policy.text(id)).find(|twin| *twin == name || confusable(twin, name));
        match twin.filter(|twin| *twin != name) {
            Some(twin) => Err(Refusal::new(
                RefusalCode::ConfusableKey,
                format!("the {what} {} differs from {} only by case", quoted(name), quoted(twin)),
            )),
            None => Ok(()),
        }
    }

    /// The declared field of this name and its place: by its print if those are there, else by halves.
    #[inline]
    fn field(&self, declared: Declared<'p>, key: &str) -> Option<(usize, &'p Field)> {
        let Declared { fields, prints, required: _ } = declared;
        let Some(Prints { places, .. }) = prints else {
            let at = fields.binary_search_by(|f| self.policy.text(f.name).cmp(key)).ok()?;
            return Some((at, fields.get(at)?));
        };
        let wanted = print_of(key);
        for place in places_of(places.len(), wanted) {
            let (print, number) = (*places.get(place)?)?;
            if print == wanted
                && let Some((at, field)) = usize::try_from(number).ok().and_then(|at| Some((at, fields.get(at)?)))
                && self.policy.text(field.name) == key
            {
                return Some((at, field));
            }
        }
        None
    }

    fn no_twin(&self, fields: &[Field], key: &str, path: Path<'_>) -> Result<(), Refusal> {
        let twin = fields.iter().map(|f| self.policy.text(f.name)).find(|name| confusable(name, key));
        let message = |twin: &str| {
            format!("the key {} in {} differs from {} only by case", quoted(key), path.shown(), quoted(twin))
        };
        twin.map_or(Ok(()), |twin| Err(self.refuse(RefusalCode::ConfusableKey, || message(twin))))
    }

    fn undeclared(&self, fields: &[Field], key: &str, path: Path<'_>) -> Refusal {
        let message = || {
            let names: Vec<_> = fields.iter().take(8).map(|f| format!("`{}`", self.policy.text(f.name))).collect();
            let known = match (names.len(), fields.len() > 8) {
                (0, _) => String::from("nothing"),
                (_, false) => names.join(", "),
                (_, true) => format!("{}, …", names.join(", ")),
            };
            format!("{} is not declared; declared: {known}", path.name(key).shown())
        };
        self.refuse(RefusalCode::UndeclaredArgument, message)
    }

    fn first_missing(&self, fields: &'p [Field], object: Option<Json<'_>>) -> &'p str {
        let absent = |f: &&Field| f.required && object.is_none_or(|o| o.get(self.policy.text(f.name)).is_none());
        fields.iter().find(absent).map_or("", |f| self.policy.text(f.name))
    }

    fn is_among(&self, names: &[StrId], text: &str) -> bool {
        names.iter().any(|name| self.policy.text(*name) == text)
    }

    fn wrong_type(&self, shape: &Shape, value: Json<'_>, path: Path<'_>) -> Refusal {
        let message = || format!("{} must be {}, and is {}", path.shown(), self.described(shape, 2), shown(value));
        self.refuse(RefusalCode::WrongType, message)
    }

    fn does_not_fit(&self, raw: &str, what: &str, path: Path<'_>) -> Refusal {
        let message = || format!("{} is {}, which does not fit {what}", path.shown(), quoted(raw));
        self.refuse(RefusalCode::BadNumber, message)
    }

    /// A shape in words, so many levels deep.
    fn described(&self, shape: &Shape, depth: u8) -> String {
        let inner = |id: &ShapeId| match (depth.checked_sub(1), self.policy.shapes.get(id.index())) {
            (Some(depth), Some(shape)) => self.described(shape, depth),
            _ => String::from("…"),
        };
        match shape {
            Shape::Bool => String::from("`true` or `false`"),
            Shape::Int => String::from("an integer"),
            Shape::Decimal => String::from("a decimal number"),
            Shape::Money(currency) => format!("an amount of {}", self.policy.text(*currency)),
            Shape::Text => String::from("a text"),
            Shape::Enum(names) => {
                let mut shown: Vec<_> = names.iter().take(8).map(|n| format!("`{}`", self.policy.text(*n))).collect();
                if names.len() > 8 {
                    shown.push(String::from("…"));
                }
                format!("one of {}", shown.join(", "))
            }
            Shape::Duration => String::from("a duration such as `90s`, or a number of seconds"),
            Shape::Time => String::from("a time as RFC 3339 spells it, with an offset"),
            Shape::List(item) => format!("a list, each member {}", inner(item)),
            Shape::Set(item) => format!("a list without repetition, each member {}", inner(item)),
            Shape::Map(item) => format!("an object, each value {}", inner(item)),
            Shape::Record { .. } => String::from("an object"),
            Shape::Union(branches) => branches.iter().map(inner).collect::<Vec<_>>().join(", or "),
            Shape::Optional(of) => format!("{}, or null", inner(of)),
            Shape::Json => String::from("anything"),
        }
    }
}

/// A value in a message: its kind, and itself if it is a scalar.
fn shown(value: Json<'_>) -> String {
    match value.kind() {
        Kind::Null => String::from("null"),
        Kind::Bool(value) => format!("`{value}`"),
        Kind::Number(raw) => format!("the number {}", quoted(raw)),
        Kind::Text(text) => format!("the text {}", quoted(text)),
        Kind::List => String::from("a list"),
        Kind::Object => String::from("an object"),
    }
}

/// A member of a list that is there twice. Many are compared by hash, so that this is not quadratic.
fn repeated(list: Json<'_>) -> Option<Json<'_>> {
    const FEW: usize = 12;
    if list.len() <= FEW {
        // Most are texts, and different ones.
        let mut seen = [0; FEW];
        let mut texts = 0_usize;
        for text in list.items().map_while(Json::text) {
            let hash = quick::hash_bytes(text.as_bytes());
            let before = seen.get(..texts).unwrap_or(&[]);
            if before.contains(&hash) {
                break;
            }
            if let Some(place) = seen.get_mut(texts) {
                *place = hash;
            }
            texts = texts.saturating_add(1);
        }
        if texts == list.len() {
            return None;
        }
        let mut rest = list.items();
        while let Some(item) = rest.next() {
            if rest.clone().any(|other| other.same(item)) {
                return Some(item);
            }
        }
        return None;
    }
    let mut scratch = Vec::new();
    let mut hashes: Vec<_> = list.items().map(|item| (hash::value_hash(item, &mut scratch), item.id(), item)).collect();
    hashes.sort_unstable_by_key(|(hash, id, _)| (*hash, *id));
    hashes.windows(2).find_map(|pair| match pair {
        [(a, ..), (b, _, item)] if a == b => Some(*item),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
