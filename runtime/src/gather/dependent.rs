//! Branches that need the values of others.
//!
//! The future of such a branch is an `async fn`, because it owns the values that it shares and lends them to the closure's future.
//! The closure is asynchronous: no other closure can return a future that borrows from its parameters.

use std::future::Future;

use super::shared::SharedValue;

/// Calls the closure of a field. It captures what the closure around it captures.
#[inline]
pub fn call<R>(closure: impl FnOnce() -> R) -> R {
    closure()
}

macro_rules! depends {
    ($($depends:ident: $($value:ident $V:ident),*;)*) => {$(
        /// Returns the future of a branch that needs these values. Calls the closure in its first poll.
        #[inline]
        #[allow(clippy::too_many_arguments, reason = "one for each value")]
        pub fn $depends<$($V,)* O, C>(
            $($value: SharedValue<$V>,)*
            closure: C,
        ) -> impl Future<Output = O> + use<$($V,)* O, C>
        where
            C: AsyncFnOnce($(&$V),*) -> O,
        {
            async move { closure($($value.get()),*).await }
        }
    )*};
}

depends! {
    depends_1: a A;
    depends_2: a A, b B;
    depends_3: a A, b B, c D;
    depends_4: a A, b B, c D, d E;
    depends_5: a A, b B, c D, d E, e F;
    depends_6: a A, b B, c D, d E, e F, f G;
    depends_7: a A, b B, c D, d E, e F, f G, g H;
    depends_8: a A, b B, c D, d E, e F, f G, g H, h I;
}
