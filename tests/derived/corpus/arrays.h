// SPDX-License-Identifier: MIT
//
// Loops over one array.

LOOP(sum) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s += VALUE(p[i]);
    }
    return s;
}

LOOP(sum_unsigned) {
    TAKE;
    SUM s = 0;
    for (unsigned i = 0; i < (unsigned)n; i++) {
        s += VALUE(p[i]);
    }
    return s;
}

LOOP(sum_pointer) {
    TAKE;
    SUM s = 0;
    for (const ITEM *e = p + n; p < e; p++) {
        s += VALUE(*p);
    }
    return s;
}

LOOP(sum_unequal) {
    TAKE;
    SUM s = 0;
    const ITEM *e = p + n;
    while (p != e) {
        s += VALUE(*p++);
    }
    return s;
}

LOOP(sum_counting) {
    TAKE;
    SUM s = 0;
    do {
        s += VALUE(*p++);
    } while (--n);
    return s;
}

LOOP(sum_while) {
    TAKE;
    SUM s = 0;
    while (n-- > 0) {
        s = s * 3 + VALUE(*p++);
    }
    return s;
}

LOOP(backward) {
    TAKE;
    SUM s = 0;
    while (n-- > 0) {
        s = s * 3 + VALUE(p[n]);
    }
    return s;
}

LOOP(backward_for) {
    TAKE;
    SUM s = 0;
    for (int i = n - 1; i >= 0; i--) {
        s = s * 3 + VALUE(p[i]);
    }
    return s;
}

LOOP(backward_pointer) {
    TAKE;
    SUM s = 0;
    const ITEM *q = p + n;
    while (q > p) {
        s = s * 3 + VALUE(*--q);
    }
    return s;
}

LOOP(backward_do) {
    TAKE;
    SUM s = 0;
    const ITEM *q = p + n;
    do {
        q--;
        s = s * 3 + VALUE(*q);
    } while (q != p);
    return s;
}

LOOP(weighted) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s += VALUE(p[i]) * (SUM)i;
    }
    return s;
}

LOOP(max) {
    TAKE;
    SUM m = VALUE(p[0]);
    for (int i = 1; i < n; i++) {
        if (VALUE(p[i]) > m) {
            m = VALUE(p[i]);
        }
    }
    return m;
}

LOOP(where_max) {
    TAKE;
    int b = 0;
    for (int i = 1; i < n; i++) {
        if (VALUE(p[i]) > VALUE(p[b])) {
            b = i;
        }
    }
    return (SUM)b;
}

LOOP(search) {
    TAKE;
    for (int i = 0; i < n; i++) {
        if (VALUE(p[i]) == (SUM)key) {
            return (SUM)i;
        }
    }
    return (SUM)-1;
}

LOOP(search_pointer) {
    TAKE;
    for (const ITEM *e = p + n; p != e; p++) {
        if (VALUE(*p) == (SUM)key) {
            return VALUE(*p) + 1;
        }
    }
    return 0;
}

LOOP(search_backward) {
    TAKE;
    for (int i = n; i-- > 0;) {
        if (VALUE(p[i]) == (SUM)key) {
            return (SUM)i;
        }
    }
    return (SUM)-1;
}

LOOP(count) {
    TAKE;
    int c = 0;
    for (int i = 0; i < n; i++) {
        c += VALUE(p[i]) > (SUM)key;
    }
    return (SUM)c;
}

LOOP(fill) {
    TAKE;
    for (int i = 0; i < n; i++) {
        p[i] = ITEM_OF(key);
    }
    return 0;
}

LOOP(fill_iota) {
    TAKE;
    for (int i = 0; i < n; i++) {
        p[i] = ITEM_OF(i * key);
    }
    return 0;
}

LOOP(fill_pointer) {
    TAKE;
    ITEM *e = p + n;
    while (p < e) {
        *p++ = ITEM_OF(key);
    }
    return 0;
}

LOOP(fill_backward) {
    TAKE;
    while (n > 0) {
        n--;
        p[n] = ITEM_OF(n);
    }
    return 0;
}

LOOP(fill_call) {
    TAKE;
    for (int i = 0; i < n; i++) {
        p[i] = ITEM_OF(source(i));
    }
    return 0;
}

LOOP(copy_out) {
    TAKE;
    ITEM *o = (ITEM *)out;
    for (int i = 0; i < n; i++) {
        o[i] = p[i];
    }
    return 0;
}

LOOP(copy_volatile) {
    TAKE;
    volatile ITEM *o = (volatile ITEM *)out;
    for (int i = 0; i < n; i++) {
        *o = p[i];
    }
    return 0;
}

LOOP(copy_reverse) {
    TAKE;
    ITEM *o = (ITEM *)out;
    for (int i = 0; i < n; i++) {
        o[n - 1 - i] = p[i];
    }
    return 0;
}

LOOP(stride2) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i += 2) {
        s += VALUE(p[i]);
    }
    return s;
}

LOOP(stride2_odd) {
    TAKE;
    SUM s = 0;
    for (int i = 1; i < n; i += 2) {
        s = s * 5 + VALUE(p[i]);
    }
    return s;
}

LOOP(stride3) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i += 3) {
        s = s * 5 + VALUE(p[i]);
    }
    return s;
}

LOOP(pairs) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i + 1 < n; i += 2) {
        s += VALUE(p[i]) * VALUE(p[i + 1]);
    }
    return s;
}

LOOP(unroll4) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i += 4) {
        s += VALUE(p[i]) + 3 * VALUE(p[i + 1]) + 5 * VALUE(p[i + 2]) +
             7 * VALUE(p[i + 3]);
    }
    return s;
}

LOOP(unroll4_pointer) {
    TAKE;
    SUM s = 0;
    for (n >>= 2; n; n--, p += 4) {
        s = s * 3 + VALUE(p[0]) + VALUE(p[1]) * VALUE(p[2]) - VALUE(p[3]);
    }
    return s;
}

LOOP(differences) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i + 1 < n; i++) {
        s = s * 3 + VALUE(p[i + 1]) - VALUE(p[i]);
    }
    return s;
}

LOOP(sorted) {
    TAKE;
    for (int i = 1; i < n; i++) {
        if (VALUE(p[i]) < VALUE(p[i - 1])) {
            return (SUM)i;
        }
    }
    return 0;
}

LOOP(call) {
    TAKE;
    for (int i = 0; i < n; i++) {
        sink((int)VALUE(p[i]));
    }
    return 0;
}

LOOP(call_pointer) {
    TAKE;
    for (const ITEM *e = p + n; p < e; p++) {
        sink((int)VALUE(*p));
    }
    return 0;
}

LOOP(call_backward) {
    TAKE;
    while (n-- > 0) {
        sink((int)VALUE(p[n]));
    }
    return 0;
}

LOOP(call_counting) {
    TAKE;
    do {
        sink((int)VALUE(*p++));
    } while (--n);
    return 0;
}

LOOP(sunk) {
    TAKE;
    for (int i = 0; i < n; i++) {
        sunk = (int)VALUE(p[i]);
    }
    return 0;
}

LOOP(from_key) {
    TAKE;
    SUM s = 0;
    for (int i = key; i < n; i++) {
        s = s * 3 + VALUE(p[i]);
    }
    return s;
}

LOOP(to_key) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i <= key; i++) {
        s = s * 3 + VALUE(p[i]);
    }
    return s;
}

#ifndef ITEM_IS_POINTER
LOOP(sentinel) {
    TAKE;
    SUM s = 0;
    p[n - 1] = ITEM_OF(key);
    while (VALUE(*p) != (SUM)(ITEM)key) {
        s += VALUE(*p++);
    }
    return s;
}
#endif

LOOP(reverse) {
    TAKE;
    for (int i = 0, j = n - 1; i < j; i++, j--) {
        ITEM t = p[i];
        p[i] = p[j];
        p[j] = t;
    }
    return 0;
}

#ifndef ITEM_IS_POINTER
LOOP(prefix) {
    TAKE;
    for (int i = 1; i < n; i++) {
        p[i] += p[i - 1];
    }
    return 0;
}
#endif

LOOP(shift_down) {
    TAKE;
    for (int i = 0; i + 1 < n; i++) {
        p[i] = p[i + 1];
    }
    return 0;
}

LOOP(shift_up) {
    TAKE;
    for (int i = n - 1; i > 0; i--) {
        p[i] = p[i - 1];
    }
    return 0;
}

#ifndef ITEM_IS_POINTER
LOOP(scale) {
    TAKE;
    for (int i = 0; i < n; i++) {
        p[i] = ITEM_OF(VALUE(p[i]) * 3 + 1);
    }
    return 0;
}
#endif

LOOP(insert) {
    TAKE;
    int i = n - 1;
    ITEM t = p[i];
    while (i > 0 && VALUE(p[i - 1]) > (SUM)key) {
        p[i] = p[i - 1];
        i--;
    }
    p[i] = t;
    return 0;
}

LOOP(two_sums) {
    TAKE;
    SUM s = 0, t = 1;
    for (int i = 0; i < n; i++) {
        s += VALUE(p[i]);
        t += s;
    }
    return s + t;
}

LOOP(two_ends) {
    TAKE;
    SUM s = 0;
    const ITEM *q = p + n - 1;
    while (p < q) {
        s += VALUE(*p++) * VALUE(*q--);
    }
    return s;
}

LOOP(first_last) {
    TAKE;
    return VALUE(p[0]) + VALUE(p[n - 1]);
}

LOOP(one_at) {
    TAKE;
    return VALUE(p[n - key]);
}
