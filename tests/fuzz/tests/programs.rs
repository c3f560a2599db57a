//! Programs that are kept, and as many drawn at random, without a fuzzer.

use std::{
    env, fs, panic, process,
    sync::{Mutex, Once},
};

/// Runs a program. What it finds is told, and ends the process: what is left of a program may not be able to unwind.
fn run(program: &[u8]) {
    static RUNNING: Mutex<Vec<u8>> = Mutex::new(vec![]);
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let program = RUNNING.lock().map(|program| program.clone());
            let trace = std::backtrace::Backtrace::capture();
            eprintln!("{info}\n{trace}\nprogram: {program:?}");
            process::abort();
        }));
    });
    RUNNING.lock().expect("no panic").clear();
    RUNNING.lock().expect("no panic").extend(program);
    assert!(panic::catch_unwind(|| rejoin_fuzz::run(program)).is_ok());
}

/// Numbers that look random, the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// One after another, for they share a thread that they let use wakers.
static ONE: Mutex<()> = Mutex::new(());

#[test]
fn programs_that_are_kept_hold() {
    let _one = ONE.lock();
    let seeds = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/sets"));
    let mut count = 0;
    for seed in seeds.expect("there are some") {
        run(&fs::read(seed.expect("it is there").path()).expect("it is a file"));
        count += 1;
    }
    assert!(count > 0);
}

/// `PROGRAMS` says how many.
#[test]
fn random_programs_hold() {
    let _one = ONE.lock();
    let count = env::var("PROGRAMS").map_or(2_000, |count| count.parse().expect("a number"));
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..count {
        let len = 1 << (3 + random.next() % 8);
        let program: Vec<_> = (0..len).map(|_| random.next().to_le_bytes()[7]).collect();
        run(&program);
    }
}
