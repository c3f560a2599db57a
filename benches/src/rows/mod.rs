//! The rows of the table: one file for each section.

pub(crate) mod asyncio;
mod collections;
mod static_branches;
mod streams;
mod tasks;

use crate::sheet::Sheet;

/// All sections, in the order of the table.
pub(crate) const SECTIONS: [fn(&mut Sheet); 5] = [
    static_branches::run,
    collections::run,
    streams::run,
    tasks::run,
    asyncio::run,
];
