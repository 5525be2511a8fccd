// SPDX-License-Identifier: MIT
//
// A corpus of functions, each of which uses an object or some for the last
// time. The preprocessor multiplies them: by what the items are (ITEM), and by
// where the object and its length come from (HOW):
//
//   given   arguments
//   known   the object is one, the length a constant
//   taken   from roots, which are cleared
//
// Each leaves a case in a section of its own, by which the stepper calls it.
#ifndef CORPUS_H
#define CORPUS_H

#include <stddef.h>
#include <stdint.h>

#define IRQGC_DERIVED 1
#include "irqgc/irqgc.h"

#include "kinds.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int *pointer;

// ---- Cases, as cases.c reads them ------------------------------------------

typedef struct {
    const char *name;
    void (*function)(void);
    u32 how, content;
    u32 sizes[3]; // of the objects; 0: there is none
    u32 n, key;
} __attribute__((aligned(16))) case_t; // 48 bytes, whatever a pointer is

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME__(a, b, c) a##_##b##_##c
#define NAME_(a, b, c) NAME__(a, b, c)
#define NAME(loop) NAME_(HOW, loop, ITEM)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

#define KEPT __attribute__((used))
#ifdef __clang__
#define API __attribute__((noinline, used))
#else
#define API __attribute__((noinline, noclone, used))
#endif

// On i386 like static functions, whose arguments are in registers: in memory
// they would still be there.
#ifdef __i386__
#define CALLED __attribute__((regparm(3)))
#else
#define CALLED
#endif

// A case, and the head of its function.
#define CASE(result, called, parameters, how_, content_, a, b, c, n_, key_)    \
    CALLED API result called parameters;                                       \
    KEPT __attribute__((section("cases"),                                      \
                        aligned(16))) static const case_t JOIN(case_of_,       \
                                                               called) = {     \
        .name = TEXT(called),                                                  \
        .function = (void (*)(void))called,                                    \
        .how = how_,                                                           \
        .content = content_,                                                   \
        .sizes = {a, b, c},                                                    \
        .n = n_,                                                               \
        .key = key_};                                                          \
    CALLED API result called parameters

// ---- What functions find outside -------------------------------------------

// Calls that overwrite all registers that a callee may.
void sink(int value);
int source(int value);
void *allocate(void); // 32 bytes

extern volatile int sunk;
extern void *roots[4];
extern int roots_n, roots_key;
extern u64 out[512];
extern int elsewhere;

// What keeps an object, if the corpus is built with KEEP.
#ifdef KEEP
static inline __attribute__((always_inline)) void kept(void *const *pointer) {
    IRQGC_KEEP(*pointer);
}
#define HOLD(p)                                                                \
    void *const JOIN(held_, p) __attribute__((cleanup(kept), unused)) =        \
        (void *)(p)
#else
#define HOLD(p) (void)(p)
#endif

// ---- Items -----------------------------------------------------------------

typedef struct {
    short k, w;
    int v;
} record8;
typedef struct {
    int k, v, w;
} record12;
typedef struct {
    int k, v, w, x, y;
} record20;
typedef struct {
    int k, v, w, x, y, z;
} record24;
typedef struct node node;
struct node {
    node *next;
    int v;
};

#define CONTENT_record8 CONTENT_int
#define CONTENT_record12 CONTENT_int
#define CONTENT_record20 CONTENT_int
#define CONTENT_record24 CONTENT_int
#define CONTENT JOIN(CONTENT_, ITEM)

// What items are summed up in.
typedef u32 sum_u8, sum_u16, sum_int, sum_pointer, sum_char, sum_node;
typedef u32 sum_record8, sum_record12, sum_record20, sum_record24;
typedef u64 sum_u64;
typedef float sum_float;
typedef double sum_double;
#define SUM JOIN(sum_, ITEM)

// Of an item, and an item of a value.
#define VALUE(x) JOIN(VALUE_, ITEM)(x)
#define VALUE_u8(x) ((u32)(x))
#define VALUE_u16(x) ((u32)(x))
#define VALUE_int(x) ((u32)(x))
#define VALUE_u64(x) ((u64)(x))
#define VALUE_float(x) ((float)(x))
#define VALUE_double(x) ((double)(x))
#define VALUE_pointer(x) ((u32) * (x))
#define ITEM_OF(x) JOIN(ITEM_OF_, ITEM)(x)
#define ITEM_OF_u8(x) ((u8)(x))
#define ITEM_OF_u16(x) ((u16)(x))
#define ITEM_OF_int(x) ((int)(x))
#define ITEM_OF_u64(x) ((u64)(x))
#define ITEM_OF_float(x) ((float)(x))
#define ITEM_OF_double(x) ((double)(x))
#define ITEM_OF_pointer(x) (&elsewhere + ((x)&0))

// ---- Loops -----------------------------------------------------------------

// Of COUNT items, with KEY; DATA is the first object's size.
#define LOOP(loop)                                                             \
    CASE(SUM, NAME(loop), (JOIN(PARAMETERS_, HOW)), JOIN(HOW_, HOW), CONTENT,  \
         DATA, 0, 0, COUNT, KEY)
#define LOOP2(loop)                                                            \
    CASE(SUM, NAME(loop), (JOIN(PARAMETERS2_, HOW)), JOIN(HOW_, HOW), CONTENT, \
         DATA, DATA, 0, COUNT, KEY)

#define PARAMETERS_given ITEM *p, int n, int key
#define PARAMETERS_known ITEM *p
#define PARAMETERS_taken void
#define PARAMETERS2_given ITEM *p, ITEM *q, int n, int key
#define PARAMETERS2_known ITEM *p, ITEM *q
#define PARAMETERS2_taken void

// First in each loop.
#define TAKE                                                                   \
    JOIN(TAKE_, HOW)                                                           \
    (void)n, (void)key;                                                        \
    HOLD(p)
#define TAKE2                                                                  \
    JOIN(TAKE2_, HOW)                                                          \
    (void)n, (void)key;                                                        \
    HOLD(p);                                                                   \
    HOLD(q)

#define TAKE_given
#define TAKE_known int n = COUNT, key = KEY;
#define TAKE_taken                                                             \
    ITEM *p = roots[0];                                                        \
    roots[0] = NULL;                                                           \
    int n = roots_n, key = roots_key;
#define TAKE2_given
#define TAKE2_known TAKE_known
#define TAKE2_taken                                                            \
    ITEM *p = roots[0], *q = roots[1];                                         \
    roots[0] = roots[1] = NULL;                                                \
    int n = roots_n, key = roots_key;

#endif
