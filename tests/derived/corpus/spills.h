// SPDX-License-Identifier: MIT
//
// Loops with more values than there are registers, so that some are spilled,
// pointers among them.

// Each item goes into one of sixteen sums.
LOOP(spill_sums) {
    TAKE;
    SUM a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7;
    SUM r = 8, s = 9, t = 10, u = 11, v = 12, w = 13, x = 14, y = 15;
    for (int i = 0; i < n; i++) {
        const SUM z = VALUE(p[i]);
        a += z, b -= a, c += b, d -= c, e += d, f -= e, g += f, h -= g;
        r += h, s -= r, t += s, u -= t, v += u, w -= v, x += w, y -= x;
    }
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + r +
           s * 2 + t * 3 + u * 4 + v * 5 + w * 6 + x * 7 + y * 8;
}

LOOP(spill_backward) {
    TAKE;
    SUM a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7;
    SUM r = 8, s = 9, t = 10, u = 11, v = 12, w = 13;
    for (int i = n - 1; i >= 0; i--) {
        const SUM z = VALUE(p[i]);
        a += z, b -= a, c += b, d -= c, e += d, f -= e, g += f, h -= g;
        r += h, s -= r, t += s, u -= t, v += u, w -= v;
    }
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + r +
           s * 2 + t * 3 + u * 4 + v * 5 + w * 6;
}

LOOP(spill_calls) {
    TAKE;
    SUM a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7, r = 8, s = 9;
    for (int i = 0; i < n; i++) {
        const SUM z = (SUM)source((int)VALUE(p[i]));
        a += z, b -= a, c += b, d -= c, e += d, f -= e, g += f, h -= g;
        r += h, s -= r;
    }
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + r + s;
}

LOOP(spill_calls_backward) {
    TAKE;
    SUM a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7, r = 8, s = 9;
    while (n-- > 0) {
        const SUM z = (SUM)source((int)VALUE(p[n]));
        a += z, b -= a, c += b, d -= c, e += d, f -= e, g += f, h -= g;
        r += h, s -= r;
    }
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + r + s;
}

// A filter of eight taps, kept in registers as far as these go.
LOOP(spill_taps) {
    TAKE;
    const SUM k0 = (SUM)(key + 1), k1 = (SUM)(key + 2), k2 = (SUM)(key + 3);
    const SUM k3 = (SUM)(key + 4), k4 = (SUM)(key + 5), k5 = (SUM)(key + 6);
    SUM s = 0;
    for (int i = 0; i + 5 < n; i++) {
        s = s * 3 + VALUE(p[i]) * k0 + VALUE(p[i + 1]) * k1 +
            VALUE(p[i + 2]) * k2 + VALUE(p[i + 3]) * k3 + VALUE(p[i + 4]) * k4 +
            VALUE(p[i + 5]) * k5;
    }
    return s;
}

LOOP2(spill_both) {
    TAKE2;
    SUM a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7, r = 8, s = 9;
    for (int i = 0; i < n; i++) {
        const SUM x = VALUE(p[i]), y = VALUE(q[n - 1 - i]);
        a += x, b -= a + y, c += b, d -= c + x, e += d, f -= e + y, g += f;
        h -= g + x, r += h, s -= r + y;
        q[n - 1 - i] = (ITEM)(x + y);
    }
    return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + r + s;
}

// Six places walk the object at once.
LOOP(spill_places) {
    TAKE;
    const ITEM *a = p, *b = p + n / 6, *c = p + n / 6 * 2, *d = p + n / 6 * 3;
    const ITEM *e = p + n / 6 * 4, *f = p + n / 6 * 5;
    SUM s = 0, t = 1, u = 2, v = 3;
    for (int i = 0; i < n / 6; i++) {
        s += VALUE(*a++) * (SUM)key, t -= VALUE(*b++) + s;
        u += VALUE(*c++) * t, v -= VALUE(*d++) + u;
        s += VALUE(*e++) + v, t -= VALUE(*f++) * s;
    }
    return s + t * 2 + u * 3 + v * 4;
}

// A calculation in between, for which the loop's registers are needed.
LOOP(spill_between) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i + 3 < n; i += 4) {
        SUM x = VALUE(p[i]), y = VALUE(p[i + 1]), z = VALUE(p[i + 2]);
        SUM w = VALUE(p[i + 3]), t = s, u = x + y, v = z + w;
        for (int k = 0; k < 3; k++) {
            x += y * t, y -= z * u, z += w * v, w -= x * y;
            t += z, u -= w, v += t * u;
        }
        s = s * 3 + x + y * 5 + z * 7 + w + t + u + v;
    }
    return s;
}
