// SPDX-License-Identifier: MIT
//
// Heaps drawn as pictures, so that a test reads: heap before, operation, heap
// after.
//
// A character stands for a block, as irqgc_dump writes them: '.' free, 'o'
// white head, '*' black head, '=' tail. Any other small letter is a white head
// and any capital a black one; the letter names the object in the calls below.
// A space ends a group, a bar a region. Of the character before a '~' there are
// as many as fill up the group, maybe none; so one picture serves all group
// sizes if at most four other blocks are drawn in a group:
//
//   a=~ ==.~ .~bc    a has one group and two blocks; b and c end the third
//
// Names, addresses and roots are kept where a collection does not find them:
// a test that collects names its objects and holds no address of its own.
#ifndef IRQGC_TESTS_PICTURE_H
#define IRQGC_TESTS_PICTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// after these
#include <cmocka.h>

#include "blocks.h"
#include "heap.h"

static inline bool block_is_head(const irqgc_t *h, block_t b) {
    return (now(&h->groups[block_group(b)].head) & block_bit(b)) != 0;
}

// What the memory of a drawn heap is filled with.
#define PICTURE_FILL 0xA5

// Makes a heap of exactly these blocks, in IDLE. The last region hosts the
// heap's data; those before it follow each other without a gap. Forgets the
// heap before.
irqgc_t *heap_draw(const char *picture);

// The same with the options of `config`, whose regions are ignored.
irqgc_t *heap_draw_with(const char *picture, const irqgc_config_t *config);

// A teardown of cmocka: forgets the heap, and wipes the stack.
int heap_forget(void **state);

// Puts the heap into this phase of its cycle; the objects keep their colours.
void heap_phase(irqgc_t *h, unsigned phase, word_t unswept);

// Fails unless the heap looks like this, obeys its invariants, has exact hints
// and no record.
#define heap_expect(h, picture) heap_expect_at(h, picture, __FILE__, __LINE__)
void heap_expect_at(irqgc_t *h, const char *picture, const char *file,
                    int line);

// Remembers all memory of the heap; fails unless it is the same, bit by bit.
void heap_remember(void);
#define heap_expect_same() heap_expect_same_at(__FILE__, __LINE__)
void heap_expect_same_at(const char *file, int line);

// The same but for one word, which is expected to have grown by that much.
#define heap_expect_same_but(word, more)                                       \
    heap_expect_same_but_at(word, more, __FILE__, __LINE__)
void heap_expect_same_but_at(const uintptr_t *word, uintptr_t more,
                             const char *file, int line);

// The hints of all groups and classes agree with the truth.
bool hints_are_exact(const irqgc_t *h);

// An object of the picture: the first that bears the name.
block_t named_block(char name);
void *named(char name);
size_t blocks_size(word_t n_blocks); // bytes

// Stores the address of `to`, plus an offset, in a word of `from`.
void object_point(char from, size_t word, char to, size_t offset);
void object_clear(char from); // all its words

// Root words, not registered by themselves.
enum { N_ROOTS = 8 };
extern void *picture_roots[N_ROOTS];
void roots_register(irqgc_t *h);
void root_point(unsigned root, char to, size_t offset);

// Overwrites what earlier calls have left on the stack below the caller.
void stack_wipe(void);

// Runs `body` in an interrupt handler, one more urgent than the caller.
void in_handler(void (*body)(void));

#endif
