//! What to do instead.

/// The help of a check.
pub(super) fn help(code: &str) -> &'static str {
    match code {
        "drop-table" | "drop-column" => "release code that does not use it first, and drop it in a later change",
        "drop-database" => "leave that to an operator",
        "rename-table" => "create the new one beside it, or keep a view of the old name, until no running code uses the old name",
        "rename-column" => "add a column, write both, and drop the old one in a later change",
        "change-column-type" => "add a column of the new type, fill it, and switch over in a later change",
        "add-not-null-without-default" => "give it a default, or let it be null until all code fills it",
        "set-not-null" => "add `CHECK (… IS NOT NULL) NOT VALID`, validate it, and set it then",
        "add-unique-constraint" => {
            "build the index with `CREATE UNIQUE INDEX CONCURRENTLY`, then add the constraint `USING INDEX`"
        }
        "add-foreign-key-without-not-valid" | "add-check-without-not-valid" => {
            "add it `NOT VALID`, and `VALIDATE CONSTRAINT` in a later statement"
        }
        "non-concurrent-index" => "write `CONCURRENTLY`, outside of a transaction",
        "concurrent-in-transaction" => "put it into a migration of its own that runs without a transaction",
        "truncate" | "delete-without-where" => "say which rows are meant, or leave it to an operator",
        "update-without-where" => "say which rows are meant, and update a large table in batches",
        "transaction-control" => "leave transactions to the migration tool",
        "char-type" => "write `text` or `varchar`",
        "integer-primary-key" => "write `bigint`",
        "serial-type" => "write `bigint GENERATED ALWAYS AS IDENTITY`",
        "timestamp-without-timezone" => "write `timestamptz`",
        _ => "",
    }
}
