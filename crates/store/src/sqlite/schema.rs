//! Which SQLite files are stores, and of which version.

use rusqlite::Connection;

use crate::error::Remediable;
use crate::private::Unfit;

/// Tells our files from those of other programs: "HFCS".
pub(crate) const APPLICATION: i32 = 0x4846_4353;
/// 1: free pages are given back. Files of before say 0.
pub(crate) const VERSION: i32 = 1;

const TABLES: [(&str, &str); 2] = [("blobs", "name,version,bytes"), ("puts", "count")];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// There is nothing in it.
    Empty,
    /// A store of this version.
    Current,
    /// A store of an earlier version.
    Old,
}

/// Finds out what a file is, without a change. What is no store, or one that only a newer version
/// understands, is refused.
pub(crate) fn kind(connection: &Connection) -> Result<Kind, Unfit> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables = tables(connection)?;
    let is_ours = |(name, columns): &(String, String)| TABLES.contains(&(name, columns));
    if !matches!(application, 0 | APPLICATION) || !tables.iter().all(is_ours) {
        return Err(Remediable::new(
            "the file is another program's, and was left as it is",
            "name a file of its own as the store, `sqlite:PATH`",
        )
        .into());
    }
    if version > VERSION {
        return Err(Remediable::new(
            format!("it is of version {version}, and this program knows {VERSION}"),
            "a newer hrflow-connectors has written it: use that, or another store",
        )
        .into());
    }
    Ok(match (tables.len(), version) {
        (0, _) => Kind::Empty,
        (_, VERSION) => Kind::Current,
        _ => Kind::Old,
    })
}

/// The tables with their columns.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let query = "SELECT name, (SELECT group_concat(name) FROM pragma_table_info(tables.name)) \
                 FROM sqlite_schema AS tables \
                 WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?));
    let tables = connection.prepare(query)?.query_map([], row)?.collect::<Result<Vec<_>, _>>()?;
    Ok(tables.into_iter().map(|(name, columns)| (name, columns.unwrap_or_default())).collect())
}
