//! A check of JSON against a schema, as much of JSON Schema as `sarif.schema.json` uses.

use serde_json::Value;

const KNOWN: [&str; 15] = [
    "$comment",
    "$defs",
    "$ref",
    "type",
    "const",
    "enum",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "minItems",
    "uniqueItems",
    "minimum",
    "minLength",
    "anyOf",
];

/// Where a value does not fit, and why.
pub fn check(schema: &Value, root: &Value, value: &Value, at: &str) -> Result<(), String> {
    let no = |why: String| Err(format!("{at}: {why}"));
    let Some(schema) = schema.as_object() else { return no("the schema is no object".into()) };
    if let Some(word) = schema.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        return no(format!("this check does not know `{word}`"));
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let target = reference.strip_prefix("#/$defs/").and_then(|name| root["$defs"].get(name));
        let Some(target) = target else { return no(format!("there is no {reference}")) };
        check(target, root, value, at)?;
    }
    if let Some(ty) = schema.get("type").and_then(Value::as_str) {
        let fits = match ty {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            other => return no(format!("there is no type {other}")),
        };
        if !fits {
            return no(format!("{value} is no {ty}"));
        }
    }
    if schema.get("const").is_some_and(|c| c != value) {
        return no(format!("{value} is not {}", schema["const"]));
    }
    if let Some(all) = schema.get("enum").and_then(Value::as_array)
        && !all.contains(value)
    {
        return no(format!("{value} is not among {all:?}"));
    }
    if let Some(least) = schema.get("minimum").and_then(Value::as_i64)
        && value.as_i64().is_some_and(|n| n < least)
    {
        return no(format!("{value} is less than {least}"));
    }
    if let Some(least) = schema.get("minLength").and_then(Value::as_u64)
        && value.as_str().is_some_and(|t| (t.chars().count() as u64) < least)
    {
        return no(format!("{value} is too short"));
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array)
        && !any.iter().any(|one| check(one, root, value, at).is_ok())
    {
        return no(format!("{value} is none of {any:?}"));
    }
    if let Some(object) = value.as_object() {
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                return no(format!("`{name}` is missing"));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, member) in object {
            match properties.and_then(|p| p.get(name)) {
                Some(inner) => check(inner, root, member, &format!("{at}.{name}"))?,
                None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                    return no(format!("`{name}` is not known"));
                }
                None => {}
            }
        }
    }
    if let Some(list) = value.as_array() {
        if schema.get("minItems").and_then(Value::as_u64).is_some_and(|least| (list.len() as u64) < least) {
            return no("too few items".into());
        }
        let twice = list.iter().enumerate().any(|(i, item)| list[..i].contains(item));
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) && twice {
            return no("an item stands there twice".into());
        }
        if let Some(inner) = schema.get("items") {
            for (i, item) in list.iter().enumerate() {
                check(inner, root, item, &format!("{at}[{i}]"))?;
            }
        }
    }
    Ok(())
}
