//! Smaller programs with the same fault.

use serde_json::{Value, json};

use crate::generate::UNIT;

/// Makes a program smaller for as long as `fails` holds of it.
pub fn shrink(program: &Value, mut fails: impl FnMut(&Value) -> bool) -> Value {
    let mut program = program.clone();
    // Each step makes it smaller, so it ends.
    while let Some(smaller) = smaller(&program).into_iter().find(&mut fails) {
        program = smaller;
    }
    program
}

/// Programs that are smaller by one step, of which some are none. What makes them much smaller comes first.
fn smaller(json: &Value) -> Vec<Value> {
    let mut all = vec![];
    match json {
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or(0);
            if number > UNIT {
                // It stays distinct.
                if number > 2 * UNIT {
                    all.push(json!(number % UNIT + UNIT));
                }
            } else if number >= 10 {
                all.extend([json!(0), json!(10), json!(number - 10)]);
            } else if number > 0 {
                all.push(json!(number - 1));
            }
            all.retain(|smaller| smaller != json);
        }
        Value::Array(list) => {
            all.extend(list.iter().cloned());
            for index in 0..list.len() {
                let mut list = list.clone();
                list.remove(index);
                all.push(Value::Array(list));
            }
            for (index, value) in list.iter().enumerate() {
                for value in smaller(value) {
                    let mut list = list.clone();
                    list[index] = value;
                    all.push(Value::Array(list));
                }
            }
        }
        Value::Object(object) => {
            for value in object.values() {
                all.extend(value.as_array().into_iter().flatten().cloned());
                if value.is_object() || value.is_array() {
                    all.push(value.clone());
                }
                all.extend(value.as_u64().map(|number| json!(number)));
            }
            for name in object.keys() {
                let mut object = object.clone();
                object.remove(name);
                all.push(Value::Object(object));
            }
            for (name, value) in object {
                for value in smaller(value) {
                    let mut object = object.clone();
                    object.insert(name.clone(), value);
                    all.push(Value::Object(object));
                }
            }
        }
        Value::String(word) => {
            let simpler = match word.as_str() {
                "array" | "tuple" | "mixed" => Some("spread"),
                "lent" | "each" | "arms" => Some("loop"),
                "loop" => Some("stream"),
                "success" | "error" | "first" => Some("all"),
                _ => None,
            };
            all.extend(simpler.map(|word| json!(word)));
        }
        _ => {}
    }
    all
}
