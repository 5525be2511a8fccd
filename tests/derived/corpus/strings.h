// SPDX-License-Identifier: MIT
//
// Loops over strings, one or two.

LOOP(length) {
    TAKE;
    const char *q = p;
    while (*q) {
        q++;
    }
    return (u32)(q - p);
}

LOOP(length_index) {
    TAKE;
    u32 i = 0;
    while (p[i]) {
        i++;
    }
    return i;
}

LOOP(hash) {
    TAKE;
    u32 h = 5381;
    while (*p) {
        h = h * 33 + (u8)*p++;
    }
    return h;
}

LOOP(hash_for) {
    TAKE;
    u32 h = 5381;
    for (; *p; p++) {
        h = ((h << 5) + h) ^ (u8)*p;
    }
    return h;
}

LOOP(hash_n) {
    TAKE;
    u32 h = 5381;
    for (u32 i = 0; i < (u32)n; i++) {
        h = h * 33 ^ (u8)p[i];
    }
    return h & 0xffff;
}

LOOP(hash_fnv) {
    TAKE;
    u32 h = 2166136261u;
    for (int i = 0; p[i] != 0; i++) {
        h ^= (u8)p[i];
        h *= 16777619u;
    }
    return h;
}

LOOP(copy) {
    TAKE;
    char *o = (char *)out;
    while ((*o++ = *p++)) {
    }
    return 0;
}

LOOP(copy_index) {
    TAKE;
    char *o = (char *)out;
    int i = 0;
    do {
        o[i] = p[i];
    } while (p[i++]);
    return 0;
}

LOOP(find) {
    TAKE;
    for (; *p; p++) {
        if (*p == (char)key) {
            return 1;
        }
    }
    return 0;
}

LOOP(find_last) {
    TAKE;
    int l = -1;
    for (int i = 0; p[i]; i++) {
        if (p[i] == (char)key) {
            l = i;
        }
    }
    return l;
}

LOOP(number) {
    TAKE;
    u32 v = 0;
    while (*p >= 1 && *p <= 126) {
        v = v * 10 + *p++;
    }
    return v;
}

LOOP(words) {
    TAKE;
    int c = 0, in = 0;
    for (; *p; p++) {
        if (*p == 32) {
            in = 0;
        } else if (!in) {
            in = 1;
            c++;
        }
    }
    return c;
}

LOOP(upper) {
    TAKE;
    for (; *p; p++) {
        if (*p >= 97 && *p <= 122) {
            *p -= 32;
        }
    }
    return 0;
}

LOOP(turn) {
    TAKE;
    int i = 0, j = n - 2;
    while (i < j) {
        char t = p[i];
        p[i++] = p[j];
        p[j--] = t;
    }
    return 0;
}

LOOP(put) {
    TAKE;
    while (*p) {
        sink(*p++);
    }
    return 0;
}

LOOP(put_n) {
    TAKE;
    for (int i = 0; i < n; i++) {
        sunk = p[i];
    }
    return 0;
}

LOOP(utf8) {
    TAKE;
    u32 c = 0;
    for (; *p; p++) {
        c += ((u8)*p & 0xC0) != 0x80;
    }
    return c;
}

LOOP(crc) {
    TAKE;
    u32 c = ~0u;
    while (n-- > 0) {
        c ^= (u8)*p++;
        for (int k = 0; k < 8; k++) {
            c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
        }
    }
    return ~c;
}

LOOP(sum16) {
    TAKE;
    u32 s = 0;
    for (int i = 0; i + 1 < n; i += 2) {
        s += (u32)(u8)p[i] << 8 | (u8)p[i + 1];
    }
    return s;
}

LOOP(le32) {
    TAKE;
    u32 s = 0;
    for (int i = 0; i + 3 < n; i += 4) {
        s ^= (u32)(u8)p[i] | (u32)(u8)p[i + 1] << 8 | (u32)(u8)p[i + 2] << 16 |
             (u32)(u8)p[i + 3] << 24;
    }
    return s;
}

LOOP(hexput) {
    TAKE;
    for (int i = 0; i < n; i++) {
        sink("0123456789abcdef"[p[i] >> 4 & 15]);
        sink("0123456789abcdef"[p[i] & 15]);
    }
    return 0;
}

LOOP2(both_compare) {
    TAKE2;
    while (*p && *p == *q) {
        p++;
        q++;
    }
    return (u32)(*p - *q);
}

LOOP2(both_compare_index) {
    TAKE2;
    int i = 0;
    while (p[i] && p[i] == q[i]) {
        i++;
    }
    return (u32)(p[i] - q[i]);
}

LOOP2(both_equal) {
    TAKE2;
    while (n-- > 0) {
        if (*p++ != *q++) {
            return 0;
        }
    }
    return 1;
}

LOOP2(both_copy) {
    TAKE2;
    while ((*q++ = *p++)) {
    }
    return 0;
}

LOOP2(both_copy_n) {
    TAKE2;
    int i;
    for (i = 0; i < n - 1 && p[i]; i++) {
        q[i] = p[i];
    }
    q[i] = 0;
    return i;
}

LOOP2(both_append) {
    TAKE2;
    while (*q & 0) {
        q++;
    }
    do {
        *q = *p++;
    } while (*q++);
    return 0;
}
