//! A closure that needs nine fields.

use std::future::ready;

use rejoin::gather;

pub struct Ten {
    pub a: u32,
    pub b: u32,
    pub c: u32,
    pub d: u32,
    pub e: u32,
    pub f: u32,
    pub g: u32,
    pub h: u32,
    pub i: u32,
    pub all: u32,
}

pub async fn run() {
    let _ = gather!(Ten {
        a: ready(1),
        b: ready(1),
        c: ready(1),
        d: ready(1),
        e: ready(1),
        f: ready(1),
        g: ready(1),
        h: ready(1),
        i: ready(1),
        all: |a, b, c, d, e, f, g, h, i| ready(a + b + c + d + e + f + g + h + i),
    })
    .await;
}

fn main() {}
