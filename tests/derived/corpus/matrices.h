// SPDX-License-Identifier: MIT
//
// Loops over matrices of eight columns.

LOOP(matrix_row) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s += p[key * 8 + i];
    }
    return s;
}

LOOP(matrix_row_indexed) {
    TAKE;
    SUM s = 0;
    ITEM(*m)[8] = (ITEM(*)[8])p;
    for (int j = 0; j < n; j++) {
        s = s * 3 + m[key][j];
    }
    return s;
}

LOOP(matrix_column) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s = s * 3 + p[i * 8 + key];
    }
    return s;
}

LOOP(matrix_first_column) {
    TAKE;
    SUM s = 0;
    ITEM(*m)[8] = (ITEM(*)[8])p;
    for (int i = 0; i < n; i++) {
        s = s * 3 + m[i][0];
    }
    return s;
}

LOOP(matrix_last_column) {
    TAKE;
    SUM s = 0;
    ITEM(*m)[8] = (ITEM(*)[8])p;
    for (int i = 0; i < n; i++) {
        s = s * 3 + m[i][7];
    }
    return s;
}

LOOP(matrix_trace) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s = s * 3 + p[i * 8 + i];
    }
    return s;
}

LOOP(matrix_antidiagonal) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s = s * 3 + p[i * 8 + 7 - i];
    }
    return s;
}

LOOP(matrix_all) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            s = s * 3 + p[i * 8 + j];
        }
    }
    return s;
}

LOOP(matrix_lower) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            s = s * 3 + p[i * 8 + j];
        }
    }
    return s;
}

LOOP(matrix_transpose) {
    TAKE;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            ITEM t = p[i * 8 + j];
            p[i * 8 + j] = p[j * 8 + i];
            p[j * 8 + i] = t;
        }
    }
    return 0;
}

LOOP(matrix_stride) {
    TAKE;
    SUM s = 0;
    for (int i = 0; i < n; i++) {
        s = s * 3 + p[i * key];
    }
    return s;
}

LOOP(matrix_stride_backward) {
    TAKE;
    SUM s = 0;
    for (int i = n; i-- > 0;) {
        s = s * 3 + p[i * key];
    }
    return s;
}

LOOP(matrix_stencil) {
    TAKE;
    SUM s = 0;
    for (int i = 1; i < n - 1; i++) {
        for (int j = 1; j < n - 1; j++) {
            s = s * 3 + p[i * 8 + j - 8] + p[i * 8 + j + 8] + p[i * 8 + j - 1] +
                p[i * 8 + j + 1];
        }
    }
    return s;
}
