//! The file of a baseline: one line for each finding, in an order that moves only where findings come and go.

use super::json::escaped;
use crate::policy::Recorded;

/// The text of a baseline; `entries` are in order.
pub fn baseline(entries: &[Recorded]) -> String {
    let line = |entry: &Recorded| {
        let text = |text: &str| escaped(&serde_json::Value::from(text).to_string());
        format!(
            "    {{\"path\": {}, \"rule\": {}, \"code\": {}, \"fingerprint\": {}}}",
            text(&entry.path),
            text(&entry.rule),
            text(&entry.code),
            text(&entry.fingerprint)
        )
    };
    let lines: Vec<String> = entries.iter().map(line).collect();
    let list = if lines.is_empty() { "[]".to_string() } else { format!("[\n{}\n  ]", lines.join(",\n")) };
    format!("{{\n  \"version\": 1,\n  \"findings\": {list}\n}}\n")
}
