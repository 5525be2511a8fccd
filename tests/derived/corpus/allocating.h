// SPDX-License-Identifier: MIT
//
// Loops that allocate, so that a collection may come of their own calls. ITEM
// is `node`, of which an array is one of pointers.

LOOP(allocate_fill) {
    TAKE;
    node **const a = (node **)p;
    for (int i = 0; i < n; i++) {
        a[i] = allocate();
    }
    return 0;
}

LOOP(allocate_fill_backward) {
    TAKE;
    node **const a = (node **)p;
    while (n-- > 0) {
        a[n] = allocate();
    }
    return 0;
}

LOOP(allocate_fill_pointer) {
    TAKE;
    node **a = (node **)p, **const e = a + n;
    while (a < e) {
        *a++ = allocate();
    }
    return 0;
}

LOOP(allocate_each) {
    TAKE;
    node **const a = (node **)p;
    for (int i = 0; i < n; i++) {
        node *const x = allocate();
        HOLD(x);
        x->v = key + i;
        x->next = i > 0 ? a[i - 1] : NULL;
        a[i] = x;
    }
    return 0;
}

LOOP(allocate_list) {
    TAKE;
    node **const a = (node **)p, *list = NULL;
    for (int i = 0; i < n; i++) {
        node *const x = allocate();
        HOLD(x);
        x->next = list;
        x->v = a[i] != NULL;
        list = x;
    }
    u32 s = 0;
    for (; list != NULL; list = list->next) {
        s = s * 3 + (u32)list->v;
    }
    return s;
}

LOOP(allocate_list_backward) {
    TAKE;
    node **const a = (node **)p, *list = NULL;
    for (int i = n - 1; i >= 0; i--) {
        node *const x = allocate();
        HOLD(x);
        x->next = list;
        x->v = a[i] != NULL;
        list = x;
    }
    return list->v;
}

LOOP(allocate_copy) {
    TAKE;
    const u32 *const a = (const u32 *)p;
    u32 *const x = allocate();
    HOLD(x);
    for (int i = 0; i < 8; i++) {
        x[i] = a[i] + (u32)n;
    }
    return x[7];
}

LOOP(allocate_copies) {
    TAKE;
    const u8 *a = (const u8 *)p;
    u32 s = 0;
    for (int i = 0; i < 3; i++, a += 32) {
        u8 *const x = allocate();
        HOLD(x);
        for (int k = 0; k < 32; k++) {
            x[k] = a[k];
        }
        s = s * 3 + x[i];
    }
    return s;
}

LOOP(allocate_boxes) {
    TAKE;
    u32 *const a = (u32 *)p;
    u32 s = 0;
    for (int i = 0; i < n; i++) {
        node *const x = allocate();
        HOLD(x);
        x->v = (int)a[i];
        sink(x->v);
        s += (u32)x->v;
    }
    return s;
}

LOOP(allocate_queue) {
    TAKE;
    node **const a = (node **)p;
    node *first = NULL, **last = &first;
    for (int i = 0; i < n; i++) {
        node *const x = allocate();
        HOLD(x);
        x->next = NULL;
        x->v = a[i] == NULL;
        *last = x;
        last = &x->next;
    }
    u32 c = 0;
    while (first != NULL) {
        c += (u32)first->v;
        first = first->next;
    }
    return c;
}

LOOP(allocate_until) {
    TAKE;
    node **const a = (node **)p;
    int i = 0;
    do {
        a[i] = allocate();
        a[i]->v = source(i);
    } while (++i < n);
    return 0;
}

LOOP2(allocate_both) {
    TAKE2;
    node **const a = (node **)p, **const b = (node **)q;
    for (int i = 0; i < n; i++) {
        node *const x = allocate();
        HOLD(x);
        x->v = key;
        a[i] = x;
        b[n - 1 - i] = x;
    }
    return 0;
}
