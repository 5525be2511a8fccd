// SPDX-License-Identifier: MIT
//
// Calls of the C library as an object's last use.

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
void *memchr(const void *s, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
char *strchr(const char *s, int byte);
char *strrchr(const char *s, int byte);
char *strcpy(char *to, const char *from);

LOOP(library_strlen) {
    TAKE;
    return strlen(p);
}

LOOP(library_strchr) {
    TAKE;
    return strchr(p, key) != NULL;
}

LOOP(library_strrchr) {
    TAKE;
    return strrchr(p, key) != NULL;
}

LOOP(library_memchr) {
    TAKE;
    return memchr(p, key, n) != NULL;
}

LOOP(library_memcpy) {
    TAKE;
    memcpy(out, p, n);
    return 0;
}

LOOP(library_memmove) {
    TAKE;
    memmove(p + 4, p, n - 4);
    return 0;
}

LOOP(library_memset) {
    TAKE;
    memset(p, key, n);
    return 0;
}

LOOP2(library_strcmp) {
    TAKE2;
    return strcmp(p, q);
}

LOOP2(library_memcmp) {
    TAKE2;
    return memcmp(p, q, n);
}

LOOP2(library_memcpy_both) {
    TAKE2;
    memcpy(q, p, n);
    return 0;
}

LOOP2(library_strcpy) {
    TAKE2;
    strcpy(q, p);
    return 0;
}
