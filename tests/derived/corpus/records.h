// SPDX-License-Identifier: MIT
//
// Loops over arrays of records.

LOOP(record_sum) {
    TAKE;
    u32 s = 0;
    for (int i = 0; i < n; i++) {
        s += p[i].v;
    }
    return s;
}

LOOP(record_sum_k) {
    TAKE;
    u32 s = 0;
    for (int i = 0; i < n; i++) {
        s += p[i].k;
    }
    return s;
}

LOOP(record_sum_pointer) {
    TAKE;
    u32 s = 0;
    for (const ITEM *e = p + n; p < e; p++) {
        s = s * 3 + p->v;
    }
    return s;
}

LOOP(record_sum_fields) {
    TAKE;
    u32 s = 0;
    for (int i = 0; i < n; i++) {
        s += p[i].v * p[i].k + p[i].w;
    }
    return s;
}

LOOP(record_find) {
    TAKE;
    for (int i = 0; i < n; i++) {
        if (p[i].k == key) {
            return p[i].v;
        }
    }
    return 0;
}

LOOP(record_find_pointer) {
    TAKE;
    for (const ITEM *e = p + n; p != e; p++) {
        if (p->k == key) {
            return p->v;
        }
    }
    return 0;
}

LOOP(record_find_w) {
    TAKE;
    for (int i = 0; i < n; i++) {
        if (p[i].w == key) {
            return i;
        }
    }
    return -1;
}

LOOP(record_backward) {
    TAKE;
    u32 s = 0;
    while (n-- > 0) {
        s = s * 3 + p[n].v;
    }
    return s;
}

LOOP(record_backward_pointer) {
    TAKE;
    u32 s = 0;
    const ITEM *q = p + n;
    while (q > p) {
        q--;
        s = s * 3 + q->v + q->k;
    }
    return s;
}

LOOP(record_counting) {
    TAKE;
    u32 s = 0;
    do {
        s = s * 3 + p->w;
        p++;
    } while (--n);
    return s;
}

LOOP(record_fill) {
    TAKE;
    for (int i = 0; i < n; i++) {
        p[i].k = i;
        p[i].v = key;
    }
    return 0;
}

LOOP(record_fill_1) {
    TAKE;
    for (int i = 0; i < n; i++) {
        p[i].w = key;
    }
    return 0;
}

LOOP(record_call) {
    TAKE;
    for (int i = 0; i < n; i++) {
        sink(p[i].v);
    }
    return 0;
}

LOOP(record_call_fields) {
    TAKE;
    for (int i = 0; i < n; i++) {
        sink(p[i].v + p[i].k);
    }
    return 0;
}

LOOP(record_call_backward) {
    TAKE;
    while (n-- > 0) {
        sink(p[n].w);
    }
    return 0;
}

LOOP(record_max) {
    TAKE;
    int m = p[0].v;
    for (int i = 1; i < n; i++) {
        if (p[i].v > m) {
            m = p[i].v;
        }
    }
    return m;
}

LOOP(record_copy) {
    TAKE;
    ITEM *o = (ITEM *)out;
    for (int i = 0; i < n; i++) {
        o[i] = p[i];
    }
    return 0;
}

LOOP(record_copy_backward) {
    TAKE;
    ITEM *o = (ITEM *)out;
    while (n-- > 0) {
        o[n] = p[n];
    }
    return 0;
}

LOOP(record_differences) {
    TAKE;
    u32 s = 0;
    for (int i = 0; i + 1 < n; i++) {
        s = s * 3 + p[i + 1].v - p[i].v;
    }
    return s;
}

LOOP(record_stride2) {
    TAKE;
    u32 s = 0;
    for (int i = 0; i < n; i += 2) {
        s = s * 3 + p[i].v + p[i].w;
    }
    return s;
}

LOOP(record_sunk) {
    TAKE;
    for (int i = 0; i < n; i++) {
        sunk = p[i].k;
        sunk = p[i].w;
    }
    return 0;
}
