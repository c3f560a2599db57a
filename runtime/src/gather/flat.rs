//! Turns nested pairs into the tuple that the user sees.

/// Brings a `V`, pairs of pairs of results, into its final form.
///
/// Types, and not closures: the futures of calls alike are of one type, which is compiled once.
pub trait Flatten<V> {
    /// The final form.
    type Flat;

    /// Brings them into it.
    fn flatten(&self, values: V) -> Self::Flat;
}

/// The results of `N` branches, in the tree that the macros build of them, as a tuple.
pub struct Flat<const N: usize>;

macro_rules! flat {
    ($($count:literal: ($($name:ident)*) $tree:tt)*) => {$(
        impl<$($name),*> Flatten<flat!(@ $tree)> for Flat<$count> {
            type Flat = ($($name,)*);

            #[inline]
            #[allow(non_snake_case, reason = "variables are named like the types that they have")]
            fn flatten(&self, flat!(@ $tree): flat!(@ $tree)) -> ($($name,)*) {
                ($($name,)*)
            }
        }
    )*};
    (@ ($one:tt $two:tt)) => { (flat!(@ $one), flat!(@ $two)) };
    (@ $name:ident) => { $name };
}

flat! {
    1: (A) A
    2: (A B) (A B)
    3: (A B C) ((A B) C)
    4: (A B C D) (((A B) C) D)
    5: (A B C D E) (((A B) C) (D E))
    6: (A B C D E F) (((A B) C) ((D E) F))
    7: (A B C D E F G) ((((A B) C) D) ((E F) G))
    8: (A B C D E F G H) ((((A B) C) D) (((E F) G) H))
}

/// As they are: the results of one spread, or nothing.
pub struct Bare;

impl<V> Flatten<V> for Bare {
    type Flat = V;

    #[inline]
    fn flatten(&self, values: V) -> V {
        values
    }
}

/// The results of more branches, by a function that is written for their number.
pub struct By<G>(pub(crate) G);

impl<V, O, G: Fn(V) -> O> Flatten<V> for By<G> {
    type Flat = O;

    #[inline]
    fn flatten(&self, values: V) -> O {
        (self.0)(values)
    }
}
