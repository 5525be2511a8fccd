// SPDX-License-Identifier: MIT
//
// The example of a language's global names.
#include "own.h"

#ifdef NAMES_REHASH
#define main rehash_main
#else
#define main names_main
#endif
#include "examples/names/names.c"
#undef main

#ifdef NAMES_REHASH
#define CASE_NAME names_rehash
#else
#define CASE_NAME names_all
#endif

#define OWN_(name) OWN(name)
OWN_(CASE_NAME) {
    setup(NULL);
    thread_define(NULL);
    thread_store(NULL);
    handler_define(NULL);
    handler_store(NULL);
    handler_collect(NULL);
    if (check(NULL) != NULL) {
        __builtin_trap();
    }
}
