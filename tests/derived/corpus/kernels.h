// SPDX-License-Identifier: MIT
//
// Between units: kernels.c defines these, and only link-time optimisation
// inlines them into the loops below.

CALLED SUM NAME(kernel_sum)(const ITEM *p, int n);
CALLED SUM NAME(kernel_backward)(const ITEM *p, int n);
CALLED int NAME(kernel_find)(const ITEM *p, int n, SUM key);
CALLED void NAME(kernel_copy)(ITEM *to, const ITEM *from, int n);
CALLED SUM NAME(kernel_known)(const ITEM *p);

#ifdef KERNELS
CALLED SUM NAME(kernel_sum)(const ITEM *p, int n) {
    SUM s = 0;
    for (const ITEM *e = p + n; p < e; p++) {
        s = s * 3 + VALUE(*p);
    }
    return s;
}

CALLED SUM NAME(kernel_backward)(const ITEM *p, int n) {
    SUM s = 0;
    while (n-- > 0) {
        s = s * 3 + VALUE(p[n]);
    }
    return s;
}

CALLED int NAME(kernel_find)(const ITEM *p, int n, SUM key) {
    for (int i = 0; i < n; i++) {
        if (VALUE(p[i]) == key) {
            return i;
        }
    }
    return -1;
}

CALLED void NAME(kernel_copy)(ITEM *to, const ITEM *from, int n) {
    for (int i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

CALLED SUM NAME(kernel_known)(const ITEM *p) {
    SUM s = 0;
    for (int i = COUNT - 1; i >= 0; i--) {
        s = s * 5 + VALUE(p[i]);
    }
    return s;
}
#else
LOOP(linked_sum) {
    TAKE;
    return NAME(kernel_sum)(p, n) + 1;
}

LOOP(linked_backward) {
    TAKE;
    return NAME(kernel_backward)(p, n) + 1;
}

LOOP(linked_known) {
    TAKE;
    return NAME(kernel_known)(p) + 1;
}

LOOP(linked_find) {
    TAKE;
    const int at = NAME(kernel_find)(p, n, (SUM)key);
    return (SUM)at + NAME(kernel_backward)(p, at < 0 ? n : at + 1);
}

LOOP2(linked_copy) {
    TAKE2;
    NAME(kernel_copy)(q, p, n);
    return NAME(kernel_sum)(q, n);
}

LOOP2(linked_both) {
    TAKE2;
    return NAME(kernel_sum)(p, n) + NAME(kernel_backward)(q, n);
}

LOOP(linked_calls) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i + 4 <= n; i += 4) {
        s += NAME(kernel_sum)(p + i, 4);
        sink((int)s);
    }
    return s;
}
#endif
