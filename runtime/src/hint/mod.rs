//! The traits that compile errors print: "the trait `X` is not implemented for `T`". They have only a name and a message; there is
//! nothing to implement or to call.

mod arguments;
mod children;
mod groups;
mod results;

pub use self::{arguments::*, children::*, groups::*, results::*};
