//! The allocator that counts for the tests: what it counts, and for whom.

use std::{cell::RefCell, hint::black_box, sync::mpsc, thread};

use rejoin_tests::memory::{InUse, Memory, counted};

fn memory(allocations: usize, bytes: usize, blocks: isize, left: isize) -> Memory {
    let in_use = InUse {
        blocks,
        bytes: left,
    };
    Memory {
        allocations,
        bytes,
        in_use,
    }
}

#[test]
fn to_look_is_not_counted() {
    let (count, ()) = counted(|| (0..10).for_each(|_| _ = Memory::now()));
    assert_eq!(count, memory(0, 0, 0, 0));
}

#[test]
fn a_block_is_counted_when_it_comes_and_in_use_until_it_goes() {
    let (count, block) = counted(|| black_box(Box::new([0_u8; 100])));
    assert_eq!(count, memory(1, 100, 1, 100));
    let (count, ()) = counted(|| drop(block));
    assert_eq!(count, memory(0, 0, -1, -100));
    let (count, zeroed) = counted(|| black_box(vec![0_u8; 100]));
    assert_eq!(count, memory(1, 100, 1, 100));
    assert_eq!(zeroed, [0; 100]);
}

#[test]
fn a_block_that_gets_another_size_is_counted_again_with_what_it_grows() {
    let mut vector = Vec::<u8>::with_capacity(100);
    let (count, ()) = counted(|| vector.reserve_exact(250));
    assert_eq!(count, memory(1, 150, 0, 150));
    let (count, ()) = counted(|| vector.shrink_to(30));
    assert_eq!(count, memory(1, 0, 0, -220));
    let (count, ()) = counted(|| drop(vector));
    assert_eq!(count, memory(0, 0, -1, -30));
}

#[test]
fn each_thread_counts_what_it_does_itself() {
    let block = black_box(Box::new([0_u8; 100]));
    let (theirs, from_there) = thread::spawn(|| {
        let (count, from_there) = counted(|| {
            drop(block);
            black_box(Box::new([0_u8; 30]))
        });
        (count, from_there)
    })
    .join()
    .unwrap();
    assert_eq!(theirs, memory(1, 30, 0, -70));
    let (count, ()) = counted(|| drop(from_there));
    assert_eq!(count, memory(0, 0, -1, -30));
}

#[test]
fn a_thread_counts_to_its_very_end() {
    struct AtTheEnd(mpsc::Sender<Memory>);

    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let (count, _block) = counted(|| black_box(Box::new([0_u8; 100])));
            self.0.send(count).unwrap();
        }
    }

    thread_local! {
        static AT_THE_END: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
    }

    let (sender, receiver) = mpsc::channel();
    thread::spawn(|| AT_THE_END.set(Some(AtTheEnd(sender))))
        .join()
        .unwrap();
    assert_eq!(receiver.recv(), Ok(memory(1, 100, 1, 100)));
}
