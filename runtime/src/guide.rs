//! More than fits into the front page.

pub mod errors {
    #![doc = include_str!("guide/errors.md")]
}
