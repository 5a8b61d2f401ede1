//! The JSON Schema of shapes.

use serde_json::{Map, Value, json};

use super::{Field, Shape};

/// The JSON Schema (draft 2020-12) of a shape. Facts are references to `#/$defs/facts` and rules to `#/$defs/rule`, which the
/// caller defines.
pub fn json_schema(shape: &Shape) -> Value {
    match shape {
        Shape::Text | Shape::Glob | Shape::JsonPath => json!({"type": "string"}),
        Shape::Regex => json!({"type": "string", "format": "regex"}),
        Shape::Scalar => json!({"type": ["string", "number", "boolean"]}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Integer => json!({"type": "integer", "minimum": 0}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Date => json!({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
        Shape::Fact => json!({"$ref": "#/$defs/facts"}),
        Shape::JsonSchema => json!({"type": ["object", "boolean"]}),
        Shape::Rule => json!({"$ref": "#/$defs/rule"}),
        Shape::Any => json!({}),
        Shape::Nothing => json!({"type": "object", "maxProperties": 0}),
        Shape::Many(item) => json!({"anyOf": [json_schema(item), {"type": "array", "items": json_schema(item)}]}),
        Shape::List(item) => json!({"type": "array", "items": json_schema(item)}),
        Shape::Map(fields) => object(fields),
        Shape::Table(item) => json!({"type": "object", "additionalProperties": json_schema(item)}),
        Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(json_schema).collect::<Vec<_>>()}),
    }
}

fn object(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = json_schema(&field.shape);
        if let Value::Object(members) = &mut schema {
            members.insert("description".into(), field.about.into());
        }
        properties.insert(field.name.into(), schema);
    }
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties, "required": required})
}
