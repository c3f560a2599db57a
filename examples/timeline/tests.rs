//! Tests of the events in each scene, to the millisecond, and of the committed pictures.

use std::collections::BTreeSet;
use std::fs;

use crate::chart::{Chart, Ending};
use crate::record::{Event, What};
use crate::scenes::{self, Scene};
use crate::{embed, folder, root, svg};

async fn scene(name: &str) -> Scene {
    let scenes = scenes::all().await;
    let scene = scenes.into_iter().find(|scene| scene.name == name);
    scene.expect("there is such a scene")
}

/// Returns when each job was polled, and how it ended.
fn jobs(scene: &Scene) -> Vec<String> {
    let lanes = Chart::new(scene).lanes.into_iter();
    lanes
        .map(|lane| {
            let ending = match lane.ending {
                Ending::Done => "done",
                Ending::Failed => "failed",
                Ending::Cancelled => "cancelled",
            };
            format!("{} {:?}, {ending} at {}", lane.name, lane.polls, lane.end)
        })
        .collect()
}

/// Returns the events at a point in time.
fn events_at(scene: &Scene, at: u64) -> Vec<String> {
    let events = scene.events.iter().filter(|event| event.at == at);
    events.map(Event::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn one_after_another() {
    let scene = scene("one-after-another").await;
    assert_eq!(
        jobs(&scene),
        [
            "user [0, 100, 300], done at 300",
            "posts [300, 450, 600, 800], done at 800",
            "photo [800, 1000], done at 1000",
            "feed [1000, 1100, 1200, 1300, 1400], done at 1400",
            "mail [1400, 1650], done at 1650",
        ]
    );
    assert_eq!(Chart::new(&scene).returns, [1650]);
}

#[tokio::test(start_paused = true)]
async fn a_gather_takes_as_long_as_its_slowest() {
    let scene = scene("gather").await;
    assert_eq!(
        jobs(&scene),
        [
            "user [0, 100, 300], done at 300",
            "posts [0, 150, 300, 500], done at 500",
            "photo [0, 200], done at 200",
            "feed [0, 100, 200, 300, 400], done at 400",
            "mail [0, 250], done at 250",
        ]
    );
    assert_eq!(Chart::new(&scene).returns, [500]);
    // Jobs that are woken at the same time are polled in argument order.
    assert_eq!(
        events_at(&scene, 300),
        [
            "  300 user is polled",
            "  300 user is done",
            "  300 posts is polled",
            "  300 posts waits",
            "  300 feed is polled",
            "  300 feed waits",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_a_gather_and_drops_the_others_in_order() {
    let scene = scene("gather-fails").await;
    assert_eq!(
        jobs(&scene),
        [
            "user [0, 100], cancelled at 250",
            "posts [0, 150], cancelled at 250",
            "photo [0, 200], done at 200",
            "feed [0, 100, 200], cancelled at 250",
            "mail [0, 250], failed at 250",
        ]
    );
    assert_eq!(
        events_at(&scene, 250),
        [
            "  250 mail is polled",
            "  250 mail fails",
            "  250 user is cancelled",
            "  250 posts is cancelled",
            "  250 feed is cancelled",
            "  250 caller returns",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn other_jobs_run_while_the_body_of_a_loop_awaits() {
    let scene = scene("as-completed").await;
    let gathered = self::scene("gather").await;
    assert_eq!(jobs(&scene), jobs(&gathered));
    let chart = Chart::new(&scene);
    assert_eq!(
        chart.spans,
        [
            ("photo", 200, 325),
            ("mail", 325, 450),
            ("user", 450, 575),
            ("feed", 575, 700),
            ("posts", 700, 825),
        ]
    );
    assert_eq!(chart.returns, [825]);
}

#[tokio::test(start_paused = true)]
async fn pending_jobs_pause_until_they_are_waited_for_again() {
    let scene = scene("wait").await;
    assert_eq!(
        jobs(&scene),
        [
            "user [0, 100, 325], done at 325",
            "posts [0, 150, 325, 525], done at 525",
            "photo [0, 200], done at 200",
            "feed [0, 100, 200, 325, 425], done at 425",
            "mail [0, 325], done at 325",
        ]
    );
    let chart = Chart::new(&scene);
    assert_eq!(chart.spans, [("photo", 200, 325)]);
    assert_eq!(chart.returns, [200, 525]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_group_ends_when_its_children_have_ended() {
    let scene = scene("task-group-fails").await;
    assert_eq!(
        jobs(&scene),
        [
            "user [0, 100, 300], done at 300",
            "posts [0, 150, 300], cancelled at 350",
            "photo [0, 200], done at 200",
            "feed [0, 100, 200, 250, 325], done at 325",
            "mail [0, 250], failed at 250",
        ]
    );
    let cleans_up = scene.events.iter().find(|it| it.what == What::CleansUp);
    assert_eq!(cleans_up.map(|it| (it.who, it.at)), Some(("feed", 250)));
    assert_eq!(
        events_at(&scene, 350),
        ["  350 posts is cancelled", "  350 caller returns"]
    );
}

#[tokio::test(start_paused = true)]
async fn the_committed_pictures_are_up_to_date() {
    let mut drawn = BTreeSet::new();
    for scene in scenes::all().await {
        let chart = Chart::new(&scene);
        let committed = fs::read_to_string(folder().join(chart.file())).unwrap_or_default();
        assert!(
            committed == svg::draw(&chart),
            "docs/timeline/{} is out of date: look at the difference, and then run \
             `cargo run -p rejoin-examples --bin timeline -- --write`",
            chart.file()
        );
        drawn.insert(chart.file());
    }
    let there = fs::read_dir(folder()).expect("the folder is there");
    let there: BTreeSet<_> = there
        .map(|file| file.expect("it is readable").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, drawn);
}

#[test]
fn the_documentation_embeds_the_committed_pictures() {
    let pictures = embed::pictures(root()).expect("the pictures are readable");
    let embedded = fs::read_to_string(root().join(embed::FILE)).unwrap_or_default();
    assert!(
        embedded == pictures,
        "{} is out of date: run `cargo run -p rejoin-examples --bin timeline -- --write`",
        embed::FILE
    );
}

#[tokio::test(start_paused = true)]
async fn a_page_takes_as_long_as_its_longest_chain_of_parts() {
    let returns = async |name| Chart::new(&scene(name).await).returns;
    assert_eq!(returns("page-one-after-another").await, [1150]);
    assert_eq!(returns("page-in-two-steps").await, [750]);
    assert_eq!(
        jobs(&scene("page-as-a-struct").await),
        [
            "user [0, 100], done at 100",
            "posts [100, 250, 450], done at 450",
            "photo [100, 300], done at 300",
            "feed [400, 500], done at 500",
            "mail [0, 200, 400], done at 400",
        ]
    );
    assert_eq!(returns("page-as-a-struct").await, [500]);
}
