//! The macros in edition 2021, where no lint for later editions fires on them either.

#![deny(
    warnings,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility
)]

#[cfg(test)]
#[path = "../../forms.rs"]
mod forms;
