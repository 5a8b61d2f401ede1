//! Instances as the validator sees them: it gets so many looks at them and so much stack, so that a hostile schema can neither
//! keep it busy for ever nor overflow.

use std::borrow::Cow;
use std::cell::Cell;

use jsonschema::json::{Array, Json, Node, NodeIdentity, Object};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::{Map, Number, Value};

use super::cost::Cost;

/// Everything that is wrong with an instance; `None` where that takes too much work or stack.
pub(super) fn errors<'i>(validator: &'i Validator<Metered>, cost: Cost, instance: &'i Value) -> Option<Vec<ValidationError<'i>>> {
    let size = Size::of(instance);
    if size.is_unwieldy() || size.values.saturating_mul(cost.visits) > MOST_VISITS {
        return None;
    }
    let judge = || {
        LOOKS.set(size.values.saturating_mul(LOOKS_PER_VALUE).clamp(LEAST_LOOKS, MOST_LOOKS));
        let errors: Vec<_> = validator.iter_errors(Looked(instance)).collect();
        (LOOKS.get() > 0).then_some(errors)
    };
    let levels = size.depth.saturating_mul(cost.levels.max(1));
    if levels <= LEVELS_OF_A_WORKER {
        return judge();
    }
    with_stack(levels.saturating_mul(STACK_PER_LEVEL), judge)?
}

/// Runs `work` on a thread with `stack` bytes of stack; `None` where there is no such thread, or it panics.
pub(super) fn with_stack<T: Send>(stack: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack.max(1 << 20)).spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    })
}

/// Values times schemas that are judged at each.
const MOST_VISITS: usize = 1 << 33;
/// An instance gets so many looks for each of its values, within these bounds: real schemas need a few dozen.
const LOOKS_PER_VALUE: usize = 512;
const LEAST_LOOKS: usize = 1 << 18;
const MOST_LOOKS: usize = 1 << 27;
/// Schemas inside each other that fit on a worker's own stack.
const LEVELS_OF_A_WORKER: usize = 128;
const STACK_PER_LEVEL: usize = 16 << 10;

thread_local! {
    /// Looks that are left to the validation on this thread.
    static LOOKS: Cell<usize> = const { Cell::new(0) };
}

/// Takes a look; false where there is none left.
fn look() -> bool {
    LOOKS.with(|looks| {
        let left = looks.get();
        looks.set(left.saturating_sub(1));
        left > 1
    })
}

/// How large a value is.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    values: usize,
    depth: usize,
    /// The bytes of the JSON pointers to all values.
    pointers: usize,
}

impl Size {
    /// Measures a value.
    pub fn of(value: &Value) -> Self {
        size(value, 0)
    }

    /// Whether long keys around many values would make their pointers fill the memory: each error has one.
    pub fn is_unwieldy(self) -> bool {
        const MOST_POINTERS: usize = 1 << 30;
        self.pointers > MOST_POINTERS
    }

    fn and(self, inner: Size) -> Size {
        Size {
            values: self.values + inner.values,
            depth: self.depth.max(inner.depth + 1),
            pointers: self.pointers.saturating_add(inner.pointers),
        }
    }
}

/// The size of a value whose pointer has so many bytes.
fn size(value: &Value, pointer: usize) -> Size {
    let own = Size { values: 1, depth: 1, pointers: pointer };
    match value {
        Value::Array(items) => items.iter().fold(own, |sum, item| sum.and(size(item, pointer + 8))),
        Value::Object(members) => members.iter().fold(own, |sum, (name, value)| sum.and(size(value, pointer + name.len() + 1))),
        _ => own,
    }
}

/// JSON values that can be looked at for so long; then objects and arrays have nothing in them.
pub(super) struct Metered;

#[derive(Clone, Copy)]
pub(super) struct Looked<'a>(&'a Value);

pub(super) struct Members<'a>(serde_json::map::Iter<'a>);

pub(super) struct Items<'a>(std::slice::Iter<'a, Value>);

impl Json for Metered {
    type Node<'a> = Looked<'a>;
    type PreparedKey = String;
    type StringBuffer = Value;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut Value, string: &str, f: impl FnOnce(Looked<'_>) -> T) -> T {
        *buffer = Value::String(string.to_owned());
        f(Looked(buffer))
    }
}

impl<'a> Node<'a, Metered> for Looked<'a> {
    type Object = &'a Map<String, Value>;
    type Array = &'a [Value];
    type Number = &'a Number;

    fn as_object(&self) -> Option<Self::Object> {
        self.0.as_object().filter(|_| look())
    }

    fn as_array(&self) -> Option<Self::Array> {
        self.0.as_array().filter(|_| look()).map(Vec::as_slice)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.0.as_str().filter(|_| look()).map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<Self::Number> {
        match self.0 {
            Value::Number(number) if look() => Some(number),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn is_null(&self) -> bool {
        self.0.is_null()
    }

    fn json_type(&self) -> JsonType {
        look();
        match self.0 {
            Value::Null => JsonType::Null,
            Value::Bool(_) => JsonType::Boolean,
            Value::Number(_) => JsonType::Number,
            Value::String(_) => JsonType::String,
            Value::Array(_) => JsonType::Array,
            Value::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        jsonschema::json::cmp::equal(self.0, expected)
    }

    /// What errors hold on to. They are copied once for each alternative: of a collection it is enough that it is one.
    fn to_value(&self) -> Cow<'a, Value> {
        match self.0 {
            Value::Array(_) => Cow::Owned(Value::Array(Vec::new())),
            Value::Object(_) => Cow::Owned(Value::Object(Map::new())),
            scalar => Cow::Borrowed(scalar),
        }
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(std::ptr::from_ref(self.0).addr()))
    }
}

impl<'a> Object<'a, Metered> for &'a Map<String, Value> {
    type Node = Looked<'a>;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        Map::len(self)
    }

    fn get(&self, key: &String) -> Option<Looked<'a>> {
        Map::get(self, key).filter(|_| look()).map(Looked)
    }

    fn members(&self) -> Members<'a> {
        Members(self.iter())
    }
}

impl<'a> Array<'a, Metered> for &'a [Value] {
    type Node = Looked<'a>;
    type ElementsIter = Items<'a>;

    fn len(&self) -> usize {
        <[Value]>::len(self)
    }

    fn elements(&self) -> Items<'a> {
        Items(self.iter())
    }

    fn is_unique(&self) -> bool {
        jsonschema::json::unique::is_unique(self)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Looked<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().filter(|_| look()).map(|(name, value)| (name.as_str(), Looked(value)))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Looked<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().filter(|_| look()).map(Looked)
    }
}
