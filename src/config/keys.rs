//! Every key of the configuration, by table, and the table that a misplaced key belongs to.
//!
//! What is known of each key stands in `rows` and `watched`, once.

mod row;
mod rows;
mod watched;

pub(super) use self::row::{Row, Takes};

/// The names of rows.
#[expect(
    clippy::indexing_slicing,
    reason = "a constant: what is out of bounds does not compile"
)]
const fn names<const N: usize>(rows: &[Row; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = rows[at].name;
        at += 1;
    }
    names
}

pub(super) const ROOT: [&str; rows::ROOT.len()] = names(&rows::ROOT);
pub(super) const STORE: [&str; rows::STORE.len()] = names(&rows::STORE);
pub(super) const MAIL: [&str; rows::MAIL.len()] = names(&rows::MAIL);
pub(super) const ROUTE: [&str; rows::ROUTE.len()] = names(&rows::ROUTE);
pub(super) const WEBHOOK: [&str; rows::WEBHOOK.len()] = names(&rows::WEBHOOK);
pub(super) const HEARTBEAT: [&str; rows::HEARTBEAT.len()] = names(&rows::HEARTBEAT);
pub(super) const REPORT: [&str; rows::REPORT.len()] = names(&rows::REPORT);
pub(super) const FETCH: [&str; rows::FETCH.len()] = names(&rows::FETCH);
pub(super) const LOG: [&str; rows::LOG.len()] = names(&rows::LOG);
pub(super) const METRICS: [&str; rows::METRICS.len()] = names(&rows::METRICS);
pub(super) const SHARED: [&str; watched::SHARED.len()] = names(&watched::SHARED);
pub(super) const PROVIDER: [&str; watched::PROVIDER.len()] = names(&watched::PROVIDER);
pub(super) const USES: [&str; watched::USES.len()] = names(&watched::USES);
pub(super) const CLIENT: [&str; watched::CLIENT.len()] = names(&watched::CLIENT);

/// A table of the file.
pub(super) struct Table {
    /// Its name, as `Takes::Table` and the like refer to it; `file` for what stands above all tables.
    pub(super) name: &'static str,
    /// The header of the table as it is written in the file.
    pub(super) header: &'static str,
    /// Its keys; those of `[defaults]` may stand in a `[[provider]]` too.
    pub(super) rows: &'static [Row],
}

const fn table(name: &'static str, header: &'static str, rows: &'static [Row]) -> Table {
    Table { name, header, rows }
}

/// Every table, in the order in which they are explained.
static TABLES: [Table; 14] = [
    table("file", "the file", &rows::ROOT),
    table("store", "[store]", &rows::STORE),
    table("mail", "[mail]", &rows::MAIL),
    table("mail.route", "[[mail.route]]", &rows::ROUTE),
    table("webhook", "[[webhook]]", &rows::WEBHOOK),
    table("heartbeat", "[heartbeat]", &rows::HEARTBEAT),
    table("report", "[report]", &rows::REPORT),
    table("fetch", "[fetch]", &rows::FETCH),
    table("log", "[log]", &rows::LOG),
    table("metrics", "[metrics]", &rows::METRICS),
    table("defaults", "[defaults] or [[provider]]", &watched::SHARED),
    table("provider", "[[provider]]", &watched::PROVIDER),
    table("provider.uses", "[provider.uses]", &watched::USES),
    table("client", "[client.NAME]", &watched::CLIENT),
];

/// The order in which tables are searched for a misplaced key; the first that has it is suggested.
const HOMES: [&str; 13] = [
    "defaults",
    "provider",
    "mail",
    "mail.route",
    "fetch",
    "log",
    "store",
    "provider.uses",
    "client",
    "webhook",
    "heartbeat",
    "report",
    "metrics",
];

/// Every table.
pub(super) fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES.iter()
}

fn named(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// The table a key belongs to, for a key that stands in the wrong one.
pub(super) fn home(key: &str) -> Option<&'static str> {
    let mut tables = HOMES.into_iter().filter_map(named);
    let found = tables.find(|table| table.rows.iter().any(|row| row.name == key));
    found.map(|table| table.header)
}

/// The table that has most of these keys, if any table has one: a table with an unknown name most
/// likely means that one.
pub(super) fn table_with(keys: &[&str]) -> Option<&'static str> {
    let tables: [(&'static str, &[&str]); 6] = [
        ("provider", &PROVIDER),
        ("mail", &MAIL),
        ("fetch", &FETCH),
        ("log", &LOG),
        ("store", &STORE),
        ("defaults", &SHARED),
    ];
    let counted = tables.map(|(table, known)| {
        let there = keys.iter().filter(|key| known.contains(key));
        (there.count(), table)
    });
    let most = counted.iter().map(|(count, _)| *count).max()?;
    let found = counted.into_iter().find(|(count, _)| *count == most);
    found.filter(|_| most > 0).map(|(_, table)| table)
}
