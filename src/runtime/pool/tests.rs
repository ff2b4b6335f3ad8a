//! Places given and waited for, with no instance behind them.

use super::{Limit, Place, PlaceId, Pool, Rank, Turn, Whom, Wish};
use crate::model::{ConnectorId, UserId};

fn wish(connector: &ConnectorId, cap: Option<usize>) -> Wish {
    Wish {
        connector: connector.clone(),
        whom: Whom::User(UserId::random(), 0),
        cap,
        rank: Rank::Caller,
    }
}

fn waits(pool: &Pool, wish: &Wish) -> Turn {
    pool.claim(wish.clone()).expect_err("it should have to wait")
}

fn given(turn: &mut Turn) -> Option<Place> {
    turn.given.try_recv().ok()
}

#[test]
fn places_go_to_those_who_wait_in_their_order() {
    let pool = Pool::new(2);
    let (a, b) = (ConnectorId::random(), ConnectorId::random());
    let first = pool.claim(wish(&a, Some(1))).unwrap();
    let second = pool.claim(wish(&b, None)).unwrap();
    let mut same = waits(&pool, &wish(&a, Some(1)));
    let mut any = waits(&pool, &wish(&b, None));
    let mut later = waits(&pool, &wish(&b, None));
    assert_eq!((same.limit, any.limit), (Limit::Connector(1), Limit::Broker(2)));
    // The first in the queue can't use this place, the next one can.
    drop(second);
    assert!(given(&mut same).is_none() && given(&mut later).is_none());
    let any = given(&mut any).unwrap();
    drop(first);
    let same = given(&mut same).unwrap();
    assert!(given(&mut later).is_none());
    drop((any, same));
    assert!(given(&mut later).is_some() && !pool.is_short());
}

#[test]
fn whoever_leaves_the_queue_holds_nobody_up() {
    let pool = Pool::new(1);
    let connector = ConnectorId::random();
    let place = pool.claim(wish(&connector, None)).unwrap();
    let gone = waits(&pool, &wish(&connector, None));
    let granted = waits(&pool, &wish(&connector, None));
    let mut last = waits(&pool, &wish(&connector, None));
    drop(gone);
    drop(place);
    // It was given the place, and left before it took it.
    drop(granted);
    assert!(given(&mut last).is_some());
}

#[test]
fn a_probe_comes_in_over_the_limit_by_one() {
    let pool = Pool::new(1);
    let connector = ConnectorId::random();
    let place = pool.claim(wish(&connector, Some(1))).unwrap();
    let probe = || Wish {
        rank: Rank::Probe,
        ..wish(&connector, Some(1))
    };
    let probing = pool.claim(probe()).unwrap();
    let mut other = waits(&pool, &probe());
    let mut caller = waits(&pool, &wish(&connector, None));
    drop(place);
    assert!(given(&mut caller).is_none());
    let other = given(&mut other).unwrap();
    drop(probing);
    assert!(given(&mut caller).is_none());
    drop(other);
    assert!(given(&mut caller).is_some());
}

#[test]
fn a_successor_need_not_wait_for_its_predecessor() {
    let pool = Pool::new(1);
    let connector = ConnectorId::random();
    let same = wish(&connector, Some(1));
    let old = pool.claim(same.clone()).unwrap();
    let new = pool.claim(same.clone()).unwrap();
    // One for each, however often what it is started with changes.
    let mut third = waits(&pool, &same);
    drop(old);
    let third = given(&mut third).unwrap();
    drop(new);
    // One that was sent away to make room has no successor: others were before.
    pool.leaves(third.id());
    waits(&pool, &same);
}

#[test]
fn only_as_many_are_evicted_as_are_short() {
    let pool = Pool::new(2);
    let (a, b) = (ConnectorId::random(), ConnectorId::random());
    let one = pool.claim(wish(&a, Some(1))).unwrap();
    let two = pool.claim(wish(&b, None)).unwrap();
    let asked = |idle: &[PlaceId]| {
        let mut idle = idle.to_vec();
        let mut asked = Vec::new();
        pool.make_room(|connector| {
            asked.push(connector.cloned());
            idle.pop()
        });
        asked
    };
    assert!(asked(&[one.id()]).is_empty());
    let _same = waits(&pool, &wish(&a, Some(1)));
    assert_eq!(asked(&[]), [Some(a.clone())]);
    assert_eq!(asked(&[one.id()]), [Some(a.clone())]);
    // Its place is on the way: nothing more is needed until another one waits.
    assert!(asked(&[two.id()]).is_empty());
    let _any = waits(&pool, &wish(&b, None));
    let _more = waits(&pool, &wish(&b, None));
    assert_eq!(asked(&[two.id()]), [None, None]);
    assert_eq!(asked(&[]), [None]);
}

/// Starts, ends, evictions and departures at random: the limits hold at every moment, nobody waits who could start, no
/// one overtakes another who wants the same, and all get their turn in the end.
#[test]
fn whatever_happens_limits_hold_and_nobody_is_forgotten() {
    for seed in 1..=60 {
        play(seed);
    }
}

fn play(seed: u64) {
    const LIMIT: usize = 5;
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut below = |most: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % most as u64).unwrap()
    };
    let connectors: Vec<_> = [None, Some(1), Some(3)]
        .map(|cap| (ConnectorId::random(), cap))
        .into();
    let pool = Pool::new(LIMIT);
    let mut held: Vec<(usize, Place)> = Vec::new();
    let mut waiting: Vec<(usize, Turn)> = Vec::new();
    let mut busiest = 0;
    for _ in 0..400 {
        match below(10) {
            0..5 => {
                let which = below(connectors.len());
                let (connector, cap) = &connectors[which];
                match pool.claim(wish(connector, *cap)) {
                    Ok(place) => held.push((which, place)),
                    Err(turn) => waiting.push((which, turn)),
                }
            }
            5..8 if !held.is_empty() => drop(held.swap_remove(below(held.len()))),
            8 if !waiting.is_empty() => drop(waiting.remove(below(waiting.len()))),
            _ => {
                let mut evicted = Vec::new();
                pool.make_room(|short| {
                    let at = held.iter().position(|(which, place)| {
                        !evicted.contains(&place.id())
                            && short.is_none_or(|short| *short == connectors[*which].0)
                    })?;
                    evicted.push(held[at].1.id());
                    evicted.last().copied()
                });
                assert!(evicted.len() <= waiting.len());
                held.retain(|(_, place)| !evicted.contains(&place.id()));
            }
        }
        let mut overtaken = [false; 3];
        let mut still = Vec::new();
        for (which, mut turn) in waiting {
            match given(&mut turn) {
                Some(place) => {
                    assert!(!overtaken[which], "seed {seed}: it was not its turn");
                    held.push((which, place));
                }
                None => {
                    overtaken[which] = true;
                    still.push((which, turn));
                }
            }
        }
        waiting = still;
        let of = |which| held.iter().filter(|(other, _)| *other == which).count();
        let is_full = |which: usize| connectors[which].1.is_some_and(|cap| of(which) >= cap);
        assert!(held.len() <= LIMIT, "seed {seed}");
        assert!(
            connectors
                .iter()
                .enumerate()
                .all(|(at, (_, cap))| cap.is_none_or(|cap| of(at) <= cap))
        );
        assert!(
            waiting
                .iter()
                .all(|(which, _)| held.len() == LIMIT || is_full(*which)),
            "seed {seed}: forgotten"
        );
        busiest = busiest.max(waiting.len());
    }
    assert!(busiest > 3, "seed {seed}: the game was too easy");
    while !waiting.is_empty() {
        drop(held.pop().expect("somebody waits for nothing"));
        waiting.retain_mut(|(which, turn)| match given(turn) {
            Some(place) => {
                held.push((*which, place));
                false
            }
            None => true,
        });
    }
    assert!(!pool.is_short());
}
