// SPDX-License-Identifier: MIT
//
// Loops over lists.

LOOP(list_sum) {
    TAKE;
    u32 s = 0;
    for (; p; p = p->next) {
        s += p->v;
    }
    return s;
}

LOOP(list_find) {
    TAKE;
    for (; p; p = p->next) {
        if (p->v == key) {
            return 1;
        }
    }
    return 0;
}

LOOP(list_length) {
    TAKE;
    u32 c = 0;
    while (p) {
        c++;
        p = p->next;
    }
    return c;
}

LOOP(list_last) {
    TAKE;
    while (p->next) {
        p = p->next;
    }
    return p->v;
}

LOOP(list_call) {
    TAKE;
    while (p) {
        sink(p->v);
        p = p->next;
    }
    return 0;
}

LOOP(list_reverse) {
    TAKE;
    node *r = 0;
    while (p) {
        node *t = p->next;
        p->next = r;
        r = p;
        p = t;
    }
    return r->v;
}

LOOP(list_fill) {
    TAKE;
    while (p) {
        p->v = key;
        p = p->next;
    }
    return 0;
}
