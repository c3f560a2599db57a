//! Spreads of pairs that can fail, with keys of different types.

use rejoin::gather;
use std::{future::ready, num::ParseIntError};

fn parse(text: &str) -> std::future::Ready<Result<u8, ParseIntError>> {
    ready(text.parse())
}

pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    gather!(..[(1, parse("1"))], ..[('a', parse("2"))]).await?;
    Ok(())
}

fn main() {}
