// SPDX-License-Identifier: MIT
//
// irqgc: a garbage-collected heap that interrupt handlers may use.
//
// The heap is made of blocks of four machine words. An object is a run of
// blocks, its first is the head. A collection frees every object that no root
// reaches; roots are the ranges the caller registers, the objects allocated
// with IRQGC_HELD, and what the stack and the registers of the thread and of
// all preempted handlers seem to point at: each word that points into an
// object, also into its middle, or, where a handler collects, or a break's
// delivery, and so the word is of what was preempted, just past its end. Any
// other collection of the thread, but under a hold of breaks, counts only words
// that point into an object, unless wide_scan is set.
//
// Compilers need not leave such a word where a pointer is used for the last
// time: a loop may hold nothing but an address below the object. The program
// makes sure that there is one, wherever it handles objects, either
//  - by the build: gcc -fno-ivopts -fno-tree-loop-vectorize, or clang -mllvm
//    -disable-lsr, with -DIRQGC_DERIVED=1; or
//  - by IRQGC_KEEP after the last use, with -DIRQGC_USES_KEEP=1.
// docs/derived.md tells why, what else links need, and what it costs.
//
// A *context* is the thread, or one activation of an interrupt handler. Every
// function below but irqgc_init may be called from any context, at any
// instant, also in the middle of the same or another call that a less urgent
// context began. No call waits, none answers "busy": interrupts are masked for
// a few instructions at a time, and between any two of the others the heap is
// whole. Outside are handlers that a masked window does not keep out: NMI,
// faults, and those above the port's masking ceiling. One core, one thread.
//
// Pointers in objects and in registered ranges point to heads. Storing one
// goes through irqgc_store or irqgc_copy, so that a collection which the
// storing handler preempted sees it, unless the store is
//  - by the thread,
//  - into an object, or of one, that this same activation got from
//    irqgc_alloc, or
//  - of NULL.
// This holds for every place that outlives the storing context's own frames,
// a variable on the stack of a preempted context too.
//
// Bounds name the longest masked window in instructions on Cortex-M4; the
// README tells the command that measures them. A group is the blocks whose
// states share a machine word: 32, or 64 on a 64-bit host. n is the length of
// the object in groups, N that of the heap.
#ifndef IRQGC_H
#define IRQGC_H

#include <stddef.h>
#include <stdint.h>

// Semantic: before 1.0 a minor version may change the interface, and CHANGELOG
// says how; a patch changes neither that nor the layout of what is public.
#define IRQGC_VERSION_MAJOR 0
#define IRQGC_VERSION_MINOR 1
#define IRQGC_VERSION_PATCH 0
#define IRQGC_VERSION_TEXT_OF(number) #number
#define IRQGC_VERSION_TEXT(number) IRQGC_VERSION_TEXT_OF(number)
#define IRQGC_VERSION                                                          \
    IRQGC_VERSION_TEXT(IRQGC_VERSION_MAJOR)                                    \
    "." IRQGC_VERSION_TEXT(IRQGC_VERSION_MINOR) "." IRQGC_VERSION_TEXT(        \
        IRQGC_VERSION_PATCH)

#if !defined(IRQGC_DERIVED) && !defined(IRQGC_USES_KEEP)
// clang-format off
#ifdef __clang__
#pragma message("irqgc: live objects may be freed: compile with -mllvm -disable-lsr -DIRQGC_DERIVED=1, or use IRQGC_KEEP; see docs/derived.md")
#else
#pragma message("irqgc: live objects may be freed: compile with -fno-ivopts -fno-tree-loop-vectorize -DIRQGC_DERIVED=1, or use IRQGC_KEEP; see docs/derived.md")
#endif
// clang-format on
#endif

#ifdef __cplusplus
extern "C" {
#endif

// A heap. It lives inside the memory that irqgc_init is given.
typedef struct irqgc irqgc_t;

// What a call that can be refused answers. Only IRQGC_OK is success; a refused
// call has changed nothing.
typedef enum {
    IRQGC_OK = 0,
    IRQGC_BAD_ARGUMENT,  // NULL, no size, or a range that wraps around
    IRQGC_TOO_SMALL,     // a region without room for a block, or for the heap
    IRQGC_OVERLAP,       // two regions share memory, or a range and a region
    IRQGC_NOT_AN_OBJECT, // foreign, interior, misaligned or freed pointer
    IRQGC_IN_OPERATION,  // a preempted call is working on it
    IRQGC_UNREACHABLE,   // found dead by the sweep under way, which frees it
    IRQGC_UNKNOWN_STACK  // the caller runs on a stack that is not listed
} irqgc_status_t;

// How to allocate; the flags may be combined. Others than these, or two
// policies at once, are misuse: the call is refused.
typedef enum {
    IRQGC_NO_POINTERS = 1, // the collector does not look inside
    IRQGC_NOT_ZEROED = 2,  // leave the memory as it is
    IRQGC_HELD = 4,        // a root: never collected, until freed

    // What to do when no free run is long enough. At most one; by default
    // the thread collects and a handler fails fast.
    IRQGC_FAIL_FAST = 8, // return NULL
    IRQGC_SWEEP_ON = 16, // complete the sweep under way, if any
    IRQGC_COLLECT = 32   // run a full collection
} irqgc_flag_t;
typedef unsigned irqgc_flags_t;

// A stretch of memory for the heap. Any start, any size of at least one
// aligned block; bytes that do not fill a block are left unused. On AArch64 and
// RISC-V give it pages of its own (aligned to 4096): code there has the page of
// a neighbour's address in a register, which may be a word into an object.
typedef struct {
    void *start;
    size_t size; // bytes
} irqgc_region_t;

// How to set up a heap. Zero is a good value for all but the regions.
typedef struct {
    const irqgc_region_t *regions; // may be forgotten after the call
    size_t n_regions;

    // Room for this many objects on the mark stack. If zero, defaults to one
    // for every 32 groups, at least 32, in a heap of fewer than 16 groups to
    // two for each, at least 4. Fewer cost time, never a result.
    size_t mark_stack;

    // Nonzero: pointers in objects and registered ranges may also point into
    // an object's middle. A collection is slower then.
    int interior_pointers;

    // Nonzero: in the thread's own collections, too, a word just past an
    // object's end keeps it. For programs that are built without the options
    // for derived pointers, and do not use IRQGC_KEEP.
    int wide_scan;

    // Called for each call that is refused as misuse, in the context of that
    // call, which has no operation under way, but for a dictionary's that found
    // no room on an unknown stack; may use the heap, and returns. If NULL,
    // nothing in a release build; a build with IRQGC_DEBUG stops, with a line
    // that tells why.
    void (*on_misuse)(irqgc_t *heap, irqgc_status_t why, const void *object);
} irqgc_config_t;

// Makes a heap of the given regions and stores its address in `*heap`. The
// heap's own data is taken from the largest region: 3.6 % of a heap of 64 KiB
// or more. The memory need not be cleared.
//
// Refused with BAD_ARGUMENT if an argument, the array or a region's start is
// NULL, there is no region, or one reaches the end of the address space;
// TOO_SMALL if a region has no room for an aligned block, or the largest none
// for the heap's data and a block; OVERLAP if two regions share a byte; and
// for no other reason. Nothing has been written then.
//
// Context: once, before any other context uses the heap.
// Bound:   O(N + n_regions^2). No window.
irqgc_status_t irqgc_init(irqgc_t **heap, const irqgc_config_t *config);

// Allocates `size` bytes, aligned to a block and zeroed.
//
// Returns NULL iff size is 0, the flags are refused, or no free run is long
// enough, and the policy in `flags` did not make one; the heap is then
// unchanged but for what a collection freed. Blocks that a preempted call has
// claimed are not free, even if it will have to give them back because a
// handler has taken others of its run.
//
// Context: any.
// Bound:   up to one group with a hint: O(log N), to the base of 32, on a
//          64-bit host of 64, more for each hint that a call below has yet to
//          correct. Otherwise passes over the N groups, one more for each time
//          a higher context gave memory back meanwhile; O(n) beyond the search.
//          Window: 24.
void *irqgc_alloc(irqgc_t *heap, size_t size, irqgc_flags_t flags);

// Changes an object's size, in place if it can, else by moving it. Bytes up to
// the smaller size are kept, new blocks are zeroed (unless NOT_ZEROED); what
// lies behind the size in an object's last block is left as it is. NO_POINTERS
// and HELD stay as they were allocated. The caller is the object's only user
// until the call returns. `object` NULL: irqgc_alloc.
//
// Returns the object's address now, or NULL iff size is 0, or the pointer is
// refused as by irqgc_free, or there is no room as for irqgc_alloc; the object
// is then unchanged.
//
// Context: any.
// Bound:   as irqgc_alloc, plus O(n) to copy and give back. Window: 24.
void *irqgc_realloc(irqgc_t *heap, void *object, size_t size,
                    irqgc_flags_t flags);

// Frees an object, a held one too; NULL is ignored. Nobody may use it any
// more. Never needed, but cheaper than a collection.
//
// Refused with NOT_AN_OBJECT iff no live object starts there, not even that of
// a preempted call that is freeing it; IN_OPERATION iff one does that a
// preempted call has noted, to free or to reallocate it, or since it is just
// allocating it (one that has noted nothing finds it gone); UNREACHABLE iff the
// sweep under way has found it dead and frees it by itself. A second free is
// refused too, unless an object has been allocated there since.
//
// Context: any.
// Bound:   O(n). Window: 24.
irqgc_status_t irqgc_free(irqgc_t *heap, void *object);

// Bytes that the object has room for, at least what was asked for; 0 iff the
// pointer is NULL, or refused by irqgc_free for being NOT_AN_OBJECT or
// UNREACHABLE.
//
// Context: any. Bound: O(n). Window: 24.
size_t irqgc_size(irqgc_t *heap, const void *object);

// Frees all that was unreachable when it was called, except what stale words
// on a stack seem to reach and what a preempted call is still working on. A
// call that was itself preempted by another collection returns as soon as one
// that began after it has completed. IRQGC_UNKNOWN_STACK iff refused: on a
// stack that is not listed nobody knows what is reachable.
//
// Context: any.
// Bound:   O(N + live words), at most two sweeps and one marking, each
//          restarted at most once for each collection of a higher context.
//          Window: 24.
irqgc_status_t irqgc_collect(irqgc_t *heap);

// A range of memory whose aligned words may point to objects. The node belongs
// to the heap for as long as the heap is used.
typedef struct irqgc_root irqgc_root_t;
struct irqgc_root {
    void *const *start;
    size_t n_words;
    irqgc_root_t *next;
};

// Registers the `size` bytes at `start` as roots, with a node that the caller
// provides and must neither move nor change; its former content is ignored.
//
// Refused with BAD_ARGUMENT iff a pointer is NULL, the range holds no aligned
// word or wraps around, or the node is registered already; with OVERLAP iff it
// shares memory with a region, where it would keep everything, and does not lie
// in its blocks, as a task's stack in an object does.
//
// Context: any. Bound: O(roots + size). Window: 24.
irqgc_status_t irqgc_root_add(irqgc_t *heap, irqgc_root_t *root,
                              const void *start, size_t size);

// Memory of the program's.
typedef struct {
    const void *start;
    size_t size; // bytes
} irqgc_range_t;

// A stack that the thread may run on besides its first one: of a coroutine,
// say. No handler runs on one by itself. The collector scans the stack that
// runs from the stack pointer on, and each listed one from where it was left.
//
// While the thread runs on a listed stack, the one it came from has to be
// listed, too, with its `saved`. Cortex-M keeps the main stack's pointer in a
// register, so that one need not be.
typedef struct irqgc_stack irqgc_stack_t;
struct irqgc_stack {
    // The stack's memory: from `low` up to, but not including, `high`.
    const void *low, *high;

    // Where its stack pointer is kept while it does not run, by the code that
    // leaves it; written before another stack runs. NULL: nowhere; then all of
    // the stack is scanned.
    const void *const *saved;

    // Further memory that may hold what the registers held when it was left:
    // the ucontext_t, the jmp_buf or the control block.
    const irqgc_range_t *ranges;
    size_t n_ranges;

    irqgc_stack_t *next; // the list's
};

// Lists a stack for all heaps. The node is the caller's, who must neither move
// nor change it until it is taken off the list.
//
// Refused with BAD_ARGUMENT iff the node, `low`, or the ranges of a number are
// NULL, `high` is not above `low`, or the node is listed already.
//
// Context: any. Bound: O(stacks). Window: 24.
irqgc_status_t irqgc_stack_add(irqgc_stack_t *stack);

// Takes a stack that does not run off the list. After the return no heap reads
// the node, the stack or the ranges, not even a marking that the call has
// preempted: it reads the stacks that are listed then anew.
//
// Refused with BAD_ARGUMENT iff the node is not listed.
//
// Context: any. Bound: O(stacks). Window: 24.
irqgc_status_t irqgc_stack_remove(irqgc_stack_t *stack);

// Stores a pointer to an object, or NULL, where a collection that the caller
// preempted will not miss it. What the caller has stored before, is seen by who
// sees the pointer.
//
// Context: any. Bound: constant; during marking, with interior_pointers, O(n).
// Window: 24.
void irqgc_store(irqgc_t *heap, void **slot, void *value);

// The same, in one instant with the look at what was there, which it returns.
//
// Context: any. Bound: as irqgc_store. Window: 24.
void *irqgc_exchange(irqgc_t *heap, void **slot, void *value);

// The same iff `expected` is there. Returns nonzero iff it has stored. So a
// list that contexts of any priority push to loses nothing:
//
//     do {
//         node->next = list;
//     } while (!irqgc_compare_and_store(heap, (void **)&list, node->next,
//                                       node));
//
// Context: any. Bound: as irqgc_store. Window: 24.
int irqgc_compare_and_store(irqgc_t *heap, void **slot, void *expected,
                            void *value);

// Copies `n` pointers as by irqgc_store; source and destination may overlap.
//
// Context: any. Bound: O(n) stores. Window: 24.
void irqgc_copy(irqgc_t *heap, void **to, void *const *from, size_t n);

// Masks interrupts for a few instructions of the caller's own, and puts the
// masking back as it was before; they nest, in the order of calls. The heap may
// be used in between, but then interrupts are masked for as long as that takes.
// They keep the compiler from moving accesses to memory across.
//
// Context: any. Bound: constant.
typedef uintptr_t irqgc_masking_t;
irqgc_masking_t irqgc_mask(void);
void irqgc_restore(irqgc_masking_t before);

// Counts of completed calls, kept exact under any nesting; they wrap.
typedef struct {
    uintptr_t allocs;   // allocations that succeeded, moves of realloc too
    uintptr_t failures; // allocations and reallocations that found no room
    uintptr_t frees;    // irqgc_free that succeeded
    uintptr_t collects; // irqgc_collect, and collections of allocations
} irqgc_counts_t;

typedef struct {
    size_t total;            // bytes, of all blocks
    size_t free;             // bytes, in free blocks
    size_t largest_free_run; // bytes, the longest that can be allocated
    size_t least_free;       // bytes, fewest noted before any were given back
    size_t metadata;         // bytes of the regions that hold no objects
    uintptr_t cycle;         // number of the last collection begun
    irqgc_counts_t thread, handlers;
} irqgc_stats_t;

// Fills in the statistics. Each figure was true at some instant of the call,
// except that the largest run is put together from groups that are read one
// after another, and the least free misses what a handler, or the delivery of a
// break, takes and gives back in the middle of another context's giving back. A
// delivery in the middle of an allocation or a free may cost one of its counts.
//
// Context: any. Bound: O(N). Window: 24.
void irqgc_stats(const irqgc_t *heap, irqgc_stats_t *stats);

// Checks the heap without changing it. Returns 0, or the number of the first
// invariant found broken, as DESIGN.md numbers them. What handlers change
// while it runs never makes it err; a count that does not stand still during
// a whole pass is not checked.
//
// Context: any. Bound: O(N). Window: 24.
unsigned irqgc_check(const irqgc_t *heap);

// Calls `visit` for each object in the order of addresses. An object that is
// there throughout is visited exactly once; one that comes or goes meanwhile,
// or that a preempted call is working on, at most once; one that the sweep
// under way has found dead, never. `visit` may use the heap in any way.
// `flags` holds IRQGC_NO_POINTERS and IRQGC_HELD as they apply.
//
// Context: any. Bound: O(N) beside the calls. Window: 24.
typedef void irqgc_visit_t(void *arg, void *object, size_t size,
                           irqgc_flags_t flags);
void irqgc_walk(irqgc_t *heap, irqgc_visit_t *visit, void *arg);

// Writes the allocation table as text, a line for each group: the address of
// its first block, a space, and a character for each block: '.' free, 'o'
// white head, '*' black head, '=' tail. `line` gets one line at a time,
// without its end, and may use the heap; of `puts` it is what that prints, with
// `arg` 0: `call irqgc_dump(heap, puts, 0)` in gdb.
//
// Context: any. Bound: O(N) beside the calls. Window: 24.
typedef void irqgc_line_t(const char *text, void *arg);
void irqgc_dump(const irqgc_t *heap, irqgc_line_t *line, void *arg);

// Behind an object's last use: up to there `p`, any pointer to or into it, is
// in a register or on the stack, and what is read or written before stays
// before. No instruction by itself. Where a function returns early, before each
// return:
//
//   const int at = index_of(p, n, key);
//   IRQGC_KEEP(p);
//   return at;
//
// Not needed where a pointer into it stays in a registered range, in another
// object that is reachable, or in a volatile variable; nor for an object that
// is held, nor in what is compiled with the flags above.
//
// Context: any.
#define IRQGC_KEEP(p) __asm__ volatile("" : : "r"(p) : "memory")

// Bytes of a block: the unit, and the alignment, of all objects.
#define IRQGC_BLOCK (4 * sizeof(void *))

#ifdef __cplusplus
}
#endif

#endif
