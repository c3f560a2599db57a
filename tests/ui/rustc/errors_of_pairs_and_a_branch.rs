//! A spread of pairs that can fail, beside a branch that can fail and has no key.

use rejoin::gather;
use std::{future::ready, num::ParseIntError};

fn parse(text: &str) -> std::future::Ready<Result<u8, ParseIntError>> {
    ready(text.parse())
}

pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (numbers, one) = gather!(..[(1, parse("1"))], parse("2")).await?;
    drop((numbers, one));
    Ok(())
}

fn main() {}
