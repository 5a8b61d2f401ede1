//! The names that PostgreSQL finds for what has none.

/// The longest name, in bytes.
const LONGEST: usize = 63;

/// `table_column_label`, its parts cut as PostgreSQL cuts them.
pub fn default_name(table: &str, columns: &str, label: &str) -> String {
    let joints = 1 + usize::from(!columns.is_empty());
    let room = LONGEST.saturating_sub(label.len() + joints);
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let (table, columns) = (cut(table, first), cut(columns, second));
    if columns.is_empty() { format!("{table}_{label}") } else { format!("{table}_{columns}_{label}") }
}

/// The first `length` bytes, less a character that would be cut.
fn cut(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::default_name;

    #[test]
    fn long_names_are_cut_where_postgresql_cuts_them() {
        assert_eq!(default_name("t", "a", "key"), "t_a_key");
        assert_eq!(default_name("t", "", "pkey"), "t_pkey");
        let (table, column) = ("a".repeat(40), "b".repeat(40));
        assert_eq!(default_name(&table, &column, "fkey"), format!("{}_{}_fkey", "a".repeat(29), "b".repeat(28)));
        assert_eq!(default_name(&"x".repeat(70), "", "pkey"), format!("{}_pkey", "x".repeat(58)));
    }
}
