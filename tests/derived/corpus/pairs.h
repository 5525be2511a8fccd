// SPDX-License-Identifier: MIT
//
// Loops over two arrays.

LOOP2(dot) {
    TAKE2;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s += VALUE(p[i]) * VALUE(q[i]);
    }
    return s;
}

LOOP2(dot_counting) {
    TAKE2;
    SUM s = 0;
    while (n--) {
        s += VALUE(*p++) * VALUE(*q++);
    }
    return s;
}

LOOP2(dot_reverse) {
    TAKE2;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s += VALUE(p[i]) * VALUE(q[n - 1 - i]);
    }
    return s;
}

LOOP2(copy) {
    TAKE2;
    for (int i = 0; i < n; i++) {
        q[i] = p[i];
    }
    return 0;
}

LOOP2(copy_pointer) {
    TAKE2;
    do {
        *q++ = *p++;
    } while (--n);
    return 0;
}

LOOP2(copy_backward) {
    TAKE2;
    while (n-- > 0) {
        q[n] = p[n];
    }
    return 0;
}

LOOP2(compare) {
    TAKE2;
    for (int i = 0; i < n; i++) {
        if (VALUE(p[i]) != VALUE(q[i])) {
            return (SUM)i;
        }
    }
    return 0;
}

#ifndef ITEM_IS_POINTER
LOOP2(axpy) {
    TAKE2;
    for (int i = 0; i < n; i++) {
        q[i] += p[i] * (ITEM)key;
    }
    return 0;
}
#endif

LOOP2(swap) {
    TAKE2;
    for (int i = 0; i < n; i++) {
        ITEM t = p[i];
        p[i] = q[i];
        q[i] = t;
    }
    return 0;
}

LOOP2(call2) {
    TAKE2;
    for (int i = 0; i < n; i++) {
        sink((int)(VALUE(p[i]) + VALUE(q[i])));
    }
    return 0;
}

LOOP2(convolve) {
    TAKE2;
    SUM s = 0;
    for (int i = 0; i < n - 3; i++) {
        for (int j = 0; j < 4; j++) {
            s += VALUE(p[i + j]) * VALUE(q[j]);
        }
    }
    return s;
}
