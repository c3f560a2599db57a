//! Lets libFuzzer write programs.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: &[u8]| rejoin_fuzz::run(program));
