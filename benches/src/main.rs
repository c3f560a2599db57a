//! Runs the benchmarks: `cargo run --release -p rejoin-benches`, or `cargo bench -p rejoin-benches`.

fn main() {
    rejoin_benches::run(std::env::args().skip(1));
}
