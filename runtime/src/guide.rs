//! Pages about more than one item of the crate.
//!
//! Each page is a Markdown file that can also be read in the repository. `links.md` and `pictures.txt` come first on a page, because
//! the first definition of a link counts: so the links lead to other pages of the documentation, where those in the Markdown
//! file lead to other files, and the pictures are shown without a network.

pub mod from_asyncio {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/from_asyncio.md")]
}

pub mod from_rust {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/from_rust.md")]
}

pub mod from_select {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/from_select.md")]
}

pub mod semantics {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/pictures.txt")]
    #![doc = include_str!("guide/semantics.md")]
}

pub mod dataflow {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/pictures.txt")]
    #![doc = include_str!("guide/dataflow.md")]
}

pub mod recipes {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/recipes.md")]
}

pub mod performance {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/pictures.txt")]
    #![doc = include_str!("guide/performance.md")]
}

pub mod observing {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/observing.md")]
}

pub mod services {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/services.md")]
}

pub mod scaling_out {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/scaling_out.md")]
}

pub mod errors {
    #![doc = include_str!("guide/links.md")]
    #![doc = include_str!("guide/errors.md")]
}
