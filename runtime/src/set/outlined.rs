//! Values that cost little text where they are dropped.

use std::{
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    pin::Pin,
};

/// A value that is dropped by a function call.
///
/// Drop glue is inlined into each type and each `async` block that owns a value, together with the glue of everything
/// that the value owns. This type leaves one call in each of these places.
#[repr(transparent)]
pub struct Outlined<T>(ManuallyDrop<T>);

impl<T> Outlined<T> {
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self(ManuallyDrop::new(value))
    }
}

impl<T> Outlined<T> {
    /// Returns the value, which is pinned as this is.
    #[inline]
    pub(crate) fn pinned(self: Pin<&mut Self>) -> Pin<&mut T> {
        // SAFETY: the value is never moved out, is dropped where it is, and is `Unpin` if this is.
        unsafe { self.map_unchecked_mut(|this| &mut *this.0) }
    }
}

impl<T> Deref for Outlined<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Outlined<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Outlined<T> {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: it is not used after this.
        unsafe { ManuallyDrop::drop(&mut self.0) }
    }
}
