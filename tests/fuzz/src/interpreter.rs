//! Does what a program says.

mod gate;
mod sessions;

use std::{
    future::Future,
    mem,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use rejoin::{Pending, wait};

use self::gate::Gate;
use crate::{
    bytes::Bytes,
    child::{Child, Item, Kind},
    elsewhere::Use,
    parent::{self, Parent},
    survive,
    world::{Ended, Id, KINDS, SetId, World},
};

/// A set, and its number in the world.
struct Subject {
    pending: Pending<Child>,
    set: SetId,
}

/// Runs a program on two sets.
pub(crate) struct Interpreter<'a> {
    bytes: Bytes<'a>,
    world: Rc<World>,
    first: Subject,
    second: Subject,
    parents: Vec<Arc<Parent>>,
    parent: Arc<Parent>,
    waker: Waker,
}

impl Subject {
    fn new(world: &World) -> Self {
        Self {
            pending: Pending::new(),
            set: world.new_set(),
        }
    }
}

/// The future of an item, and its index if it is known.
fn id(item: &Item) -> Id {
    match item {
        Ok(output) | Err(output) => output.id,
    }
}

impl<'a> Interpreter<'a> {
    pub(crate) fn new(program: &'a [u8]) -> Self {
        let (parent, waker) = Parent::new();
        let world = Rc::<World>::default();
        world.set_parent(&parent);
        Self {
            bytes: Bytes::new(program),
            first: Subject::new(&world),
            second: Subject::new(&world),
            world,
            parents: vec![],
            parent,
            waker,
        }
    }

    pub(crate) fn run(mut self) {
        while let Some(op) = self.bytes.next() {
            self.step(op);
            self.check();
        }
        self.end();
    }

    fn check(&self) {
        for Subject { pending, set } in [&self.first, &self.second] {
            self.world.check(*set);
            assert_eq!(pending.len(), self.world.len(*set));
        }
    }

    /// One operation on the first set.
    fn step(&mut self, op: u8) {
        match op % 32 {
            0..4 => {
                let kind = self.bytes.kind();
                self.push(kind);
            }
            4 => self.push_many(),
            5..9 => drop(self.poll_next()),
            9 => self.run_dry(),
            10 => self.drive(),
            11..14 => self.wait(),
            14 | 15 => self.stream(),
            16 | 17 => self.in_loop(),
            18 => self.merge(),
            19 => self.gather(),
            20 => mem::swap(&mut self.first, &mut self.second),
            21 => self.renew(),
            22 => self.collect(),
            _ => self.world_step(op / 32),
        }
    }

    /// One operation beside the set, which may happen at any time.
    fn world_step(&mut self, op: u8) {
        let pick = self.bytes.byte();
        // The parent may panic.
        match op % 8 {
            0 => drop(survive(|| self.world.wake(pick))),
            1 => self.away(pick),
            2 => drop(survive(|| self.world.drop_waker(pick))),
            3 => self.world.make_ready(pick, pick % 4 != 0),
            4 | 5 => drop(survive(|| self.world.finish(pick))),
            6 => {
                let act = self.bytes.act();
                self.world.tell(pick, act);
            }
            _ => self.rare_step(pick),
        }
    }

    fn rare_step(&mut self, pick: u8) {
        let (op, pick) = (pick % 8, pick / 8);
        match op {
            0 => self.world.clone_waker(pick),
            1 => drop(survive(|| self.world.load_fuse(pick))),
            2 => self.parent.arm(parent::WAKE),
            3 => self.parent.arm(parent::CLONE),
            4 => self.parent.arm(parent::DROP),
            5 | 6 => self.new_parent(),
            _ => drop(survive(|| self.world.wake_away(pick))),
        }
    }

    /// Something happens in another thread, or is waited for.
    fn away(&mut self, pick: u8) {
        let (op, pick) = (pick % 8, pick / 8);
        match op {
            0 => self.world.send(pick, Use::Wake),
            1 | 2 => self.world.send(pick, Use::WakeByRef),
            3 => self.world.send(pick, Use::CloneAndWake),
            4 => self.world.send(pick, Use::Drop),
            _ => self.world.land(),
        }
    }

    /// From now on another parent polls.
    fn new_parent(&mut self) {
        self.world.unload_fuse();
        let (parent, waker) = Parent::new();
        self.world.set_parent(&parent);
        self.parents.push(mem::replace(&mut self.parent, parent));
        let old = mem::replace(&mut self.waker, waker);
        survive(|| drop(old));
    }

    /// A future that joins the first set.
    fn child(&self, kind: Kind) -> Child {
        Child::new(self.world.join(self.first.set), kind, &self.world)
    }

    fn push(&mut self, kind: Kind) {
        if !self.world.is_full() {
            let next = self.world.next_index(self.first.set);
            let child = self.child(kind);
            assert_eq!(self.first.pending.push(child), next);
        }
    }

    fn push_many(&mut self) {
        // Sometimes more than one turn can poll.
        let count = match usize::from(self.bytes.byte()) {
            few @ ..224 => few / 4,
            many => many * 3,
        };
        for n in 0..count {
            self.push(KINDS[n % KINDS.len()]);
        }
    }

    /// A set made at once.
    fn collect(&mut self) {
        let count = self.bytes.byte();
        if !self.world.is_full() {
            self.renew();
            let children: Vec<_> = (0..count).map(|_| self.child(Kind::Keeping)).collect();
            self.first.pending = children.into_iter().collect();
        }
    }

    /// Polls with the parent's waker; `None` if that panicked, and the set has ended.
    fn poll<F: Future + ?Sized>(&self, set: SetId, future: Pin<&mut F>) -> Option<Poll<F::Output>> {
        let poll = self.poll_alone(future);
        match &poll {
            None => self.world.ended(set),
            Some(Poll::Pending) => self.world.end(Ended::Pending),
            Some(Poll::Ready(_)) => self.world.end(Ended::Ready),
        }
        poll
    }

    /// Only polls.
    fn poll_alone<F: Future + ?Sized>(&self, future: Pin<&mut F>) -> Option<Poll<F::Output>> {
        let mut cx = Context::from_waker(&self.waker);
        survive(|| future.poll(&mut cx))
    }

    /// Polls the first set for its next result. Whether there was one.
    fn poll_next(&mut self) -> bool {
        let Subject { pending, set } = &mut self.first;
        let set = *set;
        self.world.begin(set, true);
        let mut cx = Context::from_waker(&self.waker);
        let poll = survive(|| Pin::new(&mut pending.next()).poll(&mut cx));
        match poll {
            None => {
                self.world.ended(set);
                self.first = Subject::new(&self.world);
                false
            }
            Some(Poll::Pending) => {
                self.world.end(Ended::Pending);
                false
            }
            Some(Poll::Ready(None)) => {
                self.world.end(Ended::Ready);
                assert_eq!(self.world.len(set), 0);
                false
            }
            Some(Poll::Ready(Some(item))) => {
                self.world.end(Ended::Ready);
                self.world.handed(set, id(&item));
                true
            }
        }
    }

    fn run_dry(&mut self) {
        while self.poll_next() {
            self.check();
        }
    }

    /// Drops the first set.
    fn renew(&mut self) {
        let old = mem::replace(&mut self.first, Subject::new(&self.world));
        self.end_of(old.set, old.pending);
    }

    /// Drops what holds a set.
    fn end_of<T>(&self, set: SetId, holder: T) {
        self.world.ending(set);
        survive(|| drop(holder));
        self.world.ended(set);
    }

    /// Takes the second set over into the first.
    fn merge(&mut self) {
        let world = &self.world;
        let from = mem::replace(&mut self.second, Subject::new(world));
        let there = self.now(from.set, wait!(..from.pending, return_when = COMPLETED(0)));
        let here = mem::take(&mut self.first.pending);
        let set = self.first.set;
        let join = || wait!(..here, ..there, return_when = COMPLETED(0));
        if let Some(wait) = self.apart(&[set, from.set], join) {
            self.world.merge(set, from.set);
            self.first.pending = self.now(set, wait);
        } else {
            self.first = Subject::new(&self.world);
        }
    }

    /// Takes sets apart. Wakers are dropped there, which may panic: then the sets have ended.
    fn apart<T>(&self, sets: &[SetId], work: impl FnOnce() -> T) -> Option<T> {
        // Panics of wakers' drops and of futures' drops at once are not for here.
        for parent in self.parents.iter().chain([&self.parent]) {
            parent.arm(0);
        }
        for set in sets {
            self.world.take_apart(*set, true);
        }
        let result = survive(work);
        for set in sets {
            match result {
                Some(_) => self.world.take_apart(*set, false),
                None => self.world.ended(*set),
            }
        }
        result
    }

    /// The rest of a wait for nothing, which polls nothing.
    fn now<F>(&self, set: SetId, wait: F) -> Pending<Child>
    where
        F: Future<Output = (rejoin::Done<Item>, Pending<Child>)> + Unpin,
    {
        let mut wait = wait;
        let mut cx = Context::from_waker(&self.waker);
        let Poll::Ready((done, pending)) = Pin::new(&mut wait).poll(&mut cx) else {
            panic!("a wait for nothing waits");
        };
        self.world.set_limit(set, None, false);
        for (index, item) in done.indexed() {
            assert_eq!(index, self.world.index(id(&item)));
            self.world.handed(set, id(&item));
        }
        pending
    }

    /// Drops everything; wakers may be used to the end.
    fn end(mut self) {
        self.renew();
        mem::swap(&mut self.first, &mut self.second);
        self.renew();
        let Self {
            world,
            first,
            second,
            mut parents,
            parent,
            waker,
            ..
        } = self;
        drop((first, second));
        world.land();
        world.unload_fuse();
        parents.push(parent);
        let wakes =
            |parents: &[Arc<Parent>]| parents.iter().map(|parent| parent.wakes()).sum::<usize>();
        let before = wakes(&parents);
        for waker in world.take_wakers() {
            waker.wake_by_ref();
            survive(|| drop(waker));
        }
        assert_eq!(
            wakes(&parents),
            before,
            "a wake reaches somebody after the end"
        );
        survive(|| drop(waker));
        for parent in parents {
            assert_eq!(parent.wakers(), 0, "a waker is left over");
        }
        world.over();
    }
}
