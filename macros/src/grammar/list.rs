//! A list of items and options, and the options after another form.

use syn::{Ident, ext::IdentExt, parse::ParseStream};

use super::{
    call::{Call, OptionPosition},
    option::is_option_without_value,
};
use crate::{
    errors,
    options::{self, Macro},
    tokens::{is_arm, is_name_and_colon, is_option, skip_all},
};

impl Call {
    /// Parses items and options, up to the end.
    pub(super) fn list(&mut self, input: ParseStream<'_>) {
        let mut is_reported = false;
        let mut written = 0;
        while !input.is_empty() {
            let (errors, items) = (self.errors.len(), self.items.len());
            let is_after_options = self.option_position == Some(OptionPosition::Trailing);
            self.attributes(input);
            if is_arm_of_other_macro(input, self.macro_) {
                self.errors.error_at(input.span(), errors::ARMS_ELSEWHERE);
                // The other items are arms, too.
                skip_all(input);
            } else if is_option(input) {
                self.option(input, OptionPosition::Trailing);
            } else if is_name_and_colon(input) {
                self.name_and_colon(input);
            } else if is_after_options && is_option_without_value(input) {
                self.option_without_value(input);
            } else {
                self.item(input);
                written += 1;
            }
            if let (true, false, Some(option), Some(item)) = (
                is_after_options,
                is_reported,
                self.options.first(),
                self.items.get(items),
            ) {
                is_reported = true;
                let message = errors::item_after_option(&option.name);
                self.errors.error_spanned_by(&item.expr, message);
            }
            self.comma(input, errors);
        }
        // Beside another item, also a broken one, a struct is a future.
        if self.macro_ == Macro::Gather && written == 1 && self.items.len() == 1 {
            self.struct_literal();
        }
    }

    /// Parses options up to the end, and reports anything else as `others`.
    pub(super) fn trailing_options(&mut self, input: ParseStream<'_>, others: &str) {
        while !input.is_empty() {
            let before = self.errors.len();
            if is_option(input) && !is_arm(input) {
                self.option(input, OptionPosition::Trailing);
            } else if is_name_and_colon(input) {
                self.name_and_colon(input);
            } else if is_option_without_value(input) {
                self.option_without_value(input);
            } else {
                self.errors.error_at(input.span(), others);
                skip_all(input);
            }
            self.comma(input, before);
        }
    }
}

/// Checks whether `name = future =>` comes next, and no option has this name.
fn is_arm_of_other_macro(input: ParseStream<'_>, macro_: Macro) -> bool {
    // The first tokens say whether it is an arm. Names are compared only then.
    let name = || input.fork().call(Ident::parse_any);
    is_arm(input) && name().is_ok_and(|name| !options::is_near(&name, macro_))
}
