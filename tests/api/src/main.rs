//! Prints all that is public in a crate, a line an item: `rejoin-api FILE`, where the file is what rustdoc writes as JSON.

use std::{env, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("which file?")?;
    let mut builder = public_api::Builder::from_rustdoc_json(file);
    builder = builder
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true);
    for item in builder.build()?.items() {
        println!("{item}");
    }
    Ok(())
}
