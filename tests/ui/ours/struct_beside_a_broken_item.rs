//! A struct that is a future, beside an item that is broken.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use rejoin::gather;

pub struct Delay {
    pub milliseconds: u64,
}

impl Future for Delay {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

pub async fn run() {
    let _ = gather!(Delay { milliseconds: 5 }, for _ in 0..3 {}).await;
}

fn main() {}
