// SPDX-License-Identifier: MIT
//
// Functions that are inlined into their callers, where an object's last use is
// in the middle of something larger. Those of kernels.h are in a unit of their
// own, for link-time optimisation to inline.

static inline __attribute__((always_inline)) SUM NAME(part_sum)(const ITEM *p,
                                                                int n) {
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s = s * 3 + VALUE(p[i]);
    }
    return s;
}

static inline __attribute__((always_inline)) SUM
NAME(part_backward)(const ITEM *p, int n) {
    SUM s = 0;
    for (int i = n - 1; i >= 0; i--) {
        s = s * 3 + VALUE(p[i]);
    }
    return s;
}

static inline __attribute__((always_inline)) int
NAME(part_find)(const ITEM *p, int n, int key) {
    for (int i = 0; i < n; i++) {
        if (VALUE(p[i]) == (SUM)key) {
            return i;
        }
    }
    return -1;
}

static inline __attribute__((always_inline)) void
NAME(part_fill)(ITEM *p, int n, int x) {
    while (n > 0) {
        n--;
        p[n] = ITEM_OF(x + n);
    }
}

LOOP2(inlined_one_then_other) {
    TAKE2;
    const SUM s = NAME(part_sum)(p, n);
    return s + NAME(part_backward)(q, n);
}

LOOP2(inlined_find_then_sum) {
    TAKE2;
    const int at = NAME(part_find)(p, n, key);
    return NAME(part_sum)(q, at < 0 ? n : at);
}

LOOP2(inlined_fill_then_copy) {
    TAKE2;
    NAME(part_fill)(p, n, key);
    for (int i = 0; i < n; i++) {
        q[i] = p[i];
    }
    return 0;
}

LOOP(inlined_halves) {
    TAKE;
    return NAME(part_sum)(p, n / 2) + NAME(part_backward)(p + n / 2, n / 2);
}

LOOP(inlined_twice) {
    TAKE;
    const int at = NAME(part_find)(p, n, key);
    return (SUM)at + NAME(part_backward)(p, at < 0 ? n : at + 1);
}

LOOP(inlined_windows) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i + 8 <= n; i += 8) {
        s += NAME(part_backward)(p + i, 8);
    }
    return s;
}

LOOP(inlined_with_calls) {
    TAKE;
    SUM s = NAME(part_sum)(p, n);
    sink((int)s);
    s += NAME(part_backward)(p, n);
    for (int i = 0; i < n; i++) {
        sink((int)(s + VALUE(p[i])));
    }
    return s;
}

LOOP(inlined_branches) {
    TAKE;
    if (key > 3) {
        return NAME(part_backward)(p, n);
    }
    return NAME(part_sum)(p, n) + (SUM)NAME(part_find)(p, n, key);
}
