//! The rows of the table: a file a section.

mod collections;
mod static_branches;

use crate::sheet::Sheet;

/// Every section, in the table's order.
pub(crate) const SECTIONS: [fn(&mut Sheet); 2] = [static_branches::run, collections::run];
