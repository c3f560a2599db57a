//! A spread of pairs with an error that does not convert into the error type.

use rejoin::gather;
use std::{future::ready, io};

pub async fn run() -> Result<(), io::Error> {
    let pairs = [('a', ready("x".parse::<u8>()))];
    gather!(<io::Error> ..pairs).await?;
    Ok(())
}

fn main() {}
