//! The rows of the table: a file a section.

pub(crate) mod asyncio;
mod collections;
mod static_branches;
mod streams;
mod tasks;

use crate::sheet::Sheet;

/// Every section, in the table's order.
pub(crate) const SECTIONS: [fn(&mut Sheet); 5] = [
    static_branches::run,
    collections::run,
    streams::run,
    tasks::run,
    asyncio::run,
];

/// A size as it is read: 10,000.
pub(crate) fn grouped(size: usize) -> String {
    match (size / 1_000, size % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", grouped(thousands)),
    }
}
