// SPDX-License-Identifier: MIT
#include "acts.h"

#include "world.h"

enum {
    GROUP = GROUP_BLOCKS,
    MANY = 13 * UNIT, // more than a group
};

static thing_t add(size_t n_blocks) {
    return world_alloc(world_free_root(), n_blocks, 0, BY_STORE);
}

static void nothing(void) {
}

// ---- Allocation ------------------------------------------------------------

static void alloc_block(void) {
    add(1);
}

static void alloc_two(void) {
    add(2);
    add(1);
}

static void alloc_group(void) {
    add(GROUP);
}

static void alloc_many(void) {
    add(MANY);
}

static void alloc_drop(void) {
    world_alloc(NOWHERE, 3, 0, BY_STORE);
    world_alloc(NOWHERE, 1, IRQGC_NOT_ZEROED, BY_STORE);
}

static void alloc_held(void) {
    world_alloc(NOWHERE, 2, IRQGC_HELD, BY_STORE);
    world_alloc(world_free_root(), 2, IRQGC_NO_POINTERS | IRQGC_NOT_ZEROED,
                BY_STORE);
}

// As long as there is room; the new ones in a chain.
static void fill_by(size_t most, bool keep) {
    thing_t chain = 0;
    for (size_t n = most; n > 0; n /= 2) {
        for (;;) {
            thing_t t;
            if (!keep) {
                t = world_alloc(NOWHERE, n, 0, BY_STORE);
            } else if (chain == 0 || !world_is_alive(chain)) {
                t = add(n);
            } else {
                t = world_alloc((place_t){chain, 0}, n, 0, RAW);
            }
            if (t == 0) {
                break;
            }
            chain = t;
        }
    }
}

static void fill(void) {
    fill_by(MANY, true);
}

static void fill_and_drop(void) {
    fill_by(GROUP, false);
}

// ---- Giving back -----------------------------------------------------------

static void free_one(pick_t which) {
    const thing_t t = world_pick(which);
    if (t != 0) {
        world_free(t);
    }
}

static void free_lowest(void) {
    free_one(PICK_LOWEST);
}

static void free_highest(void) {
    free_one(PICK_HIGHEST);
}

static void free_largest(void) {
    free_one(PICK_LARGEST);
}

static void free_all(void) {
    thing_t t;
    while ((t = world_pick(PICK_HIGHEST)) != 0) {
        world_free(t);
    }
}

static void drop_lowest(void) {
    world_cut(world_place_of(world_pick(PICK_LOWEST)));
}

static void drop_highest(void) {
    world_cut(world_place_of(world_pick(PICK_HIGHEST)));
}

// What was just given back is taken again, in the same shape and in others.
static void reuse_of(pick_t which) {
    const thing_t t = world_pick(which);
    if (t == 0) {
        return;
    }
    const size_t n = world_blocks(t);
    world_free(t);
    add(n);
    free_one(which);
    add(n / 2 + 1);
    add(n);
}

static void reuse_lowest(void) {
    reuse_of(PICK_LOWEST);
}

static void reuse_largest(void) {
    reuse_of(PICK_LARGEST);
}

// In the same place but for the head, which moves down or up by a block: its
// tails stay where they were.
static void reuse_longer(void) {
    const thing_t t = world_pick(PICK_LARGEST);
    const size_t n = t != 0 ? world_blocks(t) : 0;
    if (t != 0) {
        world_free(t);
        add(n + UNIT);
    }
}

static void reuse_shorter(void) {
    const thing_t t = world_pick(PICK_LARGEST);
    const size_t n = t != 0 ? world_blocks(t) : 0;
    if (n > UNIT) {
        world_free(t);
        const thing_t before = add(UNIT);
        add(n - UNIT);
        if (before != 0 && world_can_move(world_place_of(before))) {
            world_free(before);
        }
    }
}

// Takes the longest run, having given back one below it that will do: a search
// that has passed there must come back.
static void change_sides(void) {
    const size_t n = world_wanted();
    const size_t longest = world_longest_run();
    const thing_t t = n != 0 ? world_pick_above(n) : 0;
    if (t != 0 && longest != 0) {
        world_free(t);
        add(longest);
    }
}

// ---- Reallocation ----------------------------------------------------------

static void resize(pick_t which, size_t (*size)(size_t)) {
    const thing_t t = world_pick(which);
    if (t != 0) {
        world_realloc(t, size(world_blocks(t)), 0);
    }
}

static size_t half(size_t n) {
    return n / 2 + 1;
}

static size_t more(size_t n) {
    return n + 2 * UNIT;
}

static size_t many_more(size_t n) {
    return n + GROUP;
}

static void shrink(void) {
    resize(PICK_LARGEST, half);
}

static void grow(void) {
    resize(PICK_LOWEST, more);
    resize(PICK_HIGHEST, more);
}

static void grow_much(void) {
    resize(PICK_SMALLEST, many_more);
    resize(PICK_LARGEST, many_more);
}

// ---- Stores ----------------------------------------------------------------

// The only reference of an object goes from one place to another.
static void move_to_root(bool highest) {
    const thing_t from = world_parent(highest);
    const place_t to = world_free_root();
    for (unsigned i = 0; from != 0 && i < THING_SLOTS; i++) {
        const place_t p = {from, i};
        if (world_can_move(p)) {
            world_move(p, to);
            return;
        }
    }
}

static void move_up(void) {
    move_to_root(false);
    move_to_root(true);
}

static void move_down(bool highest) {
    const thing_t t = world_pick(highest ? PICK_LOWEST : PICK_HIGHEST);
    const place_t to = world_free_slot(highest, t);
    if (t != 0 && place_is(to)) {
        world_move(world_place_of(t), to);
    }
}

static void move_to_lowest(void) {
    move_down(false);
}

static void move_to_highest(void) {
    move_down(true);
}

static void copy(void) {
    const thing_t t = world_copy_source();
    const place_t to = world_free_root_pair();
    if (t != 0 && place_is(to)) {
        world_copy(t, to.slot);
    }
}

// A new object takes a place over, by plain stores alone.
static void adopt_of(pick_t which, size_t n_blocks) {
    const thing_t t = world_pick(which);
    if (t != 0) {
        world_adopt(t, n_blocks);
    }
}

static void adopt(void) {
    adopt_of(PICK_HIGHEST, 1);
    adopt_of(PICK_LOWEST, 2);
    adopt_of(PICK_LARGEST, MANY);
}

static void link_new(void) {
    const thing_t a = add(1);
    if (a != 0) {
        world_alloc((place_t){a, 0}, 2, IRQGC_FAIL_FAST, BY_STORE);
    }
}

static void root_add(void) {
    const thing_t parent = world_parent(true);
    for (unsigned i = 0; parent != 0 && i < THING_SLOTS; i++) {
        const place_t p = {parent, i};
        if (world_can_move(p)) {
            world_root_add(world_linked(p));
            return;
        }
    }
    const thing_t t = world_pick(PICK_HIGHEST);
    if (t != 0) {
        world_root_add(t);
    }
}

// ---- Collections -----------------------------------------------------------

static void collect(void) {
    world_collect();
}

static void collect_between(void) {
    alloc_drop();
    world_collect();
    add(1);
    add(GROUP);
}

static void drop_and_collect(void) {
    drop_lowest();
    drop_highest();
    world_collect();
    fill();
}

static void collect_twice(void) {
    drop_highest();
    world_collect();
    drop_lowest();
    world_collect();
}

// Everything at once, and the heap is another.
static void turn_over(void) {
    free_all();
    fill_and_drop();
    world_collect();
    fill();
}

static void move_and_collect(void) {
    move_up();
    world_collect();
    move_to_highest();
}

// ---- Looking, and misuse ---------------------------------------------------

static void look(void) {
    const thing_t t = world_pick(PICK_HIGHEST);
    if (t != 0) {
        world_size(t);
    }
    world_stats();
    world_walk();
    world_dump();
}

static void free_again(void) {
    world_attack_free();
    world_attack_realloc();
}

static void free_again_and_reuse(void) {
    const size_t n = world_victim_blocks();
    if (n != 0 && world_attack_free()) {
        add(n);
        add(1);
        add(n / 2 + 1);
        add(GROUP);
    }
}

static void free_garbage(void) {
    world_free_garbage();
    add(1);
    add(3);
}

const act_t acts[] = {
    {"nothing", nothing},
    {"alloc-block", alloc_block},
    {"alloc-two", alloc_two},
    {"alloc-group", alloc_group},
    {"alloc-many", alloc_many},
    {"alloc-drop", alloc_drop},
    {"alloc-held", alloc_held},
    {"fill", fill},
    {"fill-and-drop", fill_and_drop},
    {"free-lowest", free_lowest},
    {"free-highest", free_highest},
    {"free-largest", free_largest},
    {"free-all", free_all},
    {"reuse-lowest", reuse_lowest},
    {"reuse-largest", reuse_largest},
    {"reuse-longer", reuse_longer},
    {"reuse-shorter", reuse_shorter},
    {"change-sides", change_sides},
    {"shrink", shrink},
    {"grow", grow},
    {"grow-much", grow_much},
    {"move-up", move_up},
    {"move-to-lowest", move_to_lowest},
    {"move-to-highest", move_to_highest},
    {"copy", copy},
    {"adopt", adopt},
    {"link-new", link_new},
    {"root-add", root_add},
    {"collect", collect},
    {"collect-between", collect_between},
    {"collect-twice", collect_twice},
    {"drop-and-collect", drop_and_collect},
    {"move-and-collect", move_and_collect},
    {"turn-over", turn_over},
    {"look", look},
    {"free-again", free_again},
    {"free-again-and-reuse", free_again_and_reuse},
    {"free-garbage", free_garbage},
};
const size_t n_acts = sizeof acts / sizeof *acts;
