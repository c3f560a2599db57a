//! Runs the `timeline` program and compares its output.

use std::process::{Command, Output};

fn timeline(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_timeline"))
        .args(args)
        .output()
        .expect("the program starts")
}

#[test]
fn it_draws_in_the_terminal() {
    let output = timeline(&[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let drawn = String::from_utf8_lossy(&output.stdout);
    for expected in [
        "\
gather!, and one fails
gather!(user(), posts(), photo(), feed(), mail()).await
  user  ●━━━●━━━━━◌
 posts  ●━━━━━●━━━◌
 photo  ●━━━━━━━✔
  feed  ●━━━●━━━●━◌
  mail  ●━━━━━━━━━✘
                  ▲ 250 ms
",
        "\
let (done, pending) = wait!(..jobs, return_when = FIRST_COMPLETED).await;
  user  ●━━━●━━━┄┄┄┄┄✔
 posts  ●━━━━━●━┄┄┄┄┄●━━━━━━━✔
 photo  ●━━━━━━━✔
  feed  ●━━━●━━━●┄┄┄┄●━━━✔
  mail  ●━━━━━━━┄┄┄┄┄✔
caller          photo
                ▲            ▲ 525 ms
",
        "  feed  ●━━━●━━━●━●══✔\n",
    ] {
        assert!(drawn.contains(expected), "{expected}\nin\n{drawn}");
    }
    // Colours are for terminals only.
    assert!(!drawn.contains('\x1b'));
}

#[test]
fn bad_arguments_are_refused() {
    let output = timeline(&["--wirte"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
