/* SPDX-License-Identifier: MIT
 *
 * The protocol of collections, for SPIN: contexts allocate, free, move, store
 * and collect, and a higher one comes between any two steps of a lower one and
 * runs to its end. tests/spin/run.py goes through all states there are.
 *
 * A step is one masked window or one read of what contexts share, with what
 * the context does by itself afterwards. Above each stands the function that
 * it models, and the number that the transition has in DESIGN.md. run.py fails
 * when one of these functions has changed, or when there is a new one or a new
 * window that is no step: then compare, and tell it (tests/spin/functions.txt).
 *
 * What must hold, besides the numbered invariants of heap.h:
 *
 *   - What was garbage when a collection was called is free when it returns.
 *   - What takes effect in CLEAR or MARK belongs to that cycle (I7).
 *   - All contexts come to their end, and so does every collection called: the
 *     states have no other end, and search "one-cycles" finds no cycle among
 *     them, so nobody ever waits for anybody.
 *
 * An object is one block with one pointer, a registered range one word, the
 * stack and records of a context two words each; the mark stack has room for
 * one. A search may find any free block. Tails, hints, attributes and interior
 * pointers are left out: tests/explore has them, in the real code.
 */

/* ---- How much of it: run.py has the searches ---------------------------- */

#ifndef BLOCKS
#define BLOCKS 3
#endif

/* Calls of the thread; activations of the handler and of the higher one, and
 * the most calls in each. */
#ifndef CALLS_0
#define CALLS_0 1
#endif
#ifndef SHOTS_1
#define SHOTS_1 1
#endif
#ifndef CALLS_1
#define CALLS_1 1
#endif
#ifndef SHOTS_2
#define SHOTS_2 1
#endif
#ifndef CALLS_2
#define CALLS_2 1
#endif

/* What they may call: collect; and all else. */
#define COLLECTS 1
#define MUTATES 2
#ifndef MAY_0
#define MAY_0 (COLLECTS | MUTATES)
#endif
#ifndef MAY_1
#define MAY_1 (COLLECTS | MUTATES)
#endif
#ifndef MAY_2
#define MAY_2 (COLLECTS | MUTATES)
#endif

#define CONTEXTS 3
#define GROUP_BLOCKS 2
#define GROUPS ((BLOCKS + GROUP_BLOCKS - 1) / GROUP_BLOCKS)
#define ALL ((1 << BLOCKS) - 1)
#define NONE BLOCKS
#define bit(b) ((1 << (b)) & ALL) /* of NONE: 0 */
#define group(b) ((b) / GROUP_BLOCKS)
#define group_blocks(k) ((3 << GROUP_BLOCKS * (k)) & ALL)
#define lowest(bits) \
    ((bits) & 1 -> 0 : ((bits) & 2 -> 1 : ((bits) & 4 -> 2 : 3)))

#define IDLE 0
#define CLEAR 1
#define MARK 2
#define SWEEP 3
#define CYCLE_ONE 4
#define phase(s) ((s) & 3)
#define cycle(s) ((s) >> 2)

/* ---- What contexts share ------------------------------------------------ */

byte head, body;        /* the two planes of all groups */
byte slot[BLOCKS];      /* the pointer in a block; stale where that is free */
byte root = NONE;       /* the registered range */
byte state, unswept;
byte stack = NONE;      /* the mark stack, with room for one ... */
bool depth;             /* ... and how many wait there */
byte overflow;          /* a bit for each group */
bool overflowed;

/* Of each context: two words on its stack, the records of the object that it
 * makes and of the one that it frees or moves. */
byte p[CONTEXTS], q[CONTEXTS], made[CONTEXTS], old[CONTEXTS];

byte top;               /* the context that runs */
mtype = { BEFORE, DURING, AFTER };
mtype thread = BEFORE;

/* ---- What only the properties need -------------------------------------- */

byte owner = NONE;      /* the context that has begun the cycle; none in IDLE */
byte scanned;           /* black heads scanned in this MARK */
byte due[CONTEXTS];     /* ... that this context has still to push or to scan:
                           in hand, too */
byte owed[CONTEXTS];    /* garbage when this context called collect */
byte blank;             /* blocks claimed and not yet cleared: what they hold
                           is not meant */
byte reached;           /* result of reach(); otherwise 0 */
byte pass;

#define white (head & ~body)
#define black (head & body)
#define roots_of(c) (bit(p[c]) | bit(q[c]) | bit(made[c]) | bit(old[c]))
#define no_records \
    (made[0] == NONE && made[1] == NONE && made[2] == NONE && \
     old[0] == NONE && old[1] == NONE && old[2] == NONE)
#define roots_all (bit(root) | roots_of(0) | roots_of(1) | roots_of(2))
#define overflow_blocks \
    ((overflow & 1 -> group_blocks(0) : 0) | \
     (overflow & 2 -> group_blocks(1) : 0))
#define waits \
    ((depth -> bit(stack) : 0) | (overflowed -> overflow_blocks : 0) | \
     due[0] | due[1] | due[2])

/* What a pointer in a reached block points to is reached, too. */
#define follow(b) (reached & ~blank & (1 << b) -> bit(slot[b]) : 0)
#if BLOCKS > 3
#define follow_all (follow(0) | follow(1) | follow(2) | follow(3))
#else
#define follow_all (follow(0) | follow(1) | follow(2))
#endif
inline reach()
{
    pass = 0;
    do
    :: pass < BLOCKS - 1 ->
        reached = reached | follow_all;
        pass++
    :: else ->
        pass = 0;
        break
    od
}

/* A collection takes what is not meant for pointers all the same. */
#define stale_at(b) (blank & (1 << b) -> bit(slot[b]) : 0)
#if BLOCKS > 3
#define stale (stale_at(0) | stale_at(1) | stale_at(2) | stale_at(3))
#else
#define stale (stale_at(0) | stale_at(1) | stale_at(2))
#endif

/* Between any two steps; each step that might break it calls this. */
inline invariants()
{
    assert(!(body & ~head));                                      /* I1 */
    assert(phase(state) != IDLE || black == 0);                   /* I4 */
    assert(phase(state) != SWEEP ||                               /* I4 */
           (black >> GROUP_BLOCKS * unswept) == 0);
    assert(phase(state) == SWEEP || unswept == 0);                /* I7 */
    assert(phase(state) == MARK || !(depth || overflowed));       /* I7 */
    assert(phase(state) != MARK ||                                /* I8 */
           (black & ~waits & ~scanned) == 0)
}

/* I11: a state is never followed by an earlier one. */
#define place(s) (((s) & ~3) | (((s) + 3) & 3))
inline advance(s)
{
    assert(place(s) > place(state));
    state = s
}

/* I7: whoever takes effect in CLEAR or MARK collects in the cycle that he has
 * begun himself, or stores above the context that has. */
#define entitled (me == owner || (called == NOT && me > owner))

inline disown(blocks)
{
    owed[0] = owed[0] & ~(blocks);
    owed[1] = owed[1] & ~(blocks);
    owed[2] = owed[2] & ~(blocks)
}

/* ---- A context ---------------------------------------------------------- */

mtype = {
    OFF, CALL,
    COLLECT, BEGIN, CLEAR_GROUP, CLEAR_END,
    MARK_LOOK, ROOTS, ROOTS_END, DRAIN, POP, DRAINED, SCAN_BODY, SCAN_HEAD, SCAN_WORD,
    SHADE_HEAD, SHADE_BODY, SHADE, SHADE_LOOK, HAND, PUSH, SHADED,
    OVER_LOOK, OVER_CLEAR, OVER_BITS, OVER_BIT, RESCAN_HEAD, RESCAN_BODY,
    MARK_END,
    SWEEP_LOOK, SWEEP_FROM, SWEEP_READ, SWEEP_GROUP, SWEEP_END,
    ALLOC, CLAIM, SMALL_ZERO, ALLOC_BARRIER, ALLOC_ZERO, ALLOC_DONE, MOVE,
    FREE, FREE_PLAIN, FREE_LOOK, FREE_GROUP,
    FILL, FILL_STORE, LINK, STORE, BARRIER
};
#define NOT 255 /* called: this is no call of collect */

/* The words that a marking reads: the range, all records, all stacks. Those
 * of higher contexts are empty when this one runs. */
#define WORDS (1 + 4 * CONTEXTS)
#define record_word(n) (n & 1 -> old[(n) / 2] : made[(n) / 2])
#define stack_word(n) (n & 1 -> q[(n) / 2] : p[(n) / 2])
#define word(i) \
    (i == 0 -> root : (i <= 2 * CONTEXTS -> \
        record_word(i - 1) : stack_word(i - 1 - 2 * CONTEXTS)))

#define me _pid
#define of_level(a, b, c) (me == 0 -> a : (me == 1 -> b : c))
#define may(what) ((of_level(MAY_0, MAY_1, MAY_2) & what) != 0)

/* How a call of the program ends. */
inline call_done()
{
    p[me] = NONE;
    q[me] = NONE;
    v = NONE;
    mine = 0;
    fresh = false;
    due[me] = 0;
    pc = CALL
}

/* How `collect` decides, knowing state s. */
inline collect_next(s)
{
    mine = s;
    if
    :: phase(s) == IDLE && cycle(s) > cycle(called) ->
        assert(owed[me] == 0);
        called = NOT;
        call_done()
    :: else ->
        pc = (phase(s) == SWEEP -> SWEEP_LOOK : BEGIN)
    fi
}

/* The state is not `mine`: all functions of a collection return. */
inline abandon()
{
    v = NONE;
    b = NONE;
    k = NONE;
    i = 0;
    blacks = 0;
    due[me] = 0;
    pc = COLLECT
}

/* What work_scan shades, the words of an object or of the range. */
#define scans (back == DRAIN || (back == ROOTS && i == 1))

/* The object at b has been scanned, if there is one. */
inline scan_done()
{
    due[me] = due[me] & ~bit(b);
    scanned = scanned | bit(b)
}

/* A word has been shaded: back to what that was done for. */
inline shaded()
{
    if
    :: back == ROOTS && i == 1 ->
        v = NONE;
        pc = DRAIN
    :: back == ROOTS && i != 1 ->
        v = NONE;
        pc = ROOTS
    :: back == DRAIN ->
        scan_done();
        b = NONE;
        v = NONE;
        pc = DRAIN
    :: back == ALLOC_ZERO ->
        mine = 0;
        pc = ALLOC_ZERO
    :: else ->
        call_done()
    fi;
    back = OFF
}

/* ... and returns false: callers but a barrier give the collection up. */
inline not_shaded()
{
    if
    :: called == NOT -> shaded()
    :: else -> abandon(); back = OFF
    fi
}

/* work_scan goes on with the next head of a group; or returns, to `mark`, to
 * `overflow_drain`, or to `roots_shade`, which has not come to its end. */
inline drained()
{
    if
    :: k == NONE && i != 0 -> pc = ROOTS
    :: k == NONE && i == 0 -> pc = OVER_LOOK
    :: k != NONE && blacks == 0 ->
        k = NONE;
        pc = OVER_BITS
    :: else ->
        b = lowest(blacks);
        blacks = blacks & (blacks - 1);
        pc = SCAN_BODY
    fi
}

/* Any pointer that can be reached from the range: y is where it is. */
#define RANGE BLOCKS
#define value(y) (y == RANGE -> root : slot[y])
inline any_place(y)
{
    if
    :: y = RANGE
    :: reached & 1 -> y = 0
    :: reached & 2 -> y = 1
    :: reached & 4 -> y = 2
#if BLOCKS > 3
    :: reached & 8 -> y = 3
#endif
    fi
}

inline clear_place(y)
{
    if
    :: y == RANGE -> root = NONE
    :: else -> slot[y] = NONE
    fi
}

inline any_pointer(y)
{
    if
    :: root != NONE -> y = RANGE
    :: (reached & 1) && slot[0] != NONE -> y = 0
    :: (reached & 2) && slot[1] != NONE -> y = 1
    :: (reached & 4) && slot[2] != NONE -> y = 2
#if BLOCKS > 3
    :: (reached & 8) && slot[3] != NONE -> y = 3
#endif
    fi
}

/* Two objects in a row, and garbage or not; or, if ANY_HEAP, all there are. */
inline any_head(x)
{
    if
    :: x = NONE
    :: head & 1 -> x = 0
    :: head & 2 -> x = 1
    :: head & 4 -> x = 2
#if BLOCKS > 3
    :: head & 8 -> x = 3
#endif
    fi
}

inline any_heap()
{
#ifdef ANY_HEAP
    select(head : 0 .. ALL);
    any_head(root);
#else
    if
    :: head = 3
    :: head = 7
    fi;
    root = 0;
#endif
    i = 0;
    do
    :: i < BLOCKS ->
        slot[i] = NONE;
#ifdef ANY_HEAP
        if
        :: head & bit(i) -> any_head(slot[i])
        :: else
        fi;
#endif
        i++
    :: else -> break
    od;
#ifndef ANY_HEAP
    slot[0] = 1;
#endif
    i = 0
}

active [CONTEXTS] proctype context() provided (top <= me)
{
    mtype pc = OFF;
    mtype back = OFF;   /* where block_shade returns to */
    byte calls;         /* left to this activation */
    byte shots = of_level(1, SHOTS_1, SHOTS_2);
    byte called = NOT;  /* the state when collect was called */
    byte mine;          /* the state that this context works under */
    byte v = NONE;      /* the block to shade, or that is being made */
    byte b = NONE;      /* the block being scanned */
    byte i;             /* the root word or the group that comes next */
    byte k = NONE;      /* the group being rescanned ... */
    byte blacks;        /* ... and its heads that are left */
    byte dead;          /* what is to be swept in a group, as it was read */
    byte below, left, left_unswept; /* who was preempted, and the state then */
    bool fresh;         /* p is an object that this activation has made */

    do
    /* ---- Coming and going ------------------------------------------------ */

    /* The thread makes the heap to begin with before handlers come. */
    :: atomic { me == 0 && pc == OFF && thread == BEFORE ->
            p[0] = NONE; p[1] = NONE; p[2] = NONE;
            q[0] = NONE; q[1] = NONE; q[2] = NONE;
            made[0] = NONE; made[1] = NONE; made[2] = NONE;
            old[0] = NONE; old[1] = NONE; old[2] = NONE;
            any_heap();
            calls = of_level(CALLS_0, CALLS_1, CALLS_2);
            thread = DURING;
            pc = CALL
        }

    /* A handler comes between any two steps of whoever runs. */
    :: d_step { me > 0 && pc == OFF && thread == DURING && top < me &&
                shots > 0 ->
            shots--;
            calls = of_level(CALLS_0, CALLS_1, CALLS_2);
            below = top;
            top = me;
            left = state;
            left_unswept = unswept;
            pc = CALL
        }

    /* ... and goes. Its stack is gone with it. */
    :: d_step { me > 0 && pc == CALL &&
                calls < of_level(CALLS_0, CALLS_1, CALLS_2) ->
            assert((state == left && unswept == left_unswept) ||      /* I11 */
                   (state == left && phase(left) == SWEEP &&
                    unswept < left_unswept) ||
                   (phase(state) == IDLE &&
                    (cycle(state) > cycle(left) ||
                     (cycle(state) == cycle(left) &&
                      phase(left) == SWEEP))));
            assert(made[me] == NONE && old[me] == NONE);              /* I9 */
            calls = 0;
            top = below;
            below = 0;
            left = 0;
            left_unswept = 0;
            pc = OFF
        }

    :: d_step { me == 0 && pc == CALL && calls == 0 ->
            assert(phase(state) == IDLE);
            invariants();
            thread = AFTER;
            pc = OFF
        }

    :: pc == OFF && thread == AFTER -> break

    /* ---- What a program calls -------------------------------------------- */

    /* collect.c irqgc_collect: reads the state. It compares numbers of cycles
     * with heap.h state_is_later; here they are few and do not wrap. */
    :: d_step { pc == CALL && calls > 0 && may(COLLECTS) ->
            calls--;
            called = state;
            reached = roots_all | stale;
            reach();
            owed[me] = head & ~reached;
            reached = 0;
            collect_next(called)
        }

    /* alloc.c room_make: what IRQGC_SWEEP_ON does. */
    :: d_step { pc == CALL && calls > 0 && may(MUTATES) &&
                phase(state) == SWEEP ->
            calls--;
            mine = state;
            pc = SWEEP_LOOK
        }

#ifdef HELPERS_STOP
    /* ... and what the core does not do yet, but may: help with some groups. */
    :: d_step { (pc == SWEEP_LOOK || pc == SWEEP_READ) && called == NOT ->
            k = NONE;
            call_done()
        }
#endif

    /* Takes a pointer from somewhere: copies or moves it; or, if no one else
     * can reach the object, frees or reallocates that. */
    :: atomic { pc == CALL && calls > 0 && may(MUTATES) && root != NONE ->
            calls--;
            reached = bit(root);
            reach();
            any_pointer(i);
            v = value(i);
            if
            :: pc = LINK
            :: true -> /* else the next `else` would be one of this choice */
                clear_place(i);
                reached = roots_all | bit(slot[v]);
                reach();
                if
                :: pc = LINK
                :: !(reached & bit(v)) -> pc = FREE
                :: !(reached & bit(v)) -> pc = MOVE
                fi
            fi;
            p[me] = v;
            v = NONE;
            i = 0;
            reached = 0
        }

    /* Allocates. */
    :: d_step { pc == CALL && calls > 0 && may(MUTATES) ->
            calls--;
            fresh = true;
            pc = ALLOC
        }

    /* Stores a pointer into what it has just allocated: a copy, or moves it.
     * Raw, for that is all that irqgc.h asks for. */
    :: atomic { pc == FILL ->
            reached = bit(root);
            reach();
            if
            :: pc = LINK
            :: root != NONE ->
                any_pointer(i);
                q[me] = value(i);
                if
                :: true
                :: true -> clear_place(i)
                fi;
                pc = FILL_STORE
            fi;
            i = 0;
            reached = 0
        }

    :: d_step { pc == FILL_STORE ->
            assert(head & bit(p[me]));                                /* I3 */
            slot[p[me]] = q[me];
            q[me] = NONE;
            pc = LINK;
            invariants()
        }

    /* Loads where to store the pointer that p holds, or drops it. */
    :: atomic { pc == LINK ->
            reached = bit(root);
            reach();
            if
            :: any_place(i);
                q[me] = (i == RANGE -> NONE : i);
                pc = STORE
            :: call_done()
            fi;
            i = 0;
            reached = 0
        }

    /* barrier.c irqgc_store: the store. The thread, which does not step, and
     * who stores what he has just allocated, needs no more. */
    :: d_step { pc == STORE ->
            assert(head & bit(p[me]));                                /* I3 */
            if
            :: q[me] == NONE -> root = p[me]
            :: else ->
                assert(head & bit(q[me]));                            /* I3 */
                slot[q[me]] = p[me]
            fi;
            if
            :: me == 0 || fresh -> call_done()
            :: else ->
                pc = BARRIER
            fi;
            invariants()
        }

    /* barrier.c words_barrier: looks at the phase. */
    :: d_step { pc == BARRIER ->
            if
            :: phase(state) == MARK ->
                mine = state;
                v = p[me];
                back = CALL;
                pc = SHADE_HEAD
            :: else -> call_done()
            fi
        }

    /* ---- Allocating, moving, freeing ------------------------------------- */

    /* alloc.c object_alloc: a search, that may find any free block. */
    :: atomic { pc == ALLOC && (ALL & ~head) != 0 ->
            if
            :: !(head & 1) -> v = 0
            :: !(head & 2) -> v = 1
            :: !(head & 4) -> v = 2
#if BLOCKS > 3
            :: !(head & 8) -> v = 3
#endif
            fi;
            pc = CLAIM
        }

    /* ... or none: what was to be moved goes back to where it can be found. */
    :: d_step { pc == ALLOC && (ALL & ~head) == 0 ->
            if
            :: fresh -> call_done()
            :: else ->
                p[me] = old[me];
                old[me] = NONE;
                pc = LINK
            fi
        }

    /* T1 claim.c group_claim */
    :: d_step { pc == CLAIM ->
            if
            :: !(head & bit(v)) ->
                head = head | bit(v);
                if
                :: group(v) < unswept -> body = body | bit(v)
                :: else
                fi;
                reached = roots_all;
                reach();
                assert(!(reached & bit(v)));                          /* I3 */
                made[me] = v;
                blank = blank | bit(v);
                reached = stale;
                reach();
                disown(reached);
                reached = 0;
                pc = ALLOC_BARRIER
            :: else ->
                v = NONE;
                pc = ALLOC
            fi;
            invariants()
        }

    /* T28 small.c open_claim: no record. Any group may be the open one (T25
     * small.c group_open, T26 open.c group_close), but for IDLE alone, where the
     * window finds one: it is closed before T8. */
    :: d_step { pc == CLAIM && fresh && phase(state) == IDLE ->
            if
            :: (head & bit(v)) == 0 ->
                head = head | bit(v);
                reached = roots_all;
                reach();
                assert(!(reached & bit(v)));                          /* I3 */
                p[me] = v;
                blank = blank | bit(v);
                reached = stale;
                reach();
                disown(reached);
                reached = 0;
                pc = SMALL_ZERO
            :: else ->
                v = NONE;
                pc = ALLOC
            fi;
            invariants()
        }

    /* small.c irqgc_alloc: clears the block. */
    :: d_step { pc == SMALL_ZERO ->
            slot[v] = NONE;
            blank = blank & ~bit(v);
            v = NONE;
            pc = FILL;
            invariants()
        }

    /* collect.h block_barrier: looks at the phase. */
    :: d_step { pc == ALLOC_BARRIER ->
            if
            :: phase(state) == MARK ->
                mine = state;
                back = ALLOC_ZERO;
                pc = SHADE_HEAD
            :: else -> pc = ALLOC_ZERO
            fi
        }

    /* alloc.c object_alloc: clears the block, if that is not to be moved to;
     * realloc.c object_move: copies. */
    :: d_step { pc == ALLOC_ZERO ->
            if
            :: old[me] == NONE ->
                slot[v] = NONE;
                pc = ALLOC_DONE
            :: else ->
                slot[v] = slot[old[me]];
                pc = FREE_LOOK
            fi;
            blank = blank & ~bit(v);
            invariants()
        }

    /* records.h record_unlink */
    :: d_step { pc == ALLOC_DONE ->
            p[me] = v;
            made[me] = NONE;
            v = NONE;
            pc = (fresh -> FILL : LINK);
            fresh = true
        }

    /* records.h record_link, for realloc.c irqgc_realloc, free.c irqgc_free */
    :: d_step { pc == MOVE ->
            old[me] = p[me];
            p[me] = NONE; /* a compiler may keep it nowhere else */
            pc = ALLOC
        }

    :: d_step { pc == FREE ->
            old[me] = p[me];
            p[me] = NONE;
            pc = FREE_LOOK
        }

    /* free.c plain_free: no operation is under way below, nor then a collection.
     * Until the window the address is where that of an argument is. */
    :: d_step { pc == FREE && phase(state) == IDLE && no_records ->
            pc = FREE_PLAIN
        }

    /* T27 free.c group_replace. That it wants the group as it was read, and a
     * higher context may have changed that, is why it may leave all as it is:
     * then free.c irqgc_free goes on with a record. */
    :: d_step { pc == FREE_PLAIN ->
            assert(phase(state) == IDLE);                            /* I11 */
            assert(white & bit(p[me]));                               /* I3 */
            head = head & ~bit(p[me]);
            disown(bit(p[me]));
            p[me] = NONE;
            call_done();
            invariants()
        }

    :: d_step { pc == FREE_PLAIN ->
            old[me] = p[me];
            p[me] = NONE;
            pc = FREE_LOOK
        }

    /* T15, T17 heap.h group_truth, blocks.h group_glance: records.c object_name
     * (blocks.h block_status) finds the object alive. */
    :: d_step { pc == FREE_LOOK ->
            assert(head & bit(old[me]));                              /* I3 */
            assert(!(white & bit(old[me])) ||                         /* I3 */
                   group(old[me]) >= unswept);
            pc = FREE_GROUP
        }

    /* T2 free.c group_release (free.c run_release): for free.c object_release,
     * and for realloc.c object_move, free.c blocks_release. Nobody else can have
     * changed the object: that the window looks again is for damage alone. */
    :: d_step { pc == FREE_GROUP ->
            assert(head & bit(old[me]));
            head = head & ~bit(old[me]);
            body = body & ~bit(old[me]);
            scanned = scanned & ~bit(old[me]);
            disown(bit(old[me]));
            old[me] = NONE;
            if
            :: made[me] == NONE -> call_done()
            :: else -> pc = ALLOC_DONE
            fi;
            invariants()
        }

    /* ---- Collecting ------------------------------------------------------ */

    /* collect.c irqgc_collect: the loop. */
    :: d_step { pc == COLLECT ->
            collect_next(state)
        }

    /* T8 collect.c cycle_begin, for collect.c collect_instead */
    :: d_step { pc == BEGIN ->
            if
            :: state == mine ->
                pc = (phase(mine) == IDLE -> MARK_LOOK : CLEAR_GROUP);
                mine = cycle(mine) * CYCLE_ONE + CYCLE_ONE +
                       (phase(mine) == IDLE -> MARK : CLEAR);
                assert(phase(state) != SWEEP);
                advance(mine);
                depth = 0;
                stack = NONE;
                overflowed = 0;
                owner = me;
                scanned = 0;
                due[0] = 0;
                due[1] = 0;
                due[2] = 0
            :: else -> pc = COLLECT
            fi;
            invariants()
        }

    /* T9 collect.c group_clear, for collect.c clear */
    :: d_step { pc == CLEAR_GROUP ->
            if
            :: state == mine ->
                assert(entitled);
                body = body & ~(head & group_blocks(i));
                i++;
                if
                :: i == GROUPS ->
                    i = 0;
                    pc = CLEAR_END
                :: else
                fi
            :: else -> abandon()
            fi;
            invariants()
        }

    /* T13 collect.c clear_end */
    :: d_step { pc == CLEAR_END ->
            if
            :: state == mine ->
                assert(entitled);
                assert(black == 0);
                advance(mine - CLEAR + MARK)
            :: else
            fi;
            mine = mine - CLEAR + MARK;
            pc = MARK_LOOK;
            invariants()
        }

    /* ---- Marking --------------------------------------------------------- */

    /* mark.c mark: looks at the state. */
    :: d_step { pc == MARK_LOOK ->
            if
            :: state == mine -> pc = ROOTS
            :: else -> abandon()
            fi
        }

    /* mark.c roots_shade: the next word of the registered range, of records
     * (mark.c records_shade), of stacks (mark.c stack_shade). What preempted
     * contexts have left there does not change, so only the first is a read
     * that a handler can come before. Behind the range, all that waits is
     * scanned. */
    :: d_step { pc == ROOTS ->
            do
            :: i < WORDS && v == NONE ->
                v = word(i);
                i++;
                if
                :: i == 1 -> break
                :: else
                fi
            :: else -> break
            od;
            if
            :: v == NONE && i == 1 -> pc = DRAIN
            :: v == NONE && i != 1 ->
                i = 0;
                pc = ROOTS_END
            :: else ->
                back = ROOTS;
                pc = SHADE_HEAD
            fi
        }

    /* mark.c roots_shade: looks at the state. */
    :: d_step { pc == ROOTS_END ->
            if
            :: state == mine -> pc = DRAIN
            :: else -> abandon()
            fi
        }

    /* mark.c head_is_white, for mark.c block_shade and mark.c work_scan. Two
     * reads. */
    :: d_step { pc == SHADE_HEAD ->
            if
            :: head & bit(v) -> pc = SHADE_BODY
            :: else ->
                assert(scans); /* records and stacks have objects only */
                shaded()
            fi
        }

    :: d_step { pc == SHADE_BODY ->
            if
            :: !(body & bit(v)) -> pc = SHADE
            :: (body & bit(v)) && scans -> shaded()
            :: else -> pc = SHADED
            fi
        }

    /* T5 mark.c head_blacken */
    :: d_step { pc == SHADE ->
            if
            :: state == mine && (white & bit(v)) ->
                assert(entitled);
                body = body | bit(v);
                due[me] = due[me] | bit(v);
                pc = (scans -> HAND : PUSH)
            :: else -> pc = (scans -> SHADE_LOOK : SHADED)
            fi;
            invariants()
        }

    /* mark.c work_scan: it was not white; looks at the state. */
    :: d_step { pc == SHADE_LOOK ->
            if
            :: state == mine -> shaded()
            :: else -> not_shaded()
            fi
        }

    /* mark.c work_scan keeps what it has made black in hand, and scans it next;
     * or it pushes it, which here is for another white one in the same object.
     */
    :: d_step { pc == HAND ->
            scan_done();
            b = v;
            v = NONE;
            back = OFF;
            pc = SCAN_BODY;
            invariants()
        }

    :: d_step { pc == HAND -> pc = PUSH }

    /* T6 mark.c block_push */
    :: d_step { pc == PUSH ->
            if
            :: state == mine ->
                assert(entitled);
                if
                :: !depth ->
                    stack = v;
                    depth = 1
                :: else ->
                    overflow = overflow | 1 << group(v);
                    overflowed = 1
                fi
            :: else
            fi;
            due[me] = due[me] & ~bit(v);
            if
            :: scans -> shaded()
            :: else -> pc = SHADED
            fi;
            invariants()
        }

    /* mark.c block_shade: looks at the state. So mark.c words_shade. */
    :: d_step { pc == SHADED ->
            if
            :: state == mine -> shaded()
            :: else -> not_shaded()
            fi;
            invariants()
        }

    /* mark.c block_pop, for mark.c work_scan, which mark.c stack_drain calls,
     * too: looks whether there is one. */
    :: d_step { pc == DRAIN -> pc = (depth -> POP : DRAINED) }

    /* T7 mark.c block_pop */
    :: d_step { pc == POP ->
            if
            :: state == mine && depth ->
                assert(entitled);
                b = stack;
                stack = NONE;
                depth = 0;
                due[me] = due[me] | bit(b);
                pc = SCAN_BODY
            :: else -> pc = DRAINED
            fi;
            invariants()
        }

    /* mark.c work_scan: nothing waits on the stack. If no head is left, it
     * looks at the state. */
    :: d_step { pc == DRAINED ->
            if
            :: blacks != 0 || state == mine -> drained()
            :: else -> abandon()
            fi
        }

    /* mark.c object_words: looks whether the head is black. Two reads. */
    :: d_step { pc == SCAN_BODY ->
            if
            :: body & bit(b) -> pc = SCAN_HEAD
            :: else ->
                back = DRAIN;
                shaded()
            fi
        }

    :: d_step { pc == SCAN_HEAD ->
            if
            :: head & bit(b) -> pc = SCAN_WORD
            :: else ->
                back = DRAIN;
                shaded()
            fi
        }

    /* mark.c work_scan: reads the pointer. */
    :: d_step { pc == SCAN_WORD ->
            v = slot[b];
            back = DRAIN;
            if
            :: v == NONE -> shaded()
            :: else -> pc = SHADE_HEAD
            fi;
            invariants()
        }

    /* mark.c mark: is there an overflow? */
    :: d_step { pc == OVER_LOOK ->
            pc = (overflowed -> OVER_CLEAR : MARK_END)
        }

    /* T14 mark.c overflow_clear, of `overflowed`, for mark.c overflow_drain */
    :: d_step { pc == OVER_CLEAR ->
            if
            :: state == mine ->
                assert(entitled);
                overflowed = 0;
                due[me] = overflow_blocks;
                pc = OVER_BITS
            :: else -> abandon()
            fi;
            invariants()
        }

    /* mark.c overflow_drain: looks for a bit that is set. */
    :: d_step { pc == OVER_BITS ->
            if
            :: overflow == 0 ->
                due[me] = 0;
                pc = MARK_END
            :: else ->
                k = lowest(overflow);
                pc = OVER_BIT
            fi;
            invariants()
        }

    /* T14 mark.c overflow_clear, of a group's bit */
    :: d_step { pc == OVER_BIT ->
            if
            :: state == mine ->
                assert(entitled);
                overflow = overflow & ~(1 << k);
                due[me] = due[me] | group_blocks(k);
                pc = RESCAN_HEAD
            :: else -> abandon()
            fi;
            invariants()
        }

    /* mark.c group_rescan: which heads are black? Two reads. */
    :: d_step { pc == RESCAN_HEAD ->
            blacks = head & group_blocks(k);
            pc = RESCAN_BODY
        }

    :: d_step { pc == RESCAN_BODY ->
            blacks = blacks & body;
            due[me] = blacks | overflow_blocks;
            pc = DRAIN;
            invariants()
        }

    /* T10 mark.c mark_end */
    :: d_step { pc == MARK_END ->
            if
            :: state == mine && (depth || overflowed) -> pc = DRAIN
            :: state == mine && !(depth || overflowed) ->
                assert(entitled);
                reached = roots_all;
                reach();
                assert(!(reached & white));                           /* I3 */
                reached = 0;
                advance(mine - MARK + SWEEP);
                unswept = GROUPS;
                scanned = 0;
                pc = COLLECT
            :: else -> abandon()
            fi;
            invariants()
        }

    /* ---- Sweeping -------------------------------------------------------- */

    /* sweep.c sweep: looks at the state. */
    :: d_step { pc == SWEEP_LOOK ->
            if
            :: state == mine -> pc = SWEEP_FROM
            :: state != mine && called == NOT -> call_done()
            :: else -> pc = COLLECT
            fi
        }

    /* ... and at the cursor. */
    :: d_step { pc == SWEEP_FROM ->
            k = unswept;
            pc = (k > 0 -> SWEEP_READ : SWEEP_END);
            if
            :: k == 0 -> k = NONE
            :: else
            fi
        }

    /* T15 heap.h group_truth: sweep.c groups_sweep reads a group. */
    :: d_step { pc == SWEEP_READ ->
            dead = white & group_blocks(k - 1);
            pc = SWEEP_GROUP
        }

    /* T11 sweep.c group_sweep: what is dead there has not changed. */
    :: d_step { pc == SWEEP_GROUP ->
            if
            :: state == mine && unswept == k ->
                assert(dead == (white & group_blocks(k - 1)));
                reached = roots_all;
                reach();
                assert(!(reached & dead));                            /* I3 */
                reached = 0;
                disown(dead);
                head = head & ~dead;
                body = body & ~group_blocks(k - 1);
                unswept = k - 1;
                k--;
                if
                :: k > 0 -> pc = SWEEP_READ
                :: else ->
                    k = NONE;
                    pc = SWEEP_LOOK
                fi
            :: else ->
                k = NONE;
                pc = SWEEP_LOOK
            fi;
            dead = 0;
            invariants()
        }

    /* T12 sweep.c sweep_end */
    :: d_step { pc == SWEEP_END ->
            if
            :: state == mine && unswept == 0 ->
                advance(mine - SWEEP + IDLE);
                owner = NONE
            :: else
            fi;
            pc = SWEEP_LOOK;
            invariants()
        }
    od
}
