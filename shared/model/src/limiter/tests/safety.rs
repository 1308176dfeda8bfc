//! Whatever senders do, and whenever they die: Meta refuses none for the number's rate.

use proptest::prelude::*;

use super::world::{Habits, World};

fn habits() -> impl Strategy<Value = Habits> {
    let limit = prop_oneof![Just(20_u32), Just(80), Just(5)];
    (limit, 1_usize..12, 1_u64..=10, 0_u64..400, 1_u64..60, 0_u64..2_000, 0_u64..400, 0_u64..100, 0_u64..=1_000)
        .prop_map(|(limit, senders, batch, call, table, pause, sleeps, dies, skew)| Habits {
            senders,
            limit,
            batch,
            call: (call / 2, call),
            table: (1, table),
            pause: (0, pause),
            sleeps,
            dies,
            skew,
            way: 50,
        })
}

proptest! {
    // Each case is twenty seconds of several senders.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 4))]

    #[test]
    fn meta_refuses_nothing(habits in habits(), seed in any::<u64>()) {
        let mut world = World::new(habits, seed);
        world.play(20);
        prop_assert!(world.meta.refused.is_empty(), "{:?}", world.meta.refused);
    }
}
