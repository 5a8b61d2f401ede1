//! The shapes of options.

/// One key of a map in the policy.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    /// One or two sentences: the schema's description and the documentation's.
    pub about: &'static str,
}

impl Field {
    pub const fn new(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Field { name, shape, required: false, about }
    }

    pub const fn required(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Field { name, shape, required: true, about }
    }
}

/// What may stand behind a key.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A string.
    Text,
    /// A string, a number or a boolean, taken by its text.
    Scalar,
    Boolean,
    /// A whole number that is not negative.
    Integer,
    /// One of these strings.
    Word(&'static [&'static str]),
    /// A regular expression of the `regex` crate.
    Regex,
    /// A glob over whole repository paths.
    Glob,
    /// A JSONPath (RFC 9535).
    JsonPath,
    /// A date, `YYYY-MM-DD`.
    Date,
    /// The name of a fact, a fact itself, or a list of these.
    Fact,
    /// Any JSON Schema.
    JsonSchema,
    /// A rule.
    Rule,
    /// Anything.
    Any,
    /// An empty map.
    Nothing,
    /// One of the shape, or a list of it.
    Many(&'static Shape),
    /// A list of the shape.
    List(&'static Shape),
    /// A map with these keys.
    Map(&'static [Field]),
    /// A map of any keys to the shape.
    Table(&'static Shape),
    /// Any of these, told apart by their type.
    Either(&'static [Shape]),
}

impl Shape {
    /// The shape in a few words of Markdown, for tables of options.
    pub fn describe(&self) -> String {
        match self {
            Shape::Text => "string".into(),
            Shape::Scalar => "scalar".into(),
            Shape::Boolean => "`true` or `false`".into(),
            Shape::Integer => "integer".into(),
            Shape::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Shape::Regex => "regex".into(),
            Shape::Glob => "glob".into(),
            Shape::JsonPath => "JSONPath".into(),
            Shape::Date => "date".into(),
            Shape::Fact => "fact".into(),
            Shape::JsonSchema => "JSON Schema".into(),
            Shape::Rule => "rule".into(),
            Shape::Any => "anything".into(),
            Shape::Nothing => "`{}`".into(),
            Shape::Many(shape) => format!("{}, or a list", shape.describe()),
            Shape::List(shape) => format!("list of {}", shape.describe()),
            Shape::Map(fields) => {
                let keys: Vec<_> = fields.iter().map(|field| field.name).collect();
                format!("`{{{}}}`", keys.join(", "))
            }
            Shape::Table(shape) => format!("map to {}", shape.describe()),
            Shape::Either(shapes) => shapes.iter().map(Shape::describe).collect::<Vec<_>>().join(" or "),
        }
    }
}
