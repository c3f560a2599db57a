//! A branch with an output type that only a line after the call determines.

use std::future::{Pending, pending};

use rejoin::gather;

struct Sender<T>(Option<T>);

impl<T> Sender<T> {
    fn send(&mut self, value: T) {
        self.0 = Some(value);
    }
}

fn channel<T>() -> (Sender<T>, Pending<T>) {
    (Sender(None), pending())
}

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (mut sender, receiver) = channel();
    let both = gather!(receiver, fetch(2));
    sender.send(1);
    both.await;
}

fn main() {}
