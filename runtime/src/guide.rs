//! More than fits into the front page.

pub mod errors {
    #![doc = include_str!("guide/errors.md")]
}

pub mod observing {
    #![doc = include_str!("guide/observing.md")]
}

pub mod scaling_out {
    //! [cluster]: https://github.com/rejoin-rs/rejoin/tree/main/examples/cluster
    #![doc = include_str!("guide/scaling_out.md")]
}
