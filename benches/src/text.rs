//! Numbers as text.

/// Formats a size with commas between groups of three digits, for example 10,000.
pub(crate) fn grouped(size: usize) -> String {
    match (size / 1_000, size % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", grouped(thousands)),
    }
}

/// Formats a ratio with two decimals, or with four if it is so small that two would hide it.
pub(crate) fn ratio(ratio: f64) -> String {
    let decimals = if ratio < 0.095 { 4 } else { 2 };
    format!("{ratio:.decimals$}")
}
