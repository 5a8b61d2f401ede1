//! What to do instead.

use crate::formats::sql::Dialect;

pub(super) const CONCURRENTLY: &str = "write `CONCURRENTLY`, outside of a transaction";
pub(super) const PRIMARY: &str =
    "build the index with `CREATE UNIQUE INDEX CONCURRENTLY`, then add the primary key `USING INDEX`";
pub(super) const EXCLUSION: &str = "add it while the table is small: an exclusion constraint takes no index over";
pub(super) const INLINE: &str =
    "add the column alone, then the constraint `NOT VALID`, and `VALIDATE CONSTRAINT` in a later statement";
pub(super) const ONLINE: &str =
    "change a large table by a tool that copies it in the background, such as `gh-ost` or `pt-online-schema-change`";
pub(super) const REFERENCE: &str = "set `foreign_key_checks = 0` for it, after the rows were looked at, or change a large table by a tool such as `pt-online-schema-change`";

/// The help of a check.
pub(super) fn help(code: &str, dialect: Dialect) -> &'static str {
    match code {
        "drop-table" | "drop-column" => "release code that does not use it first, and drop it in a later change",
        "drop-database" => "leave that to an operator",
        "rename-table" => "create the new one beside it, or keep a view of the old name, until no running code uses the old name",
        "rename-column" => "add a column, write both, and drop the old one in a later change",
        "change-column-type" => "add a column of the new type, fill it, and switch over in a later change",
        "add-not-null-without-default" => "give it a default, or let it be null until all code fills it",
        "set-not-null" if dialect == Dialect::Mysql => "fill the column by all code first, and set it in a later change",
        "set-not-null" => "add `CHECK (… IS NOT NULL) NOT VALID`, validate it, and set it then",
        "add-unique-constraint" => {
            "build the index with `CREATE UNIQUE INDEX CONCURRENTLY`, then add the constraint `USING INDEX`"
        }
        "add-foreign-key-without-not-valid" | "add-check-without-not-valid" => {
            "add it `NOT VALID`, and `VALIDATE CONSTRAINT` in a later statement"
        }
        "non-concurrent-index" => CONCURRENTLY,
        "concurrent-in-transaction" => "put it into a migration of its own that runs without a transaction",
        "truncate" | "delete-without-where" => "say which rows are meant, or leave it to an operator",
        "update-without-where" => "say which rows are meant, and update a large table in batches",
        "transaction-control" => "leave transactions to the migration tool",
        "char-type" => "write `text` or `varchar`",
        "integer-primary-key" => "write `bigint`",
        "serial-type" if dialect == Dialect::Mysql => "write `bigint unsigned AUTO_INCREMENT`",
        "serial-type" => "write `bigint GENERATED ALWAYS AS IDENTITY`",
        "timestamp-without-timezone" => "write `timestamptz`",
        _ => "",
    }
}
